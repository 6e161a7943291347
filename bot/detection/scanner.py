"""The scanner: one linear pass tells the harmless messages, the detectors look at the others."""

import re
from collections.abc import Callable, Iterable

from bot.detection.characters import fold_characters
from bot.detection.detector import Candidate, Detector
from bot.detection.formats import NumberFormats
from bot.detection.fragments import OPEN_TRIGGERS, PART_TRIGGER, looks_like_part, open_end
from bot.detection.kinds import EMPTY, SECRETS, Finding, Kind, Rejected, Request, Scan
from bot.detection.registry import build_all
from bot.detection.requests import TRIGGERS as REQUEST_TRIGGERS
from bot.detection.requests import asked
from bot.detection.resolve import resolve
from bot.detection.spoken import TRIGGER as SPOKEN_TRIGGER
from bot.detection.spoken import spoken_digits
from bot.detection.triggers import Triggers, umlauts
from bot.detection.view import View, attributes, fold, without_tags

# Anything that folding would change in a way the triggers do not allow for by themselves.
_ODD = (
    r"[^\t\n\r\x20-\x7e\x{a0}\x{a7}\x{ab}\x{b0}\x{b4}\x{b7}\x{bb}äöüÄÖÜß\x{2013}\x{2014}\x{2018}-\x{201f}\x{2022}\x{2026}"
    r"\x{20ac}\x{2190}-\x{21ff}\x{2600}-\x{2775}\x{2794}-\x{27bf}\x{1f300}-\x{1faff}]"
    r"|%[0-9a-f]{2}|&[#a-z][0-9a-z]{1,31};|<[a-z/!]"
)
_FOLDING = frozenset({"*odd", "*spoken"})
"""What says that folding would change the text."""
_NOTHING = Scan()
"""Looked at and left alone; not `EMPTY`, which says that there was no trigger."""
_WORTH_HISTORY = Scan(worth_history=True)
_SURROGATE = re.compile("[\ud800-\udfff]")


def _valid(text: str) -> bool:
    """Whether `text` is free of lone surrogates, which no encoding of a message can hold."""
    return _SURROGATE.search(text) is None


