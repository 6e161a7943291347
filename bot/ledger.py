"""The ledger's hand: claim what is due, carry it out, write what came of it, ask again later (decision 2).

Nothing else in the product keeps time: retries, reminders, expiry, escalation and retention are all rows that fall
due on the injected clock. A duty is carried out by one holder at a time; its lease runs out with its holder.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.desk import Desk
from bot.policy.facts import Attempted, Fact, FellDue
from bot.ports import Books, BooksError, Clock, Duty, Gone, Overloaded, PlatformError, Refused, Throttled, Unavailable

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=90)
AT_ONCE = 64
MOST_OF_ONE = 16
"""Lanes of one conversation under way at most, so that a flood in it leaves room for the others (N13)."""
BREATH = timedelta(seconds=1)

IDLE = timedelta(seconds=5)
"""How long the sweep sleeps at most: work of a dead replica is found within a lease and this."""

SHORTEST_PAUSE = timedelta(milliseconds=20)
"""How long the sweep sleeps at least where nothing could be claimed."""

LONGEST_PAUSE = timedelta(hours=1)
"""A Retry-After is honoured; a longer one than this is taken for a mistake."""

BOOKS_PAUSE = timedelta(seconds=10)
"""How long a duty waits while our own database cannot serve it."""

MOST_TRIES = 14
MOST_FAULTS = 3
"""Tries of what fails for a defect of ours."""

TIMER = "timer:"


@dataclass(frozen=True, slots=True)
class Done:
    """An effect was carried out: ids learned from the platform's answer, and facts that became known with it."""

    data: tuple[tuple[str, str], ...] = ()
    facts: tuple[Fact, ...] = ()


class Moot(Exception):
    """There is nothing to carry out any more; `code` says why. The attempt is written down as `skipped`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Missed(Exception):
    """It cannot be carried out and asking again changes nothing; written down as `failed`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Held(Exception):
    """Not asked now, because our own pacing holds it back until `until` (teams-platform 9.5)."""

    def __init__(self, until: datetime) -> None:
        super().__init__("held")
        self.until = until


Effect = Callable[[Duty], Awaitable[Done]]


