"""Graph tokens through azure-identity against a token endpoint over TLS, and the keeping of tokens."""

from __future__ import annotations

import asyncio
import ssl
import time
import traceback
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from azure.core.credentials import AccessToken
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from bot.graph.identity import GraphTokens, Identity
from bot.ports import PlatformError, Refused, Throttled, Unavailable

from .conftest import NOW

TENANT = "bbbbbbbb-0000-0000-0000-000000000002"
APP = "aaaaaaaa-0000-0000-0000-000000000001"
SECRET = "client-secret-Xk3"


@pytest.fixture(scope="session")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for localhost with its key."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=3650))
        .not_valid_after(NOW + timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    path = tmp_path_factory.mktemp("tls") / "login.pem"
    path.write_bytes(
        certificate.public_bytes(encoding) + private.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain)
    )
    return path


@dataclass
class Login:
    """The token endpoint: counts requests, answers what it is told to."""

    origin: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)
    status: int = 200
    answer: Any = None

    async def token(self, request: web.Request) -> web.Response:
        self.asked.append({**{k: str(v) for k, v in (await request.post()).items()}, "path": request.path})
        if self.answer is not None:
            return web.Response(text=self.answer, status=self.status, content_type="application/json")
        body = {"token_type": "Bearer", "expires_in": 3600, "access_token": f"token-{len(self.asked)}"}
        return web.json_response(body, status=self.status)


@pytest.fixture
async def login(pem: Path) -> AsyncIterator[Login]:
    """A token endpoint on https://localhost."""
    found = Login()
    app = web.Application()
    app.router.add_post("/{tenant}/oauth2/v2.0/token", found.token)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    server = TestServer(app, scheme="https", host="127.0.0.1")
    await server.start_server(ssl=context)
    found.origin = f"https://localhost:{server.port}"
    yield found
    await server.close()


def identity(login: Login, pem: Path, **changed: Any) -> Identity:
    members = {"kind": "secret", "tenant": TENANT, "client": APP, "secret": SECRET, "authority": login.origin}
    return Identity(**{**members, "authority_certificate": pem, **changed})


async def test_a_secret_gets_a_token(login: Login, pem: Path) -> None:
    """The client secret is exchanged for a Graph token at the tenant's endpoint, once for many callers."""
    tokens = GraphTokens(identity(login, pem).credential)
    assert await asyncio.gather(*(tokens.token() for _ in range(20))) == ["token-1"] * 20
    (asked,) = login.asked
    assert asked["path"] == f"/{TENANT}/oauth2/v2.0/token"
    assert (asked["client_id"], asked["client_secret"]) == (APP, SECRET)
    assert asked["scope"] == "https://graph.microsoft.com/.default"
    await tokens.close()


async def test_a_certificate_gets_a_token(login: Login, pem: Path) -> None:
    """With a certificate a signed assertion is sent and no secret."""
    tokens = GraphTokens(identity(login, pem, kind="certificate", certificate=pem, secret="").credential)
    assert await tokens.token() == "token-1"
    assert "client_assertion" in login.asked[0]
    assert "client_secret" not in login.asked[0]
    await tokens.close()


async def test_a_managed_identity_gets_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a managed identity the host's own endpoint is asked, and no secret is needed."""
    asked: list[tuple[str, str | None]] = []

    async def endpoint(request: web.Request) -> web.Response:
        asked.append((request.query["resource"], request.query.get("client_id")))
        body = {"access_token": "token-m", "expires_on": str(int(time.time()) + 3600), "resource": "r"}
        return web.json_response(body | {"token_type": "Bearer"})

    app = web.Application()
    app.router.add_get("/msi/token", endpoint)
    async with TestServer(app) as server:
        monkeypatch.setenv("IDENTITY_ENDPOINT", str(server.make_url("/msi/token")))
        monkeypatch.setenv("IDENTITY_HEADER", "header")
        tokens = GraphTokens(Identity(kind="managed_identity", tenant=TENANT, client=APP).credential)
        assert await tokens.token() == "token-m"
        await tokens.close()
    assert asked == [("https://graph.microsoft.com", APP)]


async def test_a_refused_token_is_replaced(login: Login, pem: Path) -> None:
    """A token the platform refused is not handed out again, although the library would still keep it."""
    tokens = GraphTokens(identity(login, pem).credential)
    first = await tokens.token()
    assert await tokens.token(instead_of=first) == "token-2"
    assert await tokens.token(instead_of=first) == "token-2"
    assert len(login.asked) == 2
    await tokens.close()


