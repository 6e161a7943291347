"""Change notifications over HTTP: what reaches the inbox, and what does not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
import jwt
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.graph import routes
from bot.graph.crypto import NotificationKey
from bot.graph.envelope import MAX_BODY
from bot.graph.messages import message_of
from bot.graph.tokens import NotificationTokens, PublisherKeys
from bot.graph.webhook import Webhook
from bot.policy.facts import HearingLost, MeetingEnded, RecordingSignalled
from bot.ports import Overloaded, Unavailable

from .conftest import NOW, STATE
from .deliveries import APP, TENANT, Core, Notebook, encrypt, item, jwks, lifecycle, rich, token
from .fake_graph import CHAT, event, message, recording

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


@pytest.mark.parametrize("path", ["/api/notifications", "/api/lifecycle"])
async def test_handshake(front: Front, path: str) -> None:
    """The decoded token comes back as plain text, exactly, and no browser may take it for anything else."""
    asked = "Validation: Testing <b>client</b> application+äß"
    answer = await front.http.post(path, params={"validationToken": asked}, headers={"Content-Type": "text/plain"})
    assert (answer.status, await answer.text()) == (200, asked)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("asked", ["", "x" * 2049, "a%0d%0ab", "%00"])
async def test_odd_handshakes_are_refused(front: Front, asked: str) -> None:
    """An empty, overlong or unprintable token is not echoed."""
    answer = await front.http.post(f"/api/notifications?validationToken={asked}")
    assert (answer.status, await answer.read()) == (400, b"")


async def test_a_message_is_noticed(front: Front, key: NotificationKey) -> None:
    """An encrypted, signed notification of a message reaches the inbox as id and time, without its text."""
    assert await front.post(rich(key, message(body={"contentType": "text", "content": "geheim"}))) == 202
    assert front.inbox.told == [NOTICED]


@pytest.mark.parametrize(
    ("change", "deleted_at", "deleted"),
    [
        ("updated", None, False),
        ("updated", "2026-03-29T04:00:00Z", True),
        ("deleted", None, True),
        ("Deleted", None, True),
    ],
)
async def test_deletions(
    front: Front, key: NotificationKey, change: str, deleted_at: str | None, deleted: bool
) -> None:
    """A message is deleted if the change or the message itself says so; after an undelete it is not."""
    await front.post(rich(key, message(deletedDateTime=deleted_at), changeType=change))
    assert front.inbox.told == [(*NOTICED[:4], deleted)]


async def test_system_messages_become_facts(front: Front, key: NotificationKey) -> None:
    """Recording, transcript, roster and end are told in the order of the delivery; others are nothing."""
    roster = {"@odata.type": "#microsoft.graph.membersJoinedEventMessageDetail", "members": []}
    transcript = {"@odata.type": "#microsoft.graph.callTranscriptEventMessageDetail", "callId": "c"}
    ended = {"@odata.type": "#microsoft.graph.callEndedEventMessageDetail", "callEventType": "meeting"}
    other = {"@odata.type": "#microsoft.graph.chatRenamedEventMessageDetail"}
    raws = [recording("initial"), recording("success", "2"), event("3", **roster), event("4", **transcript)]
    raws += [event("5", **other), event("6", **ended)]
    assert await front.post(*(rich(key, raw) for raw in raws)) == 202
    signal = {"conversation": CHAT, "kind": "recording", "call": "c86c0ae5"}
    assert front.inbox.told == [
        ("take", RecordingSignalled(key="recording:1616883610266:started", event="started", **signal)),
        ("take", RecordingSignalled(key="recording:2:stopped", event="stopped", **signal)),
        ("roster", CHAT),
        (
            "take",
            RecordingSignalled(
                conversation=CHAT, key="transcript:4:started", kind="transcript", event="started", call="c"
            ),
        ),
        ("take", MeetingEnded(conversation=CHAT, key="ended")),
    ]


async def test_our_own_cards_are_nobodys_words(front: Front, key: NotificationKey) -> None:
    """A message of an app is not noticed, unless it disappears."""
    sender = {"application": {"id": APP, "displayName": "Videoberatung"}, "user": None}
    await front.post(rich(key, message(**{"from": sender})))
    assert front.inbox.told == []
    await front.post(rich(key, message(**{"from": sender}), changeType="deleted"))
    assert front.inbox.told == [(*NOTICED[:4], True)]


async def test_replay_and_reordering_tell_the_same(front: Front, key: NotificationKey) -> None:
    """The same delivery twice, or backwards, gives the same facts with the same keys."""
    items = [rich(key, recording("initial", "2")), rich(key)]
    for delivery in (items, items, items[::-1]):
        assert await front.post(*delivery) == 202
    first = front.inbox.told[:2]
    assert front.inbox.told == first + first + first[::-1]
    assert first[0][1].key == "recording:2:started"


@pytest.mark.parametrize("state", ["", "wrong", STATE + "x", STATE[:-1], "ä", "\ud800", None, 5, [STATE]])
async def test_a_wrong_client_state_is_not_acted_on(front: Front, key: NotificationKey, state: object) -> None:
    """An item that does not repeat our secret is answered 202 and nothing is done, not even a look at the keys."""
    assert await front.post(rich(key, clientState=state), lifecycle("subscriptionRemoved", clientState=state)) == 202
    assert front.inbox.told == []
    assert front.issuer["asked"] == 0


async def test_only_the_genuine_items_of_a_mixed_delivery_count(front: Front, key: NotificationKey) -> None:
    """Items of others in the same delivery do not keep ours from being taken."""
    mixed = [rich(key, clientState="x"), "odd", None, rich(key), rich(key, message("7"), tenantId=APP)]
    assert await front.post(*mixed) == 202
    assert front.inbox.told == [NOTICED]


FORGED: list[dict[str, Any]] = [
    {"azp": "11111111-1111-1111-1111-111111111111"},
    {"azp": None},
    {"appid": "11111111-1111-1111-1111-111111111111"},
    {"aud": TENANT},
    {"aud": None},
    {"iss": f"https://login.microsoftonline.com/{APP}/v2.0"},
    {"iss": None},
    {"exp": 1_700_000_000},
    {"exp": None},
    {"exp": "soon"},
    {"kid": "unknown"},
]


@pytest.mark.parametrize("changed", FORGED)
async def test_forged_validation_tokens(front: Front, key: NotificationKey, changed: dict[str, Any]) -> None:
    """One wrong token spoils the delivery: it is answered 202 and nothing is done."""
    tokens = [token(front.signer), token(front.signer, **changed)]
    assert await front.post(rich(key), tokens=tokens) == 202
    assert front.inbox.told == []


@pytest.mark.parametrize("tokens", [None, [], "", "x", [""], ["a.b.c"], [5], [None], ["x" * 9000], ["ä.b.c"]])
async def test_no_usable_validation_tokens(front: Front, key: NotificationKey, tokens: object) -> None:
    """A notification with content but without a token that can be read is not acted on."""
    assert await front.post(rich(key), tokens=tokens) == 202
    assert front.inbox.told == []


async def test_a_foreign_signature_is_refused(front: Front, key: NotificationKey) -> None:
    """Neither another key under the known id, nor `none`, nor the public key as a shared secret is believed."""
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    claims = jwt.decode(token(front.signer), options={"verify_signature": False})
    headers = {"kid": "entra-key-1"}
    unsigned = jwt.encode(claims, None, algorithm="none", headers=headers)
    shared = jwt.encode(claims, "s" * 64, algorithm="HS256", headers=headers)
    for forged in (token(other), unsigned, shared):
        assert await front.post(rich(key), tokens=[forged]) == 202
    assert front.inbox.told == []


async def test_a_v1_token_is_accepted(front: Front, key: NotificationKey) -> None:
    """The older form (sts.windows.net, appid) is genuine too."""
    old = token(
        front.signer, iss=f"https://sts.windows.net/{TENANT}/", appid="0bf30f3b-4a52-48df-9a82-234910c4a086", azp=None
    )
    assert await front.post(rich(key), tokens=[old]) == 202
    assert front.inbox.told == [NOTICED]


async def test_the_issuers_keys_are_fetched_once(front: Front, key: NotificationKey) -> None:
    """Keys are kept, and unknown key ids do not make us ask again and again."""
    for kid in ("entra-key-1", "a", "b", "entra-key-1"):
        await front.post(rich(key), tokens=[token(front.signer, kid=kid)])
    assert front.issuer["asked"] == 1
    assert len(front.inbox.told) == 2


async def test_without_keys_it_is_delivered_again(front: Front, key: NotificationKey) -> None:
    """While the issuer is away nobody can tell what is genuine: 503, so that Graph repeats."""
    front.issuer["status"] = 500
    assert await front.post(rich(key)) == 503
    assert front.inbox.told == []


@pytest.mark.parametrize("part", ["dataSignature", "data", "dataKey"])
async def test_tampered_content_is_dropped(front: Front, key: NotificationKey, part: str) -> None:
    """Content that does not match its signature is not decrypted, not looked up, and does not hurt its neighbours."""
    good, bad = encrypt(message(), key), encrypt(message(), key, aes=b"x" * 32)
    forged = {**good, part: bad[part]}
    assert await front.post(item(forged), rich(key, message("2"))) == 202
    assert [told[2] for told in front.inbox.told] == ["2"]


@pytest.mark.parametrize("raw", [b"", b"null", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"id": "1"'])
async def test_odd_content_is_dropped(front: Front, key: NotificationKey, raw: bytes) -> None:
    """Decrypted content that is no message is dropped."""
    assert await front.post(item(encrypt(None, key, raw=raw))) == 202
    assert front.inbox.told == []


@pytest.mark.parametrize("named", [{"id": "999"}, {"chatId": "19:other@thread.v2"}])
async def test_content_must_be_what_the_item_names(front: Front, key: NotificationKey, named: dict[str, str]) -> None:
    """Content of another message or chat than the item's resource is dropped."""
    await front.post(item(encrypt(message(**named), key)))
    assert front.inbox.told == []


