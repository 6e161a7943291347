"""One HTTP request to Microsoft Graph: token, time-outs, limits, and our own errors instead of foreign ones.

Nothing of an answer's text gets into an exception: codes are enumerated here, and the exceptions of the HTTP and JSON
libraries (which carry URLs and documents) are never chained.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import quote

import aiohttp
from yarl import URL

from bot.ports import Gone, PlatformError, Refused, Throttled, Unavailable

TIMEOUT = aiohttp.ClientTimeout(total=20, sock_connect=5)
MAX_ANSWER = 8 * 1024 * 1024
"""Bytes of an answer that are read; the largest real one is a page of 50 chat messages of 100 KB."""
MAX_PAGES = 2000
MAX_RETRY_AFTER = 86_400.0
PREFER = {"Prefer": "include-unknown-enum-members"}
"""Without it system messages arrive as `unknownFutureValue` (teams-platform 5.2)."""
SAFE_TO_REPEAT = frozenset({"GET"})
DONE = frozenset({200, 201, 204})
"""What counts as confirmed; 202 (accepted) does for a POST only, where Graph documents it: sendMail."""
REFUSALS = {
    400: "bad_request",
    403: "forbidden",
    405: "not_allowed",
    409: "conflict",
    413: "too_large",
}


class TokenSource(Protocol):
    """Where bearer tokens come from (bot/graph/identity.py)."""

    async def token(self, *, instead_of: str | None = None) -> str:
        """A valid token, another one than `instead_of`."""
        ...


async def at_once() -> None:
    """Waits for nothing."""


class GraphHttp:
    """Graph over one aiohttp session. `root` is `https://graph.microsoft.com`, without the version."""

    def __init__(self, session: aiohttp.ClientSession, tokens: TokenSource, root: str) -> None:
        self._session = session
        self._tokens = tokens
        self.base = URL(root.rstrip("/") + "/v1.0")

    def url(self, *segments: str, query: Mapping[str, str] | None = None) -> URL:
        """An address below the base; every segment and every query value is percent-encoded as a whole.

        Raises Refused("bad_id") for a segment that would change the path: none of Graph's ids is `.` or `..`.
        """
        if any(segment in ("", ".", "..") for segment in segments):
            raise Refused("bad_id")
        path = "/".join(quote(segment, safe="") for segment in segments)
        options = "&".join(f"{name}={quote(value, safe='')}" for name, value in (query or {}).items())
        return URL(f"{self.base}/{path}{'?' + options if options else ''}", encoded=True)

    async def send(self, method: str, url: URL, body: Mapping[str, Any] | None = None, **headers: str) -> None:
        """A request whose answer has nothing we need. Raises PlatformError."""
        await self._request(method, url, body, headers)

    async def ask(
        self, method: str, url: URL, body: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """A request answered by a JSON object. Raises PlatformError."""
        raw = await self._request(method, url, body, headers or {})
        try:
            answer = json.loads(raw)
        except (ValueError, RecursionError):  # a JSONDecodeError carries the whole document: never chained
            answer = None
        if not isinstance(answer, dict):
            raise Unavailable("bad_answer", maybe_done=method not in SAFE_TO_REPEAT)
        return answer

    async def pages(
        self, url: URL, headers: Mapping[str, str] | None = None, *, before: Callable[[], Awaitable[None]] = at_once
    ) -> AsyncIterator[list[Any]]:
        """The `value` of every page; `@odata.nextLink` is followed on our own Graph only. `before` is awaited before
        each. Raises PlatformError."""
        seen = {str(url)}
        for _ in range(MAX_PAGES):
            await before()
            answer = await self.ask("GET", url, headers=headers)
            items, link = answer.get("value"), answer.get("@odata.nextLink")
            if not isinstance(items, list):
                raise Unavailable("bad_answer")
            yield items
            if link is None:
                return
            url = self._own(link)
            if str(url) in seen:
                raise Unavailable("endless_pages")
            seen.add(str(url))
        raise Unavailable("endless_pages")

    def _own(self, link: object) -> URL:
        """`link` if it leads back to our own Graph: the bearer token goes nowhere else."""
        try:
            url = URL(link, encoded=True) if isinstance(link, str) else None
            if url and url.origin() == self.base.origin() and url.path.startswith(self.base.path + "/"):
                return url
        except ValueError:
            pass
        raise Unavailable("foreign_next_link")

    async def _request(
        self, method: str, url: URL, body: Mapping[str, Any] | None, headers: Mapping[str, str]
    ) -> bytes:
        token = await self._tokens.token()
        status, answer, retry_after = await self._once(method, url, body, headers, token)
        if status == 401:
            token = await self._tokens.token(instead_of=token)
            status, answer, retry_after = await self._once(method, url, body, headers, token)
        if status in DONE or (status == 202 and method == "POST"):
            return answer
        raise _problem(method, status, retry_after)

    async def _once(
        self, method: str, url: URL, body: Mapping[str, Any] | None, headers: Mapping[str, str], token: str
    ) -> tuple[int, bytes, float | None]:
        """(status, body of a success, Retry-After in seconds). Never a redirect: it would carry the token along."""
        maybe_done = method not in SAFE_TO_REPEAT
        try:
            async with self._session.request(
                method,
                url,
                json=body,
                headers={"Accept": "application/json", **headers, "Authorization": f"Bearer {token}"},
                timeout=TIMEOUT,
                allow_redirects=False,
            ) as response:
                if not 200 <= response.status < 300:
                    return response.status, b"", retry_after_of(response.headers.get("Retry-After"))
                if response.content_type == "text/html":  # a proxy's page is no confirmation of anything
                    problem = Unavailable("bad_answer", maybe_done=maybe_done)
                else:
                    answer = bytearray()
                    async for chunk in response.content.iter_chunked(64 * 1024):
                        answer += chunk
                        if len(answer) > MAX_ANSWER:
                            break
                    else:
                        return response.status, bytes(answer), None
                    problem = Unavailable("answer_too_large", maybe_done=maybe_done)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL):
            problem = Unavailable("unreachable")  # nothing was sent
        except TimeoutError:
            problem = Unavailable("timeout", maybe_done=maybe_done)
        except (aiohttp.ClientError, asyncio.IncompleteReadError, OSError, ValueError):
            problem = Unavailable("connection_lost", maybe_done=maybe_done)
        raise problem


def retry_after_of(value: str | None, now: datetime | None = None) -> float | None:
    """Seconds of a `Retry-After` header, which is a number or an HTTP date; None where absent or not understood."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit() and len(value) < 10:
        return min(float(value), MAX_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(value)
        seconds = (moment - (now or datetime.now(UTC))).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)


def _problem(method: str, status: int, retry_after: float | None) -> PlatformError:
    """Our error for a status. A 503 says that nothing was done; after any other 5xx it may have been."""
    if status in (404, 410):
        return Gone("not_found", status)
    if status in (412, 429):
        return Throttled("throttled" if status == 429 else "precondition", status, retry_after)
    if status == 408 or status >= 500:
        maybe_done = method not in SAFE_TO_REPEAT and status != 503
        return Unavailable("server_error", status, maybe_done=maybe_done, retry_after=retry_after)
    if status == 401:  # our token was not taken, twice: that says nothing about what was asked for
        return Unavailable("unauthorized", status, retry_after=retry_after)
    if 400 <= status < 500:
        return Refused(REFUSALS.get(status, "refused"), status)
    return Unavailable("bad_answer", status, maybe_done=method not in SAFE_TO_REPEAT)
