"""Plays a scenario: one stand-in, one bot process, one virtual clock, and the report of what happened."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import random
import secrets
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.rehearsal.acts import Acts
from bot.rehearsal.child import BotFailure, BotProcess
from bot.rehearsal.platform import Platform
from bot.rehearsal.report import build_report
from bot.rehearsal.scenario import BOOKED_AHEAD, Scenario
from bot.rehearsal.steps import Step, fill
from bot.rehearsal.timekeeping import Timekeeper, VirtualClock

#: What the first advisor is called in the stand-in when no ``join`` names one.
NOBODY = "advisor"


@dataclass
class Stage:
    """Everything a running scenario consists of."""

    scenario: Scenario
    database_url: str
    platform: Platform
    bot: BotProcess
    time: Timekeeper
    acts: Acts
    timeline: list[dict[str, Any]] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)


async def play(
    scenario: Scenario,
    database_url: str | None = None,
    seed: int | None = None,
    make_platform: Callable[..., Platform] = Platform,
) -> dict[str, Any]:
    """Play the scenario and return its report (the members are described in ``docs/scenarios.md``).

    ``database_url`` is a plain ``sqlite:///`` or ``postgresql://`` URL; a temporary database without it.
    ``seed`` makes the stand-in's ids repeatable; ``make_platform`` may give one that listens in.
    Raises ``ScenarioError`` when ``$code`` or ``$claim`` cannot be put in, ``BotFailure`` when the bot does not
    come up, goes away or never comes to rest.
    """
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder:
        url = database_url or f"sqlite:///{Path(folder) / 'rehearsal.sqlite3'}"
        rng = random.Random(secrets.randbits(63) if seed is None else seed)  # noqa: S311 - ids of a stand-in
        async with _stage(scenario, url, rng, make_platform) as stage:
            await _open(stage)
            await _perform(stage)
            report = await build_report(stage.platform, url, stage.acts.said, stage.results)
            report["timeline"] = stage.timeline
            return report


@contextlib.asynccontextmanager
async def _stage(
    scenario: Scenario, url: str, rng: random.Random, make_platform: Callable[..., Platform]
) -> AsyncIterator[Stage]:
    clock, timeline = VirtualClock(), []
    platform = make_platform(clock=clock, switches=scenario.switches, rng=rng, language=scenario.language)
    await platform.start()
    bot = BotProcess(bot_environment(platform, url, scenario.profile), on_timeline=timeline.append, now=clock)
    try:
        await start_bot(bot, platform)
        acts = Acts(platform, url, people_of(scenario))
        yield Stage(scenario, url, platform, bot, Timekeeper(clock, bot, platform), acts, timeline)
    finally:
        await bot.stop()
        await platform.stop()


def bot_environment(platform: Platform, database_url: str, profile: Path | None) -> dict[str, str]:
    """The settings of a rehearsed bot, but for its port."""
    environment = {
        **platform.bot_environment(),
        "BOT_CREDENTIAL": "secret",
        "BOT_DATABASE_URL": database_url,
        "BOT_SECRET_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "BOT_REHEARSAL": "true",
    }
    if profile is not None:
        environment["BOT_PROFILE"] = str(profile)
    return environment


async def start_bot(bot: BotProcess, platform: Platform) -> None:
    """Start (or start again) the bot and let the stand-in deliver to it."""
    await bot.start()
    platform.connect_bot(bot.base_url)


def people_of(scenario: Scenario) -> dict[int, str]:
    """Step number of each ``join`` -> the name shown for that person."""
    names: dict[int, str] = {}
    booked = scenario.appointment
    given = {"advisor": booked.advisor_name, "customer": booked.customer_name} if booked else {}
    for step in scenario.steps:
        if step.name == "join":
            names[step.n] = given.pop(step.args["as"], step.args["who"])
    return names


async def _open(stage: Stage) -> None:
    """Everything before step 1: the appointment and its mail, or a meeting nobody booked."""
    joins = [step for step in stage.scenario.steps if step.name == "join"]
    advisor = next((step for step in joins if step.args["as"] == "advisor"), None)
    who = advisor.args["who"] if advisor else NOBODY
    booked = stage.scenario.appointment
    await stage.time.rest()
    if booked is None:
        await stage.platform.add_meeting(who, who)
        await stage.time.rest()
    else:
        begins = stage.time.now() + BOOKED_AHEAD
        await stage.bot.ask(
            "book",
            advisor={"id": stage.platform.register_advisor(who, booked.advisor_name), "name": booked.advisor_name},
            customer={"name": booked.customer_name, "email": booked.customer_email},
            at=begins.isoformat(),
            language=stage.scenario.language,
        )
        await stage.time.pass_until(begins)
    stage.platform.set_faults(list(stage.scenario.faults))


async def _perform(stage: Stage) -> None:
    steps = stage.scenario.steps
    for step, following in zip(steps, (*steps[1:], None), strict=True):
        if step.name == "crash":
            if "during" not in step.args:  # the other kind was played with the step it interrupts
                await stage.bot.kill()
                stage.platform.connect_bot(None)
                await start_bot(stage.bot, stage.platform)
                await stage.time.rest()
                _note(stage, step, "ok")
            continue
        step = fill(step, stage.platform.newest_code(), None)
        if following is not None and "during" in following.args:
            await _interrupted(stage, step, following)
            continue
        _note(stage, step, await _act(stage, step))
        await stage.time.rest()


def _note(stage: Stage, step: Step, result: str) -> None:
    stage.results.append({"n": step.n, "step": step.name, "result": result})


async def _act(stage: Stage, step: Step) -> str:
    if step.name == "wait":
        await stage.time.let_pass(step.args["duration"])
        return "ok"
    return await stage.acts.perform(step)


async def _interrupted(stage: Stage, step: Step, crash: Step) -> None:
    """Play a step and kill the bot in the middle of the effect named by the crash after it, then start it again.

    The effect's request is carried out by the platform and its answer lost. When the step causes no such
    request, the bot is killed once it is at rest, and the crash is reported as ``not shown``.
    """
    struck = asyncio.Event()

    async def kill() -> None:
        await stage.bot.kill()
        stage.platform.connect_bot(None)
        struck.set()

    end = stage.time.now() + step.args.get("duration", timedelta())
    disarm = stage.platform.interrupt(crash.args["during"], kill)
    acting = asyncio.create_task(_act(stage, step))
    await _first(acting, struck)
    if not struck.is_set() and acting.exception() is None:
        resting = asyncio.create_task(stage.time.rest())
        await _first(resting, struck)
        resting.cancel()
        await asyncio.wait([resting])
        if not struck.is_set():
            resting.result()
    happened = struck.is_set()
    disarm()
    if not happened:
        await kill()
    if step.name == "wait":
        acting.cancel()
    await start_bot(stage.bot, stage.platform)
    if step.name == "wait":
        await asyncio.wait([acting])
        await stage.time.pass_until(end)
        _note(stage, step, "ok")
    else:
        _note(stage, step, await acting)
    _note(stage, crash, "ok" if happened else "not shown")
    await stage.time.rest()


async def _first(task: asyncio.Task[Any], struck: asyncio.Event) -> None:
    """Wait for the task or the kill, whichever comes first."""
    waiting = asyncio.create_task(struck.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


__all__ = ["BotFailure", "bot_environment", "play", "start_bot"]
