"""A stand-in with a tiny fake bot, over real HTTP: what the tests of this folder share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from aiohttp import web

from bot.rehearsal.platform import Platform

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


class FakeBot:
    """A bot endpoint that records what it gets and answers what the test says."""

    def __init__(self) -> None:
        self.activities: list[dict[str, Any]] = []
        self.tokens: list[str] = []
        self.notifications: list[dict[str, Any]] = []
        self.lifecycle: list[dict[str, Any]] = []
        self.order: list[str] = []
        self.answers: list[int] = []  # statuses of the next answers to activities, 201 when empty
        self.notification_answers: list[int] = []
        self.invoke_answer: Any = None
        self.handshake: Callable[[str], web.Response] = lambda token: web.Response(text=token)
        self.on_activity: Callable[[dict[str, Any]], Awaitable[None]] | None = None
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.add_routes([
            web.post("/api/messages", self._activity),
            web.post("/api/notifications", self._notification),
            web.post("/api/lifecycle", self._lifecycle),
        ])  # fmt: skip
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _activity(self, request: web.Request) -> web.Response:
        activity = await request.json()
        self.activities.append(activity)
        self.tokens.append(request.headers["Authorization"].removeprefix("Bearer "))
        self.order.append(f"activity {activity['type']}")
        if self.on_activity is not None:
            await self.on_activity(activity)
        if activity["type"] == "invoke":
            return web.json_response(self.invoke_answer)
        return web.Response(status=self.answers.pop(0) if self.answers else 201)

    async def _notification(self, request: web.Request) -> web.Response:
        if "validationToken" in request.query:
            return self.handshake(request.query["validationToken"])
        body = await request.json()
        self.notifications.append(body)
        self.order.append(f"notification {body['value'][0]['changeType']}")
        return web.Response(status=self.notification_answers.pop(0) if self.notification_answers else 202)

    async def _lifecycle(self, request: web.Request) -> web.Response:
        if "validationToken" in request.query:
            return self.handshake(request.query["validationToken"])
        self.lifecycle.append(await request.json())
        return web.Response(status=202)

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [a for a in self.activities if a["type"] == kind]


class Stage:
    """Platform, fake bot, clock, and HTTP with the bot's tokens."""

    def __init__(self, platform: Platform, bot: FakeBot, clock: Clock, http: aiohttp.ClientSession) -> None:
        self.platform, self.bot, self.clock, self.http = platform, bot, clock, http
        self.core = platform._core

    @property
    def chat(self) -> str:
        return self.platform.conversation_id

    def token(self, service: str) -> str:
        assert self.core.identity is not None
        audience = {"graph": "https://graph.microsoft.com", "connector": "https://api.botframework.com"}[service]
        return self.core.identity.access_token(audience)

    async def call(self, service: str, method: str, path: str, body: Any = None, **options: Any) -> tuple[int, Any]:
        """One request with a good token: (status, JSON or None)."""
        headers = {"Authorization": f"Bearer {self.token(service)}", **options.pop("headers", {})}
        root = self.platform.origin + ("/graph/v1.0" if service == "graph" else "/connector")
        if body is not None:
            options["json"] = body
        async with self.http.request(method, root + path, headers=headers, **options) as answer:
            raw = await answer.read()
            self.last_headers = answer.headers
            return answer.status, (await answer.json() if raw else None)

    async def graph(self, method: str, path: str, body: Any = None, **options: Any) -> tuple[int, Any]:
        return await self.call("graph", method, path, body, **options)

    async def connector(self, method: str, path: str, body: Any = None, **options: Any) -> tuple[int, Any]:
        return await self.call("connector", method, path, body, **options)

    async def send(self, body: dict[str, Any], query: str = "") -> tuple[int, Any]:
        return await self.connector("POST", f"/v3/conversations/{self.chat}/activities{query}", body)

    async def send_card(self, card: dict[str, Any], name: str = "welcome") -> str:
        status, answer = await self.send(card_activity(card, name))
        assert status == 201
        return str(answer["id"])

    async def meeting(self, *people: tuple[str, str]) -> None:
        """A meeting with the app in it, and these (who, as) joined; what the bot heard so far is forgotten."""
        await self.platform.add_meeting("petra", "Petra Berater")
        for who, kind in people:
            assert await self.platform.join(who, kind) == "ok"
        await self.platform.settle()
        for heard in (self.bot.activities, self.bot.notifications, self.bot.order, self.bot.tokens):
            heard.clear()


def card_activity(card: dict[str, Any], name: str = "welcome") -> dict[str, Any]:
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "name": name, "content": card}
    return {"type": "message", "attachments": [attachment]}


def simple_card(*verbs: str, lang: str = "de", **more: Any) -> dict[str, Any]:
    """A card with a line of text and one Action.Execute (with its fallback) for each verb."""
    actions = [
        {
            "type": "Action.Execute", "title": verb, "verb": verb, "data": {"card": "welcome", "verb": verb},
            "fallback": {"type": "Action.Submit", "title": verb, "data": {"card": "welcome", "verb": verb}},
        }
        for verb in verbs
    ]  # fmt: skip
    body = [{"type": "TextBlock", "text": "Willkommen"}, *more.pop("body", [])]
    return {"type": "AdaptiveCard", "version": "1.5", "lang": lang, "body": body, "actions": actions, **more}
