"""Authentication of the customer (R16-R22): the unspent code from the mail, or the advisor's own word for it."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from bot.policy.decisions import Answer, Decision, Keep, Owe, Record
from bot.policy.facts import CardPressed, CommandTyped, MessageHeard
from bot.policy.rules.consent import new_code, say
from bot.policy.state import Appointment, Participant, State


def refusal(booking: Appointment | None, participant: Participant, state: State, now: datetime) -> str | None:
    """Why no code can be accepted from this person now, or None. A lock is told before anything else."""
    if not state.is_open:
        return "ended"
    if booking is None or booking.cancelled_at is not None:
        return "no_appointment"
    if booking.locked_at is not None:
        return "locked"
    other = state.authenticated()
    if other is not None and other.person != participant.person:
        return "busy"
    if booking.code_spent_at is not None:
        return "spent"
    if booking.code_digest is None or booking.code_expires_at is None or booking.code_expires_at <= now:
        return "expired"
    return None


def present_code(participant: Participant, digest: str | None, state: State, now: datetime) -> Iterator[Decision]:
    """Whoever presents the unspent code is the booked customer, by design (decision 10).

    The digests are compared in constant time; a wrong one counts towards the lock, which the advisor can release.
    """
    if participant.authenticated_at is not None:
        yield Answer(card="sign_in", state="done")
        return
    booking = state.appointment
    reason = refusal(booking, participant, state, now)
    if reason is not None or booking is None:
        fields = (("ref", participant.ref), ("code", reason or "no_appointment"))
        yield Record(kind="sign_in:refused", fields=fields)
        yield from is_it_so(reason)
        yield Answer(card="sign_in", refused=reason or "no_appointment")
        return
    if not hmac.compare_digest((digest or "").encode(), (booking.code_digest or "-").encode()):
        tries = booking.tries + 1
        locked = tries >= state.terms.code_tries
        yield Keep(replace(booking, tries=tries, locked_at=now if locked else None))
        yield Record(kind="sign_in:wrong", fields=(("ref", participant.ref), ("tries", tries)))
        if locked:
            yield Record(kind="sign_in:locked")
        yield Answer(card="sign_in", refused="locked" if locked else "wrong")
        return
    yield Keep(replace(booking, code_spent_at=now, code_digest=None, tries=0))
    yield Keep(replace(participant, authenticated_at=now, how="code"))
    yield Record(kind="sign_in:done", fields=(("ref", participant.ref), ("how", "code")))
    yield Answer(card="sign_in", state="done")


def is_it_so(reason: str | None) -> Iterator[Decision]:
    """Who is signed in may have left without our being told, and come back under another id: who is there is read."""
    if reason == "busy":
        yield Owe(kind="read_roster", key="read_roster", again=True)


def owns(fact: CardPressed, participant: Participant, state: State) -> bool:
    """A sign-in card belongs to the guest whose acceptance produced it: by the posted card, else by its reference."""
    card = state.cards.get((fact.chat, fact.activity))
    if card is not None and card.owner is not None:
        return card.owner == participant.person
    return fact.ref("ref") == participant.ref


def pressed(fact: CardPressed, state: State, now: datetime) -> Iterator[Decision]:
    """Submit or resend on a sign-in card."""
    if fact.card != "sign_in":
        return
    participant = state.people.get(fact.person.id)
    if participant is None or not participant.outside or not owns(fact, participant, state):
        yield Record(
            kind="sign_in:refused",
            fields=(("ref", participant.ref if participant else "unknown"), ("code", "not_yours")),
        )
        yield Answer(refused="not_yours", forbidden=True)
    elif fact.verb == "submit":
        yield from present_code(participant, fact.code_digest, state, now)
    elif fact.verb == "resend":
        yield from resend(participant, state, now)


def resend(participant: Participant, state: State, now: datetime) -> Iterator[Decision]:
    """A new code to the booked address; the tries made so far keep counting."""
    reason = refusal(state.appointment, participant, state, now)
    if reason in ("ended", "no_appointment", "locked", "busy"):
        yield from is_it_so(reason)
        yield Answer(card="sign_in", refused=reason)
        return
    owed = list(new_code(state))
    yield from owed
    yield Answer(card="sign_in", state="resent") if owed else Answer(card="sign_in", refused="resend_limit")


def typed(fact: CommandTyped, state: State, now: datetime) -> Iterator[Decision]:
    """`CODE ...` in the chat, for clients that cannot press: accepted, and spent at once."""
    participant = state.people.get(fact.person.id)
    if fact.command != "code" or participant is None or not participant.outside:
        return
    for decision in present_code(participant, fact.code_digest, state, now):
        yield decision
        if isinstance(decision, Answer):
            key = "chat.code_done" if decision.refused is None else f"chat.code_{decision.refused}"
            yield say(key, participant, now)


def exposed(fact: MessageHeard, state: State, now: datetime) -> Iterator[Decision]:
    """The unspent code stands in the chat for all to read: it is burnt, and a new one mailed."""
    booking = state.appointment
    if not fact.own_code or booking is None or booking.code_digest is None:
        return
    spent = replace(booking, code_spent_at=now, code_digest=None)
    yield Keep(spent)
    yield from new_code(state.with_thing(spent))


def by_advisor(fact: CardPressed, state: State, now: datetime) -> Iterator[Decision]:
    """The advisor vouches for a person, or releases a lock, in the 1:1 chat (R18)."""
    if fact.card != "advisor_status" or fact.verb not in ("vouch", "release"):
        return
    if not is_advisor(fact, state):
        yield Answer(refused="not_yours", forbidden=True)
        return
    if fact.verb == "vouch":
        person = next((p for p in state.people.values() if p.ref == fact.ref("ref")), None)
        if person is None or not person.outside or not person.present or not state.is_open:
            yield Answer(card="advisor_status", refused="gone")
            return
        other = state.authenticated()
        if other is not None and other.person != person.person:
            yield from is_it_so("busy")
            yield Answer(card="advisor_status", refused="busy")
            return
        if person.authenticated_at is None:
            yield Keep(replace(person, authenticated_at=now, how="vouched"))
            yield Record(kind="sign_in:done", fields=(("ref", person.ref), ("how", "vouched")))
        yield Answer(card="advisor_status")
    elif fact.ref("what") == "lock":
        booking = state.appointment
        if booking is None or booking.locked_at is None:
            yield Answer(card="advisor_status", refused="gone")
            return
        yield Keep(replace(booking, locked_at=None, tries=0))
        yield Record(kind="sign_in:released")
        yield Answer(card="advisor_status")


def is_advisor(fact: CardPressed, state: State) -> bool:
    """Only the consultation's own advisor may press the status card."""
    consultation = state.consultation
    return consultation is not None and fact.person.aad is not None and fact.person.aad == consultation.advisor


RULES = (((CardPressed,), pressed), ((CommandTyped,), typed), ((MessageHeard,), exposed), ((CardPressed,), by_advisor))
