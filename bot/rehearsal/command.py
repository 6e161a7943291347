"""The ``rehearse`` command: play a scenario file, or open the page."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import sys
import webbrowser
from pathlib import Path

from aiohttp import web

from bot.rehearsal.child import BotFailure
from bot.rehearsal.player import play
from bot.rehearsal.scenario import ScenarioError, load_scenario
from bot.rehearsal.server import PageServer
from bot.rehearsal.summary import summarise

WRONG_FILE = 2
BOT_FAILED = 1


def run_scenario(path: str | Path, database: str | None = None, as_json: bool = False) -> int:
    """Play a scenario file; returns the exit status: 0 played, 2 the file (or the database URL) is wrong.

    With ``as_json`` one JSON document goes to standard output and nothing else; otherwise a summary for people.
    1 when the bot itself failed.
    """
    try:
        if database is not None and not database.startswith(("sqlite:///", "postgresql://")):
            raise ScenarioError("--database must be a sqlite:/// or postgresql:// URL")
        scenario = load_scenario(Path(path))
        report = asyncio.run(play(scenario, database))
    except ScenarioError as error:
        print(f"{path}: {error}", file=sys.stderr)  # noqa: T201
        return WRONG_FILE
    except BotFailure as error:
        print(f"The rehearsal failed: {error}", file=sys.stderr)  # noqa: T201
        return BOT_FAILED
    text = json.dumps(report, ensure_ascii=False, indent=1) if as_json else summarise(report, scenario)
    sys.stdout.buffer.write(text.encode(errors="replace") + b"\n")
    sys.stdout.flush()
    return 0


def run_page(port: int = 0, open_browser: bool = True) -> int:
    """Serve the rehearsal page on ``port`` (0 takes a free one) until interrupted; returns the exit status."""
    try:
        asyncio.run(_serve(port, open_browser))
    except (BotFailure, OSError) as error:
        print(f"The rehearsal could not start: {error}", file=sys.stderr)  # noqa: T201
        return BOT_FAILED
    return 0


async def _serve(port: int, open_browser: bool) -> None:
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows has no signal handlers in its event loop
            loop.add_signal_handler(name, done.set)
    with socket.create_server(("127.0.0.1", port)) as listener:
        port = listener.getsockname()[1]
        runner = web.AppRunner(PageServer().application(port), shutdown_timeout=2)
        try:
            await runner.setup()
            await web.SockSite(runner, listener).start()
            address = f"http://127.0.0.1:{port}/"
            print(f"Probe / rehearsal: {address}", flush=True)  # noqa: T201
            if open_browser:
                await asyncio.to_thread(_open, address)
            await done.wait()
        finally:
            await runner.cleanup()


def _open(address: str) -> None:
    """Open the address where a browser is at hand; the printed address does otherwise."""
    with contextlib.suppress(webbrowser.Error, OSError):
        webbrowser.open(address)
