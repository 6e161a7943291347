"""From a chatMessage resource to a GraphMessage and to facts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.effects.context import mark_of
from bot.graph.messages import fact_of_event, message_of, moment
from bot.policy.facts import MeetingEnded, MeetingStarted, Person, RecordingSignalled
from bot.ports import Duty, GraphMessage

from .conftest import NOW
from .fake_graph import CHAT, event, message, recording

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)


def read(raw: dict[str, Any]) -> GraphMessage:
    found = message_of(raw)
    assert found is not None
    return found


def test_a_plain_message() -> None:
    """A text message has its text, times and person."""
    found = read(message())
    assert (found.text, found.html, found.event, found.hidden) == ("Guten Tag", None, None, False)
    assert found.modified == datetime(2026, 3, 29, 3, 53, 52, 35000, tzinfo=UTC)
    aad = "8ea0e38b-efb3-4757-924a-5f94061cf8c2"
    assert found.person == Person(id=f"graph:{aad}", name="Beraterin", aad=aad, kind="tenant")


@pytest.mark.parametrize("never", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1601-01-01T00:00:00Z"])
def test_a_time_that_is_none_is_not_reckoned_with(never: str) -> None:
    """The edges of the calendar stand for no time: the rules add and subtract days."""
    found = read(message(lastModifiedDateTime=never, deletedDateTime=never))
    assert found.deleted is None
    assert found.modified == found.created


@pytest.mark.parametrize("call", ["x" * 201, "a b", "\ud800", "<b>", "ä"])
def test_a_recording_is_told_whatever_its_call_is_named(call: str) -> None:
    """A name the audit trail would not take is left out: the flag does not fail for it."""
    found = recording("initial")
    found["eventDetail"]["callId"] = call
    fact = fact_of_event(CHAT, read(found))
    assert isinstance(fact, RecordingSignalled)
    assert (fact.event, fact.call) == ("started", "")


@pytest.mark.parametrize("name", ["Erika\x00", "Eri\ud83d", "a\nb", "\u202ebla", "x" * 9999])
def test_a_name_is_one_line_that_can_be_kept(name: str) -> None:
    """Half characters, line breaks, direction marks and floods in a name do not keep its message from being heard."""
    found = read(message(**{"from": {"user": {"id": "1", "displayName": name, "userIdentityType": "anonymousGuest"}}}))
    assert found.person is not None
    assert found.person.name.isprintable()
    assert 0 < len(found.person.name.encode()) <= 256


def test_html_stays_raw() -> None:
    """HTML is kept as it is, and the text is empty."""
    found = read(message(body={"contentType": "html", "content": "<p>Guten Tag</p>"}))
    assert (found.text, found.html) == ("", "<p>Guten Tag</p>")


def test_text_is_masked() -> None:
    """Neither text nor HTML nor event shows in the repr."""
    shown = repr(read(message(body={"contentType": "html", "content": "geheim"}))) + repr(read(recording("initial")))
    assert "geheim" not in shown
    assert "callRecordingStatus" not in shown


@pytest.mark.parametrize(
    ("identity", "kind", "has_aad"),
    [
        ("aadUser", "tenant", True),
        ("AadUser", "tenant", True),
        ("anonymousGuest", "guest", False),
        ("federatedUser", "federated", True),
        ("phoneUser", "phone", False),
        ("skypeUser", "federated", False),
        ("unknownFutureValue", "guest", False),
        (None, "guest", False),
        (3, "guest", False),
    ],
)
def test_how_a_person_came_in(identity: object, kind: str, has_aad: bool) -> None:
    """The identity type decides the kind; only a user of a directory has an object id; the unknown is a guest."""
    user = {"id": "8578568e", "displayName": "X", "userIdentityType": identity}
    person = read(message(**{"from": {"user": user}})).person
    assert person is not None
    assert (person.kind, person.aad is not None, person.id) == (kind, has_aad, "graph:8578568e")


@pytest.mark.parametrize(
    ("violation", "hidden"),
    [
        (None, False),
        ({"dlpAction": "blockAccess"}, True),
        ({"dlpAction": "BlockAccess"}, True),
        ({"dlpAction": "notifySender, blockAccess"}, True),
        ({"dlpAction": "blockAccessExternal"}, False),
        ({"dlpAction": "none"}, False),
        ({"dlpAction": "blockAccess", "userAction": "override"}, False),
        ({"dlpAction": "blockAccess", "userAction": "none"}, True),
        ({"dlpAction": ["blockAccess"]}, False),
        ("blockAccess", False),
    ],
)
def test_hidden_means_blocked_for_everybody(violation: object, hidden: bool) -> None:
    """Only a block for all readers that the sender did not override counts as hidden."""
    assert read(message(policyViolation=violation)).hidden is hidden


@pytest.mark.parametrize(
    ("value", "year"),
    [
        ("2026-03-29T03:53:52.0351234Z", 2026),
        ("0001-01-01T00:00:00Z", None),
        ("soon", None),
        (5, None),
        ("9" * 99, None),
    ],
)
def test_moment(value: object, year: int | None) -> None:
    """Seven digits of seconds are understood; Graph's year 1 and anything odd are no time."""
    found = moment(value)
    assert (found and found.year) == year


