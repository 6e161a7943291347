"""What a run leaves behind: the ledger's rows, and every byte on disk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select, text

from bot.storage.engine import make_engine, reading
from bot.storage.tables import attempts, owed
from tests.journeys.test_canary import forms

from .texts import CORES

LATER = ("renew", "timer:")
"""What may still be owed when a consultation is over and nothing has to be done now: the keeping times go on."""


async def overdue(url: str, now: datetime) -> list[str]:
    """Rows of the ledger that are stuck: due and not done, waiting for a retry, or owed for ever."""
    engine = make_engine(url, pool_size=1)
    try:
        async with reading(engine) as connection:
            rows = (await connection.execute(select(owed).where(owed.c.state == "open"))).mappings().all()
    finally:
        await engine.dispose()
    return [
        f"the ledger still owes {row['key']} of {row['conversation'][:24]}, due {row['due_at']}, tries {row['tries']}"
        for row in rows
        if row["due_at"] <= now or row["retrying"] or row["lease_holder"] or not row["kind"].startswith(LATER)
    ]


async def mails(url: str, codes: int, *, kills: int) -> list[str]:
    """Mails with a code against what was owed: one for each that is done, and another one only for a try whose end
    nobody knows (a repetition, or a process that was killed)."""
    engine = make_engine(url, pool_size=1)
    try:
        async with reading(engine) as connection:
            mine = owed.c.kind == "send_code"
            done = (await connection.execute(select(func.count()).where(mine, owed.c.state == "done"))).scalar_one()
            everything = (await connection.execute(select(func.count()).where(mine))).scalar_one()
            same = (attempts.c.conversation == owed.c.conversation) & (attempts.c.key == owed.c.key)
            again = (
                select(func.count()).select_from(attempts.join(owed, same)).where(mine, attempts.c.result == "retry")
            )
            most = everything + (await connection.execute(again)).scalar_one() + kills
    finally:
        await engine.dispose()
    return [] if done <= codes <= most else [f"{codes} mails with a code were sent, {done} are owed, {most} at most"]


@asynccontextmanager
async def away(url: str, sign: Path) -> AsyncIterator[None]:
    """The database cannot be reached meanwhile: an SQLite by a sign the program looks for, a PostgreSQL really, with
    every connection cut."""
    if url.startswith("sqlite"):
        await asyncio.to_thread(sign.touch)
        try:
            yield
        finally:
            await asyncio.to_thread(sign.unlink)
        return
    base, _, name = url.rpartition("/")
    engine = make_engine(f"{base}/postgres", pool_size=1)
    cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    try:
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            await connection.exec_driver_sql(cut)
            try:
                yield
            finally:
                await connection.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    finally:
        await engine.dispose()


async def canaries(url: str, folder: Path, logs: list[Path]) -> list[str]:
    """Where a secret stands on disk, in whatever form: database, its log and shared memory, our logs."""
    data = Path(await data_directory(url)) if url.startswith("postgresql") else folder
    files = [path for root in {data, folder} for path in root.rglob("*") if path.is_file()]
    assert all(log.exists() for log in logs)
    return await asyncio.to_thread(found_in, files)


def found_in(files: list[Path]) -> list[str]:
    """The forms of a secret's core in these files. A file that goes away meanwhile was not kept."""
    shapes = {shape: name for core in CORES for name, shape in forms(core) if len(shape) > 5}
    told = []
    for path in files:
        try:
            raw = path.read_bytes()
        except FileNotFoundError:
            continue
        told += [f"a secret stands in {path.name} ({name})" for shape, name in shapes.items() if shape in raw]
    return told


async def data_directory(url: str) -> str:
    """Where the server keeps everything, after it has written everything there."""
    engine = make_engine(url, pool_size=1)
    try:
        async with reading(engine) as connection:
            await connection.execute(text("CHECKPOINT"))
            return str((await connection.execute(text("SHOW data_directory"))).scalar_one())
    finally:
        await engine.dispose()
