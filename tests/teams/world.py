"""What the tests of the Bot Framework edge stand on: an issuer with real keys, an inbox that remembers, activities."""

from __future__ import annotations

import copy
import hashlib
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import jwt
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient, TestServer
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.policy.facts import CardPressed, Fact
from bot.ports import HeardText, Shown
from bot.teams.events import Events
from bot.teams.front import Front, routes
from bot.teams.keys import SigningKeys
from bot.teams.service_urls import ServiceUrls
from bot.teams.tokens import ISSUER, TokenVerifier

APP_ID = "11111111-2222-3333-4444-555555555555"
TENANT = "aaaaaaaa-0000-0000-0000-000000000001"
SERVICE_URL = "https://smba.trafficmanager.net/emea/"
CHAT = "19:meeting_Zm9v@thread.v2"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@cache
def private_key(name: str = "channel", bits: int = 2048) -> rsa.RSAPrivateKey:
    """A key of this name, made once a test run."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def jwk(kid: str, key: rsa.RSAPrivateKey, **extra: Any) -> dict[str, Any]:
    """The public half as a JWKS entry, endorsed for Teams."""
    entry = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**entry, "kid": kid, "use": "sig", "endorsements": ["msteams"], **extra}


@dataclass
class Clock:
    """A clock that stands where it was put."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Issuer:
    """OpenID metadata and JWKS over HTTP; every request is counted, `status` may be broken."""

    keys: list[dict[str, Any]] = field(default_factory=lambda: [jwk("good", private_key())])
    status: int = 200
    jwks_uri: str | None = None
    jwks_body: bytes | None = None
    fetched: int = 0
    origin: str = ""

    @property
    def metadata_url(self) -> str:
        return f"{self.origin}/openid"

    async def metadata(self, request: web.Request) -> web.Response:
        self.fetched += 1
        return web.json_response(
            {"issuer": ISSUER, "jwks_uri": self.jwks_uri or f"{self.origin}/keys"}, status=self.status
        )

    async def jwks(self, request: web.Request) -> web.Response:
        if self.jwks_body is not None:
            return web.Response(body=self.jwks_body, content_type="application/json")
        return web.json_response({"keys": self.keys})


@asynccontextmanager
async def running_issuer() -> AsyncIterator[Issuer]:
    """An issuer on loopback."""
    issuer = Issuer()
    app = web.Application()
    app.add_routes([web.get("/openid", issuer.metadata), web.get("/keys", issuer.jwks)])
    async with TestServer(app) as server:
        issuer.origin = str(server.make_url("")).rstrip("/")
        yield issuer


def claims(**change: Any) -> dict[str, Any]:
    """The claims of a good token; a member given as None is left out."""
    at = int(NOW.timestamp())
    good = {"iss": ISSUER, "aud": APP_ID, "serviceurl": SERVICE_URL, "nbf": at - 60, "exp": at + 3600}
    return {name: value for name, value in {**good, **change}.items() if value is not None}


def bearer(
    key: Any = None, kid: str | None = "good", algorithm: str = "RS256", headers: Any = None, **change: Any
) -> str:
    """An Authorization header with a token of the issuer's, changed as asked."""
    head = {**({"kid": kid} if kid is not None else {}), **(headers or {})}
    return "Bearer " + jwt.encode(
        claims(**change), key if key is not None else private_key(), algorithm=algorithm, headers=head
    )


class FakeInbox:
    """Remembers what it was brought; fails, or answers presses, as told."""

    def __init__(self) -> None:
        self.heard: list[HeardText] = []
        self.facts: list[Fact] = []
        self.presses: list[CardPressed] = []
        self.meanwhile: Callable[[], None] = lambda: None
        self.aside: list[tuple[str, str]] = []
        self.aside_ids: list[str | None] = []
        self.shown = Shown()
        self.fail: Callable[[], None] = lambda: None

    async def hear(self, heard: HeardText) -> None:
        self.fail()
        self.heard.append(heard)

    async def take(self, fact: Fact) -> None:
        self.fail()
        self.facts.append(fact)

    async def press(self, fact: CardPressed) -> Shown:
        self.fail()
        self.presses.append(fact)
        self.meanwhile()
        return self.shown

    async def noticed(self, conversation: str, message: str, modified: datetime, *, deleted: bool) -> None:
        raise AssertionError("not for this edge")

    async def roster_changed(self, conversation: str) -> None:
        raise AssertionError("not for this edge")

    async def set_aside(self, conversation: str, incident: str, activity: str | None = None) -> None:
        self.aside.append((conversation, incident))
        self.aside_ids.append(activity)

    def code_digest(self, code: str) -> str:
        return "keyed:" + hashlib.blake2b(code.encode(), key=b"test", digest_size=8).hexdigest()

    @property
    def everything(self) -> list[Any]:
        return [*self.heard, *self.facts, *self.presses]


