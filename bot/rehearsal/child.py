"""The bot as a child process: started, spoken to over its control channel, killed and started again.

The control channel is one JSON document a line: commands to the child's standard input, replies and the
timeline from its standard output. Its logs go to standard error, which it shares with us.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
ANSWER_SECONDS = 120
STOP_SECONDS = 20
_MAX_LINE = 4 * 1024 * 1024


class BotFailure(RuntimeError):
    """The bot did not come up, went away by itself, or does not answer. Not the scenario's fault."""


class BotProcess:
    """One bot on one port and one database, over any number of restarts.

    ``environment`` holds its ``BOT_*`` settings without the port; other ``BOT_*`` names of ours are not handed on.
    ``on_timeline`` is called with each timeline entry; ``now`` gives the virtual time, ``None`` for the wall clock.
    ``program`` is what Python runs.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        *,
        on_timeline: Callable[[dict[str, Any]], None] = lambda entry: None,
        now: Callable[[], datetime] | None = None,
        program: Sequence[str] = (str(ROOT / "app.py"), "serve"),
    ) -> None:
        # Bound but never listening: keeps the port ours between a kill and the next start.
        self._reserved = socket.socket()
        self._reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._reserved.bind(("127.0.0.1", 0))
        self.port: int = self._reserved.getsockname()[1]
        self.base_url = f"http://127.0.0.1:{self.port}"
        ours = {key: value for key, value in os.environ.items() if not key.startswith("BOT_")}
        self._environment = {
            **ours,
            **environment,
            "BOT_HOST": "127.0.0.1",
            "BOT_PORT": str(self.port),
            "BOT_PUBLIC_URL": self.base_url,
            "BOT_REHEARSAL_CONTROL": "stdio",
            "PYTHONUNBUFFERED": "1",
        }
        self._on_timeline = on_timeline
        self._now = now
        self._program = program
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._ready: asyncio.Future[None] | None = None
        self._number = 0

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start the bot and return once it listens; ``BotFailure`` says why it does not."""
        self._ready = asyncio.get_running_loop().create_future()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *self._program,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=self._environment,
            cwd=ROOT,
            limit=_MAX_LINE,
        )
        self._reader = asyncio.create_task(self._read(self._process))
        if self._now is not None:
            # Before anything else: what is due must be judged by the virtual clock from the first moment.
            self._send({"do": "clock", "now": self._now().isoformat(), "id": self._next_number()})
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._ready
        except TimeoutError:
            await self.kill()
            raise BotFailure(f"the bot did not come up within {START_SECONDS} seconds") from None

    async def ask(self, do: str, **fields: Any) -> dict[str, Any]:
        """Send a command and return its reply; ``BotFailure`` when the bot went away or reports an error."""
        number = self._next_number()
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            self._send({"do": do, **fields, "id": number})
            async with asyncio.timeout(ANSWER_SECONDS):
                reply = await answer
        except TimeoutError:
            raise BotFailure(f"the bot did not answer {do!r} within {ANSWER_SECONDS} seconds") from None
        finally:
            self._waiting.pop(number, None)
        if "error" in reply:
            raise BotFailure(f"the bot refused {do!r}: {reply['error']}")
        return reply

    async def kill(self) -> None:
        """End the process with SIGKILL, as a power cut would. Returns when it is gone."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGKILL)
        await self._gone()

    async def stop(self) -> None:
        """Shut the bot down gracefully; kill it when it takes too long. The port is given back."""
        if self.running:
            with contextlib.suppress(BotFailure):
                self._send({"do": "stop", "id": self._next_number()})
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await self._process.wait()  # type: ignore[union-attr]
            except TimeoutError:
                print("The bot did not stop in time and was killed.", file=sys.stderr)  # noqa: T201
        await self.kill()
        self._reserved.close()

    def _next_number(self) -> int:
        self._number += 1
        return self._number

    def _send(self, command: dict[str, Any]) -> None:
        if not self.running:
            raise BotFailure("the bot is not running")
        self._process.stdin.write(json.dumps(command).encode() + b"\n")  # type: ignore[union-attr]

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None  # noqa: S101 - it was asked for
        with contextlib.suppress(ValueError, ConnectionError):
            while line := await process.stdout.readline():
                self._heard(line)
        await process.wait()
        self._fail(BotFailure(f"the bot ended (exit status {process.returncode}); its messages are above"))

    def _heard(self, line: bytes) -> None:
        try:
            document = json.loads(line)
        except ValueError:
            document = None
        if not isinstance(document, dict):
            # Something printed instead of logged: not ours to interpret, and never to be lost.
            sys.stderr.write(line.decode(errors="replace"))
        elif "timeline" in document:
            self._on_timeline(document["timeline"])
        elif document.get("ready") is True and self._ready is not None and not self._ready.done():
            self._ready.set_result(None)
        elif (answer := self._waiting.get(document.get("id", 0))) is not None and not answer.done():
            answer.set_result(document)

    def _fail(self, failure: BotFailure) -> None:
        for future in (self._ready, *self._waiting.values()):
            if future is not None and not future.done():
                future.set_exception(failure)
                future.exception()  # marks it as seen: nobody may be waiting

    async def _gone(self) -> None:
        if self._reader is not None:
            await asyncio.wait([self._reader])
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
