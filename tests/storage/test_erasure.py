"""Personal data: known column by column, exported to whom it belongs, erased from the rows and from the files."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from bot.policy.decisions import Owe
from bot.storage import StorageError, compaction, open_books
from bot.storage.books import SqlBooks
from bot.storage.engine import reading
from bot.storage.erasure import TOUCHED, erase_consultation
from bot.storage.export import export
from bot.storage.migrate import MIGRATIONS
from bot.storage.personal_data import PERSONAL
from bot.storage.reports import report_from
from bot.storage.tables import attempts, metadata, owed

from .samples import (
    CHAT,
    NOW,
    TERMS,
    appointment,
    card,
    claim,
    consultation,
    finding,
    keep,
    owe,
    participant,
    settle,
)

GUEST, FAMILY, PETRA = "29:guest-0815", "29:family-4711", "29:petra-oid"
CUSTOMERS = ["Erika Beispiel", "erika@beispiel.example", "digest-of-erika", "digest-of-code", "https://join.example/e",
             "guest-0815"]  # fmt: skip
THIRD = ["Felix Beispiel", "family-4711"]
STAFF = ["Petra Berater", "petra-entra-id", "19:petra-with-the-bot"]
LATER = NOW + timedelta(days=9)


async def write_story(books: SqlBooks) -> None:
    """A customer with a booking, somebody from the family, an advisor, findings, cards and duties."""
    await keep(
        books,
        consultation(advisor="petra-entra-id", advisor_person=PETRA, advisor_chat="19:petra-with-the-bot",
                     organizer="petra-entra-id", appointment="a-1"),
        participant(GUEST, ref="p-1", name="Erika Beispiel", authenticated_at=NOW, how="code", consented_at=NOW),
        participant(FAMILY, ref="p-2", name="Felix Beispiel", role="guest"),
        participant(PETRA, ref="p-3", name="Petra Berater", role="advisor", aad="petra-entra-id"),
        booking("a-1", conversation=CHAT),
        booking("a-2", starts_at=LATER, ends_at=LATER, cancelled_at=NOW),
        booking("a-3", starts_at=LATER, ends_at=LATER),
        appointment("a-4", email_digest="digest-of-another", customer_name="Otto Anders"),
        finding("100", person=GUEST), finding("101", person=FAMILY),
        card("1", owner=GUEST, kind="sign_in"), card("2", owner=FAMILY, kind="sign_in"), card("3"),
    )  # fmt: skip
    await owe(books, f"welcome:{GUEST}", "hide:100", about=(("person", GUEST), ("message", "100")))
    await owe(books, f"welcome:{FAMILY}", about=(("person", FAMILY),))
    await owe(books, "open_chat", about=(("person", PETRA), ("user", "petra-entra-id")))
    for duty in await claim(books):
        if not duty.key.startswith("hide"):
            assert await settle(books, duty)
        else:
            await books.postpone(duty, holder="one", until=NOW, code="503", now=NOW)
    await books.mark_seen([(CHAT, "99", NOW)])
    await books.keep_subscription(CHAT, "s-1", LATER)
    async with books.page(CHAT) as page:
        await page.first_time(f"joined:{GUEST}", NOW)
        await page.record("person:joined", {"ref": "p-1", "role": "guest"}, NOW)
        await page.record("message:finding:failed", {"message": "100", "kinds": ["IBAN"]}, NOW)


def booking(ref: str, **changes: object) -> object:
    return appointment(
        ref,
        **{
            "customer_name": "Erika Beispiel",
            "customer_email": "erika@beispiel.example",
            "email_digest": "digest-of-erika",
            "code_digest": "digest-of-code",
            "join_url": "https://join.example/e",
            "advisor": "petra-entra-id",
            "advisor_name": "Petra Berater",
        }
        | changes,
    )


async def rows_of(books: SqlBooks) -> str:
    """Everything in every table, as text."""
    told = []
    async with reading(books.engine) as connection:
        for table in metadata.sorted_tables:
            told += [repr(tuple(row)) for row in await connection.execute(select(table))]
    return "\n".join(told)


def found(words: list[str], text: str) -> list[str]:
    return [word for word in words if word in text]


def test_every_table_and_column_is_judged() -> None:
    """Whoever adds a table or a column must say whose data it is."""
    assert {t.name: set(t.columns.keys()) for t in metadata.sorted_tables} == {t: set(c) for t, c in PERSONAL.items()}


def test_what_is_erased_is_rewritten_and_never_sampled() -> None:
    """Each table with personal data is rewritten after erasure, and no statistics of PostgreSQL copy its columns."""
    migrations = sorted((MIGRATIONS / "versions").glob("0*.py"))
    sampled = [migration.read_text(encoding="utf-8").split("def _must")[0] for migration in migrations]
    for table, columns in PERSONAL.items():
        personal = [name for name, rule in columns.items() if rule.erase != "keep"]
        assert not personal or table in TOUCHED, table
        for name in personal:
            named = [text.split(f'"{table}": ')[1].split(")")[0] for text in sampled if f'"{table}": ' in text]
            assert any(f'"{name}"' in columns for columns in named), f"{table}.{name}"


async def test_the_customers_side_is_erased_and_the_rest_is_not(books: SqlBooks) -> None:
    """Names, ids, addresses and digests are in no row any more; staff, other customers and open bookings stay."""
    await write_story(books)
    before = await rows_of(books)
    assert found(CUSTOMERS + THIRD + STAFF, before) == CUSTOMERS + THIRD + STAFF

    counts = await erase_consultation(books, CHAT, people=None, now=NOW)

    after = await rows_of(books)
    assert counts == {"appointments": 2, "attempts": 2, "cards": 2, "findings": 2, "owed": 3, "participants": 2}
    assert found([*THIRD, "guest-0815"], after) == []
    assert found(STAFF, after) == STAFF
    assert "Otto Anders" in after
    open_booking = [line for line in after.splitlines() if "Erika" in line]
    assert len(open_booking) == 1
    assert "a-3" in open_booking[0]


async def test_erasing_changes_no_outcome_and_breaks_no_chain(books: SqlBooks) -> None:
    """The report says of messages and trail what it said before; people appear by reference."""
    await write_story(books)
    before = await report_from(books.engine, CHAT)
    await erase_consultation(books, CHAT, people=None, now=NOW)

    after = await report_from(books.engine, CHAT)

    assert after["audit_chain"] == "verified"
    for member in ("messages", "audit", "console", "consultation", "recording"):
        assert after[member] == before[member] or member == "consultation"
    assert set(after["participants"]) == {"p-1", "p-2", PETRA}
    assert after["cards"]["1"]["owner"] == "p-1"


async def test_a_third_persons_wish_leaves_the_customers_data_alone(books: SqlBooks) -> None:
    """Only the named person is erased (R85), and the booking is not theirs."""
    await write_story(books)

    counts = await erase_consultation(books, CHAT, people=[FAMILY], now=NOW)

    after = await rows_of(books)
    assert counts["participants"] == 1
    assert "appointments" not in counts
    assert found(THIRD, after) == []
    assert found(CUSTOMERS, after) == CUSTOMERS


async def test_the_customers_own_wish_takes_the_booking_along(books: SqlBooks) -> None:
    """Naming the authenticated customer erases the booking too, and nobody else."""
    await write_story(books)

    counts = await erase_consultation(books, CHAT, people=[GUEST, "29:unknown"], now=NOW)

    assert (counts["participants"], counts["appointments"]) == (1, 2)
    assert found(THIRD, await rows_of(books)) == THIRD


async def test_everything_takes_in_staff_and_working_rows_but_no_other_booking(books: SqlBooks) -> None:
    """At the end of the retention time nobody of this consultation is left; a coming booking is not touched."""
    await write_story(books)

    counts = await erase_consultation(books, CHAT, people=None, everything=True, now=NOW)

    other_bookings = ("a-2", "a-3", "Otto Anders")
    left = "\n".join(
        line for line in (await rows_of(books)).splitlines() if not any(ref in line for ref in other_bookings)
    )
    assert found(CUSTOMERS + THIRD + STAFF, left) == []
    assert (counts["participants"], counts["appointments"], counts["consultations"]) == (3, 1, 1)
    assert (counts["cards"], counts["seen"], counts["subscriptions"]) == (3, 1, 1)
    assert await books.subscription_of(CHAT) is None
    assert await books.verify_audit(CHAT) == "verified"


async def test_a_booking_without_a_chat_can_be_erased(books: SqlBooks) -> None:
    """`appointment:<ref>` names it."""
    await keep(books, booking("a-1"))

    assert await erase_consultation(books, "appointment:a-1", people=None, now=NOW) == {"appointments": 1}
    assert found(CUSTOMERS, await rows_of(books)) == []


async def test_erasing_twice_is_erasing_once(books: SqlBooks) -> None:
    """The second time there is nothing left, and that is no error."""
    await write_story(books)
    await erase_consultation(books, CHAT, people=None, now=NOW)
    first = await rows_of(books)

    assert await erase_consultation(books, CHAT, people=None, now=LATER) == {}
    assert await erase_consultation(books, "19:unknown", people=None, now=LATER) == {}
    assert await rows_of(books) == first


async def test_duties_stay_owed_and_only_whole_ids_are_replaced(books: SqlBooks) -> None:
    """A hide that is still owed stays so; an id that begins like an erased one is somebody else's."""
    await write_story(books)
    await owe(books, f"welcome:{GUEST}9", f"a:{GUEST}:1", about=(("person", GUEST + "9"),))
    await erase_consultation(books, CHAT, people=None, now=NOW)

    async with reading(books.engine) as connection:
        rows = {row.key: row for row in await connection.execute(select(owed))}
        keys = set((await connection.execute(select(attempts.c.key))).scalars())
    assert set(rows) == {"welcome:p-1", "welcome:p-2", "hide:100", "open_chat", f"welcome:{GUEST}9", "a:p-1:1"}
    assert rows["hide:100"].state == "open"
    assert rows["hide:100"].about == (("person", "p-1"), ("message", "100"))
    assert rows[f"welcome:{GUEST}9"].about == (("person", GUEST + "9"),)
    assert keys == {"welcome:p-1", "welcome:p-2", "hide:100", "open_chat"}


