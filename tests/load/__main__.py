"""Load: two replicas on PostgreSQL, one replica with 10,000 consultations, a flood by one author.

    python -m tests.load [--only replicas|many|flood] [--seconds 60]

Ends with status 1 where something that must hold does not. PostgreSQL is the one TEST_POSTGRES_URL names (an empty
database), else a throw-away server from the machine's own binaries; without either that part is left out, and said so.
"""

from __future__ import annotations

import argparse
import asyncio
import sys

from tests.load import flood, many, two_replicas
from tests.load.postgres import server

CONSULTATIONS, RATE = 1000, 50
MANY = 10_000


def show(title: str, lines: list[str]) -> None:
    """Print one part's figures."""
    sys.stdout.write(f"{title}\n" + "".join(f"  {line}\n" for line in lines))
    sys.stdout.flush()


def replicas(seconds: float) -> bool:
    """Two replicas on one PostgreSQL."""
    title = f"Two replicas, {CONSULTATIONS} open consultations, {RATE} messages a second for {seconds:.0f} s"
    with server() as url:
        if url is None:
            show(title, ["left out: no PostgreSQL on this machine, and TEST_POSTGRES_URL is not set"])
            return True
        lines, good = asyncio.run(two_replicas.run(url, consultations=CONSULTATIONS, rate=RATE, seconds=seconds))
    show(title, lines)
    return good


def one(_: float) -> bool:
    """One replica with many consultations."""
    lines, good = asyncio.run(many.run(MANY))
    show(f"One replica, {MANY} open consultations, two clean messages in each", lines)
    return good


def flooded(_: float) -> bool:
    """A flood by one author."""
    lines, good = asyncio.run(flood.run(200))
    show("A flood of 200 findings by one author", lines)
    return good


PARTS = {"replicas": replicas, "many": one, "flood": flooded}


def main() -> int:
    """Run all parts, or one."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", choices=sorted(PARTS))
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the two replicas are under load")
    options = parser.parse_args()
    chosen = [options.only] if options.only else list(PARTS)
    return 0 if all([PARTS[name](options.seconds) for name in chosen]) else 1


if __name__ == "__main__":
    sys.exit(main())
