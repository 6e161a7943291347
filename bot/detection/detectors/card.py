"""Payment cards: 12 to 19 digits, by issuer range, length and Luhn digit (ISO/IEC 7812), or by the word before."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.detection.detector import Candidate, Detector
from bot.detection.finder import Finder, words
from bot.detection.formats import NumberFormats
from bot.detection.kinds import Kind
from bot.detection.numbers import Run, luhn, runs
from bot.detection.triggers import Look, Trigger
from bot.detection.words import CARD_WORD, DATE, PRICE_BEFORE, UNIT_AFTER, label_before

# Issuer ranges by prefix (inclusive) and the lengths in use, as the networks publish them.
ISSUERS: tuple[tuple[str, str, frozenset[int]], ...] = (
    ("4", "4", frozenset({13, 16, 19})),  # Visa
    ("51", "55", frozenset({16})),  # Mastercard
    ("2221", "2720", frozenset({16})),  # Mastercard, 2-series
    ("34", "34", frozenset({15})),  # American Express
    ("37", "37", frozenset({15})),
    ("300", "305", frozenset({14, 16})),  # Diners Club
    ("3095", "3095", frozenset({14, 16})),
    ("36", "36", frozenset({14, 16, 19})),
    ("38", "39", frozenset({14, 16})),
    ("3528", "3589", frozenset({16, 19})),  # JCB
    ("1800", "1800", frozenset({15})),
    ("2131", "2131", frozenset({15})),
    ("6011", "6011", frozenset({16, 19})),  # Discover
    ("644", "659", frozenset({16, 19})),
    ("62", "62", frozenset({16, 17, 18, 19})),  # UnionPay
    ("81", "81", frozenset({16, 19})),
    ("50", "50", frozenset({12, 13, 14, 15, 16, 17, 18, 19})),  # Maestro, girocard
    ("56", "58", frozenset({12, 13, 14, 15, 16, 17, 18, 19})),
    ("6304", "6304", frozenset({12, 13, 14, 15, 16, 17, 18, 19})),
    ("639", "639", frozenset({16, 17, 18, 19})),
    ("67", "67", frozenset({12, 13, 14, 15, 16, 17, 18, 19})),
    ("6", "6", frozenset({16, 19})),  # national networks: RuPay, Elo, Troy, Mir (2200-2204 below)
    ("2200", "2204", frozenset({16, 17, 18, 19})),
)
_WORD = Finder(CARD_WORD)
_LONG = 15
_INSIDE = re.compile(r"[0-9][0-9A-Za-z]*[A-Za-z]\Z")
"""Right before the number: the beginning of a code that the digits belong to ("1Z84V0270...")."""
_DECIMALS = re.compile(r"[0-9]{1,3}[.,][0-9]{2,6}[,;]?[ ]{1,2}[0-9]{1,3}[.,][0-9]{2,6}")
"""Two decimal numbers, as of a place on a map."""
_LENGTHS = (16, 15, 14, 19, 13, 18, 17, 12)


def _by_prefix() -> dict[str, frozenset[int]]:
    """The lengths in use for each first four digits."""
    found: dict[str, frozenset[int]] = {}
    for low, high, lengths in ISSUERS:
        for prefix in range(int(low.ljust(4, "0")), int(high.ljust(4, "9")) + 1):
            key = f"{prefix:04}"
            found[key] = found.get(key, frozenset()) | lengths
    return found


_LENGTHS_BY_PREFIX = _by_prefix()
_NO_LENGTHS: frozenset[int] = frozenset()


def issuer_length(digits: str) -> bool:
    """Whether the beginning of `digits` is an issuer range in which numbers of this length are given out."""
    return len(digits) in _LENGTHS_BY_PREFIX.get(digits[:4], _NO_LENGTHS)


def _long_card(digits: str) -> bool:
    """Whether all of `digits` are one card number of more than the usual 16."""
    return 16 < len(digits) <= 19 and issuer_length(digits) and luhn(digits)


@dataclass(frozen=True, slots=True)
class CardDetector:
    """See the module."""

    name: str = "card"
    triggers: tuple[Trigger, ...] = (Trigger("[0-9oil](?:[^0-9a-z]*[0-9oil]){11}", digits=1, look=Look.DIGITS),)

    def find(self, text: str) -> Iterator[Candidate]:
        """For each digit run the best reading as a card number, or several where it holds several."""
        near: bool | None = None
        for run in runs(text, 12):
            if near is None:
                near = _WORD.found(text)
            first = 0
            while first < len(run.digits):
                found = self._best(text, run, first, near)
                if found is None:
                    break
                candidate, last = found
                yield candidate
                first = next((g for g in run.groups if g >= last), len(run.digits))

    def _best(self, text: str, run: Run, first: int, near: bool) -> tuple[Candidate, int] | None:
        label = label_before(text, run.start)[0] if near else None
        digits, total = run.digits, len(run.digits)
        ends = {*run.groups, total}
        chance: tuple[Candidate, int] | None = None
        for begin in run.groups:
            if begin < first:
                continue
            in_use = _LENGTHS_BY_PREFIX.get(digits[begin : begin + 4], _NO_LENGTHS)
            # 3 to 6 is where ISO/IEC 7812 puts travel and banking: issuers not in the table are there too
            banking = begin == 0 and digits[0] in "3456"
            if not (in_use or near or banking):
                continue  # nothing but a word for a card could make it one
            for length in (total, *_LENGTHS) if begin == 0 and _long_card(digits) else _LENGTHS:
                last = begin + length
                if last not in ends:
                    continue
                known = length in in_use
                if not (known or near or (banking and length == total)):
                    continue
                valid = luhn(digits[begin:last])
                plausible = valid and (known or (banking and length == total))
                if not plausible and not (label == "CARD" and (valid or known) and begin == 0):
                    continue
                if not known and DATE.match(text, run.at(begin)):
                    continue
                if label is None:
                    label, _ = label_before(text, run.start)
                evidence = self._evidence(text, run, begin, last, label, near, known, valid)
                candidate = Candidate(Kind.CARD, run.at(begin), run.at(last - 1) + 1, evidence, self.name)
                if not (candidate.counts or last == total):
                    continue
                if known or begin > 0 or last == total:
                    return candidate, last
                chance = chance or (candidate, last)  # one number in ten checks: "Karte 1: 4195 ..."
        if chance is not None:
            return chance
        dated = any([DATE.match(text, at) for at in run.starts])
        abroad = "+" in text[max(0, run.start - 2) : run.start]
        if label == "CARD" and 12 <= total - first <= 19 and first == 0 and not (dated or abroad):
            evidence = ("prior", "keyword", "checksum-wrong")
            return Candidate(Kind.CARD, run.start, run.end, evidence, self.name), total
        return None

    def _evidence(
        self, text: str, run: Run, begin: int, last: int, label: str, near: bool, known: bool, valid: bool
    ) -> tuple[str, ...]:
        evidence = ["prior", "checksum" if valid else "checksum-wrong"]
        if known:
            evidence.append("issuer")
        if label == "CARD":
            evidence.append("keyword")
        elif near:
            evidence.append("keyword-near")
        other = label in ("HARMLESS", "ACCOUNT", "CUSTOMER_NUMBER", "IBAN", "BLZ")
        sure = label == "HARMLESS" and valid and known and last - begin >= _LONG
        if other and not (sure and _apart(text, run.start)):
            evidence.append("other-label")
        if _DECIMALS.fullmatch(text, run.start, run.end):
            evidence.append("unit")
        if label != "CARD" and UNIT_AFTER.match(text, run.end):
            evidence.append("unit")
        whole = begin == 0 and last == len(run.digits)
        inner = [group - begin for group in run.groups if begin <= group < last]
        if inner in ([0], [0, 4, 8, 12], [0, 4, 10], [0, 4, 8, 12, 16]):
            evidence.append("grouping")
        elif not whole:
            evidence.append("longer-run")
        before = text[max(0, run.start - 3) : run.start]
        if begin == 0 and _INSIDE.search(text, max(0, run.start - 20), run.start):
            evidence.append("longer-run")
        if begin == 0 and ("+" in before or PRICE_BEFORE.search(before) or before[-1:].isalpha()):
            evidence.append("other-label")
        if run.odd:
            evidence.append("look-alike")
        return tuple(evidence)


def _apart(text: str, at: int) -> bool:
    """Whether other words stand between the harmless word before `at` and the number, so that it is not its name:
    "die Rechnung mit 4111 ... bezahlen"."""
    _, end = label_before(text, at)
    return _DIRECTLY.fullmatch(text, end, at) is None or _SET_OFF.fullmatch(text, end, at) is not None


_SET_OFF = re.compile(r"[A-Za-z]{0,3}[ ]-{1,2}[ ]{1,2}")
"""A dash between a word and a number: what it is about, and then something else."""
_DIRECTLY = words(
    r"[a-z\-]{0,24}[^0-9a-z]{0,4}(?:(?:ist|lautet|is|war|was|nr|no|nummer|number|id|code)\b[^0-9a-z]{0,4}){0,3}"
)


def build(formats: NumberFormats) -> Detector:
    """The detector; it needs nothing of the profile."""
    return CardDetector()
