"""Credentials told in a clause of their own: both sides of a change, a value its name follows, a word alone."""

import re
from collections.abc import Iterator

from bot.detection.credential_near import TECHNICAL
from bot.detection.credential_phrases import (
    ASKED_LATER,
    BACK,
    EARLIER,
    FROM_TO,
    NAMED_LATER,
    QUOTED,
    QUOTED_ANSWER,
    REACH,
    TOLD,
    WAS_NOW,
)
from bot.detection.credential_plain import told_word
from bot.detection.credential_shape import random_looking
from bot.detection.credential_value import Value, read_password
from bot.detection.credential_words import NEGATED, free_word, participle, predicate, statement, topic
from bot.detection.finder import Vocabularies, Word, words

_EVIDENCE = ("keyword-near", "looks-random")
_CHANGES = re.compile(r"[ \n](?:von|from)\s", re.I)
_LED = frozenset(
    re.findall(
        r"\w+",
        "das die mein meine the my neue neues neuer new aktuelle current richtige korrekte right correct",
    )
)
"""Words right before the keyword in the patterns that look back."""
_BACK_TO = (EARLIER, NAMED_LATER, ASKED_LATER)
_CLAUSES = Vocabularies("alt|old|vorig|bisherig|previous", ",", r"\b(?:ist|war|w(?:a|ae)re|is|was)\s")
"""Without a word of each there is no clause of each of `_BACK_TO`."""
_SHORT = ("pw", "pwd", "psw", "pswd")
_OPENS = words(r"(?:\A|[\n,.;:]\s?)(?:mein |my |das |hier )?\Z")
_ALONE = re.compile(r"[ ]{1,2}(?P<at>[A-Za-z][a-z]{3,29}(?:-[A-Za-z]{2,20}){0,3})[ .!]{0,2}(?:\n|\Z)")
_SHORT_ALONE = re.compile(r"[ ](?:[ ]|(?:still|now|noch|jetzt|immer|auch)[ ])?(?P<at>[a-z]{6,30})[ .!]{0,2}(?:\n|\Z)")


def changed(text: str, word: Word, kind: str) -> Iterator[Value]:
    """Values of a change after the keyword `word` ("von X auf Y"), and of an earlier clause before it ("das alte war
    X, das neue ...", "es ist X, das ...")."""
    change = FROM_TO.match(text, word.end, word.end + REACH) if _CHANGES.search(text, word.end, word.end + 30) else None
    if change is not None and (
        all(_likely(change[name], kind) for name in ("old", "new"))
        or (kind == "PASSWORD" and (_versions(change) or (_likely(change["new"], kind) and free_word(change["old"]))))
    ):
        for name in ("old", "new"):
            yield Value(*change.span(name), _EVIDENCE)
    if kind == "CODE" and (was := WAS_NOW.match(text, word.end, word.end + REACH)):
        for name in ("old", "new"):
            yield Value(*was.span(name), _EVIDENCE)
    lead = text[max(0, word.start - 14) : word.start].split()
    low = max(0, word.start - BACK)
    for i in sorted(_CLAUSES.found(text[low : word.start])) if lead and lead[-1].lower() in _LED else ():
        for match in _BACK_TO[i].finditer(text, low, word.start):
            value = read_password(text, match.start("at"), "pair")
            if value is not None and value.end < word.start and _likely(text[value.start : value.end], kind):
                yield Value(value.start, value.end, _EVIDENCE)


def _versions(change: re.Match[str]) -> bool:
    """Whether both sides of a change are versions of one word: "von Nebelhorn auf Nebelhorn2224"."""
    return change["old"][:_SAME].lower() == change["new"][:_SAME].lower()


_SAME = 4
"""So many letters at the beginning make two words versions of one."""


def _likely(shown: str, kind: str) -> bool:
    """Whether `shown` can be one side of a change: digits for a code, an unlikely word for a password."""
    if kind == "CODE" or shown.isdigit():
        return kind == "CODE" and shown.isdigit()
    return random_looking(shown) and not TECHNICAL.match(shown)


def alone(text: str, word: Word) -> Value | None:
    """The one word that a clause of nothing but "Passwort" goes on with, or the answer under a quoted question."""
    short = word.text.lower().rstrip(".") in _SHORT
    match = (_SHORT_ALONE if short else _ALONE).match(text, word.end)
    if match is not None and _OPENS.search(text[max(0, word.start - 8) : word.start]):
        shown = match["at"]
        about = statement(shown) or participle(shown)
        if not about and (short or not (topic(shown) or predicate(shown))):
            return Value(*match.span("at"), ("keyword",))
    if ">" in text and QUOTED.search(text, max(0, word.start - 80), word.start):
        reply = QUOTED_ANSWER.match(text, word.end, word.end + REACH)
        if reply is not None and not statement(reply["at"]):
            return Value(*reply.span("at"), ("keyword",))
    return None


def spoken_on(text: str, word: Word) -> Value | None:
    """The word after "lautet", where the sentence goes on behind it."""
    said = text[word.end : word.end + REACH].lower()
    match = TOLD.match(text, word.end) if "lautet" in said or "heis" in said else None
    return told_word(text, match.end()) if match is not None and not NEGATED.search(match.group()) else None
