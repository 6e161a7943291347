"""The `validationTokens` that prove a change notification with resource data comes from Graph (teams-platform 6)."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import aiohttp
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import RSAAlgorithm

PUBLISHER = "0bf30f3b-4a52-48df-9a82-234910c4a086"
"""Application id of Microsoft Graph Change Tracking, which signs for itself."""
KEYS_URL = "https://login.microsoftonline.com/common/discovery/v2.0/keys"
KEPT = 24 * 3600.0
"""Seconds after which the keys are fetched again."""
UNKNOWN_KEY_AFTER = 60.0
"""Seconds between two fetches for an unknown key id: forged tokens must not make us hammer the issuer."""
PAUSE_AFTER_FAILURE = 5.0
TIMEOUT = aiohttp.ClientTimeout(total=2)
"""Within the three seconds Graph waits for our answer."""
LEEWAY = 300
LIMIT = 1024 * 1024
MAX_TOKENS, MAX_TOKEN = 20, 8192


class KeysUnavailable(Exception):
    """The issuer's keys cannot be had: whether a token is good cannot be told now (answer 503)."""


class PublisherKeys:
    """The RSA signing keys behind one JWKS URL by key id, fetched asynchronously and kept."""

    def __init__(
        self, session: aiohttp.ClientSession, url: str = KEYS_URL, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` gives seconds, from any beginning."""
        self._session = session
        self._url = url
        self._clock = clock
        self._keys: dict[str, RSAPublicKey] = {}
        self._fetched: float | None = None
        self._failed: float | None = None
        self._lock = asyncio.Lock()

    async def find(self, kid: str) -> RSAPublicKey | None:
        """The key, None if the issuer has none of this id. Raises KeysUnavailable."""
        age = self._age()
        if (kid in self._keys and age < KEPT) or (kid not in self._keys and age < UNKNOWN_KEY_AFTER):
            return self._keys.get(kid)
        async with self._lock:
            if self._age() >= age or self._fetched is None:  # nobody fetched while we waited
                await self._fetch()
        key = self._keys.get(kid)
        if key is None and self._failed is not None:
            raise KeysUnavailable
        return key  # an old key serves on while the issuer is away

    def _age(self) -> float:
        return float("inf") if self._fetched is None else self._clock() - self._fetched

    async def _fetch(self) -> None:
        if self._failed is not None and self._clock() - self._failed < PAUSE_AFTER_FAILURE:
            return
        try:
            async with self._session.get(self._url, timeout=TIMEOUT, allow_redirects=False) as answer:
                raw = bytearray()
                async for chunk in answer.content.iter_chunked(64 * 1024):
                    raw += chunk
                    if len(raw) > LIMIT:
                        break
                keys = _keys(json.loads(raw)) if answer.status == 200 and len(raw) <= LIMIT else {}
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, RecursionError):
            keys = {}
        if not keys:
            self._failed = self._clock()
            return
        self._keys, self._fetched, self._failed = keys, self._clock(), None


class NotificationTokens:
    """Checks the tokens of a delivery: signature, expiry, audience, issuer and who presents it."""

    def __init__(self, keys: PublisherKeys, *, app: str, tenant: str) -> None:
        """`app` is our application id, `tenant` our tenant's id; both forms of the issuer are accepted."""
        self._keys = keys
        self._app = app
        self._issuers = [f"https://sts.windows.net/{tenant}/", f"https://login.microsoftonline.com/{tenant}/v2.0"]

    async def all_valid(self, tokens: object) -> bool:
        """Whether there is at least one token and every one is good. Raises KeysUnavailable."""
        if not isinstance(tokens, list) or not 1 <= len(tokens) <= MAX_TOKENS:
            return False
        for token in tokens:
            if not await self._is_valid(token):
                return False
        return True

    async def _is_valid(self, token: object) -> bool:
        if not isinstance(token, str) or len(token) > MAX_TOKEN or not token.isascii():
            return False
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = await self._keys.find(kid) if isinstance(kid, str) else None
            if key is None:
                return False
            claims = jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                audience=self._app,
                issuer=self._issuers,
                leeway=LEEWAY,
                options={"require": ["exp", "aud", "iss"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError):
            return False
        return {claims[name] for name in ("azp", "appid") if isinstance(claims.get(name), str)} == {PUBLISHER}


def _keys(jwks: Any) -> dict[str, RSAPublicKey]:
    """The usable keys of a JWKS: RSA of 2048 bits or more, public, for signing, with an id. Others are left out."""
    found: dict[str, RSAPublicKey] = {}
    entries = jwks.get("keys") if isinstance(jwks, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, dict) or entry.get("kty") != "RSA" or entry.get("use", "sig") != "sig":
            continue
        try:
            key = RSAAlgorithm.from_jwk({name: entry[name] for name in ("kty", "n", "e")})
        except (jwt.InvalidKeyError, ValueError, TypeError, KeyError, AttributeError):
            continue
        if isinstance(entry.get("kid"), str) and isinstance(key, RSAPublicKey) and key.key_size >= 2048:
            found[entry["kid"]] = key
    return found
