"""The probes and the running of the ledger's loop."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.desk import described
from bot.effects import IN_LINE, effects, lane
from bot.policy.decisions import Answer, Drop, Forgo, Keep, Owe, Record
from bot.policy.facts import PersonLeft
from bot.policy.state import Refusal, State
from bot.policy.terms import Terms
from bot.ports import BooksError, Duty
from bot.web.health import Health, routes

from .fakes import CHAT, ERIKA, IBAN, NOW, House


async def probes(at: House, failing: bool = False) -> TestClient:
    """A client of an application with the probes."""

    async def ping() -> None:
        if failing:
            raise BooksError("unreachable")
        await at.books.ping()

    application = web.Application()
    application.add_routes(routes(Health(ping, at.ledger)))
    client = TestClient(TestServer(application))
    await client.start_server()
    return client


@pytest.mark.parametrize(("failing", "status"), [(False, 200), (True, 503)])
async def test_ready_means_that_the_books_can_be_reached(empty: House, failing: bool, status: int) -> None:
    """Alive is always said, ready only with a database, and the reason is one of our words."""
    client = await probes(empty, failing)
    try:
        assert (await client.get("/healthz")).status == 200
        answer = await client.get("/readyz")
        assert answer.status == status
        assert ("unreachable" in await answer.text()) == failing
    finally:
        await client.close()


async def test_a_process_that_stops_is_not_ready(empty: House) -> None:
    """From the stop on the probe sends nobody here any more."""
    client = await probes(empty)
    try:
        await empty.ledger.stop()
        assert (await client.get("/readyz")).status == 503
    finally:
        await client.close()


async def test_the_loop_carries_out_what_is_owed_meanwhile(at: House) -> None:
    """A fact wakes the loop, and its effects follow without anybody asking."""
    running = asyncio.create_task(at.ledger.run())
    await at.say(IBAN, rest=False)
    async with asyncio.timeout(20):
        while "hide" not in at.platform.calls:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await at.ledger.stop()
    await running
    assert at.platform.messages["1001"].hidden


async def test_a_sweep_that_fails_is_tried_again(empty: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that is away for a moment does not end the loop."""
    times: list[int] = []

    async def away(*given: object, **named: object) -> list[Duty]:
        times.append(1)
        empty.ledger.wake()
        if len(times) > 2:
            empty.ledger._stopping = True
        raise BooksError("unreachable")

    monkeypatch.setattr(empty.books, "claim", away)
    await empty.ledger.run()
    assert len(times) == 3


def test_every_decision_has_its_description() -> None:
    """The watch sees ids and counts of each kind of decision."""
    decisions = [
        Keep(Refusal(conversation=CHAT, rung="hide", sender="guest")),
        Drop(Refusal(conversation=CHAT, rung="hide", sender="guest")),
        Owe(kind="hide", key="hide:1:1", about=(("message", "1"),)),
        Forgo(key="x"),
        Record(kind="chat:paused"),
        Answer(card="welcome"),
    ]
    assert [described(one)[0] for one in decisions] == ["keep", "drop", "owe", "forgo", "record", "answer"]


async def test_lanes_are_of_kinds_that_exist(empty: House) -> None:
    """The order table names real effects; hiding and showing one message share a lane, two messages do not."""
    assert set(IN_LINE) <= set(effects(empty.context))

    def of(kind: str, message: str) -> str:
        about = (("message", message),)
        return lane(
            Duty(conversation=CHAT, key=f"{kind}:{message}", kind=kind, about=about, due_at=NOW, created_at=NOW)
        )

    assert of("hide", "1") == of("unhide", "1") != of("hide", "2")


async def test_who_asks_for_the_state_at_once_shares_one_reading(at: House) -> None:
    """Effects that begin together read it once; who asks after the reading has begun sees what was written since."""
    readings: list[str] = []
    read = at.books.state
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(conversation: str, terms: Terms) -> State:
        readings.append(conversation)
        state = await read(conversation, terms)
        begun.set()
        await go_on.wait()
        return state

    at.books.state = slowly  # type: ignore[method-assign]
    early = [asyncio.create_task(at.desk.look(CHAT)) for _ in range(3)]
    await begun.wait()
    await at.desk.take(PersonLeft(conversation=CHAT, key="left", person=ERIKA.id))
    late = asyncio.create_task(at.desk.look(CHAT))
    go_on.set()
    assert [(await one).people[ERIKA.id].present for one in early] == [True] * 3
    assert not (await late).people[ERIKA.id].present
    assert readings == [CHAT, CHAT]


async def test_a_reading_that_fails_fails_for_all_who_share_it_and_is_begun_anew(at: House) -> None:
    """An outage reaches everybody who asked; the next one asks the database again, and one who is gone harms nobody."""
    read = at.books.state

    async def away(conversation: str, terms: Terms) -> State:
        raise BooksError("unreachable")

    at.books.state = away  # type: ignore[method-assign]
    found = await asyncio.gather(at.desk.look(CHAT), at.desk.look(CHAT), return_exceptions=True)
    assert [type(one) for one in found] == [BooksError, BooksError]
    at.books.state = read  # type: ignore[method-assign]
    gone, there = asyncio.create_task(at.desk.look(CHAT)), asyncio.create_task(at.desk.look(CHAT))
    await asyncio.sleep(0)
    gone.cancel()
    assert (await there).is_open
