"""Credentials of plain words: a passphrase of several, and the one word that "lautet" gives."""

import re

from bot.detection.credential_value import Value
from bot.detection.credential_words import predicate, says, statement, topic
from bot.detection.finder import words


def read_words(text: str, at: int, strict: bool) -> Value | None:
    """A passphrase of three to eight plain words that ends the clause ("blauer elefant tanzt 77"). `strict`: what
    introduces it introduces statements as well, so that no word may belong to one."""
    match = _WORDS.match(text, at)
    if match is None or _PHRASE_ABOUT.search(match.group()) or text[match.end() : match.end() + 1] == "?":
        return None
    parts = match.group().split()
    if (parts[-1].islower() and parts[-1].endswith("en")) or parts[0].endswith("-"):
        return None  # "Gross- und Kleinschreibung beachten"
    said = sum(statement(part.lower()) or (strict and bool(_SMALL.match(part))) for part in parts)
    if len(parts) < 3 or said > (0.25 if strict else 0.4) * len(parts) or (strict and said and len(parts) < 4):
        return None
    return Value(at, match.end(), ("keyword",))


# A hyphen only separates, so that there is one way to cut "a-b-c" into words.
_WORDS = re.compile(
    r"[^\s.,;:!?<>\"()=/\-]{1,24}(?:(?:[ ]|-[ ]?)[^\s.,;:!?<>\"()=/\-]{1,24}){2,7}(?=[ ]?(?:[.!,;?\n]|\Z))"
)
_SMALL = words(
    r"(?:der|die|das|den|dem|des|ein\w*|the|an?|auf|im|in|am|an|bei|vo[nm]|zu[mr]?|mit|per|to|for|on|of|at|by"
    r"|with|from)\Z"
)
_PHRASE_ABOUT = words(
    r"\b(?:than|chars?|mehr als|weniger als"
    r"|ask|frag|fragen|zeichen|characters?|buchstaben|ziffern|letters|digits|post|brief|letter|e?-?mail|sms"
    r"|portal|feld"
    r"|field|link"
    r"|richtlinien?|policy|sie|ihre?[mnrs]?|you|your|kunden?|customers?|muss|mussen|muessen|kann|konnen|koennen|darf"
    r"|soll|sollte\w*|wird|werden|wurde|worden|must|can|may|should|will|be|been|nicht|not|kein\w*|no|siehe|see"
    r"|bitte|please"
    r"|hat|haben|has|have|passwor[dt]\w*|kennwort\w*|pin|geburtsdatum|geburtsname|format|mindestens|vergessen"
    r"|geandert"
    r"|geaendert|changed|forgotten|forgot|reset|nur|only|seit|since|oder|or|wie|how|as|was|what|login|account"
    r"|konto|system"
    r"|schreibung|stored|hashed|encrypted|found|error|invalid|fruher|frueher|chosen|gewahlt|gewaehlt"
    r"|beschrieben|described|angaben?|support|hotline|zuruckgesetzt|zurueckgesetzt)\b"
)


def longer(text: str, value: Value, link: str) -> Value:
    """The whole of a phrase of which `value` is the first word: a line of plain words behind a colon, or "X und Y"."""
    more = read_words(text, value.start, False) if link == "colon" else None
    if more is None and link in ("is", "told", "colon") and text[value.start].isupper():
        pair = _AND.match(text, value.end)
        more = Value(value.start, pair.end(), value.evidence) if pair and not statement(pair[1]) else None
    return more if more is not None and more.end > value.end else value


_AND = re.compile(r"[ ](?:und|and)[ ]([A-Z][a-z]{3,20})(?=[ ]?(?:[.!,;)\n]|\Z))")


def two_words(text: str, at: int, told: bool = False) -> Value | None:
    """A passphrase of two plain words that ends the clause ("purple walrus"); `told` leaves no doubt that it is one."""
    match = _TWO.match(text, at)
    if match is None or _PHRASE_ABOUT.search(match.group()):
        return None
    parts = match.group().split()
    if any(statement(part) or topic(part) or (not told and says(part)) for part in parts):
        return None
    return None if parts[-1].endswith("en") or _SMALL.match(parts[0]) else Value(*match.span(), ("keyword",))


_TWO = re.compile(
    r"[A-Za-z][A-Za-z']{2,19}[ ][A-Za-z][A-Za-z']{2,19}(?=[ ]?(?:[.!,;)\n]|\Z)|[ ](?:please|bitte|danke|thanks)\b)",
    re.I,
)


def told_word(text: str, at: int) -> Value | None:
    """The word that "lautet" gives as the password, whatever stands behind it."""
    match = _TOLD.match(text, at)
    if match is None or statement(match.group()) or topic(match.group()):
        return None
    return None if predicate(match.group()) else Value(*match.span(), ("keyword",))


_TOLD = re.compile(r"[A-Za-z]{4,30}(?=[ ][A-Za-z(])")
