"""State, facts, seen messages, subscriptions and pacing, on both databases."""

from __future__ import annotations

import asyncio
import traceback
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.policy.decisions import Answer
from bot.policy.state import State
from bot.ports import Limit
from bot.storage import StorageError, open_books
from bot.storage.books import SqlBooks
from bot.storage.engine import reading
from bot.storage.tables import consultations, participants, sent

from .samples import (
    CHAT,
    NOW,
    TERMS,
    appointment,
    card,
    consultation,
    finding,
    keep,
    owe,
    participant,
    recording,
    refusal,
)


async def state_of(books: SqlBooks, conversation: str = CHAT) -> State:
    async with books.page(conversation) as page:
        return await page.state(TERMS)


async def test_state_comes_back_as_it_was_kept(books: SqlBooks) -> None:
    """Every kind of thing is read back equal to what was written, with times in UTC and tuples as tuples."""
    things = [
        consultation(meeting="m", advisor="oid", paused=True, started_at=NOW, requests=3),
        participant(name="Erika Beispiel", consented_at=NOW, how="code", authenticated_at=NOW),
        appointment(conversation=CHAT, customer_name="Erika Beispiel", customer_email="e@example.org", tries=2),
        card(owner="29:guest", message="100", targeted=True),
        finding(kinds=("IBAN", "CARD"), hide="refused by platform", warn="pending"),
        recording(actions=("switched off", "everyone told")),
    ]
    await keep(books, *things, refusal())

    state = await state_of(books)

    assert [state.consultation, state.people["29:guest"], state.appointment] == things[:3]
    assert state.cards[CHAT, "1"] == things[3]
    assert state.findings["100"] == things[4]
    assert state.recordings == (things[5],)
    assert state.refusals == {("hide", "guest")}
    assert state.consultation is not None
    assert state.consultation.opened_at.tzinfo is UTC


async def test_keeping_again_changes_the_thing_with_the_same_identity(books: SqlBooks) -> None:
    """A second `keep` updates every field, and a refusal kept twice is one."""
    await keep(books, finding(), refusal(), refusal())
    await keep(books, finding(kinds=("CARD",), version=2, hide="done"))

    state = await state_of(books)

    assert state.findings == {"100": finding(kinds=("CARD",), version=2, hide="done")}
    assert len(state.refusals) == 1


async def test_what_is_dropped_is_gone_and_nothing_else(books: SqlBooks) -> None:
    """The one with this identity is deleted; dropping it once more is no error."""
    await keep(books, refusal(), refusal(sender="tenant"))
    for _ in range(2):
        async with books.page(CHAT) as page:
            await page.drop(refusal())
    assert (await state_of(books)).refusals == {("hide", "tenant")}


async def test_a_moment_of_another_zone_is_the_same_moment(books: SqlBooks) -> None:
    """Times given in another zone are stored in UTC; a time without a zone is refused and nothing is written."""
    there = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    await keep(books, participant(joined_at=there))
    with pytest.raises(StorageError, match="invalid"):
        await keep(books, participant("29:naive", joined_at=NOW.replace(tzinfo=None)))

    people = (await state_of(books)).people

    assert [p.joined_at for p in people.values()] == [NOW]


@pytest.mark.parametrize("name", ["a\x00b", "\ud800", "🦜" * 2000, "'; DROP TABLE participants; --", "\u202eevil"])
async def test_hostile_names_can_be_kept(books: SqlBooks, name: str) -> None:
    """Whatever a guest calls himself, his row is written and everything storable of the name comes back."""
    await keep(books, participant(name=name))

    [kept] = (await state_of(books)).people.values()

    assert kept.name == name.replace("\x00", "\ufffd").replace("\ud800", "?")


async def test_an_appointment_is_found_before_and_after_it_has_a_chat(books: SqlBooks) -> None:
    """`appointment:<ref>`, the chat's id and the consultation's own reference lead to the same booking."""
    await keep(books, appointment(), appointment("a-2", conversation=CHAT, email_digest="digest-2"))
    assert (await state_of(books, "appointment:a-1")).appointment == appointment()
    assert (await state_of(books)).appointment == appointment("a-2", conversation=CHAT, email_digest="digest-2")

    await keep(books, consultation(appointment="a-1"))

    assert (await state_of(books)).appointment == appointment()
    assert (await state_of(books, "appointment:unknown")).appointment is None


