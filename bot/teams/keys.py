"""The token issuer's signing keys: OpenID metadata and JWKS, fetched with aiohttp and kept for a day.

Rules of teams-platform 9.2 (kept 24 h, fetched again for an unknown key at most hourly), without the SDK's blocking
`requests.get` that has no time-out (sdk-and-tools section 1).
"""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
from aiohttp import ClientError, ClientSession, ClientTimeout
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from yarl import URL

from bot.ports import Clock
from bot.teams.limits import TooLarge, read_at_most

_log = logging.getLogger(__name__)

METADATA_URL = "https://login.botframework.com/v1/.well-known/openidconfiguration"
KEPT = timedelta(hours=24)
RENEWED_AFTER = timedelta(hours=23)  # in the background, so that an hour of outage is not felt
UNKNOWN_KEY_AFTER = timedelta(hours=1)
PAUSE_AFTER_FAILURE = timedelta(seconds=10)
LIMIT = 1 << 20
_TIMEOUT = ClientTimeout(total=5)


class IssuerUnreachable(Exception):
    """The issuer's keys cannot be had now: whether a token is good cannot be told (answer 503)."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One RSA key and the channels it is endorsed for."""

    key: RSAPublicKey
    endorsements: frozenset[str]


class SigningKeys:
    """The keys by their id (`kid`)."""

    def __init__(self, metadata_url: str, *, session: ClientSession, clock: Clock) -> None:
        self._metadata_url = URL(metadata_url)
        self._session = session
        self._clock = clock
        self._keys: dict[str, SigningKey] = {}
        self._fetched: datetime | None = None
        self._not_before: datetime | None = None
        self._task: asyncio.Task[None] | None = None

    async def find(self, kid: str) -> SigningKey | None:
        """The key, or None if the issuer has no such key. Raises IssuerUnreachable."""
        now = self._clock()
        if self._fetched is None or now - self._fetched >= KEPT:
            await self._refresh(now)
        elif now - self._fetched >= RENEWED_AFTER:
            self._begin(now)
        key = self._keys.get(kid)
        if key is None and self._fetched is not None and now - self._fetched >= UNKNOWN_KEY_AFTER:
            await self._refresh(now)
            key = self._keys.get(kid)
        return key

    async def close(self) -> None:
        """Stop a fetch that is under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _refresh(self, now: datetime) -> None:
        task = self._begin(now)
        if task is None:
            raise IssuerUnreachable
        # One fetch serves everybody who waits; who stops waiting does not stop it.
        await asyncio.wait([task])
        if self._not_before is not None:
            raise IssuerUnreachable

    def _begin(self, now: datetime) -> asyncio.Task[None] | None:
        if self._task is not None and not self._task.done():
            return self._task
        if self._not_before is not None and now < self._not_before:
            return None
        self._task = asyncio.create_task(self._fetch(now))
        return self._task

    async def _fetch(self, now: datetime) -> None:
        try:
            metadata = await self._json(self._metadata_url)
            where = URL(str(metadata.get("jwks_uri", "")))
            if where.scheme != "https" and (not where.host or where.origin() != self._metadata_url.origin()):
                raise ValueError
            keys = read_keys(await self._json(where))
            if not keys:
                raise ValueError
        except (ClientError, TimeoutError, OSError, ValueError, TypeError, TooLarge, RecursionError) as error:
            self._not_before = now + PAUSE_AFTER_FAILURE
            _log.warning("signing keys not fetched: %s", type(error).__name__)
            return
        self._keys, self._fetched, self._not_before = keys, now, None

    async def _json(self, url: URL) -> dict[str, Any]:
        async with self._session.get(url, timeout=_TIMEOUT, allow_redirects=False) as answer:
            if answer.status != 200:
                raise ValueError
            found = json.loads(await read_at_most(answer.content, LIMIT))
        if not isinstance(found, dict):
            raise ValueError
        return found


def read_keys(jwks: dict[str, Any]) -> dict[str, SigningKey]:
    """The usable keys of a JWKS: RSA, public, 2048 bits or more, with a `kid`. Others are left out."""
    found: dict[str, SigningKey] = {}
    entries = jwks.get("keys")
    for entry in entries[:500] if isinstance(entries, list) else ():
        if not isinstance(entry, dict) or entry.get("kty") != "RSA" or entry.get("use", "sig") != "sig":
            continue
        kid, endorsements = entry.get("kid"), entry.get("endorsements")
        if not isinstance(kid, str) or not isinstance(endorsements, list):
            continue
        try:
            key = jwt.algorithms.RSAAlgorithm.from_jwk({n: entry[n] for n in ("kty", "n", "e")})
        except (jwt.InvalidKeyError, ValueError, TypeError, KeyError, AttributeError):
            continue
        if isinstance(key, RSAPublicKey) and key.key_size >= 2048:
            found[kid] = SigningKey(key, frozenset(item for item in endorsements if isinstance(item, str)))
    return found
