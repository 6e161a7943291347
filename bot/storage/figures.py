"""Counts over all consultations: how well the guard does, never how anybody does (landscape N22, Section 26 BDSG).

No person, advisor, consultation, message or time is in them, and none can be asked for. Findings and false alarms are
counted from the trails, which outlast the rows of the findings; purged trails no longer count.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.engine import existing, make_engine, reading
from bot.storage.tables import audit, consultations, recordings

FINDING = "message:finding:"
RELEASED = "finding:released"

Figures = dict[str, Any]


async def figures(database_url: str) -> Figures:
    """The counts as plain data, names in order; nothing counted is nothing named.

    `findings`: kind -> outcome -> number of messages as they stand; `false_alarms`: kind -> who said so (`author`,
    `advisor`); `consultations` by state, `hearing` by path, `recordings` by verdict; `requests_by_staff`: how often
    staff asked for a secret. Raises StorageError where the database is missing, ValueError for a URL that is none.
    """
    existing(database_url)
    engine = make_engine(database_url, pool_size=1)
    try:
        async with reading(engine, snapshot=True) as connection:
            found, released = await _from_trails(connection)
            return {
                "consultations": await _by(connection, consultations.c.state),
                "hearing": await _by(connection, consultations.c.hearing),
                "findings": found,
                "false_alarms": released,
                "requests_by_staff": await _requests(connection),
                "recordings": await _by(connection, recordings.c.verdict),
            }
    finally:
        await engine.dispose()


async def _from_trails(connection: AsyncConnection) -> tuple[Figures, Figures]:
    """Of each message its last outcome, of each version of a message the first who called it no secret."""
    last: dict[tuple[str, str], tuple[str, list[str]]] = {}
    first: dict[tuple[str, str, int], tuple[str, list[str]]] = {}
    query = (
        select(audit.c.conversation, audit.c.kind, audit.c.fields)
        .where(audit.c.kind.startswith(FINDING, autoescape=True) | (audit.c.kind == RELEASED))
        .order_by(audit.c.conversation, audit.c.seq)
    )
    for conversation, kind, text in await connection.execute(query):
        fields = json.loads(text)
        message, kinds = fields.get("message", ""), fields.get("kinds", [])
        if kind == RELEASED:
            first.setdefault((conversation, message, fields.get("version", 0)), (fields.get("by", ""), kinds))
        else:
            last[conversation, message] = (kind.removeprefix(FINDING), kinds)
    return _crossed(last.values()), _crossed(first.values())


def _crossed(told: Iterable[tuple[str, list[str]]]) -> Figures:
    """kind -> word -> count; a message that discloses two kinds counts for both."""
    counts = Counter((kind, word) for word, kinds in told for kind in kinds)
    crossed: dict[str, dict[str, int]] = {}
    for (kind, word), count in sorted(counts.items()):
        crossed.setdefault(kind, {})[word] = count
    return crossed


async def _by(connection: AsyncConnection, column: Column[Any]) -> dict[str, int]:
    rows = await connection.execute(select(column, func.count()).group_by(column).order_by(column))
    return {str(word): int(count) for word, count in rows}


async def _requests(connection: AsyncConnection) -> int:
    total = select(func.coalesce(func.sum(consultations.c.requests), 0))
    return int((await connection.execute(total)).scalar_one())