class Scanner:
    """Finds secrets in messages. Built once from the operator's formats; `scan` may be called from any thread.

    `detectors` replaces the registry's (for tests of one detector).
    """

    def __init__(self, formats: NumberFormats, detectors: Iterable[Detector] | None = None) -> None:
        self._formats = formats
        self._detectors = tuple(detectors) if detectors is not None else build_all(formats)
        self._secret = SECRETS | {Kind(name) for name in formats.secret_identifiers}
        others = [("*request", umlauts(trigger)) for trigger in REQUEST_TRIGGERS]
        others += [("*open", umlauts(trigger)) for trigger in OPEN_TRIGGERS]
        others += [("*spoken", umlauts(SPOKEN_TRIGGER)), ("*part", umlauts(PART_TRIGGER)), ("*odd", _ODD)]
        self._owners_in = Triggers(
            [(one.name, each) for one in self._detectors for each in one.triggers], others
        ).owners

    def scan(self, text: str, html: bool = False, explain: bool = False) -> Scan:
        """Everything found in one message. `text` is what was sent; `html` says that it is markup; `explain` asks for
        what was left alone, too (`Scan.rejected`), which nothing but a report needs."""
        if not text.isascii() and not _valid(text):
            text = _SURROGATE.sub("\ufffd", text)
        if html:
            scan = self._scan_html(text, explain)
            targets = attributes(text) if "=" in text else None
            return scan if targets is None else _merged(scan, self.scan_view(targets, explain))
        owners = self._owners_in(text)
        if not owners:
            return EMPTY
        if not owners.isdisjoint(_FOLDING):
            return self._scan_folded(fold(text), explain)
        return self._scan(fold_characters(text), owners, View, explain)

    def _scan_html(self, text: str, explain: bool) -> Scan:
        seen = without_tags(text)
        owners = self._owners_in(seen)
        if not owners:
            return EMPTY
        if not owners.isdisjoint(_FOLDING):
            return self._scan_folded(fold(text, True), explain)
        return self._scan(fold_characters(seen), owners, lambda _: fold(text, True), explain)

    def _scan_folded(self, view: View, explain: bool) -> Scan:
        owners = self._owners_in(view.text)
        if "*spoken" in owners:
            return self.scan_view(spoken_digits(view), explain)
        return self._scan(view.text, owners, lambda _: view, explain) if owners else EMPTY

    def view(self, text: str, html: bool = False) -> View:
        """The folded text of a message, spoken digits written as digits."""
        view = fold(text if text.isascii() or _valid(text) else _SURROGATE.sub("\ufffd", text), html)
        return spoken_digits(view) if "*spoken" in self._owners_in(view.text) else view

    def scan_view(self, view: View, explain: bool = False) -> Scan:
        """Everything found in a folded message."""
        owners = self._owners_in(view.text)
        return self._scan(view.text, owners, lambda _: view, explain) if owners else EMPTY

    def _scan(self, text: str, owners: set[str], view_of: Callable[[str], View], explain: bool) -> Scan:
        """The scan of folded `text`; `view_of` gives its view, which is made only where there is something to map."""
        found, rejected = self.candidates(text, owners)
        asks = list(asked(text)) if "*request" in owners else []
        worth_history = self.worth_history(text, found, owners)
        if not (found or asks or (explain and rejected)):
            return _WORTH_HISTORY if worth_history else _NOTHING
        view = view_of(text)
        return Scan(
            tuple(_finding(view, c) for c in found if c.kind in self._secret),
            tuple(Request(a.wants, *view.raw(a.start, a.end), a.evidence) for a in asks),
            tuple(_finding(view, c) for c in found if c.kind not in self._secret),
            worth_history=worth_history,
            rejected=tuple(
                Rejected(c.kind, *view.raw(c.start, c.end), c.confidence, c.detector, c.evidence) for c in rejected
            )
            if explain
            else (),
        )

    def candidates(self, text: str, owners: set[str] | None = None) -> tuple[list[Candidate], list[Candidate]]:
        """The candidates of folded `text` that stand, and those that do not for want of evidence."""
        owners = self._owners_in(text) if owners is None else owners
        every = [c for d in self._detectors if d.name in owners for c in d.find(text)]
        if "*part" in owners and (shape := code_shape(text, self._formats.own_code_length)):
            every.append(shape)
        if not every:
            return [], []
        return resolve(c for c in every if c.counts), [c for c in every if not c.counts]

    def worth_history(self, text: str, found: list[Candidate], owners: set[str]) -> bool:
        """Whether folded `text` looks like a part of a secret whose rest may be in another message."""
        if "*part" not in owners and "*open" not in owners:
            return False
        if any(c.kind in self._secret and c.kind is not Kind.CREDENTIAL for c in found):
            return False
        return ("*part" in owners and looks_like_part(text)) or ("*open" in owners and open_end(text))


def code_shape(text: str, length: int) -> Candidate | None:
    """The whole of `text` where it is nothing but `length` digits."""
    match = re.fullmatch(rf"\s*((?:[0-9][ \-]?){{{length}}})\s*", text)
    if match is None:
        return None
    end = match.start(1) + len(match[1].rstrip(" -"))
    return Candidate(Kind.CODE_SHAPE, match.start(1), end, ("prior", "format", "alone"), "code_shape")


def _finding(view: View, candidate: Candidate) -> Finding:
    start, end = view.raw(candidate.start, candidate.end)
    return Finding(candidate.kind, start, end, candidate.confidence, candidate.detector, candidate.evidence)


def _merged(scan: Scan, more: Scan) -> Scan:
    if more is EMPTY:
        return scan
    findings = sorted({*scan.findings, *more.findings}, key=lambda f: f.start)
    return Scan(tuple(findings), scan.requests, scan.identifiers, scan.worth_history, scan.rejected + more.rejected)
