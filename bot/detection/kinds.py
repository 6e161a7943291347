"""What the chat guard talks about: kinds, findings, requests, and the result of one scan. Nothing here shows text."""

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What was found. The first five are secrets by themselves; the others are recognised so that they are not
    mistaken for one, and are secrets only where the operator profile says so."""

    IBAN = "IBAN"
    CARD = "CARD"
    ACCOUNT = "ACCOUNT"
    CREDENTIAL = "CREDENTIAL"
    CUSTOMER_NUMBER = "CUSTOMER_NUMBER"
    MARKET_LOCATION = "MARKET_LOCATION"
    """MaLo-ID: 11 digits, the last one a check digit (BDEW, Marktlokations-Identifikationsnummer)."""
    METERING_POINT = "METERING_POINT"
    """MeLo-ID or Zählpunktbezeichnung: DE and 31 characters (VDE-AR-N 4400)."""
    METER = "METER"
    """Meter number: 14 characters of DIN 43863-5, or a number called one."""
    CODE_SHAPE = "CODE_SHAPE"
    """A message that is nothing but a number as long as our own one-time code: the product can compare it with
    the code it sent; by itself it may as well be a meter reading."""


SECRETS = frozenset({Kind.IBAN, Kind.CARD, Kind.ACCOUNT, Kind.CREDENTIAL, Kind.CUSTOMER_NUMBER})
"""The kinds `python app.py scan` reports."""


class Finding(NamedTuple):
    """One thing found at `start:end` of the raw message (code points, markup included). Holds no text."""

    kind: Kind
    start: int
    end: int
    confidence: float
    """Between 0 and 1, from the evidence (bot/detection/evidence.py)."""
    detector: str
    evidence: tuple[str, ...] = ()


class Request(NamedTuple):
    """Somebody asks for a secret at `start:end` of the raw message (landscape N9, requirement R34)."""

    wants: Kind
    start: int
    end: int
    evidence: tuple[str, ...] = ()


class Rejected(NamedTuple):
    """A candidate that was looked at and left alone, and why (for `scan --explain`)."""

    kind: Kind
    start: int
    end: int
    confidence: float
    detector: str
    evidence: tuple[str, ...]


class Scan(NamedTuple):
    """The result of scanning one message, ordered by position."""

    findings: tuple[Finding, ...] = ()
    requests: tuple[Request, ...] = ()
    identifiers: tuple[Finding, ...] = ()
    """Utility identifiers and code shapes that are no secret under this profile."""
    worth_history: bool = False
    """The message looks like a part of a secret: reading its author's earlier messages is worth while."""
    rejected: tuple[Rejected, ...] = ()
    """Only where the scan was asked to explain itself."""


EMPTY = Scan()
"""The result for a harmless message: one shared object."""
