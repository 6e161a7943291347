"""Withdrawal of consent (R66-R72): as easy as giving it, with effect at once, and the data erased."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from bot.policy.decisions import Answer, Decision, Keep, Owe, Record
from bot.policy.facts import Attempted, CardPressed, CommandTyped
from bot.policy.rules import chat_deletion
from bot.policy.rules.consent import say
from bot.policy.rules.retention import fall_due
from bot.policy.state import Participant, State

OFTEN, OFTEN_WITHIN, EACH_WAITS = 3, timedelta(hours=1), timedelta(minutes=5)
"""Erasures in one consultation that are carried out at once within this time, and how much longer each further one
waits."""


def withdraw(participant: Participant, state: State, now: datetime) -> Iterator[Decision]:
    """One person withdraws. The consultation ends with it, unless another person is the authenticated customer."""
    consultation = state.consultation
    if consultation is None:
        return
    customer = participant if participant.authenticated_at is not None else state.authenticated()
    only_own = customer is not None and customer.person != participant.person
    yield Keep(
        replace(participant, withdrawn_at=now, consented_at=None, authenticated_at=None, how=None, declined_at=None)
    )
    yield Record(kind="consent:withdrawn", fields=(("ref", participant.ref),))
    if not only_own:
        for other in state.people.values():
            if other.person != participant.person and other.outside and other.authenticated_at is not None:
                yield Keep(replace(other, authenticated_at=None, how=None))
        if customer is not None:
            yield from cancel_appointments(state, now)
    if not only_own and consultation.state == "open":
        yield Keep(replace(consultation, state="ended", reason="withdrawn", ended_at=now))
        yield Record(kind="consultation:ended", fields=(("reason", "withdrawn"),))
        yield chat_deletion.later(now, state)
        yield from fall_due(now, state.terms)
    # Only who has proved to be the booked customer takes the booking along (R85).
    proved = customer is not None and not only_own
    about = (
        ("ref", participant.ref),
        ("scope", "person" if only_own else "session"),
        ("booking", "yes" if proved else "no"),
    )
    key, due_at = f"erase:{participant.ref}:{int(now.timestamp())}", now + pause(state, now)
    yield Owe(kind="erase", key=key, about=about, due_at=due_at)
    yield Answer(card="welcome", state="withdrawn")


def pause(state: State, now: datetime) -> timedelta:
    """How long an erasure waits: not at all, unless somebody consents and withdraws again and again. Removing the bytes
    rewrites whole tables, for which every other consultation waits."""
    erased = sum(p.erased_at is not None and p.erased_at > now - OFTEN_WITHIN for p in state.people.values())
    return timedelta(0) if erased < OFTEN else min(EACH_WAITS * (erased - OFTEN + 1), OFTEN_WITHIN)


def is_meant(participant: Participant, owed_at: datetime) -> bool:
    """Whether an erasure of this moment is about somebody: not who came, or consented anew, after it; but always who
    has withdrawn, since replicas' clocks may differ."""
    if participant.consented_at is not None and participant.consented_at > owed_at:
        return False
    return participant.joined_at <= owed_at or participant.withdrawn_at is not None


def can_withdraw(participant: Participant) -> bool:
    """Whether there is anything to withdraw from: a consent, or a session signed in to by a typed code without one."""
    return participant.consented_at is not None or participant.authenticated_at is not None


def cancel_appointments(state: State, now: datetime) -> Iterator[Decision]:
    """From now on no consultation is possible: this appointment and every later one is cancelled (R68)."""
    bookings = ([state.appointment] if state.appointment else []) + list(state.later_appointments)
    for booking in bookings:
        if booking.cancelled_at is not None:
            continue
        yield Keep(replace(booking, cancelled_at=now, code_digest=None))
        yield Record(kind="appointment:cancelled", fields=(("ref", booking.ref),))
        if booking.event and booking is not state.appointment:
            about = (("advisor", booking.advisor), ("event", booking.event))
            yield Owe(kind="cancel_event", key=f"cancel_event:{booking.ref}", about=about)


def pressed(fact: CardPressed, state: State, now: datetime) -> Iterator[Decision]:
    """Withdraw on the welcome card: one press, like accepting (R70)."""
    participant = state.people.get(fact.person.id)
    if fact.card != "welcome" or fact.verb != "withdraw":
        return
    if participant is None or not participant.outside or not can_withdraw(participant):
        yield Answer(refused="not_yours", forbidden=True)
    else:
        yield from withdraw(participant, state, now)


def typed(fact: CommandTyped, state: State, now: datetime) -> Iterator[Decision]:
    """`WIDERRUF` in the chat."""
    participant = state.people.get(fact.person.id)
    staff = not participant.outside if participant is not None else fact.person.kind == "tenant"
    if fact.command != "withdraw" or staff:
        return
    if participant is None or not can_withdraw(participant):  # None: erased, and not written down again for this
        yield say("chat.nothing_to_withdraw", participant, now)
    else:
        yield from withdraw(participant, state, now)
        yield say("chat.withdrawn", participant, now)


def erased(fact: Attempted, state: State, now: datetime) -> Iterator[Decision]:
    """The data is gone: only now the receipt says so (R71, R72)."""
    if fact.kind != "erase" or fact.result != "done" or state.consultation is None:
        return
    counts = {name: int(count) for name, count in fact.data if count.isdigit()}
    yield Record(kind="data:erased", fields=(("what", counts), ("reason", fact.of("scope") or "person")))
    if fact.of("scope") == "session":
        receipt = "booking" if fact.of("booking") == "yes" else "person"
        yield Owe(kind="post_ended", key=f"ended:{fact.duty}", about=(("receipt", receipt),))


RULES = (((CardPressed,), pressed), ((CommandTyped,), typed), ((Attempted,), erased))
