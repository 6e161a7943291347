"""Our side of the platform's limits (teams-platform 9.5, 4.3), counted in the books and so shared by all replicas.

Each limit is kept a little below the platform's own, since two replicas may count at the same moment.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot.ledger import Held
from bot.ports import Books, Clock, Duty, Limit, Throttled

IN_THE_CHAT = frozenset(
    {
        "post_welcome",
        "post_sign_in",
        "post_ended",
        "post_flag",
        "redraw_flag",
        "say",
        "warn",
        "remind",
        "redraw_notice",
    }
)
"""Kinds that speak in the meeting chat."""

TO_THE_ADVISOR = frozenset({"status", "ask_advisor"})
"""Kinds that send to the advisor's own chat, which their consultations share. Everything else that leaves the house
goes to Graph or reads."""

IN_A_CONVERSATION = tuple(
    Limit("connector", timedelta(seconds=span), most, in_conversation=True)
    for span, most in ((1, 6), (2, 7), (30, 55), (3600, 1700))
)
"""Activities a bot may send in one conversation: 7 in 1 s, 8 in 2 s, 60 in 30 s, 1,800 in an hour (9.5)."""

MEMBERS = tuple(
    Limit("members", timedelta(seconds=span), most, in_conversation=True)
    for span, most in ((1, 12), (2, 14), (30, 110), (3600, 3400))
)
"""Times a bot may ask for a conversation's members: 14 in 1 s, 16 in 2 s, 120 in 30 s, 3,600 in an hour (9.5)."""

IN_THE_TENANT = Limit("connector", timedelta(seconds=1), 40)
"""Requests of an app in a tenant: 50 in a second, 30 in an older copy (9.5)."""

TO_SPEAK = (*IN_A_CONVERSATION, IN_THE_TENANT)

TO_GRAPH = Limit("graph", timedelta(seconds=1), 25)
"""Graph calls on chats: 30 in a second for each app and tenant (4.3)."""

READS = Limit("graph read", timedelta(seconds=1), 17)
"""Reads of chat messages, each page one: 20 in a second for each app and tenant (4.3)."""

PATIENCE = 5
"""How often a read waits for room before it gives up: what reads many pages must not begin anew for each of them."""

CHAT_DELETIONS = Limit("delete_chat", timedelta(seconds=1), 1)
"""One chat in a second for the whole tenant (4)."""

LONGEST_WAIT = timedelta(seconds=5)
"""How long a duty is held back at most before it asks again."""

LOCAL = frozenset({"erase", "erase_findings", "purge"})
"""Kinds that ask nobody outside."""


def limits_of(duty: Duty) -> tuple[Limit, ...]:
    """The limits a duty's request counts towards; none where nobody outside is asked."""
    if duty.kind in LOCAL:
        return ()
    if duty.kind in IN_THE_CHAT or duty.kind in TO_THE_ADVISOR:
        return TO_SPEAK
    if duty.kind == "read_roster":
        return (*MEMBERS, IN_THE_TENANT)
    return (TO_GRAPH, CHAT_DELETIONS) if duty.kind == "delete_chat" else (TO_GRAPH,)


class Pacing:
    """Asked before each effect: returns, having counted the request, or raises Held until there is room again.

    Duties that ask while the books are busy, as those of one claim do, are answered together: one transaction checks
    and counts them all, so that none slips past a limit between the two.
    """

    def __init__(
        self,
        books: Books,
        clock: Clock,
        *,
        advisor_chat: Callable[[str], Awaitable[str | None]],
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """`advisor_chat` tells the advisor's own chat of a conversation, as far as it is known."""
        self._books, self._clock, self._advisor_chat, self._sleep = books, clock, advisor_chat, sleep
        self._asked: list[tuple[Duty, asyncio.Future[timedelta | None]]] = []
        self._at_work: asyncio.Task[None] | None = None

    async def __call__(self, duty: Duty) -> None:
        """Count one request for this duty. Raises Held, and what the books raise."""
        if not limits_of(duty):
            return
        answer: asyncio.Future[timedelta | None] = asyncio.get_running_loop().create_future()
        self._asked.append((duty, answer))
        if self._at_work is None:
            self._at_work = asyncio.create_task(self._answer_all())
        wait = await answer
        if wait is not None:
            raise Held(self._clock() + min(wait, LONGEST_WAIT))

    async def room_to_read(self) -> None:
        """Wait for room for one read of chat messages and count it. Raises Throttled, and what the books raise."""
        for _ in range(PATIENCE):
            (wait,) = await self._books.admit([("", (READS,))], self._clock())
            if wait is None:
                return
            await self._sleep(wait.total_seconds())
        raise Throttled("own_pacing", retry_after=READS.span.total_seconds())

    async def room_to_speak(self, conversation: str) -> bool:
        """Whether one activity more may be sent there now; it is counted then. Raises what the books raise."""
        (wait,) = await self._books.admit([(conversation, TO_SPEAK)], self._clock())
        return wait is None

    async def _place(self, duty: Duty) -> str:
        """Whose limit it is: the conversation's, or that of the advisor's own chat, by a digest that names nobody."""
        chat = await self._advisor_chat(duty.conversation) if duty.kind in TO_THE_ADVISOR else None
        return duty.conversation if chat is None else hashlib.sha256(chat.encode("utf-8", "replace")).hexdigest()[:16]

    async def _answer_all(self) -> None:
        try:
            while self._asked:
                asked, self._asked = self._asked, []
                await self._answer(asked)
        finally:
            self._at_work = None

    async def _answer(self, asked: list[tuple[Duty, asyncio.Future[timedelta | None]]]) -> None:
        try:
            places = [(await self._place(duty), limits_of(duty)) for duty, _ in asked]
            waits = await self._books.admit(places, self._clock())
        except Exception as error:
            for _, answer in asked:
                if not answer.done():  # whoever asked may be gone
                    answer.set_exception(error)
            return
        for (_, answer), wait in zip(asked, waits, strict=True):
            if not answer.done():
                answer.set_result(wait)
