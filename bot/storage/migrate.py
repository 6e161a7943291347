"""Bringing the schema up to date, with Alembic, inside one transaction."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.errors import StorageError

MIGRATIONS = Path(__file__).parent / "migrations"

_LOCK = 8_317_461_009_552_413_117
"""Advisory lock under which one replica migrates while the others wait (any constant number will do)."""


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration without its ini file, which only the command line needs."""
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.attributes["connection"] = connection
    return made


async def migrate(connection: AsyncConnection) -> None:
    """Upgrade to head. Raises StorageError(newer_schema) if the database knows a revision that we do not."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _LOCK})
    await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    made = config(connection)
    script = ScriptDirectory.from_config(made)
    known = {revision.revision for revision in script.walk_revisions()}
    here = set(MigrationContext.configure(connection).get_current_heads())
    if here - known:
        raise StorageError("newer_schema")
    if here == set(script.get_heads()):
        return
    try:
        command.upgrade(made, "head")
    except CommandError:
        raise StorageError("failed") from None
