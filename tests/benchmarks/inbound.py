"""Clean messages a second on one core: the whole product against the SDK, its successor and a bare handler.

    python -m tests.benchmarks.inbound [--seconds 0.5] [--rounds 15] [--check]

Each server is a process, all on one core, the load another on another core: 16 connections, messages of about 1,250
bytes, each one new, one RS256 token as the channel sends it. Ours is `app.py serve` on SQLite with 50 open
consultations whose authors are known. Counted are answers per second of the server's own processor time (on Linux), so
that what else the machine does weighs little. The servers run side by side and take short turns, since a machine's
speed may change from one second to the next; the median of the ratios within each round counts. `--check` ends with
status 1 where one misses its goal. The virtual environment for (b) is made on first use under build/.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count, cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from aiohttp import ClientSession

from bot.storage import open_books
from tests.load.consultations import CLEAN, message, open_all
from tests.load.replicas import serve
from tests.load.sink import Sink

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SECONDS, ROUNDS = 0.5, 15
CONNECTIONS = 16
CONSULTATIONS = 50
WARM_UP = 400
"""Answers before counting: the product has then met every author and consultation."""
GOALS = {"sdk": 40.0, "agents": 2.5, "bare": 0.4}
NAMES = {
    "ours": "the product: authenticated, scanned, noted as seen",
    "sdk": "(a) botbuilder 4.17.1, echo bot without a reply",
    "agents": "(b) microsoft-agents-hosting-aiohttp 1.9.0, the same",
    "bare": "(c) bare aiohttp: parse the JSON, answer 201",
}


def requests_of(sink: Sink) -> Iterator[bytes]:
    """Clean messages without end, each with an id of its own, in 50 consultations, one in four with formatting."""
    head = f"POST /api/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: {sink.token()}"
    made = []
    for n in range(200):
        ident, body = message(sink, n % CONSULTATIONS, CLEAN[n % len(CLEAN)], plain=n % 4 != 0)
        request = f"{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        made.append(request.split(ident.encode()))
    for number, (before, after) in zip(count(10**12), cycle(made), strict=False):
        yield b"%s%d%s" % (before, number, after)


class Connection(asyncio.Protocol):
    """Sends the next request as soon as the answer to the last one is complete; counts good answers."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        self._requests = requests
        self._buffer = b""
        self.good = 0
        self.bad = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        if len(rest) < length:
            return
        self._buffer = b""
        if head[9:12] in (b"201", b"202"):
            self.good += 1
        else:
            self.bad += 1
            return
        self.transport.write(next(self._requests))


def busy(pid: int) -> float:
    """Seconds of processor time a process has used; wall time where the system does not tell."""
    try:
        return time.clock_gettime((~pid << 3) | 2)  # the clock clock_getcpuclockid(3) names
    except OSError:
        return time.perf_counter()


async def measure(port: int, pid: int, requests: Iterator[bytes], seconds: float, warm_up: int) -> float:
    """Answers a second of the server's time, after so many that are not counted. RuntimeError if any was not 2xx."""
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(lambda: Connection(requests), "127.0.0.1", port) for _ in range(CONNECTIONS)]
    while sum(one.good for _, one in made) < warm_up:
        await asyncio.sleep(0.01)
        if any(one.bad for _, one in made):
            raise RuntimeError("the server did not accept the benchmark's messages")
    before, began = sum(one.good for _, one in made), busy(pid)
    await asyncio.sleep(seconds)
    after, ended = sum(one.good for _, one in made), busy(pid)
    for transport, _ in made:
        transport.abort()
    if any(one.bad for _, one in made) or after == before:
        raise RuntimeError("the server did not accept the benchmark's messages")
    return (after - before) / (ended - began)


def agents_python() -> Path:
    """The interpreter of the environment for (b), made and filled on first use and when the pins change."""
    home, pins = ROOT / "build" / "bench-inbound", HERE / "requirements-inbound.txt"
    python, stamp = home / "bin" / "python", home / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != pins.read_text():
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-qq", "-r", pins], check=True)
        stamp.write_text(pins.read_text())
    return python


@asynccontextmanager
async def peer(command: list[str | Path], core: int | None) -> AsyncIterator[tuple[int, int]]:
    """A server process on one core; yields its port and process id."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    try:
        if core is not None:
            os.sched_setaffinity(process.pid, {core})
        assert process.stdout is not None
        yield int(await process.stdout.readline()), process.pid
    finally:
        process.kill()
        await process.wait()


@asynccontextmanager
async def product(sink: Sink, core: int | None) -> AsyncIterator[tuple[int, int]]:
    """The whole product on SQLite, with its consultations open; yields its port and process id."""
    with TemporaryDirectory(prefix="bench-") as folder:
        url = f"sqlite:///{folder}/books.sqlite3"
        async with ClientSession() as session:
            replica = await serve(sink.environment(url), session, core)
        try:
            books = await open_books(url)
            await open_all(books, sink, range(CONSULTATIONS))
            await books.close()
            yield replica.port, replica.process.pid
        finally:
            await replica.stop()


async def compare(seconds: float, rounds: int, names: Sequence[str] = tuple(NAMES)) -> dict[str, list[float]]:
    """Messages a second of each server, in each round."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    server_core, load_core = (cores[0], cores[1]) if len(cores) > 1 else (None, None)
    if load_core is not None:
        os.sched_setaffinity(0, {load_core})
    sink = Sink()
    await sink.start()
    figures: dict[str, list[float]] = {name: [] for name in names}
    try:
        async with AsyncExitStack() as closing:
            running = {}
            for name in names:
                own = [sys.executable, HERE / "inbound_servers.py", name, sink.app_id, sink.origin]
                if name == "agents":
                    own = [await asyncio.to_thread(agents_python), HERE / "inbound_agents.py", sink.app_id, sink.origin]
                server = product(sink, server_core) if name == "ours" else peer(own, server_core)
                port, pid = running[name] = await closing.enter_async_context(server)
                await measure(port, pid, requests_of(sink), 0.1, WARM_UP)
            for _ in range(rounds):
                for name, (port, pid) in running.items():
                    figures[name].append(await measure(port, pid, requests_of(sink), seconds, 2 * CONNECTIONS))
    finally:
        await sink.stop()
        if cores:
            os.sched_setaffinity(0, cores)
    return figures


def table(figures: dict[str, list[float]]) -> tuple[str, bool]:
    """The figures as lines, and whether every goal is met. A ratio stands with the middle half of its rounds."""
    lines = [f"{'server (one core)':<55} {'messages/s':>10} {'ours is':>9} {'middle half':>14} {'goal':>7}"]
    met = True
    for name, rates in figures.items():
        ratios, goal = [our / rate for our, rate in zip(figures["ours"], rates, strict=True)], GOALS.get(name)
        ratio = statistics.median(ratios)
        low, _, high = statistics.quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else ratios * 3
        met = met and (goal is None or ratio >= goal)
        aim = f"{goal:>6.1f}x" if goal is not None else ""
        spread = f"{low:.2f} to {high:.2f}" if goal is not None else ""
        lines.append(f"{NAMES[name]:<55} {statistics.median(rates):>10.0f} {ratio:>8.2f}x {spread:>14} {aim}".rstrip())
    return "\n".join(lines), met


def main() -> int:
    """Measure, print one table, and say whether the goals are met."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    lines, met = table(asyncio.run(compare(options.seconds, options.rounds)))
    sys.stdout.write(lines + "\n")
    return 1 if options.check and not met else 0


if __name__ == "__main__":
    sys.exit(main())
