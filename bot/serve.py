"""`python app.py serve`: the product on its port until it is told to stop, finishing what it has begun."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import sys
from datetime import timedelta

from aiohttp import web

from bot.compiled import in_use
from bot.desk import unwatched
from bot.inbox import DeskInbox
from bot.ports import BooksError, Clock
from bot.rehearsal.control import Control
from bot.settings import Settings
from bot.wiring import product, take_up_again, wall_clock

log = logging.getLogger(__name__)

GRACE_SECONDS = 20.0

TIDY_EVERY = timedelta(seconds=2)
"""How long text stays beyond its time at most, and how long a scanned message may wait for being noted as seen; what
is lost with a crash is scanned again."""


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM, SIGINT or the control channel says stop.

    Raises SettingsError, ProfileError, StorageError before the port is open.
    """
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl+C arrives as KeyboardInterrupt
            loop.add_signal_handler(name, done.set)
    control = Control(done) if settings.rehearsal_control == "stdio" else None
    clock: Clock = control.clock if control is not None else wall_clock
    if control is not None:
        await control.open()
    watch = control.watch if control is not None else unwatched
    async with product(settings, clock=clock, watch=watch) as running:
        runner = web.AppRunner(running.application, access_log=None, shutdown_timeout=GRACE_SECONDS)
        await runner.setup()
        site = web.TCPSite(runner, settings.host, settings.port, reuse_address=True)
        await site.start()
        port = runner.addresses[0][1]
        log.info("serving on %s:%s, detection %s", settings.host, port, "compiled" if in_use() else "interpreted")
        gc.freeze()  # what was built to serve lives as long as the process: no collection need look through it again
        tasks = [
            asyncio.create_task(running.ledger.run()),
            asyncio.create_task(tidy_regularly(running.inbox)),
            asyncio.create_task(follow_changes(running.inbox)),
        ]
        try:
            await take_up_again(running, clock)
            if control is not None:
                tasks.append(asyncio.create_task(control.run(running)))
                control.ready(port)
            else:
                print(f"Videoberatung is listening on http://{settings.host}:{port}", file=sys.stderr)  # noqa: T201
            await done.wait()
        finally:
            await runner.cleanup()  # no new requests; those under way are answered
            await running.ledger.stop()
            await running.inbox.flush()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def no_core_dumps() -> None:
    """From here on the system writes no image of this process's memory, in which messages are (architecture decision
    3), whatever limit it was started with. Where there is no such limit (Windows) nothing is done."""
    try:
        import resource
    except ImportError:
        return
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))


async def tidy_regularly(inbox: DeskInbox, *, every: timedelta = TIDY_EVERY) -> None:
    """Now and then, in real time: drop text whose time in memory is over, write down which messages were scanned,
    and have read back what an outage kept from us.

    What fails here is logged and tried again: text must not stay because something else went wrong.
    """
    while True:
        await asyncio.sleep(every.total_seconds())
        try:
            inbox.expire()
            await inbox.flush()
            await inbox.make_up()
        except Exception as error:
            log.error("inbox.tidying_failed", extra={"error": type(error).__name__})


async def follow_changes(inbox: DeskInbox, *, pause: timedelta = TIDY_EVERY) -> None:
    """Listen for what other replicas write; again after a failure. Ends where there can be no others."""
    while True:
        try:
            await inbox.follow()
        except BooksError as error:
            log.warning("inbox.changes_not_heard", extra={"error": str(error)})
        except Exception as error:
            log.error("inbox.following_failed", extra={"error": type(error).__name__})
        else:
            return
        await asyncio.sleep(pause.total_seconds())
