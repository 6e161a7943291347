"""Whether a word is made as passwords are: letters with digits or signs, or capitals inside."""

import re
from itertools import pairwise

from bot.detection.finder import Finder

_MIXED = Finder(r"[0-9@#$%&*+~^=|\\<>{}\[\]`]|(?-i:[a-z][A-Z])|-\S*-|[^\s.,;:!?\"'()]\S*[,;:!?\"()]\S*[^\s.,;:!?\"'()]")


_DIGIT = re.compile("[0-9]")
_LETTER = re.compile("[A-Za-z]")
_INNER = re.compile("[a-z][A-Z]")
_SIGN = re.compile(r"[^0-9A-Za-z\-'/.]")
_HYPHENS = 2


def mixed(text: str) -> bool:
    """Whether any word of folded `text` may be `random_looking`, told in one pass."""
    return "_" in text or not text.isascii() or _MIXED.found(text)


def random_looking(text: str) -> bool:
    """Whether it mixes letters with digits or signs, or changes case inside, as passwords do and words do not."""
    body = text.strip(".,;:!?\"'()")
    if len(body) < 3:
        return False
    if body.isascii():
        if _DIGIT.search(body) or _INNER.search(body):
            return True
        return bool(_LETTER.search(body)) and (body.count("-") >= _HYPHENS or _SIGN.search(body) is not None)
    letters = any(char.isalpha() for char in body)
    signs = any(not char.isalnum() and char not in "-'/." for char in body)
    inner = any(a.islower() and b.isupper() for a, b in pairwise(body))
    digits = any(char.isdigit() for char in body)
    return digits or inner or (letters and (signs or body.count("-") >= _HYPHENS))
