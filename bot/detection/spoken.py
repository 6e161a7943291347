"""Digits written as words, German and English: "vier sieben eins eins", "siebenundvierzig elf", "double seven"."""

import re
from collections.abc import Iterator
from itertools import islice

from bot.detection.triggers import Trigger
from bot.detection.view import Piece, View

_ONES_DE = tuple(re.findall(r"\S+", "null eins zwei drei vier funf sechs sieben acht neun"))
_ONES_EN = tuple(re.findall(r"\S+", "zero one two three four five six seven eight nine"))
_TEENS = {"zehn": "10", "elf": "11", "zwolf": "12", "zwoelf": "12", "ten": "10", "eleven": "11", "twelve": "12"}
_TENS_DE = {"zwanzig": 2, "dreissig": 3, "dreisig": 3, "vierzig": 4, "funfzig": 5, "fuenfzig": 5, "sechzig": 6,
            "siebzig": 7, "achtzig": 8, "neunzig": 9}  # fmt: skip
_TENS_EN = {"twenty": 2, "thirty": 3, "forty": 4, "fifty": 5, "sixty": 6, "seventy": 7, "eighty": 8, "ninety": 9}


def _numbers() -> dict[str, str]:
    found = dict(_TEENS)
    for digit, (german, english) in enumerate(zip(_ONES_DE, _ONES_EN, strict=True)):
        found[german] = found[english] = str(digit)
    found |= {"fuenf": "5", "zwo": "2", "ein": "1", "oh": "0"}
    for name, ten in (_TENS_DE | _TENS_EN).items():
        found[name] = f"{ten}0"
    for name, ten in _TENS_DE.items():
        for digit, one in enumerate([*_ONES_DE[2:], "fuenf"], 2):
            found[f"{one}und{name}"] = f"{ten}{digit if one != 'fuenf' else 5}"
        found[f"einund{name}"] = f"{ten}1"
    for name, ten in _TENS_EN.items():
        for digit, one in enumerate(_ONES_EN[1:], 1):
            for gap in ("", "-"):
                found[f"{name}{gap}{one}"] = f"{ten}{digit}"
    for teen, value in {
        "drei": 13,
        "vier": 14,
        "funf": 15,
        "fuenf": 15,
        "sech": 16,
        "sieb": 17,
        "acht": 18,
        "neun": 19,
    }.items():
        found[f"{teen}zehn"] = str(value)
    for teen, value in {"thir": 13, "four": 14, "fif": 15, "six": 16, "seven": 17, "eigh": 18, "nine": 19}.items():
        found[f"{teen}teen"] = str(value)
    return found


NUMBERS = _numbers()
_WORD = "|".join(sorted(NUMBERS, key=len, reverse=True))
_GAP = r"(?:[ \t\n.,;\-/]{0,3})"
_DOUBLE = r"(?:(?:doppel|zweimal|double|zwei mal|2x)[ \-]?)?"
_UNIT = rf"(?:{_DOUBLE}(?:{_WORD})(?![a-z])|(?<![A-Za-z0-9])[0-9](?![A-Za-z0-9]))"
_SERIES = re.compile(rf"(?<![A-Za-z0-9]){_DOUBLE}(?:{_WORD})(?![a-z])(?:{_GAP}{_UNIT}){{1,80}}", re.I)
_ITEM = re.compile(rf"(doppel|zweimal|double|zwei mal|2x)?[ \-]?({_WORD})(?![a-z])", re.I)
_LEAST_WORDS, _MOST_WORDS = 2, 4000  # what a hostile message can make us do is bounded

_SIMPLE = (
    r"null|eins|zwei|zwo|drei|vier|fue?nf|sechs|sieben|acht|neun|zero|one|two|three|four|five|six"
    r"|seven|eight|nine|zehn|elf|zwoe?lf|ten|eleven|twelve|doppel|double"
)
_ENDINGS = r"zig|s?sig|ty|teen|zehn"
TRIGGER = Trigger(rf"(?:{_SIMPLE}|{_ENDINGS})[^a-z0-9]+(?:{_SIMPLE}|[a-z]+(?:{_ENDINGS}))")
"""Two number words in a row."""


def _pieces(text: str) -> Iterator[Piece]:
    for series in _SERIES.finditer(text):
        for item in _ITEM.finditer(text, *series.span()):
            digits = NUMBERS[item[2].lower()]
            yield (digits * 2 if item[1] else digits), item.start(), item.end()


def spoken_digits(view: View) -> View:
    """`view` with every series of at least two number words written in digits."""
    pieces = list(islice(_pieces(view.text), _MOST_WORDS))
    return view.replaced(pieces) if len(pieces) >= _LEAST_WORDS else view
