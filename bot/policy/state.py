"""What a rule may look at: frozen things, one class for each table of bot/storage/tables.py (same field names).

Which of these fields are personal data, and how each is exported and erased, is written in
bot/storage/personal_data.py; a test keeps that list complete.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, Self

from bot.policy.terms import Terms

Role = Literal["advisor", "colleague", "guest", "federated", "phone"]
RungResult = Literal["done", "refused by platform", "skipped", "pending", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consultation:
    """One meeting chat the app was added to.

    `read_back_to` is when, by our clock, it was last read back, and `shown_to` up to when, by the platform's time,
    Graph has shown it: our clock may have been wrong. What was written before `scanned_from` is not scanned any more.
    """

    conversation: str
    ref: str
    tenant: str
    service_url: str
    bot_id: str
    opened_at: datetime
    language: str
    terms_version: str
    notice_version: str
    meeting: str | None = None
    online_meeting: str | None = None
    organizer: str | None = None
    appointment: str | None = None
    advisor: str | None = None
    advisor_person: str | None = None
    advisor_chat: str | None = None
    app_present: bool = True
    state: Literal["open", "ended"] = "open"
    reason: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    hearing: Literal["unknown", "activities", "graph", "deaf", "unreachable"] = "unknown"
    first_guest_message_at: datetime | None = None
    read_back_to: datetime | None = None
    paused: bool = False
    chat_deleted_at: datetime | None = None
    requests: int = 0
    shown_to: datetime | None = None
    scanned_from: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """One person's stay under one Bot Framework id. `ref` is our own random name for it, used in the audit trail.

    `tenant` is the home tenant where the platform has named it: until then, who is taken for staff may be federated.
    """

    conversation: str
    person: str
    ref: str
    role: Role
    joined_at: datetime
    name: str = field(default="", repr=False)
    aad: str | None = None
    present: bool = True
    left_at: datetime | None = None
    consented_at: datetime | None = None
    declined_at: datetime | None = None
    withdrawn_at: datetime | None = None
    authenticated_at: datetime | None = None
    how: Literal["code", "vouched"] | None = None
    erased_at: datetime | None = None
    tenant: str | None = None

    @property
    def outside(self) -> bool:
        """True for the customer's side: everybody who does not belong to the operator's tenant."""
        return self.role in ("guest", "federated", "phone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """A booked consultation with its one-time code, which is kept as a keyed digest only."""

    ref: str
    advisor: str
    starts_at: datetime
    ends_at: datetime
    language: str
    customer_name: str = field(default="", repr=False)
    customer_email: str = field(default="", repr=False)
    email_digest: str = field(default="", repr=False)
    advisor_name: str = field(default="", repr=False)
    conversation: str | None = None
    event: str | None = None
    join_url: str | None = None
    online_meeting: str | None = None
    code_digest: str | None = field(default=None, repr=False)
    code_expires_at: datetime | None = None
    code_spent_at: datetime | None = None
    codes_sent: int = 0
    tries: int = 0
    locked_at: datetime | None = None
    confirmed_at: datetime | None = None
    cancelled_at: datetime | None = None
    erased_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedCard:
    """A card of ours in a chat. `owner` is who may press it (None: everybody), `message` what it is about."""

    chat: str
    activity: str
    conversation: str
    kind: str
    posted_at: datetime
    owner: str | None = None
    message: str | None = None
    targeted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found in one message and how far it was dealt with, for the message's newest version.

    The rung fields hold the result of each rung asked (architecture decision 4); `version` counts how often a secret
    appeared anew in this message.
    """

    conversation: str
    message: str
    kinds: tuple[str, ...]
    found_at: datetime
    modified_at: datetime
    role: Role | None = None
    person: str | None = None
    version: int = 1
    via: Literal["activity", "graph"] = "activity"
    hide: RungResult | None = None
    warn: RungResult | None = None
    delete_chat: RungResult | None = None
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    released_at: datetime | None = None
    released_by: Literal["advisor", "author"] | None = None
    reminded_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A recording or transcript that was signalled, with the verdict on it and what was done."""

    conversation: str
    call: str
    kind: Literal["recording", "transcript"]
    event: Literal["start", "stop"]
    verdict: Literal["violation", "permitted"]
    started_at: datetime
    actions: tuple[str, ...] = ()
    stopped_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The platform refused this rung for this kind of sender in this consultation: it is not asked again before the
    next one (bot/policy/rules/opening.py, ask_anew)."""

    conversation: str
    rung: str
    sender: str


Thing = Consultation | Participant | Appointment | PostedCard | Finding | Recording | Refusal


def identity(thing: Thing) -> tuple[str, ...]:
    """The primary key of a thing within its class."""
    match thing:
        case Consultation():
            return (thing.conversation,)
        case Participant():
            return (thing.conversation, thing.person)
        case Appointment():
            return (thing.ref,)
        case PostedCard():
            return (thing.chat, thing.activity)
        case Finding():
            return (thing.conversation, thing.message)
        case Recording():
            return (thing.conversation, thing.kind, thing.call)
        case Refusal():
            return (thing.conversation, thing.rung, thing.sender)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Everything known of one consultation, with the operator's terms."""

    terms: Terms
    consultation: Consultation | None = None
    appointment: Appointment | None = None
    later_appointments: tuple[Appointment, ...] = ()
    people: Mapping[str, Participant] = field(default_factory=dict)
    findings: Mapping[str, Finding] = field(default_factory=dict)
    cards: Mapping[tuple[str, str], PostedCard] = field(default_factory=dict)
    recordings: tuple[Recording, ...] = ()
    refusals: frozenset[tuple[str, str]] = frozenset()

    def with_thing(self, thing: Thing) -> Self:
        """The state after `Keep(thing)`."""
        match thing:
            case Consultation():
                return replace(self, consultation=thing)
            case Appointment():
                if self.appointment is None or self.appointment.ref == thing.ref:
                    return replace(self, appointment=thing)
                others = tuple(thing if a.ref == thing.ref else a for a in self.later_appointments)
                return replace(self, later_appointments=others)
            case Participant():
                return replace(self, people={**self.people, thing.person: thing})
            case Finding():
                return replace(self, findings={**self.findings, thing.message: thing})
            case PostedCard():
                return replace(self, cards={**self.cards, (thing.chat, thing.activity): thing})
            case Recording():
                rest = [r for r in self.recordings if identity(r) != identity(thing)]
                return replace(self, recordings=(*rest, thing))
            case Refusal():
                return replace(self, refusals=self.refusals | {(thing.rung, thing.sender)})

    def without(self, thing: Refusal) -> Self:
        """The state after `Drop(thing)`."""
        return replace(self, refusals=self.refusals - {(thing.rung, thing.sender)})

    def outsiders(self) -> Iterator[Participant]:
        """The customer's side, as far as it is present."""
        return (p for p in self.people.values() if p.outside and p.present)

    def authenticated(self) -> Participant | None:
        """The customer who is present and authenticated, or None."""
        return next((p for p in self.outsiders() if p.authenticated_at is not None), None)

    @property
    def is_open(self) -> bool:
        """True while the consultation is under way and the app can act in it."""
        return self.consultation is not None and self.consultation.state == "open"
