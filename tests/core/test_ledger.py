"""The ledger's hand: what is asked again, when, how often, and what is never asked twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.ledger import LEASE, MOST_FAULTS, MOST_TRIES, Done, Effect, Held, Missed, Moot
from bot.policy.decisions import Owe
from bot.ports import Duty, Gone, Refused, Throttled, Unavailable
from bot.storage.tables import attempts, owed

from .fakes import CHAT, NOW, House


async def owe(at: House, kind: str, key: str = "x", conversation: str = CHAT, **how: object) -> None:
    """Owe a duty."""
    async with at.books.page(conversation) as page:
        await page.owe(Owe(kind=kind, key=key, **how), at.clock())  # type: ignore[arg-type]


async def row(at: House, key: str = "x") -> dict[str, object]:
    """A duty's row."""
    async with at.books.engine.connect() as connection:
        return dict((await connection.execute(owed.select().where(owed.c.key == key))).mappings().one())


async def results(at: House, key: str = "x") -> list[tuple[str, str]]:
    """Every attempt with its code."""
    async with at.books.engine.connect() as connection:
        rows = await connection.execute(attempts.select().where(attempts.c.key == key).order_by(attempts.c.n))
        return [(one.result, one.code) for one in rows]


async def turns(until: Callable[[], bool]) -> None:
    """Let the event loop turn until something is true."""
    for _ in range(100_000):
        if until():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came true")


def failing(*errors: Exception) -> tuple[Effect, list[Duty]]:
    """An effect that fails so, then works; and the duties it was given."""
    given: list[Duty] = []
    waiting = list(errors)

    async def effect(duty: Duty) -> Done:
        given.append(duty)
        if waiting:
            raise waiting.pop(0)
        return Done()

    return effect, given


@pytest.mark.parametrize(
    ("error", "result", "code"),
    [
        (Refused("forbidden", 403), "refused", "forbidden"),
        (Gone("not_there", 404), "failed", "not_there"),
        (Moot("dealt_with"), "skipped", "dealt_with"),
        (Missed("author_gone"), "failed", "author_gone"),
    ],
)
async def test_what_is_decided_is_not_asked_again(empty: House, error: Exception, result: str, code: str) -> None:
    """A refusal, a missing thing or a duty without occasion closes it with its result and code."""
    effect, given = failing(error)
    empty.start(extra={"probe": effect})
    await owe(empty, "probe")
    await empty.rest()
    assert len(given) == 1
    assert await results(empty) == [(result, code)]
    assert (await row(empty))["state"] == result


@pytest.mark.parametrize("seconds", [1.0, 7.0, 90.0, 1200.0])
async def test_retry_after_is_honoured(empty: House, seconds: float) -> None:
    """The platform is not asked again before the moment it named, and then at once."""
    effect, given = failing(Throttled("throttled", 429, seconds))
    empty.start(extra={"probe": effect})
    await owe(empty, "probe")
    await empty.ledger.at_rest()
    empty.clock.forward(seconds=seconds - 0.001)
    await empty.ledger.at_rest()
    assert len(given) == 1
    empty.clock.forward(seconds=0.001)
    await empty.ledger.at_rest()
    assert len(given) == 2
    assert await results(empty) == [("retry", "throttled"), ("done", "")]


async def test_without_retry_after_the_pauses_grow(empty: House) -> None:
    """Back-off doubles, stretched by up to a half; a given seed gives the same pauses again."""
    effect, _ = failing(*[Unavailable("timeout", maybe_done=False) for _ in range(5)])
    empty.start(extra={"probe": effect})
    await owe(empty, "probe")
    pauses = []
    for _ in range(5):
        before = empty.clock()
        _, retry = await empty.ledger.at_rest()
        assert retry is not None
        pauses.append((retry - before).total_seconds())
        empty.clock.now = retry
    assert all(2**n <= pause <= 1.5 * 2**n for n, pause in enumerate(pauses)), pauses


