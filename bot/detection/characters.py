"""One-to-one folding of characters: what a reader takes for a letter or digit becomes that ASCII letter or digit.

The table never changes the length of a text, so offsets survive it. It is filled lazily (`str.translate` asks
`__missing__` once for each new character); characters that fold to themselves are not kept, which bounds it.
"""

import codecs
import re
import unicodedata
from functools import lru_cache
from typing import Any

# Look-alikes without a compatibility decomposition (Unicode TR 39, the subset that imitates Latin letters):
# each pair is the look-alike and the letter it imitates; Cyrillic, Greek, Cherokee and Latin extensions.
_LOOKALIKES: dict[str, str] = {
    pair[0]: pair[1]
    for pair in re.findall(
        r"\S\S",
        "АA ВB ЕE ЅS КK МM НH ОO РP СC ТT УY ХX ІI ЈJ ԁd аa еe оo рp сc уy хx іi јj ѕs һh ԛq ԝw вb кk мm тt нh "
        "ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX οo αa νv ιi ρp τt υu κk ɑa ɡg ıi ӀI օo ᎠD ᎬE ᏟC ᏢP ᎪA ᏴB "
        "ƒf ßs æa ÆA øo ØO đd ĐD łl ŁL ðd ÐD",
    )
}
_MARKS = {
    mark: plain
    for plain, marks in {
        '"': "„“”«»‹›‟″",
        "'": "‚‘’‛′´",
        "/": "⁄∕",
        "-": "−",
        ".": "…·•∙",
        "\n": "\u2028\u2029\x85",
    }.items()
    for mark in marks
}


@lru_cache(maxsize=2048)
def _fold(char: str) -> str:
    """The single character that stands for `char`, or `char` itself."""
    if known := _LOOKALIKES.get(char) or _MARKS.get(char):
        return known
    code = ord(char)
    if 0x1F1E6 <= code <= 0x1F1FF:  # regional indicators: a flag is two letters
        return chr(ord("A") + code - 0x1F1E6)
    if 0x1F150 <= code <= 0x1F169 or 0x1F170 <= code <= 0x1F189:  # negative circled and squared letters
        return chr(ord("A") + (code - 0x1F150) % 0x20)
    category = unicodedata.category(char)
    if category in ("Nd", "No"):
        value = unicodedata.digit(char, None)
        if value is not None:
            return str(int(value))
    if category == "Zs":
        return " "
    if category == "Pd":
        return "-"
    if category in ("Pi", "Pf"):
        return '"'
    plain = [c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c)]
    if len(plain) == 1:
        return _LOOKALIKES.get(plain[0], plain[0])
    return char


class _FoldTable(dict[int, int]):
    def __missing__(self, code: int) -> int:
        folded = ord(_fold(chr(code)))
        if folded > 0xFF >= code:
            folded = code  # a Latin-1 character stays one
        if folded != code or code < 0x250:
            self[code] = folded
        return folded


def _invisible_class() -> str:
    """A regular-expression class of what a reader does not see: format characters, combining and enclosing marks."""
    codes = [
        code
        for code in (*range(0x7F, 0xFFFF), *range(0xE0000, 0xE01F0))
        if unicodedata.category(chr(code)) in ("Cf", "Mn", "Me", "Cc") and code != 0x85
    ]
    codes += [*range(0x00, 0x09), *range(0x0E, 0x20), 0x115F, 0x1160, 0x3164, 0xFFA0]
    ranges: list[list[int]] = []
    for code in sorted(codes):
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"{re.escape(chr(a))}-{re.escape(chr(b))}" for a, b in ranges)


INVISIBLE = _invisible_class()
"""A regular-expression class of what a reader does not see, and folding takes away."""
UNSEEN = re.compile(rf"[{INVISIBLE}]+")

_TABLE = _FoldTable({code: code for code in range(0x80)})
_NOT_LATIN = re.compile("([^\x00-\xff]+)")
_LATIN = bytes(_TABLE[code] for code in range(0x100))
_UNSEEN_LATIN = bytes(code for code in range(0x80, 0x100) if UNSEEN.match(chr(code)))
_SEEN_LATIN = bytes(0 if code in _UNSEEN_LATIN else _LATIN[code] for code in range(0x100))
"""As `_LATIN`, with NUL for what a reader does not see."""


def fold_characters(text: str) -> str:
    """`text` with every character folded; the length is unchanged. ASCII text is returned as it is."""
    if text.isascii():
        return text
    try:
        return _fold_latin(text)
    except UnicodeEncodeError:
        parts = _NOT_LATIN.split(text)
        parts[::2] = map(_fold_latin, parts[::2])
        parts[1::2] = [part.translate(_TABLE) for part in parts[1::2]]
        return "".join(parts)


def _fold_latin(text: str) -> str:
    """Latin-1 text folded, ten times sooner than character by character."""
    return text.encode("latin-1").translate(_LATIN).decode("latin-1")


def latin(text: str) -> bytes:
    """`text` folded, in Latin-1: one byte for each character but those a reader does not see, which are left out
    (not the ASCII ones); "?" for what stays beyond Latin-1."""
    if text.isascii():
        return text.encode()
    data = text.encode("latin-1", _BEYOND)
    seen = data.translate(_SEEN_LATIN)
    return data.translate(_LATIN, _UNSEEN_LATIN) if 0 in seen else seen


@lru_cache(maxsize=4096)
def _in_latin(char: str) -> str:
    """The Latin-1 character, if any, that stands for one beyond."""
    if UNSEEN.match(char):
        return ""
    folded = chr(_TABLE[ord(char)])
    return folded if folded <= "\xff" else "?"


def _beyond(error: Any) -> tuple[str, int]:
    start, end = error.start, error.end
    if end - start == 1:
        return _in_latin(error.object[start]), end
    return "".join(map(_in_latin, error.object[start:end])), end


_BEYOND = "videoberatung.beyond-latin-1"
codecs.register_error(_BEYOND, _beyond)
