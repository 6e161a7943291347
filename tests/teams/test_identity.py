"""The bot's own tokens: renewed in time, by one, off the event loop; MSAL against a token endpoint over TLS."""

from __future__ import annotations

import asyncio
import logging
import ssl
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from bot.ports import Unavailable
from bot.teams.identity import SCOPE, ConnectorTokens, Issued, with_certificate, with_managed_identity, with_secret

from .world import APP_ID, TENANT, Clock, private_key

SECRET = "very~secret"


class Source:
    """Counts what it hands out; fails or waits as told."""

    def __init__(self) -> None:
        self.calls: list[bool] = []
        self.threads: set[int] = set()
        self.fail = False
        self.gate: threading.Event | None = None

    def __call__(self, fresh: bool) -> Issued:
        self.calls.append(fresh)
        self.threads.add(threading.get_ident())
        if self.gate is not None:
            self.gate.wait(10)
        if self.fail:
            raise OSError(f"{SECRET} refused")
        return Issued(f"t{len(self.calls)}", 3600)


async def test_a_token_is_kept_until_five_minutes_before_its_end() -> None:
    """One acquisition serves 55 minutes, then the next one is made."""
    source, clock = Source(), Clock()
    tokens = ConnectorTokens(source, clock=clock)
    assert await tokens.token() == "t1"
    clock.move(minutes=54, seconds=59)
    assert await tokens.token() == "t1"
    clock.move(seconds=1)
    assert await tokens.token() == "t2"
    assert source.calls == [False, False]


async def test_one_renewal_serves_all_who_wait_and_blocks_nobody() -> None:
    """Fifty callers wait for one acquisition in another thread, and the loop goes on meanwhile."""
    source = Source()
    source.gate = threading.Event()
    tokens = ConnectorTokens(source, clock=Clock())
    waiting = [asyncio.create_task(tokens.token()) for _ in range(50)]
    for _ in range(20):
        await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    waiting[0].cancel()
    source.gate.set()
    assert set(await asyncio.gather(*waiting[1:])) == {"t1"}
    assert source.calls == [False]
    assert threading.get_ident() not in source.threads


async def test_a_refused_token_is_replaced_once_for_all() -> None:
    """`fresh` asks past the library's cache; calls refused in the same moment share the new one."""
    source, clock = Source(), Clock()
    tokens = ConnectorTokens(source, clock=clock)
    await tokens.token()
    clock.move(minutes=1)
    assert await asyncio.gather(*(tokens.token(fresh=True) for _ in range(10))) == ["t2"] * 10
    assert await tokens.token(fresh=True) == "t2"
    clock.move(seconds=11)
    assert await tokens.token(fresh=True) == "t3"
    assert source.calls == [False, True, True]


async def test_a_failing_endpoint_is_unavailable_and_leaks_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Unavailable("token") without the library's words; the next call tries again."""
    caplog.set_level(logging.DEBUG)
    source = Source()
    source.fail = True
    tokens = ConnectorTokens(source, clock=Clock())
    with pytest.raises(Unavailable) as caught:
        await tokens.token()
    assert (caught.value.code, caught.value.maybe_done, caught.value.__context__) == ("token", False, None)
    assert "OSError" in caplog.text
    assert SECRET not in caplog.text
    source.fail = False
    assert await tokens.token() == "t2"


async def test_while_renewal_fails_the_token_at_hand_serves_to_its_end() -> None:
    """In the last five minutes a failed renewal is not felt; at the end, or where the token was refused, it is."""
    source, clock = Source(), Clock()
    tokens = ConnectorTokens(source, clock=clock)
    await tokens.token()
    source.fail = True
    clock.move(minutes=57)
    assert await tokens.token() == "t1"
    with pytest.raises(Unavailable):
        await tokens.token(fresh=True)
    clock.move(minutes=2, seconds=31)
    with pytest.raises(Unavailable):
        await tokens.token()


def test_a_token_does_not_print() -> None:
    """The repr of an issued token hides it."""
    assert "abc" not in repr(Issued("abc", 1.0))


def _self_signed() -> tuple[bytes, bytes]:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    key, now = private_key("tls"), datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )  # fmt: skip
    return certificate.public_bytes(serialization.Encoding.PEM), pem


class Login:
    """A token endpoint as Entra's: discovery and /token over TLS."""

    def __init__(self) -> None:
        self.origin = ""
        self.forms: list[dict[str, Any]] = []
        self.answer: Callable[[], web.Response] = lambda: web.json_response(
            {"token_type": "Bearer", "expires_in": 3600, "access_token": f"bot-token-{len(self.forms)}"}
        )

    async def discovery(self, request: web.Request) -> web.Response:
        base = f"{self.origin}/{TENANT}"
        return web.json_response(
            {
                "issuer": f"{base}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
            }
        )

    async def token(self, request: web.Request) -> web.Response:
        self.forms.append(dict(await request.post()))
        return self.answer()