async def test_later_appointments_are_the_same_customers_and_not_cancelled(books: SqlBooks) -> None:
    """Only what starts later, has the same digest and is not cancelled counts; an empty digest matches nobody."""
    later = {"starts_at": NOW + timedelta(days=5), "ends_at": NOW + timedelta(days=6)}
    await keep(
        books,
        appointment(conversation=CHAT),
        appointment("later", **later),
        appointment("cancelled", cancelled_at=NOW, **later),
        appointment("earlier", starts_at=NOW - timedelta(days=5)),
        appointment("of-another", email_digest="digest-2", **later),
        appointment("erased", conversation="19:other", email_digest=""),
        appointment("erased-too", email_digest="", **later),
    )

    assert [a.ref for a in (await state_of(books)).later_appointments] == ["later"]
    assert (await state_of(books, "19:other")).later_appointments == ()


async def test_nothing_of_one_conversation_is_in_another(books: SqlBooks) -> None:
    """The state of an unknown conversation is empty, however much is known of others."""
    await keep(books, consultation(), participant(), finding(), card(), recording(), refusal())

    state = await state_of(books, "19:other")

    assert (state.consultation, state.people, state.findings, state.cards) == (None, {}, {}, {})
    assert (state.recordings, state.refusals) == ((), frozenset())


async def test_a_fact_is_new_once(books: SqlBooks, other: SqlBooks) -> None:
    """A key is new the first time in its conversation, for every process, and a rolled-back page forgets it."""

    async def fail() -> None:
        async with books.page(CHAT) as page:
            assert await page.first_time("key", NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with books.page(CHAT) as page:
        assert await page.first_time("key", NOW)
        assert not await page.first_time("key", NOW)
    async with other.page(CHAT) as page:
        assert not await page.first_time("key", NOW)
    async with other.page("19:other") as page:
        assert await page.first_time("key", NOW)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(card="welcome", state="accepted"),
        Answer(card="sign_in", refused="wrong"),
        Answer(refused="not_yours", forbidden=True),
        Answer(),
    ],
)
async def test_an_answer_is_kept_with_its_fact(books: SqlBooks, other: SqlBooks, answer: Answer) -> None:
    """Every process finds it under the key of the press, in its conversation; without a press there is none."""
    async with books.page(CHAT) as page:
        await page.first_time("key", NOW)
        assert await page.answer("key") is None
        await page.keep_answer("key", answer)
        await page.keep_answer("never taken", answer)
    async with other.page(CHAT) as page:
        assert await page.answer("key") == answer
        assert await page.answer("never taken") is None
    async with other.page("19:other") as page:
        assert await page.answer("key") is None


async def test_a_page_that_fails_leaves_nothing(books: SqlBooks) -> None:
    """State, duties and audit entries of a page are written together or not at all."""

    async def write(kind: str, *, fail: bool) -> None:
        async with books.page(CHAT) as page:
            await page.keep(consultation())
            await page.record(kind, {}, NOW)
            if fail:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await write("app:added", fail=True)
    with pytest.raises(ValueError, match="not a kind"):
        await write("app:exploded", fail=False)

    assert (await state_of(books)).consultation is None
    assert await books.verify_audit(CHAT) == "verified"
    assert await books.conversations(open_only=False) == []


async def test_a_cancelled_page_leaves_nothing_and_blocks_nobody(books: SqlBooks) -> None:
    """A task cancelled in the middle of its page gives the turn back with nothing written."""
    inside = asyncio.Event()

    async def write() -> None:
        async with books.page(CHAT) as page:
            await page.keep(consultation())
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert (await state_of(books)).consultation is None


