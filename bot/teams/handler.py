"""The turn of the SDK: everything but plain messages goes through botbuilder's `process_activity`.

The SDK dispatches; the facts are read from the JSON by bot/teams/events.py, because its models lose members and its
hooks pass raw dicts anyway (teams-platform 2.1, 2.3). No connector client of the SDK is ever built: what it hands to
a turn is `NoConnector`, which refuses every use (docs/decisions/0003-inbound-front.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn

from botbuilder.core import CloudAdapterBase, InvokeResponse, TurnContext
from botbuilder.core.teams import TeamsActivityHandler
from botbuilder.schema import Activity as SdkActivity
from botframework.connector.auth import (
    AuthenticateRequestResult,
    BotFrameworkAuthentication,
    ClaimsIdentity,
    ConnectorFactory,
)

from bot.policy.facts import Fact
from bot.ports import Inbox, Shown
from bot.teams.events import Events
from bot.teams.reading import Activity, Malformed
from cards import CONTENT_TYPE

# What the SDK needs to dispatch a turn. Texts, names and what people typed stay outside its models and its logging.
_FOR_SDK = ("type", "id", "name", "action", "channelId", "serviceUrl", "replyToId")


class NoConnector:
    """Stands where the SDK expects a connector client: sending goes through bot/teams/connector.py only."""

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError("the SDK's connector client is not used")


class _NoConnectors(ConnectorFactory):  # type: ignore[misc]
    async def create(self, service_url: str, audience: str) -> NoConnector:
        return NoConnector()


class _OurAuthentication(BotFrameworkAuthentication):  # type: ignore[misc]
    """Authentication happened in bot/teams/front.py; the SDK's own is never asked."""

    async def authenticate_request(self, activity: Any, auth_header: str) -> NoReturn:
        raise PermissionError("authenticated by the front only")

    async def authenticate_streaming_request(self, auth_header: str, channel_id_header: str) -> NoReturn:
        raise PermissionError("authenticated by the front only")

    def create_connector_factory(self, claims_identity: Any) -> ConnectorFactory:
        return _NoConnectors()

    async def create_user_token_client(self, claims_identity: Any) -> None:
        return None


class Turns:
    """Takes verified activities through the SDK, one `TeamsTurn` each."""

    def __init__(self, app_id: str, events: Events, inbox: Inbox) -> None:
        self._adapter = CloudAdapterBase(_OurAuthentication())
        self._events = events
        self._inbox = inbox
        self._verified = AuthenticateRequestResult()
        self._verified.claims_identity = ClaimsIdentity({"aud": app_id}, True)
        self._verified.connector_factory = _NoConnectors()

    def turn(self, activity: Activity) -> TeamsTurn:
        """The turn of one activity, not begun yet."""
        return TeamsTurn(activity, self._events, self._inbox)

    async def process(self, turn: TeamsTurn) -> InvokeResponse | None:
        """Let the SDK dispatch the turn. Returns the answer of an invoke. Raises Malformed, Overloaded."""
        slim = {name: turn.activity[name] for name in _FOR_SDK if turn.activity.get(name) is not None}
        slim["conversation"] = {"id": turn.activity["conversation"]["id"]}
        model = SdkActivity().deserialize(slim)
        return await self._adapter.process_activity(self._verified, model, turn.on_turn)


class TeamsTurn(TeamsActivityHandler):  # type: ignore[misc]
    """One activity's turn. `taken` counts what the inbox has accepted: from then on it must not be answered 500."""

    def __init__(self, activity: Activity, events: Events, inbox: Inbox) -> None:
        self.activity = activity
        self.taken = 0
        self._events = events
        self._inbox = inbox

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        """An Action.Submit: a message with a value (teams-platform 3.3)."""
        await self._press(self.activity.get("value"))

    async def on_invoke_activity(self, turn_context: TurnContext) -> InvokeResponse:
        """Action.Execute is answered here, in full: the SDK's own way ends in a 500 (teams-platform 3.4)."""
        if self.activity.get("name") != "adaptiveCard/action":
            return InvokeResponse(status=501)
        value = self.activity.get("value")
        action = value.get("action") if isinstance(value, dict) else None
        if not isinstance(value, dict) or not isinstance(action, dict) or action.get("type") != "Action.Execute":
            return error(400, "BadRequest")
        if value.get("trigger") == "automatic":
            # Acting on a refresh would loop (teams-platform 3.4): nothing happens, the card stays as it is.
            return answer("application/vnd.microsoft.activity.message", "")
        data = action.get("data")
        if not isinstance(data, dict) or action.get("verb", data.get("verb")) != data.get("verb"):
            return error(400, "BadRequest")
        try:
            shown = await self._press(data)
        except Malformed:
            return error(400, "BadRequest")
        if shown.forbidden:
            return error(403, "Forbidden", shown.sentence)
        if shown.card is not None:
            return answer(CONTENT_TYPE, dict(shown.card))
        return answer("application/vnd.microsoft.activity.message", shown.sentence or "")

    async def on_installation_update_add(self, turn_context: TurnContext) -> None:
        """The app was added, or upgraded: an upgrade brings new permissions, so the chat is looked at again."""
        await self._take_one(self._events.installed(self.activity))

    async def on_installation_update_remove(self, turn_context: TurnContext) -> None:
        """The app was removed; `remove-upgrade` is followed by `add-upgrade` and is no removal."""
        if self.activity.get("action") == "remove":
            await self._take_one(self._events.uninstalled(self.activity))

    async def on_conversation_update_activity(self, turn_context: TurnContext) -> None:
        """Members came or went. The SDK would look each one up and give up at the first error (2.3, no. 6)."""
        await self._take(self._events.members(self.activity))

    async def on_teams_meeting_start_event(self, meeting: Any, turn_context: TurnContext) -> None:
        """The meeting began."""
        await self._take_one(self._events.meeting_started(self.activity))

    async def on_teams_meeting_end_event(self, meeting: Any, turn_context: TurnContext) -> None:
        """The meeting ended."""
        await self._take_one(self._events.meeting_ended(self.activity))

    async def on_teams_meeting_participants_join_event(self, meeting: Any, turn_context: TurnContext) -> None:
        """People entered the meeting."""
        await self._take(self._events.participants(self.activity, joined=True))

    async def on_teams_meeting_participants_leave_event(self, meeting: Any, turn_context: TurnContext) -> None:
        """People left the meeting."""
        await self._take(self._events.participants(self.activity, joined=False))

    async def _press(self, data: Any) -> Shown:
        began = self._events.now()
        fact = self._events.pressed(self.activity, data, self._inbox.code_digest)
        shown = await self._inbox.press(fact)
        self._events.answered(fact, began)
        self.taken += 1
        return shown

    async def _take(self, facts: Iterable[Fact]) -> None:
        for fact in list(facts):  # all are read before the first is taken: a malformed one takes none
            await self._inbox.take(fact)
            self.taken += 1

    async def _take_one(self, fact: Fact | None) -> None:
        if fact is not None:
            await self._take([fact])


def answer(kind: str, value: Any) -> InvokeResponse:
    """A Universal Action response (teams-platform 3.4)."""
    return InvokeResponse(status=200, body={"statusCode": 200, "type": kind, "value": value})


def error(status: int, code: str, message: str | None = None) -> InvokeResponse:
    """A Universal Action error: HTTP 200 with the status inside (teams-platform 3.4)."""
    value = {"code": code, "message": message or code}
    return InvokeResponse(
        status=200, body={"statusCode": status, "type": "application/vnd.microsoft.error", "value": value}
    )
