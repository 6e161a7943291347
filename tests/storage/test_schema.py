"""The schema: equal to the state classes, migrated from nothing, never downgraded, never run against a newer one."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.storage import StorageError, open_books
from bot.storage.engine import make_engine, reading, writing
from bot.storage.migrate import MIGRATIONS, config
from bot.storage.reports import consultation_report
from bot.storage.tables import TABLE_OF, metadata

from .samples import CHAT, NOW, consultation, keep, owe


@pytest.mark.parametrize("kind", TABLE_OF, ids=lambda kind: kind.__name__)
def test_a_table_has_the_fields_of_its_class(kind: type) -> None:
    """Names and order are the same, and a column is nullable exactly where the field may be None."""
    columns = list(TABLE_OF[kind].columns)
    fields = dataclasses.fields(kind)

    assert [column.name for column in columns] == [field.name for field in fields]
    assert [bool(column.nullable) for column in columns] == [_may_be_none(field) for field in fields]


def _may_be_none(field: dataclasses.Field[object]) -> bool:
    return "None" in str(field.type) or str(field.type) == "RungResult | None"


async def test_migrations_make_the_tables_we_declare(database: str) -> None:
    """Alembic finds no difference between a migrated database and bot/storage/tables.py."""
    books = await open_books(database)
    async with reading(books.engine) as connection:
        found = await connection.run_sync(lambda c: compare_metadata(MigrationContext.configure(c), metadata))
    await books.close()

    assert found == []


async def test_opening_again_keeps_everything(database: str) -> None:
    """A second opening finds the schema as it should be and the data where it was."""
    books = await open_books(database)
    await keep(books, consultation())
    await books.close()
    books = await open_books(database)
    found = await books.conversations()
    await books.close()

    assert found == [CHAT]


async def test_two_processes_may_open_an_empty_database_at_once(database: str) -> None:
    """One migrates, the other waits for it."""
    import asyncio

    one, two = await asyncio.gather(open_books(database), open_books(database))
    await keep(one, consultation())
    found = await two.conversations()
    await one.close()
    await two.close()

    assert found == [CHAT]


async def test_a_newer_schema_is_refused_and_left_alone(database: str) -> None:
    """A revision we do not know stops the start with `newer_schema`, before anything is written."""
    await (await open_books(database)).close()
    engine = make_engine(database)
    async with writing(engine) as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(StorageError, match="newer_schema"):
        await open_books(database)

    async with reading(engine) as connection:
        assert (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one() == "9999"
    await engine.dispose()


async def test_downgrading_is_refused(database: str) -> None:
    """There is no way back but a backup, and an attempt changes nothing."""
    books = await open_books(database)
    await keep(books, consultation())

    async def downgrade() -> None:
        async with writing(books.engine) as connection:
            await connection.run_sync(lambda c: command.downgrade(config(c), "base"))

    with pytest.raises(NotImplementedError, match="backup"):
        await downgrade()

    assert await books.conversations() == [CHAT]
    await books.close()


def test_every_migration_refuses_to_go_back() -> None:
    """So it is with every migration that will be added."""
    for path in (MIGRATIONS / "versions").glob("*.py"):
        assert "raise NotImplementedError" in path.read_text(encoding="utf-8"), path.name


@pytest.mark.parametrize(("content", "code"), [(b"this is no database " * 100, "not_a_database")])
async def test_a_file_that_is_no_database_is_named_so(tmp_path: Path, content: bytes, code: str) -> None:
    """Opening it fails with our code and leaves the file as it is."""
    path = tmp_path / "books.sqlite3"
    path.write_bytes(content)

    with pytest.raises(StorageError, match=code):
        await open_books(f"sqlite:///{path}")

    assert path.read_bytes() == content


async def test_a_missing_folder_or_server_is_unreachable(tmp_path: Path) -> None:
    """No driver's message comes through, with its paths and passwords."""
    for url in (f"sqlite:///{tmp_path / 'no' / 'books.sqlite3'}", "postgresql://me:hunter2@127.0.0.1:1/none"):
        with pytest.raises(StorageError, match="unreachable") as caught:
            await open_books(url)
        assert str(caught.value) == "unreachable"


async def test_a_report_makes_no_database(tmp_path: Path) -> None:
    """Asking for a report of a database that is not there is an error, and makes no file."""
    path = tmp_path / "books.sqlite3"

    with pytest.raises(StorageError, match="unreachable"):
        await consultation_report(f"sqlite:///{path}", CHAT)

    assert not path.exists()


async def test_a_full_disk_is_an_error_of_ours_and_loses_nothing(tmp_path: Path) -> None:
    """With no page left a write raises `full`, nothing of its page is kept, and after room is made it succeeds."""
    books = await open_books(f"sqlite:///{tmp_path / 'books.sqlite3'}")
    await keep(books, consultation())
    about = (("message", "9" * 500),)

    async def set_limit(pages: int) -> None:
        for _ in range(2):  # the setting belongs to a connection, and the pool may have two
            async with books.engine.connect() as connection:
                await connection.execute(text(f"PRAGMA max_page_count={pages}"))

    async with books.engine.connect() as connection:
        used = (await connection.execute(text("PRAGMA page_count"))).scalar_one()
    await set_limit(used + 1)
    with pytest.raises(StorageError, match="full") as caught:
        await owe(books, *(f"key:{n}" for n in range(200)), about=about)
    assert caught.value.passing
    assert await books.next_due() == (None, None)

    await set_limit(1_000_000)
    await owe(books, *(f"key:{n}" for n in range(200)), about=about)
    assert await books.next_due() == (NOW, None)
    await books.close()


async def test_statements_are_never_logged_with_their_values(database: str, caplog: pytest.LogCaptureFixture) -> None:
    """Even at the lowest level no log line holds a value that was written."""
    caplog.set_level(0)
    books = await open_books(database)
    await keep(books, consultation(tenant="a-very-special-tenant"))
    with pytest.raises(SQLAlchemyError) as caught:
        async with books.engine.connect() as connection:
            await connection.execute(text("SELECT nothing FROM nowhere WHERE x = :x"), {"x": "a-very-special-value"})
    await books.close()

    assert "a-very-special" not in caplog.text + str(caught.value)
