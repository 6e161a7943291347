"""The contract of a detector: one file in bot/detection/detectors/ that exports `build(formats) -> Detector`."""

from collections.abc import Iterator
from typing import Protocol

from bot.detection.evidence import THRESHOLD, confidence
from bot.detection.kinds import Kind
from bot.detection.triggers import Trigger


class Candidate:
    """Something at `start:end` of the folded text that may be what the detector looks for."""

    __slots__ = ("confidence", "detector", "end", "evidence", "kind", "start")

    def __init__(self, kind: Kind, start: int, end: int, evidence: tuple[str, ...], detector: str) -> None:
        self.kind = kind
        self.start = start
        self.end = end
        self.evidence = evidence
        self.detector = detector
        self.confidence = confidence(evidence)
        """See bot/detection/evidence.py."""

    @property
    def counts(self) -> bool:
        """Whether the evidence suffices to act."""
        return self.confidence >= THRESHOLD


class Detector(Protocol):
    """Looks for one kind of thing in folded text (bot/detection/view.py)."""

    @property
    def name(self) -> str:
        """Stable and unique; it is kept in the audit trail with a finding."""

    @property
    def triggers(self) -> tuple[Trigger, ...]:
        """`find` is called only where at least one of them matches. They must be cheap (see bot/detection/triggers.py)
        and miss nothing `find` would report."""

    def find(self, text: str) -> Iterator[Candidate]:
        """Every candidate in folded `text`, those that lack evidence included. Linear in the length of `text`."""
