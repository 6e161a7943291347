"""Which words a repeated list of alternatives holds twice: each such word in a row doubles the ways to read the row."""

import re
from collections import Counter
from itertools import product
from re import _constants as op  # type: ignore[attr-defined]
from typing import Any

from tests.fuzz.pattern_texts import REPEAT, inner, parsed

_MOST = 3000
_AGAIN = 3


def twice(pattern: re.Pattern[str]) -> set[str]:
    """The words that more than one way through the same list of alternatives gives, where the list is repeated."""
    return _twice(parsed(pattern), False)


def _twice(tree: Any, repeated: bool) -> set[str]:
    if repeated and (every := _language(tree)) is not None:
        return _doubled(every)
    found: set[str] = set()
    for what, value in tree:
        if repeated and what is op.BRANCH:
            found |= _doubled([word for branch in value[1] for word in _language(branch) or ()])
        again = repeated or (what in REPEAT and value[1] > _AGAIN)
        for each in inner(what, value):
            found |= _twice(each, again)
    return found


def _doubled(every: list[str]) -> set[str]:
    return {word for word, ways in Counter(every).items() if word and ways > 1}


def _language(tree: Any) -> list[str] | None:
    """Every text of `tree`, as often as there are ways to it; None where there are too many."""
    out = [""]
    for what, value in tree:
        texts = _texts(what, value)
        if texts is None or len(out) * len(texts) > _MOST:
            return None
        out = [before + text for before in out for text in texts]
    return out


def _texts(what: Any, value: Any) -> list[str] | None:
    if what is op.LITERAL:
        return [chr(value)]
    if what is op.IN and all(member is op.LITERAL for member, _ in value):
        return [chr(code) for _, code in value]
    if what is op.ATOMIC_GROUP or what in (op.AT, op.ASSERT, op.ASSERT_NOT):
        return [""]  # there is one way through these, and they take nothing where the detection uses them
    if what is op.SUBPATTERN:
        return _language(value[3])
    if what is op.BRANCH:
        every = [_language(branch) for branch in value[1]]
        return None if None in every else [text for one in every for text in one or ()]
    if what in REPEAT and value[1] <= _AGAIN:
        once = _language(value[2])
        if once is None or len(once) ** value[1] > _MOST:
            return None
        return ["".join(texts) for times in range(value[0], value[1] + 1) for texts in product(once, repeat=times)]
    return None
