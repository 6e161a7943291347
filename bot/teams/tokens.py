"""Whether a request comes from the Bot Framework: the bearer token, verified by us (teams-platform 9.2).

Stricter than the SDK: a token needs `exp`, a known `kid` and an endorsed key; emulator issuers are refused; every
failure is one exception, so none can end as a 500.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from datetime import timedelta

import jwt

from bot.ports import Clock
from bot.teams.keys import KEPT, SigningKeys

ISSUER = "https://api.botframework.com"
LEEWAY = timedelta(minutes=5)
REMEMBERED = 1000
_LONGEST = 8000
_OPTIONS = {
    "require": ["exp", "iss", "aud"],
    "strict_aud": True,
    # The times are compared below, with the clock that was passed in.
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
}


class Unauthorized(Exception):
    """The token is no proof of anything (answer 401). `code` is one of our words, never a piece of the token."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Verified:
    """What a good token says: the service URL it was issued for, the channels its key is endorsed for, its end."""

    service_url: str
    endorsements: frozenset[str]
    until: float


class TokenVerifier:
    """Verifies `Authorization` headers. `clock` must be the wall clock, in the rehearsal too: tokens live by it."""

    def __init__(self, app_id: str, keys: SigningKeys, *, clock: Clock, issuer: str = ISSUER) -> None:
        if not app_id:
            raise ValueError("an empty app id would make every audience right")
        self._app_id = app_id
        self._keys = keys
        self._clock = clock
        self._issuer = issuer
        self._remembered: dict[bytes, Verified] = {}

    async def verify(self, header: str | None) -> Verified:
        """Raises Unauthorized, or IssuerUnreachable where the keys cannot be had.

        A token verified once is remembered by its digest until it ends, at most a day (a key withdrawn by the issuer
        is no longer believed then), so that a second message with it needs no second look.
        """
        if header is None:
            raise Unauthorized("no token")
        digest = hashlib.sha256(header.encode("utf-8", "surrogateescape")).digest()
        now = self._clock().timestamp()
        known = self._remembered.get(digest)
        if known is not None:
            if now < known.until:
                return known
            del self._remembered[digest]
        verified = await self._verify(header, now)
        if len(self._remembered) >= REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[digest] = verified
        return verified

    async def _verify(self, header: str, now: float) -> Verified:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > _LONGEST or not token.isascii():
            raise Unauthorized("not a bearer token")
        try:
            unverified = jwt.get_unverified_header(token)
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            raise Unauthorized("not a token") from None
        kid = unverified.get("kid")
        if unverified.get("alg") != "RS256" or not isinstance(kid, str):
            raise Unauthorized("wrong algorithm or no key id")
        key = await self._keys.find(kid)
        if key is None:
            raise Unauthorized("unknown key")
        try:
            claims = jwt.decode(
                token,
                key.key,
                algorithms=["RS256"],
                audience=self._app_id,
                issuer=self._issuer,
                options=_OPTIONS,  # type: ignore[arg-type]
            )
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError, OverflowError):
            raise Unauthorized("token refused") from None
        leeway = LEEWAY.total_seconds()
        until = _seconds(claims["exp"]) + leeway
        if until <= now or ("nbf" in claims and _seconds(claims["nbf"]) > now + leeway):
            raise Unauthorized("token not valid now")
        service_url = claims.get("serviceurl")
        if not isinstance(service_url, str) or not service_url:
            raise Unauthorized("no service URL in the token")
        return Verified(service_url, key.endorsements, min(until, now + KEPT.total_seconds()))


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unauthorized("time is not a number")
    try:
        seconds = float(value)
    except OverflowError:
        raise Unauthorized("time is not a number") from None
    if not math.isfinite(seconds):
        raise Unauthorized("time is not a number")
    return seconds
