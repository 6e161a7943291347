"""Where a PIN, TAN or code ends and whether it can be one."""

import re

from bot.detection.credential_near import TECHNICAL, unmistakable
from bot.detection.credential_shape import random_looking
from bot.detection.credential_value import Value, quoted, read_password, trim
from bot.detection.credential_words import KEYWORD, says, statement
from bot.detection.finder import Word, words
from bot.detection.phrases import quantity

_CODE = re.compile(
    r"(?=[0-9\-]{1,40}[A-Za-z])(?=[A-Za-z\-]{0,40}[0-9])[A-Za-z0-9]{3,12}(?:-[A-Za-z0-9]{3,12}){1,5}(?!-?[0-9A-Za-z])"
    r"|[0-9]{4,6}(?:-[0-9]{4,6}){2,9}(?![0-9A-Za-z])"
    r"|[0-9](?:[ ]?[,;/|\n]{1,2}[ ]?[0-9]){3,11}(?![0-9A-Za-z])"
    r"|[0-9]{1,4}(?:\n[0-9]{1,6}){1,7}(?=[ .]*(?:\n|\Z))"
    r"|(?:[A-Za-z]-)?[0-9](?:[^0-9A-Za-z,;+%€$£\n]{0,3}[0-9]){2,11}(?![0-9])#?"
    r"|(?=[A-Za-z\-]{0,40}[0-9])[A-Za-z0-9][A-Za-z0-9\-]{3,47}"
)
_LOCKED = (
    r"(?:doors?|gate|\w*t(?:u|ue)r|(?:hof|garten|garagen|einfahrts)?tor|safe|tresor|\w*schloss|lock|locker|keypad"
    r"|tastenfeld|key ?box|lockbox"
    r"|\w*schl(?:u|ue)ssel\w*|keys?|garage\w*|keller\w*|zugang|zutritt|\w*schrank|\w*raum|waschk\w*|spind"
    r"|schranke|entrance|eingang\w*|einfahrt\w*|\w*alarm\w*)"
)
_OPENS = words(
    rf"\b(?:{_LOCKED}|opens?|(?:o|oe)ffnet|(?:o|oe)ffnen|unlocks?)\b"
    r"|\bsms[ ](?:mit|with)(?:[ ](?:dem|einem|diesem|the|a|this))?[ ]?\Z"
)
"""Before "code": it opens something or came for somebody, and may be of any length."""
_OPENED = words(
    r"\b(?:opens|unlocks|(?:o|oe)ffnet|entriegelt|(?:kam|kommt|came|comes|sent|geschickt) (?:per|via|by|als|as) sms)\b"
    rf"|\b(?:f(?:u|ue)r|for|to|am|an|der|zur|zum|the|of)[ ](?:\w+[ ])?{_LOCKED}\b"
)
"""The same behind "code"."""
PLAIN_CODES = ("code", "kombination", "combination", "combo")
"""What is only a credential where it opens something, or has the length of the operator's one-time codes."""
_YOURS = words(r"\b(?:your|my|ihr|dein|mein|den|diesen|the|this)[ ]\Z")
_MIXES = re.compile(r"(?=[A-Z]{0,8}[0-9])(?=[0-9]{0,8}[A-Z])[A-Z0-9]{5,10}(?![A-Za-z0-9])")
_BARGAIN = words(r"rabatt|gutschein|discount|voucher|coupon|promo|% ?off|spar|bonus")
_SAVES = words(r"(?:recovery|backup|wiederherstellungs|r(?:u|ue)cksetz)")
_SAVED = re.compile(r"[A-Za-z]{3,8}(?:-[A-Za-z]{3,8}){1,11}(?![A-Za-z])")
_GROUPS = re.compile(r"[A-Z0-9]{3,6}(?:-[A-Z0-9]{3,6}){1,4}(?![A-Za-z0-9])")
_CAPITALS = re.compile(r"(?:[A-Z]{4,12}|[A-Z]{3,12}(?:[ ][A-Z]{3,12}){1,4})(?=[ ]?(?:[.!,;)\n\"']|\Z))")
_DIGIT = re.compile("[0-9]")
_ALL_ALIKE = 7
_TURNED = re.compile(r"[0-9]{2}(?:-[0-9]{2}){2,4}")
"""What a lock is set to: "35-12-47"."""
_COUNTED = re.compile(r"[0-9]{1,2}-?[A-Z]?[a-z]{3,}")


_NUMERAL = (
    r"(?:null|eins?|eine|zwei|zwo|drei|vier|fue?nf|sech[s]?|sieben|sieb|acht|neun|zehn|elf|zwoe?lf|zig|ssig|sig"
    r"|und|hundert|tausend"
    r"|zero|one|two|three|thir|four|five|fif|six|seven|eight?|nine|ten|eleven|twelve|teen|twenty|thirty|forty|fifty|ty"
    r"|hundred|thousand|and)"
)
_NUMERALS = re.compile(
    rf"(?:{_NUMERAL}{{2,12}}(?:[ \-]{{1,2}}{_NUMERAL}{{1,12}}){{0,11}}"
    rf"|{_NUMERAL}(?:[ \-]{{1,2}}{_NUMERAL}{{1,12}}){{2,11}})(?![A-Za-z])",
    re.I,
)
_LEAST_SPOKEN = 12
_ATTACHED = re.compile(r"(?:[@_#!*]|-(?=[A-Z]{2}))[A-Za-z0-9@_#!*\-]{0,40}[A-Za-z0-9](?![A-Za-z0-9])")
"""Letters that belong to the digits before them: "2187@Dodo", "8250-RK"."""


