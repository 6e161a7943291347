"""What only PostgreSQL has: TRUNCATE, relation files, rows locked by another replica."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.storage import StorageError, compaction
from bot.storage.books import SqlBooks
from bot.storage.erasure import erase_consultation

from .conftest import POSTGRES
from .samples import CHAT, NOW, SOON, TERMS, claim, keep, owe
from .test_audit import run, write_trail
from .test_erasure import CUSTOMERS, LATER, THIRD, booking, write_story

if not POSTGRES:
    pytest.skip(
        "PostgreSQL tests left out: set TEST_POSTGRES_URL=postgresql://user@host:port/database to run them",
        allow_module_level=True,
    )

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@pytest.mark.parametrize("table", ["audit", "audit_heads"])
async def test_truncation_is_refused(books: SqlBooks, table: str) -> None:
    """TRUNCATE is refused like UPDATE and DELETE."""
    await write_trail(books)

    with pytest.raises(StorageError, match="invalid"):
        await run(books, f"TRUNCATE {table}")

    assert await books.verify_audit(CHAT) == "verified"


async def test_files_hold_nothing_of_what_was_erased(books: SqlBooks) -> None:
    """The relation files, read from the server itself (as superuser), contain no byte of it; before, all of it."""
    await write_story(books)
    await keep(books, booking("a-3", starts_at=LATER, ends_at=LATER, cancelled_at=NOW))
    words = [word.encode() for word in CUSTOMERS + THIRD]
    before = await relation_files(books)
    assert [w for w in words if w in before] == words

    await erase_consultation(books, CHAT, people=None, now=NOW)

    after = await relation_files(books)
    assert [w for w in words if w in after] == []


async def test_an_idle_transaction_delays_the_removal_of_bytes(
    books: SqlBooks, other: SqlBooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It sees nothing at the moment, but every snapshot reaches back to it, so that VACUUM would keep the rows."""
    await write_story(books)
    await keep(books, booking("a-3", starts_at=LATER, ends_at=LATER, cancelled_at=NOW))
    async with other.engine.begin() as connection:
        await connection.execute(text("SELECT pg_current_xact_id()"))
        with monkeypatch.context() as impatient:
            impatient.setattr(compaction, "TRIES", 2)
            with pytest.raises(StorageError, match="open_readers"):
                await erase_consultation(books, CHAT, people=None, now=NOW)

    await erase_consultation(books, CHAT, people=None, now=NOW)

    after = await relation_files(books)
    assert [w for w in CUSTOMERS if w.encode() in after] == []


async def relation_files(books: SqlBooks) -> bytes:
    files = "SELECT pg_read_binary_file(pg_relation_filepath(oid), 0, 10000000, true) FROM pg_class "
    ours = "WHERE relkind IN ('r', 'i', 't') AND relnamespace = current_schema()::regnamespace"
    async with books.engine.connect() as connection:
        await connection.execute(text("CHECKPOINT"))
        return b"".join(bytes(row[0] or b"") for row in await connection.execute(text(f"{files} {ours}")))


async def test_personal_columns_are_never_sampled(books: SqlBooks) -> None:
    """After ANALYZE the server's statistics know nothing of names and addresses."""
    for n in range(20):
        await keep(books, booking(f"b-{n}"))
    async with books.engine.connect() as connection:
        await connection.execute(text("ANALYZE appointments"))
        query = "SELECT attname, most_common_vals::text FROM pg_stats WHERE schemaname = current_schema()"
        sampled = {row[0]: row[1] for row in await connection.execute(text(query))}

    assert "language" in sampled
    assert not {"customer_name", "customer_email", "email_digest", "code_digest", "join_url"} & set(sampled)


async def test_a_claim_skips_rows_another_replica_is_just_claiming(books: SqlBooks, other: SqlBooks) -> None:
    """It neither waits for them nor takes them."""
    await owe(books, "mine", "theirs")
    lock = text("SELECT 1 FROM owed WHERE key = 'theirs' FOR UPDATE")
    async with other.engine.connect() as connection:
        await connection.execute(lock)
        taken = await asyncio.wait_for(claim(books), 5)

    assert [d.key for d in taken] == ["mine"]
    assert [d.key for d in await claim(books, NOW + timedelta(microseconds=1), lease=SOON)] == ["theirs"]


async def test_pages_of_different_conversations_do_not_wait_for_each_other(books: SqlBooks, other: SqlBooks) -> None:
    """One replica's long page holds up only its own conversation."""
    async with books.page(CHAT) as page:
        await page.first_time("key", NOW)
        await asyncio.wait_for(owe(other, "key", conversation="19:other"), 5)

    assert [d.conversation for d in await claim(books)] == ["19:other"]


@pytest.mark.parametrize("later", [False, True])
async def test_two_pages_that_write_one_booking_undo_nothing(books: SqlBooks, other: SqlBooks, later: bool) -> None:
    """The code is mailed from the booking's own page while the customer withdraws in the chat of it, or of an earlier
    one: the booking is cancelled, and its code is counted."""
    first, second = booking("b-1", conversation=CHAT), booking("b-2", starts_at=NOW + timedelta(days=9))
    await keep(books, first, second)
    ref = "b-2" if later else "b-1"

    async def mailed() -> None:
        async with other.page(f"appointment:{ref}") as page:
            known = (await page.state(TERMS)).appointment
            assert known is not None
            await page.keep(replace(known, codes_sent=7))

    async with books.page(CHAT) as page:
        state = await page.state(TERMS)
        known = state.later_appointments[0] if later else state.appointment
        assert known is not None
        mail = asyncio.create_task(mailed())
        await asyncio.wait({mail}, timeout=0.5)  # what it writes in this time it has read before
        await page.keep(replace(known, cancelled_at=NOW))
    await mail

    kept = (await books.state(f"appointment:{ref}", TERMS)).appointment
    assert kept is not None
    assert (kept.cancelled_at, kept.codes_sent) == (NOW, 7)
