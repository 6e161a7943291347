"""Our side of the platform's limits, and what keeping them costs: how many transactions lie before a request."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Connection, event

from bot.ledger import Held
from bot.pacing import IN_A_CONVERSATION, IN_THE_TENANT, LONGEST_WAIT, TO_GRAPH, Pacing, limits_of
from bot.ports import BooksError, Duty
from bot.storage.tables import sent

from .fakes import CHAT, IBAN, NOW, House


def duty(kind: str, key: str = "x", conversation: str = CHAT) -> Duty:
    """A duty of this kind."""
    return Duty(conversation=conversation, key=key, kind=kind, about=(), due_at=NOW, created_at=NOW)


async def asked(pace: Pacing, *duties: Duty) -> list[timedelta | None]:
    """How long each of these duties, all asking at once, is held back."""
    found = await asyncio.gather(*(pace(one) for one in duties), return_exceptions=True)
    for one in found:
        if one is not None and not isinstance(one, Held):
            raise one
    return [one.until - NOW if isinstance(one, Held) else None for one in found]


@contextmanager
def transactions(at: House) -> Iterator[list[str]]:
    """Every transaction begun meanwhile, "read" or "write", and every call of the platform by its name."""
    log: list[str] = []
    engine, call = at.books.engine.sync_engine, at.platform.call

    def begun(connection: Connection) -> None:
        log.append("write" if "IMMEDIATE" in connection.get_execution_options().get("begin", "") else "read")

    def called(name: str):  # type: ignore[no-untyped-def]
        log.append(name)
        return call(name)

    event.listen(engine, "begin", begun)
    at.platform.call = called  # type: ignore[method-assign]
    yield log
    event.remove(engine, "begin", begun)
    at.platform.call = call  # type: ignore[method-assign]


async def test_before_a_message_is_hidden_the_database_is_written_three_times(at: House) -> None:
    """The fact with what it owes, the claim, and the counted request, which is one for all duties of the claim."""
    await at.say("Guten Morgen, wie geht es Ihnen?", "1")
    await at.say("Schön, dass es geklappt hat.", "2")
    at.clock.forward(minutes=1)
    with transactions(at) as log:
        await at.say(IBAN, "3", rest=False)
        await at.ledger.sweep()
        await asyncio.wait(list(at.ledger._running))
    before = log[: log.index("hide")]
    assert before.count("write") == 3
    assert before.count("read") == 2  # the state before the fact, and once for all effects that begin


async def test_what_asks_at_once_is_answered_in_one_transaction(at: House) -> None:
    """All of a claim wait for one commit, and each is counted."""
    pace = Pacing(at.books, at.clock)
    at.clock.forward(hours=2)
    with transactions(at) as log:
        assert await asked(pace, *(duty("hide", str(n)) for n in range(9)), duty("say"), duty("erase")) == [None] * 11
    assert log == ["write"]
    async with at.books.engine.connect() as connection:
        rows = (await connection.execute(sent.select().where(sent.c.at == at.clock()))).mappings().all()
    assert sorted(row["target"] for row in rows) == ["connector"] + ["graph"] * 9


async def test_no_more_than_the_limit_is_let_through_at_once(empty: House) -> None:
    """Duties that ask at the same moment cannot all see the same room; those held back ask again when there is some."""
    pace, second = Pacing(empty.books, empty.clock), timedelta(seconds=1)
    waits = await asked(pace, *(duty("hide", str(n), f"19:{n}") for n in range(TO_GRAPH.most + 5)))
    assert waits == [None] * TO_GRAPH.most + [second] * 5
    empty.clock.forward(seconds=1)
    await pace(duty("hide"))


async def test_a_flood_in_one_conversation_leaves_room_for_others(empty: House) -> None:
    """What one conversation may be sent is bounded for itself; another one is served at the same moment."""
    pace = Pacing(empty.books, empty.clock)
    most = IN_A_CONVERSATION[0].most
    waits = await asked(pace, *(duty("say", str(n)) for n in range(most + 3)), duty("say", "other", "19:other"))
    assert waits == [None] * most + [timedelta(seconds=1)] * 3 + [None]


async def test_whoever_is_held_back_for_long_asks_again_soon(empty: House) -> None:
    """A limit that looks back half a minute or an hour does not make a duty wait as long."""
    pace, limit = Pacing(empty.books, empty.clock), IN_A_CONVERSATION[1]
    for _ in range(limit.most // 5):
        await asked(pace, *(duty("say", str(n)) for n in range(5)))
        empty.clock.forward(seconds=1.1)
    empty.clock.now = NOW + timedelta(seconds=20)
    with pytest.raises(Held) as held:
        await pace(duty("say"))
    assert held.value.until == empty.clock() + LONGEST_WAIT


async def test_chats_are_deleted_one_in_a_second(empty: House) -> None:
    """For the whole tenant, whatever else Graph has room for."""
    pace = Pacing(empty.books, empty.clock)
    waits = await asked(pace, *(duty("delete_chat", "x", f"19:{n}") for n in range(3)), duty("hide"))
    assert waits == [None, timedelta(seconds=1), timedelta(seconds=1), None]


async def test_where_the_books_fail_everybody_who_asked_is_told(empty: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for ever, and the next one is answered again."""
    pace, admit = Pacing(empty.books, empty.clock), empty.books.admit

    async def fails(*given: object) -> list[timedelta | None]:
        raise BooksError("unreachable")

    monkeypatch.setattr(empty.books, "admit", fails)
    found = await asyncio.gather(pace(duty("hide")), pace(duty("say")), return_exceptions=True)
    assert [type(one) for one in found] == [BooksError, BooksError]
    monkeypatch.setattr(empty.books, "admit", admit)
    assert await asked(pace, duty("hide")) == [None]


async def test_one_who_is_gone_keeps_nobody_from_an_answer(empty: House) -> None:
    """A duty that was cancelled while it asked is passed over."""
    pace = Pacing(empty.books, empty.clock)
    gone, there = asyncio.create_task(pace(duty("hide", "1"))), asyncio.create_task(pace(duty("hide", "2")))
    await asyncio.sleep(0)
    gone.cancel()
    await there
    assert gone.cancelled() or gone.cancelling()


def test_every_kind_has_its_limits() -> None:
    """What speaks is limited in its conversation and in the tenant, what asks Graph there, what stays here nowhere."""
    assert limits_of(duty("warn")) == (*IN_A_CONVERSATION, IN_THE_TENANT)
    assert limits_of(duty("hide")) == (TO_GRAPH,)
    assert [limit.target for limit in limits_of(duty("delete_chat"))] == ["graph", "delete_chat"]
    assert limits_of(duty("purge")) == ()
