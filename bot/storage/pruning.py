"""What the database need not remember any longer: bounded while a consultation lasts, gone when its retention is over.

Rows that only keep something from being done twice (facts taken, messages seen, closed duties) are worth nothing once
nobody can bring the same thing again. What must stay true of a finding is in its own row, not here.
"""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, and_, delete, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.tables import attempts, facts_taken, owed, seen, sent

FACTS_KEPT = 2_000
"""Keys of facts a conversation keeps at least. A delivery is repeated within minutes (teams-platform 9.1), a change
notification within four hours (6): by then a flood has not brought as many."""

SEEN_KEPT = 5_000
"""Messages a conversation knows as scanned; one that is forgotten and read back is scanned again, to the same end."""

LOOK_UPS_KEPT = 500
"""Closed duties of one conversation that only looked at one message."""

ATTEMPTS_KEPT = 100
"""Attempts kept of one duty: more than a rung of the ladder ever needs, and a bound for what is done every minute."""

STALE_AFTER = timedelta(days=30)
"""Nothing is delivered again after this, whatever it belongs to."""

TURN = 1024
"""One insertion in so many clears up behind all of them."""


def has_turn(name: str) -> bool:
    """Whether this one is to clear up: decided by its own name, so that no replica keeps count."""
    return zlib.crc32(name.encode("utf-8", "replace")) % TURN == 0


async def bound_facts(connection: AsyncConnection, conversation: str) -> None:
    """Forget the oldest keys beyond FACTS_KEPT."""
    await _keep_newest(connection, facts_taken, facts_taken.c.at, conversation, FACTS_KEPT)


async def bound_seen(connection: AsyncConnection, conversation: str) -> None:
    """Forget the oldest messages beyond SEEN_KEPT."""
    await _keep_newest(connection, seen, seen.c.modified, conversation, SEEN_KEPT)


async def bound_look_ups(connection: AsyncConnection, conversation: str) -> None:
    """Forget the oldest look-ups beyond LOOK_UPS_KEPT, with their attempts."""
    closed = and_(owed.c.kind == "read_back", owed.c.state != "open")
    await _keep_newest(connection, owed, owed.c.seq, conversation, LOOK_UPS_KEPT, closed)
    await drop_attempts_of_nothing(connection, conversation)


async def bound_attempts(connection: AsyncConnection, conversation: str, key: str, last: int) -> None:
    """Forget the oldest attempts of a duty, the last of which has the number `last`."""
    if last > ATTEMPTS_KEPT:
        here = (attempts.c.conversation == conversation, attempts.c.key == key)
        await connection.execute(delete(attempts).where(*here, attempts.c.n <= last - ATTEMPTS_KEPT))


async def close_books_on(connection: AsyncConnection, conversation: str, now: datetime) -> dict[str, int]:
    """The consultation is over and its time too: what was taken, carried out and counted goes; what is still owed
    stays. Returns how many rows of each table went."""
    counts = {}
    for table in (facts_taken, sent):
        gone = await connection.execute(delete(table).where(table.c.conversation == conversation))
        counts[table.name] = gone.rowcount
    closed = delete(owed).where(owed.c.conversation == conversation, owed.c.state != "open")
    counts["owed"] = (await connection.execute(closed)).rowcount
    counts["attempts"] = await drop_attempts_of_nothing(connection, conversation)
    await connection.execute(delete(facts_taken).where(facts_taken.c.at < now - STALE_AFTER))
    return counts


async def drop_attempts_of_nothing(connection: AsyncConnection, conversation: str) -> int:
    """Attempts at duties that are gone."""
    theirs = exists().where(owed.c.conversation == attempts.c.conversation, owed.c.key == attempts.c.key)
    gone = await connection.execute(delete(attempts).where(attempts.c.conversation == conversation, ~theirs))
    return gone.rowcount


async def _keep_newest(
    connection: AsyncConnection, table: Table, age: Any, conversation: str, newest: int, which: Any = True
) -> None:
    here = and_(table.c.conversation == conversation, which)
    oldest_kept = select(age).where(here).order_by(age.desc()).offset(newest - 1).limit(1).scalar_subquery()
    await connection.execute(delete(table).where(here, age < oldest_kept))
