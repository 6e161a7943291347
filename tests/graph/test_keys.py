"""Fetching and keeping the issuer's signing keys."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.graph.tokens import KEPT, PAUSE_AFTER_FAILURE, UNKNOWN_KEY_AFTER, KeysUnavailable, PublisherKeys

from .deliveries import KID, jwks


@dataclass
class Issuer:
    """Serves keys, or what it is told to, on a clock of its own."""

    good: dict[str, Any]
    now: list[float] = field(default_factory=lambda: [100.0])
    keys: PublisherKeys = field(init=False)
    asked: int = 0
    answers: list[web.Response] = field(default_factory=list)

    async def serve(self, _: web.Request) -> web.Response:
        self.asked += 1
        return self.answers.pop(0) if self.answers else web.json_response(self.good)


@pytest.fixture(scope="module")
def good() -> dict[str, Any]:
    """A key set with one usable key."""
    return jwks(rsa.generate_private_key(public_exponent=65537, key_size=2048))


@pytest.fixture
async def issuer(good: dict[str, Any]) -> AsyncIterator[Issuer]:
    """The issuer, listening."""
    found = Issuer(good)
    app = web.Application()
    app.router.add_get("/keys", found.serve)
    async with aiohttp.ClientSession() as session, TestServer(app) as server:
        found.keys = PublisherKeys(session, str(server.make_url("/keys")), clock=lambda: found.now[0])
        yield found


async def test_many_callers_ask_once(issuer: Issuer) -> None:
    """The keys are fetched once for callers at the same time, and again after a day."""
    found = await asyncio.gather(*(issuer.keys.find(KID) for _ in range(20)))
    assert all(found)
    assert issuer.asked == 1
    issuer.now[0] += KEPT
    assert await issuer.keys.find(KID)
    assert issuer.asked == 2


async def test_a_new_key_is_found(issuer: Issuer) -> None:
    """An unknown key id is looked for again, but not more often than once a minute."""
    assert await issuer.keys.find("new") is None
    issuer.good = {"keys": [{**key, "kid": "new"} for key in issuer.good["keys"] if isinstance(key, dict)]}
    assert await issuer.keys.find("new") is None
    issuer.now[0] += UNKNOWN_KEY_AFTER
    assert await issuer.keys.find("new")
    assert issuer.asked == 2


async def test_old_keys_serve_while_the_issuer_is_away(issuer: Issuer) -> None:
    """A known key stays good when the daily fetch fails; an unknown one cannot be judged then."""
    assert await issuer.keys.find(KID)
    issuer.now[0] += KEPT
    issuer.answers = [web.Response(status=500)]
    assert await issuer.keys.find(KID)
    with pytest.raises(KeysUnavailable):
        await issuer.keys.find("new")
    assert issuer.asked == 2
    issuer.now[0] += PAUSE_AFTER_FAILURE
    assert await issuer.keys.find("new") is None


@pytest.mark.parametrize(
    "answer",
    [
        {"text": "<html/>", "content_type": "text/html"},
        {"text": "[" * 100_000},
        {"text": "[]"},
        {"text": '{"keys": 5}'},
        {"text": '{"keys": [{"kty": "RSA", "kid": "k", "n": "AQAB", "e": "AQAB"}]}'},
        {"text": '{"keys": [{"kty": "RSA", "kid": "k", "n": 5, "e": []}]}'},
        {"body": b" " * 2**21},
        {"status": 302, "headers": {"Location": "/keys"}},
    ],
)
async def test_odd_key_sets(issuer: Issuer, answer: dict[str, Any]) -> None:
    """What is no key set, is too large, or leads elsewhere, leaves us without keys, and the next try is later."""
    issuer.answers = [web.Response(**answer)]
    for _ in range(2):
        with pytest.raises(KeysUnavailable):
            await issuer.keys.find(KID)
    assert issuer.asked == 1
    issuer.now[0] += PAUSE_AFTER_FAILURE
    assert await issuer.keys.find(KID)