async def test_it_gives_up_in_the_end_and_says_so(empty: House) -> None:
    """After the last try the duty is closed as given up, and the trail names kind and code."""
    effect, given = failing(*[Unavailable("timeout") for _ in range(MOST_TRIES)])
    empty.start(extra={"probe": effect})
    await owe(empty, "probe")
    await empty.until(hours=2)
    assert len(given) == MOST_TRIES
    assert (await results(empty))[-1] == ("gave_up", "timeout")
    entries = await trail(empty)
    assert ("duty:gave_up", '{"code":"timeout","kind":"probe"}') in entries


async def trail(at: House) -> list[tuple[str, str]]:
    """Kinds and fields of the audit trail."""
    from bot.storage.tables import audit

    async with at.books.engine.connect() as connection:
        return [(one.kind, one.fields) for one in await connection.execute(audit.select())]


async def test_a_lost_answer_makes_the_duty_doubtful(empty: House) -> None:
    """Where the request may have been carried out the next try knows, where it was not it does not."""
    effect, given = failing(Unavailable("unreachable"), Unavailable("cut", maybe_done=True))
    empty.start(extra={"probe": effect})
    await owe(empty, "probe")
    await empty.rest()
    assert [duty.uncertain for duty in given] == [False, False, True]


async def test_holding_back_is_no_attempt(empty: House) -> None:
    """Our own pacing postpones without counting, however often."""
    effect, given = failing(*[Held(NOW + timedelta(seconds=n)) for n in range(1, 40)])
    empty.start(extra={"probe": effect})
    await owe(empty, "probe")
    await empty.rest()
    assert len(given) == 40
    assert await results(empty) == [("done", "")]


async def test_an_unexpected_error_is_tried_a_few_times_and_blocks_nobody(empty: House) -> None:
    """A defect of ours is asked for three times, its neighbour in the same lane once."""
    bad, given = failing(*[RuntimeError("Sommer2024!") for _ in range(9)])
    good, others = failing()
    empty.start(extra={"say": bad, "redraw_flag": good})
    await owe(empty, "say", "x")
    await owe(empty, "redraw_flag", "y")
    await empty.rest()
    assert (len(given), len(others)) == (MOST_FAULTS, 1)
    assert (await results(empty))[-1] == ("gave_up", "internal")