async def test_the_duty_that_erases_can_be_settled_afterwards(books: SqlBooks) -> None:
    """A duty under a running lease keeps its key, so its holder can close it."""
    await write_story(books)
    await owe(books, f"erase:{GUEST}", about=(("person", GUEST),))
    duty = next(d for d in await claim(books, limit=10) if d.key.startswith("erase"))
    await erase_consultation(books, CHAT, people=None, now=NOW)

    assert await settle(books, duty)


async def test_two_keys_that_become_one_stay_apart(books: SqlBooks) -> None:
    """A key that already exists under the reference is not overwritten."""
    await keep(books, participant(GUEST, ref="p-1"))
    await owe(books, f"welcome:{GUEST}", "welcome:p-1")
    await erase_consultation(books, CHAT, people=None, now=NOW)

    async with reading(books.engine) as connection:
        keys = sorted((await connection.execute(select(owed.c.key))).scalars())
    assert keys == ["welcome:p-1", "welcome:p-1#1"]


async def test_an_exported_copy_is_the_persons_own_and_empty_after_erasure(books: SqlBooks) -> None:
    """Who booked gets bookings and stays, nobody else's rows and no secrets; afterwards there is nothing (N15)."""
    await write_story(books)
    copy = await export(books, email_digest="digest-of-erika")

    assert [a["ref"] for a in copy["appointments"]] == ["a-1", "a-2", "a-3"]
    assert copy["appointments"][0]["customer_email"] == "erika@beispiel.example"
    assert copy["appointments"][0]["starts_at"] == (NOW + timedelta(days=1)).isoformat()
    assert [p["name"] for p in copy["participants"]] == ["Erika Beispiel"]
    assert [f["kinds"] for f in copy["findings"]] == [["IBAN"]]
    assert [c["owner"] for c in copy["cards"]] == [GUEST]
    assert found([*THIRD, "digest-of", "petra-entra-id", "Otto"], str(copy)) == []

    theirs = await export(books, conversation=CHAT, people=[FAMILY])
    assert found(CUSTOMERS, str(theirs)) == []
    assert [p["name"] for p in theirs["participants"]] == ["Felix Beispiel"]

    await keep(books, booking("a-3", starts_at=LATER, ends_at=LATER, cancelled_at=NOW))
    await erase_consultation(books, CHAT, people=None, now=NOW)
    nothing = {"appointments": [], "participants": [], "findings": [], "cards": []}
    assert await export(books, email_digest="digest-of-erika") == nothing
    assert await export(books, conversation=CHAT, people=[GUEST, FAMILY]) == nothing


