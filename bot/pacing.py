"""Our side of the platform's limits (teams-platform 9.5, 4.3), counted in the books and so shared by all replicas.

Each limit is kept a little below the platform's own, since two replicas may count at the same moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.ledger import Held
from bot.ports import Books, Clock, Duty

SPEAKS = frozenset(
    {
        "post_welcome",
        "post_sign_in",
        "post_ended",
        "post_flag",
        "redraw_flag",
        "say",
        "warn",
        "remind",
        "status",
        "ask_advisor",
    }
)
"""Kinds that send an activity. Everything else that leaves the house goes to Graph or reads."""

IN_A_CONVERSATION = ((timedelta(seconds=1), 6), (timedelta(seconds=30), 55), (timedelta(hours=1), 1700))
"""Activities a bot may send in one conversation: 7 in 1 s, 60 in 30 s, 1,800 in an hour (9.5)."""

IN_THE_TENANT = ((timedelta(seconds=1), 40),)
"""Requests of an app in a tenant: 50 in a second, 30 in an older copy (9.5)."""

TO_GRAPH = ((timedelta(seconds=1), 25),)
"""Graph calls on chats: 30 in a second for each app and tenant (4.3)."""

CHAT_DELETIONS = ((timedelta(seconds=1), 1),)
"""One chat in a second for the whole tenant (4)."""

LOCAL = frozenset({"erase", "erase_findings", "purge"})
"""Kinds that ask nobody outside."""


@dataclass(frozen=True, slots=True)
class Pacing:
    """Asked before each effect: returns, having counted the request, or raises Held until there is room again."""

    books: Books
    clock: Clock

    async def __call__(self, duty: Duty) -> None:
        """Count one request for this duty. Raises Held."""
        if duty.kind in LOCAL:
            return
        target = "connector" if duty.kind in SPEAKS else "graph"
        if target == "connector":
            await self._room("connector", IN_A_CONVERSATION, duty.conversation)
            await self._room("connector", IN_THE_TENANT)
        else:
            await self._room("graph", TO_GRAPH)
        if duty.kind == "delete_chat":
            await self._room("delete_chat", CHAT_DELETIONS)
            await self.books.note_sent("delete_chat", duty.conversation, self.clock())
        await self.books.note_sent(target, duty.conversation, self.clock())

    async def _room(
        self, target: str, limits: tuple[tuple[timedelta, int], ...], conversation: str | None = None
    ) -> None:
        now = self.clock()
        for span, most in limits:
            if await self.books.sent_since(target, now - span, conversation) >= most:
                raise Held(now + min(span, timedelta(seconds=5)))