async def test_a_rule_that_fails_does_not_repeat_the_effect_for_ever(
    empty: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """If the end of a duty cannot be decided, it is set aside after a few tries, and the trail says so."""
    effect, given = failing()
    empty.start(extra={"probe": effect})

    def broken(*_: object) -> None:
        raise KeyError("Sommer2024!")

    monkeypatch.setattr("bot.desk.decide", broken)
    await owe(empty, "probe")
    await empty.until(hours=1)
    assert len(given) == MOST_FAULTS
    assert (await row(empty))["state"] == "gave_up"
    assert ("duty:gave_up", '{"code":"internal","kind":"probe"}') in await trail(empty)
    assert "Sommer2024!" not in caplog.text


async def test_a_timer_whose_rule_fails_is_set_aside_too(empty: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A moment that cannot be decided does not come again for ever."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("bot.desk.decide", broken)
    await owe(empty, "timer:remind")
    await empty.until(hours=1)
    assert (await row(empty))["state"] == "gave_up"


async def test_an_unknown_kind_is_given_up(empty: House) -> None:
    """A row of a later version of the product blocks nothing."""
    await owe(empty, "from_the_future")
    await empty.until(minutes=10)
    assert (await row(empty))["state"] == "gave_up"


async def test_the_result_of_a_lost_lease_is_not_written(empty: House) -> None:
    """Whoever took the duty over writes the truth, the former holder writes nothing."""
    given: list[Duty] = []

    async def slow(duty: Duty) -> Done:
        given.append(duty)
        empty.clock.forward(seconds=LEASE.total_seconds() + 1)
        taken = await empty.books.claim(empty.clock(), holder="two", lease=LEASE, limit=5)
        assert [one.uncertain for one in taken] == [True]
        return Done()

    empty.start(extra={"probe": slow})
    await owe(empty, "probe")
    await empty.ledger.sweep()
    await asyncio.wait(list(empty.ledger._running))
    assert len(given) == 1
    assert await results(empty) == []
    assert (await row(empty))["lease_holder"] == "two"


async def test_nothing_is_begun_under_a_lease_that_is_over(empty: House) -> None:
    """The second duty of a lane waits too long behind the first: it is left to the next holder."""
    done: list[str] = []

    async def slow(duty: Duty) -> Done:
        done.append(duty.key)
        empty.clock.forward(seconds=LEASE.total_seconds() + 1)
        return Done()

    empty.start(extra={"say": slow})
    await owe(empty, "say", "first")
    await owe(empty, "say", "second")
    await empty.ledger.sweep()
    await asyncio.wait(list(empty.ledger._running))
    assert done == ["first"]


async def test_a_lane_keeps_its_order_across_sweeps(empty: House) -> None:
    """What was claimed later waits for what is under way in its lane; other lanes and chats do not."""
    order: list[str] = []
    gate = asyncio.Event()

    async def waiting(duty: Duty) -> Done:
        if duty.key == "first":
            await gate.wait()
        order.append(duty.key)
        return Done()

    empty.start(extra={"say": waiting, "status": waiting})
    await owe(empty, "say", "first")
    await empty.ledger.sweep()
    await owe(empty, "say", "second")
    await owe(empty, "status", "other-lane")
    await owe(empty, "say", "other-chat", conversation="19:other")
    await empty.ledger.sweep()
    await turns(lambda: not (len(order) < 2))
    assert set(order) == {"other-lane", "other-chat"}
    gate.set()
    await empty.ledger.at_rest()
    assert order[2:] == ["first", "second"]


async def test_a_flood_in_one_chat_leaves_room_for_others(empty: House) -> None:
    """With forty stuck duties of one conversation another one's is carried out at once."""
    gate, done = asyncio.Event(), []

    async def stuck(duty: Duty) -> Done:
        if duty.conversation == CHAT:
            await gate.wait()
        done.append(duty.conversation)
        return Done()

    empty.start(extra={"probe": stuck})
    for number in range(40):
        await owe(empty, "probe", f"x{number}")
    for _ in range(12):
        await empty.ledger.sweep()
    await owe(empty, "probe", conversation="19:other")
    await empty.ledger.sweep()
    await turns(lambda: bool(done))
    assert done == ["19:other"]
    gate.set()
    await empty.rest()
    assert len(done) == 41


async def test_stopping_finishes_what_has_begun_and_claims_nothing_more(empty: House) -> None:
    """The effect under way ends and is written; what is owed afterwards stays for the next process."""
    gate, done = asyncio.Event(), []

    async def slow(duty: Duty) -> Done:
        await gate.wait()
        done.append(duty.key)
        return Done()

    empty.start(extra={"probe": slow})
    running = asyncio.create_task(empty.ledger.run())
    await owe(empty, "probe", "begun")
    empty.ledger.wake()
    await turns(lambda: bool(empty.ledger.busy))
    stopping = asyncio.create_task(empty.ledger.stop())
    await asyncio.sleep(0)
    await owe(empty, "probe", "later")
    empty.ledger.wake()
    gate.set()
    await stopping
    await running
    assert done == ["begun"]
    assert await results(empty, "begun") == [("done", "")]
    assert (await row(empty, "later"))["state"] == "open"
    assert await empty.ledger.sweep() == 0


async def test_stopping_in_the_middle_of_claiming_finishes_that_too(empty: House) -> None:
    """What the claim under way brings is carried out before the books are closed."""
    effect, given = failing()
    empty.start(extra={"probe": effect})
    await owe(empty, "probe")
    sweep = asyncio.create_task(empty.ledger.sweep())
    await asyncio.sleep(0)
    await empty.ledger.stop()
    assert await sweep == len(given)
    assert not empty.ledger.busy


async def test_a_crash_in_the_middle_is_found_and_carried_out_again(empty: House) -> None:
    """A holder that died leaves its lease; the next process takes the duty over and knows that it is doubtful."""
    await owe(empty, "probe")
    await empty.books.claim(empty.clock(), holder="dead", lease=LEASE, limit=5)
    effect, given = failing()
    empty.start(extra={"probe": effect})
    await empty.ledger.at_rest()
    assert given == []
    await empty.books.take_over()
    await empty.ledger.at_rest()
    assert [duty.uncertain for duty in given] == [True]
