"""Installation, members and meeting events, through the SDK's process_activity (teams-platform 2.1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.policy.facts import (
    AdvisorReached,
    AppAdded,
    AppRemoved,
    MeetingEnded,
    MeetingStarted,
    Person,
    PersonJoined,
    PersonLeft,
)

from .world import APP_ID, CHAT, SERVICE_URL, TENANT, World, activity, message, running_front

AAD = "bbbbbbbb-0000-0000-0000-000000000002"
ADVISOR = {"id": "29:advisor", "name": "Beraterin", "aadObjectId": AAD}
BOT = {"id": f"28:{APP_ID}", "name": "Videoberatung"}


def at(second: int, **change: Any) -> dict[str, Any]:
    """An activity some seconds after nine."""
    return activity(**{"timestamp": f"2026-11-22T09:{second // 60:02}:{second % 60:02}.5Z", "id": ..., **change})


def added(second: int = 0, **change: Any) -> dict[str, Any]:
    return at(second, **{"type": "installationUpdate", "action": "add", "from": ADVISOR, **change})


def bot_member(second: int = 1, **change: Any) -> dict[str, Any]:
    return at(second, **{"type": "conversationUpdate", "membersAdded": [BOT], "from": ADVISOR, **change})


def removed(second: int) -> dict[str, Any]:
    return at(second, type="installationUpdate", action="remove", **{"from": ADVISOR})


async def deliver(world: World, *activities: dict[str, Any]) -> list[Any]:
    """Deliver activities, each answered 201; the facts they became."""
    before = len(world.inbox.facts)
    for one in activities:
        assert await world.post(one) == (201, None)
    return world.inbox.facts[before:]


async def test_an_installation_is_told_whole() -> None:
    """AppAdded names tenant, service URL, bot, meeting and who added it."""
    async with running_front() as world:
        (fact,) = await deliver(world, added())
        assert fact == AppAdded(
            conversation=CHAT,
            key="installed:2026-11-22T09:00:00.500000+00:00",
            tenant=TENANT,
            service_url=SERVICE_URL,
            bot_id=BOT["id"],
            meeting="bWVldGluZw==",
            by=Person(id="29:advisor", name="Beraterin", aad=AAD, kind="tenant"),
        )


async def test_both_activities_of_an_installation_have_one_key() -> None:
    """installationUpdate and membersAdded, in either order and delivered again, give one key."""
    async with running_front() as world:
        facts = await deliver(world, added(0), bot_member(1), added(0), bot_member(1))
        assert len(facts) == 4
        assert {fact.key for fact in facts} == {"installed:2026-11-22T09:00:00.500000+00:00"}
    async with running_front() as world:
        assert len({fact.key for fact in await deliver(world, bot_member(0), added(1))}) == 1


async def test_an_app_added_again_acts_again() -> None:
    """Removed and added again, even within seconds, or added again much later: a new key."""
    async with running_front() as world:
        facts = await deliver(world, added(0), bot_member(1), removed(5), added(9), bot_member(10), added(300))
        keys = [fact.key for fact in facts]
        assert [type(fact) for fact in facts] == [AppAdded, AppAdded, AppRemoved, AppAdded, AppAdded, AppAdded]
        assert keys[0] == keys[1]
        assert keys[3] == keys[4]
        assert len(set(keys)) == 4


async def test_an_upgrade_is_an_addition_and_no_removal() -> None:
    """`remove-upgrade` says nothing, `add-upgrade` that the app is there."""
    async with running_front() as world:
        facts = await deliver(
            world, added(0, action="remove-upgrade"), added(1, action="add-upgrade"), added(2, action="x")
        )
        assert [type(fact) for fact in facts] == [AppAdded]


async def test_an_installation_without_sender_is_by_nobody() -> None:
    """Installed through Graph, `from` is absent or the bot itself: `by` is None."""
    async with running_front() as world:
        facts = await deliver(world, added(**{"from": ...}), added(**{"from": BOT}))
        assert [fact.by for fact in facts] == [None, None]


async def test_a_personal_installation_reaches_the_advisor() -> None:
    """Both activities of a personal installation become AdvisorReached with one key; a removal says nothing."""
    chat = {"conversationType": "personal", "id": "a:1", "tenantId": TENANT}
    async with running_front() as world:
        facts = await deliver(
            world,
            added(0, conversation=chat),
            bot_member(1, conversation=chat, membersAdded=[ADVISOR, BOT]),
            {**removed(9), "conversation": chat},
        )
        assert [type(fact) for fact in facts] == [AdvisorReached, AdvisorReached]
        assert facts[0] == facts[1]
        assert (facts[0].aad, facts[0].of_chat) == (AAD, "a:1")


async def test_a_team_is_not_a_consultation() -> None:
    """An installation in a team's channel becomes no fact."""
    async with running_front() as world:
        chat = {"conversationType": "channel", "id": "19:team@thread.tacv2"}
        assert await deliver(world, added(conversation=chat)) == []


