"""The issuer's keys: fetched once, renewed in time, never asked too often; and tokens remembered."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from aiohttp import ClientSession

from bot.teams.keys import LIMIT, IssuerUnreachable, SigningKeys, read_keys
from bot.teams.tokens import REMEMBERED, TokenVerifier, Unauthorized

from .world import APP_ID, NOW, Clock, bearer, jwk, message, private_key, running_front, running_issuer

AT = int(NOW.timestamp())


async def test_keys_are_fetched_once_for_many_messages_at_once() -> None:
    """Forty deliveries that arrive together wait for one fetch and all get in."""
    async with running_front() as world:
        authorizations = [bearer(exp=AT + 600 + n) for n in range(40)]
        answers = await asyncio.gather(*(world.post(message(), one) for one in authorizations))
        assert {status for status, _ in answers} == {201}
        assert world.issuer.fetched == 1


async def test_an_unreachable_issuer_is_503_and_is_not_hammered() -> None:
    """No keys: 503 with one try in ten seconds; once the issuer is back, messages get in."""
    async with running_front() as world:
        world.issuer.status = 500
        assert [(await world.post(message()))[0] for _ in range(5)] == [503] * 5
        assert world.issuer.fetched == 1
        world.issuer.status = 200
        world.clock.move(seconds=11)
        assert (await world.post(message()))[0] == 201
        assert world.inbox.everything != []


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b"null", b'{"keys": 7}', b'{"keys": [7, {}, {"kty": "RSA"}]}', b"{" * 5000,
     b'{"keys": [' + b" " * LIMIT + b"]}", b"\xff"],
    ids=["empty", "array", "no keys", "null", "keys 7", "odd keys", "deep", "too large", "not UTF-8"],
)  # fmt: skip
async def test_a_key_set_of_an_odd_shape_is_an_unreachable_issuer(body: bytes) -> None:
    """Nothing usable in the answer: 503, never 500."""
    async with running_front() as world:
        world.issuer.jwks_body = body
        assert (await world.post(message()))[0] == 503


@pytest.mark.parametrize("where", ["http://192.0.2.1/keys", "keys", "", "ftp://x/", "http://[", "file:///etc/passwd"])
async def test_keys_come_from_https_or_the_metadata_origin_only(where: str) -> None:
    """Metadata that sends us elsewhere without TLS is not followed."""
    async with running_front() as world:
        world.issuer.jwks_uri = where or "no scheme"
        assert (await world.post(message()))[0] == 503


async def test_nobody_listening_is_503() -> None:
    """A refused connection is an unreachable issuer."""
    async with ClientSession() as session:
        keys = SigningKeys("http://127.0.0.1:9/openid", session=session, clock=Clock())
        with pytest.raises(IssuerUnreachable):
            await keys.find("good")


async def test_an_unknown_key_asks_again_at_most_hourly() -> None:
    """A key unknown within the hour is refused without a fetch; after it one fetch finds the rotated key."""
    async with running_front() as world:
        assert (await world.post(message()))[0] == 201
        world.issuer.keys = [jwk("next", private_key("next"))]
        rotated = bearer(private_key("next"), kid="next", exp=AT + 10_000)
        world.clock.move(minutes=59)
        assert [(await world.post(message(), rotated))[0] for _ in range(3)] == [401] * 3
        assert world.issuer.fetched == 1
        world.clock.move(minutes=1)
        assert (await world.post(message(), rotated))[0] == 201
        assert world.issuer.fetched == 2
        assert [(await world.post(message(), bearer(kid=f"k{n}", exp=AT + 10_000)))[0] for n in range(5)] == [401] * 5
        assert world.issuer.fetched == 2


async def test_an_unknown_key_never_holds_up_a_known_one() -> None:
    """While the fetch for an unknown key hangs, messages with the known key pass."""
    async with running_front() as world:
        assert (await world.post(message()))[0] == 201
        world.clock.move(hours=2)
        released = asyncio.Event()
        world.keys._json = lambda url: _hang(released)  # type: ignore[method-assign]
        waiting = asyncio.create_task(world.post(message(), bearer(kid="unknown", exp=AT + 10_000)))
        for _ in range(3):
            assert (await world.post(message(), bearer(exp=AT + 10_000)))[0] == 201
        assert not waiting.done()
        released.set()
        assert (await waiting)[0] == 503


async def _hang(released: asyncio.Event) -> dict[str, Any]:
    await released.wait()
    raise TimeoutError


async def test_keys_are_kept_a_day_and_renewed_before() -> None:
    """An outage in the last hour of the day is not felt; after the day, without keys, it is a 503."""
    async with running_front() as world:

        def late(n: int) -> str:
            return bearer(exp=AT + 200_000 + n)

        assert (await world.post(message(), late(0)))[0] == 201
        world.issuer.status = 500
        world.clock.move(hours=23, minutes=30)
        assert (await world.post(message(), late(1)))[0] == 201
        world.clock.move(minutes=29)
        assert (await world.post(message(), late(2)))[0] == 201
        world.clock.move(minutes=2)
        assert (await world.post(message(), late(3)))[0] == 503
        world.issuer.status = 200
        world.clock.move(seconds=11)
        assert (await world.post(message(), late(4)))[0] == 201


async def test_a_withdrawn_key_is_forgotten_with_the_day() -> None:
    """After the keys were renewed without it, a key no longer opens the door, remembered token or not."""
    async with running_front() as world:
        long_lived = bearer(exp=AT + 10**6)
        assert (await world.post(message(), long_lived))[0] == 201
        world.issuer.keys = [jwk("next", private_key("next"))]
        world.clock.move(hours=24, minutes=1)
        assert (await world.post(message(), long_lived))[0] == 401


async def test_a_remembered_token_ends_with_its_own_time() -> None:
    """A remembered token is refused five minutes after `exp`, as an unknown one would be."""
    async with running_front() as world:
        token = bearer(exp=AT + 60)
        assert (await world.post(message(), token))[0] == 201
        world.clock.move(seconds=359)
        assert (await world.post(message(), token))[0] == 201
        world.clock.move(seconds=1)
        assert (await world.post(message(), token))[0] == 401


async def test_a_remembered_token_is_not_looked_at_again() -> None:
    """Verified once, a token needs no key until it ends; the memory is bounded and forgets the oldest."""
    async with running_issuer() as issuer, ClientSession() as session:
        clock = Clock()
        keys = SigningKeys(issuer.metadata_url, session=session, clock=clock)
        tokens = TokenVerifier(APP_ID, keys, clock=clock)
        first = bearer()
        verified = await tokens.verify(first)
        keys._keys.clear()
        assert await tokens.verify(first) is verified
        with pytest.raises(Unauthorized):
            await tokens.verify(bearer(exp=AT + 100))
        tokens._remembered.update({n.to_bytes(4): verified for n in range(REMEMBERED - 1)})
        keys._keys.update(read_keys({"keys": issuer.keys}))
        await tokens.verify(bearer(exp=AT + 200))
        assert len(tokens._remembered) == REMEMBERED
        keys._keys.clear()
        with pytest.raises(Unauthorized):
            await tokens.verify(first)


def test_an_empty_app_id_is_refused_at_once() -> None:
    """The SDK took an empty app id for `authentication off`; here it is an error."""
    with pytest.raises(ValueError, match="app id"):
        TokenVerifier("", None, clock=Clock())  # type: ignore[arg-type]


def test_only_sound_keys_are_read() -> None:
    """One broken entry does not spoil the others."""
    good = jwk("good", private_key())
    odd = [
        None,
        [],
        {**good, "n": "!"},
        {**good, "n": 7},
        {**good, "e": None},
        {**good, "kid": 7},
        {**good, "kty": "EC"},
    ]
    assert list(read_keys({"keys": [*odd, {**good, "kid": "last"}]})) == ["last"]
    assert json.dumps(good)
