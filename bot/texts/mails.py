"""The mails a customer gets: words from the texts, facts from the profile, everything escaped (R7, R44, R48, R66)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from typing import Literal
from zoneinfo import ZoneInfo

from bot.profile import Profile
from bot.texts import text

CALENDAR_TYPE = "text/calendar; charset=utf-8; method=PUBLISH"


@dataclass(frozen=True, slots=True)
class MailText:
    """One mail. `html` may hold a one-time code: masked in `repr`, kept nowhere."""

    subject: str
    html: str = field(repr=False)
    attachments: tuple[tuple[str, str, bytes], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """What a mail tells of an appointment. Times are timezone-aware; `ref` is our random name of it."""

    ref: str
    customer: str = field(repr=False)
    advisor: str
    starts: datetime
    ends: datetime
    join_url: str


def confirmation(
    profile: Profile, language: str, booking: Booking, *, code: str, code_until: datetime, base_url: str, now: datetime
) -> MailText:
    """The appointment's confirmation: link, code, what must not be typed, notices, calendar file."""
    links = profile.links(base_url, language)
    date, time = _local(profile, language, booking.starts)
    intro = text("mail.confirmation.intro", language, advisor=booking.advisor, date=date, time=time)
    body = [
        _paragraph(text("mail.greeting", language, name=booking.customer)),
        _paragraph(intro),
        *_notices(profile, language, base_url),  # before the link: opening it involves the provider (R44, R48)
        _paragraph(text("mail.confirmation.microsoft", language, microsoft_url=links.microsoft)),
        _paragraph(text("mail.confirmation.join", language)) + _link(booking.join_url),
        _paragraph(text("mail.confirmation.browser", language)),
        *_code(profile, language, code, code_until),
        *(_paragraph(text(f"mail.{key}", language)) for key in ("never", "scan", "recording", "device")),
        *_closing(profile, language),
    ]
    subject = text("mail.confirmation.subject", language, date=date)
    calendar = ("videoberatung.ics", CALENDAR_TYPE, _calendar(profile, language, booking, now))
    return MailText(subject, _page(profile, language, subject, body), (calendar,))


def new_code(
    profile: Profile, language: str, *, customer: str, code: str, code_until: datetime, base_url: str
) -> MailText:
    """A new code in place of the old one (R18)."""
    body = [
        _paragraph(text("mail.greeting", language, name=customer)),
        _paragraph(text("mail.new_code.intro", language)),
        *_code(profile, language, code, code_until),
        _paragraph(text("mail.new_code.not_you", language, phone=profile.other_channels.phone)),
        *_notices(profile, language, base_url),
        *_closing(profile, language),
    ]
    subject = text("mail.new_code.subject", language)
    return MailText(subject, _page(profile, language, subject, body))


def withdrawal(
    profile: Profile, language: str, *, customer: str, received: datetime, receipt: Sequence[str], base_url: str
) -> MailText:
    """The receipt of a withdrawal; `receipt` are the sentences of cards/session_ended (`receipt_lines`)."""
    date, time = _local(profile, language, received)
    lines = "".join(f"<li>{escape(line)}</li>" for line in receipt)
    body = [
        _paragraph(text("mail.greeting", language, name=customer)),
        _paragraph(text("mail.withdrawal.intro", language, date=date, time=time)),
        f"<ul>{lines}</ul>" if lines else "",
        _paragraph(text("mail.withdrawal.lawful", language)),
        *_notices(profile, language, base_url),
        *_closing(profile, language),
    ]
    subject = text("mail.withdrawal.subject", language)
    return MailText(subject, _page(profile, language, subject, body))


