"""Tokens for Microsoft Graph through azure-identity, without ever blocking the event loop.

The asynchronous credentials (`azure.identity.aio`) are used: they speak aiohttp, accept our own certificate through
`connection_verify`, and need no thread per request. What they lack is added here: one request at a time however many
callers wait, renewal beside the work, and our own enumerated errors.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from azure.core.credentials import AccessToken
from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.identity import CredentialUnavailableError
from azure.identity.aio import CertificateCredential, ClientSecretCredential, ManagedIdentityCredential

from bot.ports import PlatformError, Refused, Throttled, Unavailable

# The library logs the issuer's answers to failed requests word for word; what went wrong is in our error's code.
logging.getLogger("azure").setLevel(logging.ERROR)

GRAPH_SCOPE = "https://graph.microsoft.com/.default"
RENEW_BEFORE = 300.0
"""Seconds before its expiry from which a token is renewed, beside the work."""
LAST_USE = 60.0
"""Seconds before its expiry until which a token is still handed out while its renewal is under way."""
TIMEOUT = 20.0
"""Seconds one token request may take."""


class Credential(Protocol):
    """What of an `azure.identity.aio` credential is used here."""

    async def get_token(self, *scopes: str) -> AccessToken: ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """How the bot proves to Entra who it is.

    `authority` and `authority_certificate` (PEM path) are set only where the token endpoint is not Microsoft's:
    azure-identity insists on https, so such an endpoint brings its own certificate.
    """

    kind: Literal["managed_identity", "certificate", "secret"]
    tenant: str
    client: str
    secret: str = field(default="", repr=False)
    certificate: Path | None = None
    authority: str | None = None
    authority_certificate: Path | None = None

    def credential(self) -> Credential:
        """A new credential with an empty cache. Raises Refused("bad_credential") where its parts are unusable."""
        options: dict[str, Any] = {"connection_timeout": 5, "read_timeout": 15, "retry_total": 0}
        if self.authority:
            options |= {"authority": self.authority, "disable_instance_discovery": True, "use_env_settings": False}
        if self.authority_certificate:
            options["connection_verify"] = str(self.authority_certificate)
        try:
            if self.kind == "managed_identity":
                return ManagedIdentityCredential(client_id=self.client)
            if self.kind == "certificate":
                return CertificateCredential(self.tenant, self.client, str(self.certificate), **options)
            return ClientSecretCredential(self.tenant, self.client, self.secret, **options)
        except (ValueError, OSError):
            pass  # the library's text names paths and parts of the input: it is not chained
        raise Refused("bad_credential")


class GraphTokens:
    """Hands out a bearer token for one scope; safe for any number of callers at once."""

    def __init__(
        self, make: Callable[[], Credential], *, scope: str = GRAPH_SCOPE, clock: Callable[[], float] = time.time
    ) -> None:
        """`make` returns a new credential with an empty cache (`Identity.credential`); `clock` is the wall clock in
        seconds since 1970, because a token's expiry is written in wall time."""
        self._make = make
        self._scope = scope
        self._clock = clock
        self._credential: Credential | None = None
        self._token: AccessToken | None = None
        self._request: asyncio.Task[AccessToken] | None = None

    async def token(self, *, instead_of: str | None = None) -> str:
        """A valid bearer token. `instead_of` names a token the platform has just refused: never that one again.

        Raises Throttled or Unavailable with a code beginning with `login_`, Refused("bad_credential").
        """
        if instead_of is not None and self._token is not None and self._token.token == instead_of:
            self._token = None
            if self._request is None and self._credential is not None:  # its cache would give the same token again
                stale = self._credential
                self._credential = None
                await stale.close()
        kept = self._token
        left = kept.expires_on - self._clock() if kept else 0.0
        if kept and left > RENEW_BEFORE:
            return kept.token
        if self._request is None:
            self._request = asyncio.create_task(self._ask())
            self._request.add_done_callback(self._answered)
        if kept and left > LAST_USE:
            return kept.token
        return (await asyncio.shield(self._request)).token

    async def close(self) -> None:
        """Give up a request under way and close the connections."""
        if self._request is not None:
            self._request.cancel()
            await asyncio.gather(self._request, return_exceptions=True)
        if self._credential is not None:
            await self._credential.close()
            self._credential = None

    def _answered(self, request: asyncio.Task[AccessToken]) -> None:
        self._request = None
        if not request.cancelled() and request.exception() is None:
            self._token = request.result()

    async def _ask(self) -> AccessToken:
        """One request to the token endpoint; foreign errors become ours and are not chained."""
        if self._credential is None:
            self._credential = self._make()
        try:
            async with asyncio.timeout(TIMEOUT):
                token = await self._credential.get_token(self._scope)
            if token.expires_on > self._clock():
                return token
            problem: PlatformError = Unavailable("login_expired_token")
        except CredentialUnavailableError:
            problem = Unavailable("login_no_identity")
        except ClientAuthenticationError as error:
            problem = _problem(getattr(error.response, "status_code", 0) if error.response else 0)
        except (AzureError, TimeoutError, ssl.SSLError, OSError, ValueError, KeyError, TypeError, AttributeError):
            problem = Unavailable("login_unreachable")  # odd answers end in the library's own Value/Key/TypeErrors
        raise problem


def _problem(status: int) -> PlatformError:
    if status == 429:
        return Throttled("login_throttled", status)
    if 400 <= status < 500 and status != 408:  # a secret that ran out: nobody has refused what is asked of Graph
        return Unavailable("login_refused", status)
    return Unavailable("login_failed", status)
