"""Where a credential ends and whether it can be one: passwords, and codes of digits."""

import re
from dataclasses import dataclass

from bot.detection.credential_words import predicate, statement
from bot.detection.phrases import quantity
from bot.detection.words import words

_TOKEN = re.compile(r"[^\s<>]{1,128}")
_CLAUSE_END = re.compile(
    r"[ \t]{0,2}(?:\Z|[\n.,;:!?)\]\"'*`(]|--?|–|—|/ ?|\||(?:und|and|oder|or|aber|but|danke|thanks|bitte|please)\b)",
    re.I,
)
_MENU = re.compile(r"[ \t]{0,2}(?:→|->|>|»)")
_CLOSERS = {'"': '"', "'": "'", "`": "`", "(": ")", "[": "]", "*": "*", "<": ">"}
_PHRASE = re.compile(r"[^\s.,;:!?<>\"()]{1,40}(?:[ \t][^\s.,;:!?<>\"()]{1,40}){0,7}")
_PHRASE_STOP = words(
    r"[ \t](?:und die|und das|und ich|and the|and i|aber|but|bitte|please|danke|thanks|ist das|is that)\b"
)
_CODE = re.compile(
    r"(?:[A-Za-z]-)?[0-9](?:[^0-9A-Za-z,;+%€$£\n]{0,3}[0-9]){2,11}(?![0-9])|(?=[A-Za-z\-]{0,12}[0-9])[A-Za-z0-9][A-Za-z0-9\-]{3,24}"
)
_MASKED = re.compile(r"[*•.x_\-#?…]+\Z", re.I)


@dataclass(frozen=True, slots=True)
class Value:
    """The credential at `start:end` and what speaks for it, without the prior."""

    start: int
    end: int
    evidence: tuple[str, ...]


def random_looking(text: str) -> bool:
    """Whether it mixes letters with digits or signs, or changes case inside, as passwords do and words do not."""
    body = text.strip(".,;:!?\"'()")
    if len(body) < 3:
        return False
    letters = any(char.isalpha() for char in body)
    digits = any(char.isdigit() for char in body)
    signs = any(not char.isalnum() and char not in "-'/." for char in body) or text[-1:] == "!" and letters and digits
    inner = any(a.islower() and b.isupper() for a, b in zip(body, body[1:], strict=False))
    hyphens = body.count("-") >= 2
    return (digits and letters) or (signs and (letters or digits)) or inner or digits or (hyphens and letters)


def _trim(text: str, start: int, end: int) -> int:
    """The end without the punctuation of the sentence around; a single ! or ? may belong to the password."""
    while end > start and text[end - 1] in ".,;:)]}\"'`*":
        end -= 1
    if end - start > 2 and text[end - 1] == "?":
        end -= 1
    return end


def read_password(text: str, at: int, link: str, stop: int | None = None) -> Value | None:
    """The password that begins at `at`, or None where an ordinary word stands. `link` says how it was introduced:
    is, colon, set, bare, owned ("mein Passwort X"), quoted, phrase, pair."""
    opener = text[at - 1 : at]
    if stop is None and opener in _CLOSERS and opener:
        closed = text.find(_CLOSERS[opener], at, at + 80)
        if closed > at + 2 and "\n" not in text[at:closed]:
            inside = text[at:closed]
            if not statement(inside) and not _MASKED.match(inside) and (random_looking(inside) or " " not in inside):
                return Value(at, closed, ("keyword", "looks-random"))
    if link == "phrase" and (match := _PHRASE.match(text, at)):
        cut = _PHRASE_STOP.search(match.group())
        end = _trim(text, at, at + cut.start() if cut else match.end())
        return None if statement(text[at:end].split()[0]) or end - at < 5 else Value(at, end, ("keyword",))
    match = _TOKEN.match(text, at) if stop is None else None
    end = _trim(text, at, match.end() if match else (stop or at))
    value = text[at:end]
    if len(value) < 3 or _MASKED.match(value) or value.lower().startswith(("http://", "https://", "www.")):
        return None
    if random_looking(value):
        if value.isdigit() and (quantity(text, at, end) or (link == "bare" and len(value) < 4)):
            return None
        if _DATE_OR_TIME.match(value) and link != "is":
            return None
        return Value(at, end, ("keyword", "looks-random"))
    return _read_word(text, at, end, value, link)


_DATE_OR_TIME = re.compile(r"[0-3]?[0-9]\.[01]?[0-9]\.(?:[0-9]{2,4})?\Z|[0-2]?[0-9]:[0-5][0-9]\Z")


def _read_word(text: str, at: int, end: int, value: str, link: str) -> Value | None:
    """A value of letters only: taken where nothing but a password can stand."""
    if statement(value) or link in ("set", "bare", "pair") or not value.replace("-", "").isalpha():
        return None
    if _MENU.match(text, end) or not _CLAUSE_END.match(text, end):
        return None
    capital = value[0].isupper() and not value.isupper()
    if link == "owned":
        return Value(at, end, ("keyword",)) if capital and not predicate(value) else None
    if link == "is" and not capital and predicate(value):
        return None
    return Value(at, end, ("keyword",))


def read_code(text: str, at: int, link: str, general: int) -> Value | None:
    """The PIN, TAN or code that begins at `at`; None where something else stands. `general` is the length a bare
    "code" must have when nothing but a space introduces it (0: any)."""
    match = _CODE.match(text, at)
    if match is None:
        return None
    end = _trim(text, at, match.end())
    value = text[at:end]
    digits = sum(char.isdigit() for char in value)
    if digits < 3 and not (digits and random_looking(value) and len(value) >= 5):
        return None
    if quantity(text, at, end) or (link == "set" and not value.isdigit()):
        return None
    if general and link == "bare" and digits != general and not (digits >= 6 and digits == len(value)):
        return None
    if link == "bare" and not value[0].isdigit() and digits < 2:
        return None
    return Value(at, end, ("keyword",))
