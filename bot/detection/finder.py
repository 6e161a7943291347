"""How vocabularies are asked: google-re2 in linear time, with offsets of the folded text."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

import re2  # type: ignore[import-untyped]

# Between two signs both halves are true: asked once (atomic), or each such place would double the ways to fail.
_EDGE = r"(?>(?<![A-Za-z0-9])|(?![A-Za-z0-9]))"


def words(pattern: str) -> re.Pattern[str]:
    """`pattern` compiled without regard to case; a word ends at an underscore too ("Kontonummer_0532013000.pdf")."""
    return re.compile(pattern.replace(r"\b", _EDGE), re.I | re.A)


_ANYWHERE, _WHOLE = re2._Anchor.UNANCHORED, re2._Anchor.ANCHOR_BOTH
MOST = 300
"""So many words of one vocabulary are looked at in one message: bounds what a hostile message costs."""


_MEMORY = 1 << 25  # a Set that runs out of memory would answer "nothing"


def set_of(
    patterns: Iterable[str], case_sensitive: bool = False, at_start: bool = False
) -> Callable[[bytes], list[int]]:
    """A function that tells which of the re2 `patterns` (by number) are anywhere in Latin-1 bytes, or at their start,
    in linear time and in half the time of asking one program for the place."""
    compiled = (re2.Set.MatchSet if at_start else re2.Set.SearchSet)(_options(case_sensitive))
    for pattern in patterns:
        compiled.Add(_uncounted(pattern).encode("ascii"))
    compiled.Compile()
    # The package's own wrapper only checks the type of the text.
    match: Callable[[bytes], list[int]] = compiled._set.Match
    return match


def _uncounted(pattern: str) -> str:
    """`pattern` without the bound of a row of letters ("[a-z]{0,16}bank"), where it is so wide that it is only there
    for `re`, which needs one: in re2, linear anyway, each count of it would be a state of every word."""
    return _COUNTED.sub(r"\1,}", pattern)


_COUNTED = re.compile(r"(\[a-z(?:\\-)?\]\{[0-9]+),(?:1[6-9]|2[0-9])\}")


def _options(case_sensitive: bool) -> Any:
    options = re2.Options()
    options.case_sensitive = case_sensitive
    options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = _MEMORY
    return options


class Word:
    """A word of the vocabulary at `start:end`; `name` is the named group that matched."""

    __slots__ = ("end", "name", "start", "text")

    def __init__(self, start: int, end: int, name: str, text: str) -> None:
        self.start = start
        self.end = end
        self.name = name
        self.text = text


_NO_WORD = b" \t\n:=.,;-/\"'(>"


def in_bytes(text: str) -> bytes:
    """One byte for each code point of folded `text`, which keeps the offsets; the vocabularies are ASCII, so nothing is
    lost. An underscore ends a word."""
    return (text.encode() if text.isascii() else text.encode("ascii", "replace")).replace(b"_", b" ")


class _Kept:
    """The text that is looked at, beside its bytes, because many vocabularies are asked about it."""

    __slots__ = ("pair",)

    def __init__(self) -> None:
        self.pair: tuple[str, bytes] = ("", b"")


_KEPT = _Kept()


def keep(text: str) -> None:
    """Keep the bytes of `text` for all vocabularies that are asked about this very object, until `forget`. Another
    thread may keep its own text in the meantime, which costs time and nothing else."""
    _KEPT.pair = text, in_bytes(text)


def forget() -> None:
    """Let go of the text that was kept."""
    _KEPT.pair = "", b""


def _encoded(text: str) -> bytes:
    kept, data = _KEPT.pair
    return data if text is kept else in_bytes(text)


class Finder:
    """Finds words of a vocabulary, however large, in linear time (re2). A word ends at an underscore too.

    Give it whole texts or slices, never positions: re2 has to encode what it is given.
    """

    def __init__(self, pattern: str) -> None:
        self.pattern = re.sub(r"\(\?P<[A-Z_a-z]+>", "(?:", pattern)
        options = _options(False)
        named = re2.compile(_uncounted(pattern).encode("ascii"), options=options)
        plain = re2.compile(_uncounted(self.pattern).encode("ascii"), options=options)
        # Match objects of the package cost three times the match, and groups as much again: the compiled program is
        # asked for the span alone, and the name of a word is asked for once.
        self._set: Callable[[bytes], list[int]] | None = None
        self._spans = plain._regexp.Match
        self._named = named._regexp.Match
        self._names = {index: name.decode() for name, index in named.groupindex.items()}
        self._name_of = lru_cache(maxsize=512)(self._ask_name)

    def _any(self, data: bytes) -> bool:
        if self._set is None:  # many vocabularies are only asked for places
            self._set = set_of([self.pattern])
        return bool(self._set(data))

    def _ask_name(self, word: bytes) -> str:
        return self._first_name(self._named(_WHOLE, word, 0, len(word)))

    def _first_name(self, spans: list[tuple[int, int]]) -> str:
        return next((self._names[i] for i, span in enumerate(spans) if i and span[0] >= 0), "")

    def finditer(self, text: str) -> Iterator[Word]:
        """The first `MOST` words of `text`, in order, without overlaps."""
        data = _encoded(text)
        at, stop = 0, len(data)
        for _ in range(MOST):
            spans = self._spans(_ANYWHERE, data, at, stop)
            start, end = spans[0]
            if start < 0:
                return
            yield self._word(text, data, start, end)
            at = end

    def _word(self, text: str, data: bytes, start: int, end: int) -> Word:
        name = ""
        if self._names:  # the few words that are none without what stands around them are asked in their place
            name = self._name_of(data[start:end].lower()) or self._first_name(
                self._named(_ANYWHERE, data, start, len(data))
            )
        return Word(start, end, name, text[start:end])

    def last(self, text: str) -> Word | None:
        """The last of the first `MOST` words of `text`."""
        data = _encoded(text)
        spans, stop, at = self._spans, len(data), 0
        last = None
        for _ in range(MOST):
            start, end = spans(_ANYWHERE, data, at, stop)[0]
            if start < 0:
                break
            last, at = start, end
            if not data[at:].strip(_NO_WORD):
                break
        return None if last is None else self._word(text, data, last, at)

    def search(self, text: str) -> Word | None:
        """The first word of `text`."""
        return next(self.finditer(text), None)

    def found(self, text: str) -> bool:
        """Whether any word is in `text`."""
        return self._any(_encoded(text))

    def within(self, data: bytes) -> bool:
        """Whether any word is in folded text of which these are the Latin-1 bytes."""
        return self._any(data) or (0x5F in data and self._any(data.replace(b"_", b" ")))


class Vocabularies:
    """Several vocabularies asked at once."""

    def __init__(self, *patterns: str) -> None:
        self._match = set_of(patterns)

    def found(self, text: str) -> list[int]:
        """The numbers of those that have a word in `text`."""
        return self._match(_encoded(text))
