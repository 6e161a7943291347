"""One run of the fault test: a few consultations on one database, phases of trouble with calm moments in between."""

from __future__ import annotations

import asyncio
import contextlib
import random
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.profile import load_profile
from bot.rehearsal.platform import Fault
from bot.rehearsal.platform.switches import ALLOWED, Switches
from bot.rehearsal.player import bot_environment
from bot.storage.reports import consultation_report

from .consultation import Consultation
from .evidence import away, canaries, mails, overdue
from .oracle import Oracle
from .replicas import BotFailure, Replica, Replicas, Time, Together, VirtualClock
from .stand_in import ChaosPlatform
from .texts import Writer

STATUSES = (401, 412, 429, 500, 502, 503, 504)
DURING = ("hide", "warn", "send", "mail", "book", "install", "subscribe", "delete_chat", "status", "switch_off",
          "welcome", "sign_in", "renew", "flag")  # fmt: skip
PROFILES = Path(__file__).resolve().parents[2] / "profiles"
CALM = timedelta(minutes=4)
AFTER_THE_END = timedelta(minutes=80)


@dataclass
class Result:
    """What one run did and what was wrong. `looked`: each consultation with what was last reported of it."""

    figures: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    timeline: list[dict[str, Any]] = field(default_factory=list)
    looked: dict[str, tuple[Consultation, dict[str, Any]]] = field(default_factory=dict)


@dataclass
class Stage:
    """Everything of one run. `chance` decides the trouble; each consultation has a source of its own."""

    url: str
    full: Path
    profile: Path
    platform: ChaosPlatform
    replicas: Replicas
    time: Time
    chance: random.Random
    result: Result
    everybody: list[Consultation] = field(default_factory=list)


async def run(
    seed: int, url: str | None = None, *, consultations: int = 4, phases: int = 4, replicas: int = 1
) -> Result:
    """Play one seed. `url` names an empty database; without it SQLite in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="chaos-") as name:
        folder, result = Path(name), Result()
        (folder / "books").mkdir()
        database = url or f"sqlite:///{folder / 'books' / 'books.sqlite3'}"
        async with stage(seed, database, folder, result, replicas) as one:
            result.figures.update(runs=1, scenarios=consultations)
            try:
                await open_all(one, consultations)
                for number in range(phases):
                    await trouble(one)
                    if one.chance.random() < 0.6 or number == phases - 1:
                        await calm(one)
                        await check(one)
                await end(one)
            except BotFailure as failure:
                result.violations.append(f"{failure}")
            one.full.unlink(missing_ok=True)
            result.violations += await one.replicas.stop()
            result.violations += await canaries(database, folder, [r.log for r in one.replicas.all])
            result.figures.update(
                steps=sum(c.memory.steps for c in one.everybody), kills=one.replicas.kills,
                restarts=one.replicas.starts - replicas, overtaken=one.platform.shuffled,
                messages=sum(len(c.memory.told) for c in one.everybody), given_up=one.platform.given_up,
            )  # fmt: skip
    return result


@contextlib.asynccontextmanager
async def stage(seed: int, url: str, folder: Path, result: Result, count: int) -> AsyncIterator[Stage]:
    """Stand-in and processes, up and running."""
    chance, clock = random.Random(seed), VirtualClock()
    switches = Switches(**{name: chance.choice(allowed) for name, allowed in ALLOWED.items()})
    platform = ChaosPlatform(
        clock=clock, switches=switches, rng=random.Random(chance.getrandbits(64)), language=chance.choice(("de", "en"))
    )
    await platform.start()
    profile = PROFILES / chance.choice(("stadtwerke.yaml", "stadtwerke.yaml", "energiehaus.yaml"))
    result.figures[profile.stem] += 1
    environment = bot_environment(platform, url, profile)
    environment["BOT_LOG_LEVEL"] = chance.choice(("INFO", "DEBUG"))
    full = folder / "full"
    processes = Replicas(
        [Replica(environment, clock, folder / f"log-{n}", full, result.timeline) for n in range(count)], platform
    )
    together = Together(processes)
    one = Stage(url, full, profile, platform, processes, Time(clock, together, platform), chance, result)
    try:
        await processes.up()
        yield one
    finally:
        for replica in processes.all:
            await replica.kill()
            await replica.stop()
        await platform.stop()


async def open_all(one: Stage, count: int) -> None:
    """Book some consultations, under faults already, and add the app to meetings nobody booked."""
    faults(one)
    writer = Writer(random.Random(one.chance.getrandbits(64)))
    together, guard = Together(one.replicas), load_profile(one.profile).guard
    for number in range(count):
        new = Consultation(number, one.platform, writer, random.Random(one.chance.getrandbits(64)), guard)
        one.everybody.append(new)
        if one.chance.random() < 0.3:
            new.opening.pop()  # no code without a booking
            await one.platform.add_meeting(new.advisor, "Petra Berater")
            continue
        advisor = one.platform.register_advisor(new.advisor, "Petra Berater")
        customer = {"name": "Erika Beispiel", "email": new.email}
        at = (one.time.now() + timedelta(minutes=5)).isoformat()
        await together.ask("book", advisor={"id": advisor, "name": "Petra Berater"}, customer=customer, at=at,
                           language=one.platform._core.language)  # fmt: skip
    await calm(one)
    for new in one.everybody:
        found = one.platform.meetings_of(new.advisor)
        if len(found) != 1:
            one.result.violations.append(f"{len(found)} meetings were made for one booking")
        new.conversation = found[0].chat.id if found else ""
    one.everybody = [new for new in one.everybody if new.conversation]


def faults(one: Stage) -> None:
    """Arm random faults of the platform's services."""
    armed: list[Fault] = []
    for service in ("graph", "connector", "login"):
        for _ in range(one.chance.choice((0, 0, 1, 2))):
            times = one.chance.choice((1, 1, 2, 3, 5))
            if one.chance.random() < 0.35:
                armed.append(Fault(on=service, lost_answer=True, times=min(times, 2)))
            else:
                status = one.chance.choice(STATUSES)
                after = one.chance.choice((None, 1, 7, 40)) if status in (429, 503) else None
                armed.append(Fault(on=service, status=status, times=times, retry_after=after))
            one.result.figures["faults"] += armed[-1].times
    if one.chance.random() < 0.3:
        armed.append(Fault(redeliver=True))
        one.result.figures["faults"] += 1
    one.platform.set_faults(armed)


