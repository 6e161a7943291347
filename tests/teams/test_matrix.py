"""The table of teams-platform 9.2 and the SDK's defects (sdk-and-tools section 1), over real HTTP with real tokens."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from .world import APP_ID, NOW, SERVICE_URL, activity, bearer, claims, jwk, message, private_key, running_front

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
    import hashlib
    import hmac

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


SERVICE_URLS = [
    "http://smba.trafficmanager.net/emea/",
    "https://smba.trafficmanager.net:444/emea/",
    "https://smba.trafficmanager.net.example.org/emea/",
    "https://smba.trafficmanager.net@example.org/emea/",
    "https://example.org/smba.trafficmanager.net/",
    "https://example.org\\@smba.trafficmanager.net/",
    "https://example.org#@smba.trafficmanager.net/",
    "https://smba.trafficmanager.net%2eexample.org/",
    "https://botframework.com/",
    "https://evilbotframework.com/",
    "https://smba。trafficmanager。net/",
    "https://127.0.0.1/connector/",
    "http://127.0.0.1:4000/connector/",
    "https:///emea/",
    "https://smba.trafficmanager.net\n/emea/",
    "smba.trafficmanager.net/emea/",
    "file:///etc/passwd",
    "https://[::1/",
    "x" * 600,
]


@pytest.mark.parametrize("service_url", SERVICE_URLS)
async def test_a_service_url_off_the_list_is_refused(service_url: str) -> None:
    """Even where the token names it, an address that is not https on a listed host is 403."""
    async with running_front() as world:
        status, _ = await world.post(message(serviceUrl=service_url), bearer(serviceurl=service_url))
        assert status == 403
        assert world.inbox.everything == []


WRONG_ACTIVITIES: list[tuple[str, Any, int]] = [
    ("only a type", {"type": "message"}, 400),
    ("empty object", {}, 400),
    ("array", [message()], 400),
    ("text", "message", 400),
    ("number", 7, 400),
    ("no type", message(type=...), 400),
    ("type not a text", message(type=["message"]), 400),
    ("no channelId", message(channelId=...), 400),
    ("other channel", message(channelId="webchat"), 403),
    ("emulator channel", message(channelId="emulator"), 403),
    ("channel not a text", message(channelId={"id": "msteams"}), 400),
    ("no serviceUrl", message(serviceUrl=...), 400),
    ("empty serviceUrl", message(serviceUrl=""), 400),
    ("null serviceUrl", message(serviceUrl=None), 400),
    ("serviceUrl not a text", message(serviceUrl=[SERVICE_URL]), 400),
    ("no conversation", message(conversation=...), 400),
    ("conversation a text", message(conversation="19:x"), 400),
    ("conversation without id", message(conversation={}), 400),
    ("conversation id a number", message(conversation={"id": 7}), 400),
    ("conversation id with NUL", message(conversation={"id": "19:\x00"}), 400),
    ("conversation id endless", message(conversation={"id": "1" * 1001}), 400),
    ("no from", message(**{"from": ...}), 400),
    ("from without id", message(**{"from": {"name": "x"}}), 400),
    ("from a list", message(**{"from": []}), 400),
    ("no id", message(id=...), 400),
    ("id a number", message(id=1766394000000), 400),
    ("id half a character", message(id="\ud800"), 400),
    ("text a number", message(text=7), 400),
    ("text a list", message(text=["x"]), 400),
    ("attachments an object", message(attachments={"contentType": "text/html"}), 400),
    ("attachment a text", message(attachments=["x"]), 400),
    ("HTML not a text", message(attachments=[{"contentType": "text/html", "content": {"x": 1}}]), 400),
    ("timestamp a number", message(timestamp=7), 400),
    ("timestamp no time", message(timestamp="yesterday"), 400),
    ("timestamp before all time", message(timestamp="0001-01-01T00:00:00+14:00"), 400),
    ("channelData a text", message(channelData="x"), 400),
    ("membersAdded an object", activity(type="conversationUpdate", membersAdded={}), 400),
    ("membersAdded of texts", activity(type="conversationUpdate", membersAdded=["x"]), 400),
    ("member without id", activity(type="conversationUpdate", membersAdded=[{"name": "x"}]), 400),
    ("participants missing", activity(type="event", name="application/vnd.microsoft.meetingParticipantJoin"), 400),
    ("submit of nothing", activity(value={}, replyToId="1"), 400),
    ("submit of a list", activity(value=[1], replyToId="1"), 400),
    ("delete without id", activity(type="messageDelete", id=...), 400),
]  # fmt: skip


@pytest.mark.parametrize(("name", "wrong", "status"), WRONG_ACTIVITIES, ids=[row[0] for row in WRONG_ACTIVITIES])
async def test_an_activity_of_the_wrong_form_is_refused(name: str, wrong: Any, status: int) -> None:
    """What is no activity of Teams is 400 (another channel's 403), and nothing reaches the inbox."""
    async with running_front() as world:
        assert (await world.post(wrong))[0] == status
        assert world.inbox.everything == []


_TEXT = json.dumps(message()).encode()
WRONG_BODIES: list[tuple[str, bytes]] = [
    ("nothing", b""),
    ("null", b"null"),
    ("cut off", _TEXT[:-1]),
    ("two values", _TEXT + _TEXT),
    ("a member twice", _TEXT.replace(b'{"type"', b'{"type": "message", "type"', 1)),
    ("a nested member twice", _TEXT.replace(b'{"isGroup"', b'{"id": "19:other", "isGroup"', 1)),
    ("NaN", _TEXT.replace(b'"Guten Tag"', b"NaN", 1)),
    ("Infinity", _TEXT.replace(b'"Guten Tag"', b"-Infinity", 1)),
    ("1e999", _TEXT.replace(b'"Guten Tag"', b"1e999", 1)),
    ("endless integer", _TEXT.replace(b'"Guten Tag"', b"9" * 5000, 1)),
    ("not UTF-8", _TEXT.replace(b"Guten", b"\xff\xfe", 1)),
    ("UTF-16", _TEXT.decode().encode("utf-16")),
    ("byte order mark", b"\xef\xbb\xbf" + _TEXT),
    ("nested a hundred deep", _TEXT.replace(b'"Guten Tag"', b"[" * 100 + b"]" * 100, 1)),
    ("value nested a hundred deep", _TEXT[:-1] + b', "value": ' + b'{"a":' * 100 + b"1" + b"}" * 101),
    ("nested a hundred thousand deep", b"[" * 100_000),
    ("objects nested deeply", b'{"a":' * 50_000),
    ("NUL bytes", b"\x00" * 100),
    ("XML", b"<activity/>"),
]


@pytest.mark.parametrize(("name", "body"), WRONG_BODIES, ids=[row[0] for row in WRONG_BODIES])
async def test_a_body_that_is_not_plain_json_is_400(name: str, body: bytes) -> None:
    """Broken, ambiguous or absurd JSON is 400 (the SDK answered 500), and nothing reaches the inbox."""
    async with running_front() as world:
        assert await world.post_raw(body) == 400
        assert world.inbox.everything == []


async def test_a_flat_body_with_many_members_is_not_too_deep() -> None:
    """Depth is refused, width is not: a message with two hundred entities is heard."""
    async with running_front() as world:
        assert (await world.post(message(entities=[{"type": "mention"}] * 200)))[0] == 201
        assert len(world.inbox.heard) == 1


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])
async def test_another_content_type_is_415(content_type: str) -> None:
    """Only application/json is read."""
    async with running_front() as world:
        assert await world.post_raw(_TEXT, **{"Content-Type": content_type}) == 415
        assert world.inbox.everything == []


