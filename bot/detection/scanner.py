"""The scanner: one linear pass tells the harmless messages, the detectors look at the others."""

import re
from collections.abc import Callable, Iterable, Iterator, Set
from itertools import islice

from bot.detection.characters import fold_characters, latin
from bot.detection.detector import Candidate, Detector
from bot.detection.finder import forget, keep
from bot.detection.formats import NumberFormats
from bot.detection.fragments import ANNOUNCING_TRIGGERS, PART_TRIGGER, looks_like_part, open_end
from bot.detection.kinds import EMPTY, SECRETS, Finding, Kind, Rejected, Request, Scan
from bot.detection.registry import build_all
from bot.detection.requests import TRIGGER as REQUEST_TRIGGER
from bot.detection.requests import asked
from bot.detection.resolve import resolve
from bot.detection.spoken import TRIGGER as SPOKEN_TRIGGER
from bot.detection.spoken import spoken_digits
from bot.detection.triggers import Trigger, Triggers
from bot.detection.view import View, attributes, fold, without_tags

# What folding would take away or decode, but for characters beyond ASCII.
_ODD = r"[\x00-\x08\x0e-\x1f\x7f]|%[0-9a-f][0-9a-f]|&[#a-z][0-9a-z]+;|<[a-z/!]"
_FOLDING = frozenset({"*odd", "*spoken"})
"""What says that folding would change the text."""
_NOTHING = Scan()
"""Looked at and left alone; not `EMPTY`, which says that there was no trigger."""
_OPEN = frozenset({"*open"})
_PART = frozenset({"*part"})
_WORTH_HISTORY = Scan(worth_history=True)
_LEAST_REPEATED = 4
_MOST_REPEATED = 20
_DIGIT = re.compile("[0-9]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def _valid(text: str) -> str:
    """`text` without lone surrogates, which no encoding of a message can hold; the length is unchanged."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def _line_feeds(text: str) -> str:
    """`text` with every line break as a line feed; the length is unchanged."""
    return text.replace("\r\n", " \n").replace("\r", "\n")


class Scanner:
    """Finds secrets in messages. Built once from the operator's formats; `scan` may be called from any thread.

    `detectors` replaces the registry's (for tests of one detector).
    """

    def __init__(self, formats: NumberFormats, detectors: Iterable[Detector] | None = None) -> None:
        self._own_code = re.compile(rf"\s*((?:[0-9][ \-]?){{{formats.own_code_length}}})\s*")
        self._detectors = tuple(detectors) if detectors is not None else build_all(formats)
        # First the one that can be certain, so that nobody else need look at the same digits.
        self._detectors = tuple(sorted(self._detectors, key=lambda one: one.name != "iban"))
        self._of_digits = frozenset(one.name for one in self._detectors if all(each.digits for each in one.triggers))
        self._secret = SECRETS | {Kind(name) for name in formats.secret_identifiers}
        triggers = [(one.name, each) for one in self._detectors for each in one.triggers]
        triggers += [("*open", each) for each in ANNOUNCING_TRIGGERS]
        triggers += [("*request", REQUEST_TRIGGER), ("*part", PART_TRIGGER)]
        triggers += [("*spoken", SPOKEN_TRIGGER), ("*odd", Trigger(_ODD))]
        self._triggers = Triggers(triggers)

    def scan(self, text: str, html: bool = False, explain: bool = False) -> Scan:
        """Everything found in one message. `text` is what was sent; `html` says that it is markup; `explain` asks for
        what was left alone, too (`Scan.rejected`), which nothing but a report needs."""
        return self.read(text, html, explain)[0]

    def read(self, text: str, html: bool = False, explain: bool = False) -> tuple[Scan, str]:
        """The scan of one message and its text: without markup, and folded where anything was looked at."""
        if not html:
            return self._read(text, text, False, explain)
        scan, seen = self._read(text, without_tags(text), True, explain)
        targets = attributes(text) if "=" in text else None
        return (scan if targets is None else _merged(scan, self.scan_view(targets, explain))), seen

    def _read(self, raw: str, seen: str, html: bool, explain: bool) -> tuple[Scan, str]:
        """As `read` of the message `raw`, which reads `seen` if nothing in it has to be taken away or decoded."""
        if "\r" in raw:
            raw, seen = _line_feeds(raw), _line_feeds(seen)
        data = latin(seen)
        owners: Set[str] = self._triggers.owners(data)
        if not owners:
            return EMPTY, seen
        if owners == _OPEN and seen.rstrip().endswith(("?", "!")):
            return _NOTHING, seen  # a question announces nothing
        if len(data) == len(seen) and owners.isdisjoint(_FOLDING):
            text = fold_characters(seen)
            return self._scan(text, owners, lambda it: fold(_valid(raw), True) if html else View(it), explain), text
        view = fold(_valid(raw), html)
        if "*odd" in owners:
            owners = self._owners_in(view.text)
        if "*spoken" in owners:
            view = spoken_digits(view)
            owners = self._owners_in(view.text)
        return (self._scan(view.text, owners, lambda _: view, explain) if owners else _NOTHING), view.text

    def view(self, text: str, html: bool = False) -> View:
        """The folded text of a message, spoken digits written as digits."""
        view = fold(_line_feeds(_valid(text)), html)
        return spoken_digits(view) if "*spoken" in self._owners_in(view.text) else view

    def scan_view(self, view: View, explain: bool = False) -> Scan:
        """Everything found in a folded message."""
        owners = self._owners_in(view.text)
        return self._scan(view.text, owners, lambda _: view, explain) if owners else EMPTY

    def _owners_in(self, text: str) -> Set[str]:
        """Whose triggers match folded `text`."""
        return self._triggers.owners(latin(text))

    def _scan(self, text: str, owners: Set[str], view_of: Callable[[str], View], explain: bool) -> Scan:
        """The scan of folded `text`; `view_of` gives its view, which is made only where there is something to map."""
        if owners == _OPEN:
            return _WORTH_HISTORY if open_end(text) else _NOTHING
        if owners == _PART and self._own_code.fullmatch(text) is None:
            return _WORTH_HISTORY if looks_like_part(text) else _NOTHING
        keep(text)
        try:
            found, rejected = self.candidates(text, owners, explain)
            asks = list(asked(text)) if "*request" in owners else []
            worth_history = self.worth_history(text, found, owners)
        finally:
            forget()
        if not (found or asks or (explain and rejected)):
            return _WORTH_HISTORY if worth_history else _NOTHING
        view = view_of(text)
        return Scan(
            tuple([_finding(view, c) for c in found if c.kind in self._secret]),
            tuple([Request(a.wants, *view.raw(a.start, a.end), a.evidence) for a in asks]),
            tuple([_finding(view, c) for c in found if c.kind not in self._secret]),
            worth_history,
            tuple([_rejected(view, c) for c in rejected]) if explain else (),
        )

    def candidates(
        self, text: str, owners: Set[str] | None = None, explain: bool = False
    ) -> tuple[list[Candidate], list[Candidate]]:
        """The candidates of folded `text` that stand, and those that do not for want of evidence (all of these only
        to explain)."""
        owners = self._owners_in(text) if owners is None else owners
        every: list[Candidate] = []
        for detector in self._detectors:
            if detector.name in owners:
                every += detector.find(text)
                if detector.name == "iban" and not explain and _no_digit_besides(text, every):
                    owners -= self._of_digits
        if "*part" in owners and (shape := code_shape(text, self._own_code)):
            every.append(shape)
        if not every:
            return [], []
        counting = [c for c in every if c.counts]
        if len(counting) <= _MOST_REPEATED:
            counting += [again for each in counting for again in _repeated(text, each)]
        return resolve(counting), [c for c in every if not c.counts]

    def worth_history(self, text: str, found: list[Candidate], owners: Set[str]) -> bool:
        """Whether folded `text` looks like a part of a secret whose rest may be in another message."""
        if "*part" not in owners and "*open" not in owners:
            return False
        if any(c.kind in self._secret and c.kind is not Kind.CREDENTIAL for c in found):
            return False
        return ("*part" in owners and looks_like_part(text)) or ("*open" in owners and open_end(text))


def code_shape(text: str, own_code: re.Pattern[str]) -> Candidate | None:
    """The whole of `text` where it is nothing but digits as many as the operator's one-time codes have."""
    match = own_code.fullmatch(text)
    if match is None:
        return None
    end = match.start(1) + len(match[1].rstrip(" -"))
    return Candidate(Kind.CODE_SHAPE, match.start(1), end, ("prior", "format", "alone"), "code_shape")


def _repeated(text: str, found: Candidate) -> Iterator[Candidate]:
    """The other places of folded `text` that say the same as `found`, which its words do not reach."""
    shown = text[found.start : found.end]
    if found.kind not in SECRETS or len(shown) < _LEAST_REPEATED or text.count(shown) == 1:
        return
    for match in islice(re.finditer(rf"(?<![0-9A-Za-z]){re.escape(shown)}(?![0-9A-Za-z])", text), _MOST_REPEATED):
        if match.start() != found.start:
            yield Candidate(found.kind, match.start(), match.end(), (*found.evidence, "repeated"), found.detector)


def _no_digit_besides(text: str, ibans: list[Candidate]) -> bool:
    """Whether there are IBANs whose check digits hold, and no digit of folded `text` is outside of them."""
    at = 0
    for iban in ibans:
        if iban.counts and "checksum" in iban.evidence:
            if _DIGIT.search(text, at, iban.start):
                return False
            at = iban.end
    return at > 0 and _DIGIT.search(text, at) is None


def _finding(view: View, candidate: Candidate) -> Finding:
    start, end = view.raw(candidate.start, candidate.end)
    return Finding(candidate.kind, start, end, candidate.confidence, candidate.detector, candidate.evidence)


def _rejected(view: View, c: Candidate) -> Rejected:
    return Rejected(c.kind, *view.raw(c.start, c.end), c.confidence, c.detector, c.evidence)


def _merged(scan: Scan, more: Scan) -> Scan:
    if more is EMPTY:
        return scan
    findings = sorted({*scan.findings, *more.findings}, key=lambda f: f.start)
    return Scan(tuple(findings), scan.requests, scan.identifiers, scan.worth_history, scan.rejected + more.rejected)
