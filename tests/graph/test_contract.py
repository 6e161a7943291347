"""Requests our client sends and answers it reads, against Microsoft's own type system of Graph v1.0."""

from __future__ import annotations

from typing import Any

import pytest

from bot.graph.client import GraphClient
from bot.graph.crypto import NotificationKey

from .csdl import Csdl
from .deliveries import item, lifecycle, rich
from .fake_graph import CHAT, FakeGraph, event, message, recording, web
from .test_client import book


async def everything(client: GraphClient, graph: FakeGraph) -> None:
    """Every request our client knows."""
    await client.hide(CHAT, "1616990032035", tip="Bitte löschen.", kinds=("iban",))
    await client.unhide(CHAT, "1616990032035")
    await client.message(CHAT, "1616990032035")
    graph.pages = [[message(), recording("initial")], [message("2", policyViolation={"dlpAction": "blockAccess"})]]
    assert len([one async for one in client.messages_since(CHAT, None)]) == 3
    await book(client)
    await client.forbid_recording("adv-1", "MSo1")
    await client.set_chat("adv-1", "MSo1", allowed=False)
    await client.install_in_chat(CHAT)
    await client.install_for("adv-1")
    await client.send_mail("k@example.org", subject="S", html="<p/>", attachments=(("t.ics", "text/calendar", b"x"),))
    made = await client.subscribe(CHAT)
    graph.script = [web.Response(status=409)]
    await client.subscribe(CHAT)
    await client.renew(made.id)
    await client.unsubscribe(made.id)
    await client.find_recordings("adv-1", "MSo1")
    await client.cancel_event("adv-1", "e")
    await client.delete_chat(CHAT)


def type_of(path: str) -> str:
    """The resource a path below /v1.0 is about."""
    parts = path.removeprefix("/v1.0/").split("/")
    if "installedApps" in parts:
        return "userScopeTeamsAppInstallation" if parts[0] == "users" else "teamsAppInstallation"
    for part, name in (
        ("messages", "chatMessage"),
        ("recordings", "callRecording"),
        ("events", "event"),
        ("onlineMeetings", "onlineMeeting"),
        ("subscriptions", "subscription"),
    ):
        if part in parts:
            return name
    return parts[-1]


async def test_every_request_validates(client: GraphClient, graph: FakeGraph, csdl: Csdl) -> None:
    """Each body on the wire has only properties, types and enum members that Graph has."""
    await everything(client, graph)
    bodies = [seen for seen in graph.seen if seen.body is not None]
    assert {type_of(seen.path) for seen in bodies} == {
        "chatMessage",
        "event",
        "onlineMeeting",
        "teamsAppInstallation",
        "userScopeTeamsAppInstallation",
        "sendMail",
        "subscription",
    }
    for seen in bodies:
        kind = type_of(seen.path)
        if kind == "sendMail":
            assert csdl.action_errors("user", "sendMail", seen.body) == []
        else:
            assert csdl.errors(kind, seen.body) == []
            changes = seen.body.get("changeType", "created").split(",")
            assert set(changes) <= csdl.enums["microsoft.graph.changeType"].members


async def test_every_answer_validates(client: GraphClient, graph: FakeGraph, csdl: Csdl) -> None:
    """Each answer the tests feed to the client is one Graph could give."""
    await everything(client, graph)
    answers = []
    for answer in graph.sent:
        answers += answer.get("value", [answer])
    kinds = {"eventDetail": "chatMessage", "chatInfo": "onlineMeeting", "allowRecording": "onlineMeeting"}
    kinds |= {"allowMeetingChat": "onlineMeeting", "onlineMeeting": "event", "notificationUrl": "subscription"}
    kinds |= {"callId": "callRecording", "id": "entity"}
    assert len(answers) > 10
    for answer in answers:
        kind = next(kind for member, kind in kinds.items() if member in answer)
        assert csdl.errors(kind, answer) == []


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("membersJoined", {"members": [{"id": "x", "displayName": "K", "userIdentityType": "anonymousGuest"}]}),
        ("membersLeft", {"members": []}),
        ("membersAdded", {"members": [], "visibleHistoryStartDateTime": "0001-01-01T00:00:00Z"}),
        ("membersDeleted", {"members": []}),
        ("callTranscript", {"callId": "c", "callTranscriptICalUid": "u"}),
        ("callEnded", {"callId": "c", "callEventType": "meeting", "callDuration": "PT40M19.26S"}),
    ],
)
def test_system_messages_validate(csdl: Csdl, name: str, members: dict[str, Any]) -> None:
    """The event details we key on exist under these names, with these members."""
    raw = event(**{"@odata.type": f"#microsoft.graph.{name}EventMessageDetail", **members})
    assert csdl.errors("chatMessage", raw) == []


def test_notifications_validate(csdl: Csdl, key: NotificationKey) -> None:
    """The deliveries our webhook tests post are change notifications of Graph's types."""
    for one in (rich(key), item()):
        named = one["resourceData"].pop("@odata.type")  # names the resource, not the type `resourceData` itself
        assert named.replace("#Microsoft.Graph.", "microsoft.graph.") in csdl.structs
        assert csdl.errors("changeNotification", one) == []
    events = csdl.enums["microsoft.graph.lifecycleEventType"].members
    for name in ("reauthorizationRequired", "subscriptionRemoved", "missed"):
        assert name.lower() in events
        assert csdl.errors("changeNotification", lifecycle(name)) == []


@pytest.mark.parametrize(
    ("kind", "value", "error"),
    [
        ("chatMessage", {"policyViolation": {"dlpAktion": "None"}}, "dlpAktion: no such property"),
        ("chatMessage", {"policyViolation": {"dlpAction": "BlockAcess"}}, "dlpAction: no such member"),
        ("chatMessage", {"policyViolation": {"dlpAction": "BlockAccess,None"}}, None),
        ("chatMessage", {"messageType": "message,typing"}, "messageType: no such member"),
        ("chatMessage", {"body": None}, "body: null"),
        ("chatMessage", {"eventDetail": {"@odata.type": "#microsoft.graph.chat"}}, "is not a"),
        ("chatMessage", {"eventDetail": {"callId": "c"}}, "callId: no such property"),
        ("onlineMeeting", {"allowRecording": "false"}, "allowRecording: not a boolean"),
        ("event", {"start": {"dateTime": 5, "timeZone": "UTC"}}, "dateTime: not a Edm.String"),
        ("event", {"attendees": {}}, "attendees: not a list"),
        ("subscription", {"expirationDateTime": "2026-03-29T00:00:00"}, "not a Edm.DateTimeOffset"),
        ("teamsAppInstallation", {"teamApp@odata.bind": "x"}, "no such property"),
        ("changeNotification", {"subscriptionId": "sub-1"}, "not a Edm.Guid"),
    ],
)
def test_the_validator_finds_mistakes(csdl: Csdl, kind: str, value: dict[str, Any], error: str | None) -> None:
    """A misspelt property or member, a wrong type, a null or a foreign type is found; what is right is not."""
    found = csdl.errors(kind, value)
    assert (found == []) if error is None else (len(found) == 1 and error in found[0])
