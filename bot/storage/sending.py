"""What pacing counts (teams-platform 9.5): one row a request, kept as long as a limit looks back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports import Limit
from bot.storage.tables import sent

KEPT_FOR = timedelta(hours=2)
"""The longest window of the platform's limits is one hour (1,800 a conversation)."""

CLOCKS_DIFFER = timedelta(seconds=5)
"""Replicas' clocks differ by less. What lies further ahead was counted before a clock was set back: it would hold
everything until that moment has come again."""


async def admit(
    connection: AsyncConnection, conversation: str, limits: Sequence[Limit], now: datetime
) -> timedelta | None:
    """Count a request towards its limits, unless one of them has no room: then its span."""
    counts = (await connection.execute(select(*(_since(limit, conversation, now) for limit in limits)))).one()
    for limit, count in zip(limits, counts, strict=True):
        if count >= limit.most:
            return limit.span
    targets = dict.fromkeys(limit.target for limit in limits)
    await connection.execute(insert(sent), [{"target": t, "conversation": conversation, "at": now} for t in targets])
    return None


async def forget(connection: AsyncConnection, now: datetime) -> None:
    """Drop what no limit looks at any more."""
    await connection.execute(delete(sent).where(sent.c.at < now - KEPT_FOR))


def _since(limit: Limit, conversation: str, now: datetime) -> Any:
    query = select(func.count()).where(
        sent.c.target == limit.target, sent.c.at > now - limit.span, sent.c.at < now + CLOCKS_DIFFER
    )
    if limit.in_conversation:
        query = query.where(sent.c.conversation == conversation)
    return query.scalar_subquery()
