"""A credential that its place on the page announces: below its keyword, in a table with a header row or in a form."""

import re

from bot.detection.credential_code import read_code
from bot.detection.credential_phrases import USER_NAMES
from bot.detection.credential_value import Value, read_password
from bot.detection.credential_words import predicate, statement, topic
from bot.detection.finder import Word, words

_LINE = 200
"""No longer line is a header, and no value stands further away, in characters."""
_RULE = re.compile(r"[\s|:+=\-]*\Z")
_USER_LABEL = words(rf"[\s|*]*(?:mein |my )?(?:{USER_NAMES}|e?-?mail(?:-?adresse)?|kennung|name)[\s:|*]*\Z")
_FORM = words(
    r"(?:guten|tag|hallo|moin|servus|gr(?:u|ue)(?:ss|sse)|lg|mfg|vg|viele|liebe|dear|regards|sincerely|thanks|cheers"
    r"|weiter|ok|abbrechen|absenden|senden|zur(?:u|ue)ck|suchen?|men(?:u|ue)|e-?mail(?:-?adresse)?|mail|telefon|\w*name"
    r"|adresse|anmelden|abmelden|einloggen|registrieren|login|logout|submit|next|cancel|continue|user|remember|merken"
    r"|angemeldet|speichern|\w*best(?:a|ae)tigen|\w*wiederholen|\w*anzeigen|\w*[a-z]passwor[td]|\w*kennwort|impressum"
    r"|datenschutz|kontakt|startseite|hilfe|faq)\Z"
)
"""What stands below the field of a password where a form was copied, and greetings."""
_BEFORE = words(r"[\s:*|]*(?:(?:ihre?|deine?|meine?|der|die|das|your|my|the)[ ])?(?:[A-Za-z]{2,16}[ \-]?)?\Z")
_AROUND = re.compile(r"[\s:*|]*\Z")
_CODE = re.compile(r"(?=[A-Z\-]{0,12}[0-9])[A-Z0-9\-]{4,16}")
_CELL = re.compile(r"\s*([^\s|]{3,64})[ \t|*]*(?=\n|\Z)")


def below(text: str, word: Word, kind: str) -> Value | None:
    """The value below the keyword `word` of `kind`; None where it is no header and no label alone on its line."""
    line_end = text.find("\n", word.end, word.end + _LINE)
    if line_end < 0:
        return None
    line_start = text.rfind("\n", max(0, word.start - _LINE), word.start) + 1
    before, after = text[line_start : word.start], text[word.end : line_end]
    mark = next((mark for mark in "|\t;" if mark in before or mark in after), "")
    if mark:
        return _in_column(text, before, after, line_end + 1, mark, kind)
    if not _BEFORE.match(before) or not _AROUND.match(after):
        return None
    first = _CELL.match(text, line_end + 1, line_end + _LINE)
    if first is None:
        return None
    above = text[max(0, line_start - _LINE) : line_start].rstrip()
    if _USER_LABEL.match(above[above.rfind("\n") + 1 :]):  # user, password; then both values in this order
        second = _CELL.match(text, first.end(), first.end() + _LINE)
        return second and _read(text, second.start(1), second.end(1), kind)
    if first[1][0].isdigit():
        return None  # what follows a code after a line break is read anyway
    if kind == "CODE":
        return Value(*first.span(1), ("keyword",)) if _CODE.fullmatch(first[1]) else None
    return _read(text, first.start(1), first.end(1), kind)


def _in_column(text: str, before: str, after: str, at: int, mark: str, kind: str) -> Value | None:
    """The cell in the keyword's column of the row that begins at `at`, or of the one behind a row of dashes."""
    if (before + mark).rpartition(mark)[0].count(mark) == 0 and not after:
        return None
    if before.rpartition(mark)[2].strip(" *") or after.partition(mark)[0].strip(" *"):
        return None  # the header cell says more than the keyword
    end = _line_end(text, at)
    if _RULE.match(text, at, end) and end < len(text):
        at, end = end + 1, _line_end(text, end + 1)
    for _ in range(before.count(mark)):
        at = text.find(mark, at, end) + 1
        if not at:
            return None
    stop = text.find(mark, at, end)
    cell = text[at : stop if stop >= 0 else end]
    shown = cell.strip(' \t*`"')
    start = at + cell.find(shown)
    return _read(text, start, start + len(shown), kind) if shown and " " not in shown else None


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at, at + _LINE)
    return end if end >= 0 else min(len(text), at + _LINE)


def _read(text: str, start: int, end: int, kind: str) -> Value | None:
    """The value at `start:end`, where nothing but a value or the next label of a form can stand."""
    if kind == "CODE":
        value = read_code(text, start, "is", 0)
        return value if value and value.end <= end else None
    shown = text[start:end]
    if shown.replace("-", "").isalpha():
        about = statement(shown) or topic(shown) or (shown.islower() and predicate(shown)) or _FORM.match(shown)
        return None if about or shown.endswith(":") else Value(start, end, ("keyword",))
    return read_password(text, start, "listed", end)
