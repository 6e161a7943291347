"""Who is there: joins, leaves and the roster, which is read when events may have been missed (decision 6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from bot.policy.decisions import Decision, Keep, Owe, Record
from bot.policy.facts import (
    CardPressed,
    CommandTyped,
    MessageHeard,
    Person,
    PersonJoined,
    PersonLeft,
    RosterRead,
)
from bot.policy.rules.retention import is_past
from bot.policy.scanning import unconfirmed
from bot.policy.state import Participant, Role, State

CLOCKS_DIFFER = timedelta(seconds=5)


def role_of(person: Person, state: State) -> Role:
    """The role in this consultation: the booked (or adding) advisor, other staff, or the customer's side."""
    consultation = state.consultation
    if person.kind == "tenant":
        if person.aad is not None and consultation is not None and consultation.advisor in (None, person.aad):
            return "advisor"
        return "colleague"
    return person.kind


def arrived(person: Person, state: State, now: datetime, *, present: bool = True) -> Iterator[Decision]:
    """A person is there: note it, and show the welcome card to everybody from the customer's side (N7).

    A guest who joins sees no earlier message, so each one gets a card of their own time. Not `present`: a member of
    the chat who need not be in the meeting.
    """
    consultation = state.consultation
    if consultation is None or person.id.startswith("graph:") or is_past(state, now):
        return
    known = state.people.get(person.id)
    if known is not None and person.tenant is not None and known.tenant != person.tenant:
        if unconfirmed(known) and state.terms.guard_basis == "consent":
            # What they wrote meanwhile was not scanned: read back, it may be.
            yield Owe(kind="reconcile", key="reconcile", again=True)
        known = replace(known, tenant=person.tenant)
        yield Keep(known)
    if known is not None and (known.present or not present):
        if person.name and not known.name and known.erased_at is None:
            yield Keep(replace(known, name=person.name))
        return
    if known is not None:
        participant = replace(known, present=True, left_at=None, name=person.name or known.name)
        if state.authenticated() is not None:  # somebody else signed in meanwhile: one person at a time
            participant = replace(participant, authenticated_at=None, how=None)
    else:
        participant = Participant(
            conversation=consultation.conversation,
            person=person.id,
            ref=f"p{len(state.people) + 1}",
            role=role_of(person, state),
            joined_at=now,
            name=person.name,
            aad=person.aad,
            tenant=person.tenant,
            present=present,
        )
    yield Keep(participant)
    if present:
        yield Record(kind="person:joined", fields=(("ref", participant.ref), ("role", participant.role)))
    if unconfirmed(participant):
        # An activity does not name its sender's tenant; the roster does.
        yield Owe(kind="read_roster", key="read_roster", again=True)
    if participant.role == "advisor" and consultation.advisor in (None, person.aad):
        yield Keep(replace(consultation, advisor=person.aad, advisor_person=person.id))
        if consultation.advisor is None and person.aad:
            yield Owe(kind="install_personal", key="install_personal", about=(("user", person.aad),))
        if consultation.advisor_chat is None:
            yield Owe(kind="open_chat", key="open_chat", about=(("person", person.id),), again=True)
    if participant.outside and participant.consented_at is None:
        if consultation.state == "open":
            yield welcome(participant, now)
        else:
            key = f"ended:{participant.ref}:{int(now.timestamp())}"
            yield Owe(kind="post_ended", key=key, about=(("ref", participant.ref),))


def welcome(participant: Participant, now: datetime) -> Owe:
    """Show the welcome card to this person, once in each of their stays."""
    key = f"welcome:{participant.ref}:{int(now.timestamp())}"
    return Owe(kind="post_welcome", key=key, about=(("ref", participant.ref),))


def left(participant: Participant, now: datetime) -> Iterator[Decision]:
    """A person is gone."""
    if participant.present:
        yield Keep(replace(participant, present=False, left_at=now))
        yield Record(kind="person:left", fields=(("ref", participant.ref),))


def joined(fact: PersonJoined, state: State, now: datetime) -> Iterator[Decision]:
    """Somebody joined, as an event says."""
    yield from arrived(fact.person, state, now)


