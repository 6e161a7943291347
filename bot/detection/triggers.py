"""Which detectors have to look at a text: three google-re2 Sets, asked before any Python code sees a character.

Three and not one, because a Set remembers what it has met: patterns that meet in one automaton multiply its states, and
building states is what a message that looks like none before costs. For the same reason no pattern here should count
far (`.{0,60}`); "anywhere after" (`.*`) is cheap.
"""

import re
from collections.abc import Iterable

import re2  # type: ignore[import-untyped]

_MEMORY = 1 << 25  # a Set that runs out of memory would answer "nothing"
_DIGIT = re.compile("[0-9]")


def umlauts(pattern: str) -> str:
    """The re2 `pattern` over folded text, made to match the letters ä, ö and ü of unfolded text as well."""
    out, inside = [], False
    for part in re.findall(r"\\x\{[0-9a-f]+\}|\\.|\(\?[^:)]*[:)]|\{[0-9,]+\}|.", pattern, re.S):
        inside = part == "[" or (inside and part != "]")
        out.append({"a": "[aä]", "o": "[oö]", "u": "[uü]", "s": "[sß]"}.get(part, part) if not inside else part)
    return "".join(out)


class _Group:
    """One Set; `owners[i]` is whose its i-th pattern is."""

    def __init__(self) -> None:
        self._patterns: dict[str, list[str]] = {}

    def add(self, owner: str, pattern: str) -> None:
        self._patterns.setdefault(owner, []).append(pattern)

    def compile(self) -> None:
        options = re2.Options()
        options.case_sensitive = False
        options.max_mem = _MEMORY
        compiled = re2.Set.SearchSet(options)
        for patterns in self._patterns.values():
            compiled.Add("|".join(patterns))
        compiled.Compile()
        self.match = compiled.Match
        self.owners = tuple(self._patterns)


class Triggers:
    """The triggers of everything that looks at messages, by their owner's name."""

    def __init__(self, detectors: Iterable[tuple[str, str]], others: Iterable[tuple[str, str]]) -> None:
        self._numbers, self._words, self._others = _Group(), _Group(), _Group()
        for owner, pattern in detectors:
            (self._numbers if "[0-9" in pattern else self._words).add(owner, umlauts(pattern))
        for owner, pattern in others:
            self._others.add(owner, pattern)
        for group in (self._numbers, self._words, self._others):
            group.compile()

    def owners(self, text: str) -> set[str]:
        """Whose triggers match `text` (folded or not)."""
        data = text.encode()
        found: set[str] = set()
        if hits := self._words.match(data):
            found.update([self._words.owners[i] for i in hits])
        if hits := self._others.match(data):
            found.update([self._others.owners[i] for i in hits])
        if _DIGIT.search(text) and (hits := self._numbers.match(data)):
            found.update([self._numbers.owners[i] for i in hits])
        return found
