"""A rehearsal and a Chromium for the browser tests; without Chromium ``missing`` says so."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def missing() -> str | None:
    """What the browser tests need and do not find, with how to get it."""
    if chromium() is None:
        return "browser tests left out: no Chromium (Debian: apt-get install chromium)"
    if not (ROOT / "node_modules/adaptivecards/dist/adaptivecards.min.js").is_file():
        return "browser tests left out: no card renderer (npm ci)"
    return None


def chromium() -> str | None:
    """The path of a Chromium on this machine."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@pytest.fixture
def address() -> Iterator[str]:
    """The address of a rehearsal page, served by ``app.py rehearse`` on a free port."""
    command = [sys.executable, str(ROOT / "app.py"), "rehearse", "--port", "0", "--no-open"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ}) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+/", line)
        assert found, f"the page printed {line!r} instead of its address"
        yield found[0]
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    """A page in a fresh profile; anything on its console that is an error fails the test."""
    problems: list[str] = []
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "profile", executable_path=chromium(), headless=True, args=FLAGS,
            viewport={"width": 1440, "height": 1240}, locale="de-DE", color_scheme="light",
        )  # fmt: skip
        opened = context.pages[0]
        opened.on("pageerror", lambda error: problems.append(str(error)))
        opened.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        yield opened
        context.close()
    assert problems == []
