"""How little of the SDK is used: it dispatches turns and never sends (docs/decisions/0003-inbound-front.md)."""

from __future__ import annotations

from typing import Any

import pytest
from botbuilder.schema import Activity
from botframework.connector import ConnectorClient as BlockingClient
from botframework.connector.aio import ConnectorClient
from botframework.connector.auth import JwtTokenValidation

from bot.teams.events import Events
from bot.teams.handler import NoConnector, Turns

from .world import APP_ID, NOW, TENANT, FakeInbox, activity, invoke, message, running_front

DELIVERIES = [
    message(),
    invoke({"card": "welcome", "verb": "accept"}),
    activity(value={"card": "welcome", "verb": "accept"}, replyToId="1"),
    activity(type="installationUpdate", action="add"),
    activity(type="conversationUpdate", membersAdded=[{"id": "29:x"}], membersRemoved=[{"id": "29:y"}]),
    activity(type="conversationUpdate", channelData={"eventType": "channelCreated", "channel": {"id": "x"}}),
    activity(type="event", name="application/vnd.microsoft.meetingStart", value={}),
    activity(type="event", name="tokens/response", value={}),
    activity(type="typing", deliveryMode="expectReplies"),
]


async def test_the_sdk_builds_no_client_and_checks_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the SDK's clients and token check broken, every kind of activity is still answered 2xx."""

    def broken(*_: Any, **__: Any) -> None:
        raise AssertionError("the SDK was asked")

    for owner, name in [
        (ConnectorClient, "__init__"), (BlockingClient, "__init__"), (JwtTokenValidation, "authenticate_request"),
    ]:  # fmt: skip
        monkeypatch.setattr(owner, name, broken)
    with pytest.raises(AssertionError, match="the SDK was asked"):
        ConnectorClient(None, "https://smba.trafficmanager.net/")
    async with running_front() as world:
        assert [(await world.post(one))[0] // 100 for one in DELIVERIES] == [2] * len(DELIVERIES)
        assert len(world.inbox.everything) == 7


async def test_the_sdk_has_no_way_to_let_somebody_in() -> None:
    """The adapter behind the front refuses to authenticate a header by itself."""
    turns = Turns(APP_ID, Events(TENANT, lambda: NOW), FakeInbox())
    turn = turns.turn(message())
    with pytest.raises(PermissionError):
        await turns._adapter.process_activity("", Activity(type="message"), turn.on_turn)


def test_the_stand_in_for_the_connector_refuses_every_use() -> None:
    """Whoever tries to send through the SDK gets an error, not a silent nothing."""
    with pytest.raises(AttributeError, match="not used"):
        NoConnector().conversations.send_to_conversation("19:x", None)


async def test_texts_and_values_stay_outside_the_sdk_s_models() -> None:
    """What the SDK sees of an activity is ids and kinds: no text, value, name of a person or attachment."""
    seen: list[Any] = []

    async def on_turn(context: Any) -> None:
        seen.append(context.activity.serialize())

    turns = Turns(APP_ID, Events(TENANT, lambda: NOW), FakeInbox())
    turn = turns.turn(message("SECRET", value={"code": "SECRET"}, **{"from": {"id": "29:x", "name": "SECRET"}}))
    turn.on_turn = on_turn  # type: ignore[method-assign]
    await turns.process(turn)
    assert seen[0]["conversation"]["id"] == "19:meeting_Zm9v@thread.v2"
    assert "SECRET" not in repr(seen)
