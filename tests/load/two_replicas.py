"""Two replicas on one PostgreSQL: every message seen, none dealt with twice, memory flat (issue: pacing and load)."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass

from aiohttp import ClientSession
from sqlalchemy import select

from bot.policy.rules.guard import finding_ref
from bot.policy.state import Finding
from bot.storage import open_books
from bot.storage.books import SqlBooks
from bot.storage.engine import reading
from bot.storage.tables import TABLE_OF, seen
from tests.load.consultations import CLEAN, SECRET, chat, message, open_all
from tests.load.replicas import Replica, serve
from tests.load.sending import Sender, spread
from tests.load.sink import Sink

SECRETS, TWICE = 0.03, 0.04
"""How many messages disclose something, and how many are delivered to both replicas at the same moment."""
DRAIN_SECONDS = 90
GROWTH = 1.1
"""Memory at the end may be this much of that in the middle."""


@dataclass
class Load:
    """What was said: message id -> chat, for all messages, for those with a secret, for those delivered twice."""

    everything: dict[str, str]
    secret: dict[str, str]
    twice: set[str]


async def run(url: str, *, consultations: int, rate: float, seconds: float, seed: int = 1) -> tuple[list[str], bool]:
    """Run the load. Returns the figures as lines, and whether all that must hold does hold."""
    sink = Sink()
    await sink.start()
    replicas: list[Replica] = []
    try:
        async with ClientSession() as session:
            replicas += [await serve(sink.environment(url), session) for _ in range(2)]
            books = await open_books(url)
            await open_all(books, sink, range(consultations))
            sender = Sender(sink, session)
            memory: list[list[float]] = [[one.resident for one in replicas]]
            load = await _say(sender, replicas, consultations, rate, seconds, random.Random(seed), memory)
            await _drained(sink, load)
            memory.append([one.resident for one in replicas])
            for one in replicas:
                await one.stop()  # what was scanned is written down at the latest now
            lines, good = await judge(books, sink, load)
            await books.close()
            lines.append(f"answers: {spread(sender.answers)}")
            lines.append(f"arrival to policyViolation: {spread(sender.asked_after(load.secret))}")
            for number, (start, middle, end) in enumerate(zip(*memory, strict=True), 1):
                lines.append(
                    f"replica {number}: {start:.0f} MB at the start, {middle:.0f} in the middle, {end:.0f} after"
                )
                good = good and end <= GROWTH * middle
            return lines, good
    finally:
        for one in replicas:
            await one.stop()
        await sink.stop()


async def _say(
    sender: Sender, replicas: list[Replica], consultations: int, rate: float, seconds: float, rng: random.Random,
    memory: list[list[float]],
) -> Load:  # fmt: skip
    load = Load({}, {}, set())
    under_way: set[asyncio.Task[None]] = set()
    loop = asyncio.get_running_loop()
    began, total = loop.time(), int(rate * seconds)
    for i in range(total):
        await asyncio.sleep(max(0.0, began + i / rate - loop.time()))
        n, secret = rng.randrange(consultations), rng.random() < SECRETS
        said = message(sender.sink, n, SECRET if secret else rng.choice(CLEAN), by_advisor=rng.random() < 0.4)
        load.everything[said[0]] = chat(n)
        if secret:
            load.secret[said[0]] = chat(n)
        if rng.random() < TWICE:
            load.twice.add(said[0])
        for one in replicas if said[0] in load.twice else [rng.choice(replicas)]:
            task = loop.create_task(sender.send(one.url, said))
            under_way.add(task)
        for task in [task for task in under_way if task.done()]:
            under_way.discard(task)
            task.result()
        if i == total // 2:
            memory.append([one.resident for one in replicas])
    await asyncio.gather(*under_way)
    return load


async def _drained(sink: Sink, load: Load) -> None:
    """Wait until every author of a secret was warned, or for DRAIN_SECONDS."""
    for _ in range(DRAIN_SECONDS * 10):
        if len(sink.warned) >= len(load.secret):
            break
        await asyncio.sleep(0.1)
    await asyncio.sleep(3)  # whatever would be done a second time has its chance


async def judge(books: SqlBooks, sink: Sink, load: Load) -> tuple[list[str], bool]:
    """What was missed and what was done twice, as lines, and whether there is none of it."""
    async with reading(books.engine) as connection:
        noted = {row.message for row in await connection.execute(select(seen.c.message))}
        rows = (await connection.execute(select(TABLE_OF[Finding]))).mappings()
        found = {row["message"]: Finding(**row) for row in rows}
    unseen = set(load.everything) - noted
    missed, wrong = set(load.secret) - set(found), set(found) - set(load.secret)
    warned = {ident: sink.warned[f"{one.conversation} {finding_ref(one)}"] for ident, one in found.items()}
    tenant = {ident for ident in load.secret if ident in sink.tenant_messages}
    never = [i for i, times in warned.items() if times == 0] + [i for i in tenant if not sink.hidden[i]]
    repeated = [i for i, times in warned.items() if times > 1] + [i for i, times in sink.hidden.items() if times > 1]
    lines = [
        f"messages: {len(load.everything)} in {len(set(load.everything.values()))} consultations, "
        f"{len(load.secret)} with a secret, {len(load.twice)} delivered to both replicas",
        f"unseen: {len(unseen)}; findings missed: {len(missed)}, invented: {len(wrong)}",
        f"policyViolation requests: {sum(sink.hidden.values())} for {len(sink.hidden)} messages; "
        f"notices: {sum(warned.values())} for {len(warned)} findings",
        f"not dealt with: {len(never)}; dealt with twice: {len(repeated)}",
    ]
    return lines, not (unseen or missed or wrong or never or repeated)
