"""Booking an appointment: checks what was given, then brings the fact to the inbox (journey 1; R7, R8)."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.policy.facts import AppointmentBooked
from bot.ports import Inbox
from bot.texts import LANGUAGES

if TYPE_CHECKING:
    from bot.profile import Profile

LENGTH = timedelta(hours=1)
LONGEST_NAME = 200
FURTHEST = timedelta(days=5 * 366)
LONGEST_EMAIL = 254
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"[^@\s<>\"',;:()\[\]\\]{{1,64}}@(?:{_LABEL}\.)+(?:[A-Za-z]{{2,63}}|xn--[A-Za-z0-9-]{{1,59}})")


class BookingError(ValueError):
    """What was given is no booking; the message says which part and what is expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """What a booking needs. `advisor` is the Entra object id or user principal name; times are timezone-aware; without
    a `language` it is the operator's first."""

    customer_name: str = field(repr=False)
    customer_email: str = field(repr=False)
    advisor: str
    advisor_name: str = field(repr=False)
    starts_at: datetime
    length: timedelta = LENGTH
    language: str = ""


def local(moment: datetime, zone: str) -> datetime:
    """The moment in UTC; one without an offset is meant in the operator's `zone`. Raises BookingError for a time that
    the clocks there leave out or show twice, or that is in no calendar."""
    here = moment if moment.tzinfo is not None else moment.replace(tzinfo=ZoneInfo(zone))
    try:
        if here.utcoffset() == here.replace(fold=1).utcoffset():
            return here.astimezone(UTC)
    except OverflowError:
        raise BookingError("time: within the next five years is expected") from None
    raise BookingError("time: the clocks change then; an offset is expected, such as 2026-10-25T02:30+01:00")


def checked(booking: Booking, now: datetime, languages: Sequence[str] = LANGUAGES) -> Booking:
    """The booking, if it is one. `languages` are those the operator offers. Raises BookingError."""
    for what, name in (("customer", booking.customer_name), ("advisor", booking.advisor_name)):
        if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
            raise BookingError(f"{what}: a name of at most {LONGEST_NAME} printable characters is expected")
    email = booking.customer_email
    if not _EMAIL.fullmatch(email) or len(email) > LONGEST_EMAIL or not email.isprintable():
        raise BookingError("e-mail: an address such as name@example.org is expected; the link goes only there")
    if not re.fullmatch(r"[A-Za-z0-9._@+-]{1,200}", booking.advisor):
        raise BookingError("advisor: the Entra object id or the user principal name is expected")
    if booking.starts_at.tzinfo is None:
        raise BookingError("time: a time zone is expected, such as 2026-12-01T10:00+01:00")
    if not timedelta(minutes=5) <= booking.length <= timedelta(hours=8):
        raise BookingError("length: between 5 minutes and 8 hours is expected")
    if local(booking.starts_at, "UTC") > now + FURTHEST:
        raise BookingError("time: within the next five years is expected")
    if booking.starts_at + booking.length <= now:
        raise BookingError("time: the appointment would be over already")
    if booking.language and booking.language not in languages:
        raise BookingError(f"language: {' or '.join(languages)} is expected; the operator's profile offers no other")
    return replace(booking, language=booking.language or languages[0])


def email_digest(email: str, key: bytes) -> str:
    """A keyed digest of an address, to find a person's appointments again without keeping the address."""
    return hmac.new(key, b"email:" + email.strip().lower().encode(), hashlib.sha256).hexdigest()


async def book(
    booking: Booking,
    inbox: Inbox,
    key: bytes,
    now: datetime,
    ref: str | None = None,
    profile: Profile | None = None,
) -> str:
    """Take the booking; everything that follows from it is owed then. Returns our own reference of it.

    With the operator's `profile` a time without an offset is one of its zone, and the language one of its languages.
    Raises BookingError.
    """
    if profile is not None:
        booking = replace(booking, starts_at=local(booking.starts_at, profile.time_zone))
    booking = checked(booking, now, profile.languages if profile is not None else LANGUAGES)
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