async def test_content_for_an_earlier_key_is_read_from_graph(front: Front) -> None:
    """After a restart with a new key the message is read instead of lost."""
    found = message_of(message())
    assert found is not None
    front.core.messages["1616990032035"] = found
    await front.post(rich(NotificationKey.generate(NOW)))
    assert front.inbox.told == [NOTICED]


async def test_basic_items_are_only_hints(front: Front) -> None:
    """Without content, Graph is asked: its answer counts, its silence means deleted, its failure a reading back."""
    found = message_of(recording("initial", "1"))
    assert found is not None
    front.core.messages = {"1": found, "3": Unavailable("server_error", 500)}
    assert await front.post(*(item(ident=ident) for ident in "123"), tokens=None) == 202
    assert [told[0] for told in front.inbox.told] == ["take", "noticed", "take"]
    assert isinstance(front.inbox.told[0][1], RecordingSignalled)
    assert front.inbox.told[1] == ("noticed", CHAT, "2", NOW, True)
    assert front.inbox.told[2][1] == HearingLost(conversation=CHAT, key="", reason="unread")


async def test_unknown_subscriptions(front: Front, key: NotificationKey) -> None:
    """A subscription not written down yet is heard by its resource; one for another chat is not believed."""
    front.core.chats = {}
    await front.post(rich(key))
    assert front.inbox.told == [NOTICED]
    await front.post(rich(key, resource="teams('x')/channels('y')/messages('1')"))
    front.core.chats = {SUBSCRIPTION: "19:other@thread.v2"}
    await front.post(rich(key))
    assert front.inbox.told == [NOTICED]


