"""One open transaction about one conversation (bot/ports/books.py)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.policy.decisions import Answer, Owe
from bot.policy.state import State, Thing
from bot.policy.terms import Terms
from bot.ports import Duty
from bot.storage import audit, ledger, pruning, things
from bot.storage.errors import own_errors
from bot.storage.tables import facts_taken

_ANSWER = ("card", "state", "refused", "forbidden")


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


class SqlPage:
    """What may be done while nobody else can write about the conversation."""

    def __init__(self, connection: AsyncConnection, conversation: str) -> None:
        self.connection = connection
        """The open transaction, for this room only (erasure)."""
        self.conversation = conversation
        self.changed = False
        """Whether anything of the state was written."""

    async def first_time(self, key: str, now: datetime) -> bool:
        """Note the fact's key; False if it was noted before. A key may name a person, so only its digest is kept."""
        digest = _digest(key)
        query = things.insert_into(self.connection, facts_taken).values(
            conversation=self.conversation, key=digest, at=now
        )
        with own_errors():
            query = query.on_conflict_do_nothing().returning(facts_taken.c.key)
            first = (await self.connection.execute(query)).first() is not None
            if first and pruning.has_turn(digest):
                await pruning.bound_facts(self.connection, self.conversation)
            return first

    async def keep_answer(self, key: str, answer: Answer) -> None:
        """Keep what was answered to the fact with this key."""
        kept = tuple((name, str(value)) for name in _ANSWER if (value := getattr(answer, name)))
        with own_errors():
            await self.connection.execute(update(facts_taken).where(self._fact(key)).values(answer=kept))

    async def answer(self, key: str) -> Answer | None:
        """What was answered to the fact with this key, if anything was."""
        with own_errors():
            found = (await self.connection.execute(select(facts_taken.c.answer).where(self._fact(key)))).scalar()
        if found is None:
            return None
        kept = dict(found)
        return Answer(
            card=kept.get("card"),
            state=kept.get("state", ""),
            refused=kept.get("refused"),
            forbidden="forbidden" in kept,
        )

    def _fact(self, key: str) -> Any:
        return and_(facts_taken.c.conversation == self.conversation, facts_taken.c.key == _digest(key))

    async def state(self, terms: Terms) -> State:
        """Everything known of the conversation."""
        with own_errors():
            return await things.load_state(self.connection, self.conversation, terms, to_write=True)

    async def keep(self, thing: Thing) -> None:
        """Insert or update by identity."""
        with own_errors():
            await things.keep(self.connection, thing)
        self.changed = True

    async def drop(self, thing: Thing) -> None:
        """Delete by identity."""
        with own_errors():
            await things.drop(self.connection, thing)
        self.changed = True

    async def owe(self, owe: Owe, now: datetime) -> None:
        """Insert the duty unless its key exists."""
        with own_errors():
            await ledger.owe(self.connection, self.conversation, owe, now)

    async def forgo(self, key: str) -> None:
        """Close an open duty as no longer owed."""
        with own_errors():
            await ledger.forgo(self.connection, self.conversation, key)

    async def record(self, kind: str, fields: Mapping[str, object], now: datetime) -> None:
        """Append to the conversation's audit chain."""
        with own_errors():
            await audit.append(self.connection, self.conversation, kind, fields, now)

    async def settle(self, duty: Duty, *, holder: str, result: str, code: str, now: datetime) -> bool:
        """Write the attempt and close the duty, under the holder's running lease."""
        with own_errors():
            return await ledger.settle(self.connection, duty, holder=holder, result=result, code=code, now=now)
