"""Our side of the platform's limits, and what keeping them costs: how many transactions lie before a request."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event

from bot.ledger import Held
from bot.pacing import (
    IN_A_CONVERSATION,
    IN_THE_TENANT,
    LONGEST_WAIT,
    MEMBERS,
    PATIENCE,
    READS,
    TO_GRAPH,
    TO_SPEAK,
    Pacing,
    limits_of,
)
from bot.ports import BooksError, Duty, Throttled
from bot.storage.tables import sent

from .fakes import CHAT, IBAN, NOW, PETRA, TERMS, House, house


def duty(kind: str, key: str = "x", conversation: str = CHAT) -> Duty:
    """A duty of this kind."""
    return Duty(conversation=conversation, key=key, kind=kind, about=(), due_at=NOW, created_at=NOW)


def pacing(at: House, **more: Any) -> Pacing:
    """Pacing of this house."""
    return Pacing(at.books, at.clock, advisor_chat=at.books.advisor_chat, **more)


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
    pace = pacing(at)
    at.clock.forward(hours=2)
    with transactions(at) as log:
        assert await asked(pace, *(duty("hide", str(n)) for n in range(9)), duty("say"), duty("erase")) == [None] * 11
    assert log == ["write"]
    async with at.books.engine.connect() as connection:
        rows = (await connection.execute(sent.select().where(sent.c.at == at.clock()))).mappings().all()
    assert sorted(row["target"] for row in rows) == ["connector"] + ["graph"] * 9


async def test_no_more_than_the_limit_is_let_through_at_once(empty: House) -> None:
    """Duties that ask at the same moment cannot all see the same room; those held back ask again when there is some."""
    pace, second = pacing(empty), timedelta(seconds=1)
    waits = await asked(pace, *(duty("hide", str(n), f"19:{n}") for n in range(TO_GRAPH.most + 5)))
    assert waits == [None] * TO_GRAPH.most + [second] * 5
    empty.clock.forward(seconds=1)
    await pace(duty("hide"))


async def test_two_seconds_have_a_limit_of_their_own(empty: House) -> None:
    """8 in 2 s is less than twice 7 in one: what fits a second may not fit the next."""
    pace = pacing(empty)
    first, more = IN_A_CONVERSATION[0].most, IN_A_CONVERSATION[1].most - IN_A_CONVERSATION[0].most
    assert await asked(pace, *(duty("say", str(n)) for n in range(first))) == [None] * first
    empty.clock.forward(seconds=1.1)
    waits = await asked(pace, *(duty("say", f"more {n}") for n in range(first)))
    assert [wait is not None for wait in waits] == [False] * more + [True] * (first - more)


async def test_consultations_of_one_advisor_share_the_limit_of_their_chat(at: House) -> None:
    """Status cards of all go to one 1:1 chat, which is one conversation for the platform; their meetings are others."""

    async def advisor_chat(conversation: str) -> str | None:
        return "a:petra" if conversation != "19:unknown" else None

    pace, most = Pacing(at.books, at.clock, advisor_chat=advisor_chat), IN_A_CONVERSATION[0].most
    at.clock.forward(hours=2)
    waits = await asked(pace, *(duty("status", "x", f"19:{n}") for n in range(most + 2)), duty("say", "x", "19:1"))
    assert [wait is not None for wait in waits] == [False] * most + [True] * 2 + [False]
    assert await asked(pace, duty("status", "x", "19:unknown")) == [None]
    async with at.books.engine.connect() as connection:
        assert "a:petra" not in [row.conversation for row in await connection.execute(sent.select())]


async def test_masked_copies_are_counted_and_left_out_where_there_is_no_room() -> None:
    """A copy is an activity of the bot's like any other; it is never queued."""
    async with house(terms=replace(TERMS, masked_copy=True)) as at:
        await at.open()
        at.clock.forward(minutes=1)
        at.platform.texts.clear()
        for n in range(12):
            await at.say(IBAN, str(n), PETRA, rest=False)
        await at.ledger.at_rest()
        hidden = [finding for finding in (await at.state()).findings.values() if finding.hide == "done"]
        assert len(hidden) == 12
        assert 0 < len(at.platform.texts) <= IN_A_CONVERSATION[0].most