async def test_lifecycle(front: Front) -> None:
    """A subscription about to lose its rights is renewed; one removed, or missed deliveries, make us read back."""
    events = ["reauthorizationRequired", "subscriptionRemoved", "missed", "somethingNew"]
    assert await front.post(*map(lifecycle, events), tokens=None, path="/api/lifecycle") == 202
    assert front.core.renewed == [(CHAT, SUBSCRIPTION)]
    assert [told[1] for told in front.inbox.told] == [
        HearingLost(conversation=CHAT, key=f"hearing:{SUBSCRIPTION}:removed", reason="subscription_removed"),
        HearingLost(conversation=CHAT, key="", reason="missed"),
    ]


async def test_lifecycle_of_an_unknown_subscription(front: Front) -> None:
    """What we do not know we do not act on."""
    front.core.chats = {}
    assert await front.post(lifecycle("subscriptionRemoved"), lifecycle("reauthorizationRequired"), tokens=None) == 202
    assert (front.inbox.told, front.core.renewed) == ([], [])


async def test_overload_is_said(front: Front, key: NotificationKey) -> None:
    """If nothing could be kept the answer is 503; delivered again, it is taken."""
    front.inbox.failing = [Overloaded()]
    assert await front.post(rich(key)) == 503
    assert await front.post(rich(key)) == 202
    assert front.inbox.told == [NOTICED]


