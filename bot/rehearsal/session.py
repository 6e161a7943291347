"""One rehearsal behind the page: a stand-in, a bot process and a temporary database, on the wall clock."""

from __future__ import annotations

import asyncio
import dataclasses
import random
import secrets
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.rehearsal.child import BotProcess
from bot.rehearsal.commands import (
    CAST,
    CUSTOMER_EMAIL,
    Begin,
    Command,
    Crash,
    Delete,
    Edit,
    Meeting,
    Presence,
    Press,
    Record,
    Say,
    Switch,
)
from bot.rehearsal.platform import Platform
from bot.rehearsal.platform.switches import ALLOWED, Switches
from bot.rehearsal.player import bot_environment, start_bot

TIMELINE_KEPT = 500
#: The page's appointment begins this long after the page is opened, so the meeting can be joined at once.
BEGINS_IN = timedelta(minutes=5)


def wall_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


class Session:
    """A running rehearsal; ``on_change`` is called whenever something a person could see has changed."""

    def __init__(self, language: str, booked: bool, on_change: Callable[[], None]) -> None:
        self.language, self.booked = language, booked
        self._on_change = on_change
        self._folder = tempfile.TemporaryDirectory(prefix="rehearsal-")
        self._timeline: list[dict[str, Any]] = []
        self._ended = False
        self._restarting = asyncio.Lock()
        rng = random.Random(secrets.randbits(63))  # noqa: S311 - ids of a stand-in, no secret
        self.platform = Platform(clock=wall_clock, switches=Switches(), rng=rng, language=language)
        self.bot: BotProcess | None = None

    async def start(self) -> None:
        """Start stand-in and bot and prepare the meeting; ``BotFailure`` when the bot does not come up."""
        await self.platform.start()
        self.platform.on_change(self._on_change)
        url = f"sqlite:///{Path(self._folder.name) / 'rehearsal.sqlite3'}"
        self.bot = BotProcess(bot_environment(self.platform, url, None), on_timeline=self._heard)
        await start_bot(self.bot, self.platform)
        name = CAST["petra"][1]
        if not self.booked:
            await self.platform.add_meeting("petra", name)
            return
        await self.bot.ask(
            "book",
            advisor={"id": self.platform.register_advisor("petra", name), "name": name},
            customer={"name": CAST["erika"][1], "email": CUSTOMER_EMAIL},
            at=(wall_clock() + BEGINS_IN).isoformat(),
            language=self.language,
        )

    async def stop(self) -> None:
        """Stop everything and remove the database."""
        if self.bot is not None:
            await self.bot.stop()
        await self.platform.stop()
        self._folder.cleanup()

    async def do(self, command: Command) -> str:
        """Carry out a command of a person; returns a step result. ``ValueError`` for an unknown switch."""
        platform = self.platform
        match command:
            case Presence(do="join"):
                return await platform.join(command.who, *CAST[command.who])
            case Presence(do="leave"):
                return await platform.leave(command.who)
            case Presence():
                return await platform.rejoin(command.who)
            case Say():
                return (await platform.say(command.who, command.text))[0]
            case Edit():
                return await platform.edit(command.who, command.message, command.text)
            case Delete(do="delete"):
                return await platform.delete(command.who, command.message)
            case Delete():
                return await platform.undelete(command.who, command.message)
            case Press():
                return await self._press(command)
            case Record():
                return await platform.record("petra", command.event, command.kind)
            case Meeting():
                self._ended = True
                return await platform.end()
            case Switch():
                now = dataclasses.asdict(platform.switches)
                platform.switches = Switches.parse({**now, command.name: command.value})
                self._on_change()
                return "ok"
            case Crash():
                return await self._crash()
            case Begin():
                raise ValueError("a new rehearsal is begun by the page, not by the old one")

    async def _press(self, command: Press) -> str:
        shown = {card.activity_id for card in self.platform.visible_cards(command.who)}
        if command.activity not in shown:
            return "not shown"
        return await self.platform.press(
            command.who, command.activity, command.verb, command.inputs, command.data or None
        )

    async def _crash(self) -> str:
        async with self._restarting:
            if self.bot is None:
                return "not available"
            await self.bot.kill()
            self.platform.connect_bot(None)
            self._on_change()
            await start_bot(self.bot, self.platform)
            self._on_change()
            return "ok"

    def _heard(self, entry: dict[str, Any]) -> None:
        self._timeline.append(entry)
        del self._timeline[:-TIMELINE_KEPT]
        self._on_change()

    @property
    def bot_running(self) -> bool:
        """Whether the bot's process is there."""
        return self.bot is not None and self.bot.running

    def state(self) -> dict[str, Any]:
        """Everything the page shows, as JSON-able data."""
        platform = self.platform
        stays = platform.stays()
        return {
            "language": self.language,
            "booked": self.booked,
            "ended": self._ended,
            "bot": self.bot_running,
            "people": [
                {
                    "who": who,
                    "as": role,
                    "name": name,
                    "present": any(stay.who == who and stay.present for stay in stays),
                    "known": any(stay.who == who for stay in stays),
                    "view": platform.view(who),
                }
                for who, (role, name) in CAST.items()
            ],
            "mails": [
                {"to": mail.to, "subject": mail.subject, "text": mail.text, "html": mail.html, "code": mail.code}
                for mail in platform.mails()
            ],
            "recording": {kind: platform.recording_running(kind) for kind in ("recording", "transcript")},
            "switches": dataclasses.asdict(platform.switches),
            "choices": ALLOWED,
            "timeline": self._timeline,
        }
