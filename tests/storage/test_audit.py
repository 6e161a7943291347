"""The audit trail: what it may say, and that every kind of tampering shows (N16)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from bot.policy import outcome as outcomes
from bot.policy.state import Consultation
from bot.storage import StorageError, audit
from bot.storage.audit_kinds import HEARING, KINDS, OUTCOMES, allowed
from bot.storage.books import SqlBooks
from bot.storage.engine import reading, writing

from .samples import CHAT, NOW, finding

CHANGES = {
    "edit a field": ("UPDATE audit SET fields = '{\"kinds\":[]}' WHERE seq = 2", 2),
    "edit a kind": ("UPDATE audit SET kind = 'message:finding:hidden' WHERE seq = 3", 3),
    "edit a time": ("UPDATE audit SET at = '2020-01-01T00:00:00+00:00' WHERE seq = 1", 1),
    "edit a hash": ("UPDATE audit SET hash = previous_hash WHERE seq = 2", 2),
    "move to another chat": ("UPDATE audit SET conversation = '19:other' WHERE seq = 2", 2),
    "delete the first": ("DELETE FROM audit WHERE seq = 1", 1),
    "delete one in the middle": ("DELETE FROM audit WHERE seq = 2", 2),
    "cut the tail": ("DELETE FROM audit WHERE seq >= 3", 3),
    "cut everything": ("DELETE FROM audit", 1),
    "insert": (
        "INSERT INTO audit (conversation, seq, at, kind, fields, previous_hash, hash) "
        "SELECT conversation, 5, at, kind, fields, hash, hash FROM audit WHERE seq = 4",
        5,
    ),
    "lose the head": ("DELETE FROM audit_heads", 1),
}


async def write_trail(books: SqlBooks) -> None:
    async with books.page(CHAT) as page:
        await page.record("app:added", {}, NOW)
        await page.record("message:finding:warned", {"kinds": ("IBAN",), "message": "100"}, NOW)
        await page.record("message:finding:failed", {"kinds": ["CARD"], "message": "101"}, NOW)
        await page.record("data:erased", {"what": {"participants": 2}}, NOW + timedelta(seconds=1))


async def run(books: SqlBooks, *statements: str) -> None:
    async with writing(books.engine) as connection:
        for statement in statements:
            await connection.execute(text(statement))


async def without_triggers(books: SqlBooks) -> None:
    """What an attacker with all rights on the database does first."""
    if books.engine.dialect.name == "postgresql":
        await run(books, "ALTER TABLE audit DISABLE TRIGGER ALL", "ALTER TABLE audit_heads DISABLE TRIGGER ALL")
    else:
        for name in ("audit_refuses_update", "audit_refuses_delete", "audit_heads_refuses_delete"):
            await run(books, f"DROP TRIGGER {name}")


async def test_a_trail_verifies_and_reads_back_in_order(books: SqlBooks, other: SqlBooks) -> None:
    """Entries carry number, UTC time, kind and fields; another process verifies them; other chats are apart."""
    await write_trail(books)
    async with other.page("19:other") as page:
        await page.record("app:removed", {}, NOW)

    async with reading(other.engine) as connection:
        entries = await audit.entries(connection, CHAT)
    assert [(e.seq, e.kind) for e in entries] == [
        (1, "app:added"), (2, "message:finding:warned"), (3, "message:finding:failed"), (4, "data:erased"),
    ]  # fmt: skip
    assert entries[1].fields == {"kinds": ["IBAN"], "message": "100"}
    assert entries[0].at == "2026-03-02T09:30:15.123456+00:00"
    assert [e.previous_hash for e in entries] == [audit.FIRST, *(e.hash for e in entries[:-1])]
    assert [await other.verify_audit(c) for c in (CHAT, "19:other", "19:unknown")] == ["verified"] * 3


@pytest.mark.parametrize("what", CHANGES)
async def test_tampering_shows_and_where(books: SqlBooks, what: str) -> None:
    """Edited, moved, inserted, deleted and cut entries are noticed at their number."""
    change, number = CHANGES[what]
    await write_trail(books)
    await without_triggers(books)
    await run(books, change)

    assert await books.verify_audit(CHAT) == f"broken at {number}"


async def test_reordering_shows(books: SqlBooks) -> None:
    """Two entries that changed places are noticed at the first of them."""
    await write_trail(books)
    await without_triggers(books)
    await run(books, *(f"UPDATE audit SET seq = {to} WHERE seq = {seq}" for seq, to in ((2, 9), (3, 2), (9, 3))))

    assert await books.verify_audit(CHAT) == "broken at 2"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET kind = 'app:removed' WHERE seq = 1",
        "DELETE FROM audit WHERE seq = 4",
        "DELETE FROM audit_heads",
        "UPDATE audit_heads SET seq = 3",
        "UPDATE audit_heads SET hash = '0'",
    ],
)
async def test_the_database_itself_refuses_to_change_the_trail(books: SqlBooks, statement: str) -> None:
    """UPDATE and DELETE fail, a head can neither go back nor be rewritten, and the trail still verifies."""
    await write_trail(books)

    with pytest.raises(StorageError):
        await run(books, statement)

    assert await books.verify_audit(CHAT) == "verified"


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("message:finding:warned", {"text": "Meine IBAN ist ..."}),
        ("message:finding:warned", {"kinds": ["DE89 3704 0044 0532 0130 00"]}),
        ("message:finding:warned", {"kinds": "IBAN"}),
        ("message:finding:warned", {"message": "one two"}),
        ("message:finding:warned", {"version": True}),
        ("message:finding:warned", {"version": -1}),
        ("message:finding:warned", {"role": "customer"}),
        ("person:joined", {"ref": "29:1abc"}),
        ("person:joined", {"ref": "Erika Beispiel"}),
        ("person:joined", {"ref": None}),
        ("person:joined", {"name": "Erika"}),
        ("code:sent", {"n": "erika@example.org"}),
        ("consultation:ended", {"reason": "because I say so"}),
        ("data:erased", {"what": {"Erika Beispiel": 1}}),
        ("data:erased", {"what": {"participants": "Erika"}}),
        ("rung:hide", {"code": "erika@example.org"}),
        ("recording:started", {"verdict": "fine"}),
        ("message:finding:vanished", {}),
        ("app:added\n", {}),
    ],
)
def test_what_is_not_allow_listed_is_refused_without_being_shown(kind: str, fields: dict[str, Any]) -> None:
    """Unknown kinds and fields and values of another shape raise an error that repeats no value."""
    with pytest.raises(ValueError, match=r"not a kind|no such field|its shape") as caught:
        allowed(kind, fields)

    assert not any(
        repr(value) in str(caught.value) or str(value) in str(caught.value).split() for value in fields.values()
    )


@given(st.sampled_from(sorted(KINDS)), st.text(min_size=1).filter(lambda t: any(c.isspace() for c in t)))
def test_no_field_of_any_kind_takes_a_sentence(kind: str, sentence: str) -> None:
    """Whatever has white space in it fits no field, except the platform's own results of several words."""
    for name, fits in KINDS[kind].items():
        assert not fits(sentence), f"{kind} {name}"
        assert not fits("+49 171 2345678"), f"{kind} {name}"


def test_every_outcome_and_hearing_has_its_kind() -> None:
    """The words of bot/policy/outcome.py and of Consultation.hearing are all there, and no others."""
    said = {
        outcomes.outcome(finding(**changes)).replace(" ", "_")
        for changes in (
            {}, {"warn": "done"}, {"hide": "done"}, {"edited_at": NOW}, {"deleted_at": NOW}, {"released_at": NOW},
            {"delete_chat": "done"},
        )
    }  # fmt: skip
    assert said == set(OUTCOMES)
    assert get_args(get_type_hints(Consultation)["hearing"]) == HEARING
    assert {f"rung:{rung}" for rung in outcomes.RUNGS} <= set(KINDS)