async def test_one_failing_item_does_not_stop_the_others(
    front: Front, key: NotificationKey, caplog: pytest.LogCaptureFixture
) -> None:
    """An unexpected failure is answered 503 after the other items were taken; its text is not logged."""
    front.inbox.failing = [RuntimeError("DE02120300000000202051")]
    assert await front.post(rich(key), rich(key, message("2"))) == 503
    assert [told[2] for told in front.inbox.told] == ["2"]
    assert "RuntimeError" in caplog.text
    assert "DE02" not in caplog.text


async def test_a_slow_core_is_answered_in_time(front: Front, key: NotificationKey) -> None:
    """Past the deadline Graph is asked to repeat, while the work goes on to its end."""
    gate = asyncio.Event()

    async def slow(_: str) -> str:
        await gate.wait()
        return CHAT

    front.webhook._chat_of = slow
    front.webhook._deadline = 0.01
    assert await front.post(rich(key)) == 503
    gate.set()
    await front.webhook.close()
    assert front.inbox.told == [NOTICED]


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (b"{}", "text/plain", 415),
        (b"", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"{}", "application/json", 400),
        (b'{"value": {}}', "application/json", 400),
        (b'{"value": []}', "application/json", 202),
        (b"[" * 100_000, "application/json", 400),
        (b"\xff\xfe\x00", "application/json", 400),
        (json.dumps({"value": [0] * 1001}).encode(), "application/json", 413),
        (b" " * (MAX_BODY + 1), "application/json", 413),
    ],
)
async def test_malformed_requests(front: Front, data: bytes, content_type: str, status: int) -> None:
    """What is no delivery gets its 4xx and does nothing."""
    answer = await front.http.post("/api/notifications", data=data, headers={"Content-Type": content_type})
    assert answer.status == status
    assert front.inbox.told == []


async def test_a_large_body_without_a_length(front: Front) -> None:
    """The limit holds for a body that does not announce its size, and a false compression is a bad request."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(5):
            yield b" " * 2**20

    headers = {"Content-Type": "application/json"}
    try:
        answer = await front.http.post("/api/notifications", data=chunks(), headers=headers)
        assert answer.status == 413
    except aiohttp.ClientConnectionError:  # refused while we were still sending
        pass
    answer = await front.http.post("/api/notifications", data=b"xyz", headers={**headers, "Content-Encoding": "gzip"})
    assert answer.status == 400
