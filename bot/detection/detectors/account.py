"""German account numbers: announced by a word, or beside an existing bank code (BLZ)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from bot.detection.detector import Candidate, Detector
from bot.detection.detectors.iban import GERMAN_BANK_CODES
from bot.detection.finder import Finder, Vocabularies, words
from bot.detection.formats import NumberFormats
from bot.detection.kinds import Kind
from bot.detection.numbers import Run, run_of
from bot.detection.phrases import (
    announced,
    claims_on,
    cut,
    follows_digit,
    listed,
    named_after,
    named_before,
    quantity,
    whole_line,
)
from bot.detection.triggers import Trigger
from bot.detection.words import ACCOUNT_WORD, BANK_CONTEXT, BLZ_WORD, DATE, label_before, misspelt

_WORD = Finder(ACCOUNT_WORD)
_CLAIMS = claims_on(ACCOUNT_WORD)
STEM = (
    rf"konto|depot|tagesgeld|festgeld|\bgiro\b|kto|\bkt|account|\bacc|\ba/c|\bacnt|bankverbindung|kont|knto|sparbuch|sparkassenbuch"
    rf"|k[ .\-*]o[ .\-*]n|k+o+n+t+o|k[. ]?t[. ]?o|{misspelt('konto')}|{misspelt('account')}"
)
_NAMED_AFTER = named_after(rf"(?:{ACCOUNT_WORD})")
# "60090900 / 8840012000", "8840012000 (BLZ 600 909 00)", "BLZ 600 909 00, 8840012000"
_BLZ = r"([0-9]{3}[ .\-]?[0-9]{3}[ .\-]?[0-9]{2})"
_NUMBER = r"([0-9](?:[ .\-]?[0-9]){3,9})"
_PAIRS = (
    ("word", words(
        rf"{BLZ_WORD}[^0-9A-Za-z]{{0,5}}(?:ist |lautet "
        rf"|is )?{_BLZ}[^0-9A-Za-z]{{1,4}}(?:und |and )?{_NUMBER}(?![0-9])"
    ), 1, 2),
    ("word", words(
        rf"(?<![0-9]){_NUMBER}[^0-9A-Za-z]{{1,4}}{BLZ_WORD}[^0-9A-Za-z]{{0,5}}(?:ist |lautet |is )?{_BLZ}"
    ), 2, 1),
    ("word", re.compile(
        rf"(?<![0-9]){_NUMBER}(?:,?[ ](?:bei|der|die|[A-Z][a-z]{{2,20}})){{1,4}},?[ ]"
        rf"(?:BLZ|Bankleitzahl)[ :]{{1,2}}{_BLZ}"
    ), 2, 1),
    ("sign", re.compile(rf"(?<![0-9]){_BLZ}[ ]?[/|][ ]?{_NUMBER}(?![0-9])"), 1, 2),
    ("sign", re.compile(rf"(?<![0-9]){_NUMBER}[ ]?[/|][ ]?{_BLZ}(?![0-9])"), 2, 1),
)  # fmt: skip
_SORT_CODE = re.compile(
    r"(?<![0-9])(?![0-3][0-9]-(?:0[1-9]|1[0-2])-)[0-9]{2}-[0-9]{2}-[0-9]{2}[ ]?[,;/|\n][ \n]?"
    r"(?P<number>[0-9]{8})(?![0-9])"
)
"""A British sort code and the account number behind it; a date is no sort code."""
_BANKING = Finder(BANK_CONTEXT)
_BETWEEN = words(r"\b(?:from|von|vom)[ ](?P<number>[0-9]{7,10})[ ](?:to|into|auf|aufs|an|nach)\b")
"""The account money is moved from: "transfer 50 from 12345678 to my savings account"."""
_BESIDE = Vocabularies(BLZ_WORD, r"(?:from|von|vom) [0-9]{7}")
_HAS_BLZ, _HAS_MOVED = range(2)
"""Without the first there is no bank code, without the second no `_BETWEEN`."""
_LONG = 6
_LEDGER_DIGITS = 5
_NUMBERED = re.compile(r"n[ro]|num", re.I)
_LEDGER = Finder(
    r"\b(?:um|ver|ein)?buchen\b|\b(?:ver|um|ge)bucht\b|gegenkonto|sachkonto|\bskr|saldenliste|buchungss(?:a|ae)tz"
    r"|kostenstelle|\bgl account|verbindlichkeit|forderungen|erlose|erloese|aufwand|bedarf|kontenrahmen|kontenplan"
    r"|bilanz|ledger"
    r"|\bpost it\b|\bposted\b|\bposting|konto [0-9]{4,5} an [0-9]{4}|\bdebitor|\bkreditor"
)
"""Bookkeeping: "Konto 1200" is then an account of the general ledger."""
_TAIL = re.compile(r"(?:[A-Z]|/[0-9]{1,7})(?![0-9A-Za-z])")
"""A check letter at the end of a number, as in Switzerland, or a sub-account."""
_WORD_AFTER = re.compile(r"[a-z]{3,}|BLZ|[,;.]", re.I)
_BOTH = words(rf"{BLZ_WORD}[ .]{{0,2}}(?:/|\||und|and|&|\+)[ ]?\Z")
"""Before the account word: the bank code is announced with the account, and will be given first."""
_BLZ_FIRST = re.compile(r"[0-9]{3}[ .\-]?[0-9]{3}[ .\-]?[0-9]{2}[ ]{0,2}[/|,;\n][ ]{0,2}(?=[0-9])")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}\Z")
_NO_BANK = (
    "benutzer", "kunden", "vertrags", "zeit", "nutzer", "zaehl", "zahl", "mail", "online", "user", "guthaben",
    "kredit", "punkte", "stunden", "arbeits", "spiel", "spiele", "spieler", "lern", "bonus", "treue", "paypal",
    "google", "microsoft", "apple", "amazon", "steam", "personen", "beitrags", "buchungs", "sach", "erlos", "erloes",
    "aufwands", "bestands", "domain", "hosting", "login", "zugangs", "kreditoren", "debitoren",
)  # fmt: skip
"""What makes a "...konto" no bank account."""


@dataclass(frozen=True, slots=True)
class AccountDetector:
    """See the module."""

    name: str = "account"
    triggers: tuple[Trigger, ...] = (
        Trigger(STEM, digits=2),
        Trigger(r"blz|bankleitzahl|bank ?code|sort ?code", digits=8),
        Trigger(r"[0-9] ?[/|] ?[0-9]", digits=12),
        Trigger(r"[0-9]-[0-9][0-9]-[0-9]", (_BANKING,), 14),
        Trigger(r"(?:from|von|vom) [0-9]", (_BANKING,), 7),
    )

    def find(self, text: str) -> Iterator[Candidate]:
        """Candidates after each account word, before one, and beside a bank code."""
        called = list(_WORD.finditer(text))
        beside = _BESIDE.found(text)
        by_word, by_sign = _HAS_BLZ in beside, "/" in text or "|" in text
        for said in announced(text, _CLAIMS, called):
            if text[max(0, said.keyword[0] - 12) : said.keyword[0]].rstrip("-").lower().endswith(_NO_BANK):
                continue
            digit = said.digit
            if (
                by_word
                and _BOTH.search(text, max(0, said.keyword[0] - 20), said.keyword[0])
                and (before := _BLZ_FIRST.match(text, digit))
            ):
                digit = before.end()
            run = cut(text, digit, 4, 10) or _short(text, digit)
            if "keyword" in said.evidence and (longer := cut(text, digit, 11, 18)) and _in_one(text, longer):
                run = longer  # elsewhere account numbers are longer
            if run is None:
                continue
            glued = run.start == said.keyword[1]
            if text[max(0, run.start - 1) : run.start].isalpha() and not glued:
                continue
            end = run.end
            if (
                (attached := _ATTACHED.match(text, end))
                and "keyword" in said.evidence
                and not DATE.match(text, run.start)
            ):
                end = attached.end()
            elif (tail := _TAIL.match(text, end)) and len(run.digits) >= _LEDGER_DIGITS:
                end = tail.end()
            elif text[end : end + 1].isalpha() and not (len(run.digits) >= _LONG and _WORD_AFTER.match(text, end)):
                continue
            evidence = ["prior", *said.evidence]
            if _claimed_before(text, *said.keyword):
                evidence.append("other-label")
            priced = not _CURRENCY.fullmatch(text, said.keyword[1], run.start) and quantity(text, run.start, run.end)
            if priced or "+" in text[max(0, run.start - 2) : run.start]:
                evidence.append("unit")
            if said.evidence == ("keyword-near",) and len(run.digits) < 7:
                evidence.append("plain-word")
            if _YEAR.match(run.digits) and _is_bare(text[said.keyword[1] : run.start]):
                evidence.append("unit")
            if (
                len(run.digits) <= _LEDGER_DIGITS
                and not _NUMBERED.search(text, *said.keyword)
                and _ledger(text, said.keyword[0], run.end)
            ):
                evidence.append("other-label")
            if len(run.digits) <= _LEDGER_DIGITS and text[said.keyword[0] : run.start].lower() in ("kt ", "kt. "):
                evidence.append("plain-word")  # "Kt 5000 Kisten"
            if run.odd:
                evidence.append("look-alike")
            yield Candidate(Kind.ACCOUNT, run.start, end, tuple(evidence), self.name)
            for more in listed(text, run):
                yield Candidate(Kind.ACCOUNT, more.start, more.end, ("prior", "keyword"), self.name)
        for span in named_before(text, _NAMED_AFTER) if follows_digit(text, called) else ():
            yield Candidate(Kind.ACCOUNT, *span, ("prior", "keyword"), self.name)
        yield from _by_place(text, _HAS_MOVED in beside)
        for needs, pattern, blz, number in _PAIRS:
            if not (by_sign if needs == "sign" else by_word):
                continue
            for match in pattern.finditer(text):
                if re.sub(r"[^0-9]", "", match[blz]) in GERMAN_BANK_CODES:
                    evidence = ["prior", "bank-code", "structure"]
                    if label_before(text, match.start(), 30)[0] == "HARMLESS":
                        evidence.append("other-label")
                    yield Candidate(Kind.ACCOUNT, *match.span(number), tuple(evidence), self.name)


def _by_place(text: str, moved: bool) -> Iterator[Candidate]:
    """Account numbers behind a British sort code, and those money may be `moved` from, where the message speaks of a
    bank."""
    found = [match.span("number") for match in _SORT_CODE.finditer(text)] if "-" in text else []
    if moved:
        found += [match.span("number") for match in _BETWEEN.finditer(text)]
    for span in found if found and _BANKING.found(text) else ():
        yield Candidate(Kind.ACCOUNT, *span, ("prior", "keyword-near", "structure"), "account")


def _in_one(text: str, run: Run) -> bool:
    """Whether the digits of `run` are one number: unbroken, or groups of at most six with one and the same gap, which
    a line break is only where nothing but the number stands on the line."""
    bounds = (*run.groups, len(run.digits))
    sizes = [b - a for a, b in pairwise(bounds)]
    gaps = {text[run.at(i - 1) + 1 : run.at(i)] for i in run.groups[1:]}
    if not gaps:
        return True
    several = len(gaps) > 1 and (any(len(gap) > 1 or gap in "\n," for gap in gaps))
    if several or max(sizes) > _LARGEST_GROUP or DATE.match(text, run.start):
        return False
    return not any("\n" in gap for gap in gaps) or whole_line(text, run.at(run.groups[-1]))


_LARGEST_GROUP = 10
_CURRENCY = re.compile(r"[ :.]{1,3}(?:EUR|CHF|USD)[ ]")
"""Between an account's name and its number: the currency it is held in."""
_ATTACHED = re.compile(r"(?:[.\-][0-9]{1,4}){1,3}(?![0-9A-Za-z]|,[0-9])")
"""More groups of a number that is longer than German ones, without a blank ("7351-3695.005")."""
_SHORT = words(rf"[0-9]{{3}}(?=[^0-9A-Za-z]{{1,4}}{BLZ_WORD}[^0-9A-Za-z]{{0,5}}{_BLZ})")


