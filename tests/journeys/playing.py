"""Plays scenario files as a person would, by the command line, several at a time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = Path(__file__).with_name("scenarios")
SECONDS = 180


@dataclass(frozen=True)
class Played:
    """What a run left behind: exit status, both streams, and the report if there is one."""

    status: int
    output: bytes
    errors: str

    @property
    def report(self) -> dict[str, Any]:
        """The one JSON document on standard output."""
        assert self.status == 0, self.errors[-4000:]
        return json.loads(self.output)


def play_file(path: Path, *options: str) -> Played:
    """Run ``app.py rehearse --scenario FILE --json`` to its end."""
    command = [sys.executable, str(ROOT / "app.py"), "rehearse", "--scenario", str(path), "--json", *options]
    done = subprocess.run(command, capture_output=True, timeout=SECONDS, cwd=ROOT, check=False)
    return Played(done.returncode, done.stdout, done.stderr.decode(errors="replace"))


class Playing:
    """Plays every example scenario once, in the background, and hands out the results by name."""

    def __init__(self, folder: Path) -> None:
        self._pool = ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 2))
        self._folder = folder
        self._runs: dict[str, Future[Played]] = {}

    def start(self, name: str) -> Future[Played]:
        """Begin playing a scenario, on a database of its own that stays, unless it was begun before."""
        if name not in self._runs:
            database = f"sqlite:///{self.folder(name) / 'rehearsal.sqlite3'}"
            path = SCENARIOS / f"{name}.yaml"
            self._runs[name] = self._pool.submit(play_file, path, "--database", database)
        return self._runs[name]

    def folder(self, name: str) -> Path:
        """Where the scenario's database lies."""
        folder = self._folder / name
        folder.mkdir(exist_ok=True)
        return folder

    def __getitem__(self, name: str) -> Played:
        return self.start(name).result()

    def close(self) -> None:
        """Let runs that were not asked for be."""
        self._pool.shutdown(cancel_futures=True)


def scenario_names() -> list[str]:
    """The example scenarios by name."""
    return sorted(path.stem for path in SCENARIOS.glob("*.yaml"))


def each_scenario() -> list[Any]:
    """The names as test parameters; all tests of a scenario go to one worker, which plays it once."""
    return [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in scenario_names()]
