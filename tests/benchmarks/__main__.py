"""All benchmarks, side by side with what they compare with.

    python -m tests.benchmarks [--seconds 0.5] [--rounds 15] [--messages 3000] [--findings 60]

The peers are installed into virtual environments of their own below build/, on first use. Quote the ratios: the
absolute figures belong to the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sys
from datetime import UTC, datetime

from tests.benchmarks import detection, inbound, latency
from tests.load.postgres import server


def say(line: str) -> None:
    """One line, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run them one after the other; status 1 where a goal of the inbound path is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=inbound.SECONDS, help="for each server in each round of these")
    parser.add_argument("--rounds", type=int, default=inbound.ROUNDS, help="of the inbound path")
    parser.add_argument("--messages", type=int, default=3000, help="for the detection")
    parser.add_argument("--findings", type=int, default=60, help="for the time to the policyViolation request")
    options = parser.parse_args()
    say(f"{datetime.now(UTC):%Y-%m-%d}, CPython {platform.python_version()}, {os.cpu_count()} cores\n")
    say("Clean messages: the whole product beside bots that only receive them")
    lines, met = inbound.table(asyncio.run(inbound.compare(options.seconds, options.rounds)))
    say(lines + "\n\nFrom a finding's arrival to the policyViolation request on the wire")
    with server() as url:
        say(latency.table(asyncio.run(latency.compare(options.findings, url))))
    if url is None:
        say("PostgreSQL left out: none on this machine, and TEST_POSTGRES_URL is not set")
    say("\nDetection")
    detection.throughput(options.messages)
    detection.growth()
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