@pytest.mark.parametrize(
    ("status", "answer", "kind", "code"),
    [
        (401, '{"error":"invalid_client","error_description":"client-secret-Xk3"}', Unavailable, "login_refused"),
        (400, '{"error":"unauthorized_client"}', Unavailable, "login_refused"),
        (429, '{"error":"x"}', Throttled, "login_throttled"),
        (500, '{"error":"x"}', Unavailable, "login_failed"),
        (503, "<html>client-secret-Xk3</html>", Unavailable, None),
        (200, "{}", Unavailable, None),
        (200, "[]", Unavailable, None),
        (200, '"client-secret-Xk3"', Unavailable, None),
        (200, "not json", Unavailable, None),
        (200, '{"access_token":"t","expires_in":"-5"}', Unavailable, "login_expired_token"),
        (200, '{"access_token":"t","expires_in":"soon"}', Unavailable, None),
    ],
)
async def test_a_failing_endpoint(
    login: Login,
    pem: Path,
    caplog: pytest.LogCaptureFixture,
    status: int,
    answer: str,
    kind: type[PlatformError],
    code: str | None,
) -> None:
    """Each failure is one of our errors without foreign text, in the log neither; the next call asks again."""
    login.status, login.answer = status, answer
    tokens = GraphTokens(identity(login, pem).credential)
    with pytest.raises(kind) as problem:
        await tokens.token()
    assert problem.value.code.startswith("login_")
    assert code is None or problem.value.code == code
    assert SECRET not in "".join(traceback.format_exception(problem.value)) + caplog.text
    asked = len(login.asked)
    login.status, login.answer = 200, None
    assert await tokens.token() == f"token-{asked + 1}"
    await tokens.close()


async def test_an_untrusted_or_absent_endpoint(login: Login, pem: Path) -> None:
    """Without its certificate the endpoint is not trusted, and an absent one is said to be unreachable."""
    for changed in ({"authority_certificate": None}, {"authority": "https://localhost:9"}):
        tokens = GraphTokens(identity(login, pem, **changed).credential)
        with pytest.raises(Unavailable, match="login_unreachable"):
            await tokens.token()
        await tokens.close()
    assert login.asked == []


async def test_an_unusable_certificate(login: Login, pem: Path, tmp_path: Path) -> None:
    """A certificate that is none, or not there, is refused before anything is sent."""
    broken = tmp_path / "broken.pem"
    broken.write_text("nothing")
    for path in (broken, tmp_path / "absent.pem"):
        tokens = GraphTokens(identity(login, pem, kind="certificate", certificate=path).credential)
        with pytest.raises(Refused, match="bad_credential"):
            await tokens.token()


def test_the_secret_is_not_shown(login: Login, pem: Path) -> None:
    """The repr of an identity has no secret in it."""
    assert SECRET not in repr(identity(login, pem))


class Slow:
    """A credential whose answer comes when the gate opens."""

    def __init__(self, clock: list[float]) -> None:
        self.clock, self.gate, self.asked = clock, asyncio.Event(), 0
        self.problem: Exception | None = None

    async def get_token(self, *scopes: str) -> AccessToken:
        self.asked += 1
        number = self.asked
        await self.gate.wait()
        if self.problem is not None:
            raise self.problem
        return AccessToken(f"token-{number}", int(self.clock[0]) + 3600)

    async def close(self) -> None:
        self.gate.set()


async def test_renewal_beside_the_work() -> None:
    """Five minutes before its expiry a token is renewed once, while the old one still serves; at the end we wait."""
    clock = [1000.0]
    slow = Slow(clock)
    tokens = GraphTokens(lambda: slow, clock=lambda: clock[0])
    slow.gate.set()
    assert await tokens.token() == "token-1"
    clock[0] += 3600 - 301
    assert (await tokens.token(), slow.asked) == ("token-1", 1)
    slow.gate.clear()
    clock[0] += 2
    assert [await tokens.token() for _ in range(3)] == ["token-1"] * 3
    await asyncio.sleep(0)
    assert slow.asked == 2
    clock[0] += 290
    waiting = asyncio.create_task(tokens.token())
    await asyncio.sleep(0)
    assert not waiting.done()
    slow.gate.set()
    assert (await waiting, slow.asked) == ("token-2", 2)
    await tokens.close()


async def test_a_caller_who_gives_up_does_not_take_the_token_from_the_others() -> None:
    """A cancelled caller does not cancel the shared request."""
    slow = Slow([1000.0])
    tokens = GraphTokens(lambda: slow, clock=lambda: 1000.0)
    first, second = asyncio.create_task(tokens.token()), asyncio.create_task(tokens.token())
    await asyncio.sleep(0)
    first.cancel()
    slow.gate.set()
    assert await second == "token-1"
    assert first.cancelled()
    assert slow.asked == 1
    await tokens.close()


async def test_a_failed_renewal_leaves_the_old_token() -> None:
    """A renewal that fails in the background is tried again by the next caller, without noise."""
    clock = [1000.0]
    slow = Slow(clock)
    slow.gate.set()
    tokens = GraphTokens(lambda: slow, clock=lambda: clock[0])
    await tokens.token()
    clock[0] += 3400
    slow.problem = ValueError("odd")
    assert await tokens.token() == "token-1"
    for _ in range(3):
        await asyncio.sleep(0)
    slow.problem = None
    assert await tokens.token() == "token-1"
    for _ in range(3):
        await asyncio.sleep(0)
    assert await tokens.token() == "token-3"
    await tokens.close()