async def test_a_charset_beside_the_content_type_is_fine() -> None:
    """The platform sends `application/json; charset=utf-8`."""
    async with running_front() as world:
        assert await world.post_raw(_TEXT, **{"Content-Type": "application/json; charset=utf-8"}) == 201


async def test_a_body_over_the_limit_is_413_however_it_comes() -> None:
    """Announced, chunked or compressed: more than the limit is 413; exactly the limit is read."""

    async def chunks() -> Any:
        for _ in range(40):
            yield b" " * 100

    async with running_front(body_limit=2000) as world:
        head = {"Authorization": bearer(), "Content-Type": "application/json"}
        statuses = [
            await world.post_raw(_TEXT + b" " * (2001 - len(_TEXT))),
            await world.post_raw(gzip.compress(b" " * 100_000), **{"Content-Encoding": "gzip"}),
        ]
        async with world.client.post("/api/messages", data=chunks(), headers=head) as answer:
            statuses.append(answer.status)
        assert statuses == [413, 413, 413]
        assert world.inbox.everything == []
        assert await world.post_raw(_TEXT + b" " * (2000 - len(_TEXT))) == 201


async def test_a_broken_compression_is_400() -> None:
    """A body that says gzip and is not is the sender's fault."""
    async with running_front() as world:
        assert await world.post_raw(b"not gzip at all", **{"Content-Encoding": "gzip"}) == 400


async def test_other_methods_are_405() -> None:
    """The route takes POST only."""
    async with running_front() as world, world.client.get("/api/messages") as answer:
        assert answer.status == 405


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
