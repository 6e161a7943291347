"""Words that strangers chose (names of guests) made harmless before they stand on a card."""

from __future__ import annotations

import unicodedata

_HARMLESS = str.maketrans({
    "[": "(", "]": ")", "<": "‹", ">": "›", "*": "∗", "_": " ", "`": "'", "\\": "/", "#": "＃",
    "{": "(", "}": ")",  # {{DATE(...)}} is a function of text blocks
    **dict.fromkeys("\u115f\u1160\u2800\u3164\uffa0", " "),  # letters and signs that are blank by design
})  # fmt: skip
_MARKS = 2
"""Marks kept on a letter (Vietnamese has two): towers of them cover the lines above and below."""


def plain(value: str, limit: int = 64) -> str:
    """One line without Markdown, control or direction characters, at most `limit` characters long; "" where nothing of
    it can be seen.

    A text block reads Markdown, so a guest could otherwise put a link of their choice on the advisor's card;
    direction marks could turn the line around.
    """
    kept, marks = [], 0
    for character in value[: 4 * limit]:
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if category in ("Zl", "Zp", "Zs", "Cc"):
            kept.append(" ")
        elif category not in ("Cf", "Co", "Cn", "Cs") and marks <= _MARKS:
            kept.append(character)
    line = " ".join("".join(kept).translate(_HARMLESS).split())
    if all(unicodedata.category(character) in ("Mn", "Me") for character in line if character != " "):
        return ""
    return line if len(line) <= limit else line[: limit - 1] + "…"
