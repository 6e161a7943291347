"""A consultation that no event ends: no meetingEnd arrives, nobody came, the app was taken out. It ends all the same,
or nothing of it would ever fall due (R73)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from bot.policy.decisions import Decision, Keep, Owe, Record
from bot.policy.facts import AppAdded, CardPressed, CommandTyped, FellDue, MeetingStarted, PersonJoined
from bot.policy.rules.ending import after_the_end
from bot.policy.rules.opening import begin_anew, open_again
from bot.policy.rules.people import left
from bot.policy.rules.retention import fall_due
from bot.policy.state import State

IDLE = timedelta(hours=24)
"""After the last thing known to have happened, and after the booked end. Longer than a Teams meeting is kept open."""

NEVER_HELD = timedelta(days=30)
"""For a chat the app was added to by hand, without a booking, and where nobody has come yet."""


def last_known(since: datetime, state: State) -> datetime:
    """The last thing known to have happened, from `since` on, or the booked end if that is later. Clean messages and
    a second start leave no trace in the state, hence `since`."""
    known, booking = state.consultation, state.appointment
    moments = [since, booking.ends_at if booking else None]
    if known is not None:
        moments += [known.opened_at, known.started_at, known.first_guest_message_at]
    for p in state.people.values():
        moments += [p.joined_at, p.left_at, p.consented_at, p.declined_at, p.withdrawn_at, p.authenticated_at]
    moments += [finding.found_at for finding in state.findings.values()]
    for recording in state.recordings:
        moments += [recording.started_at, recording.stopped_at]
    return max(moment for moment in moments if moment is not None)


def was_held(state: State) -> bool:
    """Whether the meeting began, or anybody from outside has come."""
    known = state.consultation
    return known is not None and (known.started_at is not None or any(p.outside for p in state.people.values()))


def look_again(since: datetime, state: State) -> Owe:
    """When to look whether anything has happened after `since`."""
    last = last_known(since, state)
    patience = IDLE if was_held(state) or state.appointment is not None else NEVER_HELD
    about = (("since", last.isoformat()),)
    return Owe(kind="timer:idle", key="timer:idle", about=about, due_at=last + patience, again=True)


def opened(fact: AppAdded | MeetingStarted, state: State, now: datetime) -> Iterator[Decision]:
    """From the beginning there is a moment at which the end is looked for."""
    if state.is_open:
        yield look_again(now, state)


def returned(fact: PersonJoined | CardPressed | CommandTyped, state: State, now: datetime) -> Iterator[Decision]:
    """Somebody from outside is there after all: what had only run out is open again. Who accepts after a withdrawal
    opens it too (R68), and is looked after likewise."""
    known = state.consultation
    if known is None or known.state == "open" or fact.person.kind == "tenant":
        return
    if isinstance(fact, CardPressed) and fact.chat != known.conversation:
        return
    if known.reason == "expired":
        # An end that is told from here on, and was before, is that of the meeting whose end nobody told.
        yield Keep(replace(open_again(known), started_at=now))
        yield from begin_anew(state, now)
    if known.reason in ("expired", "withdrawn"):
        yield look_again(now, state)


def ran_out(fact: FellDue, state: State, now: datetime) -> Iterator[Decision]:
    """Nothing has happened for long: the consultation ended when the last thing did."""
    known = state.consultation
    if fact.timer != "idle" or known is None or known.state != "open":
        return
    last = last_known(datetime.fromisoformat(fact.of("since") or known.opened_at.isoformat()), state)
    again = look_again(last, state)
    if again.due_at is not None and now < again.due_at:
        yield again
        return
    for participant in list(state.people.values()):
        if participant.outside:
            yield from left(participant, now)
    yield Keep(replace(known, state="ended", reason="expired", ended_at=last))
    yield Record(kind="consultation:ended", fields=(("reason", "expired"),))
    if was_held(state):
        yield from after_the_end(last, now, state)
    else:
        yield from fall_due(last, state.terms)


RULES = (
    ((AppAdded, MeetingStarted), opened),
    ((PersonJoined, CardPressed, CommandTyped), returned),
    ((FellDue,), ran_out),
)
