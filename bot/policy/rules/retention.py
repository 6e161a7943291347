"""The retention times of the profile (R62, R73): what fell due is erased, counted from the end of the consultation.

Three moments a consultation: `retention` (people, booking, cards), `findings`, and `trail` (the audit trail and with it
everything that is left). An appointment nobody came to, or that was cancelled, counts from its booked end. A moment
that was written down is only a reminder to look: what is due is worked out anew from the state.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.policy.decisions import Decision, Owe, Record
from bot.policy.facts import AppointmentBooked, Attempted, FellDue
from bot.policy.state import State
from bot.policy.terms import Terms


def periods(terms: Terms) -> dict[str, timedelta]:
    """How long after the end each of them is."""
    return {"retention": terms.keep_consultation, "findings": terms.keep_findings, "trail": terms.keep_trail}


def moment(name: str, due_at: datetime) -> Owe:
    """One of them, written down."""
    return Owe(kind=f"timer:{name}", key=f"timer:{name}", due_at=due_at, again=True)


def fall_due(since: datetime, terms: Terms) -> Iterator[Owe]:
    """Everything that will fall due for a consultation that ended at `since`."""
    for name, period in periods(terms).items():
        yield moment(name, since + period)


def booked(fact: AppointmentBooked, state: State, now: datetime) -> Iterator[Decision]:
    """A booking falls due whether or not a consultation comes of it."""
    for name in ("retention", "trail"):
        yield moment(name, fact.ends_at + periods(state.terms)[name])


def counted_from(state: State) -> datetime | None:
    """The end the periods count from; None while the consultation lasts."""
    if state.consultation is not None:
        return state.consultation.ended_at if state.consultation.state == "ended" else None
    return state.appointment.ends_at if state.appointment is not None else None


def kept_until(state: State, now: datetime) -> datetime:
    """How long what failed is tried again: until the first retention time is over, since what was found or done later
    could not be kept any more; without a bound while the consultation lasts."""
    since = counted_from(state)
    return (since or now) + min(state.terms.keep_findings, state.terms.keep_consultation)


def is_past(state: State, now: datetime) -> bool:
    """Whether the consultation is over and so is its first retention time: nothing more of it or of anybody is written
    down, since nothing would erase it before the trail goes. A meeting held again opens it anew."""
    known = state.consultation
    return known is not None and known.state == "ended" and now >= kept_until(state, now)


def due(fact: FellDue, state: State, now: datetime) -> Iterator[Decision]:
    """A period is over: the purpose has ended, and what was kept for it goes."""
    period = periods(state.terms).get(fact.timer)
    since = counted_from(state)
    if period is None or since is None:
        return
    if now < since + period:  # it ended anew after this moment was written down
        yield moment(fact.timer, since + period)
    elif fact.timer == "retention":
        yield Owe(kind="unsubscribe", key="unsubscribe", again=True)  # first: the erasure forgets which one it was
        yield Owe(kind="erase", key=f"erase:retention:{int(now.timestamp())}", about=(("scope", "retention"),))
    elif fact.timer == "findings":
        yield Owe(kind="erase_findings", key="erase_findings", again=True)
    else:
        yield Owe(kind="purge", key="purge", again=True)


def erased(fact: Attempted, state: State, now: datetime) -> Iterator[Decision]:
    """The findings are gone, as the trail says; what a purge did, the head of the trail says."""
    if fact.kind == "erase_findings" and fact.result == "done":
        counts = {name: int(count) for name, count in fact.data if count.isdigit()}
        yield Record(kind="data:erased", fields=(("what", counts), ("reason", "findings")))


RULES = (((AppointmentBooked,), booked), ((FellDue,), due), ((Attempted,), erased))
