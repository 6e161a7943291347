"""A connector on loopback that records what it is sent and answers as told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from bot.ports import Chat, Place
from bot.teams.connector import ConnectorClient
from bot.teams.service_urls import ServiceUrls

from .world import APP_ID, CHAT, TENANT, Clock


class Wire:
    """A connector that records requests and answers as told, and the tokens it was shown."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, Any]] = []
        self.shown: list[str] = []
        self.answers: list[Any] = []
        self.issued = 0
        self.service_url = ""
        self.chat: Chat

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.json() if request.can_read_body else None
        self.requests.append((request.method, request.raw_path, body))
        self.shown.append(request.headers.get("Authorization", ""))
        answer = self.answers.pop(0) if self.answers else (200, {"id": "1766"})
        if answer == "cut":
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        if answer == "hang":
            await asyncio.sleep(30)
        if isinstance(answer, web.Response):
            return answer
        return web.json_response(answer[1], status=answer[0], headers=answer[2] if len(answer) > 2 else None)

    async def token(self, *, fresh: bool = False) -> str:
        self.issued += 1 if fresh or not self.issued else 0
        return f"t{self.issued}"

    @property
    def place(self) -> Place:
        return Place(self.service_url, CHAT)


@asynccontextmanager
async def running_wire(patience: float = 5.0) -> AsyncIterator[Wire]:
    """A client before a recording connector on loopback."""
    wire = Wire()
    app = web.Application(client_max_size=1 << 22)
    app.router.add_route("*", "/{path:.*}", wire.handle)
    async with TestServer(app) as server, ClientSession() as session:
        origin = str(server.make_url("")).rstrip("/")
        wire.service_url = f"{origin}/connector/"
        wire.chat = ConnectorClient(
            app_id=APP_ID, tenant=TENANT, session=session, tokens=wire, clock=Clock(), timeout=patience,
            service_urls=ServiceUrls([], origin),
        )  # fmt: skip
        yield wire