def code_after(text: str, at: int, link: str, word: Word, own_length: int) -> Value | None:
    """The value of the keyword `word` that begins at `at`, introduced by `link`; `own_length` is the length of the
    operator's own one-time codes, which a bare "code" may have anywhere."""
    plain = word.text.lower() in PLAIN_CODES
    free = not plain or opens(text, word, at)
    if not free and word.text.lower() != "code":
        return None
    value = read_code(text, at, link, 0 if free else own_length)
    if value is not None and link in ("is", "told", "colon") and not plain:
        value = _wider(text, at, value)
    if value is not None or not (link in ("is", "told", "colon") or (link == "bare" and not plain)):
        return value
    if not plain and (value := _as_password(text, at, link, word)) is not None:
        return value
    if link == "bare":
        return None
    shape = _GROUPS if plain else _SAVED if _SAVES.match(word.text) else _CAPITALS
    letters = shape.match(text, at)
    if letters and " " in letters.group() and text[word.end : at].isupper():
        return None  # all of the message is in capitals
    if letters and not statement(letters.group()):
        return Value(*letters.span(), ("keyword",))
    return _spoken_number(text, at)


def _as_password(text: str, at: int, link: str, word: Word) -> Value | None:
    """A code made as passwords are ("xK9#vLq2"); a plain word only where the code is one that somebody chooses."""
    value = read_password(text, at, "pair" if link in ("is", "bare") or _DIGITAL.search(word.text) else link)
    if value is None:
        return None
    shown = text[value.start : value.end]
    mixes = _DIGIT.search(shown) and any(map(str.isalpha, shown)) and text[at - 1] not in "-_/"
    if mixes and not (TECHNICAL.match(shown) or _COUNTED.match(shown)):
        return value if link != "bare" or unmistakable(shown) else None
    about = says(shown) or KEYWORD.found(shown)
    return value if shown.isalpha() and "looks-random" not in value.evidence and not about else None


_DIGITAL = words(r"(?:pin|tan|puk|otp|2fa|mfa|zahl|ziffern?|nummer)\b")
"""Codes that are digits wherever one sees them."""


def _wider(text: str, at: int, value: Value) -> Value:
    """The whole of what the code is the beginning of: "Zugangscode: 12ab#Cd"."""
    whole = None if text[value.start : value.end].isdigit() else read_password(text, at, "pair")
    return whole if whole is not None and whole.start == value.start and whole.end > value.end else value


def opens(text: str, word: Word, at: int) -> bool:
    """Whether a bare "code" is one that opens something, or one that its owner is given."""
    low, high = max(0, word.start - 70), word.end + 60
    if _OPENS.search(text, low, word.start) or _OPENED.search(text, word.end, high):
        return True
    mixes = _MIXES.match(text, at)
    return bool(mixes and _YOURS.search(text, low, word.start) and not _BARGAIN.search(text, low, high))


def _spoken_number(text: str, at: int) -> Value | None:
    """A number of at least three digits in words at `at`: "three thousand six hundred and seventeen"."""
    match = _NUMERALS.match(text, at)
    return Value(*match.span(), ("keyword",)) if match and len(match.group()) >= _LEAST_SPOKEN else None


_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\Z")


def read_code(text: str, at: int, link: str, general: int) -> Value | None:
    """The PIN, TAN or code that begins at `at`; None where something else stands. `general` is the length a bare
    "code" must have when nothing but a space introduces it (0: any)."""
    told = quoted(text, at) if text[at - 1 : at] in ('"', "'", "`") else None
    if told is not None and _DIGIT.search(text, at, told.end):
        return Value(at, told.end, ("keyword",))
    match = _CODE.match(text, at)
    if match is None:
        return None
    end = trim(text, at, match.end())
    if attached := _ATTACHED.match(text, end):
        end = attached.end()
    value = text[at:end]
    if _UUID.match(value):
        return None  # what a device or a session is called
    digits = sum(char.isdigit() for char in value)
    if digits >= _ALL_ALIKE and digits == len(value) and len(set(value)) == 1:
        return None  # what a display shows: 88888888
    if digits < 3 and not (digits and random_looking(value) and (len(value) >= 5 or (value.isupper() and digits > 1))):
        return None
    if general and link == "colon" and value.isdigit() and len(value) < 4:
        return None  # "Code: 404"
    if (
        (quantity(text, at, end) and not (general == 0 and _TURNED.fullmatch(value)))
        or _COUNTED.match(value)
        or (link == "set" and not value.isdigit())
    ):
        return None
    if general and link == "bare" and digits != general and not (digits >= 6 and digits == len(value)):
        return None
    if link == "bare" and not value[0].isdigit() and digits < 2:
        return None
    return Value(at, end, ("keyword",))
