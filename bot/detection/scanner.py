"""The scanner: one linear pass tells the harmless messages, the detectors look at the others."""

import re
from collections.abc import Iterable

import re2  # type: ignore[import-untyped]

from bot.detection.characters import fold_characters
from bot.detection.detector import Candidate, Detector
from bot.detection.formats import NumberFormats
from bot.detection.fragments import OPEN_TRIGGER, PART_TRIGGER, looks_like_part, open_end
from bot.detection.kinds import EMPTY, SECRETS, Finding, Kind, Rejected, Request, Scan
from bot.detection.registry import build_all
from bot.detection.requests import TRIGGERS as REQUEST_TRIGGERS
from bot.detection.requests import asked
from bot.detection.resolve import resolve
from bot.detection.spoken import TRIGGER as SPOKEN_TRIGGER
from bot.detection.spoken import spoken_digits
from bot.detection.view import View, attributes, fold, without_tags

# Anything that folding would change in a way the triggers do not allow for by themselves.
_ODD = (
    r"[^\t\n\r\x20-\x7e\x{a0}\x{a7}\x{ab}\x{b0}\x{b4}\x{b7}\x{bb}äöüÄÖÜß\x{2013}\x{2014}\x{2018}-\x{201f}\x{2022}\x{2026}"
    r"\x{20ac}\x{2190}-\x{21ff}\x{2600}-\x{2775}\x{2794}-\x{27bf}\x{1f300}-\x{1faff}]"
    r"|%[0-9a-f]{2}|&[#a-z][0-9a-z]{1,31};|<[a-z/!]"
)
_SET_MEMORY = 1 << 26


_SURROGATE = re.compile("[\ud800-\udfff]")


def _valid(text: str) -> bool:
    """Whether `text` is free of lone surrogates, which no encoding of a message can hold."""
    return _SURROGATE.search(text) is None


def _umlauts(pattern: str) -> str:
    """The re2 `pattern` over folded text, made to match the letters ä, ö and ü of unfolded text as well."""
    out, inside = [], False
    for part in re.findall(r"\\x\{[0-9a-f]+\}|\\.|\(\?[^:)]*[:)]|\{[0-9,]+\}|.", pattern, re.S):
        inside = part == "[" or (inside and part != "]")
        out.append({"a": "[aä]", "o": "[oö]", "u": "[uü]", "s": "[sß]"}.get(part, part) if not inside else part)
    return "".join(out)


class Scanner:
    """Finds secrets in messages. Built once from the operator's formats; `scan` may be called from any thread.

    `detectors` replaces the registry's (for tests of one detector).
    """

    def __init__(self, formats: NumberFormats, detectors: Iterable[Detector] | None = None) -> None:
        self._formats = formats
        self._detectors = tuple(detectors) if detectors is not None else build_all(formats)
        self._secret = SECRETS | {Kind(name) for name in formats.secret_identifiers}
        options = re2.Options()
        options.case_sensitive = False
        options.max_mem = _SET_MEMORY  # a Set that runs out of memory would answer "nothing"
        self._set = re2.Set.SearchSet(options)
        self._owners: list[str] = []
        for detector in self._detectors:
            for trigger in detector.triggers:
                self._trigger(detector.name, trigger)
        for trigger in REQUEST_TRIGGERS:
            self._trigger("*request", trigger)
        self._trigger("*spoken", SPOKEN_TRIGGER)
        self._trigger("*odd", _ODD, plain=True)
        self._trigger("*part", PART_TRIGGER)
        self._trigger("*open", OPEN_TRIGGER)
        self._set.Compile()

    def _trigger(self, owner: str, pattern: str, plain: bool = False) -> None:
        self._set.Add(pattern if plain else _umlauts(pattern))
        self._owners.append(owner)

    def _owners_in(self, text: str) -> set[str]:
        hits = self._set.Match(text)
        return {self._owners[i] for i in hits} if hits else set()

    def scan(self, text: str, html: bool = False) -> Scan:
        """Everything found in one message. `text` is what was sent; `html` says that it is markup."""
        if not text.isascii() and not _valid(text):
            text = _SURROGATE.sub("\ufffd", text)
        if html:
            scan = EMPTY
            owners = self._owners_in(without_tags(text))
            if owners:
                view = fold(text, True)
                owners = self._owners_in(view.text)
            if owners:
                scan = self.scan_view(spoken_digits(view)) if "*spoken" in owners else self._scan(view, owners)
            targets = attributes(text) if "=" in text else None
            return scan if targets is None else _merged(scan, self.scan_view(targets))
        hits = self._set.Match(text)
        if not hits:
            return EMPTY
        owners = {self._owners[i] for i in hits}
        if "*odd" in owners or "*spoken" in owners:
            return self.scan_view(self.view(text))
        return self._scan(View(fold_characters(text)), owners)

    def view(self, text: str, html: bool = False) -> View:
        """The folded text of a message, spoken digits written as digits."""
        view = fold(text if text.isascii() or _valid(text) else _SURROGATE.sub("\ufffd", text), html)
        return spoken_digits(view) if "*spoken" in self._owners_in(view.text) else view

    def scan_view(self, view: View) -> Scan:
        """Everything found in a folded message."""
        owners = self._owners_in(view.text)
        return self._scan(view, owners) if owners else EMPTY

    def _scan(self, view: View, owners: set[str]) -> Scan:
        found, rejected = self.candidates(view.text, owners)
        findings = tuple(_finding(view, c) for c in found if c.kind in self._secret)
        identifiers = tuple(_finding(view, c) for c in found if c.kind not in self._secret)
        requests: tuple[Request, ...] = ()
        if "*request" in owners:
            requests = tuple(Request(a.wants, *view.raw(a.start, a.end), a.evidence) for a in asked(view.text))
        return Scan(
            findings,
            requests,
            identifiers,
            worth_history=self.worth_history(view.text, found, owners),
            rejected=tuple(
                Rejected(c.kind, *view.raw(c.start, c.end), c.confidence, c.detector, c.evidence) for c in rejected
            ),
        )

    def candidates(self, text: str, owners: set[str] | None = None) -> tuple[list[Candidate], list[Candidate]]:
        """The candidates of folded `text` that stand, and those that do not for want of evidence."""
        owners = self._owners_in(text) if owners is None else owners
        every = [c for d in self._detectors if d.name in owners for c in d.find(text)]
        if "*part" in owners and (shape := code_shape(text, self._formats.own_code_length)):
            every.append(shape)
        found = resolve(c for c in every if c.counts)
        return found, [c for c in every if not c.counts]

    def worth_history(self, text: str, found: list[Candidate], owners: set[str]) -> bool:
        """Whether folded `text` looks like a part of a secret whose rest may be in another message."""
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