@asynccontextmanager
async def running_login(folder: Path) -> AsyncIterator[tuple[Login, Path, str]]:
    """The endpoint, its certificate's path and a PEM with key and certificate."""
    certificate, key = _self_signed()
    path, key_path = folder / "login.pem", folder / "key.pem"
    path.write_bytes(certificate)
    key_path.write_bytes(key)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(path, key_path)
    login, port = Login(), unused_port()
    app = web.Application()
    app.router.add_get(f"/{TENANT}/v2.0/.well-known/openid-configuration", login.discovery)
    app.router.add_post(f"/{TENANT}/oauth2/v2.0/token", login.token)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "localhost", port, ssl_context=tls).start()
    login.origin = f"https://localhost:{port}"
    try:
        yield login, path, (key + certificate).decode()
    finally:
        await runner.cleanup()


async def test_a_secret_gets_a_token_over_tls(tmp_path: Path) -> None:
    """MSAL asks the rehearsal's endpoint for the connector's scope; `fresh` goes past MSAL's own cache."""
    async with running_login(tmp_path) as (login, certificate, _):
        acquire = with_secret(APP_ID, TENANT, SECRET, login=login.origin, certificate=certificate)
        clock = Clock()
        tokens = ConnectorTokens(acquire, clock=clock)
        assert await tokens.token() == "bot-token-1"
        clock.move(minutes=1)
        assert await tokens.token(fresh=True) == "bot-token-2"
        form = login.forms[0]
        assert (form["client_id"], form["grant_type"], form["client_secret"]) == (APP_ID, "client_credentials", SECRET)
        assert SCOPE in form["scope"]


async def test_a_certificate_signs_an_assertion(tmp_path: Path) -> None:
    """With a certificate, the proof is a JWT signed by its key; no secret is sent."""
    async with running_login(tmp_path) as (login, certificate, pem):
        tokens = ConnectorTokens(
            with_certificate(APP_ID, TENANT, pem, login=login.origin, certificate=certificate), clock=Clock()
        )
        assert await tokens.token() == "bot-token-1"
        assertion = login.forms[0]["client_assertion"]
        audience = f"{login.origin}/{TENANT}/oauth2/v2.0/token"
        found = jwt.decode(assertion, private_key("tls").public_key(), algorithms=["RS256", "PS256"], audience=audience)
        assert found["iss"] == APP_ID
        assert "client_secret" not in login.forms[0]


@pytest.mark.parametrize(
    "answer",
    [
        lambda: web.json_response({"error": "invalid_client", "error_description": SECRET}, status=401),
        lambda: web.json_response({"token_type": "Bearer", "expires_in": 3600}),
        lambda: web.json_response({"token_type": "Bearer", "access_token": "x", "expires_in": 0}),
        lambda: web.Response(status=500, text=SECRET),
        lambda: web.Response(text=SECRET),
    ],
)
async def test_an_unusable_answer_of_the_endpoint_is_unavailable(
    tmp_path: Path, answer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Refusals and nonsense are Unavailable("token"); nothing of the answer is logged."""
    async with running_login(tmp_path) as (login, certificate, _):
        login.answer = answer
        acquire = with_secret(APP_ID, TENANT, SECRET, login=login.origin, certificate=certificate)
        with pytest.raises(Unavailable, match="token"):
            await ConnectorTokens(acquire, clock=Clock()).token()
        assert SECRET not in caplog.text


async def test_a_certificate_that_is_not_the_endpoint_s_is_not_trusted(tmp_path: Path) -> None:
    """TLS is verified in the rehearsal too: another certificate is no token, and no form is sent."""
    async with running_login(tmp_path) as (login, _, _pem):
        other = tmp_path / "other.pem"
        key, name = private_key("other"), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        builder = builder.serial_number(8).not_valid_before(now).not_valid_after(now + timedelta(days=1))
        other.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        acquire = with_secret(APP_ID, TENANT, SECRET, login=login.origin, certificate=other)
        with pytest.raises(Unavailable, match="token"):
            await ConnectorTokens(acquire, clock=Clock()).token()
        assert login.forms == []


async def test_a_managed_identity_that_is_not_there_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Off Azure the identity endpoint is missing: Unavailable("token"), as any other failure."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", "http://127.0.0.1:9/msi")
    monkeypatch.setenv("IDENTITY_HEADER", "x")
    with pytest.raises(Unavailable, match="token"):
        await ConnectorTokens(with_managed_identity(APP_ID), clock=Clock()).token()