async def test_pages_of_one_conversation_follow_each_other(books: SqlBooks, other: SqlBooks) -> None:
    """Read-change-write on a page loses no update, with several tasks in each of two processes."""
    await keep(books, consultation())

    async def count(where: SqlBooks) -> None:
        async with where.page(CHAT) as page:
            known = (await page.state(TERMS)).consultation
            assert known is not None
            await page.keep(consultation(requests=known.requests + 1))

    await asyncio.gather(*(count(where) for where in [books, other] * 6))

    known = (await state_of(books)).consultation
    assert known is not None
    assert known.requests == 12


async def test_writing_inside_an_open_page_is_refused_at_once(books: SqlBooks) -> None:
    """A task that would wait for itself is told so."""
    async with books.page(CHAT):
        with pytest.raises(RuntimeError, match="page open"):
            async with books.page(CHAT):
                pass
    await keep(books, consultation())
    assert await books.conversations() == [CHAT]


async def test_reading_sees_what_is_committed_while_a_page_is_open(books: SqlBooks) -> None:
    """Reads neither wait for an open page nor see what it has not committed."""
    async with books.page(CHAT) as page:
        await page.keep(consultation())
        assert await books.conversations() == []
    assert await books.conversations() == [CHAT]


async def test_conversations_and_advisors(books: SqlBooks) -> None:
    """Open consultations are listed oldest first; an advisor has theirs, and what they organise without an advisor."""
    rows: list[dict[str, Any]] = [
        {"conversation": "19:b", "advisor": "oid-1", "opened_at": NOW + timedelta(hours=1)},
        {"conversation": "19:a", "advisor": None, "organizer": "oid-1"},
        {"conversation": "19:c", "advisor": "oid-2", "organizer": "oid-1"},
        {"conversation": "19:d", "advisor": "oid-1", "state": "ended"},
    ]
    for row in rows:
        await keep(books, consultation(**row), conversation=row["conversation"])

    assert sorted(await books.conversations()) == ["19:a", "19:b", "19:c"]
    assert len(await books.conversations(open_only=False)) == 4
    assert await books.consultations_of_advisor("oid-1") == ["19:a", "19:b"]


async def test_seen_keeps_the_newest_version(books: SqlBooks) -> None:
    """Order and repetition do not matter, within a batch and between batches; nothing is a batch too."""
    later = NOW + timedelta(seconds=1)
    await books.mark_seen([(CHAT, "1", later), (CHAT, "1", NOW), (CHAT, "2", NOW), ("19:other", "1", NOW)])
    await books.mark_seen([(CHAT, "1", NOW), (CHAT, "2", later)])
    await books.mark_seen([])

    assert await books.seen(CHAT) == {"1": later, "2": later}
    assert await books.seen("19:other") == {"1": NOW}


async def test_one_subscription_a_chat(books: SqlBooks) -> None:
    """A new subscription replaces the former one, which then belongs to no chat."""
    await books.keep_subscription(CHAT, "s-1", NOW)
    await books.keep_subscription(CHAT, "s-2", NOW + timedelta(hours=1))

    assert await books.subscription_of(CHAT) == ("s-2", NOW + timedelta(hours=1))
    assert await books.conversation_of_subscription("s-2") == CHAT
    assert await books.conversation_of_subscription("s-1") is None
    assert await books.subscription_of("19:other") is None


SECOND = timedelta(seconds=1)
HERE = Limit("connector", SECOND, 2, in_conversation=True)
ANYWHERE = Limit("connector", 5 * SECOND, 3)


async def test_requests_are_counted_between_processes(books: SqlBooks, other: SqlBooks) -> None:
    """Both processes count into the same windows, by target and conversation; what is refused is not counted."""
    assert await books.admit([(CHAT, [HERE, ANYWHERE])], NOW) == [None]
    assert await other.admit([(CHAT, [HERE, ANYWHERE])] * 2, NOW) == [None, SECOND]
    assert await books.admit([("19:other", [HERE, ANYWHERE])] * 2, NOW) == [None, 5 * SECOND]
    assert await books.admit([("19:other", [Limit("graph", SECOND, 1)])] * 2, NOW) == [None, SECOND]
    assert await books.admit([], NOW) == []


