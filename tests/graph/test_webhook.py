"""Change notifications over HTTP: what reaches the inbox."""

from __future__ import annotations

import asyncio

import pytest

from bot.graph.crypto import NotificationKey
from bot.graph.messages import message_of, moment
from bot.policy.facts import HearingLost, MeetingEnded, RecordingSignalled
from bot.ports import Overloaded, Unavailable

from .conftest import NOW
from .deliveries import APP, encrypt, item, lifecycle, rich
from .fake_graph import CHAT, event, message, recording
from .front import NOTICED, SUBSCRIPTION, Front


@pytest.mark.parametrize("path", ["/api/notifications", "/api/lifecycle"])
async def test_handshake(front: Front, path: str) -> None:
    """The decoded token comes back as plain text, exactly, and no browser may take it for anything else."""
    asked = "Validation: Testing <b>client</b> application+äß"
    answer = await front.http.post(path, params={"validationToken": asked}, headers={"Content-Type": "text/plain"})
    assert (answer.status, await answer.text()) == (200, asked)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_message_is_noticed(front: Front, key: NotificationKey) -> None:
    """An encrypted, signed notification of a message reaches the inbox as id and time, without its text."""
    assert await front.post(rich(key, message(body={"contentType": "text", "content": "geheim"}))) == 202
    assert front.inbox.told == [NOTICED]


@pytest.mark.parametrize(
    ("change", "deleted_at", "deleted"),
    [
        ("updated", None, False),
        ("updated", "2026-03-29T04:00:00Z", True),
        ("deleted", None, True),
        ("Deleted", None, True),
    ],
)
async def test_deletions(
    front: Front, key: NotificationKey, change: str, deleted_at: str | None, deleted: bool
) -> None:
    """A message is deleted if the change or the message itself says so; after an undelete it is not."""
    await front.post(rich(key, message(deletedDateTime=deleted_at), changeType=change))
    assert front.inbox.told == [(*NOTICED[:4], deleted)]


async def test_system_messages_become_facts(front: Front, key: NotificationKey) -> None:
    """Recording, transcript, roster and end are told in the order of the delivery; others are nothing."""
    roster = {"@odata.type": "#microsoft.graph.membersJoinedEventMessageDetail", "members": []}
    transcript = {"@odata.type": "#microsoft.graph.callTranscriptEventMessageDetail", "callId": "c"}
    ended = {"@odata.type": "#microsoft.graph.callEndedEventMessageDetail", "callEventType": "meeting"}
    other = {"@odata.type": "#microsoft.graph.chatRenamedEventMessageDetail"}
    raws = [recording("initial"), recording("success", "2"), event("3", **roster), event("4", **transcript)]
    raws += [event("5", **other), event("6", **ended)]
    assert await front.post(*(rich(key, raw) for raw in raws)) == 202
    at = [moment(raw["createdDateTime"]) for raw in raws]
    signal = {"conversation": CHAT, "kind": "recording", "call": "c86c0ae5"}
    assert front.inbox.told == [
        ("take", RecordingSignalled(key="recording:1616883610266:started", event="started", at=at[0], **signal)),
        ("take", RecordingSignalled(key="recording:2:stopped", event="stopped", at=at[1], **signal)),
        ("roster", CHAT),
        (
            "take",
            RecordingSignalled(
                conversation=CHAT, key="transcript:4:started", kind="transcript", event="started", call="c", at=at[3]
            ),
        ),
        ("take", MeetingEnded(conversation=CHAT, key="ended:6", at=at[-1])),
    ]


async def test_our_own_cards_are_nobodys_words(front: Front, key: NotificationKey) -> None:
    """A message of an app is not noticed, unless it disappears."""
    sender = {"application": {"id": APP, "displayName": "Videoberatung"}, "user": None}
    await front.post(rich(key, message(**{"from": sender})))
    assert front.inbox.told == []
    await front.post(rich(key, message(**{"from": sender}), changeType="deleted"))
    assert front.inbox.told == [(*NOTICED[:4], True)]


async def test_replay_and_reordering_tell_the_same(front: Front, key: NotificationKey) -> None:
    """The same delivery twice, or backwards, gives the same facts with the same keys."""
    items = [rich(key, recording("initial", "2")), rich(key)]
    for delivery in (items, items, items[::-1]):
        assert await front.post(*delivery) == 202
    first = front.inbox.told[:2]
    assert front.inbox.told == first + first + first[::-1]
    assert first[0][1].key == "recording:2:started"


