"""The table of teams-platform 9.2 and the SDK's defects (sdk-and-tools section 1), over real HTTP with real tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from .world import APP_ID, NOW, SERVICE_URL, bearer, claims, jwk, message, private_key, running_front

AT = int(NOW.timestamp())


def _public_pem() -> bytes:
    return (
        private_key()
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def _segment(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _confused() -> str:
    """HS256 with the public key as its secret: the classic confusion, made by hand since PyJWT refuses to."""
    signed = f"{_segment({'alg': 'HS256', 'typ': 'JWT', 'kid': 'good'})}.{_segment(claims())}"
    mac = hmac.new(_public_pem(), signed.encode(), hashlib.sha256).digest()
    return f"Bearer {signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def _tampered() -> str:
    head, _, signature = bearer().split(".")
    return f"{head}.{_segment(claims(exp=AT + 10**6))}.{signature}"


def _embedded_key() -> str:
    key = jwk("good", private_key("stranger"))
    return bearer(private_key("stranger"), headers={"jwk": {n: key[n] for n in ("kty", "n", "e")}})


EMULATOR_ISSUERS = (
    "https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/",
    "https://login.microsoftonline.com/d6d49420-f39b-4df7-a1dc-d59a935871db/v2.0",
    "https://sts.windows.net/f8cdef31-a31e-4b4a-93e4-5f571e91255a/",
    "https://login.microsoftonline.com/f8cdef31-a31e-4b4a-93e4-5f571e91255a/v2.0",
)

REFUSED_TOKENS: list[tuple[str, Any]] = [
    ("empty header", lambda: ""),
    ("basic scheme", lambda: "Basic dXNlcjpwYXNz"),
    ("scheme only", lambda: "Bearer"),
    ("scheme and space", lambda: "Bearer "),
    ("not a JWT", lambda: "Bearer garbage"),
    ("three empty parts", lambda: "Bearer .."),
    ("two parts", lambda: bearer().rsplit(".", 1)[0]),
    ("five parts", lambda: bearer() + ".a.b"),
    ("two tokens", lambda: bearer() + " " + bearer()),
    ("token without scheme", lambda: bearer().partition(" ")[2]),
    ("header that is an array", lambda: f"Bearer {_segment([])}.{_segment(claims())}.c2ln"),
    ("header nested deeply", lambda: f"Bearer {base64.urlsafe_b64encode(b'[' * 3000).decode()}.e30.c2ln"),
    ("very long", lambda: "Bearer " + "a" * 8001),
    ("not ASCII", lambda: "Bearer tökén.e30.c2ln"),
    ("wrong audience", lambda: bearer(aud="99999999-2222-3333-4444-555555555555")),
    ("audience in a list", lambda: bearer(aud=[APP_ID, "other"])),
    ("empty audience", lambda: bearer(aud="")),
    ("no audience", lambda: bearer(aud=None)),
    ("wrong issuer", lambda: bearer(iss="https://api.botframework.com.example.org")),
    ("no issuer", lambda: bearer(iss=None)),
    *[(f"emulator {i}", lambda i=i: bearer(iss=i, appid=APP_ID, azp=APP_ID)) for i in EMULATOR_ISSUERS],
    ("expired more than five minutes ago", lambda: bearer(exp=AT - 301)),
    ("expired exactly five minutes ago", lambda: bearer(exp=AT - 300)),
    ("no exp", lambda: bearer(exp=None)),
    ("exp as text", lambda: bearer(exp=str(AT + 3600))),
    ("exp true", lambda: bearer(exp=True)),
    ("exp infinite", lambda: bearer(exp=float("inf"))),
    ("exp not a number", lambda: bearer(exp=float("nan"))),
    ("exp beyond floats", lambda: bearer(exp=10**400)),
    ("exp an object", lambda: bearer(exp={})),
    ("not valid yet", lambda: bearer(nbf=AT + 301)),
    ("nbf as text", lambda: bearer(nbf="soon")),
    ("bad signature", lambda: bearer(private_key("stranger"))),
    ("claims changed after signing", _tampered),
    ("key brought along in the header", _embedded_key),
    ("no kid", lambda: bearer(kid=None)),
    ("unknown kid", lambda: bearer(kid="unknown")),
    ("kid with a path", lambda: bearer(kid="../../good")),
    ("critical header not understood", lambda: bearer(headers={"crit": ["x"], "x": 1})),
    ("RS512", lambda: bearer(algorithm="RS512")),
    ("PS256", lambda: bearer(algorithm="PS256")),
    ("HS256 with a secret", lambda: bearer("s" * 64, algorithm="HS256")),
    ("HS256 with the public key", _confused),
    ("none", lambda: f"Bearer {_segment({'alg': 'none', 'kid': 'good'})}.{_segment(claims())}."),
    ("NONE", lambda: f"Bearer {_segment({'alg': 'NONE', 'kid': 'good'})}.{_segment(claims())}."),
    ("no serviceurl claim", lambda: bearer(serviceurl=None)),
    ("serviceurl not a text", lambda: bearer(serviceurl=["x"])),
    ("serviceUrl in another casing", lambda: bearer(serviceurl=None, serviceUrl=SERVICE_URL)),
    ("other serviceurl", lambda: bearer(serviceurl="https://smba.trafficmanager.net/amer/")),
    ("serviceurl without the slash", lambda: bearer(serviceurl=SERVICE_URL.rstrip("/"))),
    ("key not endorsed for Teams", lambda: bearer(private_key("webchat"), kid="webchat")),
    ("key without endorsements", lambda: bearer(private_key("plain"), kid="plain")),
    ("key too short", lambda: bearer(private_key("short", 1024), kid="short")),
    ("key for encryption", lambda: bearer(private_key("enc"), kid="enc")),
]  # fmt: skip


def _all_keys() -> list[dict[str, Any]]:
    plain = {k: v for k, v in jwk("plain", private_key("plain")).items() if k != "endorsements"}
    return [
        jwk("good", private_key()),
        jwk("webchat", private_key("webchat"), endorsements=["webchat", "MSTEAMS"]),
        plain,
        jwk("short", private_key("short", 1024)),
        jwk("enc", private_key("enc"), use="enc"),
        {"kty": "oct", "kid": "unknown", "k": "c2VjcmV0", "endorsements": ["msteams"]},
    ]


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize(("name", "authorization"), REFUSED_TOKENS, ids=[row[0] for row in REFUSED_TOKENS])
async def test_a_token_that_proves_nothing_is_refused(name: str, authorization: Any) -> None:
    """Every failure of the token is a 401 or 403, never a 500, and nothing reaches the inbox."""
    async with running_front() as world:
        world.issuer.keys = _all_keys()
        first, _ = await world.post(message(), authorization())
        again, _ = await world.post(message(), authorization())
        assert (first, again) in {(401, 401), (403, 403)}
        assert world.inbox.everything == []


async def test_no_authorization_header_is_401() -> None:
    """A request without the header is 401 (the SDK answered 500 in parameterised mode)."""
    async with running_front() as world, world.client.post("/api/messages", json=message()) as answer:
        assert answer.status == 401
        assert world.inbox.everything == []


ACCEPTED_TOKENS: list[tuple[str, Any]] = [
    ("valid", lambda: bearer()),
    ("expired less than five minutes ago", lambda: bearer(exp=AT - 299)),
    ("not valid for another four minutes", lambda: bearer(nbf=AT + 240)),
    ("without nbf", lambda: bearer(nbf=None)),
    ("scheme in lower case", lambda: "bearer" + bearer().removeprefix("Bearer")),
    ("exp with a fraction", lambda: bearer(exp=AT + 60.5)),
]


@pytest.mark.parametrize(("name", "authorization"), ACCEPTED_TOKENS, ids=[row[0] for row in ACCEPTED_TOKENS])
async def test_a_good_token_lets_the_message_in(name: str, authorization: Any) -> None:
    """A good token, within five minutes' leeway, answers 201 and the message is heard once."""
    async with running_front() as world:
        assert await world.post(message("Hallo"), authorization()) == (201, None)
        assert [heard.text for heard in world.inbox.heard] == ["Hallo"]


async def test_the_key_endorsement_is_compared_exactly() -> None:
    """Refusing a key for `webchat` does not stop the good key of the same set."""
    async with running_front() as world:
        world.issuer.keys = _all_keys()
        assert (await world.post(message()))[0] == 201


def test_the_confused_token_is_a_real_one() -> None:
    """Control: the HS256 token of the matrix is rightly signed, so that only the algorithm speaks against it."""
    token = _confused().partition(" ")[2]
    assert jwt.get_unverified_header(token)["alg"] == "HS256"
    signed, _, signature = token.rpartition(".")
    key = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    assert key.verify(signed.encode(), _public_pem(), base64.urlsafe_b64decode(signature + "=="))
