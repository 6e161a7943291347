"""Identifiers of the energy market (landscape N10): recognised so that nobody takes them for an account number."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.detection.detector import Candidate, Detector
from bot.detection.finder import Finder, Vocabularies
from bot.detection.formats import NumberFormats
from bot.detection.kinds import Kind
from bot.detection.numbers import market_location, mod97, run_of
from bot.detection.triggers import Look, Trigger
from bot.detection.words import LABEL

_MELO = re.compile(r"[Dd](?<![A-Za-z0-9].)[Ee][0-9]{11}[0-9A-Za-z]{20}(?![A-Za-z0-9])")
# Printed in groups: each has a digit, so that the words after an IBAN are none ("DE89 3704 ... mfg Jens").
_MELO_GROUPED = re.compile(
    r"[Dd](?<![A-Za-z0-9].)[Ee][ .\-]?[0-9]{3,6}"
    r"(?:[ .\-]?(?=[A-Za-z]{0,10}[0-9])[0-9A-Za-z]{1,20}+){2,12}(?![A-Za-z0-9])"
)
_MELO_WORD = Finder(r"\bmelo\b|melo-?id|messlokation|zahlpunkt|zaehlpunkt|metering point|meter(?:ing)? location|\bzp\b")
_MELO_LENGTH = 33
_IBAN_LENGTH = 22
_BIC_AFTER = re.compile(r"[0-9][ ./\-][A-Z]{4}DE[A-Z0-9]{5}\Z", re.I)
# DIN 43863-5: medium (1 = electricity ... 8), three letters of the maker, ten digits. Apart, the letters are capitals
# and no word ("1 und 1234567890").
_METER = re.compile(
    r"[0-9](?<![A-Za-z0-9].)"
    r"(?:[A-Za-z]{3}[0-9]{10}|(?<=[1-9])[ ]?[A-Z]{3}[ ]?[0-9]{2}(?:[ ]?[0-9]){8})(?![A-Za-z0-9])"
)
_SHORT_WORD = Finder(r"\b(?:und|mit|ist|von|die|der|das|bei|and|the|for|mal|kto|blz|tan|pin|nr)\b")
_ELEVEN = re.compile(r"[1-9](?<![A-Za-z0-9+].)(?:[ .\-]?[0-9]){10}(?![A-Za-z0-9])")
_MALO_WORD = Finder(r"malo\b|malo-?id|marktlokation|market location")
_METER_WORD = Finder(r"(?:zahler|zaehler|stromzahler|gaszahler|meter)[ .\-]{0,2}(?:nummer|nr|no|number|id|kennung)\b")
_METER_VALUE = re.compile(
    r"[^0-9A-Za-z]{0,6}(?:(?:ist|lautet|is|die"
    r"|the)\b[^0-9A-Za-z]{1,4}){0,3}((?:[0-9A-Z]{0,4}[ \-]?)[0-9](?:[ .\-]?[0-9]){4,13})(?![0-9A-Za-z])",
    re.I,
)


_SHAPES = Vocabularies(
    r"de[ .\-]?[0-9]{3}", r"[0-9] ?[a-z]{3} ?[0-9]{2}", r"[1-9](?:[ .\-]?[0-9]){10}", _METER_WORD.pattern
)
_POINT, _METER_CODE, _ELEVEN_DIGITS, _CALLED = range(4)
"""Without the first there is neither `_MELO` nor `_MELO_GROUPED`, and so on."""


@dataclass(frozen=True, slots=True)
class UtilityDetector:
    """See the module."""

    name: str = "utility"
    triggers: tuple[Trigger, ...] = (
        Trigger("de[0-9]{11}[0-9a-z]{20}", digits=11, look=Look.PACKED),
        Trigger("[0-9][a-z]{3}[0-9]{10}", digits=11, look=Look.PACKED),
        Trigger(r"(?:^|[^0-9a-z+])[1-9](?:[ .\-]?[0-9]){10}(?:$|[^0-9a-z])", digits=11, look=Look.DIGITS),
        Trigger("(?:zahler|zaehler|meter)[ .\\-]*(?:nummer|nr|no|number|id|kennung)", digits=5),
    )

    def find(self, text: str) -> Iterator[Candidate]:
        """Metering points, market locations (check digit or keyword) and meter numbers."""
        shapes = _SHAPES.found(text)
        for pattern in (_MELO, _MELO_GROUPED) if _POINT in shapes and len(text) >= _MELO_LENGTH else ():
            for match in pattern.finditer(text):
                if _is_metering_point(text, *match.span()):
                    yield Candidate(Kind.METERING_POINT, *match.span(), ("prior", "token-format"), self.name)
        for match in _METER.finditer(text) if _METER_CODE in shapes else ():
            if _SHORT_WORD.search(match.group()):
                continue
            yield Candidate(Kind.METER, *match.span(), ("prior", "token-format"), self.name)
        for match in _ELEVEN.finditer(text) if _ELEVEN_DIGITS in shapes else ():
            valid = market_location(run_of(text, *match.span()).digits)
            named = bool(_MALO_WORD.search(text[max(0, match.start() - 60) : match.start()]))
            if not (valid or named):
                continue
            evidence = ["prior"] + ["checksum"] * valid + ["keyword"] * named
            label = LABEL.search(text[max(0, match.start() - 40) : match.start()])
            if label and not named:
                evidence.append("other-label")
            yield Candidate(Kind.MARKET_LOCATION, *match.span(), tuple(evidence), self.name)
        for word in _METER_WORD.finditer(text) if _CALLED in shapes else ():
            value = _METER_VALUE.match(text, word.end)
            if value and not LABEL.search(value[1]):
                yield Candidate(Kind.METER, *value.span(1), ("prior", "keyword"), self.name)


def _is_metering_point(text: str, start: int, end: int) -> bool:
    """Whether `start:end` is one: 33 places, of which the first 22 are no IBAN (an unbroken one may be called one)."""
    body = "".join(filter(str.isalnum, text[start:end]))
    if len(body) != _MELO_LENGTH:
        return False
    german = body[:_IBAN_LENGTH].upper()
    if german[2:].isdigit() and _BIC_AFTER.search(text, start, end):
        return False
    if not (german[2:].isdigit() and mod97(german)):
        return True
    return end - start == len(body) and _MELO_WORD.search(text[max(0, start - 40) : start]) is not None


def build(formats: NumberFormats) -> Detector:
    """The detector; it needs nothing of the profile."""
    return UtilityDetector()
