"""Customer and contract numbers: announced by a word, or in a format of the operator profile."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.detection.detector import Candidate, Detector
from bot.detection.finder import Finder, Vocabularies, Word, words
from bot.detection.formats import NumberFormats
from bot.detection.kinds import Kind
from bot.detection.numbers import Run
from bot.detection.phrases import (
    announced,
    claims_on,
    cut,
    filler,
    follows_digit,
    listed,
    named_after,
    named_before,
    quantity,
)
from bot.detection.triggers import Trigger
from bot.detection.words import CUSTOMER_WORD, DATE, label_before, misspelt

_PREFIX = re.compile(r"(?<![0-9A-Za-z])[A-Za-z]{1,6}[ \t\n\-/_.]{0,2}\Z")
_NO_PREFIX = re.compile(
    r"(?:ist|is|nr|no|die|der|das|my|auf|an|bei|von|des|id|mit|und|hier|neu|now|war|so|ja|also|mir|dann|the|number|"
    r"nummer|for|of|code|was|are|be|sind|mal)[ \-/_.]{0,2}\Z",
    re.I,
)

_BARE = words(
    r"\b(?:[a-z]{0,20}vertrag(?:e?s)?|ges(?:ch)?\.?[ ]?partner|kunde|kundin|contract|client|customer|geschaftspartner"
    r"|geschaeftspartner|mitglied"
    r"|member|debitor|kd|policy|[a-z]{0,20}police)(?:[ ](?:is|ist|hat))?[\s:#\-(\"]{1,3}"
    r"((?:[A-Z]{1,6}[\-/]?|(?-i:[A-Z]{1,4}) )[0-9](?:[ .\-/|+_]?[0-9]){4,11}(?:-[A-Z]{1,2}(?![A-Za-z])|[A-Z]{0,2})"
    r"|[A-Z]{1,3}[0-9]{3,10}[A-Z]{1,2}"
    r"|[0-9](?:[ .\-/|+_]?[0-9]){5,11}|(?=[a-z]{0,4}[0-9])(?=(?:[a-z]{0,4}[0-9]){3})(?-i:[a-z0-9]{6,12})"
    r"|(?!(?:19|20)[0-9]{2}(?![0-9]))[0-9]{4,5}(?=[ ]*(?:[.,;)\n]|\Z|hier\b|here\b|aus[ ]|from[ ])))"
    r"(?![0-9A-Za-z]|[.,][0-9])"
    r"|\bvk[\s.:\"]{1,3}([0-9](?:[ ]?[0-9]){6,13}"
    r"|(?-i:[A-Z]{1,3}-?)[0-9](?:[\-/]?[0-9]){3,11})(?![0-9A-Za-z]|[.,][0-9])"
    r"|(?-i:\b(?:Police|Polizze) ([0-9]{4,5})(?=[ ]*(?:[.,;)\n]|\Z)))"
)
"""The word without "number", followed at once by a long number: "Vertrag 2000123456"."""
_BARE_WORD = Finder(
    r"(?:vertrag(?:e?s)?|kunde|kundin|contract|client|customer|partner|mitglied|member|debitor|kd|policy|police|vk)"
    r"(?: (?:is|ist|hat))?[\s:#\-(\"]{1,3}(?:[a-z]{1,6}[ \-/]?)?[0-9]"
)
"""Without one of these there is no `_BARE`."""
_SEVERAL = words(
    r"\b(?:[a-z]{0,20}vertr(?:a|ae)ge|contracts|policen|policies|mitgliedschaften|memberships)\b[^.!?\n0-9]{0,20}[ :(]"
    r"(?P<first>(?-i:[A-Z]{1,4})[\-/]?[0-9]{3,10}|[0-9]{6,12})(?![0-9A-Za-z])"
    r"(?:[^.!?\n0-9]{1,20}[ ](?P<second>(?-i:[A-Z]{1,4})[\-/]?[0-9]{3,10}|[0-9]{6,12})(?![0-9A-Za-z]))?"
)
"""Codes behind the word for several contracts: "zwei Vertraege, V-1180 und V-1181"."""
_CONTRACTS = Finder(r"vertr(?:a|ae)ge|contracts|policen|policies|mitgliedschaften|memberships")
"""Without one of these there is no `_SEVERAL`."""

STEM = (
    r"kund|kudn|knd|kd|\bku?[.\- ]+n[oru]|\bku?nr|\bv[a-z]?[a-z]?[a-z]?[a-z]?[ .\-/]*n[oru]|vk|\bvt|cust|cstm|costum"
    r"|contr|k[ .\-*]u[ .\-*]n"
    r"|v[ .\-*]e[ .\-*]r|k+u+n+d|c+u+s+t|ve+r+t+r"
    rf"|{'|'.join(map(misspelt, ('kunden', 'vertrag', 'customer', 'contract')))}|versi|bei ihnen|with you|vertrag"
    r"|hren (?:mich|uns) unter"
    r"|\bvers[ .\-]*n|partner|gp|kvnr|mitgl|versicher|insur|krankenkass|abo|teilnehmer"
    r"|poli(?:c|z(?:$|[^e]|e(?:$|[^i])))|debitor|verbrauchsst"
    r"|buchungskonto|abnehmer|mandat|mandant|beitrags|patient|mieter|mietvert|darlehen|kredit|bauspar|leasing"
    r"|lieferant|h(?:a|ae)ndler|payback|abnahmestelle|(?:bonus|club|vorteils|treue)-?kart|b(?:u|ue)rger|nutzer"
    r"|klient|stamm|personenkonto|auftraggeber|zugangs|beitragszahler|gesellschafter|leistungsempf|hausverwalt"
    r"|p(?:a|ae)chter|spender|tenant|loan|agreement|loyalty|holder|supplier|consumer|taxpayer|beneficiary|donor"
    r"|customer|client|contract|policy|member|subscriber|kassenzeichen"
)
"""Every word of a customer or contract number has one of these in it."""


@dataclass(frozen=True, slots=True)
class CustomerDetector:
    """See the module. `word` and `named_after` are the keywords before and after, `claims` what takes a number from
    them, `own` the prefixed formats."""

    word: Finder
    claims: Vocabularies
    named_after: re.Pattern[str]
    own: re.Pattern[str] | None
    triggers: tuple[Trigger, ...]
    name: str = "customer"

    def find(self, text: str) -> Iterator[Candidate]:
        """Candidates after and before each keyword, and every number in a format with a prefix."""
        called = list(self.word.finditer(text))
        for said in announced(text, self.claims, called):
            run = cut(text, said.digit, _LEAST, 18)
            code = _code_at(text, said.keyword[1], said.digit)
            for spread in _spread(text, said.keyword[1], said.digit):
                yield Candidate(Kind.CUSTOMER_NUMBER, *spread, ("prior", "keyword"), self.name)
            whole = code is not None and (run is None or run.end <= code[1])
            if code and whole and ("keyword" in said.evidence or filler(text[said.keyword[1] : code[0]])):
                yield Candidate(Kind.CUSTOMER_NUMBER, *code, ("prior", "keyword"), self.name)
                for more in listed(text, run) if run else ():
                    yield Candidate(Kind.CUSTOMER_NUMBER, more.start, more.end, ("prior", "keyword"), self.name)
                continue
            if run is None:
                continue
            start = run.start
            prefix = _PREFIX.search(text, max(said.keyword[1], start - 9), start)
            quoted = prefix is not None and text[prefix.start() - 1] in "\"'`"
            if prefix and (quoted or _is_prefix(prefix.group())):
                start = prefix.start()
            told = start < run.start and filler(text[said.keyword[1] : start])
            evidence = ["prior", *(("keyword",) if told else said.evidence)]
            if quantity(text, run.start, run.end):
                evidence.append("unit")
            if "keyword" not in evidence and len(run.digits) < 5:
                evidence.append("plain-word")
            if "keyword" not in evidence and text[max(0, run.start - 1) : run.start] == "+":
                evidence.append("other-label")
            if len(run.digits) <= 5 and text[slice(*said.keyword)].lower().endswith(("unter", "under")):
                evidence.append("plain-word")
            if len(run.digits) == _LEAST and not ("keyword" in evidence and _NUMBERED.search(text, *said.keyword)):
                continue
            if len(run.digits) <= 4 and _counts(text, said.keyword, run.start):
                evidence.append("plain-word")
            tail = _CODE_TAIL.match(text, run.end)
            yield Candidate(Kind.CUSTOMER_NUMBER, start, tail.end() if tail else run.end, tuple(evidence), self.name)
            plural = text[said.keyword[0] : said.keyword[1]].lower().endswith(("nummern", "numbers", "nrn"))
            for more in listed(text, run, plural):
                yield Candidate(Kind.CUSTOMER_NUMBER, more.start, more.end, ("prior", "keyword"), self.name)
            yield from self._second(text, called, said.keyword, run)
        for match in _BARE.finditer(text) if _BARE_WORD.found(text) else ():
            digit = _DIGIT.search(text, match.start(match.lastindex or 0))
            dated = digit is not None and DATE.match(text, digit.start())
            plate = text[max(0, match.start() - 1) : match.start()] == "-"  # "Kennzeichen OL-KD 7923"
            if not dated and not plate and not quantity(text, *match.span(match.lastindex or 0)):
                span = match.span(match.lastindex or 0)
                yield Candidate(Kind.CUSTOMER_NUMBER, *span, ("prior", "keyword-near"), self.name)
        for match in _SEVERAL.finditer(text) if _CONTRACTS.found(text) else ():
            for name in ("first", "second") if match["second"] else ("first",):
                yield Candidate(Kind.CUSTOMER_NUMBER, *match.span(name), ("prior", "keyword"), self.name)
        for span in named_before(text, self.named_after) if follows_digit(text, called) else ():
            yield Candidate(Kind.CUSTOMER_NUMBER, *span, ("prior", "keyword"), self.name)
        for match in self.own.finditer(text) if self.own else ():
            evidence = ["prior", "format"]
            if label_before(text, match.start(), 24)[0] == "HARMLESS":
                evidence.append("other-label")
            yield Candidate(Kind.CUSTOMER_NUMBER, *match.span(), tuple(evidence), self.name)

    def _second(self, text: str, called: list[Word], keyword: tuple[int, int], run: Run) -> Iterator[Candidate]:
        """The number of the second column, where two keywords are the headings above two numbers."""
        above = [word for word in called if word.end < keyword[0]][-1:]
        if not above or not all(
            _COLUMNS.fullmatch(text, *gap) for gap in ((above[0].end, keyword[0]), (keyword[1], run.start))
        ):
            return
        gap = _COLUMNS.match(text, run.end)
        more = cut(text, gap.end(), 4, 16) if gap is not None else None
        if gap is not None and more is not None and more.start == gap.end():
            yield Candidate(Kind.CUSTOMER_NUMBER, more.start, more.end, ("prior", "keyword"), self.name)


_DIGIT = re.compile("[0-9]")
_LEAST = 3
_NUMBERED = re.compile(r"n[ro]|num|\bid|#", re.I)
"""A keyword that says "number": so few digits are one only behind it."""
_COLUMNS = re.compile(r"[ \t|*]*[\n|][\s|:*\-]*")
_ORDINAL = words(r"(?:kund(?:e|in)|customer|client)[ .]{0,2}(?:nr|no|number|nummer|\#)\.?")
_ABBREVIATION = words(r"k[ .\-]?nr\.?|v[ .\-]?nr\.?|vn")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}\Z")


def _counts(text: str, keyword: tuple[int, int], start: int) -> bool:
    """Whether four digits rather count or date something: "Kunde Nr. 1000", "K-NR 2024" on a number plate."""
    between = text[keyword[1] : start]
    if between.strip(" .\t"):
        return False
    if _ORDINAL.fullmatch(text, *keyword):
        return True
    return bool(_ABBREVIATION.fullmatch(text, *keyword) and _YEAR.match(text[start : start + 4]))


_CODE_TAIL = re.compile(
    r"(?:[ ][A-Z](?:[ ][0-9]{3}(?![0-9])|(?=[,;.]?(?:\s|\Z)))"
    r"|[\-/.]?[A-Z]{1,4}[0-9]{0,8}(?:[\-/.][0-9A-Z]{1,8}){0,3})(?![A-Za-z])"
)
_CODE = re.compile(r"[A-Za-z0-9]{1,16}(?:[\-/._][A-Za-z0-9]{1,16}){0,5}(?![A-Za-z0-9])")
_LETTERS = re.compile("[A-Za-z]+")
_CODE_DIGITS = 3
_SMALL = 3
"""So many small letters may stand in a code ("sw-4711"); more are a word ("4-stellig")."""


def _code_at(text: str, after: int, digit: int) -> tuple[int, int] | None:
    """Where a number of letters and digits ("AB12CD34", "4A-77-B9", "AUTO-2719-V") stands around `digit`, behind
    `after`."""
    start = digit
    while start > max(after, digit - 24) and (
        text[start - 1].isalnum() or (text[start - 1] in "-/_." and text[start - 2].isalnum() and start - 2 >= after)
    ):
        start -= 1
    code = _CODE.match(text, start)
    if code is None or code.end() <= digit or sum(map(str.isdigit, code.group())) < _CODE_DIGITS:
        return None
    parts = _LETTERS.findall(code.group())
    if not parts or not all(part.isupper() or (part.islower() and len(part) <= _SMALL) for part in parts):
        return None
    return None if quantity(text, *code.span()) or _UNIT.fullmatch(code.group()) else code.span()


def _spread(text: str, after: int, digit: int) -> Iterator[tuple[int, int]]:
    """Where a number of letters and digits stands in groups with one and the same gap ("K 5 5 0 1 8", "613D 8956 134"),
    around `digit` and behind `after`."""
    lead = _LEAD.search(text, after, digit)
    start = lead.start() if lead and not filler(lead.group()) else digit
    groups = _SPREAD.match(text, start)
    if groups is None or not filler(text[after:start]) or groups.group().replace(groups["gap"], "").isdigit():
        return
    shown = groups.group()
    if sum(map(str.isalnum, shown)) >= _SPREAD_LEAST and sum(map(str.isdigit, shown)) >= _CODE_DIGITS:
        yield groups.span()


_SPREAD_LEAST = 4
_LEAD = re.compile(r"(?<![0-9A-Za-z])(?:[A-Z]{1,4}[ \t\n\-/.]{1,2}){0,4}[A-Z]{0,4}\Z")
_SPREAD = re.compile(
    r"(?:[A-Z]{1,4}|[A-Z]{0,4}[0-9][A-Z0-9]{0,5})(?P<gap>[ \t\n]{1,2}|[ ]?[\-/.][ ]?)"
    r"(?:(?:[A-Z]{1,2}|[A-Z]{0,4}[0-9][A-Z0-9]{0,5})(?P=gap)){0,20}(?:[A-Z]{0,4}[0-9][A-Z0-9]{0,5}"
    r"|[A-Z]{1,2})(?![A-Za-z0-9])"
)
_UNIT = re.compile(r"[0-9.]+(?:-?(?:er|te[nrs]?|st|nd|rd|th|h|x|kg|km|cm|mm|kw|kwh|eur|euro|gb|mb))", re.I)


def _is_prefix(before: str) -> bool:
    """Whether the letters before a number are its own ("KD-", "sw"), and no word ("lautet ")."""
    letters = before.rstrip(" \t\n-/_.")
    apart = before != letters and before[len(letters)].isspace()
    return (letters.isupper() or not apart) and not _NO_PREFIX.match(before)


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
    prefixes = [rf"{re.escape(one.prefix)}[ \-/_.]*[0-9]" for one in formats.customer_numbers if len(one.prefix) >= 2]
    return CustomerDetector(
        word=Finder(word),
        claims=claims_on(word),
        named_after=named_after(word),
        own=words(own_pattern) if own_pattern else None,
        triggers=tuple(Trigger(pattern, digits=2) for pattern in (STEM, *extra, *prefixes)),
    )
