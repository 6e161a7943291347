"""`python -m tests.chaos [--seed N] [--scenarios N] [--minutes M] [--postgres URL]`: the fault test.

Prints figures and, for every violation, the seed that replays it. Exit status 1 where there is one.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bot.storage.engine import make_engine
from tests.load.postgres import server

from .run import Result, run

SQLITE, POSTGRES, REPLICAS = "SQLite", "PostgreSQL", "PostgreSQL, two replicas"
BATCH = 6


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, help="replay this seed only")
    parser.add_argument("--on", choices=("sqlite", "postgresql", "replicas"), help="only on this database")
    parser.add_argument("--scenarios", type=int, help="stop after so many consultations on each database")
    parser.add_argument("--minutes", type=float, default=3.0, help="stop after so many minutes (default 3)")
    parser.add_argument("--postgres", metavar="URL", help="a PostgreSQL where databases may be made and dropped")
    parser.add_argument("--trace", type=Path, metavar="FILE", help="write what the product did, as JSON lines")
    return parser.parse_args()


@contextlib.contextmanager
def postgres(given: str | None) -> Iterator[str | None]:
    """A server: the given one, a throw-away one, or None where there is none."""
    if given:
        yield given
        return
    with server() as url:
        yield url


async def on_postgres(base: str, seed: int, replicas: int) -> Result:
    """Play a seed on a database of its own."""
    name = f"chaos_{secrets.token_hex(6)}"
    engine = make_engine(base, pool_size=1)
    alone = await engine.connect()
    await alone.execution_options(isolation_level="AUTOCOMMIT")
    try:
        await alone.exec_driver_sql(f"CREATE DATABASE {name}")
        try:
            address = f"{base.rpartition('/')[0]}/{name}"
            return await run(seed, address, consultations=BATCH, replicas=replicas)
        finally:
            await alone.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await alone.close()
        await engine.dispose()


async def play(kind: str, base: str | None, seed: int) -> Result:
    """Play a seed on one kind of database."""
    if kind == SQLITE:
        return await run(seed, consultations=BATCH)
    assert base is not None
    return await on_postgres(base, seed, 2 if kind == REPLICAS else 1)


def main() -> int:
    """Play until the time or the scenarios are used up."""
    given, began = options(), time.monotonic()
    figures: dict[str, Counter[str]] = {}
    broken = 0
    with postgres(given.postgres) if given.on != "sqlite" else contextlib.nullcontext() as base:
        if given.on != "sqlite" and base is None:
            print("No PostgreSQL here: left out.")  # noqa: T201
        named = {"sqlite": SQLITE, "postgresql": POSTGRES, "replicas": REPLICAS}
        kinds = [named[given.on]] if given.on else [SQLITE, REPLICAS, POSTGRES] if base else [SQLITE]
        seed = given.seed if given.seed is not None else secrets.randbelow(10**6) * 1000
        while True:
            for kind in kinds:
                result = asyncio.run(play(kind, base, seed))
                if given.trace is not None:
                    given.trace.write_text("".join(json.dumps(entry) + "\n" for entry in result.timeline), "utf-8")
                figures.setdefault(kind, Counter()).update(result.figures)
                figures[kind]["violations"] += len(result.violations)
                for violation in result.violations:
                    broken += 1
                    print(f"VIOLATION seed {seed} on {kind}: {violation}", flush=True)  # noqa: T201
                print(f"seed {seed} on {kind}: {dict(result.figures)}", file=sys.stderr, flush=True)  # noqa: T201
            seed += 1
            played = min(figure["scenarios"] for figure in figures.values())
            enough = given.scenarios is not None and played >= given.scenarios
            if given.seed is not None or enough or time.monotonic() - began > given.minutes * 60:
                break
    for kind, figure in figures.items():
        print(f"{kind}: " + ", ".join(f"{name} {count}" for name, count in figure.items()))  # noqa: T201
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
