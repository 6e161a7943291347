"""What one replica writes, told to the others (PostgreSQL's NOTIFY), so that nothing remembered outlives it.

What is told is the name of a conversation, in the transaction that changed it: it arrives with the commit, or never.
A beat of our own shows that the listener hears: a connection that was lost silently, or a pooler that hands each
transaction to another connection, would leave it deaf.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import psycopg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.storage.errors import StorageError, code_of, own_errors

BEAT_SECONDS = 5.0
"""How long the listener may be deaf before it is noticed."""

_LONGEST = 4000
"""A payload has less than 8,000 bytes; a longer name is told as "anything"."""

_CHANNEL = "'videoberatung_' || md5(current_schema())"
"""Channels belong to a whole database: installations in two schemas of it are none of each other's business."""

_TELL = text(f"SELECT pg_notify({_CHANNEL}, :payload)")


async def tell(connection: AsyncConnection, teller: str, conversation: str) -> None:
    """Tell with this transaction that the state of the conversation was written. `teller` names this replica."""
    name = conversation if len(conversation.encode("utf-8", "replace")) <= _LONGEST else ""
    await connection.execute(_TELL, {"payload": f"{teller} {name}"})


async def changes(engine: AsyncEngine, teller: str, *, beat: float = BEAT_SECONDS) -> AsyncIterator[str | None]:
    """Conversations that others than `teller` have changed; None, first of all, where any may have been.

    Runs until it is closed, on a connection of its own. Raises StorageError where nothing can be heard any more.
    """
    with own_errors():
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            driver: Any = (await connection.get_raw_connection()).driver_connection
            await connection.run_sync(lambda it: it.detach())  # never back to the pool: it would go on listening
            channel = (await connection.exec_driver_sql(f"SELECT {_CHANNEL}")).scalar_one()
            await connection.exec_driver_sql(f"LISTEN {channel}")
            yield None
            while True:
                async with engine.begin() as other:
                    await other.execute(_TELL, {"payload": teller})  # the beat: a name and nothing told
                alive = False
                async for said in _heard(driver, beat):
                    who, told, conversation = said.partition(" ")
                    if told and who != teller:
                        yield conversation or None
                    alive = alive or who == teller
                if not alive:
                    raise StorageError("unreachable")


async def _heard(driver: Any, seconds: float) -> AsyncIterator[str]:
    try:
        async for notice in driver.notifies(timeout=seconds):
            yield notice.payload
    except psycopg.Error as error:
        raise StorageError(code_of(error)) from None