@pytest.mark.parametrize("who", [{}, {"conversation": CHAT}, {"people": [GUEST]}, {"email_digest": ""}])
async def test_an_export_of_nobody_is_refused(books: SqlBooks, who: dict[str, object]) -> None:
    """An empty digest must not match everybody who was erased."""
    with pytest.raises(ValueError, match="export needs"):
        await export(books, **who)


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file())


async def test_sqlite_files_hold_nothing_of_it(tmp_path: Path) -> None:
    """Neither the file nor its log contains a byte of what was erased; before, they contain all of it."""
    books = await open_books(f"sqlite:///{tmp_path / 'books.sqlite3'}")
    await write_story(books)
    for n in range(30):  # pages split and cells move: copies in places no row points to
        await keep(books, participant(f"29:more-{n}", name=f"Erika Beispiel {n} " + "x" * 300))
    words = [word.encode() for word in CUSTOMERS + THIRD + STAFF]
    assert [w for w in words if w in bytes_of(tmp_path)] == words
    await keep(books, booking("a-3", starts_at=LATER, ends_at=LATER, cancelled_at=NOW))

    await erase_consultation(books, CHAT, people=None, now=NOW)

    customers = [word.encode() for word in CUSTOMERS + THIRD]
    assert [w for w in customers if w in bytes_of(tmp_path)] == []
    assert (tmp_path / "books.sqlite3-wal").stat().st_size == 0
    await books.close()