async def test_a_read_waits_for_room_and_gives_up_after_a_while(empty: House) -> None:
    """Reads of all replicas are counted; one that has waited often enough is to be asked again later."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 2:
            empty.clock.forward(seconds=seconds)

    pace, other = pacing(empty, sleep=sleep), pacing(empty)
    for n in range(READS.most):
        await (pace if n % 2 else other).room_to_read()
    await pace.room_to_read()
    assert slept == [1.0, 1.0]
    for _ in range(READS.most - 1):
        await pace.room_to_read()
    with pytest.raises(Throttled):
        await pace.room_to_read()
    assert len(slept) == 2 + PATIENCE


async def test_a_flood_in_one_conversation_leaves_room_for_others(empty: House) -> None:
    """What one conversation may be sent is bounded for itself; another one is served at the same moment."""
    pace = pacing(empty)
    most = IN_A_CONVERSATION[0].most
    waits = await asked(pace, *(duty("say", str(n)) for n in range(most + 3)), duty("say", "other", "19:other"))
    assert waits == [None] * most + [timedelta(seconds=1)] * 3 + [None]


async def test_whoever_is_held_back_for_long_asks_again_soon(empty: House) -> None:
    """A limit that looks back half a minute or an hour does not make a duty wait as long."""
    pace, limit = pacing(empty), IN_A_CONVERSATION[2]
    for _ in range(limit.most // 3 + 1):
        await asked(pace, *(duty("say", str(n)) for n in range(3)))
        empty.clock.forward(seconds=1.1)
    empty.clock.now = NOW + timedelta(seconds=20)
    with pytest.raises(Held) as held:
        await pace(duty("say"))
    assert held.value.until == empty.clock() + LONGEST_WAIT


async def test_chats_are_deleted_one_in_a_second(empty: House) -> None:
    """For the whole tenant, whatever else Graph has room for."""
    pace = pacing(empty)
    waits = await asked(pace, *(duty("delete_chat", "x", f"19:{n}") for n in range(3)), duty("hide"))
    assert waits == [None, timedelta(seconds=1), timedelta(seconds=1), None]


async def test_where_the_books_fail_everybody_who_asked_is_told(empty: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for ever, and the next one is answered again."""
    pace, admit = pacing(empty), empty.books.admit

    async def fails(*given: object) -> list[timedelta | None]:
        raise BooksError("unreachable")

    monkeypatch.setattr(empty.books, "admit", fails)
    found = await asyncio.gather(pace(duty("hide")), pace(duty("say")), return_exceptions=True)
    assert [type(one) for one in found] == [BooksError, BooksError]
    monkeypatch.setattr(empty.books, "admit", admit)
    assert await asked(pace, duty("hide")) == [None]


async def test_one_who_is_gone_keeps_nobody_from_an_answer(empty: House) -> None:
    """A duty that was cancelled while it asked is passed over."""
    pace = pacing(empty)
    gone, there = asyncio.create_task(pace(duty("hide", "1"))), asyncio.create_task(pace(duty("hide", "2")))
    await asyncio.sleep(0)
    gone.cancel()
    await there
    assert gone.cancelled() or gone.cancelling()


def test_every_kind_has_its_limits() -> None:
    """What speaks is limited in its conversation and in the tenant, what asks Graph there, what stays here nowhere."""
    assert limits_of(duty("warn")) == (*IN_A_CONVERSATION, IN_THE_TENANT)
    assert limits_of(duty("hide")) == (TO_GRAPH,)
    assert limits_of(duty("read_roster")) == (*MEMBERS, IN_THE_TENANT)
    assert [limit.target for limit in limits_of(duty("delete_chat"))] == ["graph", "delete_chat"]
    assert limits_of(duty("purge")) == ()


async def test_a_clock_that_is_set_back_holds_nothing(empty: House) -> None:
    """What was counted before lies in the future then; it does not count until that comes, which may take hours."""
    limits = [(CHAT, TO_SPEAK)]
    while await empty.books.admit(limits, empty.clock()) == [None]:
        pass
    empty.clock.forward(hours=-1)
    assert await empty.books.admit(limits, empty.clock()) == [None]


async def test_replicas_whose_clocks_differ_a_little_share_their_limits(empty: House) -> None:
    """What a replica has counted whose clock is a second ahead counts for the others."""
    limits = [(CHAT, TO_SPEAK)]
    while await empty.books.admit(limits, empty.clock()) == [None]:
        pass
    empty.clock.forward(seconds=-1)
    assert await empty.books.admit(limits, empty.clock()) != [None]
