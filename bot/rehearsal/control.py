"""The bot's end of the rehearsal's control channel: JSON lines on standard input and output.

The parent (player or page) moves the clock, asks whether the bot is at rest and has appointments booked; the child
reports facts, decisions and outcomes as they happen, by ids and counts, never message text.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.wiring import Product

log = logging.getLogger(__name__)


LONGEST_LINE = 1024 * 1024


class Control:
    """Reads commands, writes replies and the timeline. Until a clock was set, time is the wall clock's."""

    def __init__(self, done: asyncio.Event) -> None:
        self._done = done
        self._now: datetime | None = None
        self._commands: asyncio.StreamReader | None = None
        # Standard output belongs to the channel: whatever else is printed goes to standard error.
        self._out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8", buffering=1)
        sys.stdout = sys.stderr

    def clock(self) -> datetime:
        """The rehearsal's time."""
        return self._now or datetime.now(UTC)

    def watch(self, what: str, name: str, fields: Mapping[str, object]) -> None:
        """Report one step."""
        entry = {"at": self.clock().isoformat(), "what": what, "name": name, "fields": dict(fields)}
        self._send({"timeline": entry})

    def ready(self, port: int) -> None:
        """Report that the bot listens."""
        self._send({"ready": True, "port": port})

    async def open(self) -> None:
        """Take up the channel. What the parent has sent already is carried out as soon as it is read."""
        reader = asyncio.StreamReader(limit=LONGEST_LINE)
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        self._commands = reader
        await self._first_clock(reader)

    async def _first_clock(self, reader: asyncio.StreamReader) -> None:
        """A player sends the clock before anything else; a page sends nothing and keeps the wall clock."""
        try:
            line = await asyncio.wait_for(self._line(reader), 0.2)
        except TimeoutError:
            return
        if line:
            await self._carry_out(line, None)

    async def run(self, running: Product) -> None:
        """Carry out commands until the channel is closed, which stops the bot."""
        reader = self._commands
        while reader is not None and (line := await self._line(reader)):
            await self._carry_out(line, running)
        self._done.set()

    async def _line(self, reader: asyncio.StreamReader) -> bytes:
        while True:
            try:
                return await reader.readline()
            except ValueError:  # longer than any command is: it is dropped, and the next one is read
                log.error("control: a line is too long")
                self._send({"error": "too_long", "id": None})

    async def _carry_out(self, line: bytes, running: Product | None) -> None:
        number = None
        try:
            command = json.loads(line)
            number = command["id"]
            reply = await self._do(command, running)
        except Exception as error:
            # The parent is our own code: a command that cannot be carried out is told to it, by type only.
            log.error("control: %s", type(error).__name__)
            reply = {"error": type(error).__name__}
        self._send({**reply, "id": number})

    async def _do(self, command: Mapping[str, Any], running: Product | None) -> dict[str, Any]:
        match command["do"]:
            case "clock":
                now = datetime.fromisoformat(command["now"])
                if now.tzinfo is None:
                    raise ValueError("a moment needs a time zone")
                self._now = now
                if running is not None:
                    running.ledger.wake()
                return {"clock": self._now.isoformat()}
            case "stop":
                self._done.set()
                return {"stopping": True}
            case "rest" if running is not None:
                return await self._rest(running)
            case "book" if running is not None:
                return {"booked": await self._book(command, running)}
        raise ValueError("unknown command")

    async def _rest(self, running: Product) -> dict[str, Any]:
        while True:
            await running.inbox.make_up()
            due, retry = await running.ledger.at_rest()
            await running.inbox.flush()
            if running.front.in_flight == 0 and not running.ledger.busy:
                break
            await asyncio.sleep(0.005)
        shown = [moment.isoformat() if moment is not None else None for moment in (due, retry)]
        return {"rest": True, "next_due": shown[0], "next_retry": shown[1]}

    async def _book(self, command: Mapping[str, Any], running: Product) -> str:
        from bot.booking import Booking, book

        booking = Booking(
            customer_name=command["customer"]["name"],
            customer_email=command["customer"]["email"],
            advisor=command["advisor"]["id"],
            advisor_name=command["advisor"]["name"],
            starts_at=datetime.fromisoformat(command["at"]),
            language=command.get("language", "de"),
        )
        return await book(booking, running.inbox, running.settings.key, self.clock())

    def _send(self, document: Mapping[str, Any]) -> None:
        try:
            # In ASCII: ids come from outside, and not every string can be encoded.
            self._out.write(json.dumps(document, default=str) + "\n")
        except (OSError, ValueError):
            self._done.set()  # the parent is gone
