"""Passwords that are plain words, by their place in the clause of the keyword: the last thing tried.

What is asked is where a value can stand in German and English that an ordinary word seldom does: quoted behind "ist",
alone in front of "ist mein Passwort" (`credential_clause_before.py`), right behind the keyword, or in a later clause
(`credential_clause_after.py`). Nothing here depends on what the value looks like, so every place has a test of its own
that leaves out the ordinary words that stand there too."""

import re

from bot.detection.credential_clause_after import named_after
from bot.detection.credential_clause_before import named_before
from bot.detection.credential_phrases import PLACE
from bot.detection.credential_value import Value
from bot.detection.credential_words import NEGATED, plain_word
from bot.detection.finder import Word, words

_BACK = 100
_AHEAD = 140
"""How far before and behind the keyword is looked, in characters."""
_MOST_WORDS = 5

_QUOTE = r"(?:(?P<q>[\"'`]|\*\*)(?P<at>[^\s\"'`*][^\"'`*\n]{2,40})(?P=q)(?![A-Za-z0-9]))"
_IS = r"(?:ist|lautet|lauten|hei(?:s?s|sz)t|war|is|was|are|waren|were|sind)"
_LINKED_QUOTE = words(
    rf"[^\s.!?:\"'`]{{0,20}}+(?:[ ][^\s.!?:\"'`]{{1,30}}+){{0,8}}?[ ]{_IS}\b"
    rf"(?:[ ][^\s.!?:\"'`]{{1,30}}+){{0,7}}:?\s{_QUOTE}"
)
"""The keyword, "ist" and something quoted, with a few words before and behind the link."""
_NEXT_QUOTE = re.compile(rf"[ ]{_QUOTE}")
_NO_VALUE = words(
    r"(?:name[ns]?|benutzer(?:name)?|user(?:name)?|login|unter|in|im|auf|bei|key|by|under|on|at|via|from|not|nicht"
    r"|kein|than|als|as|like|wie)\Z"
)
"""The word before a quotation that makes it the name of a user or of an example."""


def in_clause(text: str, word: Word) -> Value | None:
    """The password of folded `text` that the keyword `word` names by its place alone."""
    low, high = max(0, word.start - _BACK), min(len(text), word.end + _AHEAD)
    span = _quoted(text, word, high) or named_before(text, word, low, high) or named_after(text, word, high)
    return Value(*span, ("keyword",)) if span else None


def _quoted(text: str, word: Word, high: int) -> tuple[int, int] | None:
    """Something quoted that the keyword is linked with."""
    if not any(sign in text[word.end : high] for sign in "\"'`*"):
        return None
    match = _NEXT_QUOTE.match(text, word.end, high)
    if match is None or not plain_word(match["at"]):
        match = _LINKED_QUOTE.match(text, word.end, high)
        if match is None or NEGATED.search(text, word.end, match.start("at")):
            return None
        before = text[word.end : match.start("at")].rstrip(" \"'`*:").split()
        if (before and _NO_VALUE.search(before[-1])) or PLACE.search(text, word.end, match.start("at")):
            return None
    shown = match["at"].split()
    return match.span("at") if plain_word(shown[0]) and len(shown) <= _MOST_WORDS else None
