"""Which messages were scanned, in which version, and which were deleted: ids and times, never text."""

from __future__ import annotations

import logging
from datetime import datetime

from bot.bounded import Bounded
from bot.ports import Books, BooksError

log = logging.getLogger(__name__)

RECENT = 50_000
DELETED = 5_000
FLUSH_AT = 2_000
"""Only a flood gets there before the next regular flush; a transaction costs as much as some hundred rows of it."""


class Seen:
    """What this process remembers of messages; what was scanned is written down now and then, for the others too.

    All times are the platform's, so that versions and deletions have the same order whoever brings them, and when.
    """

    def __init__(self, books: Books) -> None:
        self._books = books
        self._recent: Bounded[tuple[str, str], datetime] = Bounded(RECENT)
        self._deleted: Bounded[tuple[str, str], datetime] = Bounded(DELETED)
        self._unwritten: list[tuple[str, str, datetime]] = []

    def version(self, conversation: str, message: str) -> datetime | None:
        """The newest version of a message that was scanned, as far as this process remembers."""
        return self._recent.get((conversation, message))

    async def version_anywhere(self, conversation: str, message: str) -> datetime | None:
        """The same, looked up where this process remembers none. Raises BooksError."""
        if (conversation, message) not in self._recent:
            for known, modified in (await self._books.seen(conversation)).items():
                # A chat that is read back asks once, not for each message.
                if (conversation, known) not in self._recent:
                    self._recent[conversation, known] = modified
        return self._recent.get((conversation, message))

    def scanned(self, conversation: str, message: str, modified: datetime) -> bool:
        """Note a version as scanned. Returns whether it is time to write down what was noted."""
        self._recent[conversation, message] = max(modified, self._recent.get((conversation, message), modified))
        self._unwritten.append((conversation, message, modified))
        return len(self._unwritten) >= FLUSH_AT

    def deleted(self, conversation: str, message: str, at: datetime) -> None:
        """Note a deletion."""
        self._deleted[conversation, message] = max(at, self._deleted.get((conversation, message), at))

    def deletion(self, conversation: str, message: str, since: datetime) -> datetime | None:
        """When the message was deleted, unless that was before `since`."""
        at = self._deleted.get((conversation, message))
        return at if at is not None and at >= since else None

    async def flush(self) -> None:
        """Write down which messages were scanned (ids and times). What a crash loses is scanned again."""
        unwritten, self._unwritten = self._unwritten, []
        if not unwritten:
            return
        try:
            await self._books.mark_seen(unwritten)
        except BooksError as error:
            self._unwritten = unwritten[-RECENT:] + self._unwritten
            log.error("inbox.seen_not_written", extra={"error": str(error)})
