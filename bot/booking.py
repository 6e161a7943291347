"""Booking an appointment: checks what was given, then brings the fact to the inbox (journey 1; R7, R8)."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.policy.facts import AppointmentBooked
from bot.ports import Inbox

LENGTH = timedelta(hours=1)
LONGEST_NAME = 200
FURTHEST = timedelta(days=5 * 366)
_EMAIL = re.compile(r"[^@\s<>\"',;:()\[\]\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250})\.[A-Za-z]{2,63}")


class BookingError(ValueError):
    """What was given is no booking; the message says which part and what is expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """What a booking needs. `advisor` is the Entra object id or user principal name; times are timezone-aware."""

    customer_name: str = field(repr=False)
    customer_email: str = field(repr=False)
    advisor: str
    advisor_name: str = field(repr=False)
    starts_at: datetime
    length: timedelta = LENGTH
    language: str = "de"


def checked(booking: Booking, now: datetime) -> Booking:
    """The booking, if it is one. Raises BookingError."""
    for what, name in (("customer", booking.customer_name), ("advisor", booking.advisor_name)):
        if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
            raise BookingError(f"{what}: a name of at most {LONGEST_NAME} printable characters is expected")
    if not _EMAIL.fullmatch(booking.customer_email):
        raise BookingError("e-mail: an address such as name@example.org is expected; the link goes only there")
    if not re.fullmatch(r"[A-Za-z0-9._@+-]{1,200}", booking.advisor):
        raise BookingError("advisor: the Entra object id or the user principal name is expected")
    if booking.starts_at.tzinfo is None:
        raise BookingError("time: a time zone is expected, such as 2026-12-01T10:00+01:00")
    if not timedelta(minutes=5) <= booking.length <= timedelta(hours=8):
        raise BookingError("length: between 5 minutes and 8 hours is expected")
    if booking.starts_at.astimezone(UTC) > now + FURTHEST:
        raise BookingError("time: within the next five years is expected")
    if booking.starts_at + booking.length <= now:
        raise BookingError("time: the appointment would be over already")
    if booking.language not in ("de", "en"):
        raise BookingError("language: de or en is expected")
    return booking


def email_digest(email: str, key: bytes) -> str:
    """A keyed digest of an address, to find a person's appointments again without keeping the address."""
    return hmac.new(key, b"email:" + email.strip().lower().encode(), hashlib.sha256).hexdigest()


async def book(booking: Booking, inbox: Inbox, key: bytes, now: datetime, ref: str | None = None) -> str:
    """Take the booking; everything that follows from it is owed then. Returns our own reference of it."""
    booking = checked(booking, now)
    ref = ref or "a-" + secrets.token_hex(6)
    fact = AppointmentBooked(
        conversation=f"appointment:{ref}",
        key="booked",
        ref=ref,
        customer_name=booking.customer_name.strip(),
        customer_email=booking.customer_email,
        email_digest=email_digest(booking.customer_email, key),
        advisor=booking.advisor.lower(),  # neither form knows capitals; Entra and Teams disagree about them
        advisor_name=booking.advisor_name.strip(),
        starts_at=booking.starts_at,
        ends_at=booking.starts_at + booking.length,
        language=booking.language,
    )
    await inbox.take(fact)
    return ref
