"""Booking (journey 1): calendar event with Teams link, recording off, app in the chat, confirmation mail with code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from bot.policy.decisions import Decision, Keep, Owe, Record
from bot.policy.facts import AppointmentBooked, Attempted
from bot.policy.rules.hearing import PAUSES
from bot.policy.state import Appointment, State

OF_A_BOOKING = frozenset(
    {"book_event", "forbid_recording", "install_chat", "install_personal", "send_code", "cancel_event"}
)
"""What a booking needs: without it there is no meeting, nobody listens in its chat, or the customer cannot sign in; and
what is cancelled stands in the calendar."""


def booked(fact: AppointmentBooked, state: State, now: datetime) -> Iterator[Decision]:
    """A booking is kept and its calendar event owed (R7, R8)."""
    yield Keep(
        Appointment(
            ref=fact.ref,
            advisor=fact.advisor,
            advisor_name=fact.advisor_name,
            customer_name=fact.customer_name,
            customer_email=fact.customer_email,
            email_digest=fact.email_digest,
            starts_at=fact.starts_at,
            ends_at=fact.ends_at,
            language=fact.language,
        )
    )
    yield Record(kind="appointment:booked", fields=(("ref", fact.ref),))
    yield Owe(kind="book_event", key="book_event", about=(("appointment", fact.ref),))


def event_made(fact: Attempted, state: State, now: datetime) -> Iterator[Decision]:
    """With the meeting's ids known: recording off first, then the app into the chat, then the mail (R24, R44). What was
    cancelled while it was being made is taken out of the calendar again."""
    booking = state.appointment
    if fact.kind != "book_event" or fact.result != "done" or booking is None:
        return
    if booking.cancelled_at is not None:
        event = (("advisor", booking.advisor), ("event", fact.learned("event") or ""))
        yield Owe(kind="cancel_event", key=f"cancel_event:{booking.ref}", about=event)
        return
    chat, meeting = fact.learned("chat"), fact.learned("online_meeting")
    yield Keep(
        replace(
            booking,
            event=fact.learned("event"),
            join_url=fact.learned("join_url"),
            online_meeting=meeting,
            conversation=chat,
        )
    )
    about = (("organizer", booking.advisor), ("meeting", meeting or ""), ("chat", chat or ""))
    yield Owe(kind="forbid_recording", key="forbid:booking", about=about)
    yield Owe(kind="install_chat", key="install_chat", about=(("chat", chat or ""),))
    yield Owe(kind="install_personal", key="install_personal", about=(("user", booking.advisor),))
    yield Owe(kind="send_code", key="code:1", about=(("appointment", booking.ref), ("mail", "confirmation")))


def code_sent(fact: Attempted, state: State, now: datetime) -> Iterator[Decision]:
    """A code went out: the first one is the confirmation of the appointment. One that never went out counts too, or
    the next one asked for would have its key in the ledger and never be sent; not while it is asked for again."""
    if fact.kind != "send_code" or fact.result == "skipped" or state.appointment is None:
        return
    if is_wanted_still(fact, state, now):
        return
    booking = state.appointment
    sent = booking.codes_sent + 1
    if fact.result != "done":
        yield Keep(replace(booking, codes_sent=sent))
        return
    confirmed = booking.confirmed_at or now
    yield Keep(replace(booking, codes_sent=sent, confirmed_at=confirmed))
    yield Record(kind="code:sent", fields=(("n", sent),))
    if fact.of("mail") == "confirmation":
        yield Record(kind="appointment:confirmed", fields=(("ref", booking.ref),))


def is_wanted_still(fact: Attempted, state: State, now: datetime) -> bool:
    """Whether what an outage has outlasted is asked for after it: until the appointment is over. In a consultation the
    customer can ask for another code, and the rest is kept up for it (giving_up.py)."""
    booking = state.appointment
    if fact.result != "gave_up" or fact.code == "internal" or fact.kind not in OF_A_BOOKING:
        return False
    if booking is None or now + PAUSES[0] >= booking.ends_at:
        return False
    if (booking.cancelled_at is not None) is not (fact.kind == "cancel_event"):
        return False
    return state.consultation is None and (fact.kind != "send_code" or booking.codes_sent == 0)


def keep_up(fact: Attempted, state: State, now: datetime) -> Iterator[Decision]:
    """Each of them may be repeated: Exchange recognises a repeated event, and of several codes the newest counts."""
    if is_wanted_still(fact, state, now):
        yield Owe(kind=fact.kind, key=fact.duty, about=fact.about, due_at=now + PAUSES[0], again=True)


RULES = (
    ((AppointmentBooked,), booked),
    ((Attempted,), event_made),
    ((Attempted,), code_sent),
    ((Attempted,), keep_up),
)
