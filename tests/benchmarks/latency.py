"""From an activity's arrival to the `policyViolation` request on the wire, against a bare handler that only forwards.

    python -m tests.benchmarks.latency [--findings 60]

Ours is `app.py serve` on SQLite, and on PostgreSQL where there is one: token, scan, state, ledger, pacing and audit
trail lie between the two moments, so that nothing is lost whatever breaks. The bare handler parses the JSON and
forwards it. One message at a time, each in a consultation of its own, a pause after each; both ends of the measurement
are the same process, so its own cost is in both.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from aiohttp import ClientSession

from bot.storage import open_books
from tests.benchmarks.inbound import peer
from tests.load.consultations import SECRET, message, open_all
from tests.load.postgres import server
from tests.load.replicas import serve
from tests.load.sending import Sender, spread
from tests.load.sink import Sink

HERE = Path(__file__).parent
WARM_UP = 5
"""Findings that are not counted: imports, tokens and connections."""
PAUSE = 0.25
GIVE_UP = 30.0


async def findings_at(
    url: str, sink: Sink, session: ClientSession, findings: int, *, warm_up: int = WARM_UP
) -> list[float]:
    """Seconds from sending each finding to the request it causes. RuntimeError if one causes none."""
    sender, said = Sender(sink, session), []
    for n in range(warm_up + findings):
        ident, body = message(sink, n, SECRET, by_advisor=True)
        await sender.send(url, (ident, body))
        waited = 0.0
        while ident not in sink.asked and waited < GIVE_UP:
            await asyncio.sleep(0.01)
            waited += 0.01
        said.append(ident)
        await asyncio.sleep(PAUSE)
    seconds = sender.asked_after(said[warm_up:])
    if len(seconds) != findings:
        raise RuntimeError("a finding caused no request")
    return seconds


async def ours(database_url: str, sink: Sink, session: ClientSession, findings: int) -> list[float]:
    """The product on this database."""
    replica = await serve(sink.environment(database_url), session)
    try:
        books = await open_books(database_url)
        await open_all(books, sink, range(WARM_UP + findings))
        await books.close()
        return await findings_at(replica.url, sink, session, findings)
    finally:
        await replica.stop()


async def bare(sink: Sink, session: ClientSession, findings: int) -> list[float]:
    """The handler that parses and forwards."""
    command = [sys.executable, HERE / "inbound_servers.py", "forward", sink.app_id, sink.origin]
    async with peer(command, None) as (port, _):
        return await findings_at(f"http://127.0.0.1:{port}/api/messages", sink, session, findings)


async def compare(findings: int, postgres_url: str | None) -> dict[str, list[float]]:
    """Seconds for each finding, by what received it."""
    sink = Sink()
    await sink.start()

    async def measured(run: Callable[[ClientSession], Awaitable[list[float]]]) -> list[float]:
        async with ClientSession() as session:
            return await run(session)

    try:
        with TemporaryDirectory(prefix="bench-") as folder:
            url = f"sqlite:///{folder}/books.sqlite3"
            found = {
                "bare aiohttp: parse and forward": await measured(lambda session: bare(sink, session, findings)),
                "the product on SQLite": await measured(lambda session: ours(url, sink, session, findings)),
            }
        if postgres_url is not None:
            found["the product on PostgreSQL"] = await measured(
                lambda session: ours(postgres_url, sink, session, findings)
            )
    finally:
        await sink.stop()
    return found


def table(found: dict[str, list[float]]) -> str:
    """The figures as lines, with the ratio of the medians to the first."""
    first = statistics.median(next(iter(found.values())))
    return "\n".join(
        f"{name:<34} {spread(seconds)}, {statistics.median(seconds) / first:.1f}x" for name, seconds in found.items()
    )


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--findings", type=int, default=60)
    options = parser.parse_args()
    with server() as url:
        sys.stdout.write(table(asyncio.run(compare(options.findings, url))) + "\n")
        if url is None:
            sys.stdout.write("PostgreSQL left out: none on this machine, and TEST_POSTGRES_URL is not set\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
