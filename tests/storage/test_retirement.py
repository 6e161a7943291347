"""The end of the retention times: what goes, what the trail says then, and what may not be done to it otherwise."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.ports import Limit
from bot.storage import StorageError, open_books, pruning
from bot.storage.books import SqlBooks
from bot.storage.engine import reading
from bot.storage.erasure import erase_consultation
from bot.storage.reports import report_from
from bot.storage.retirement import LAST_DUTY, erase_findings, purge
from bot.storage.tables import attempts, audit_heads, facts_taken, findings, metadata, owed, seen, sent

from .samples import CHAT, NOW, appointment, claim, consultation, finding, keep, owe, participant, recording, settle
from .test_audit import run
from .test_erasure import bytes_of, rows_of, write_story

YEARS = NOW + timedelta(days=1100)
MARK = "UPDATE audit_heads SET purged_to = seq, purged_hash = hash, purged_at = '2030-01-01'"


async def count(books: SqlBooks, table: object, conversation: str = CHAT) -> int:
    async with reading(books.engine) as connection:
        query = select(func.count()).select_from(table).where(table.c.conversation == conversation)
        return (await connection.execute(query)).scalar_one()


async def test_findings_go_with_everything_said_of_them(books: SqlBooks) -> None:
    """Their rows, closed rungs and the list of seen messages go, so that none of them passes for clean afterwards."""
    await write_story(books)
    await keep(books, finding("99", person=None))
    await owe(books, "warn:100", kind="warn")
    await owe(books, "status", kind="status")
    for duty in await claim(books):
        if not duty.key.startswith("hide"):
            assert await settle(books, duty)

    counts = await erase_findings(books, CHAT)

    assert counts == {"findings": 3, "seen": 1}
    assert (await report_from(books.engine, CHAT))["messages"] == {}
    async with reading(books.engine) as connection:
        kinds = set((await connection.execute(select(owed.c.kind))).scalars())
        tried = set((await connection.execute(select(attempts.c.key))).scalars())
        left = set((await connection.execute(select(owed.c.key))).scalars())
    assert kinds == {"hide", "status"}  # a rung that is still to be carried out stays owed
    assert tried <= left
    assert await books.verify_audit(CHAT) == "verified"
    assert await erase_findings(books, CHAT) == {}


async def test_at_the_end_only_the_head_of_the_trail_is_left(books: SqlBooks) -> None:
    """A purge takes every row of the consultation from every table; the trail says `purged`; other chats stay."""
    await write_story(books)
    await keep(books, recording())
    await owe(books, LAST_DUTY, kind=LAST_DUTY)
    await keep(books, consultation(conversation="19:other"), conversation="19:other")
    async with books.page("19:other") as page:
        await page.record("app:added", {}, NOW)

    assert await purge(books, CHAT, YEARS) == 2

    left = [t.name for t in metadata.sorted_tables if "conversation" in t.c and await count(books, t)]
    assert left == ["appointments", "audit_heads"]  # a booking has its own time
    assert [await books.verify_audit(c) for c in (CHAT, "19:other")] == ["purged", "verified"]
    assert (await report_from(books.engine, CHAT))["audit_chain"] == "purged"
    async with reading(books.engine) as connection:
        head = (await connection.execute(select(audit_heads).where(audit_heads.c.conversation == CHAT))).one()
    assert (head.seq, head.purged_to, head.purged_at) == (2, 2, YEARS)
    assert await books.next_due() == (None, None)


async def test_a_purge_is_repeated_without_harm(books: SqlBooks) -> None:
    """Asked again after a crash it finds nothing, and the moment of the first one stays."""
    await write_story(books)
    await purge(books, CHAT, YEARS)
    before = await rows_of(books)

    assert await purge(books, CHAT, YEARS + timedelta(days=1)) == 0
    assert await purge(books, "19:unknown", YEARS) == 0
    assert await rows_of(books) == before
    assert await books.verify_audit("19:unknown") == "verified"


async def test_the_duty_that_purges_goes_last_and_settles_nothing(books: SqlBooks) -> None:
    """Its row is there until the bytes are gone; whoever carried it out then finds that nothing is owed."""
    await write_story(books)
    await owe(books, LAST_DUTY, kind=LAST_DUTY)
    [duty] = [d for d in await claim(books) if d.kind == LAST_DUTY]

    await purge(books, CHAT, NOW)

    assert not await settle(books, duty)
    assert (await count(books, owed), await count(books, attempts)) == (0, 0)


async def test_a_bookings_trail_goes_with_the_booking(books: SqlBooks) -> None:
    """`appointment:<ref>` names it; other bookings stay."""
    await keep(books, appointment("a-1"), appointment("a-2"))
    async with books.page("appointment:a-1") as page:
        await page.record("appointment:booked", {"ref": "a-1"}, NOW)

    assert await purge(books, "appointment:a-1", YEARS) == 1

    assert await books.verify_audit("appointment:a-1") == "purged"
    told = await rows_of(books)
    assert "'a-2'" in told
    assert "('a-1'" not in told


async def test_a_chat_that_is_used_again_goes_on_from_where_its_trail_ended(books: SqlBooks) -> None:
    """New entries continue the chain; they verify, tampering with them shows, and they can be purged in their turn."""
    await write_story(books)
    await purge(books, CHAT, YEARS)
    await keep(books, consultation())
    async with books.page(CHAT) as page:
        await page.record("app:added", {}, YEARS)
        await page.record("app:removed", {}, YEARS)

    assert await books.verify_audit(CHAT) == "verified"
    with pytest.raises(StorageError):
        await run(books, "DELETE FROM audit WHERE seq = 4")
    assert await purge(books, CHAT, YEARS) == 2
    assert await books.verify_audit(CHAT) == "purged"


@pytest.mark.parametrize(
    "statement",
    [
        MARK,
        "UPDATE audit_heads SET purged_to = 1, purged_hash = hash, purged_at = '2030-01-01'",
        "UPDATE audit_heads SET seq = seq + 1, purged_to = seq",
        "UPDATE audit_heads SET purged_at = '2030-01-01'",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE seq = 1",
    ],
)
async def test_a_trail_cannot_be_purged_before_its_consultation(books: SqlBooks, statement: str) -> None:
    """While the consultation is there the database refuses to mark its trail as purged, or to delete from it."""
    await write_story(books)

    with pytest.raises(StorageError, match="invalid"):
        await run(books, statement)

    assert await books.verify_audit(CHAT) == "verified"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_heads SET purged_to = 1, purged_hash = hash, purged_at = '2030-01-01'",
        "UPDATE audit_heads SET purged_to = seq, purged_hash = 'other', purged_at = '2030-01-01'",
        "UPDATE audit_heads SET purged_to = seq, purged_hash = hash",
        "UPDATE audit_heads SET purged_to = seq, purged_hash = hash, purged_at = '2030-01-01', seq = 3",
        "DELETE FROM audit",
        "DELETE FROM audit_heads",
    ],
)
async def test_not_even_then_in_part_or_without_a_mark(books: SqlBooks, statement: str) -> None:
    """With the consultation gone only the whole trail can be marked; nothing unmarked is deleted, nor the head."""
    await write_story(books)
    await run(books, "DELETE FROM consultations")

    with pytest.raises(StorageError, match="invalid"):
        await run(books, statement)

    assert await books.verify_audit(CHAT) == "verified"


async def test_a_mark_with_entries_left_is_no_purge(books: SqlBooks) -> None:
    """A trail of which some entries were taken and others left is broken at the first that is left."""
    await write_story(books)
    await run(books, "DELETE FROM consultations", MARK, "DELETE FROM audit WHERE seq = 1")

    assert await books.verify_audit(CHAT) == "broken at 2"


async def test_after_the_first_retention_the_ledgers_closed_rows_are_gone(books: SqlBooks) -> None:
    """Facts, closed duties and their attempts go; what is still owed stays; a fact of long ago goes anywhere."""
    await write_story(books)
    async with books.page("19:other") as page:
        await page.first_time("old", NOW - pruning.STALE_AFTER - timedelta(seconds=1))
        await page.first_time("young", NOW)
    await books.admit([(CHAT, [Limit("connector", timedelta(hours=1), 1)])], NOW)

    await erase_consultation(books, CHAT, people=None, everything=True, now=NOW)

    async with reading(books.engine) as connection:
        assert set((await connection.execute(select(owed.c.key))).scalars()) == {"hide:100"}
        assert set((await connection.execute(select(attempts.c.key))).scalars()) == {"hide:100"}
    assert [await count(books, facts_taken, c) for c in (CHAT, "19:other")] == [0, 1]
    assert await count(books, sent) == 0


async def test_rows_stay_bounded_while_a_consultation_lasts(books: SqlBooks, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of facts, seen messages, look-ups and attempts the newest are kept, and of other conversations all."""
    monkeypatch.setattr(pruning, "TURN", 1)
    for name in ("FACTS_KEPT", "SEEN_KEPT", "LOOK_UPS_KEPT", "ATTEMPTS_KEPT"):
        monkeypatch.setattr(pruning, name, 3)
    await books.mark_seen([("19:other", "1", NOW)])
    for n in range(8):
        now = NOW + timedelta(seconds=n)
        async with books.page(CHAT) as page:
            assert await page.first_time(f"fact {n}", now)
        await books.mark_seen([(CHAT, str(n), now)])
        await owe(books, f"read_back:{n}", kind="read_back", at=now)
        await owe(books, "status", kind="status", again=True, at=now)
        for duty in await claim(books, now):
            assert await settle(books, duty, now)

    sizes = [await count(books, t) for t in (facts_taken, seen, owed)]
    assert sizes == [3, 3, 1 + 3]
    assert sorted(await books.seen(CHAT)) == ["5", "6", "7"]
    assert list(await books.seen("19:other")) == ["1"]
    async with reading(books.engine) as connection:
        rows = (await connection.execute(select(attempts.c.key, attempts.c.n))).all()
    assert sorted(n for key, n in rows if key == "status") == [6, 7, 8]
    assert sorted(key for key, _ in rows if key != "status") == ["read_back:5", "read_back:6", "read_back:7"]
    async with books.page(CHAT) as page:
        assert not await page.first_time("fact 7", NOW)


async def test_old_bytes_leave_the_file(tmp_path: Path) -> None:
    """After both steps neither the file nor its log holds a message id or a reference that was in them before."""
    books = await open_books(f"sqlite:///{tmp_path / 'books.sqlite3'}")
    await keep(books, consultation(ref="c-very-special"), participant(ref="p-very-special"))
    await keep(books, finding("1766000000999"))
    async with books.page(CHAT) as page:
        await page.record("person:joined", {"ref": "p-very-special"}, NOW)
    words = [b"1766000000999", b"p-very-special", b"c-very-special"]
    assert [w for w in words if w in bytes_of(tmp_path)] == words

    await erase_findings(books, CHAT)
    assert [w for w in words if w in bytes_of(tmp_path)] == words[1:]
    await purge(books, CHAT, YEARS)

    assert [w for w in words if w in bytes_of(tmp_path)] == []
    async with reading(books.engine) as connection:
        assert (await connection.execute(select(findings))).all() == []
    await books.close()
