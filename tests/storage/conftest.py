"""Every test of the books runs on both databases; PostgreSQL in a throw-away schema of TEST_POSTGRES_URL.

Without that variable test_postgresql.py says, in one line, that PostgreSQL was left out.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.storage import open_books
from bot.storage.books import SqlBooks
from bot.storage.engine import make_engine, writing

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "")


@pytest.fixture(params=["sqlite", "postgresql"] if POSTGRES else ["sqlite"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The URL of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'books.sqlite3'}"
        return
    schema = f"test_{secrets.token_hex(6)}"
    engine = make_engine(POSTGRES)
    async with writing(engine) as connection:
        await connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    separator = "&" if "?" in POSTGRES else "?"
    yield f"{POSTGRES}{separator}options=-csearch_path%3D{schema}"
    async with writing(engine) as connection:
        await connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
    await engine.dispose()


@pytest.fixture
async def books(database: str) -> AsyncIterator[SqlBooks]:
    """Open books on an empty database."""
    opened = await open_books(database)
    yield opened
    await opened.close()


@pytest.fixture
async def other(database: str, books: SqlBooks) -> AsyncIterator[SqlBooks]:
    """The same database as a second process sees it."""
    opened = await open_books(database)
    yield opened
    await opened.close()
