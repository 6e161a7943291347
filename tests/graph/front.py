"""The webhook behind HTTP, with a notebook for an inbox and an issuer of keys beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.graph import routes
from bot.graph.crypto import NotificationKey
from bot.graph.tokens import NotificationTokens, PublisherKeys
from bot.graph.webhook import Webhook

from .conftest import NOW, STATE
from .deliveries import APP, TENANT, Core, Notebook, jwks, token
from .fake_graph import CHAT

MODIFIED = datetime(2026, 3, 29, 3, 53, 52, 35000, tzinfo=UTC)
NOTICED = ("noticed", CHAT, "1616990032035", MODIFIED, False)
SUBSCRIPTION = "10493aa0-4d29-4df5-bc0c-ef742cc6cd7f"


@dataclass
class Front:
    """The webhook behind HTTP, with everything around it."""

    http: TestClient[Any, Any]
    inbox: Notebook
    core: Core
    signer: rsa.RSAPrivateKey
    webhook: Webhook
    issuer: dict[str, Any] = field(default_factory=dict)

    async def post(self, *items: Any, tokens: Any = ..., path: str = "/api/notifications") -> int:
        body: dict[str, Any] = {"value": list(items)}
        if tokens is ...:
            tokens = [token(self.signer)]
        if tokens is not None:
            body["validationTokens"] = tokens
        answer = await self.http.post(path, json=body)
        assert await answer.read() == b""
        return answer.status


@pytest.fixture(scope="session")
def signer() -> rsa.RSAPrivateKey:
    """The issuer's key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
async def front(key: NotificationKey, signer: rsa.RSAPrivateKey) -> AsyncIterator[Front]:
    """The webhook with a fake inbox and a fake issuer."""
    inbox, core, issuer = Notebook(), Core(), {"status": 200, "asked": 0}

    async def keys(_: web.Request) -> web.Response:
        issuer["asked"] += 1
        return web.json_response(jwks(signer), status=issuer["status"])

    app = web.Application()
    app.router.add_get("/keys", keys)
    async with aiohttp.ClientSession() as session, TestClient(TestServer(app)) as issuing:
        webhook = Webhook(
            inbox,
            key=key,
            tokens=NotificationTokens(PublisherKeys(session, str(issuing.make_url("/keys"))), app=APP, tenant=TENANT),
            client_state=STATE,
            tenant=TENANT,
            chat_of=core.chat_of,
            read=core.read,
            renew=core.renew,
            clock=lambda: NOW,
            deadline=1.0,
        )
        bot = web.Application()
        bot.add_routes(routes(webhook))
        async with TestClient(TestServer(bot)) as http:
            yield Front(http, inbox, core, signer, webhook, issuer)
        await webhook.close()
