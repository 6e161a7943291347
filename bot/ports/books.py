"""Our own database: state, ledger and audit trail (architecture decision 2). Implemented by bot/storage."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.policy.decisions import Answer, Owe
from bot.policy.state import State, Thing
from bot.policy.terms import Terms


class BooksError(Exception):
    """Our own database could not do it. Its text is one of our enumerated codes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """One row of the ledger: an effect to carry out or a moment to come. Ids and counts, never text.

    `tries` counts the attempts made so far; `created_at` is when it was first owed. `uncertain` is True where an
    earlier attempt may have been carried out although no answer came (a lost answer, a holder that died with it).
    """

    conversation: str
    key: str
    kind: str
    about: tuple[tuple[str, str], ...]
    due_at: datetime
    created_at: datetime
    tries: int = 0
    uncertain: bool = False

    def of(self, name: str) -> str | None:
        """One of the ids the duty is about, or None."""
        return dict(self.about).get(name)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` requests to `target` ("connector", "graph") within any `span`, of one conversation or of all."""

    target: str
    span: timedelta
    most: int
    in_conversation: bool = False


class Page(Protocol):
    """One open transaction about one conversation, which nobody else can write to meanwhile."""

    async def first_time(self, key: str, now: datetime) -> bool:
        """Note the fact's key; False if it was noted before in this conversation."""
        ...

    async def keep_answer(self, key: str, answer: Answer) -> None:
        """Keep what was answered to the fact with this key, noted as taken before."""
        ...

    async def answer(self, key: str) -> Answer | None:
        """What was answered to the fact with this key, whichever replica took it."""
        ...

    async def state(self, terms: Terms) -> State:
        """Everything known of the conversation (`appointment:<ref>` names an appointment without a chat yet)."""
        ...

    async def keep(self, thing: Thing) -> None:
        """Insert or update by `identity(thing)`."""
        ...

    async def drop(self, thing: Thing) -> None:
        """Delete by `identity(thing)`; not there any more is no error."""
        ...

    async def owe(self, owe: Owe, now: datetime) -> None:
        """Insert the duty unless its key exists. With `again`: an existing one becomes open and due anew, its tries
        at nought; an open one keeps the earlier due time."""
        ...

    async def forgo(self, key: str) -> None:
        """Close an open duty as no longer owed. One that somebody is carrying out, or that may have been carried out
        although no answer came, stays open: whoever comes to it looks first, and what came of it is still told."""
        ...

    async def record(self, kind: str, fields: Mapping[str, object], now: datetime) -> None:
        """Append to the conversation's audit chain. Raises ValueError for a kind or field that is not allow-listed."""
        ...

    async def settle(self, duty: Duty, *, holder: str, result: str, code: str, now: datetime) -> bool:
        """Write the attempt and close the duty; False (nothing written) if `holder` has lost its lease or the duty is
        no longer open."""
        ...


class Books(Protocol):
    """Our own database: state, ledger, audit trail (architecture decision 2). Implemented by bot/storage."""

    def page(self, conversation: str) -> AbstractAsyncContextManager[Page]:
        """Open a page; committed at the end of the block, rolled back by an exception."""
        ...

    async def state(self, conversation: str, terms: Terms) -> State:
        """Everything known of the conversation as it stands, without waiting for whoever has its page open."""
        ...

    def changes(self) -> AsyncIterator[str | None]:
        """Conversations whose state another replica has written; None, first of all, where any may have been written.
        Ends where there are no other replicas; raises BooksError where nothing can be heard any more."""
        ...

    async def claim(
        self, now: datetime, *, holder: str, lease: timedelta, limit: int, conversation: str | None = None
    ) -> list[Duty]:
        """Take open duties that are due and not under somebody's running lease, oldest due first, at most a few for
        one conversation so that a flood cannot starve others."""
        ...

    async def postpone(
        self,
        duty: Duty,
        *,
        holder: str,
        until: datetime,
        code: str,
        now: datetime,
        counts: bool = True,
        uncertain: bool = False,
    ) -> None:
        """Write the attempt (unless `counts` is False: it was not asked, only held back for pacing), give the lease
        back and make the duty due again at `until`, marked as waiting for a retry. `uncertain` stays with the duty
        once set; `claim` sets it too for a duty whose lease ran out."""
        ...

    async def next_due(self) -> tuple[datetime | None, datetime | None]:
        """(earliest open duty that waits for its first time, earliest that waits for a retry, pacing or look-up)."""
        ...

    async def leased(self, now: datetime) -> int:
        """How many duties are under a running lease."""
        ...

    async def mark_seen(self, seen: Sequence[tuple[str, str, datetime]]) -> None:
        """Note (conversation, message, modified) as scanned; keeps the newest `modified` of a message."""
        ...

    async def seen(self, conversation: str) -> dict[str, datetime]:
        """Every message of the conversation noted as scanned, with the newest `modified`."""
        ...

    async def conversations(self, *, open_only: bool = True) -> list[str]:
        """Conversations with an open consultation (or all)."""
        ...

    async def not_read_to_the_end(self) -> list[str]:
        """Conversations with an ended consultation whose chat was not read back since."""
        ...

    async def conversation_of_subscription(self, subscription: str) -> str | None:
        """Which chat a change-notification subscription belongs to."""
        ...

    async def conversation_of_card(self, chat: str, activity: str) -> str | None:
        """The consultation a card of ours was posted for (it may stand in the advisor's 1:1 chat). Without an activity
        the one the chat is about: the newest that is shown in it."""
        ...

    async def advisor_chat(self, conversation: str) -> str | None:
        """The advisor's own chat with the bot, once it is known."""
        ...

    async def keep_subscription(self, conversation: str, subscription: str, expires: datetime) -> None:
        """Remember the chat's subscription (one a chat; replaces the former)."""
        ...

    async def subscription_of(self, conversation: str) -> tuple[str, datetime] | None:
        """The chat's subscription with its expiry."""
        ...

    async def consultations_of_advisor(self, aad: str) -> list[str]:
        """Open consultations whose advisor (or, without one, whose adding person) is this Entra user."""
        ...

    async def admit(self, asked: Sequence[tuple[str, Sequence[Limit]]], now: datetime) -> list[timedelta | None]:
        """Requests to the platform, each with its conversation and limits, in one transaction: None where there is room
        for it, and it is counted, for all replicas; otherwise how long the limit that has none looks back."""
        ...