async def test_room_comes_back_when_the_window_has_passed(books: SqlBooks) -> None:
    """A request counts for less than the span, not longer, and rows older than any limit go."""
    assert await books.admit([(CHAT, [HERE])] * 2, NOW) == [None, None]
    assert await books.admit([(CHAT, [HERE])], NOW + SECOND / 2) == [SECOND]
    assert await books.admit([(CHAT, [HERE])], NOW + SECOND) == [None]
    assert await books.admit([(CHAT, [HERE])], NOW + timedelta(hours=3)) == [None]
    async with reading(books.engine) as connection:
        assert (await connection.execute(select(func.count()).select_from(sent))).scalar_one() == 1


async def test_a_request_counts_once_for_each_target(books: SqlBooks) -> None:
    """Two limits of one target count it once; one of another target has a count of its own."""
    both = [Limit("graph", SECOND, 5), Limit("graph", 2 * SECOND, 5), Limit("delete_chat", SECOND, 1)]
    assert await books.admit([(CHAT, both)] * 2, NOW) == [None, SECOND]
    async with reading(books.engine) as connection:
        rows = (await connection.execute(select(sent.c.target).order_by(sent.c.target))).scalars().all()
    assert rows == ["delete_chat", "graph"]


async def test_two_processes_cannot_both_take_the_last_place(books: SqlBooks, other: SqlBooks) -> None:
    """However they meet, no more than the limit is let through."""
    limit = Limit("graph", SECOND, 7)
    answers = await asyncio.gather(*(b.admit([(CHAT, [limit])] * 2, NOW) for b in (books, other) for _ in range(5)))
    assert [wait for answer in answers for wait in answer].count(None) == 7


async def test_an_error_of_the_database_says_nothing_of_the_values(books: SqlBooks) -> None:
    """A driver's exception becomes our code; neither message nor traceback holds what was being written."""
    secret = "DE89370400440532013000"
    with pytest.raises(StorageError) as caught:
        await keep(books, participant(name=secret, joined_at=None))

    assert caught.value.code == "invalid"
    assert secret not in "".join(traceback.format_exception(caught.value))


async def test_text_of_a_duty_and_code_of_an_attempt_are_bounded(books: SqlBooks) -> None:
    """What a duty is about is refused where it looks like text, and nothing of the page is kept."""
    with pytest.raises(ValueError, match="never text") as caught:
        await owe(books, "key", about=(("message", "line one\nline two"),))

    assert "line" not in str(caught.value)
    assert await books.next_due() == (None, None)


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite", "", "sqlite:///", "http://secret@host/"])
async def test_a_wrong_url_is_refused_without_showing_it(url: str) -> None:
    """Only SQLite files and PostgreSQL are databases; the URL, which may hold a password, is not repeated."""
    with pytest.raises(ValueError, match="database URL") as caught:
        await open_books(url)

    assert "secret" not in str(caught.value)


async def test_a_throw_away_database_is_empty_and_its_own() -> None:
    """Two throw-away databases do not share anything, and the file is gone after closing."""
    one, two = await open_books("sqlite://"), await open_books("sqlite://")
    await keep(one, consultation())
    assert (await one.conversations(), await two.conversations()) == ([CHAT], [])
    await one.close()
    await two.close()

    assert one.engine.url.database
    assert not Path(one.engine.url.database).parent.exists()


async def test_times_are_comparable_in_the_database(books: SqlBooks) -> None:
    """The stored forms order like the moments, with and without microseconds."""
    times = [datetime(2026, 3, 2, 9, 30, tzinfo=UTC), NOW, datetime(2026, 3, 2, 9, 30, 16, tzinfo=UTC)]
    await keep(books, consultation(), *(participant(f"29:{n}", joined_at=at) for n, at in enumerate(times)))

    query = select(participants.c.person).where(participants.c.joined_at < times[2])
    async with books.engine.connect() as connection:
        found = list((await connection.execute(query.order_by(participants.c.joined_at))).scalars())
        assert (await connection.execute(select(consultations.c.app_present))).scalar_one() is True

    assert found == ["29:0", "29:1"]