def escalation(profile: Profile, *, ref: str, kind: Literal["recording", "transcript"], since: datetime) -> MailText:
    """To the data-protection officer: a recording nobody agreed to has not been confirmed stopped (R24, R28)."""
    language = profile.languages[0]
    date, time = _local(profile, language, since)
    subject = text("mail.escalation.subject", language, ref=ref)
    body = [
        _paragraph(text(f"mail.escalation.{kind}", language, ref=ref, date=date, time=time)),
        _paragraph(text("mail.escalation.advice", language)),
    ]
    return MailText(subject, _page(profile, language, subject, body))


def event_texts(profile: Profile, language: str, advisor: str) -> tuple[str, str]:
    """Subject and body (HTML) of the calendar event in the advisor's calendar: no name of the customer, no code."""
    subject = text("appointment.subject", language, controller=profile.controller.name)
    return subject, _paragraph(text("appointment.body", language, advisor=advisor))


def _paragraph(words: str) -> str:
    return f"<p>{escape(words)}</p>"


def _link(url: str, words: str = "") -> str:
    return f'<p><a href="{escape(url)}">{escape(words or url)}</a></p>'


def _code(profile: Profile, language: str, code: str, until: datetime) -> list[str]:
    date, time = _local(profile, language, until)
    return [
        f"<h2>{escape(text('mail.code.title', language))}</h2>",
        f'<p style="font-size:1.6em;letter-spacing:.15em"><strong>{escape(code)}</strong></p>',
        _paragraph(text("mail.code.use", language, until=f"{date}, {time}")),
    ]


def _notices(profile: Profile, language: str, base_url: str) -> list[str]:
    links = profile.links(base_url, language)
    pages = (("privacy", links.privacy), ("terms", links.terms), ("withdrawal", links.withdrawal))
    return [
        _paragraph(text("mail.links", language)),
        *(_link(url, f"{text(f'mail.links.{name}', language)}: {url}") for name, url in pages),
    ]


def _closing(profile: Profile, language: str) -> list[str]:
    """Ways to reach the operator and the officer (R60, R61)."""
    officer, phone, mailbox = profile.data_protection_officer, profile.other_channels.phone, profile.withdrawal_mailbox
    return [
        _paragraph(text("mail.channels", language, phone=phone, mailbox=mailbox)),
        _paragraph(text("mail.officer", language, dpo_name=officer.name, dpo_email=officer.email)),
        _paragraph(text("mail.signature", language)),
        _paragraph(profile.controller.name),
    ]


def _page(profile: Profile, language: str, title: str, body: list[str]) -> str:
    head = f'<meta charset="utf-8"><title>{escape(title)}</title>'
    return f'<!doctype html><html lang="{language}"><head>{head}</head><body>{"".join(body)}</body></html>'


def _local(profile: Profile, language: str, moment: datetime) -> tuple[str, str]:
    """Day and time of day in the operator's zone."""
    local = moment.astimezone(ZoneInfo(profile.time_zone))
    return f"{local:%d.%m.%Y}" if language == "de" else f"{local:%d/%m/%Y}", f"{local:%H:%M}"


def _calendar(profile: Profile, language: str, booking: Booking, now: datetime) -> bytes:
    """An iCalendar file (RFC 5545). It holds the link but never the code: calendars are shared and synchronised."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Videoberatung//1.0//DE",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{booking.ref}@videoberatung",
        f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART:{booking.starts.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTEND:{booking.ends.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"SUMMARY:{_ical(text('appointment.subject', language, controller=profile.controller.name))}",
        f"LOCATION:{_ical(booking.join_url)}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{folded}\r\n" for line in lines for folded in _fold(line)).encode()


def _ical(value: str) -> str:
    """Escaped as RFC 5545 3.3.11 asks; a line break in a value cannot start a line of its own."""
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r", ""), ("\n", "\\n")):
        value = value.replace(plain, escaped)
    return value


def _fold(line: str) -> list[str]:
    """Lines of at most 75 octets (RFC 5545 3.1), never cut inside a character."""
    parts, current = [], ""
    for character in line:
        if len((current + character).encode()) > 74:
            parts.append(current)
            current = " "
        current += character
    return [*parts, current]
