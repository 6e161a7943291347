"""Removing the bytes of what was erased from the database's own files.

SQLite: `secure_delete` has overwritten the cells; VACUUM rewrites the file and the log is checkpointed and truncated.
PostgreSQL: VACUUM (FULL) rewrites the touched tables with their indexes. What stays there is the server's write-ahead
log until its segments are recycled, and every backup or replica: docs for operators say for how long.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.storage.errors import StorageError, own_errors

TRIES = 20
PAUSE = 0.1
"""Seconds between looks at whether other processes have let go of the old rows."""


async def remove_old_bytes(engine: AsyncEngine, tables: Iterable[str]) -> None:
    """Rewrite the tables. Raises StorageError(open_readers) if another process still reads the old rows."""
    with own_errors():
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT", begin="")
            if engine.dialect.name == "postgresql":
                await _wait_for_snapshots(connection)
                for table in tables:
                    await connection.exec_driver_sql(f"VACUUM (FULL) {table}")
            else:
                await _rewrite_file(connection)


async def _rewrite_file(connection: AsyncConnection) -> None:
    await connection.exec_driver_sql("VACUUM")
    for _ in range(TRIES):
        row = (await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")).first()
        if row is not None and row[0] == 0:
            return
        await asyncio.sleep(PAUSE)
    raise StorageError("open_readers")


_OLDER = """
SELECT count(*) FROM (
    SELECT unnest(ARRAY[backend_xmin, backend_xid]) AS held FROM pg_stat_activity
        WHERE (datname = current_database() OR backend_type = 'walsender') AND pid <> pg_backend_pid()
    UNION ALL SELECT transaction FROM pg_prepared_xacts WHERE database = current_database()
    UNION ALL SELECT xmin FROM pg_replication_slots
) AS holding WHERE age(held) >= age(%s::text::xid)
"""
"""How many could still see, or keep others from forgetting, what was there at this transaction: a snapshot, a running
or prepared transaction however idle (every later snapshot reaches back to it), a standby that is read from."""


async def _wait_for_snapshots(connection: AsyncConnection) -> None:
    """VACUUM keeps row versions that some open transaction could still see: wait until there is none."""
    current = (await connection.exec_driver_sql("SELECT pg_current_xact_id()::xid::text")).scalar_one()
    for _ in range(TRIES):
        if (await connection.exec_driver_sql(_OLDER, (current,))).scalar_one() == 0:
            return
        await asyncio.sleep(PAUSE)
    raise StorageError("open_readers")
