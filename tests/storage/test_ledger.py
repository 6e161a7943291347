"""The contract of the ledger: owed once, carried out by one holder, never starving, never lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.policy.decisions import Owe
from bot.storage.books import SqlBooks
from bot.storage.ledger import LOOK_UPS, PER_CONVERSATION
from bot.storage.tables import attempts, owed

from .samples import CHAT, NOW, SOON, claim, owe, settle

LATER = NOW + timedelta(minutes=5)


async def states(books: SqlBooks) -> dict[str, str]:
    async with books.engine.connect() as connection:
        return {row.key: row.state for row in await connection.execute(select(owed.c.key, owed.c.state))}


async def tried(books: SqlBooks) -> list[tuple[str, int, str, str]]:
    query = select(attempts.c.key, attempts.c.n, attempts.c.result, attempts.c.code)
    async with books.engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(query.order_by(attempts.c.key, attempts.c.n))]


async def test_a_duty_comes_back_as_it_was_owed(books: SqlBooks) -> None:
    """Kind, ids in their order and times are the ones that were written down."""
    await owe(books, "hide:1:1", about=(("version", "1"), ("message", "1")))

    [duty] = await claim(books)

    assert (duty.conversation, duty.key, duty.kind, duty.due_at) == (CHAT, "hide:1:1", "hide", NOW)
    assert duty.about == (("version", "1"), ("message", "1"))
    assert (duty.created_at, duty.tries, duty.uncertain) == (NOW, 0, False)


async def test_owing_the_same_key_again_is_nothing(books: SqlBooks) -> None:
    """A key is owed once for all time, open or closed, and apart in each conversation."""
    await owe(books, "key", "key")
    [duty] = await claim(books)
    assert await settle(books, duty)
    await owe(books, "key")
    await owe(books, "key", conversation="19:other")

    assert [d.conversation for d in await claim(books)] == ["19:other"]


async def test_duties_of_one_page_are_taken_in_the_order_of_owing(books: SqlBooks) -> None:
    """With equal moments the order is that of the rules, not of the alphabet; an earlier moment goes first."""
    await owe(books, "warn", "hide", "ask")
    await owe(books, "overdue", due_at=NOW - SOON)

    assert [d.key for d in await claim(books)] == ["overdue", "warn", "hide", "ask"]


async def test_nothing_is_claimed_before_it_is_due(books: SqlBooks) -> None:
    """A moment to come is claimed at that moment, not a microsecond earlier."""
    await owe(books, "timer", due_at=LATER)

    assert await claim(books, LATER - timedelta(microseconds=1)) == []
    assert [d.key for d in await claim(books, LATER)] == ["timer"]


async def test_again_reopens_a_closed_duty(books: SqlBooks) -> None:
    """It is due anew with its tries at nought and its new ids; former attempts stay written down."""
    await owe(books, "card", about=(("n", "1"),))
    [duty] = await claim(books)
    assert await settle(books, duty, result="failed", code="gone")
    await owe(books, "card", again=True, about=(("n", "2"),), at=LATER)

    assert await claim(books, NOW) == []
    [duty] = await claim(books, LATER)
    assert (duty.tries, duty.about, duty.created_at) == (0, (("n", "2"),), LATER)
    assert await settle(books, duty, LATER)
    assert await tried(books) == [("card", 1, "failed", "gone"), ("card", 2, "done", "")]


async def test_again_on_an_open_duty_keeps_the_earlier_moment(books: SqlBooks) -> None:
    """Being owed anew never puts off what is due earlier, and brings forward what was due later."""
    await owe(books, "early", due_at=NOW)
    await owe(books, "early", again=True, due_at=LATER)
    await owe(books, "late", due_at=LATER)
    await owe(books, "late", again=True, due_at=NOW)

    assert sorted(d.key for d in await claim(books)) == ["early", "late"]


async def test_again_does_not_shorten_a_pause_the_platform_asked_for(books: SqlBooks) -> None:
    """A duty that waits for its retry keeps that moment."""
    await owe(books, "card")
    [duty] = await claim(books)
    await books.postpone(duty, holder="one", until=LATER, code="throttled", now=NOW)
    await owe(books, "card", again=True)

    assert await claim(books) == []
    assert [d.key for d in await claim(books, LATER)] == ["card"]


async def test_again_while_under_way_is_carried_out_once_more(books: SqlBooks) -> None:
    """Whoever is at work may settle (its result counts), and the duty stays open for the new form."""
    await owe(books, "card", about=(("n", "1"),))
    [first] = await claim(books)
    await owe(books, "card", again=True, about=(("n", "2"),))
    assert await claim(books, holder="two") == []
    assert await settle(books, first)

    [second] = await claim(books, holder="two")
    assert (second.about, second.tries, second.uncertain) == ((("n", "2"),), 0, False)
    assert await settle(books, second, holder="two")
    assert await claim(books) == []


async def test_forgone_duties_are_not_claimed(books: SqlBooks) -> None:
    """Forgoing closes an open duty, leaves a closed one as it is, and an unknown key is nothing."""
    await owe(books, "done")
    [done] = await claim(books)
    assert await settle(books, done)
    await owe(books, "open")
    async with books.page(CHAT) as page:
        for key in ("open", "done", "unknown"):
            await page.forgo(key)

    assert await claim(books, NOW + SOON) == []
    assert await states(books) == {"open": "forgone", "done": "done"}


@pytest.mark.parametrize("how", ["leased", "lease over", "uncertain", "retried"])
async def test_what_may_have_been_carried_out_is_not_forgone(books: SqlBooks, how: str) -> None:
    """Only what was certainly not carried out is closed; of everything else the end is still to be told."""
    await owe(books, "key")
    [duty] = await claim(books)
    if how in ("uncertain", "retried"):
        await books.postpone(
            duty, holder="one", until=NOW, code="cut", now=NOW, counts=True, uncertain=how == "uncertain"
        )
    async with books.page(CHAT) as page:
        await page.forgo("key")

    assert await states(books) == {"key": "forgone" if how == "retried" else "open"}
    if how == "leased":
        assert await settle(books, duty)
    elif how != "retried":
        [again] = await claim(books, NOW + timedelta(hours=1))
        assert again.uncertain


async def test_only_the_holder_of_a_running_lease_settles(books: SqlBooks, other: SqlBooks) -> None:
    """A stranger, an expired lease and a closed duty all give False and write nothing."""
    await owe(books, "key")
    [duty] = await claim(books)

    assert not await settle(other, duty, holder="two")
    assert not await settle(books, duty, NOW + SOON)
    assert await settle(books, duty, NOW + SOON - timedelta(microseconds=1), result="refused", code="not_allowed")
    assert not await settle(books, duty)
    assert await tried(books) == [("key", 1, "refused", "not_allowed")]
    assert await states(books) == {"key": "refused"}


async def test_an_expired_lease_is_taken_over_and_marked_uncertain(books: SqlBooks, other: SqlBooks) -> None:
    """After the lease another holder gets the duty, knowing that it may have been carried out already."""
    await owe(books, "key")
    [mine] = await claim(books)
    assert await claim(other, NOW + SOON - timedelta(microseconds=1), holder="two") == []

    [theirs] = await claim(other, NOW + SOON, holder="two")

    assert (mine.uncertain, theirs.uncertain) == (False, True)
    assert not await settle(books, mine, NOW + SOON)
    assert await settle(other, theirs, NOW + SOON, holder="two")


async def test_postponing_gives_the_lease_back(books: SqlBooks) -> None:
    """Tries count unless it was only held back; `uncertain` stays; a lost lease postpones nothing."""
    await owe(books, "key")
    [duty] = await claim(books)
    await books.postpone(duty, holder="two", until=LATER, code="stranger", now=NOW)
    await books.postpone(duty, holder="one", until=LATER, code="held", now=NOW, counts=False)
    [duty] = await claim(books, LATER)
    assert (duty.tries, duty.uncertain) == (0, False)
    await books.postpone(duty, holder="one", until=LATER + SOON, code="timeout", now=LATER, uncertain=True)
    [duty] = await claim(books, LATER + SOON)
    assert (duty.tries, duty.uncertain) == (1, True)
    await books.postpone(duty, holder="one", until=LATER + 2 * SOON, code="503", now=LATER + SOON)

    [duty] = await claim(books, LATER + 2 * SOON)
    assert (duty.tries, duty.uncertain) == (2, True)
    assert await tried(books) == [("key", 1, "retry", "timeout"), ("key", 2, "retry", "503")]


async def test_next_due_tells_first_times_from_retries(books: SqlBooks) -> None:
    """Retries, look-ups and the leases of dead holders are in the second place, everything else in the first."""
    assert await books.next_due() == (None, None)
    await owe(books, "timer", due_at=LATER)
    await owe(books, "look-up", kind=min(LOOK_UPS), due_at=LATER + SOON)
    assert await books.next_due() == (LATER, LATER + SOON)

    await owe(books, "key")
    [duty] = await claim(books)
    assert await books.next_due() == (LATER, NOW + SOON)
    await books.postpone(duty, holder="one", until=NOW + timedelta(seconds=2), code="throttled", now=NOW)
    assert await books.next_due() == (LATER, NOW + timedelta(seconds=2))


async def test_leased_counts_running_leases(books: SqlBooks) -> None:
    """A lease counts until it ends or its duty is settled."""
    await owe(books, "a", "b")
    duties = await claim(books)
    assert await books.leased(NOW) == 2
    assert await settle(books, duties[0])
    assert await books.leased(NOW) == 1
    assert await books.leased(NOW + SOON) == 0


async def test_a_flood_in_one_conversation_starves_nobody(books: SqlBooks) -> None:
    """A claim takes few of the flood and everybody else's; asked for by name, the flood is worked off."""
    await owe(books, *(f"flood:{n}" for n in range(40)), at=NOW - SOON)
    for n in range(5):
        await owe(books, "key", conversation=f"19:quiet-{n}")

    taken = await claim(books, limit=10)

    assert len([d for d in taken if d.conversation == CHAT]) == PER_CONVERSATION
    assert len([d for d in taken if d.conversation != CHAT]) == 5
    assert len(await claim(books, limit=30, conversation=CHAT)) == 30


