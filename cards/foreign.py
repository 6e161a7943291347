"""Words that strangers chose (names of guests) made harmless before they stand on a card."""

from __future__ import annotations

import unicodedata

_MARKDOWN = str.maketrans({"[": "(", "]": ")", "<": "‹", ">": "›", "*": "∗", "_": " ", "`": "'", "\\": "/", "#": "＃"})


def plain(value: str, limit: int = 64) -> str:
    """One line without Markdown, control or direction characters, at most `limit` characters long.

    A text block reads Markdown, so a guest could otherwise put a link of their choice on the advisor's card;
    direction marks could turn the line around.
    """
    kept = "".join(" " if unicodedata.category(c) in ("Zl", "Zp", "Zs", "Cc") else c for c in value[: 4 * limit])
    kept = "".join(c for c in kept if unicodedata.category(c) not in ("Cf", "Co", "Cn", "Cs"))
    kept = " ".join(kept.translate(_MARKDOWN).split())
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"
