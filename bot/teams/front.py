"""POST /api/messages: what the Bot Framework delivers, let in by our own rules (architecture decision 1).

The path of a clean message, top to bottom: size, token (remembered once verified), JSON, shape, service URL,
`Inbox.hear`, 201. No database, no SDK model, no second look at a token on it. docs/decisions/0003-inbound-front.md.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from aiohttp import web

from bot.ports import Inbox, Overloaded
from bot.teams.events import Events, is_bot
from bot.teams.handler import Turns
from bot.teams.keys import IssuerUnreachable
from bot.teams.limits import TooLarge, read_at_most
from bot.teams.reading import Activity, Malformed, check, is_personal, optional_id, parse
from bot.teams.service_urls import ServiceUrls
from bot.teams.tokens import TokenVerifier, Unauthorized

_log = logging.getLogger(__name__)

CHANNEL = "msteams"
BODY_LIMIT = 1 << 20
"""Bytes. A message has at most about 100 KB (teams-platform 1.4), twice (text and HTML), at worst six-fold escaped."""
BODY_SECONDS = 10.0
TRIES = 2
"""How often an activity may fail unexpectedly in one process before it is set aside. The platform tries four times:
with up to three replicas one of them sees it twice, whoever is asked when."""
SET_ASIDE_KEPT = 1000


class Rejected(Exception):
    """Not let in: the HTTP status and a word of ours."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


class Front:
    """The handler. `incident` makes the number of an incident (eight hexadecimal digits, random).

    `in_flight` counts the requests being handled: zero means at rest.
    """

    def __init__(
        self,
        *,
        app_id: str,
        events: Events,
        tokens: TokenVerifier,
        service_urls: ServiceUrls,
        inbox: Inbox,
        incident: Callable[[], str],
        body_limit: int = BODY_LIMIT,
    ) -> None:
        self._tokens = tokens
        self._service_urls = service_urls
        self._inbox = inbox
        self._events = events
        self._turns = Turns(app_id, events, inbox)
        self._incident = incident
        self._body_limit = body_limit
        self._failures: dict[tuple[str, ...], int] = {}
        self.in_flight = 0

    async def messages(self, request: web.Request) -> web.Response:
        """One delivery. 201, or 200 with the answer of an invoke; 400, 401, 403, 408, 413, 415 for what is not let
        in; 503 where it should come again; 500 for an incident nothing of which was taken."""
        self.in_flight += 1
        try:
            activity = await self._admit(request)
            return await self._receive(activity)
        except Rejected as rejected:
            return web.Response(status=rejected.status, text=rejected.code)
        except Malformed as malformed:
            return web.Response(status=400, text=str(malformed))
        except Unauthorized as unauthorized:
            return web.Response(status=401, text=unauthorized.code, headers={"WWW-Authenticate": "Bearer"})
        except IssuerUnreachable:
            return web.Response(status=503, text="issuer unreachable", headers={"Retry-After": "10"})
        except Overloaded:
            return web.Response(status=503, text="overloaded", headers={"Retry-After": "5"})
        finally:
            self.in_flight -= 1

    async def _admit(self, request: web.Request) -> dict[str, Any]:
        """The activity, once its sender, its form and its way back are what they have to be."""
        if request.content_type != "application/json":
            raise Rejected(415, "application/json is expected")
        if (request.content_length or 0) > self._body_limit:
            raise Rejected(413, "too large")
        verified = await self._tokens.verify(request.headers.get("Authorization"))
        activity = parse(await self._body(request))
        check(activity)
        service_url = activity["serviceUrl"]
        if activity["channelId"] != CHANNEL or CHANNEL not in verified.endorsements:
            raise Rejected(403, "channel not endorsed")
        if service_url != verified.service_url:
            raise Rejected(403, "service URL is not the token's")
        if not self._service_urls.allowed(service_url):
            raise Rejected(403, "service URL not allowed")
        return activity

    async def _body(self, request: web.Request) -> bytes:
        try:
            if request.content.is_eof():
                return await read_at_most(request.content, self._body_limit)
            async with asyncio.timeout(BODY_SECONDS):
                return await read_at_most(request.content, self._body_limit)
        except TooLarge:
            raise Rejected(413, "too large") from None
        except TimeoutError:
            raise Rejected(408, "body did not come") from None
        except web.RequestPayloadError:
            raise Malformed("body unreadable") from None

    async def _receive(self, activity: Activity) -> web.Response:
        # Equal for every delivery of the same thing (teams-platform 9.1), and made of ids only.
        if self._failures and self._failures.get(_identity(activity), 0) >= TRIES:
            return web.Response(status=201)
        kind = activity["type"]
        try:
            if kind in ("message", "messageUpdate", "messageDelete"):
                await self._message(activity, kind)
                if activity.get("value") is None or kind != "message":
                    return web.Response(status=201)
        except (Malformed, Overloaded):
            raise
        except Exception as error:
            return await self._failed(activity, error, taken=False)
        return await self._turn(activity)

    async def _message(self, activity: Activity, kind: str) -> None:
        if is_personal(activity):
            reached = self._events.reached(activity) if kind == "message" else None
            if reached is not None:
                await self._inbox.take(reached)
        elif kind == "messageDelete":
            await self._inbox.take(self._events.deleted(activity))
        elif not is_bot(activity.get("from")) and (activity.get("value") is None or _says_something(activity)):
            await self._inbox.hear(self._events.heard(activity))

    async def _turn(self, activity: Activity) -> web.Response:
        turn = self._turns.turn(activity)
        try:
            invoked = await self._turns.process(turn)
        except (Malformed, Overloaded):
            raise
        except Exception as error:
            return await self._failed(activity, error, taken=turn.taken > 0)
        if invoked is None:
            return web.Response(status=201)
        if invoked.body is None:
            return web.Response(status=invoked.status)
        return web.json_response(invoked.body, status=invoked.status)

    async def _failed(self, activity: Activity, error: Exception, *, taken: bool) -> web.Response:
        """An incident: its number and the exception's type are logged, never its text, which may quote the message."""
        number = self._incident()
        identity = _identity(activity)
        count = self._failures.pop(identity, 0) + 1
        if len(self._failures) >= SET_ASIDE_KEPT:
            del self._failures[next(iter(self._failures))]
        self._failures[identity] = count
        aside = taken or count >= TRIES
        _log.error("incident %s: %s, try %d%s", number, type(error).__name__, count, ", set aside" if aside else "")
        if aside:
            await self._inbox.set_aside(activity["conversation"]["id"], number, optional_id(activity.get("id")))
        return web.Response(status=201 if aside else 500, text=f"incident {number}")


def routes(front: Front) -> list[web.RouteDef]:
    """The route of the front, for the application to add."""
    return [web.post("/api/messages", front.messages)]


def _identity(activity: Activity) -> tuple[str, ...]:
    data = activity.get("channelData") or {}
    parts = (activity["conversation"]["id"], activity.get("id"), activity["type"], activity.get("timestamp"))
    return tuple(str(part) for part in (*parts, data.get("eventType"), activity.get("name")))


def _says_something(activity: Activity) -> bool:
    return bool(activity.get("text") or activity.get("attachments"))
