"""One replica with many open consultations: what it keeps of each in memory."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from tempfile import TemporaryDirectory

from aiohttp import ClientSession

from bot.storage import open_books
from tests.load.consultations import CLEAN, message, open_all
from tests.load.replicas import Replica, serve
from tests.load.sending import Sender
from tests.load.sink import Sink

MOST = 250.0
"""MB resident, at most, with 10,000 open consultations."""
AT_ONCE = 16


async def run(consultations: int) -> tuple[list[str], bool]:
    """Open them, say two clean messages in each. Returns the figures and whether memory stays below MOST."""
    sink = Sink()
    await sink.start()
    with TemporaryDirectory(prefix="load-") as folder:
        url = f"sqlite:///{folder}/books.sqlite3"
        async with ClientSession() as session:
            replica = await serve(sink.environment(url), session)
            try:
                books = await open_books(url)
                for first in range(0, consultations, 1000):
                    await open_all(books, sink, range(first, min(first + 1000, consultations)))
                await books.close()
                memory, lines = [replica.resident], []
                for turn in ("first", "second"):
                    began = time.perf_counter()
                    await say_once_in_each(Sender(sink, session), replica, consultations)
                    memory.append(replica.resident)
                    seconds = time.perf_counter() - began
                    lines.append(f"{turn} message in each: {consultations / seconds:.0f} a second")
            finally:
                await replica.stop()
                await sink.stop()
    lines.append("resident: {:.0f} MB before, {:.0f} after the first, {:.0f} after the second".format(*memory))
    return lines, max(memory) < MOST


async def say_once_in_each(sender: Sender, replica: Replica, consultations: int) -> None:
    """A clean message in each of the consultations, a few at the same time."""
    waiting: Iterator[int] = iter(range(consultations))

    async def work() -> None:
        for n in waiting:
            await sender.send(replica.url, message(sender.sink, n, CLEAN[n % len(CLEAN)]))

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
