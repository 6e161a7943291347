"""The books: our own database behind bot/ports/books.py. One transaction a call; `page` holds one open."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.policy.state import State
from bot.policy.terms import Terms
from bot.ports import Duty, Limit
from bot.storage import audit, changes, ledger, pruning, sending
from bot.storage.engine import reading, writing
from bot.storage.errors import own_errors
from bot.storage.pages import SqlPage
from bot.storage.tables import cards, consultations, owed, seen, subscriptions
from bot.storage.things import insert_into, load_state, write_rows
from bot.storage.turns import Turns


class SqlBooks:
    """Books on SQLite (one process) or PostgreSQL (any number of replicas)."""

    def __init__(self, engine: AsyncEngine, *, remove: Iterable[object] = ()) -> None:
        self.engine = engine
        self._postgres = engine.dialect.name == "postgresql"
        self._turns = Turns(one_for_all=not self._postgres)  # SQLite has one writer anyway
        self._remove = list(remove)
        self._name = secrets.token_hex(4)  # among the replicas

    async def close(self) -> None:
        """Give every connection back. A throw-away database is removed."""
        await self.engine.dispose()
        self._remove.clear()

    @asynccontextmanager
    async def page(self, conversation: str) -> AsyncIterator[SqlPage]:
        """Open a page. Raises RuntimeError if this task has one open already (they would wait for each other)."""
        async with self._writing(conversation) as connection:
            with own_errors():
                await self.lock(connection, [conversation])
            page = SqlPage(connection, conversation)
            yield page
            if page.changed and self._postgres:
                await changes.tell(connection, self._name, conversation)

    async def changes(self) -> AsyncIterator[str | None]:
        """Conversations that other replicas have changed. On SQLite there are none."""
        if self._postgres:
            async with aclosing(changes.changes(self.engine, self._name)) as told:
                async for conversation in told:
                    yield conversation

    async def state(self, conversation: str, terms: Terms) -> State:
        """Everything known of the conversation, all of it at one moment."""
        async with reading(self.engine, snapshot=True) as connection:
            return await load_state(connection, conversation, terms)

    async def lock(self, connection: AsyncConnection, conversations: Iterable[str]) -> None:
        """Keep other replicas from writing about these conversations until the transaction ends (for this room)."""
        if self._postgres:
            for number in sorted(map(lock_number, conversations)):
                await connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": number})

    @asynccontextmanager
    async def alone(self, conversation: str) -> AsyncIterator[None]:
        """Hold this process's turn to write without a transaction (for this room: VACUUM has its own)."""
        async with self._turns.of(conversation):
            yield

    @asynccontextmanager
    async def _writing(self, name: str) -> AsyncIterator[AsyncConnection]:
        async with self._turns.of(name), writing(self.engine) as connection:
            yield connection

    async def claim(
        self, now: datetime, *, holder: str, lease: timedelta, limit: int, conversation: str | None = None
    ) -> list[Duty]:
        """Take open duties that are due and free."""
        async with self._writing("claim") as connection:
            return await ledger.claim(
                connection, now, holder=holder, lease=lease, limit=limit, conversation=conversation
            )

    async def postpone(
        self, duty: Duty, *, holder: str, until: datetime, code: str, now: datetime, counts: bool = True,
        uncertain: bool = False,
    ) -> None:  # fmt: skip
        """Make a duty due again later."""
        async with self._writing(duty.conversation) as connection:
            await ledger.postpone(
                connection, duty, holder=holder, until=until, code=code, now=now, counts=counts, uncertain=uncertain
            )

    async def next_due(self) -> tuple[datetime | None, datetime | None]:
        """When the ledger has something to do."""
        async with reading(self.engine) as connection:
            return await ledger.next_due(connection)

    async def leased(self, now: datetime) -> int:
        """How many duties are under a running lease."""
        async with reading(self.engine) as connection:
            return await ledger.leased(connection, now)

    async def mark_seen(self, seen_now: Sequence[tuple[str, str, datetime]]) -> None:
        """Note messages as scanned; one transaction for all."""
        newest: dict[tuple[str, str], datetime] = {}
        for conversation, message, modified in seen_now:
            known = newest.get((conversation, message))
            newest[conversation, message] = modified if known is None else max(known, modified)
        if not newest:
            return
        # In one order everywhere, so that two replicas cannot wait for each other's rows.
        rows = [(conversation, message, newest[conversation, message]) for conversation, message in sorted(newest)]
        async with self._writing("seen") as connection:
            query = insert_into(connection, seen)
            newer = query.on_conflict_do_update(
                index_elements=["conversation", "message"],
                set_={"modified": query.excluded.modified},
                where=seen.c.modified < query.excluded.modified,
            )
            await write_rows(connection, newer, rows)
            for conversation in sorted({c for c, message in newest if pruning.has_turn(message)}):
                await pruning.bound_seen(connection, conversation)

    async def seen(self, conversation: str) -> dict[str, datetime]:
        """Every message noted as scanned."""
        async with reading(self.engine) as connection:
            rows = await connection.execute(
                select(seen.c.message, seen.c.modified).where(seen.c.conversation == conversation)
            )
            return {row.message: row.modified for row in rows}

    async def conversations(self, *, open_only: bool = True) -> list[str]:
        """Conversations with an open consultation (or all), oldest first."""
        query = select(consultations.c.conversation).order_by(consultations.c.opened_at, consultations.c.conversation)
        if open_only:
            query = query.where(consultations.c.state == "open")
        async with reading(self.engine) as connection:
            return list((await connection.execute(query)).scalars())

    async def not_read_to_the_end(self) -> list[str]:
        """Conversations with an ended consultation whose chat was not read back since, oldest first."""
        known = consultations.c
        unread = or_(known.read_back_to.is_(None), known.read_back_to < known.ended_at)
        query = select(known.conversation).where(known.state == "ended", unread)
        async with reading(self.engine) as connection:
            return list((await connection.execute(query.order_by(known.opened_at, known.conversation))).scalars())

    async def consultations_of_advisor(self, aad: str) -> list[str]:
        """Open consultations of this Entra user, oldest first."""
        theirs = or_(
            consultations.c.advisor == aad, and_(consultations.c.advisor.is_(None), consultations.c.organizer == aad)
        )
        query = select(consultations.c.conversation).where(consultations.c.state == "open", theirs)
        async with reading(self.engine) as connection:
            return list((await connection.execute(query.order_by(consultations.c.opened_at))).scalars())

    async def advisor_chat(self, conversation: str) -> str | None:
        """The advisor's own chat with the bot, once it is known."""
        query = select(consultations.c.advisor_chat).where(consultations.c.conversation == conversation)
        async with reading(self.engine) as connection:
            return (await connection.execute(query)).scalars().first()

    async def keep_subscription(self, conversation: str, subscription: str, expires: datetime) -> None:
        """Remember the chat's subscription in place of the former one."""
        values = {"subscription": subscription, "expires": expires}
        async with self._writing(conversation) as connection:
            query = insert_into(connection, subscriptions).values(conversation=conversation, **values)
            await connection.execute(query.on_conflict_do_update(index_elements=["conversation"], set_=values))

    async def subscription_of(self, conversation: str) -> tuple[str, datetime] | None:
        """The chat's subscription with its expiry."""
        query = select(subscriptions.c.subscription, subscriptions.c.expires)
        async with reading(self.engine) as connection:
            row = (await connection.execute(query.where(subscriptions.c.conversation == conversation))).first()
            return (row.subscription, row.expires) if row else None

    async def conversation_of_subscription(self, subscription: str) -> str | None:
        """Which chat a subscription belongs to."""
        query = select(subscriptions.c.conversation).where(subscriptions.c.subscription == subscription)
        async with reading(self.engine) as connection:
            return (await connection.execute(query)).scalars().first()

    async def conversation_of_card(self, chat: str, activity: str) -> str | None:
        """The consultation a card of ours was posted for. One that was never noted, its answer lost, or is not kept any
        more belongs to the meeting chat it stands in; in the chat of an advisor it is nobody's."""
        known = select(cards.c.conversation).where(cards.c.chat == chat, cards.c.activity == activity)
        here = consultations.c.conversation == chat
        shown = (
            select(consultations.c.conversation)
            .where(here if activity else or_(consultations.c.advisor_chat == chat, here))
            .order_by(consultations.c.opened_at.desc())
        )
        async with reading(self.engine) as connection:
            found = (await connection.execute(known)).scalars().first()
            return found or (await connection.execute(shown)).scalars().first()

    async def ping(self) -> None:
        """Ask the database for nothing. Raises StorageError where it cannot answer."""
        async with reading(self.engine) as connection:
            await connection.execute(text("SELECT 1"))

    async def take_over(self) -> None:
        """At the start of the only process on a SQLite file: whoever held a lease is gone, and what was under way may
        have been carried out. On PostgreSQL other replicas may be at work, so leases run out by themselves."""
        if self._postgres:
            return
        async with self._writing("claim") as connection:
            held = update(owed).where(owed.c.state == "open", owed.c.lease_holder.is_not(None))
            await connection.execute(held.values(lease_holder=None, lease_until=None, uncertain=True, retrying=True))

    async def admit(self, asked: Sequence[tuple[str, Sequence[Limit]]], now: datetime) -> list[timedelta | None]:
        """Check and count requests to the platform, one after the other, with every other replica waiting meanwhile."""
        async with self._writing("sent") as connection:
            await self.lock(connection, ["sent"])
            waits = [await sending.admit(connection, conversation, limits, now) for conversation, limits in asked]
            await sending.forget(connection, now)
            return waits

    async def verify_audit(self, conversation: str) -> str:
        """`verified`, `purged` or `broken at N`."""
        async with reading(self.engine) as connection:
            return await audit.verify(connection, conversation)


def lock_number(conversation: str) -> int:
    """The conversation as a signed 64-bit number, for PostgreSQL's advisory locks."""
    return int.from_bytes(hashlib.sha256(conversation.encode("utf-8", "replace")).digest()[:8], signed=True)
