"""An erasure that is carried out later than it was owed: whom it is about."""

from __future__ import annotations

from datetime import timedelta

from bot.storage.books import SqlBooks
from bot.storage.erasure import erase_consultation

from .samples import CHAT, NOW, TERMS, consultation, keep, participant


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
