"""A lean platform for load: the endpoints the product calls, answered at once, every request counted.

The stand-in (bot/rehearsal/platform) remembers everything people could see; this one only counts, so that it takes
little of the machine it shares with what is measured. Guests' messages cannot be hidden, those of the tenant can, and
targeted messages are off, as the stand-in's default switches say.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import socket
import ssl
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from bot.rehearsal.platform import login
from bot.rehearsal.platform.core import Core
from bot.rehearsal.platform.identity import CHANNEL_ISSUER, Identity, tls_certificate
from bot.rehearsal.platform.services import write_temporary
from bot.rehearsal.platform.switches import Switches


class Sink:
    """Connector, Graph, keys and token endpoint on loopback.

    `hidden` counts the policyViolation requests of each message and `asked` says when the first one arrived
    (`time.perf_counter`); `warned` counts the notices by the finding's reference; `statuses` the advisors' cards.
    """

    def __init__(self) -> None:
        self._core = Core(lambda: datetime.now(UTC), Switches(), random.Random(1), "de")
        self._runners: list[web.AppRunner] = []
        self._certificate = self._login = self.origin = ""
        self._number = 0
        self.tenant_messages: set[str] = set()
        self.hidden: Counter[str] = Counter()
        self.asked: dict[str, float] = {}
        self.warned: Counter[str] = Counter()
        self.statuses = 0
        self.requests = 0

    async def start(self) -> None:
        """Listen on free ports of 127.0.0.1."""
        core = self._core
        core.identity = await asyncio.to_thread(Identity, core.world.tenant_id, core.world.app_id, core.secret)
        listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
        app = web.Application()
        app.add_routes([
            web.get("/openid/botframework", self._metadata),
            web.get("/openid/botframework/keys", self._channel_keys),
            web.get("/openid/graph/keys", self._graph_keys),
            web.post("/connector/v3/conversations", self._made),
            web.post("/connector/v3/conversations/{chat}/activities", self._posted),
            web.put("/connector/v3/conversations/{chat}/activities/{id}", self._updated),
            web.get("/connector/v3/conversations/{chat}/members/{id}", self._member),
            web.get("/connector/v3/conversations/{chat}/pagedmembers", self._members),
            web.get("/graph/v1.0/chats/{chat}/messages", self._messages),
            web.patch("/graph/v1.0/chats/{chat}/messages/{id}", self._hide),
            web.post("/graph/v1.0/subscriptions", self._made),
            web.post("/forwarded", self._forwarded),
        ])  # fmt: skip
        await self._serve(app, listening, None)
        await self._start_login()

    async def _start_login(self) -> None:
        certificate, key = await asyncio.to_thread(tls_certificate)
        self._certificate = write_temporary(certificate, "load-login-")
        key_path = write_temporary(key, "load-login-key-")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._certificate, key_path)
        os.unlink(key_path)
        listening = socket.create_server(("127.0.0.1", 0))
        self._login = f"https://localhost:{listening.getsockname()[1]}"
        await self._serve(login.application(self._core, self._login), listening, context)

    async def _serve(self, app: web.Application, listening: socket.socket, tls: ssl.SSLContext | None) -> None:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        self._runners.append(runner)
        await web.SockSite(runner, listening, ssl_context=tls).start()

    async def stop(self) -> None:
        """Stop listening and remove the certificate."""
        for runner in self._runners:
            await runner.cleanup()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._certificate)

    # -- what a caller needs to know

    @property
    def service_url(self) -> str:
        """`serviceUrl` of every activity."""
        return f"{self.origin}/connector/"

    @property
    def app_id(self) -> str:
        """The bot's app id."""
        return self._core.world.app_id

    @property
    def tenant(self) -> str:
        """The operator's tenant."""
        return self._core.tenant_id

    def token(self) -> str:
        """The channel's token, as an Authorization header."""
        assert self._core.identity is not None
        return f"Bearer {self._core.identity.channel_token(self.service_url)}"

    def environment(self, database_url: str) -> dict[str, str]:
        """The settings of a product that works with this platform, but for its port."""
        return {
            "BOT_APP_ID": self.app_id, "BOT_TENANT_ID": self.tenant, "BOT_CREDENTIAL": "secret",
            "BOT_CLIENT_SECRET": self._core.secret, "BOT_CATALOG_APP_ID": self._core.world.catalog_id,
            "BOT_MAIL_SENDER": self._core.mail_sender, "BOT_DATABASE_URL": database_url,
            "BOT_SECRET_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "BOT_LOG_LEVEL": "WARNING",
            "BOT_REHEARSAL": "true", "BOT_REHEARSAL_ORIGIN": self.origin, "BOT_REHEARSAL_LOGIN": self._login,
            "BOT_REHEARSAL_CERTIFICATE": self._certificate,
        }  # fmt: skip

    # -- what the product asks

    async def _hide(self, request: web.Request) -> web.Response:
        message = request.match_info["id"]
        self._arrived(message)
        await request.read()
        self.hidden[message] += 1
        if message in self.tenant_messages:
            return web.json_response({"id": message})
        return web.json_response({"error": {"code": "Forbidden", "message": "no"}}, status=403)

    async def _forwarded(self, request: web.Request) -> web.Response:
        """What a bare handler passes on: the activity itself."""
        activity = await request.json()
        self._arrived(activity["id"])
        return web.json_response({"id": activity["id"]})

    def _arrived(self, message: str) -> None:
        self.requests += 1
        self.asked.setdefault(message, time.perf_counter())

    async def _posted(self, request: web.Request) -> web.Response:
        self.requests += 1
        body = await request.json()
        if request.query.get("isTargetedActivity") == "true":
            return web.json_response({"error": {"code": "BadArgument", "message": "targeting is off"}}, status=400)
        for attachment in body.get("attachments", ()):
            if attachment["name"] == "guard_notice":
                self.warned[f"{request.match_info['chat']} {_ref(attachment['content'])}"] += 1
            elif attachment["name"] == "advisor_status":
                self.statuses += 1
        return await self._made(request)

    async def _updated(self, request: web.Request) -> web.Response:
        self.requests += 1
        self.statuses += 1
        await request.read()
        return web.json_response({"id": request.match_info["id"]})

    async def _made(self, request: web.Request) -> web.Response:
        await request.read()
        self._number += 1
        expires = (datetime.now(UTC) + timedelta(days=2)).isoformat()
        return web.json_response({"id": f"made-{self._number}", "expirationDateTime": expires}, status=201)

    async def _member(self, request: web.Request) -> web.Response:
        self.requests += 1
        return web.json_response({"id": request.match_info["id"], "name": "Kundin", "userRole": "anonymous"})

    async def _members(self, _: web.Request) -> web.Response:
        self.requests += 1
        return web.json_response({"members": []})

    async def _messages(self, _: web.Request) -> web.Response:
        self.requests += 1
        return web.json_response({"value": []})

    async def _metadata(self, _: web.Request) -> web.Response:
        return web.json_response({"issuer": CHANNEL_ISSUER, "jwks_uri": f"{self.origin}/openid/botframework/keys"})

    async def _channel_keys(self, _: web.Request) -> web.Response:
        assert self._core.identity is not None
        return web.json_response({"keys": [self._core.identity.channel.jwk(endorsements=["msteams"])]})

    async def _graph_keys(self, _: web.Request) -> web.Response:
        assert self._core.identity is not None
        return web.json_response({"keys": [self._core.identity.entra.jwk()]})


def _ref(card: Any) -> str:
    """The reference of the finding a notice is about: in the data of its actions."""
    if isinstance(card, dict):
        data = card.get("data")
        if isinstance(data, dict) and "ref" in data:
            return str(data["ref"])
        found = (_ref(value) for value in card.values())
    elif isinstance(card, list):
        found = (_ref(value) for value in card)
    else:
        return ""
    return next((ref for ref in found if ref), "")
