"""Connections: the URL picks the driver, and both databases get the settings the promises rest on.

SQLite: WAL, foreign keys, `secure_delete` (freed bytes are overwritten), BEGIN IMMEDIATE for everything that writes.
PostgreSQL: bounded waiting for locks and for idle transactions. No statement is ever logged with its parameters.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.storage.errors import StorageError, own_errors

if TYPE_CHECKING:
    from bot.storage.books import SqlBooks

BUSY_SECONDS = 10
"""How long a statement waits for another process's lock before it is `busy`."""

_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", "trusted_schema=OFF",
            "temp_store=MEMORY", f"busy_timeout={BUSY_SECONDS * 1000}")  # fmt: skip
_SETTINGS = (f"lock_timeout='{BUSY_SECONDS * 2}s'", "idle_in_transaction_session_timeout='60s'", "timezone='UTC'")


def _say_nothing(_record: logging.LogRecord) -> bool:
    return False


# At DEBUG aiosqlite logs every statement with its values; what goes wrong reaches us as exceptions anyway.
logging.getLogger("aiosqlite").addFilter(_say_nothing)


def make_engine(url: str, *, pool_size: int = 5) -> AsyncEngine:
    """An engine for `sqlite:///FILE` or `postgresql://...`. Raises ValueError for another scheme, without the URL."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ValueError("the database URL cannot be read") from None
    if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return _sqlite(parsed)
    if parsed.get_backend_name() == "postgresql":
        engine = create_async_engine(
            parsed.set(drivername="postgresql+psycopg"), pool_size=pool_size, max_overflow=pool_size,
            pool_pre_ping=True, hide_parameters=True,
        )  # fmt: skip
        event.listen(engine.sync_engine, "connect", _set_up_postgres)
        return engine
    raise ValueError("the database URL must begin with sqlite:/// or postgresql://")


def _sqlite(url: URL) -> AsyncEngine:
    engine = create_async_engine(
        url.set(drivername="sqlite+aiosqlite"),
        hide_parameters=True,
        connect_args={"isolation_level": None, "timeout": BUSY_SECONDS},  # we say BEGIN ourselves, see _begin
    )
    event.listen(engine.sync_engine, "connect", _set_up_sqlite)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    try:
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
    except Exception:
        connection.close()  # otherwise the driver's thread outlives the event loop
        raise


def _set_up_postgres(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for setting in _SETTINGS:
        cursor.execute(f"SET {setting}")
    cursor.close()
    connection.commit()


def _begin(connection: Connection) -> None:
    begin = connection.get_execution_options().get("begin", "BEGIN")
    if begin:
        connection.exec_driver_sql(begin)


@asynccontextmanager
async def writing(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A transaction that writes: committed at the end, rolled back by an exception."""
    with own_errors():
        async with engine.connect() as connection:
            await connection.execution_options(begin="BEGIN IMMEDIATE")
            async with connection.begin():
                yield connection


@asynccontextmanager
async def reading(engine: AsyncEngine, *, snapshot: bool = False) -> AsyncIterator[AsyncConnection]:
    """A transaction that only reads; with `snapshot` all its queries see one moment (SQLite: always)."""
    with own_errors():
        async with engine.connect() as connection:
            if snapshot and engine.dialect.name == "postgresql":
                await connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection


def existing(url: str) -> None:
    """Raise StorageError(unreachable) for an SQLite file that is not there: only `open_books` makes one."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ValueError("the database URL cannot be read") from None
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").is_file():
        raise StorageError("unreachable")


async def open_books(url: str, *, pool_size: int = 5) -> SqlBooks:
    """Open the database and bring its schema up to date.

    `sqlite://` without a file is a throw-away database for tests. Raises StorageError (`newer_schema` where a later
    version of the product wrote it), ValueError for a URL that is none.
    """
    from bot.storage.books import SqlBooks
    from bot.storage.migrate import migrate

    remove: list[TemporaryDirectory[str]] = []
    if url in ("sqlite://", "sqlite:///:memory:"):
        # A file of its own rather than :memory:, so that tests meet the same locks, log and pool as the product.
        remove.append(TemporaryDirectory(prefix="videoberatung-"))
        url = f"sqlite:///{Path(remove[0].name) / 'books.sqlite3'}"
    engine = make_engine(url, pool_size=pool_size)
    if engine.dialect.name == "sqlite":
        await asyncio.to_thread(_openable, engine.url.database or "")
    try:
        async with writing(engine) as connection:
            await migrate(connection)
    except BaseException:
        await engine.dispose()
        raise
    return SqlBooks(engine, remove=remove)


def _openable(path: str) -> None:
    """Raise StorageError(unreachable) where the file cannot be opened. Asked of the driver itself, in the open: where
    aiosqlite fails to open a file, its thread may outlive the event loop."""
    try:
        sqlite3.connect(path).close()
    except sqlite3.Error:
        raise StorageError("unreachable") from None


__all__ = ["StorageError", "make_engine", "open_books", "reading", "writing"]