async def trouble(one: Stage) -> None:
    """Everybody acts at once while things fail; perhaps processes die."""
    chance, platform = one.chance, one.platform
    if chance.random() < 0.8:
        faults(one)
    platform.shuffle = chance.choice((0.0, 0.0, 0.4))
    if chance.random() < 0.15 and one.url.startswith("sqlite"):
        one.full.touch()
        one.result.figures["full disks"] += 1
    gone = chance.random() < 0.2
    victim = chance.choice(one.replicas.all) if chance.random() < 0.6 else None
    disarm = arm_kill(one, victim) if victim is not None else lambda: None
    if chance.random() < 0.15:
        event = chance.choice(("subscriptionRemoved", "subscriptionRemoved", "reauthorizationRequired", "missed"))
        await platform.lifecycle(event)
        one.result.figures["life-cycle events"] += 1
    if gone:
        one.result.figures["databases away"] += 1
        async with away(one.url, one.full.with_name("full.away")):
            await asyncio.gather(*(acts(one, who) for who in one.everybody))
            await asyncio.sleep(0.5)
        faults(one)
    await asyncio.gather(*(acts(one, who) for who in one.everybody))
    if chance.random() < 0.5:
        with contextlib.suppress(BotFailure):  # struck meanwhile: there is nobody to wait for
            await rest_or_gone(one)
    disarm()
    if victim is not None:
        await one.replicas.kill(victim)  # at the latest now
    if chance.random() < 0.5:
        one.full.unlink(missing_ok=True)


async def acts(one: Stage, who: Consultation) -> None:
    """A few things that happen in one consultation, with a little time between them."""
    for _ in range(who.rng.randrange(2, 7)):
        await who.act()
        await one.time.pass_by(timedelta(seconds=who.rng.choice((0, 1, 3, 8, 25))))


async def rest_or_gone(one: Stage) -> None:
    """Come to rest, unless a process dies; with a full disk, rest is not to be had."""
    if one.full.exists():
        await asyncio.sleep(0.2)
        return
    await one.time.rest()


def arm_kill(one: Stage, victim: Replica) -> Callable[[], None]:
    """Let a process be killed: in the middle of an effect, at some request, or at some moment; returns how not to."""

    async def strike() -> None:
        await one.replicas.kill(victim)

    way = one.chance.choice(("effect", "request", "moment"))
    if way == "effect":
        return one.platform.interrupt(one.chance.choice(DURING), strike)
    if way == "request":
        return one.platform.strike_at(one.chance.randrange(1, 12), strike)

    async def later() -> None:
        await asyncio.sleep(one.chance.random() * 0.6)
        await strike()

    task = asyncio.get_running_loop().create_task(later())
    return lambda: None if task.done() else (task.cancel(), None)[1]


async def calm(one: Stage, then: timedelta = CALM) -> None:
    """Faults end, whoever is down is started, and time passes until nothing is owed at once."""
    one.full.unlink(missing_ok=True)
    one.platform.shuffle = 0.0
    one.platform.set_faults([])
    for last in (False, False, True):
        await one.replicas.up()
        try:
            await one.time.rest()
            await one.time.let_pass(then)
            await one.time.rest()
        except BotFailure:
            if last or all(replica.running for replica in one.replicas.all):
                raise  # a blow that was under way when the trouble ended may still have fallen, but no more
        else:
            return


async def check(one: Stage, *, over: bool = False) -> None:
    """Ask the oracle about every consultation."""
    for who in one.everybody:
        report = await consultation_report(one.url, who.conversation)
        one.result.figures["checks"] += 1
        one.result.looked[who.conversation] = (who, report)
        found = [f"{who.advisor}: {problem}" for problem in Oracle(who, report, over=over).violations()]
        one.result.violations += [problem for problem in found if problem not in one.result.violations]


async def end(one: Stage) -> None:
    """The meetings end, with some trouble still; then everything there is to do is done."""
    if one.chance.random() < 0.5:
        faults(one)
    victim = one.chance.choice(one.replicas.all) if one.chance.random() < 0.4 else None
    disarm = arm_kill(one, victim) if victim is not None else lambda: None
    await asyncio.gather(*(who.end() for who in one.everybody))
    if one.chance.random() < 0.5:
        with contextlib.suppress(BotFailure):
            await one.time.let_pass(timedelta(minutes=20))
    disarm()
    await calm(one)
    await calm(one, AFTER_THE_END)
    await check(one, over=True)
    one.result.violations += await overdue(one.url, one.time.now())
    sent = Counter("code" if mail.code else mail.subject for mail in one.platform.mails())
    one.result.figures["mails"] += sum(sent.values())
    one.result.violations += await mails(one.url, sent["code"], kills=one.replicas.kills)


__all__ = ["Result", "run"]
