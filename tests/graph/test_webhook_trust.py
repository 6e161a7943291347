"""Change notifications over HTTP: what is not believed."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.graph.crypto import NotificationKey
from bot.graph.messages import message_of

from .conftest import NOW, STATE
from .deliveries import APP, TENANT, encrypt, item, lifecycle, rich, token
from .fake_graph import message
from .front import NOTICED, Front


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
