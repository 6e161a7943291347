"""A flood of findings by one author must not keep other consultations waiting (N13)."""

from __future__ import annotations

import asyncio
import statistics
from tempfile import TemporaryDirectory

from aiohttp import ClientSession

from bot.storage import open_books
from tests.load.consultations import SECRET, message, open_all
from tests.load.replicas import Replica, serve
from tests.load.sending import Sender, spread
from tests.load.sink import Sink

OTHERS = 10
MOST_SECONDS = 5.0
"""No other consultation's finding may wait longer than this for its policyViolation request."""
WAIT_SECONDS = 60


async def run(findings: int) -> tuple[list[str], bool]:
    """The same findings of ten consultations without and with a flood in an eleventh."""
    sink = Sink()
    await sink.start()
    with TemporaryDirectory(prefix="load-") as folder:
        url = f"sqlite:///{folder}/books.sqlite3"
        async with ClientSession() as session:
            replica = await serve(sink.environment(url), session)
            try:
                books = await open_books(url)
                await open_all(books, sink, range(1 + 2 * OTHERS))
                await books.close()
                sender = Sender(sink, session)
                alone = await _others(sender, replica, range(1, 1 + OTHERS))
                flood = asyncio.create_task(_flood(sender, replica, findings))
                await asyncio.sleep(1.0)
                beside = await _others(sender, replica, range(1 + OTHERS, 1 + 2 * OTHERS))
                flooded = await flood
                asked = sum(1 for ident in flooded if ident in sink.asked)
            finally:
                await replica.stop()
                await sink.stop()
    lines = [
        f"another consultation's finding to policyViolation, alone: {spread(alone)}",
        f"the same during the flood: {spread(beside)}, longest {max(beside, default=WAIT_SECONDS):.2f} s",
        f"of the flood itself {asked} of {findings} had been asked for when it was over",
    ]
    if alone and beside:
        lines.append(f"median during the flood / alone: {statistics.median(beside) / statistics.median(alone):.1f}x")
    return lines, len(beside) == OTHERS and max(beside) < MOST_SECONDS


async def _flood(sender: Sender, replica: Replica, findings: int) -> list[str]:
    """An advisor pastes secrets as fast as they are taken: each of them is asked to be hidden, and warned about."""
    said = [message(sender.sink, 0, SECRET, by_advisor=True) for _ in range(findings)]
    waiting = iter(said)

    async def work() -> None:
        for one in waiting:
            await sender.send(replica.url, one)

    await asyncio.gather(*(work() for _ in range(4)))
    return [ident for ident, _ in said]


async def _others(sender: Sender, replica: Replica, numbers: range) -> list[float]:
    """One finding in each of the consultations, one after the other; seconds to their policyViolation requests."""
    said = []
    for n in numbers:
        one = message(sender.sink, n, SECRET, by_advisor=True)
        said.append(one[0])
        await sender.send(replica.url, one)
        await asyncio.sleep(0.3)
    for _ in range(WAIT_SECONDS * 10):
        if all(ident in sender.sink.asked for ident in said):
            break
        await asyncio.sleep(0.1)
    return sender.asked_after(said)
