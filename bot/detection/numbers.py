"""Digit runs in folded text, and the check digits over them."""

import re
from bisect import bisect_right
from collections.abc import Iterator

GAP = r"(?:[^0-9A-Za-z@+%€$£]{0,4}|\+)"
"""What may stand between two digits of one number: at most four characters that are neither letter nor digit.
A lone plus sign may be a blank of a link."""
# O, o, l and I count as digits where no other letter follows them ("4111 llll", not "10 Lieder").
_ODD_DIGIT = r"[OoIl](?![A-HJ-NP-Za-km-np-z])"
_ODD = "OoIl"
_DIGIT = re.compile("[0-9]")
# It begins with a digit, or with such a letter right before one: `runs` looks for digits, which are found soonest.
_RUN = re.compile(
    rf"[0-9OoIl](?:(?<![A-Za-z0-9].)(?:(?<=[0-9])|(?=[0-9]))(?:{GAP}(?:[0-9]|{_ODD_DIGIT}))+|(?<=[0-9])(?:{GAP}[0-9])+)"
)
_AS_DIGIT = str.maketrans(_ODD, "0011")
_DIGITLIKE = re.compile(r"[0-9OoIl]+")


class Run:
    """A stretch of digits with short gaps; `groups` are the indices in `digits` at which a group begins (0 included),
    `starts` where these stand in the text; `odd` says that a letter was read as a digit."""

    __slots__ = ("digits", "end", "groups", "odd", "start", "starts")

    def __init__(
        self, start: int, end: int, digits: str, groups: tuple[int, ...], starts: tuple[int, ...], odd: bool
    ) -> None:
        self.start = start
        self.end = end
        self.digits = digits
        self.groups = groups
        self.starts = starts
        self.odd = odd

    def at(self, index: int) -> int:
        """Where `digits[index]` stands in the text."""
        group = bisect_right(self.groups, index) - 1
        return self.starts[group] + index - self.groups[group]


def runs(text: str, least: int, start: int = 0, end: int | None = None) -> Iterator[Run]:
    """The digit runs of at least `least` digits, in order. Linear: runs do not overlap."""
    stop = len(text) if end is None else end
    while (digit := _DIGIT.search(text, start, stop)) is not None:
        first = digit.start()
        match = _RUN.match(text, first - 1, stop) if first > start and text[first - 1] in _ODD else None
        match = match or _RUN.match(text, first, stop)
        start = first + 1 if match is None else match.end()
        if match is not None and start - match.start() >= least:
            run = run_of(text, match.start(), start)
            if len(run.digits) >= least:
                yield run


def run_of(text: str, start: int, end: int) -> Run:
    """The run made of the digits (and letters read as such) in `text[start:end]`."""
    shown = text[start:end]
    if shown.isdigit():
        return Run(start, end, shown, (0,), (start,), False)
    groups: list[int] = []
    starts: list[int] = []
    found = ""
    last = start
    for match in _DIGITLIKE.finditer(text, start, end):
        first, last = match.span()
        groups.append(len(found))
        starts.append(first)
        found += match.group()
    odd = not found.isdigit()
    return Run(starts[0], last, found.translate(_AS_DIGIT) if odd else found, tuple(groups), tuple(starts), odd)


def luhn(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit of the others (ISO/IEC 7812-1, annex B)."""
    return (
        sum(digits[-1::-2].encode()) + sum(digits[-2::-2].translate(_DOUBLED).encode()) - 48 * len(digits)
    ) % 10 == 0


_DOUBLED = {ord(str(digit)): str(sum(divmod(2 * digit, 10))) for digit in range(10)}


def mod97(iban: str) -> bool:
    """Whether the check digits of an IBAN (upper case, no separators) hold (ISO 7064, MOD 97-10)."""
    digits = iban[4:] if iban[4:].isdigit() else iban[4:].translate(_LETTER_VALUES)
    return int(digits + iban[:4].translate(_LETTER_VALUES)) % 97 == 1


_LETTER_VALUES = {code: str(code - ord("A") + 10) for code in range(ord("A"), ord("Z") + 1)}


def market_location(digits: str) -> bool:
    """Whether eleven digits are a MaLo-ID: the first is no 0 and the last one checks (BDEW, MaLo-ID, 1.3):
    digits at odd places once, at even places twice, complement to the next multiple of ten."""
    if len(digits) != 11 or digits[0] == "0":
        return False
    total = sum(map(int, digits[0:10:2])) + 2 * sum(map(int, digits[1:10:2]))
    return (10 - total % 10) % 10 == int(digits[10])
