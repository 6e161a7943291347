"""A message as a reader sees it, with the way back to the characters that were sent.

`View.text` is folded text: no markup, no invisible characters, no encoded characters, every look-alike replaced.
Detectors see only this. `View.raw` maps a range of it to a range of the original message, markup included.
"""

import html as html_entities
import re
from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate
from urllib.parse import unquote_to_bytes

from bot.detection.characters import INVISIBLE, UNSEEN, fold_characters

Piece = tuple[str, int, int]
"""Replacement text, and the range of the underlying text it stands for."""

_ENTITY = r"&(?:\#[0-9]{1,7}|\#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
_PERCENT = r"(?:%[0-9A-Fa-f]{2})+"
_KNOWN_TAG = (
    r"</?(?:a|at|b|i|u|s|em|strong|span|br|p|div|font|code|pre|blockquote|table|tbody|thead|tr|td|th|ul|ol|li|h[1-6]"
    r"|sub|sup|mark|del|ins|emoji|attachment|img|hr)(?:\s[^<>]*)?/?>"
)
# Plain text may hold angle brackets that are no markup ("<https://...>"), so only known tags are taken away there.
_IN_PLAIN = re.compile(rf"[{INVISIBLE}]+|{_PERCENT}|{_ENTITY}|{_KNOWN_TAG}", re.I)
_IN_HTML = re.compile(rf"<!--|<[^<>]*>|[{INVISIBLE}]+|{_PERCENT}|{_ENTITY}")
_IN_ASCII_HTML = re.compile(rf"<!--|<[^<>]*>|[\x00-\x08\x0e-\x1f\x7f]+|{_PERCENT}|{_ENTITY}")  # the same, sooner
_BREAKS = re.compile(r"</?(?:br|p|div|li|tr|td|th|h[1-6]|table|ul|ol|blockquote|pre|hr|codeblock)\b", re.I)
_BLOCK_TAG = re.compile(_BREAKS.pattern + r"[^<>]*>", re.I)
_TAG = re.compile(r"<[^<>\x00]*>")
_ONE_PARAGRAPH = 2
_TARGET = re.compile(r"=(?:(?<=(?i:ref|src|alt|tle)=)|(?<=\s=))")
"""Where an attribute may be given that `_ATTRIBUTE` reads, and seldom elsewhere."""
_ATTRIBUTE = re.compile(r"""\b(?:href|src|alt|title)\s{0,4}=\s{0,4}(?:"([^"<>]*)"|'([^'<>]*)')""", re.I)


class View:
    """Folded text and its mapping. `marks`, `starts`, `ends` describe its pieces (empty: nothing was moved).

    Piece `i` begins at `marks[i]` of the folded text and stands for `starts[i]:ends[i]` of the text below;
    a piece as long as what it stands for maps character by character, any other maps as a whole.
    """

    __slots__ = ("below", "ends", "marks", "starts", "text")

    def __init__(
        self,
        text: str,
        marks: tuple[int, ...] = (),
        starts: tuple[int, ...] = (),
        ends: tuple[int, ...] = (),
        below: "View | None" = None,
    ) -> None:
        self.text = text
        self.marks = marks
        self.starts = starts
        self.ends = ends
        self.below = below

    def raw(self, start: int, end: int) -> tuple[int, int]:
        """The range of the original message (code points, half open) behind the folded range `start:end`."""
        if self.marks:
            start, end = self._piece(start)[0], self._piece(end - 1)[1]
        return self.below.raw(start, end) if self.below else (start, end)

    def _piece(self, at: int) -> tuple[int, int]:
        i = bisect_right(self.marks, at) - 1
        end = self.marks[i + 1] if i + 1 < len(self.marks) else len(self.text)
        if end - self.marks[i] == self.ends[i] - self.starts[i]:
            at = self.starts[i] + at - self.marks[i]
            return at, at + 1
        return self.starts[i], self.ends[i]

    def replaced(self, pieces: Iterable[Piece]) -> "View":
        """This view with the given ranges (ascending, disjoint) replaced by other text; empty text removes."""
        return _assemble(self.text, pieces, self)


