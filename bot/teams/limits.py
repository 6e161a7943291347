"""Reading no more than we are prepared to hold, and the same event only once."""

from __future__ import annotations

from datetime import datetime, timedelta

from aiohttp import StreamReader


class TooLarge(Exception):
    """More bytes came than the limit allows."""


async def read_at_most(stream: StreamReader, limit: int) -> bytes:
    """Read `stream` to its end; TooLarge as soon as more than `limit` bytes have come."""
    first = await stream.readany()
    if stream.at_eof() and len(first) <= limit:
        return first
    chunks, size = [first], len(first)
    while size <= limit:
        chunk = await stream.readany()
        if not chunk:
            return b"".join(chunks)
        chunks.append(chunk)
        size += len(chunk)
    raise TooLarge


class Recent:
    """Recognises what the platform reports twice under different ids (teams-platform 9.1, 2.1).

    An invoke was seen again 30 s later with a new id; an installation is told by two activities. Both name the same
    subject and say the same; so if the last thing said about a subject is said again within `window`, it is the first
    one again. Anything else said in between makes it a new event. Bounded by `limit` subjects, the oldest goes first.
    """

    def __init__(self, window: timedelta = timedelta(seconds=60), limit: int = 10_000) -> None:
        self._window = window
        self._limit = limit
        self._last: dict[str, tuple[str, datetime, str]] = {}

    def first(self, subject: str, content: str, at: datetime, ident: str = "") -> str:
        """Which saying this is: the moment it was said first, `at` itself or up to a window before it, with `ident`."""
        last = self._last.get(subject)
        if last is not None and last[0] == content and abs(at - last[1]) <= self._window:
            return last[2]
        if last is None and len(self._last) >= self._limit:
            del self._last[next(iter(self._last))]
        said = f"{at.isoformat()} {ident}".rstrip()
        self._last[subject] = (content, at, said)
        return said

    def forget(self, subject: str) -> None:
        """What is said next about this subject is new; the very same thing delivered again still says the same."""
        self._last.pop(subject, None)