class Ledger:
    """Carries out duties, in order for each conversation and lane, many conversations at once."""

    def __init__(
        self,
        books: Books,
        desk: Desk,
        effects: Mapping[str, Effect],
        clock: Clock,
        *,
        holder: str,
        rng: random.Random,
        take: Callable[[Fact], Awaitable[object]],
        pace: Callable[[Duty], Awaitable[None]],
        lane: Callable[[Duty], str] = lambda duty: duty.key,
    ) -> None:
        """`holder` names this process among the replicas; `take` brings facts that an effect learned to the inbox;
        `pace` raises Held where our own pacing forbids asking now; `lane` names the duties of a conversation that wait
        for one another.
        """
        self._take, self._pace = take, pace
        self._books, self._desk, self._effects, self._clock = books, desk, effects, clock
        self._holder, self._rng, self._lane = holder, rng, lane
        self._news = asyncio.Event()
        self._running: dict[asyncio.Task[None], str] = {}
        self._tails: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._claiming = asyncio.Lock()
        self._stopping = False

    def wake(self) -> None:
        """Something new is owed, or the clock was moved."""
        self._news.set()

    @property
    def busy(self) -> bool:
        """True while anything is being carried out."""
        return bool(self._running)

    @property
    def stopping(self) -> bool:
        """True once `stop` was called."""
        return self._stopping

    async def run(self) -> None:
        """Carry out what falls due until `stop`."""
        while not self._stopping:
            self._news.clear()
            try:
                claimed = await self.sweep()
                # Most often all that was due is under way: to look is cheaper than to claim nothing, as a writer.
                pause = await self._until_next(timedelta(0) if claimed else SHORTEST_PAUSE)
            except Exception as error:
                log.error("ledger.sweep_failed", extra={"error": type(error).__name__})
                pause = 1.0
            if pause and not self._news.is_set():
                try:
                    await asyncio.wait_for(self._news.wait(), pause)
                except TimeoutError:
                    continue

    async def _until_next(self, least: timedelta) -> float:
        moments = [moment for moment in await self._books.next_due() if moment is not None]
        wait = min([moment - self._clock() for moment in moments], default=IDLE)
        return min(max(wait, least), IDLE).total_seconds()

    async def sweep(self) -> int:
        """Claim what is due now and start it; returns how many were claimed."""
        async with self._claiming:
            return 0 if self._stopping else await self._claim_and_start()

    async def _claim_and_start(self) -> int:
        room = AT_ONCE - len(self._running)
        if room <= 0:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            room = AT_ONCE - len(self._running)
        until = self._clock() + LEASE
        duties = await self._books.claim(self._clock(), holder=self._holder, lease=LEASE, limit=room)
        lanes: dict[tuple[str, str], list[Duty]] = {}
        for duty in duties:
            lanes.setdefault((duty.conversation, self._lane(duty)), []).append(duty)
        busy = Counter(self._running.values())
        for lane, work in lanes.items():
            busy[lane[0]] += 1
            if busy[lane[0]] > MOST_OF_ONE:
                for duty in work:
                    await self._later(duty, self._clock() + BREATH, "busy", counts=False)
                continue
            task = asyncio.create_task(self._work(work, until, self._tails.get(lane)))
            self._running[task] = work[0].conversation
            self._tails[lane] = task
            task.add_done_callback(self._finished)
        return len(duties)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        self._tails = {lane: tail for lane, tail in self._tails.items() if tail is not task}
        self._news.set()

    async def _work(self, duties: list[Duty], until: datetime, before: asyncio.Task[None] | None) -> None:
        """The duties of a lane, after those claimed before them; none is begun once its lease is over."""
        if before is not None:
            await asyncio.wait([before])
        for duty in duties:
            if self._clock() >= until:
                return
            try:
                await self.carry_out(duty)
            except (BooksError, Overloaded) as error:
                # What came of it could not be written: the lease runs out, and the next holder looks again.
                log.error("ledger.write_failed", extra={"kind": duty.kind, "error": str(error)})
            except Exception as error:
                log.error("ledger.rule_failed", extra={"kind": duty.kind, "error": type(error).__name__})
                await self._set_aside(duty)

    async def _set_aside(self, duty: Duty) -> None:
        """A rule of ours failed on what came of a duty: asked again a little later, and closed without the rules after
        a few tries, so that no effect is repeated for ever."""
        try:
            if duty.tries + 1 < MOST_FAULTS:
                await self._later(duty, self._clock() + self._back_off(duty.tries), "internal", uncertain=True)
            else:
                await self._desk.set_aside(duty, holder=self._holder)
        except BooksError as error:
            log.error("ledger.write_failed", extra={"kind": duty.kind, "error": str(error)})

    async def carry_out(self, duty: Duty) -> None:
        """One duty, to the end of this attempt. Raises what the books raise."""
        if duty.kind.startswith(TIMER):
            timer = duty.kind.removeprefix(TIMER)
            fact = FellDue(conversation=duty.conversation, key="", timer=timer, about=duty.about)
            await self._desk.finish(duty, fact, holder=self._holder)
            return
        try:
            await self._pace(duty)
            done = await self._effects[duty.kind](duty)
        except Held as held:
            await self._later(duty, held.until, "held", counts=False)
        except Throttled as error:
            await self._retry(duty, error, error.retry_after, uncertain=False)
        except Unavailable as error:
            await self._retry(duty, error, error.retry_after, uncertain=error.maybe_done)
        except Refused as error:
            await self._close(duty, "refused", error.code)
        except Gone as error:
            await self._close(duty, "failed", error.code)
        except Moot as moot:
            await self._close(duty, "skipped", moot.code)
        except Missed as missed:
            await self._close(duty, "failed", missed.code)
        except (BooksError, Overloaded) as error:
            # A full disk, a lost connection: no defect, and no reason to give up however long it lasts.
            log.warning("ledger.books_failed", extra={"kind": duty.kind, "error": str(error)})
            await self._later(duty, self._clock() + BOOKS_PAUSE, "books", counts=False, uncertain=True)
        except Exception as error:
            # A defect of ours must block nobody: the duty is set aside after a few tries, and its type is logged.
            log.error("ledger.effect_failed", extra={"kind": duty.kind, "error": type(error).__name__})
            await self._retry(duty, PlatformError("internal"), None, uncertain=True, most=MOST_FAULTS)
        else:
            await self._close(duty, "done", "", done)

    async def _close(self, duty: Duty, result: str, code: str, done: Done | None = None) -> None:
        done = done or Done()
        fact = Attempted(
            conversation=duty.conversation,
            key="",
            duty=duty.key,
            kind=duty.kind,
            about=duty.about,
            result=result,  # type: ignore[arg-type]
            code=code,
            data=done.data,
        )
        for learned in done.facts:  # before the duty is closed: a crash in between repeats the look, and loses nothing
            await self._take(learned)
        await self._desk.finish(duty, fact, holder=self._holder)

    async def _retry(
        self, duty: Duty, error: PlatformError, after: float | None, *, uncertain: bool, most: int = MOST_TRIES
    ) -> None:
        if duty.tries + 1 >= most:
            doubtful = Done((("maybe_done", "yes"),)) if uncertain or duty.uncertain else None
            await self._close(duty, "gave_up", error.code, doubtful)
            return
        pause = timedelta(seconds=after) if after is not None else self._back_off(duty.tries)
        until = self._clock() + min(pause, LONGEST_PAUSE)
        await self._later(duty, until, error.code, uncertain=uncertain)

    def _back_off(self, tries: int) -> timedelta:
        """Exponential with jitter: 1, 2, 4 ... seconds, each stretched by up to a half."""
        return timedelta(seconds=min(2.0**tries, 120.0) * (1 + self._rng.random() / 2))

    async def _later(
        self, duty: Duty, until: datetime, code: str, *, counts: bool = True, uncertain: bool = False
    ) -> None:
        await self._books.postpone(
            duty, holder=self._holder, until=until, code=code, now=self._clock(), counts=counts, uncertain=uncertain
        )

    async def at_rest(self) -> tuple[datetime | None, datetime | None]:
        """Wait until nothing is under way and nothing is due; then (next due, next retry) of what is written down."""
        while True:
            if self._running:
                await asyncio.wait(list(self._running))
                continue
            due, retry = await self._books.next_due()
            now = self._clock()
            if self._stopping or (all(m is None or m > now for m in (due, retry)) and not self._running):
                return due, retry
            await self.sweep()

    async def stop(self) -> None:
        """Claim nothing more and finish what has begun."""
        self._stopping = True
        self._news.set()
        async with self._claiming:  # what is just being claimed is begun, and so finished too
            while self._running:
                await asyncio.wait(list(self._running))
