"""Decisions: what to do, in the imperative. Rules return them, the desk carries them out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bot.policy.state import Refusal, Thing


@dataclass(frozen=True, slots=True)
class Keep:
    """Write this thing into the state: a new one, or the changed form of one that is there."""

    thing: Thing


@dataclass(frozen=True, slots=True)
class Drop:
    """Take this thing out of the state: it holds no longer."""

    thing: Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Owe:
    """Owe an effect: a row in the ledger, written in the same transaction as the state.

    `key` is unique for all time in its conversation: owing the same key again is nothing, unless `again` is set
    (a status card that has to be drawn once more). `about` holds ids and counts, never text. `due_at` None = now.
    """

    kind: str
    key: str
    about: tuple[tuple[str, str], ...] = ()
    due_at: datetime | None = None
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgo:
    """An effect that has not been begun is no longer owed. Of one that is, or may be, carried out the end is told."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Append to the audit trail: an enumerated kind with allow-listed fields (bot/storage/audit.py)."""

    kind: str
    fields: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the presser of a card, or the writer of a command, is told at once.

    `card` is the card to show instead of the pressed one (None: leave it), `refused` an enumerated reason,
    `forbidden` a refusal that must not change the card because it belongs to somebody else.
    """

    card: str | None = None
    state: str = ""
    refused: str | None = None
    forbidden: bool = False
    refs: tuple[tuple[str, str], ...] = field(default=())


Decision = Keep | Drop | Owe | Forgo | Record | Answer