async def test_two_holders_racing_never_share_a_duty(books: SqlBooks, other: SqlBooks) -> None:
    """Claims at the same time from two processes take every duty once."""
    for n in range(12):
        await owe(books, "a", "b", conversation=f"19:{n}")

    claims = await asyncio.gather(
        *(claim(where, holder=holder, limit=3) for where, holder in [(books, "one"), (other, "two")] * 6)
    )

    keys = [(d.conversation, d.key) for taken in claims for d in taken]
    assert len(keys) == len(set(keys))
    rest = await claim(books, limit=100)
    assert len(keys) + len(rest) == 24


async def test_settle_and_what_follows_are_one_transaction(books: SqlBooks) -> None:
    """If deciding what follows fails, the duty is not settled either."""
    await owe(books, "key")
    [duty] = await claim(books)

    async def fail() -> None:
        async with books.page(CHAT) as page:
            assert await page.settle(duty, holder="one", result="done", code="", now=NOW)
            await page.owe(Owe(kind="next", key="next"), NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert await states(books) == {"key": "open"}
    assert await tried(books) == []
    assert await settle(books, duty)


@pytest.mark.parametrize(("result", "code"), [("open", ""), ("retry", ""), ("done", "Erika said hello")])
async def test_a_result_or_code_that_is_not_a_word_of_ours_is_refused(books: SqlBooks, result: str, code: str) -> None:
    """Nothing is written, and the error does not repeat the code."""
    await owe(books, "key")
    [duty] = await claim(books)

    with pytest.raises(ValueError, match=r"close a duty|enumerated") as caught:
        await settle(books, duty, result=result, code=code)

    assert "Erika" not in str(caught.value)
    assert await states(books) == {"key": "open"}