def _short(text: str, at: int) -> Run | None:
    """The account number of three digits at `at`, where its bank code follows."""
    match = _SHORT.match(text, at)
    return run_of(text, match.start(), match.end()) if match else None


def _ledger(text: str, start: int, end: int) -> bool:
    """Whether the sentence around "Konto 1200" speaks of bookkeeping."""
    before = re.split(r"[.!?\n]", text[max(0, start - 40) : end])[-1]
    after = re.split(r"[.!?\n]", text[end : end + 50])[0]
    return _LEDGER.found(before + after)


def _claimed_before(text: str, start: int, end: int) -> bool:
    """Whether "Konto" only belongs to another number's name: "die Handynummer fuer das Konto ist ..."."""
    if re.search(r"n[ro]|num", text[start:end], re.I):
        return False
    label, at = label_before(text, start, 32)
    if label != "HARMLESS":
        return False
    device = text[start:end].lower().rstrip(".") == "kt" and not text[at:start].strip()
    return device or _NUMBER_FOR.fullmatch(text, at, start) is not None  # "Geraet KT-1001"


_NUMBER_FOR = words(
    r"[a-z\-]{0,12}(?:n[ro]|num|\bid|code)[a-z]{0,5}\.?[ ](?:[^.,;:!?\n0-9]{0,24}[ ])?"
    r"|(?<=(?:handy|lefon|mobil|phone))[ ](?:f(?:u|ue)rs?|zum|for)[ ](?:[^.,;:!?\n0-9]{0,20}[ ])?"
)
"""Behind a harmless name and before "Konto": it is a number's name, and the account is only what it belongs to."""


def _is_bare(between: str) -> bool:
    return not re.search(r"[:=]|\b(?:ist|lautet|is)\b", between, re.I)


def build(formats: NumberFormats) -> Detector:
    """The detector; it needs nothing of the profile."""
    return AccountDetector()