async def test_an_open_reader_delays_the_removal_of_bytes(
    database: str, books: SqlBooks, other: SqlBooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another process reads the old rows the erasure does not claim to be complete; asked again, it is."""
    await write_story(books)
    async with reading(other.engine, snapshot=True) as connection:
        assert (await connection.execute(text("SELECT count(*) FROM participants"))).scalar_one() == 3
        if books.engine.dialect.name == "sqlite":
            async with books.engine.connect() as own:
                await own.execute(text("PRAGMA busy_timeout=1"))
        with monkeypatch.context() as impatient:
            impatient.setattr(compaction, "TRIES", 2)
            with pytest.raises(StorageError) as caught:
                await erase_consultation(books, CHAT, people=None, now=NOW)
    assert caught.value.code == "open_readers"
    assert caught.value.passing

    assert await erase_consultation(books, CHAT, people=None, now=NOW) == {}


async def test_nothing_is_written_back_from_what_was_read_before(books: SqlBooks, other: SqlBooks) -> None:
    """A page of the booking that is open during the erasure cannot bring the name back."""
    await write_story(books)
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def confirm() -> None:
        async with other.page("appointment:a-2") as page:
            known = (await page.state(TERMS)).appointment
            assert known is not None
            inside.set()
            await go_on.wait()
            await page.keep(known)
            await page.owe(Owe(kind="x", key="x"), NOW)

    writer = asyncio.create_task(confirm())
    await inside.wait()
    eraser = asyncio.create_task(erase_consultation(books, CHAT, people=None, now=NOW))
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(writer, eraser)

    assert [line for line in (await rows_of(books)).splitlines() if "a-2" in line and "Erika" in line] == []
