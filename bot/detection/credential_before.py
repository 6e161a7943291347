"""Values that stand before the keyword that names them: "X ist mein Passwort", "482913 is your code"."""

import re
from collections.abc import Iterator

from bot.detection.credential_near import TECHNICAL
from bot.detection.credential_phrases import (
    BACK,
    BEFORE,
    BEFORE_WORD,
    CODE_BEFORE,
    CODE_FIRST,
    QUOTED_BEFORE,
    USED_AS,
    USED_WORD,
)
from bot.detection.credential_shape import random_looking
from bot.detection.credential_value import Value, read_password
from bot.detection.credential_words import NEGATED, predicate, statement, topic
from bot.detection.finder import Word, words

_CLAUSE = re.compile(r"[.!?:,]")
_DATED = words(r"\b(?:seit|bis|am|um|vom|ab|f(?:u|ue)r|for|in|im|since|until|from|by|jahr|year)[ ](?:19|20)[0-9]{2}\Z")
_ADVISED = words(
    r"\b(?:don't|dont|never|niemals|nie|kein\w*|keine|nicht|avoid|statt)\b[^.!?\n;]{0,60}\b(?:as|als)\b[^.!?\n]{0,20}\Z"
)
"""Advice what not to take: "Don't use 1234 or 0000 as your PIN"."""
_LONG = 8
_MANAGED = words(r"[ \-]?(?:manager|safe|tresor|generator|app)\b")
_ENDS = words(r"(?:[ ](?:ein|an))?[ ]?(?:[.,;!?)\n]|\Z|(?:und|and|aber|but|,)\b)")


def before(text: str, word: Word, kind: str) -> Iterator[tuple[Value, tuple[str, ...]]]:
    """ "X ist mein Passwort", "482913 is your code": a value that its name follows."""
    if _MANAGED.match(text, word.end):
        return
    start = max(0, word.start - BACK)
    earlier = text[start : word.start]
    linked = start + 5 < word.start and BEFORE_WORD.found(earlier)
    using = kind == "PASSWORD" and linked and USED_WORD.found(earlier)
    used = USED_AS.search(text, start, word.start) if using else None
    if used is not None and _ENDS.match(text, word.end if used["as"] else used.end("value") + 4):
        shown = used["value"]
        likely = shown[0].isupper() or shown[-1] in "!?" or random_looking(shown) or len(shown) >= _LONG
        if likely and not (
            statement(shown) or topic(shown) or predicate(shown) or shown.endswith(("en", "e", "er", "t"))
        ):
            yield Value(*used.span("value"), ("keyword",)), ("prior", "keyword")
    if kind == "CODE" and linked and _ADVISED.search(text, max(0, start - 40), word.start):
        return
    first = list(CODE_FIRST.finditer(text, max(start, word.start - 60), word.start)) if kind == "CODE" else []
    for match in BEFORE.finditer(text, start, word.start) if linked else ():
        if first and match.end("value") == first[0].end("value"):
            continue
        lead = text[match.end() : word.start]
        if len(lead) <= 24 and not _CLAUSE.search(lead) and random_looking(match["value"]):
            if NEGATED.search(lead) or "@" in match["value"][1:-3]:
                continue  # "123456 ist kein gutes ..."
            if lead.strip() and not match["is"]:
                continue  # "in der App ein, um ein neues ..."
            if TECHNICAL.match(match["value"]) or _DATED.search(text, start, match.end("value")):
                continue
            value = read_password(text, match.start("value"), "quoted", match.end("value"))
            if value is not None:
                yield value, ("prior", "keyword", "looks-random")
    quoted = linked and kind != "TOKEN" and any([sign in earlier for sign in "\"'`"])
    for match in QUOTED_BEFORE.finditer(text, start, word.start) if quoted else ():
        yield Value(*match.span("value"), ("keyword",)), ("prior", "keyword")
    if kind == "CODE":
        if word.text.lower() != "code" and (named := CODE_BEFORE.search(text, max(start, word.start - 60), word.start)):
            yield Value(*named.span("value"), ("keyword",)), ("prior", "keyword")
        for match in first:
            if word.start - match.end() <= 40:
                yield Value(*match.span("top" if match["top"] else "value"), ("keyword",)), ("prior", "keyword")
