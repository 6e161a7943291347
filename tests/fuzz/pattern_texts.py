"""Texts that a pattern of the detection nearly matches, written from the pattern itself.

A pattern explodes where one text can be cut into its parts in many ways. So each text prefers a few characters, which
then stand in every class that takes them, repeats what may be repeated, and ends in a way that mostly does not match.
"""

import importlib
import pkgutil
import re
from random import Random
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import bot.detection
from bot.detection import Scanner

_PREFERRED = "a1-_ .,;:/'\"!?(\n)<>=@#&+|*[]`xZ%$0"
_ENDS = ("", "!", "\n", "x", " ", "1", "?", ":", "-", "\x00")
_LONGEST = 300
_REPEATS = 60
_FEW = 3
REPEAT = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
_IN_CATEGORY = {op.CATEGORY_SPACE: r"\s", op.CATEGORY_DIGIT: r"\d", op.CATEGORY_WORD: r"\w"} | {
    op.CATEGORY_NOT_SPACE: r"\S", op.CATEGORY_NOT_DIGIT: r"\D", op.CATEGORY_NOT_WORD: r"\W"
}  # fmt: skip


def patterns(scanner: Scanner) -> dict[str, re.Pattern[str]]:
    """Every compiled pattern that a module of the detection, or a detector of `scanner`, keeps, by its name."""
    found: dict[str, re.Pattern[str]] = {}
    for module in pkgutil.walk_packages(bot.detection.__path__, "bot.detection."):
        for name, value in vars(importlib.import_module(module.name)).items():
            found |= _inside(f"{module.name.removeprefix('bot.detection.')}.{name}", value)
    for detector in scanner._detectors:
        for name in getattr(detector, "__slots__", ()):
            found |= _inside(f"{detector.name}.{name}", getattr(detector, name))
    names = {pattern: name for name, pattern in sorted(found.items(), reverse=True)}  # where two have one, the first
    return dict(sorted((name, pattern) for pattern, name in names.items()))


def parsed(pattern: re.Pattern[str]) -> Any:
    """The tree of a pattern as the standard library's parser gives it: (what, value) pairs."""
    return _parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)


def _inside(name: str, value: object) -> dict[str, re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        return {name: value} if isinstance(value.pattern, str) else {}
    if isinstance(value, dict):
        parts: list[tuple[object, object]] = list(value.items())
    elif isinstance(value, (tuple, list)):
        parts = list(enumerate(value))
    else:
        return {}
    return {inner: pattern for key, one in parts for inner, pattern in _inside(f"{name}[{key}]", one).items()}


class Writer:
    """Writes texts for one pattern; `risky`: it repeats something with choices in it."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._tree = parsed(pattern)
        self.risky = repeats_choices(self._tree)

    def text(self, rng: Random) -> str:
        """A text of at most `_LONGEST` characters and an end."""
        preferred = rng.sample(_PREFERRED, rng.choice((1, 1, 2, 3)))
        text = _Walk(rng, preferred).sequence(self._tree)
        way = rng.random()
        if way < 0.3:
            text = text[: rng.randint(0, len(text))]
        elif way < 0.6 and text:
            low = rng.randrange(len(text))
            high = rng.randint(low + 1, len(text))
            text = text[:low] + text[low:high] * rng.choice((2, 5, 20, _REPEATS)) + text[high:]
        elif way > 0.9:
            text = "".join(preferred) * rng.choice((20, _REPEATS)) + text
        return text[:_LONGEST] + rng.choice(_ENDS)


class _Walk:
    """One walk through the tree of a parsed pattern, which writes what it meets."""

    def __init__(self, rng: Random, preferred: list[str]) -> None:
        self._rng = rng
        self._preferred = preferred
        self._left = 2 * _LONGEST

    def sequence(self, tree: Any) -> str:
        return "".join(self._one(what, value) for what, value in tree)

    def _one(self, what: Any, value: Any) -> str:
        if what is op.LITERAL:
            return chr(value)
        if what is op.NOT_LITERAL:
            return next(char for char in [*self._preferred, "a", "b"] if ord(char) != value)
        if what is op.ANY:
            return self._preferred[0]
        if what is op.IN:
            return self._char(value)
        if what is op.BRANCH:
            return self.sequence(self._branch(value[1]))
        if what is op.SUBPATTERN:
            return self.sequence(value[3])
        if what is op.ATOMIC_GROUP:
            return self.sequence(value)
        if what in REPEAT:
            return self._repeat(*value)
        return ""  # places and looks around take no characters

    def _branch(self, branches: list[Any]) -> Any:
        """One of the alternatives: each as likely as another, or each word in them."""
        if self._rng.random() < 0.5:
            return self._rng.choice(branches)
        return self._rng.choices(branches, [_size(one) for one in branches])[0]

    def _repeat(self, least: int, most: int, tree: Any) -> str:
        rng = self._rng
        most = min(most, least + _REPEATS)
        times = rng.choice((least, least, most, most, rng.randint(least, most), min(most, least + 1)))
        if self._left <= 0:
            times = least
        together = rng.choice((1, 1, 2, 3))
        turns = [self.sequence(tree) for _ in range(min(together, times))]
        out = "".join(turns[i % len(turns)] for i in range(times))
        self._left -= len(out)
        return out

    def _char(self, members: list[tuple[Any, Any]]) -> str:
        taken = [char for char in self._preferred if _takes(members, char)]
        return taken[0] if taken else self._rng.choice([c for c in _PREFERRED if _takes(members, c)] or _some(members))


def inner(what: Any, value: Any) -> list[Any]:
    """The trees in a node."""
    if what is op.BRANCH:
        return list(value[1])
    if what is op.SUBPATTERN:
        return [value[3]]
    if what is op.ATOMIC_GROUP:
        return [value]
    return [value[2]] if what in REPEAT else []


def _size(tree: Any) -> int:
    """How many alternatives are in `tree`, or in what it holds."""
    return max((sum(map(_size, inner(what, value))) for what, value in tree), default=0) or 1


def repeats_choices(tree: Any, repeated: bool = False) -> bool:
    """Whether something with a choice in it (alternatives, another repetition) may be there several times."""
    for what, value in tree:
        if repeated and (what is op.BRANCH or (what in REPEAT and value[0] != value[1])):
            return True
        again = repeated or (what in (op.MAX_REPEAT, op.MIN_REPEAT) and value[1] > _FEW)
        if any(repeats_choices(inner, again) for inner in inner(what, value)):
            return True
    return False


def _takes(members: list[tuple[Any, Any]], char: str) -> bool:
    inside = any(
        (what is op.LITERAL and value == ord(char))
        or (what is op.RANGE and value[0] <= ord(char) <= value[1])
        or (what is op.CATEGORY and re.match(_IN_CATEGORY[value], char) is not None)
        for what, value in members
    )
    return inside != (members[0][0] is op.NEGATE)


def _some(members: list[tuple[Any, Any]]) -> list[str]:
    first = next((value for what, value in members if what in (op.LITERAL, op.RANGE)), ord("a"))
    return [chr(first[0] if isinstance(first, tuple) else first)]
