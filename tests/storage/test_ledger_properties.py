"""Random histories of the ledger: no key is carried out twice, and nothing that was owed is lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.storage import open_books

from .samples import NOW, SOON, claim, owe, settle

KEYS = ["hide:1", "warn:1", "hide:2"]
CHATS = ["19:a", "19:b"]
steps = st.lists(
    st.one_of(
        st.tuples(st.just("owe"), st.sampled_from(CHATS), st.sampled_from(KEYS)),
        st.tuples(st.just("claim"), st.sampled_from(["one", "two"]), st.integers(1, 4)),
        st.tuples(st.just("settle"), st.sampled_from(["one", "two"]), st.integers(0, 3)),
        st.tuples(st.just("postpone"), st.sampled_from(["one", "two"]), st.integers(0, 40)),
        st.tuples(st.just("wait"), st.just(""), st.integers(1, 40)),
    ),
    max_size=40,
)


@given(steps)
@settings(max_examples=40, deadline=None)
def test_every_duty_is_settled_at_most_once_and_none_is_lost(history: list[tuple[str, str, object]]) -> None:
    """Whatever two holders do in whatever order, a key is settled once, and in the end every owed key is."""
    asyncio.run(play(history))


async def play(history: list[tuple[str, str, object]]) -> None:
    books = await open_books("sqlite://")
    now = NOW
    settled: list[tuple[str, str]] = []
    owned: set[tuple[str, str]] = set()
    hands: dict[str, list] = {"one": [], "two": []}
    for what, who, value in history:
        if what == "owe":
            await owe(books, str(value), conversation=who, at=now)
            owned.add((who, str(value)))
        elif what == "claim":
            hands[who] += await claim(books, now, holder=who, limit=int(str(value)))
        elif what == "wait":
            now += timedelta(seconds=int(str(value)))
        elif hands[who]:
            duty = hands[who].pop(int(str(value)) % len(hands[who]))
            if what == "postpone":
                until = now + timedelta(seconds=int(str(value)))
                await books.postpone(duty, holder=who, until=until, code="later", now=now)
            elif await settle(books, duty, now, holder=who):
                settled.append((duty.conversation, duty.key))
    now += 4 * SOON
    for duty in await claim(books, now, holder="last"):
        assert await settle(books, duty, now, holder="last")
        settled.append((duty.conversation, duty.key))
    await books.close()

    assert len(settled) == len(set(settled))
    assert set(settled) == owned