def _assemble(text: str, pieces: Iterable[Piece], below: View | None) -> View:
    parts: list[Piece] = []
    at = 0
    for piece in pieces:
        new, start, end = piece
        if at < start:
            parts.append((text[at:start], at, start))
        if new:
            parts.append(piece)
        at = end
    if not parts and at == 0:
        return below or View(fold_characters(text))
    if at < len(text):
        parts.append((text[at:], at, len(text)))
    shown = [part[0] for part in parts]
    marks = list(accumulate([len(each) for each in shown], initial=0))[:-1]
    starts, ends = [part[1] for part in parts], [part[2] for part in parts]
    return View(fold_characters("".join(shown)), tuple(marks), tuple(starts), tuple(ends), below)


def _decoded(entity: str) -> str:
    """What `entity` ("&amp;", "&#65;") stands for, nothing where nobody sees it."""
    return UNSEEN.sub("", html_entities.unescape(entity))


_numbered = lru_cache(maxsize=1024)(_decoded)
"""The same for "&#65;": one character, so nothing of a message is remembered."""


def _percent_pieces(run: str, start: int) -> Iterable[Piece]:
    try:
        decoded = unquote_to_bytes(run).decode("utf-8")
    except UnicodeDecodeError:
        return
    for char in decoded:
        width = 3 * len(char.encode("utf-8"))
        yield char, start, start + width
        start += width


def _pieces(text: str, html: bool) -> Iterable[Piece]:
    if not ("<" in text or "&" in text or "%" in text):
        pattern = UNSEEN
    else:
        pattern = (_IN_ASCII_HTML if text.isascii() else _IN_HTML) if html else _IN_PLAIN
    comments = html and "<!--" in text
    at = 0
    while match := pattern.search(text, at):
        start, at = match.span()
        found = match.group()
        if found[0] == "<":
            if found == "<!--":
                close = text.find("-->", at) if comments else -1
                comments = close >= 0  # one failed search is enough: keeps hostile input linear
                at = close + 3 if comments else at
                yield "", start, at
            else:
                yield ("\n" if _BREAKS.match(found) else ""), start, at
        elif found[0] == "&":
            yield (_numbered if found[1] == "#" else _decoded)(found), start, at
        elif found[0] == "%":
            yield from _percent_pieces(found, start)
        else:
            yield "", start, at


def fold(text: str, html: bool = False) -> View:
    """The view of a message. Never raises on any text; work and size are linear in its length."""
    return _assemble(text, _pieces(text, html), None)


def as_read(text: str) -> str:
    """Text that holds nothing but characters, as `fold` would show it."""
    return UNSEEN.sub("", fold_characters(text)) if not text.isascii() else text


def without_tags(text: str) -> str:
    """The text of an HTML message as `fold` would show it, but only `&nbsp;` decoded and nowhere to map back to:
    enough to see that there is nothing to look at. Comments and NUL stay, as a sign that more has to be done."""
    if text.startswith("<p>") and text.endswith("</p>") and text.count("<") == _ONE_PARAGRAPH:
        return f"\n{text[3:-4]}\n".replace("&nbsp;", "\xa0")
    if "<!--" in text or "\x00" in text:
        return text
    # The mark of a block's tag is none that a tag may hold, or a "<" before it and a ">" behind it would become one.
    text = _BLOCK_TAG.sub("\x00", text.replace("&nbsp;", "\xa0"))
    return (_TAG.sub("", text) if "<" in text else text).replace("\x00", "\n")


def attributes(text: str) -> View | None:
    """The link targets and alternative texts of an HTML message, one a line; None when it has none."""
    if not _TARGET.search(text):
        return None
    found = [match.span(match.lastindex or 0) for match in _ATTRIBUTE.finditer(text)]
    if not found:
        return None
    pieces: list[Piece] = []
    at = 0
    for start, end in found:
        pieces.append(("\n", at, start))
        at = end
    pieces.append(("\n", at, len(text)))
    lines = _assemble(text, pieces, None)
    return lines.replaced(_pieces(lines.text, False))
