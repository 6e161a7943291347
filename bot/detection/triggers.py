"""Which detectors have to look at a message: google-re2 Sets, asked before any Python code sees a character.

A Set remembers what it has met, as states; building one is what a message that looks like none before costs. So no
pattern over words counts (`.{0,60}`) or spans words (`.*`), which multiplies the states: what must come together is
a pattern and vocabularies of their own (`also`), asked only where the pattern matches, so that most messages match
none; and a number is a count of digits (`digits`). Patterns that follow the text sign by sign have Sets of
their own, asked only where they may match: at the start of short texts (`Look.START`), where enough digits come
together (`Look.DIGITS`), or, however these are separated, over the letters and digits alone (`Look.PACKED`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from string import ascii_letters

from bot.detection.finder import Finder, set_of

_DIGITS = bytes(ord("0" if 0x30 <= code <= 0x39 else "-") for code in range(256))
_NOT_PACKED = bytes(code for code in range(256) if code > 0x7F or not chr(code).isalnum())
_LOWER = bytes(range(256)).lower()
_DIGIT = "[0-9]"
SHORT = 128
"""A text of no more characters, blanks at both ends aside, may be a part of something."""
_LEAST_TOGETHER = 11
_OTHER_LETTERS = set(ascii_letters) - set("OoIiLl")
_TOGETHER = bytes(ord("a" if chr(code) in _OTHER_LETTERS else "0") for code in range(256))
_ENOUGH = b"0" * _LEAST_TOGETHER
"""So many digits, letters that look like them and other signs, with no other letter between, where `_TOGETHER` shows
each as 0."""
_NOBODY: frozenset[str] = frozenset()
_MANY = 15
"""More digits than this make no difference to any trigger."""
_MOST_KNOWN = 4096


class Look(Enum):
    """Where a pattern is looked for: WORDS and DIGITS in the text, START at its start, any case; PACKED in its ASCII
    letters and digits alone, in lower case. All but those of WORDS are asked only where there is a digit; a pattern of
    START only of texts that are `SHORT`, and one of DIGITS, which matches eleven characters at least, of which
    none is a letter but O, I and L, only where so many stand together."""

    WORDS = "words"
    START = "start"
    DIGITS = "digits"
    PACKED = "packed"


@dataclass(frozen=True, slots=True)
class Trigger:
    """What must be in folded text (Latin-1) for its owner to look: the re2 `pattern`, a word of each vocabulary in
    `also` (asked in this order), and `digits` digits, all anywhere."""

    pattern: str
    also: tuple[Finder, ...] = ()
    digits: int = 0
    look: Look = Look.WORDS


_Asked = tuple[str, tuple[Finder, ...]]
"""An owner, and what else must be found."""


class _Set:
    """The patterns of one re2 Set and, for each, what depends on it: (owner, what else must be found, digits). On
    `first`, which is number 0, nothing need depend."""

    def __init__(self, triggers: list[tuple[str, Trigger]], look: Look, *first: str) -> None:
        patterns = dict.fromkeys((*first, *(one.pattern for _, one in triggers)))
        numbers = {pattern: i for i, pattern in enumerate(patterns)}
        self.match = set_of(numbers, look is Look.PACKED, look is Look.START)
        self._dependents: list[list[tuple[str, tuple[Finder, ...], int]]] = [[] for _ in numbers]
        for owner, one in triggers:
            self._dependents[numbers[one.pattern]].append((owner, one.also, one.digits))
        self._known: list[dict[tuple[int, ...], tuple[frozenset[str], tuple[_Asked, ...]]]]
        self._known = [{} for _ in range(_MANY + 1)]

    def owners(self, data: bytes, hits: list[int], digits: int) -> frozenset[str]:
        """Whose triggers are fulfilled by `hits`, so many digits and what else is in `data`."""
        known, key = self._known[min(digits, _MANY)], tuple(hits)
        sure, asked = known.get(key) or self._learn(known, key, digits)
        if not asked:
            return sure
        more = [owner for owner, words in asked if all(each.within(data) for each in words)]
        return sure.union(more) if more else sure

    def _learn(
        self,
        known: dict[tuple[int, ...], tuple[frozenset[str], tuple[_Asked, ...]]],
        hits: tuple[int, ...],
        digits: int,
    ) -> tuple[frozenset[str], tuple[_Asked, ...]]:
        due = [(owner, words) for hit in hits for owner, words, least in self._dependents[hit] if digits >= least]
        sure = frozenset(owner for owner, words in due if not words)
        found = sure, tuple(dict.fromkeys(each for each in due if each[0] not in sure))
        if len(known) < _MOST_KNOWN:
            known[hits] = found
        return found


class Triggers:
    """The triggers of everything that looks at messages, by their owner's name."""

    def __init__(self, triggers: Iterable[tuple[str, Trigger]]) -> None:
        every = list(triggers)
        if any(one.digits > _MANY for _, one in every):
            raise ValueError(f"a trigger may ask for {_MANY} digits at most")
        by_look = {look: [each for each in every if each[1].look is look] for look in Look}
        self._words = _Set(by_look[Look.WORDS], Look.WORDS, _DIGIT)
        self._start = _Set(by_look[Look.START], Look.START)
        self._digits = _Set(by_look[Look.DIGITS], Look.DIGITS)
        self._packed = _Set(by_look[Look.PACKED], Look.PACKED)
        self._least_packed = min((one.digits for _, one in by_look[Look.PACKED]), default=_MANY)

    def owners(self, data: bytes) -> frozenset[str]:
        """Whose triggers match the Latin-1 encoding of folded text."""
        hits = self._words.match(data)
        if not hits:
            return _NOBODY
        if 0 not in hits:
            return self._words.owners(data, hits, 0)
        digits = data.translate(_DIGITS).count(b"0")
        found = self._words.owners(data, hits, digits) if len(hits) > 1 else _NOBODY
        if len(data.strip()) <= SHORT and (hits := self._start.match(data)):
            found |= self._start.owners(data, hits, digits)
        if data.translate(_TOGETHER).find(_ENOUGH) >= 0 and (hits := self._digits.match(data)):
            found |= self._digits.owners(data, hits, digits)
        if digits >= self._least_packed and (hits := self._packed.match(data.translate(_LOWER, _NOT_PACKED))):
            found |= self._packed.owners(data, hits, digits)
        return found
