"""IBANs of every country in the registry, the unofficial ones included (ISO 13616, through schwifty).

The check digits are evidence, not a gate: a number with a typo still says whose account it is.
"""

import itertools
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass

from schwifty import exceptions, registry

from bot.detection.detector import Candidate, Detector
from bot.detection.finder import Finder
from bot.detection.formats import NumberFormats
from bot.detection.kinds import Kind
from bot.detection.numbers import mod97
from bot.detection.triggers import Look, Trigger
from bot.detection.words import BANK_CONTEXT, label_before

_GAP = r"[^0-9A-Za-z]{0,4}"
# Words somebody may put between the parts when dictating; they are no part of the number.
_BETWEEN = re.compile(r"[^0-9A-Za-z]{1,4}(?:(?:und|dann|weiter|danach|and|then|mit)[^0-9A-Za-z]{1,4}){1,2}", re.I)
_JOINING = ("und", "dann", "weiter", "danach", "and", "then", "mit")
_ALNUM = re.compile(r"[0-9A-Za-z]")
_PART = re.compile(r"[0-9A-Za-z]+")
_CONTEXT = Finder(BANK_CONTEXT)
_DIGIT_FOR = str.maketrans("OoQIlSBZ", "00011582")
_LETTER_FOR = str.maketrans("01", "OI")
_LEAST_DIGITS = 8
_LEAST_DICTATED = 11
_LEAST_PLAIN = 6
"""The others of the least eight may be letters that look like digits."""
_LEAST_SMALL = 5
_REACH = 120
_GROUP = 4
_TOUCHES = re.compile(r"[0-9A-Za-z_/\-]")


def _template(spec: str) -> str:
    """ "2!a22!n" -> "aa" + 22 * "n" """
    return "".join(kind * int(count) for count, kind in re.findall(r"(\d+)!?([anc])", spec))


def _templates() -> dict[str, str]:
    """Country code -> one letter (a, n, c) for each place of the national part."""
    found = {}
    for pair in itertools.product(string.ascii_uppercase, repeat=2):
        country = "".join(pair)
        try:
            found[country] = _template(registry.get_iban_spec(country).bban_spec)
        except exceptions.InvalidCountryCode:
            continue
    return found


def _bank_codes() -> frozenset[str]:
    return frozenset(bank.bank_code for bank in registry.get_banks_by_country("DE"))


TEMPLATES = _templates()
GERMAN_BANK_CODES = _bank_codes()


def _countries(gap: str) -> str:
    """An re2 pattern for any country code, `gap` between its letters."""
    second: dict[str, str] = {}
    for country in TEMPLATES:
        second[country[0]] = second.get(country[0], "") + country[1]
    return "(?:" + "|".join(f"{first}{gap}[{last}]" for first, last in second.items()) + ")"


def _packed(country: str, template: str) -> str:
    """An re2 pattern for the letters and digits of an IBAN, and what `_repair` would take for them."""
    places = {"n": "[0-9oqilsbz]", "a": "[a-z01]", "c": "[0-9a-z]"}
    runs = (f"{places[kind]}{{{len(list(run))}}}" for kind, run in itertools.groupby(template))
    return f"{country.lower()}[0-9oil]{{2}}{''.join(runs)}"


