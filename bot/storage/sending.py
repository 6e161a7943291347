"""What pacing counts (teams-platform 9.5): one row a request, kept as long as a limit looks back."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.tables import sent

KEPT_FOR = timedelta(hours=2)
"""The longest window of the platform's limits is one hour (1,800 a conversation)."""


async def sent_since(connection: AsyncConnection, target: str, since: datetime, conversation: str | None) -> int:
    """How many requests went to `target` after `since` (in this conversation)."""
    query = select(func.count()).select_from(sent).where(sent.c.target == target, sent.c.at > since)
    if conversation is not None:
        query = query.where(sent.c.conversation == conversation)
    return int((await connection.execute(query)).scalar_one())


async def note_sent(connection: AsyncConnection, target: str, conversation: str, now: datetime) -> None:
    """Count one request, and drop what no limit looks at any more."""
    await connection.execute(insert(sent).values(target=target, conversation=conversation, at=now))
    await connection.execute(delete(sent).where(sent.c.at < now - KEPT_FOR))
