"""Two replicas on one database: each has its own memory, and neither acts on what the other has changed."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest

from bot.ports import BooksError
from bot.serve import follow_changes
from bot.storage import open_books
from bot.storage.books import SqlBooks
from bot.storage.changes import changes
from bot.storage.engine import make_engine, writing

from .fakes import CHAT, ERIKA, House, house
from .test_clean_path import pages_of

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "")
on_postgres = pytest.mark.skipif(not POSTGRES, reason="left out: TEST_POSTGRES_URL names no PostgreSQL")


@asynccontextmanager
async def schema() -> AsyncIterator[str]:
    """The URL of an empty schema."""
    name = f"test_{secrets.token_hex(6)}"
    engine = make_engine(POSTGRES)
    async with writing(engine) as connection:
        await connection.exec_driver_sql(f"CREATE SCHEMA {name}")
    try:
        yield f"{POSTGRES}{'&' if '?' in POSTGRES else '?'}options=-csearch_path%3D{name}"
    finally:
        async with writing(engine) as connection:
            await connection.exec_driver_sql(f"DROP SCHEMA {name} CASCADE")
        await engine.dispose()


@asynccontextmanager
async def replicas() -> AsyncIterator[tuple[House, House]]:
    """Two replicas of a product with an open consultation and a guest in it, in front of one platform."""
    async with schema() as url:
        first, second = await open_books(url), await open_books(url)
        try:
            one = House(first)
            await one.open()
            await one.join()
            await one.press(ERIKA, "welcome", "accept")
            yield one, House(second, platform=one.platform)
        finally:
            await first.close()
            await second.close()


@asynccontextmanager
async def following(at: House) -> AsyncIterator[Callable[[str | None], asyncio.Event]]:
    """The replica listens; what is yielded gives an event that is set when it is told of this conversation."""
    told: dict[str | None, asyncio.Event] = {}
    changed = at.inbox._rooms.changed

    def noted(conversation: str | None) -> None:
        changed(conversation)
        told.setdefault(conversation, asyncio.Event()).set()

    at.inbox._rooms.changed = noted  # type: ignore[method-assign]
    listening = told.setdefault(None, asyncio.Event())
    task = asyncio.create_task(follow_changes(at.inbox))
    try:
        async with asyncio.timeout(20):
            await listening.wait()
        yield lambda conversation: told.setdefault(conversation, asyncio.Event())
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@on_postgres
async def test_a_withdrawal_at_one_replica_ends_the_listening_of_the_other() -> None:
    """The other replica hears of it and looks again: a message after the withdrawal is not even scanned there."""
    async with replicas() as (one, two):
        async with following(two) as told:
            await two.say("Guten Morgen.", "0", rest=False)
            await two.say("Hören Sie mich?", "1", rest=False)
            with pages_of(two) as opened:
                await two.say("Wie geht es Ihnen?", "2", rest=False)
            assert opened == []
            heard = told(CHAT)
            heard.clear()
            await one.press(ERIKA, "welcome", "withdraw")
            async with asyncio.timeout(20):
                await heard.wait()
            scans: list[object] = []
            scan = two.inbox._ear.scan
            two.inbox._ear.scan = lambda it: scans.append(it) or scan(it)  # type: ignore[method-assign, func-returns-value]
            await two.say("Ich bin noch da.", "3", rest=False)
        assert scans == []
        assert not (await two.state()).is_open


@on_postgres
async def test_what_a_replica_writes_itself_is_no_news_to_it() -> None:
    """Each hears of the other's conversations, in the order of their commits, and never of its own."""
    async with schema() as url:
        first, second = await open_books(url), await open_books(url)
        try:
            one, two = first.changes(), second.changes()
            assert [await anext(one), await anext(two)] == [None, None]
            for books, name in ((first, "19:a"), (second, "19:b"), (first, "19:c"), (second, "19:d")):
                async with books.page(name) as page:
                    page.changed = True
            async with first.page("19:read only"):
                pass
            assert [await anext(one), await anext(one)] == ["19:b", "19:d"]
            assert [await anext(two), await anext(two)] == ["19:a", "19:c"]
            await one.aclose()  # type: ignore[attr-defined]
            await two.aclose()  # type: ignore[attr-defined]
        finally:
            await first.close()
            await second.close()


@on_postgres
async def test_the_beat_of_another_replica_is_no_news() -> None:
    """It says that somebody listens, not that anything was written: nothing remembered is forgotten for it."""
    async with schema() as url:
        first, second = await open_books(url), await open_books(url)
        try:
            one, two = changes(first.engine, "one", beat=0.1), changes(second.engine, "two", beat=0.1)
            assert [await anext(one), await anext(two)] == [None, None]
            heard = [asyncio.ensure_future(anext(it)) for it in (one, two)]
            async with writing(first.engine) as connection:
                for _ in range(8):  # time for beats of both
                    await connection.exec_driver_sql("SELECT pg_sleep(0.1)")
            assert [it.done() for it in heard] == [False, False]
            async with first.page("19:a") as page:
                page.changed = True
            assert await asyncio.gather(*heard) == ["19:a", "19:a"]
            await one.aclose()
            await two.aclose()
        finally:
            await first.close()
            await second.close()


@on_postgres
async def test_another_schema_of_the_database_is_not_heard() -> None:
    """Two installations may share a database: what one writes makes the other forget nothing."""
    async with schema() as here, schema() as there:
        mine, other, foreign = await open_books(here), await open_books(here), await open_books(there)
        try:
            heard = mine.changes()
            assert await anext(heard) is None
            for books, name in ((foreign, "19:foreign"), (other, "19:other")):
                async with books.page(name) as page:
                    page.changed = True
            assert await anext(heard) == "19:other"
            await heard.aclose()  # type: ignore[attr-defined]
        finally:
            for books in (mine, other, foreign):
                await books.close()