async def test_basic_items_are_only_hints(front: Front) -> None:
    """Without content, Graph is asked: its answer counts, its failure means a reading back of the chat."""
    found = message_of(recording("initial", "1"))
    assert found is not None
    front.core.messages = {"1": found, "3": Unavailable("server_error", 500)}
    assert await front.post(*(item(ident=ident) for ident in "123"), tokens=None) == 202
    assert [told[0] for told in front.inbox.told] == ["take", "noticed", "take"]
    assert isinstance(front.inbox.told[0][1], RecordingSignalled)
    assert front.inbox.told[1] == ("noticed", CHAT, "2", NOW, False)
    assert front.inbox.told[2][1] == HearingLost(conversation=CHAT, key="", reason="unread")


@pytest.mark.parametrize(("change", "deleted"), [("deleted", True), ("updated", False)])
async def test_a_message_that_is_not_there(front: Front, change: str, deleted: bool) -> None:
    """A message Graph does not know counts as deleted only where the notification says so too."""
    await front.post(item(changeType=change), tokens=None)
    assert front.inbox.told == [("noticed", CHAT, "1616990032035", NOW, deleted)]


async def test_unknown_subscriptions(front: Front, key: NotificationKey) -> None:
    """A subscription not written down yet is heard by its resource; one for another chat is not believed."""
    front.core.chats = {}
    await front.post(rich(key))
    assert front.inbox.told == [NOTICED]
    await front.post(item(encrypt(message(), key), resource="teams('x')/channels('y')/messages('1')"))
    front.core.chats = {SUBSCRIPTION: "19:other@thread.v2"}
    await front.post(rich(key))
    await front.post(item(), tokens=None)
    assert front.inbox.told == [NOTICED]


async def test_lifecycle(front: Front) -> None:
    """A subscription about to lose its rights is renewed; one removed, or missed deliveries, make us read back."""
    events = ["reauthorizationRequired", "subscriptionRemoved", "missed", "somethingNew"]
    assert await front.post(*map(lifecycle, events), tokens=None, path="/api/lifecycle") == 202
    assert front.core.renewed == [(CHAT, SUBSCRIPTION)]
    assert [told[1] for told in front.inbox.told] == [
        HearingLost(conversation=CHAT, key=f"hearing:{SUBSCRIPTION}:removed", reason="subscription_removed"),
        HearingLost(conversation=CHAT, key="", reason="missed"),
    ]


async def test_lifecycle_of_an_unknown_subscription(front: Front) -> None:
    """What we do not know we do not act on."""
    front.core.chats = {}
    assert await front.post(lifecycle("subscriptionRemoved"), lifecycle("reauthorizationRequired"), tokens=None) == 202
    assert (front.inbox.told, front.core.renewed) == ([], [])


async def test_overload_is_said(front: Front, key: NotificationKey) -> None:
    """If nothing could be kept the answer is 503; delivered again, it is taken."""
    front.inbox.failing = [Overloaded()]
    assert await front.post(rich(key)) == 503
    assert await front.post(rich(key)) == 202
    assert front.inbox.told == [NOTICED]


async def test_one_failing_item_does_not_stop_the_others(
    front: Front, key: NotificationKey, caplog: pytest.LogCaptureFixture
) -> None:
    """An unexpected failure is answered 503 after the other items were taken; its text is not logged."""
    front.inbox.failing = [RuntimeError("DE02120300000000202051")]
    assert await front.post(rich(key), rich(key, message("2"))) == 503
    assert [told[2] for told in front.inbox.told] == ["2"]
    assert "RuntimeError" in caplog.text
    assert "DE02" not in caplog.text


async def test_a_slow_core_is_answered_in_time(front: Front, key: NotificationKey) -> None:
    """Past the deadline Graph is asked to repeat, while the work goes on to its end."""
    gate = asyncio.Event()

    async def slow(_: str) -> str:
        await gate.wait()
        return CHAT

    front.webhook._chat_of = slow
    front.webhook._deadline = 0.01
    assert await front.post(rich(key)) == 503
    gate.set()
    await front.webhook.close()
    assert front.inbox.told == [NOTICED]


async def test_too_many_at_once(front: Front, key: NotificationKey, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond what we carry at once a delivery is turned away before it is read, and taken when it comes again."""
    monkeypatch.setattr("bot.graph.webhook.MAX_AT_ONCE", 1)
    gate, usual = asyncio.Event(), front.webhook._chat_of

    async def slow(subscription: str) -> str | None:
        await gate.wait()
        return await usual(subscription)

    front.webhook._chat_of = slow
    front.webhook._deadline = 0.01
    assert [await front.post(rich(key)), await front.post(rich(key, message("2")))] == [503, 503]
    gate.set()
    await front.webhook.close()
    front.webhook._deadline = 1.0
    assert await front.post(rich(key, message("2"))) == 202
    assert [told[2] for told in front.inbox.told] == ["1616990032035", "2"]
