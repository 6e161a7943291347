"""An erasure that is carried out later than it was owed: whom it is about."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.storage.books import SqlBooks
from bot.storage.erasure import erase_consultation
from bot.storage.export import export

from .samples import CHAT, NOW, TERMS, appointment, consultation, keep, participant


async def test_it_is_about_who_withdrew_whatever_the_clocks_say(books: SqlBooks) -> None:
    """Who came or consented anew after the withdrawal is left alone; who withdrew is not, although another replica's
    clock says that they came later."""
    late = NOW + timedelta(seconds=2)
    await keep(
        books,
        consultation(),
        participant("29:erika", ref="p-1", name="Erika Beispiel", joined_at=late, withdrawn_at=NOW),
        participant("29:felix", ref="p-2", name="Felix Beispiel", consented_at=late),
        participant("29:otto", ref="p-3", name="Otto Anders", joined_at=late),
    )
    counts = await erase_consultation(books, CHAT, people=None, now=late, owed_at=NOW)
    names = sorted(p.name for p in (await books.state(CHAT, TERMS)).people.values())

    assert counts["participants"] == 1
    assert names == ["", "Felix Beispiel", "Otto Anders"]


async def test_other_replicas_are_told(books: SqlBooks, other: SqlBooks) -> None:
    """What they remember of who was there is out of date."""
    if other.engine.dialect.name != "postgresql":
        pytest.skip("one process writes on SQLite")
    await keep(books, consultation(), participant("29:erika", ref="p-1", name="Erika Beispiel"))
    told = other.changes()
    assert await anext(told) is None
    await erase_consultation(books, CHAT, people=None, now=NOW)
    assert await asyncio.wait_for(anext(told), 5) == CHAT
    await told.aclose()  # type: ignore[attr-defined]


async def test_the_customers_copy_holds_nobody_the_advisor_vouched_for(books: SqlBooks) -> None:
    """The customer signed in with the code and left, and the advisor vouched for somebody else who was there."""
    await keep(
        books,
        consultation(),
        appointment("a-1", conversation=CHAT, email_digest="digest-of-erika"),
        participant("29:erika", ref="p-1", name="Erika Beispiel", authenticated_at=NOW, how="code", present=False),
        participant("29:otto", ref="p-2", name="Otto Anders", authenticated_at=NOW, how="vouched"),
    )
    found = await export(books, email_digest="digest-of-erika")

    assert [row["name"] for row in found["participants"]] == ["Erika Beispiel"]
