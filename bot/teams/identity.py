"""The bot's own tokens for the connector: MSAL (secret, certificate) or azure-identity (managed identity).

Both libraries block, so they run in a thread, one renewal at a time; while it fails, the token at hand serves to its
end. teams-platform 9.3; sdk-and-tools section 2.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msal
import requests
from azure.identity import ManagedIdentityCredential

from bot.ports import Clock, Unavailable

_log = logging.getLogger(__name__)

SCOPE = "https://api.botframework.com/.default"
LOGIN = "https://login.microsoftonline.com"
RENEWED_BEFORE = timedelta(minutes=5)
NEARLY_OVER = timedelta(seconds=30)
PAUSE_BETWEEN_FRESH = timedelta(seconds=10)
TIMEOUT = 10.0
_QUIET = ("msal", "azure.identity", "azure.core")


@dataclass(frozen=True, slots=True)
class Issued:
    """A token and how many seconds it lives."""

    token: str
    seconds: float

    def __repr__(self) -> str:
        return f"Issued(<token>, {self.seconds})"


Acquire = Callable[[bool], Issued]
"""Gets a token, blocking; True: not one of the library's cache. May raise anything."""


class ConnectorTokens:
    """Keeps a token and renews it. `clock` must be the wall clock: tokens live by it."""

    def __init__(self, acquire: Acquire, *, clock: Clock) -> None:
        self._acquire = acquire
        self._clock = clock
        self._token = ""
        self._made: datetime | None = None
        self._until: datetime | None = None
        self._task: asyncio.Task[bool] | None = None

    async def token(self, *, fresh: bool = False) -> str:
        """A token that lives for more than five minutes. `fresh`: the one at hand was refused.

        Raises Unavailable("token"); why is in no message, since the libraries' errors quote what they were given.
        """
        now = self._clock()
        if self._until is not None and self._made is not None:
            # Many calls may be refused at once: a token made a moment ago is fresh enough for all of them.
            usable = now - self._made < PAUSE_BETWEEN_FRESH if fresh else now < self._until - RENEWED_BEFORE
            if usable:
                return self._token
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._renew(now, fresh))
        renewed = await asyncio.shield(self._task)  # who stops waiting does not stop the renewal
        if not renewed and (fresh or self._until is None or now >= self._until - NEARLY_OVER):
            raise Unavailable("token")
        return self._token

    async def _renew(self, now: datetime, fresh: bool) -> bool:
        try:
            issued = await asyncio.to_thread(self._acquire, fresh)
            if issued.seconds <= 0:
                raise ValueError
            until = now + timedelta(seconds=issued.seconds)
        except Exception as error:  # two libraries and their transports: the kinds cannot be listed
            _log.warning("connector token not acquired: %s", type(error).__name__)
            return False
        self._token, self._made, self._until = issued.token, now, until
        return True


def with_secret(
    app_id: str, tenant: str, secret: str, *, login: str = LOGIN, certificate: Path | None = None
) -> Acquire:
    """Client secret. `login` and its `certificate` are given in the rehearsal only."""
    return _Msal(app_id, tenant, secret, login, certificate)


def with_certificate(
    app_id: str, tenant: str, pem: str, *, login: str = LOGIN, certificate: Path | None = None
) -> Acquire:
    """A PEM text with the private key and the certificate registered for the app."""
    return _Msal(app_id, tenant, {"private_key": pem, "public_certificate": pem}, login, certificate)


def with_managed_identity(app_id: str) -> Acquire:
    """A user-assigned managed identity (app type UserAssignedMSI)."""
    _silence()
    credential = ManagedIdentityCredential(
        client_id=app_id, retry_total=2, retry_backoff_max=2, connection_timeout=5, read_timeout=TIMEOUT
    )

    def acquire(_: bool) -> Issued:
        found = credential.get_token_info(SCOPE)
        return Issued(found.token, found.expires_on - datetime.now().astimezone().timestamp())

    return acquire


def _silence() -> None:
    # They log answers of the token endpoint as they came (msal/oauth2cli/oauth2.py), which may hold a token.
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


class _Msal:
    """One MSAL application, made at first use (its constructor asks the network) in the thread that needs it."""

    def __init__(self, app_id: str, tenant: str, credential: Any, login: str, certificate: Path | None) -> None:
        _silence()
        self._app_id = app_id
        self._authority = f"{login.rstrip('/')}/{tenant}"
        self._credential = credential
        self._certificate = certificate
        self._app: msal.ConfidentialClientApplication | None = None

    def __call__(self, fresh: bool) -> Issued:
        app = self._app = self._app or self._application()
        if fresh:
            app.remove_tokens_for_client()
        answer = app.acquire_token_for_client(scopes=[SCOPE])
        token, seconds = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(seconds, int | float):
            raise ValueError
        return Issued(token, float(seconds))

    def _application(self) -> msal.ConfidentialClientApplication:
        session = requests.Session()
        options: dict[str, Any] = {}
        if self._certificate is not None:
            session.trust_env = False
            session.verify = str(self._certificate)
            options["instance_discovery"] = False
        session.request = functools.partial(session.request, timeout=TIMEOUT)  # type: ignore[method-assign]
        return msal.ConfidentialClientApplication(
            self._app_id,
            client_credential=self._credential,
            authority=self._authority,
            http_client=session,
            **options,
        )