@on_postgres
async def test_a_lost_connection_is_noticed_and_listening_begins_anew() -> None:
    """Whoever listens again is told that anything may have changed; a killed connection raises our own error."""
    async with schema() as url:
        books = await open_books(url)
        try:
            heard = changes(books.engine, "me", beat=0.2)
            assert await anext(heard) is None
            pid = heard.ag_frame.f_locals["driver"].info.backend_pid  # type: ignore[attr-defined]
            async with writing(books.engine) as connection:
                await connection.exec_driver_sql(f"SELECT pg_terminate_backend({pid})")
            with pytest.raises(BooksError):
                await anext(heard)
            again = changes(books.engine, "me")
            assert await anext(again) is None
            await again.aclose()
        finally:
            await books.close()


@on_postgres
async def test_a_deaf_connection_is_noticed_by_its_own_beat() -> None:
    """A pooler may hand LISTEN to another connection: without our own beat coming back, listening has failed."""
    async with schema() as url:
        books = await open_books(url)
        try:
            heard = changes(books.engine, "me", beat=0.2)
            assert await anext(heard) is None
            driver = heard.ag_frame.f_locals["driver"]  # type: ignore[attr-defined]
            await driver.execute("UNLISTEN *")
            with pytest.raises(BooksError, match="unreachable"):
                await anext(heard)
        finally:
            await books.close()


@on_postgres
async def test_a_name_too_long_to_be_told_is_told_as_anything() -> None:
    """The transaction is not lost over it."""
    async with schema() as url:
        first, second = await open_books(url), await open_books(url)
        try:
            heard = second.changes()
            assert await anext(heard) is None
            async with first.page("19:" + "x" * 9000) as page:
                page.changed = True
            assert await anext(heard) is None
            await heard.aclose()  # type: ignore[attr-defined]
        finally:
            await first.close()
            await second.close()


def other_than(at: House) -> House:
    """Another replica, or the same one after a restart: nothing is in its memory."""
    return House(at.books, platform=at.platform)


@pytest.mark.parametrize("presses", ["accept", "decline"])
async def test_a_press_delivered_again_to_another_replica_is_answered_the_same(at: House, presses: str) -> None:
    """It acts once, and shows the card that the first delivery showed."""
    first = await at.press(ERIKA, "welcome", presses, key="same")
    two = other_than(at)
    again = await two.press(ERIKA, "welcome", presses, key="same")
    assert first.card is not None
    assert again == first
    assert "CardPressed" not in [name for what, name, _ in two.watched if what == "fact"]


async def test_a_withdrawal_delivered_again_is_no_refusal(at: House) -> None:
    """After the first delivery the rules would call the card somebody else's: the first answer counts."""
    await at.press(ERIKA, "welcome", "accept")
    first = await at.press(ERIKA, "welcome", "withdraw", key="same")
    again = await other_than(at).press(ERIKA, "welcome", "withdraw", key="same")
    assert not again.forbidden
    assert again == first


async def test_a_refused_press_is_refused_again_elsewhere(at: House) -> None:
    """The sentence for somebody who pressed what is not theirs comes again, and no card."""
    first = await at.press(ERIKA, "advisor_status", "close", key="same", activity="made-up")
    again = await other_than(at).press(ERIKA, "advisor_status", "close", key="same", activity="made-up")
    assert first.forbidden
    assert again == first


async def test_an_answer_given_again_shows_how_things_stand_now(at: House) -> None:
    """The answer is the first one, but its card is drawn from the state: what has changed since is on it."""
    before = await at.press(ERIKA, "welcome", "accept", key="accept")
    await at.press(ERIKA, "welcome", "withdraw")
    again = await other_than(at).press(ERIKA, "welcome", "accept", key="accept")
    assert again.card is not None
    assert again != before
    assert again == await at.press(ERIKA, "welcome", "accept", key="accept")


@on_postgres
async def test_the_other_replica_answers_from_postgresql_too() -> None:
    """The same on the database that replicas share, with the presses at the same moment."""
    async with replicas() as (one, two):
        both = await asyncio.gather(*(r.press(ERIKA, "welcome", "decline", key="same") for r in (one, two)))
        assert both[0] == both[1]
        facts = [name for r in (one, two) for what, name, _ in r.watched if what == "fact"]
        assert facts.count("CardPressed") == 2  # one accepted when the house was opened


async def test_on_sqlite_there_is_nobody_to_listen_to(empty: House) -> None:
    """Following ends at once: one process serves the file."""
    async with asyncio.timeout(20):
        await follow_changes(empty.inbox)


@pytest.mark.parametrize("error", [BooksError("unreachable"), RuntimeError("a defect")])
async def test_following_begins_anew_after_a_failure(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither an outage nor a defect of ours ends it."""
    async with house() as at:
        tries: list[int] = []

        async def follow() -> None:
            tries.append(1)
            if len(tries) < 3:
                raise error

        monkeypatch.setattr(at.inbox, "follow", follow)
        async with asyncio.timeout(20):
            await follow_changes(at.inbox, pause=timedelta(0))
        assert len(tries) == 3


def test_books_are_told_apart() -> None:
    """Two processes on one database have different names, so that each hears the other."""
    names = {SqlBooks(make_engine("sqlite:///nowhere.sqlite3"))._name for _ in range(8)}
    assert len(names) == 8