async def test_members_join_and_leave_with_steady_keys() -> None:
    """membersAdded and membersRemoved become one fact a person; bots are left out; a redelivery has the same keys."""
    guest, phone = {"id": "29:g", "name": "Gast"}, {"id": "4:+4930", "name": "Tel"}
    joined = at(0, type="conversationUpdate", membersAdded=[guest, phone, {"id": "28:other"}], id="f:1")
    left = at(9, type="conversationUpdate", membersRemoved=[{"id": "29:g"}])
    async with running_front() as world:
        facts = await deliver(world, joined, left)
        assert facts == await deliver(world, joined, left)
        assert [type(fact) for fact in facts] == [PersonJoined, PersonJoined, PersonLeft]
        assert [fact.person.kind for fact in facts[:2]] == ["guest", "phone"]
        assert (facts[2].person, facts[2].key) == ("29:g", "leave:29:g:2026-11-22T09:00:09.500000+00:00")
        assert len({fact.key for fact in facts}) == 3


@pytest.mark.parametrize(("change", "key"), [({"id": "f:7"}, "join:29:advisor:f:7"), ({}, "")])
async def test_a_key_without_a_time(change: dict[str, Any], key: str) -> None:
    """Without a time the activity's id tells deliveries apart; without both the key is empty: the rules look."""
    async with running_front() as world:
        joined = at(0, **{"type": "conversationUpdate", "membersAdded": [ADVISOR], "timestamp": ..., **change})
        (fact,) = await deliver(world, joined)
        assert fact.key == key


def event(name: str, value: Any, second: int = 0) -> dict[str, Any]:
    return at(second, type="event", name=f"application/vnd.microsoft.{name}", value=value)


@pytest.mark.parametrize("casing", [str, str.lower, lambda name: name[0].lower() + name[1:]])
async def test_meeting_start_and_end_are_read_in_every_casing(casing: Any) -> None:
    """PascalCase, camelCase or lower case: the key is the meeting's own time, the id comes from channelData."""
    began = datetime(2026, 11, 22, 9, tzinfo=UTC)
    start = {casing("Id"): "x", casing("StartTime"): "2026-11-22T09:00:00Z"}
    end = {casing("Id"): "x", casing("EndTime"): "2026-11-22T10:00:00Z"}
    async with running_front() as world:
        facts = await deliver(
            world, event("meetingStart", start), event("meetingStart", start, 20), event("meetingEnd", end)
        )
        assert facts == [
            MeetingStarted(conversation=CHAT, key="start:2026-11-22T09:00:00Z", meeting="bWVldGluZw==", at=began),
            MeetingStarted(conversation=CHAT, key="start:2026-11-22T09:00:00Z", meeting="bWVldGluZw==", at=began),
            MeetingEnded(conversation=CHAT, key="end:2026-11-22T10:00:00Z", at=began + timedelta(hours=1)),
        ]


async def test_a_meeting_event_without_value_has_its_own_time() -> None:
    """A value of an odd shape does not keep the start from being told."""
    async with running_front() as world:
        facts = await deliver(world, event("meetingStart", None), event("meetingEnd", ["x"]))
        assert [fact.key.partition(":")[0] for fact in facts] == ["start", "end"]
        assert all(fact.at is not None for fact in facts)


async def test_participant_events_are_read_as_plain_json() -> None:
    """Join and leave name each participant; the SDK hands over raw dicts (teams-platform 2.1)."""
    member = {"user": {"id": "29:g", "name": "Gast"}, "meeting": {"inMeeting": True, "role": "Attendee"}}
    staff = {"user": {**ADVISOR, "tenantId": "elsewhere"}, "meeting": {}}
    async with running_front() as world:
        facts = await deliver(
            world,
            event("meetingParticipantJoin", {"members": [member, staff, {"user": BOT}]}),
            event("meetingParticipantLeave", {"members": [member]}, 9),
        )
        assert [type(fact) for fact in facts] == [PersonJoined, PersonJoined, PersonLeft]
        assert [fact.person.kind for fact in facts[:2]] == ["guest", "federated"]


async def test_one_malformed_participant_takes_none() -> None:
    """The whole activity is read before the first fact is taken."""
    async with running_front() as world:
        value = {"members": [{"user": {"id": "29:g"}}, {"user": {}}]}
        assert (await world.post(event("meetingParticipantJoin", value)))[0] == 400
        assert world.inbox.everything == []


async def test_read_receipts_and_unknown_events_are_dropped() -> None:
    """Events without a use are 201."""
    async with running_front() as world:
        assert await deliver(world, event("readReceipt", {"lastReadMessageId": "1"}), event("unheardOf", 7)) == []


@pytest.mark.parametrize("never", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z", "0001-01-01T00:00:00"])
async def test_a_time_that_is_none_is_not_reckoned_with(never: str) -> None:
    """.NET's least and greatest time say nothing: the id's time counts for a message, the activity's for a meeting."""
    async with running_front() as world:
        began = activity(
            type="event", name="application/vnd.microsoft.meetingStart", value={"StartTime": never, "Id": "x"}
        )
        (fact,) = await deliver(world, began)
        assert isinstance(fact, MeetingStarted)
        assert fact.at == datetime(2026, 11, 22, 9, 0, 0, 123456, tzinfo=UTC)
        assert await world.post(message(timestamp=never, id="1766394000000")) == (201, None)
        assert world.inbox.heard[-1].modified == datetime.fromtimestamp(1766394000, UTC)