@pytest.mark.parametrize(("status", "what"), [("initial", "started"), ("success", "stopped"), ("failure", "stopped")])
def test_recording_events(status: str, what: str) -> None:
    """A recording's system message says started or stopped, keyed by the message so that repetition is one fact."""
    told = read(recording(status) | {"lastModifiedDateTime": "2026-03-28T12:00:00Z"})
    fact = fact_of_event(CHAT, told)
    assert fact == RecordingSignalled(
        conversation=CHAT, key=f"recording:1616883610266:{what}", kind="recording", event=what, call="c86c0ae5",
        at=told.created if what == "started" else told.modified,
    )  # fmt: skip
    assert told.created != told.modified
    unknown = {"messageType": "unknownFutureValue", "lastModifiedDateTime": "2026-03-28T12:00:00Z"}
    assert fact == fact_of_event(CHAT, read(recording(status) | unknown))


@pytest.mark.parametrize("status", ["chunkFinished", "unknownFutureValue", None, 5])
def test_recording_states_that_say_nothing(status: Any) -> None:
    """A stored part of a recording does not claim that it stopped."""
    assert fact_of_event(CHAT, read(recording(status))) is None


@pytest.mark.parametrize("name", ["membersAdded", "membersDeleted", "membersJoined", "membersLeft"])
def test_roster_events(name: str) -> None:
    """Whoever comes or goes, the roster is to be read."""
    raw = event(**{"@odata.type": f"#microsoft.graph.{name}EventMessageDetail", "members": []})
    assert fact_of_event(CHAT, read(raw)) == "roster"


def test_transcript_and_end() -> None:
    """A transcript event means one runs; the end of the meeting's call has its own key and time, since a meeting can be
    held again."""
    transcript = event("7", **{"@odata.type": "#microsoft.graph.callTranscriptEventMessageDetail", "callId": "c"})
    assert fact_of_event(CHAT, read(transcript)) == RecordingSignalled(
        conversation=CHAT, key="transcript:7:started", kind="transcript", event="started", call="c",
        at=read(transcript).created,
    )  # fmt: skip
    ended = {"@odata.type": "#microsoft.graph.callEndedEventMessageDetail", "callEventType": "meeting"}
    told = read(event("8", **ended))
    assert fact_of_event(CHAT, told) == MeetingEnded(conversation=CHAT, key="ended:8", at=told.created)
    assert fact_of_event(CHAT, read(event(**ended | {"callEventType": "screenShare"}))) is None


def test_the_start_of_the_meetings_call() -> None:
    """The system message says it too, with its own key and time; sharing a screen begins no meeting."""
    started = {"@odata.type": "#microsoft.graph.callStartedEventMessageDetail", "callEventType": "meeting"}
    told = read(event("8", **started))
    assert fact_of_event(CHAT, told) == MeetingStarted(conversation=CHAT, key="started:8", at=told.created)
    assert fact_of_event(CHAT, read(event(**started | {"callEventType": "screenShare"}))) is None


def test_marks_on_cards_of_an_app() -> None:
    """A card of an app shows the marks of our duties; the same attachment on a person's message does not."""
    mark = mark_of(Duty(conversation=CHAT, key="k", kind="card", about=(), due_at=NOW, created_at=NOW))
    card = json.dumps({"body": [{"type": "TextBlock", "text": "duty-x"}, {"type": "Container", "id": mark}]})
    attachments = [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}, None, {"content": 5}]
    of_app = message(attachments=attachments, **{"from": {"application": {"id": "a"}, "user": None}})
    assert (read(of_app).marks, read(of_app).person) == (frozenset({mark}), None)
    assert read(message(attachments=attachments)).marks == frozenset()


@pytest.mark.parametrize("raw", [None, [], "x", {}, {"id": 5}, {"id": ""}, {"id": "x"}])
def test_what_is_no_message(raw: object) -> None:
    """Without an id and a time there is no message."""
    assert message_of(raw) is None


def test_the_id_dates_a_message() -> None:
    """Where the times are missing, the id (epoch milliseconds) gives them."""
    assert read({"id": "1616990032035"}).modified == datetime(2021, 3, 29, 3, 53, 52, 35000, tzinfo=UTC)


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from(sorted(message())), JSON), st.dictionaries(st.text(max_size=12), JSON))
def test_any_shape_is_tolerated(members: dict[str, Any], detail: dict[str, Any]) -> None:
    """Whatever the members hold, reading ends in a message or None, and an event in a fact or None."""
    found = message_of(message() | members)
    assert found is None or found.id == (message() | members)["id"]
    kind = {"@odata.type": "#microsoft.graph.callRecordingEventMessageDetail"}
    fact = fact_of_event(CHAT, read(event(**{**detail, **kind})))
    assert fact is None or fact.conversation == CHAT  # type: ignore[union-attr]