def gone(fact: PersonLeft, state: State, now: datetime) -> Iterator[Decision]:
    """Somebody left, as an event says."""
    known = state.people.get(fact.person)
    if known is not None:
        yield from left(known, now)


def roster(fact: RosterRead, state: State, now: datetime) -> Iterator[Decision]:
    """The roster is complete: guests who are not in it have left; tenant users may stay in a chat for ever. Who came or
    went while it was being read has done so."""
    there = {person.id for person in fact.people}
    for participant in list(state.people.values()):
        came = after(participant.joined_at, fact)
        if participant.outside and participant.person not in there and participant.erased_at is None and not came:
            yield from left(participant, now)
    if state.consultation is not None and state.consultation.reason == "withdrawn":
        return  # who was erased and is still in the chat is not written down again
    for person in fact.people:
        # Staff stand in a chat's roster without being in the meeting, and so do federated people who have left it.
        known = state.people.get(person.id)
        present = person.kind == "guest" or (person.kind != "tenant" and (known is None or known.present))
        if known is not None and after(known.left_at, fact):
            present = False
        for decision in found_foreign(person, state, now):
            if isinstance(decision, Keep):
                state = state.with_thing(decision.thing)
            yield decision
        for decision in arrived(person, state, now, present=present):
            if isinstance(decision, Keep):
                state = state.with_thing(decision.thing)
            yield decision


def after(moment: datetime | None, fact: RosterRead) -> bool:
    """Whether the moment is after the roster was asked for."""
    return moment is not None and fact.asked is not None and moment > fact.asked


def found_foreign(person: Person, state: State, now: datetime) -> Iterator[Decision]:
    """Somebody taken for staff belongs to another tenant: they are of the customer's side, and so are their messages,
    which the platform treats differently (teams-platform 4.1)."""
    known = state.people.get(person.id)
    if known is None or known.outside or person.kind != "federated":
        return
    yield Keep(replace(known, role="federated"))
    for finding in state.findings.values():
        if finding.person == person.id:
            yield Keep(replace(finding, role="federated"))
    if known.present and state.is_open:
        yield welcome(known, now)


def noticed(fact: MessageHeard | CardPressed | CommandTyped, state: State, now: datetime) -> Iterator[Decision]:
    """Whoever writes or presses is there, even if no join event was delivered."""
    if isinstance(fact, CardPressed) and fact.chat != fact.conversation:
        return
    if isinstance(fact, MessageHeard) and fact.via == "graph":
        return
    if state.consultation is not None and state.consultation.reason == "withdrawn" and not accepts(fact):
        return
    known = state.people.get(fact.person.id)
    # A late message may have been written before its author left; a press cannot.
    pressing = isinstance(fact, CardPressed) and state.is_open and known is not None and known.erased_at is None
    if isinstance(fact, MessageHeard) and not fact.scanned and known is not None and unconfirmed(known):
        yield Owe(kind="read_roster", key="read_roster", again=True)
    if known is None or pressing or (state.is_open and writes_after_leaving(fact, known)):
        yield from arrived(fact.person, state, now)


def writes_after_leaving(fact: MessageHeard | CardPressed | CommandTyped, known: Participant) -> bool:
    """Whether the platform's time of what somebody wrote is after our time of their leaving, by more than the clocks
    differ: their coming back was not told, or told before their leaving."""
    if isinstance(fact, CardPressed) or known.left_at is None or known.erased_at is not None:
        return False
    return fact.modified > known.left_at + CLOCKS_DIFFER


def accepts(fact: MessageHeard | CardPressed | CommandTyped) -> bool:
    """Whether somebody consents, which after a withdrawal is the only thing that begins anew (R68)."""
    if isinstance(fact, CommandTyped):
        return fact.command == "accept"
    return isinstance(fact, CardPressed) and fact.card == "welcome" and fact.verb == "accept"


RULES = (
    ((PersonJoined,), joined),
    ((PersonLeft,), gone),
    ((RosterRead,), roster),
    ((MessageHeard, CardPressed, CommandTyped), noticed),
)
