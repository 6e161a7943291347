"""Which detectors have to look at a message: google-re2 Sets, asked before any Python code sees a character.

A Set remembers what it has met, as states; building one is what a message that looks like none before costs. So no
pattern over words counts (`.{0,60}`) or spans words (`.*`), which multiplies the states: what must come together is
two patterns (`also`), and a number is a count of digits (`digits`). Patterns that follow digits one by one have Sets of
their own, asked only where there are digits: over the text (`Look.DIGITS`), or, however they are separated, over its
letters and digits alone (`Look.PACKED`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

import re2  # type: ignore[import-untyped]

_MEMORY = 1 << 25  # a Set that runs out of memory would answer "nothing"
_NOT_DIGITS = bytes(code for code in range(256) if not 0x30 <= code <= 0x39)
_NOT_PACKED = bytes(code for code in range(256) if code > 0x7F or not chr(code).isalnum())
_LOWER = bytes(range(256)).lower()
_NOBODY: frozenset[str] = frozenset()
_MANY = 15
"""More digits than this make no difference to any trigger."""
_MOST_KNOWN = 4096


class Look(Enum):
    """Where a pattern is looked for: WORDS and DIGITS in the text, any case; PACKED in its ASCII letters and digits
    alone, in lower case."""

    WORDS = "words"
    DIGITS = "digits"
    PACKED = "packed"


@dataclass(frozen=True, slots=True)
class Trigger:
    """What must be in folded text (Latin-1) for its owner to look: the re2 `pattern`, each of the patterns `also`, and
    `digits` digits, all anywhere."""

    pattern: str
    also: tuple[str, ...] = ()
    digits: int = 0
    look: Look = Look.WORDS


class _Set:
    """The patterns of one re2 Set and, for each, what depends on it: (owner, numbers of the other patterns, digits)."""

    def __init__(self, triggers: list[tuple[str, Trigger]], case_sensitive: bool) -> None:
        options = re2.Options()
        options.case_sensitive = case_sensitive
        options.encoding = re2.Options.Encoding.LATIN1
        options.max_mem = _MEMORY
        compiled = re2.Set.SearchSet(options)
        numbers: dict[str, int] = {}
        for _, one in triggers:
            for pattern in (one.pattern, *one.also):
                if pattern not in numbers:
                    numbers[pattern] = compiled.Add(pattern.encode("ascii"))
        compiled.Compile()
        # The package's own wrapper only checks the type of the text.
        self.match = compiled._set.Match
        self._dependents: list[list[tuple[str, frozenset[int], int]]] = [[] for _ in numbers]
        for owner, one in triggers:
            others = frozenset(numbers[pattern] for pattern in one.also)
            self._dependents[numbers[one.pattern]].append((owner, others, one.digits))
        self._known: dict[tuple[int, ...], frozenset[str]] = {}

    def owners(self, hits: list[int], digits: int) -> frozenset[str]:
        """Whose triggers are fulfilled by `hits` and so many digits."""
        key = (*hits, min(digits, _MANY))
        found = self._known.get(key)
        if found is None:
            found = frozenset(
                owner
                for hit in hits
                for owner, others, least in self._dependents[hit]
                if digits >= least and others.issubset(hits)
            )
            if len(self._known) < _MOST_KNOWN:
                self._known[key] = found
        return found


class Triggers:
    """The triggers of everything that looks at messages, by their owner's name."""

    def __init__(self, triggers: Iterable[tuple[str, Trigger]]) -> None:
        every = list(triggers)
        if any(one.digits > _MANY for _, one in every):
            raise ValueError(f"a trigger may ask for {_MANY} digits at most")
        sets = {look: [each for each in every if each[1].look is look] for look in Look}
        self._words = _Set(sets[Look.WORDS], False)
        self._digits = _Set(sets[Look.DIGITS], False)
        self._packed = _Set(sets[Look.PACKED], True)
        self._least_packed = min((one.digits for _, one in sets[Look.PACKED]), default=_MANY)

    def owners(self, data: bytes) -> frozenset[str]:
        """Whose triggers match the Latin-1 encoding of folded text."""
        digits = len(data.translate(None, _NOT_DIGITS))
        hits = self._words.match(data)
        found = self._words.owners(hits, digits) if hits else _NOBODY
        if not digits:
            return found
        if hits := self._digits.match(data):
            found |= self._digits.owners(hits, digits)
        if digits >= self._least_packed and (hits := self._packed.match(data.translate(_LOWER, _NOT_PACKED))):
            found |= self._packed.owners(hits, digits)
        return found
