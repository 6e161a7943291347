"""Whose messages may be scanned (architecture decision 11): everybody's, or, where consent is the basis, those of
staff and of guests who have consented.

Who is not known to be the one or the other is not scanned: an activity does not name its sender's tenant, so that a
federated user looks like staff until the roster is read, and Graph names anonymous guests otherwise than the connector.
"""

from __future__ import annotations

from datetime import datetime

from bot.policy.facts import Person, Via
from bot.policy.state import Consultation, Participant, State


def author_of(person: Person, state: State) -> Participant | None:
    """The participant who wrote, also where only Graph has named them: whoever has an Entra id keeps it on both
    sides, an anonymous guest's two ids cannot be matched (architecture decision 6)."""
    if person.id in state.people or not person.aad:
        return state.people.get(person.id)
    aad = person.aad.lower()
    return next((p for p in state.people.values() if p.aad and p.aad.lower() == aad), None)


def is_outside(person: Person, state: State) -> bool:
    """Whether somebody counts to the customer's side, as far as is known."""
    participant = state.people.get(person.id)
    return participant.outside if participant is not None else person.kind != "tenant"


def unconfirmed(participant: Participant) -> bool:
    """Taken for staff, but nothing has named their tenant yet."""
    return not participant.outside and participant.tenant is None


def is_over(consultation: Consultation, written: datetime) -> bool:
    """Whether nothing of the moment `written` is scanned any more: after a withdrawal nothing at all; once the advisor
    has closed the consultation what is written later, while what was missed before is found all the same. Where either
    was opened anew, what was written before is not looked for."""
    if consultation.reason == "closed":
        return consultation.ended_at is not None and written > consultation.ended_at
    before = consultation.scanned_from is not None and written < consultation.scanned_from
    return before or consultation.reason == "withdrawn"


def may_scan(person: Person, via: Via, written: datetime, state: State) -> bool:
    """Whether a message's version of the moment `written` (the platform's time) may be scanned."""
    if state.terms.guard_basis == "security":
        return True
    if via == "graph":
        return _may_scan_from_graph(person, written, state)
    author = author_of(person, state)
    if author is None:
        return False
    return author.consented_at is not None if author.outside else author.tenant is not None


def _may_scan_from_graph(person: Person, written: datetime, state: State) -> bool:
    """Graph may bring what was written before its author's consent; a guest's message is scanned where everybody who
    can have written it had consented by then. Of others it tells whether they are staff, where the roster has not."""
    if person.kind == "guest":
        there = [p for p in state.people.values() if p.role == "guest" and (p.left_at is None or p.left_at >= written)]
        return bool(there) and all(_consented_by(p, written) for p in there)
    author = author_of(person, state)
    if author is not None and author.outside:
        return _consented_by(author, written)
    own = state.consultation.tenant.lower() if state.consultation is not None else ""
    return person.kind == "tenant" and (person.tenant is None or person.tenant.lower() == own)


def _consented_by(participant: Participant, moment: datetime) -> bool:
    return (
        participant.consented_at is not None
        and participant.consented_at < moment
        and participant.withdrawn_at is None
        and participant.erased_at is None
    )