class _Context:
    """Whether a text talks of accounts and payments at all: asked at most once a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._banking: bool | None = None

    @property
    def banking(self) -> bool:
        if self._banking is None:
            self._banking = _CONTEXT.found(self._text)
        return self._banking


_CHECK = r"(?:[^0-9a-z]{0,4}(?-i:[0-9OoIl])){2}"
# "D E 89": a letter with a gap after it begins no country code inside a word ("den D E 12")
_HEAD = Finder(rf"{_countries('')}{_CHECK}|(?:^|[^a-z]){_countries('[^0-9a-z]{1,4}')}{_CHECK}")


# country, check digits, perhaps four letters of a bank, digits, and then a word that joins them to more
_DICTATED = f"{_countries('').lower()}[0-9oil]{{2}}(?:[a-z]{{4}})?[0-9oqilsbz]*(?:{'|'.join(_JOINING)})+[0-9oqilsbz]"


@dataclass(frozen=True, slots=True)
class IbanDetector:
    """See the module."""

    name: str = "iban"
    triggers: tuple[Trigger, ...] = (
        Trigger("|".join(itertools.starmap(_packed, TEMPLATES.items())), digits=_LEAST_PLAIN, look=Look.PACKED),
        Trigger(_DICTATED, (), _LEAST_DICTATED, Look.PACKED),
        Trigger(r"\biban\b", digits=_LEAST_DIGITS),
    )

    def find(self, text: str) -> Iterator[Candidate]:
        """Candidates at every country code followed by two digits; the best reading of each."""
        done = 0
        context = _Context(text)
        for head in _HEAD.finditer(text):
            letters = "".join([c for c in head.text if c.isascii() and c.isalpha()])[:2]  # others may stand between
            start = head.start + head.text.index(letters[0])
            if start < done:
                continue
            candidate = self._read(text, start, TEMPLATES[letters.upper()], context)
            if candidate is not None:
                yield candidate
                if candidate.counts and "look-alike" not in candidate.evidence:  # "Hallo!" before it may read as one
                    done = candidate.end
        yield from self._mistyped(text, done)

    def _read(self, text: str, start: int, template: str, context: "_Context") -> Candidate | None:
        for dictated in (False, True):
            if dictated:
                reached = text[start : start + _REACH].lower()
                if not (any([word in reached for word in _JOINING]) and _BETWEEN.search(text, start, start + _REACH)):
                    return None
            read = _dictated if dictated else _parts
            parts = read(text, start, len(template) + 4)
            chars = "".join([text[first:last] for first, last in parts])
            repaired = _repair(chars, template) if parts else None
            if repaired is not None:
                break
        if repaired is None:
            return None
        end = parts[-1][1]
        evidence = ["prior", "structure"]
        valid = mod97(repaired)
        whole = len(parts) == 1
        if not valid and repaired.startswith("NO") and text.startswith(".", start + 2):
            return None  # "A/C No. 3702 ..."
        if not valid and sum(map(str.isdigit, repaired)) < _LEAST_DIGITS:
            return None
        if not (valid or whole) and sum(map(_small_letter, chars[4:], repaired[4:])) >= _LEAST_SMALL:
            return None  # words of a sentence where the country allows letters ("vom 15.12.2023 habe ...")
        label, _ = label_before(text, start)
        evidence.append("checksum" if valid else "checksum-wrong")
        if label in ("IBAN", "ACCOUNT"):
            evidence.append("keyword")
        elif context.banking:
            evidence.append("keyword-near")
        known_bank = repaired[:2] == "DE" and repaired[4:12] in GERMAN_BANK_CODES
        if known_bank:
            evidence.append("bank-code")
        if label == "HARMLESS" and "keyword" not in evidence and not (valid or known_bank):
            evidence.append("other-label")
        if whole or _in_fours(parts):
            evidence.append("grouping")
        else:
            gaps = {text[last:first] for (_, last), (first, _) in itertools.pairwise(parts)}
            if len(gaps) > 2 or any(len(gap) > 2 for gap in gaps):
                evidence.append("strange-separators")
            if text[max(0, start - 1) : start].isalpha() and label != "IBAN" and not known_bank:
                evidence.append("other-label")  # it begins inside a word and goes on through others
        if (
            not valid
            and "strange-separators" not in evidence
            and "".join(filter(str.isalpha, chars)).isupper()
            and not _TOUCHES.match(text[end : end + 1])
            and not _TOUCHES.match(text[max(0, start - 1) : start])
        ):
            evidence.append("alone")
        if chars.upper() != repaired:
            evidence.append("look-alike")
        if text[end : end + 1].isdigit():
            evidence.append("longer-run")
        return Candidate(Kind.IBAN, start, end, tuple(evidence), self.name)

    def _mistyped(self, text: str, done: int) -> Iterator[Candidate]:
        """A country code and digits right after the word IBAN that are too few or too many for the country."""
        for match in _MISTYPED.finditer(text, done) if text.lower().find("iban", done) >= 0 else ():
            if sum(char.isdigit() for char in match[1]) >= _LEAST_DIGITS:
                start, end = match.span(1)
                yield Candidate(Kind.IBAN, start, end, ("prior", "keyword", "checksum-wrong"), self.name)


_MISTYPED = re.compile(
    r"\biban\b[^0-9a-z]{0,6}(?:(?:ist|lautet|is|nr|nummer|number|my|meine|von|mir|neue|neu)\b[^0-9a-z]{0,4}){0,4}"
    rf"((?:[a-z]{{2}}{_GAP})?[0-9](?:{_GAP}[0-9]){{9,40}})(?![0-9])",
    re.I,
)


_CLASSES = str.maketrans({"n": "[0-9]", "a": "[A-Za-z]", "c": "[0-9A-Za-z]"})
_AS_TEMPLATE = {
    template: re.compile("[A-Za-z]{2}[0-9]{2}" + template.translate(_CLASSES)) for template in set(TEMPLATES.values())
}
_ENOUGH_DIGITS = {template for template in TEMPLATES.values() if template.count("n") + 2 >= _LEAST_DIGITS}
_ALL_OF = {
    length: re.compile(rf"[A-Za-z](?:{_GAP}[0-9A-Za-z]){{{length - 1}}}")
    for length in {len(template) + 4 for template in TEMPLATES.values()}
}


def _parts(text: str, start: int, length: int) -> list[tuple[int, int]]:
    """The ranges without gaps that hold the first `length` letters and digits from `start`; none where a gap is too
    wide."""
    whole = _ALL_OF[length].match(text, start)
    return [match.span() for match in _PART.finditer(text, start, whole.end())] if whole else []


def _dictated(text: str, start: int, length: int) -> list[tuple[int, int]]:
    """As `_parts`, but words such as "und dann" may stand between."""
    parts: list[tuple[int, int]] = []
    at = start
    for found in range(length):
        match = _ALNUM.search(text, at, at + 5)
        if match is None:
            return []
        between = _BETWEEN.match(text, at) if found > 4 and match.start() > at else None
        at = between.end() if between else match.start()
        if at >= len(text):
            return []
        if parts and parts[-1][1] == at:
            parts[-1] = parts[-1][0], at + 1
        else:
            parts.append((at, at + 1))
        at += 1
    return parts


def _repair(chars: str, template: str) -> str | None:
    """The IBAN read from `chars`, letters taken for the digits they imitate; None where it cannot be one."""
    if _AS_TEMPLATE[template].fullmatch(chars):
        found = chars.upper()
        return found if template in _ENOUGH_DIGITS or sum(map(str.isdigit, found)) >= _LEAST_PLAIN else None
    head = chars[2:4].translate(_DIGIT_FOR)
    if not head.isdigit():
        return None
    out = [chars[:2].upper(), head]
    for char, place in zip(chars[4:], template, strict=True):
        if place == "n" and not char.isdigit():
            char = char.translate(_DIGIT_FOR)
            if not char.isdigit():
                return None
        elif place == "a" and not char.isalpha():
            char = char.translate(_LETTER_FOR)
            if not char.isalpha():
                return None
        out.append(char.upper())
    found = "".join(out)
    return found if sum(map(str.isdigit, found)) >= _LEAST_DIGITS else None


def _small_letter(char: str, read: str) -> bool:
    return char.islower() and not read.isdigit()


def _in_fours(parts: list[tuple[int, int]]) -> bool:
    """Groups of four from the start, as printed on statements."""
    return all([last - first == _GROUP for first, last in parts[:-1]]) and parts[-1][1] - parts[-1][0] <= _GROUP


def build(formats: NumberFormats) -> Detector:
    """The detector; it needs nothing of the profile."""
    return IbanDetector()
