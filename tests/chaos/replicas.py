"""The product's processes: started, struck, started again; and virtual time for all of them."""

from __future__ import annotations

import asyncio
import contextlib
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.rehearsal.child import BotFailure, BotProcess
from bot.rehearsal.platform import Platform
from bot.rehearsal.timekeeping import MAX_ROUNDS, Timekeeper, VirtualClock

from .stand_in import ChaosPlatform

AT_MOST = timedelta(seconds=60)
PROGRAM = Path(__file__).with_name("program.py")


class Replica(BotProcess):
    """One process of the product; `log` is where its standard error goes, `full` the file that makes the disk full."""

    def __init__(
        self, environment: dict[str, str], clock: VirtualClock, log: Path, full: Path, heard: list[dict[str, Any]]
    ) -> None:
        program = (str(PROGRAM), str(log), str(full), "serve")
        super().__init__(environment, on_timeline=heard.append, now=clock, program=program)
        self.log = log

    def behind(self, public: str) -> None:
        """All replicas are reached at one address."""
        self._environment["BOT_PUBLIC_URL"] = public

    @property
    def status(self) -> int | None:
        """The exit status, None while it runs."""
        return self._process.returncode if self._process is not None else None


class Replicas:
    """All processes of one run."""

    def __init__(self, replicas: list[Replica], platform: ChaosPlatform) -> None:
        self.all, self._platform = replicas, platform
        self.kills = self.starts = 0
        platform.public = replicas[0].base_url
        for replica in replicas:
            replica.behind(platform.public)

    def tell(self) -> None:
        """Tell the platform who is there."""
        self._platform.reach([replica.base_url for replica in self.all if replica.running])

    async def up(self) -> int:
        """Start whoever is down; returns how many were."""
        down = [replica for replica in self.all if not replica.running]
        await asyncio.gather(*(replica.start() for replica in down))
        self.starts += len(down)
        self.tell()
        return len(down)

    async def kill(self, one: Replica) -> None:
        """SIGKILL."""
        if one.running:
            self.kills += 1
            await one.kill()
        self.tell()

    async def stop(self) -> list[str]:
        """Stop everybody gracefully; returns what was wrong with the end."""
        self._platform.reach([])
        await asyncio.gather(*(replica.stop() for replica in self.all))
        return [f"a process ended with status {one.status}" for one in self.all if one.status != 0]


class Together:
    """Speaks to all running replicas as if to one: what `Timekeeper` needs of a bot."""

    def __init__(self, replicas: Replicas) -> None:
        self._replicas = replicas

    async def ask(self, do: str, **fields: Any) -> dict[str, Any]:
        """`rest`: until two rounds in a row gave the same answers. Anything else: everybody, the first's answer."""
        running = [one for one in self._replicas.all if one.running]
        if not running:
            raise BotFailure("nobody is there")
        if do == "book":
            return await running[0].ask(do, **fields)
        replies = [await one.ask(do, **fields) for one in running]
        if do == "rest" and len(running) > 1:
            for _ in range(MAX_ROUNDS):
                again = [await one.ask(do, **fields) for one in running]
                if len({_told(reply) for reply in [*replies, *again]}) == 1:
                    break
                replies = again
        return replies[0]


def _told(reply: dict[str, Any]) -> str:
    return json.dumps([reply.get("next_due"), reply.get("next_retry")])


class Time(Timekeeper):
    """Virtual time that may also pass while something is under way: up to `AT_MOST` between two rests, since no request
    of the product lasts longer than its lease."""

    def __init__(self, clock: VirtualClock, together: Together, platform: Platform) -> None:
        super().__init__(clock, together, platform)  # type: ignore[arg-type]
        self._rested = clock()

    async def pass_by(self, span: timedelta) -> None:
        """Let a little time pass, whoever is busy or down."""
        if self._clock() + span > self._rested + AT_MOST:
            return
        self._clock.move(self._clock() + span)
        with contextlib.suppress(BotFailure):
            await self._bot.ask("clock", now=self._clock().isoformat())

    async def _quiet(self) -> tuple[datetime | None, datetime | None]:
        found = await super()._quiet()
        self._rested = self._clock()
        return found


__all__ = ["BotFailure", "Replica", "Replicas", "Time", "Together", "VirtualClock"]
