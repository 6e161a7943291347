"""Search for messages that freeze the chat guard: `python -m tests.fuzz.hangs --seconds 60 --seed 1`.

The coverage-guided fuzzer finds what breaks, but seldom the row of signs over which a pattern tries every way to cut it
into words. So three kinds of tries go on in turn: short hostile messages and their halves in a window, long ones, and
every pattern by itself over texts written from it. Each has a limit of processor time, kept by a signal, so that a
busy machine raises no alarm. A try depends on nothing but the seed and its number: `--seed S --only N` repeats it.
"""

import argparse
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from heapq import nlargest
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from bot.detection import AuthorWindow, Scanner
from bot.scan import EXAMPLE_FORMATS
from tests.fuzz import messages
from tests.fuzz.pattern_texts import Writer, patterns

LIMIT_SHORT = 1.0
"""Seconds of processor time for at most 500 characters, which take some milliseconds."""
LIMIT_LONG = 5.0
"""The same for 20,000 characters, which take some 50 ms."""
_TEXTS = 25
"""A try of one pattern is so many texts, because they cost so little."""
_RISKY = 10
_SHOWN = 12
_EVERY = 10.0


class Hang(Exception):
    """A try was not over within its limit."""


@contextmanager
def limit(seconds: float) -> Iterator[None]:
    """Raises `Hang` inside the block once it took so many seconds of processor time (main thread only)."""

    def stop(number: int, frame: object) -> None:
        raise Hang

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


class Tried(NamedTuple):
    """What one try took, in seconds of processor time; `hung` is where it was stopped ("": it ended)."""

    seconds: float
    number: int
    kind: str
    text: str
    hung: str


class Search:
    """The tries of one seed over one scanner."""

    def __init__(self, scanner: Scanner, seed: int) -> None:
        self._scanner = scanner
        self._seed = seed
        self._patterns = [(name, one, Writer(one)) for name, one in patterns(scanner).items()]
        self._weights = [_RISKY if writer.risky else 1 for _, _, writer in self._patterns]

    def attempt(self, number: int) -> Tried:
        """Try `number`."""
        rng = Random(f"{self._seed}:{number}")
        if number % 10 == 0:
            return self.run(number, "long", messages.long(rng), LIMIT_LONG, self._scan(rng))
        if number % 2:
            return self.run(number, "short", messages.short(rng), LIMIT_SHORT, self._scan(rng))
        name, pattern, writer = rng.choices(self._patterns, self._weights)[0]
        read = rng.choice((pattern.match, pattern.search))
        return max(self.run(number, name, writer.text(rng), LIMIT_SHORT, read) for _ in range(_TEXTS))

    def _scan(self, rng: Random) -> Callable[[str], object]:
        html, cut = rng.random() < 0.2, rng.random()
        if cut < 0.8:
            return lambda text: self._scanner.scan(text, html)

        def heard(text: str) -> object:
            window, half = AuthorWindow(self._scanner), int(len(text) * (cut - 0.8) * 5)
            window.add("a", "1", text[:half], html, 0)
            return window.add("a", "2", text[half:], html, 1)

        return heard

    @staticmethod
    def run(number: int, kind: str, text: str, seconds: float, read: Callable[[str], Any]) -> Tried:
        """What `read` takes for `text`; it is stopped after `seconds` of processor time."""
        began, hung = time.process_time(), ""
        try:
            with limit(seconds):
                read(text)
        except Hang as stopped:
            frames = traceback.extract_tb(stopped.__traceback__)
            at = next((one for one in reversed(frames) if "detection" in one.filename), frames[0])
            hung = f"{Path(at.filename).name}:{at.lineno} {at.line}"
        return Tried(time.process_time() - began, number, kind, text, hung)


def main(arguments: list[str] | None = None) -> int:
    """Search for --seconds; 1 where a try had to be stopped."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1, help="the same one repeats the same tries")
    parser.add_argument("--only", type=int, help="repeat this try and nothing else")
    given = parser.parse_args(arguments)
    search = Search(Scanner(EXAMPLE_FORMATS), given.seed)
    if given.only is not None:
        return _report(given.seed, [search.attempt(given.only)], 1)
    end = shown = time.monotonic()
    end += given.seconds
    worst: list[Tried] = []
    number = 0
    while time.monotonic() < end:
        worst.append(search.attempt(number))
        number += 1
        if len(worst) > 500:
            worst = _keep(worst)
        if time.monotonic() - shown >= _EVERY:
            shown = time.monotonic()
            sys.stdout.write(
                f"hangs: {number} tries, {end - shown:.0f} s left, {sum(bool(t.hung) for t in worst)} hung\n"
            )
            sys.stdout.flush()
    return _report(given.seed, _keep(worst), number)


def _keep(tried: list[Tried]) -> list[Tried]:
    """All that hung, and the slowest of each kind of try."""
    kinds = [[t for t in tried if (t.kind if t.kind in ("long", "short") else "pattern") == kind and not t.hung]
             for kind in ("long", "short", "pattern")]  # fmt: skip
    slow = [one for of_kind in kinds for one in nlargest(_SHOWN // 3, of_kind)]
    return sorted([t for t in tried if t.hung] + slow, reverse=True)


def _report(seed: int, tried: list[Tried], number: int) -> int:
    for one in tried:
        text = one.text if len(one.text) <= 60 else f"{one.text[:40]} ... {one.text[-15:]}"
        sys.stdout.write(
            f"{'HUNG' if one.hung else '    '} {one.seconds * 1e3:7.1f} ms  --seed {seed} --only {one.number}"
            f"  {one.kind}, {len(one.text)} characters {text!r} {one.hung}\n"
        )
    hung = sum(bool(one.hung) for one in tried)
    sys.stdout.write(f"hangs: seed {seed}, {number} tries, {hung} had to be stopped\n")
    return 1 if hung else 0


if __name__ == "__main__":
    sys.exit(main())
