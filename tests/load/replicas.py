"""`app.py serve` as a process of its own, and what it takes of the machine."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from aiohttp import ClientError, ClientSession

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60


class Replica:
    """One running product."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process, self.port = process, port
        self.url = f"http://127.0.0.1:{port}/api/messages"

    @property
    def resident(self) -> float:
        """Resident memory in MB (10^6 bytes), as /proc tells."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    async def stop(self) -> None:
        """Ask it to finish, and wait for it."""
        if self.process.returncode is None:
            self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), 30)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()


async def serve(environment: Mapping[str, str], session: ClientSession, core: int | None = None) -> Replica:
    """Start a replica on a free port (on one core) and return once it answers. RuntimeError if it does not."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BOT_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "app.py", "serve", cwd=ROOT, stderr=asyncio.subprocess.DEVNULL,
        env={**inherited, **environment, "BOT_PORT": str(port)},
    )  # fmt: skip
    if core is not None:
        os.sched_setaffinity(process.pid, {core})
    for _ in range(START_SECONDS * 10):
        await asyncio.sleep(0.1)
        if process.returncode is not None:
            break
        try:
            async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                if answer.status == 200:
                    return Replica(process, port)
        except ClientError:
            continue
    if process.returncode is None:
        process.kill()
        await process.wait()
    raise RuntimeError("the product did not come up")
