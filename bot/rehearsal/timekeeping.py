"""Virtual time: moved from due row to due row, never past one, and only while the bot is at rest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.rehearsal.child import BotFailure, BotProcess
from bot.rehearsal.platform import Platform

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
#: Retries, pacing and short look-ups may take this much virtual time within one step.
RETRY_BUDGET = timedelta(minutes=10)
#: A bot that is never at rest is a defect; this many rounds in one step tell it from a busy one.
MAX_ROUNDS = 20_000


class VirtualClock:
    """The time of the stand-in and, by command, of the bot."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start

    def __call__(self) -> datetime:
        return self._now

    def move(self, to: datetime) -> None:
        """Set the time; it never runs backwards."""
        self._now = max(self._now, to)


class Timekeeper:
    """Brings the bot to rest and lets virtual time pass for it."""

    def __init__(self, clock: VirtualClock, bot: BotProcess, platform: Platform) -> None:
        self._clock, self._bot, self._platform = clock, bot, platform

    def now(self) -> datetime:
        """The virtual time."""
        return self._clock()

    async def rest(self) -> datetime | None:
        """Wait until nothing is under way and no retry is near; returns when the next row falls due, if any.

        The clock is moved to a row that waits only for a retry, for pacing or for a short look-up,
        by at most ``RETRY_BUDGET``; rows due later need a ``wait`` step.
        """
        limit = self._clock() + RETRY_BUDGET
        for _ in range(MAX_ROUNDS):
            due, retry = await self._quiet()
            nearest = min((when for when in (due, retry) if when is not None), default=None)
            if retry is None or retry > limit or nearest is None:
                return nearest
            await self._move(nearest)
        raise BotFailure("the bot does not come to rest")

    async def let_pass(self, duration: timedelta) -> None:
        """Let virtual time pass, stopping at every row that falls due on the way."""
        await self.pass_until(self._clock() + duration)

    async def pass_until(self, end: datetime) -> None:
        """As ``let_pass``, up to a point in time; does nothing when that is past."""
        for _ in range(MAX_ROUNDS):
            due, retry = await self._quiet()
            nearest = min((when for when in (due, retry) if when is not None), default=None)
            if self._clock() >= end and (nearest is None or nearest > self._clock()):
                return
            await self._move(end if nearest is None else min(nearest, end))
            if self._clock() >= end and (nearest is None or nearest > end):
                await self._quiet()
                return
        raise BotFailure("the bot does not come to rest")

    async def _quiet(self) -> tuple[datetime | None, datetime | None]:
        """Wait until platform and bot are both idle; returns the next due row and the next retry."""
        for _ in range(MAX_ROUNDS):
            await self._platform.settle()
            served = self._platform.activity_count
            reply = await self._bot.ask("rest")
            await self._platform.settle()
            if served == self._platform.activity_count:
                return _moment(reply.get("next_due")), _moment(reply.get("next_retry"))
        raise BotFailure("the bot does not come to rest")

    async def _move(self, to: datetime) -> None:
        self._clock.move(to)
        await self._bot.ask("clock", now=self._clock().isoformat())


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