@dataclass
class World:
    """A front on loopback with what is around it."""

    client: TestClient[Any, Any]
    inbox: FakeInbox
    issuer: Issuer
    clock: Clock
    front: Front
    keys: SigningKeys

    async def post(self, activity: Any, authorization: str | None = None, **kw: Any) -> tuple[int, Any]:
        """Deliver an activity; the status and the JSON of the answer (None if it has none)."""
        header = {"Authorization": authorization if authorization is not None else bearer()}
        async with self.client.post("/api/messages", json=activity, headers=header, **kw) as answer:
            is_json = answer.content_type == "application/json"
            return answer.status, await answer.json() if is_json else None

    async def post_raw(self, body: bytes, **headers: str) -> int:
        """Deliver bytes with a good token."""
        head = {"Authorization": bearer(), "Content-Type": "application/json", **headers}
        async with self.client.post("/api/messages", data=body, headers=head) as answer:
            await answer.read()
            return answer.status


@asynccontextmanager
async def running_front(*, body_limit: int = 1 << 20) -> AsyncIterator[World]:
    """A front with its issuer, as `app.py serve` puts it together."""
    clock, inbox = Clock(), FakeInbox()
    numbers = itertools.count(1)
    async with running_issuer() as issuer, ClientSession() as session:
        keys = SigningKeys(issuer.metadata_url, session=session, clock=clock)
        front = Front(
            app_id=APP_ID,
            events=Events(TENANT, clock),
            tokens=TokenVerifier(APP_ID, keys, clock=clock),
            service_urls=ServiceUrls(["smba.trafficmanager.net", "*.botframework.com"]),
            inbox=inbox,
            incident=lambda: f"{next(numbers):08x}",
            body_limit=body_limit,
        )
        app = web.Application()
        app.add_routes(routes(front))
        async with TestClient(TestServer(app)) as client:
            yield World(client, inbox, issuer, clock, front, keys)
        await keys.close()


_BASE: dict[str, Any] = {
    "type": "message",
    "id": "1766394000000",
    "timestamp": "2026-11-22T09:00:00.1234567Z",
    "channelId": "msteams",
    "serviceUrl": SERVICE_URL,
    "from": {"id": "29:guest", "name": "Kundin (Gast)"},
    "conversation": {"isGroup": True, "conversationType": "groupChat", "tenantId": TENANT, "id": CHAT},
    "recipient": {"id": f"28:{APP_ID}", "name": "Videoberatung"},
    "channelData": {"tenant": {"id": TENANT}, "meeting": {"id": "bWVldGluZw=="}},
}


def activity(**change: Any) -> dict[str, Any]:
    """An activity of a meeting chat; a member given as ... is left out."""
    made = {**copy.deepcopy(_BASE), **change}
    return {name: value for name, value in made.items() if value is not ...}


def message(text: str = "Guten Tag", **change: Any) -> dict[str, Any]:
    """A chat message of an anonymous guest (teams-platform 1.3)."""
    entities = [{"type": "clientInfo", "locale": "de-DE", "platform": "Web"}]
    html = [{"contentType": "text/html", "content": f"<div>{text}</div>"}]
    return activity(**{"textFormat": "plain", "text": text, "attachments": html, "entities": entities, **change})


def invoke(data: Any, **change: Any) -> dict[str, Any]:
    """An Action.Execute (teams-platform 3.4)."""
    verb = data.get("verb") if isinstance(data, dict) else None
    value = {"action": {"type": "Action.Execute", "id": "", "verb": verb, "data": data}, "trigger": "manual"}
    return activity(
        **{"type": "invoke", "name": "adaptiveCard/action", "replyToId": "1766390000000", "value": value, **change}
    )
