"""Alembic's entry: runs on the connection the product hands over, or on BOT_DATABASE_URL from the command line."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.types import TypeDecorator

from bot.storage.engine import make_engine, writing
from bot.storage.tables import metadata


def _plain(kind: str, thing: Any, _context: object) -> str | bool:
    """A migration names plain types: it must not change when bot/storage/columns.py does."""
    if kind == "type" and isinstance(thing, TypeDecorator):
        return f"sa.{thing.impl!r}"
    return False


def run(connection: Connection) -> None:
    """Run the wanted command inside the connection's transaction."""
    context.configure(connection=connection, target_metadata=metadata, render_item=_plain)
    with context.begin_transaction():
        context.run_migrations()


async def run_from_command_line() -> None:
    """`alembic revision --autogenerate` and the like, on the database of the settings."""
    engine = make_engine(os.environ["BOT_DATABASE_URL"])
    try:
        async with writing(engine) as connection:
            await connection.run_sync(run)
    finally:
        await engine.dispose()


if (given := context.config.attributes.get("connection")) is not None:
    run(given)
else:
    asyncio.run(run_from_command_line())
