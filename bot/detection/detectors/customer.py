"""Customer and contract numbers: announced by a word, or in a format of the operator profile."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.detection.detector import Candidate, Detector
from bot.detection.formats import NumberFormats
from bot.detection.kinds import Kind
from bot.detection.phrases import announced, cut, follows_digit, named_after, quantity
from bot.detection.words import CUSTOMER_WORD, Finder, label_before, words

_PREFIX = re.compile(r"(?<![0-9A-Za-z])[A-Za-z]{1,6}[ \-/_.]{0,2}\Z")
_NO_PREFIX = re.compile(
    r"(?:ist|is|nr|no|die|der|das|my|auf|an|bei|von|des|id|mit|und|hier|neu|now|war|so|ja|also|mir|dann|the|number|"
    r"nummer|for|of|code|was|are|be|sind|mal)[ \-/_.]{0,2}\Z",
    re.I,
)

_BARE = words(
    r"\b(?:vertrag|kunde|kundin|contract|client|customer|geschaftspartner|geschaeftspartner|mitglied"
    r"|member)[ :#\-]{1,3}"
    r"((?:[A-Z]{1,3}-?)?[0-9](?:[ .\-/]?[0-9]){5,11})(?![0-9A-Za-z.,])"
)
"""The word without "number", followed at once by a long number: "Vertrag 2000123456"."""


@dataclass(frozen=True, slots=True)
class CustomerDetector:
    """See the module. `word` and `named_after` are the keywords before and after, `own` the prefixed formats."""

    word: Finder
    named_after: re.Pattern[str]
    own: re.Pattern[str] | None
    triggers: tuple[str, ...]
    name: str = "customer"

    def find(self, text: str) -> Iterator[Candidate]:
        """Candidates after and before each keyword, and every number in a format with a prefix."""
        called = list(self.word.finditer(text))
        for said in announced(text, self.word, called):
            run = cut(text, said.digit, 4, 16)
            if run is None:
                continue
            start = run.start
            prefix = _PREFIX.search(text, max(said.keyword[1], start - 9), start)
            if prefix and not _NO_PREFIX.match(prefix.group()):
                start = prefix.start()
            evidence = ["prior", *said.evidence]
            if quantity(text, run.start, run.end):
                evidence.append("unit")
            if said.evidence == ("keyword-near",) and len(run.digits) < 5:
                evidence.append("plain-word")
            if said.evidence == ("keyword-near",) and text[max(0, run.start - 1) : run.start] == "+":
                evidence.append("other-label")
            yield Candidate(Kind.CUSTOMER_NUMBER, start, run.end, tuple(evidence), self.name)
        for match in _BARE.finditer(text):
            if not quantity(text, *match.span(1)):
                yield Candidate(Kind.CUSTOMER_NUMBER, *match.span(1), ("prior", "keyword-near"), self.name)
        for match in self.named_after.finditer(text) if follows_digit(text, called) else ():
            if label_before(text, match.start(1), 30)[0] != "HARMLESS":
                yield Candidate(Kind.CUSTOMER_NUMBER, *match.span(1), ("prior", "keyword"), self.name)
        for match in self.own.finditer(text) if self.own else ():
            evidence = ["prior", "format"]
            if label_before(text, match.start(), 24)[0] == "HARMLESS":
                evidence.append("other-label")
            yield Candidate(Kind.CUSTOMER_NUMBER, *match.span(), tuple(evidence), self.name)


def _keyword(word: str) -> str:
    """A profile's keyword as a pattern over folded text: any separators, umlauts either way."""
    folded = word.lower().replace("ä", "ae?").replace("ö", "oe?").replace("ü", "ue?").replace("ß", "ss?")
    return r"\b" + r"[ .\-_]{0,2}".join(re.split(r"[ .\-_]+", folded.strip(". "))) + r"\b"


def build(formats: NumberFormats) -> Detector:
    """The detector with the keywords and prefixes of `formats`."""
    extra = [_keyword(word) for one in formats.customer_numbers for word in (one.name, *one.keywords)]
    word = "|".join([CUSTOMER_WORD, *extra])
    own = [
        rf"{re.escape(one.prefix)}[ \-/_.]{{0,3}}[0-9](?:[ .\-]?[0-9]){{{one.digits[0] - 1},{one.digits[1] - 1}}}"
        for one in formats.customer_numbers
        if len(one.prefix) >= 2
    ]
    own_pattern = rf"(?<![0-9A-Za-z])(?:{'|'.join(own)})(?![0-9A-Za-z])" if own else None
    stem = r"kund|kd|vk|bei ihnen|with you|vertrag"
    stem += r"|partner|gp|mitglied|versicher|abo|teilnehmer|police|debitor|verbrauchsst|buchungskonto"
    stem += r"|abnehmer|mandat|customer|client|contract|policy|member|subscriber|kassenzeichen"
    triggers = [rf"(?:{stem})[^0-9]{{0,100}}[0-9]", rf"[0-9]{{3}}[^0-9]{{0,40}}(?:{stem})"]
    triggers += [one for one in extra]
    triggers += [
        rf"{re.escape(one.prefix)}[ \-/_.]{{0,3}}[0-9]" for one in formats.customer_numbers if len(one.prefix) >= 2
    ]
    return CustomerDetector(
        word=Finder(word),
        named_after=named_after(word),
        own=words(own_pattern) if own_pattern else None,
        triggers=tuple(triggers),
    )
