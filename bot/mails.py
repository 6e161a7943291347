"""Mails to the customer and to the data-protection officer: subject, HTML and attachments from texts and profile.

Pure functions. The mail with the code goes to the booked address only (R7, R20); it names the notices before the
link to Teams is opened (R44, R48).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from bot.policy.state import Appointment, Consultation, Recording
from bot.profile import Profile
from bot.texts import text


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail ready to send; attachments are (name, content type, bytes)."""

    to: str
    subject: str
    html: str
    attachments: tuple[tuple[str, str, bytes], ...] = ()


def code_mail(profile: Profile, base_url: str, booking: Appointment, code: str, occasion: str) -> Mail:
    """The confirmation of an appointment (`occasion` "confirmation", with a calendar file), or a new code."""
    language = booking.language
    links = profile.links(base_url, language)
    starts = local(booking.starts_at, profile)
    until = local(booking.code_expires_at or booking.ends_at, profile)

    def say(key: str, **values: object) -> str:
        return escape(text(f"mail.{key}", language, **values))

    first = occasion == "confirmation"
    when = {"date": day(starts, language), "time": f"{starts:%H:%M}"}
    join = escape(booking.join_url or "", quote=True)
    parts = [f"<p>{say('greeting', name=booking.customer_name)}</p>"]
    if first:
        parts.append(f"<p>{say('confirmation.intro', advisor=booking.advisor_name, **when)}</p>")
    else:
        parts.append(f"<p>{say('new_code.intro')}</p>")
    links_html = "".join(
        f'<li><a href="{escape(url, quote=True)}">{say(f"links.{name}")}</a>: {escape(url)}</li>'
        for name, url in (("privacy", links.privacy), ("terms", links.terms), ("withdrawal", links.withdrawal))
    )
    if first:  # the notices stand before the link: Teams is the provider's responsibility once it is opened (R48)
        parts += [f"<p>{say('links')}</p><ul>{links_html}</ul>"]
        parts += [f"<p>{say('confirmation.microsoft', microsoft_url=links.microsoft)}</p>"]
        parts += [f'<p>{say("confirmation.join")}<br><a href="{join}">{join}</a></p>']
        parts += [f"<p>{say('confirmation.browser')}</p>"]
    parts += [f'<p><strong>{say("code.title")}</strong><br><span style="font-size:1.6em">{escape(code)}</span></p>']
    parts += [f"<p>{say('code.use', until=f'{day(until, language)}, {until:%H:%M}')}</p>"]
    if first:
        parts += [f"<p>{say(key)}</p>" for key in ("never", "scan", "recording", "device")]
    else:
        parts += [f"<p>{say('new_code.not_you', phone=profile.controller.phone)}</p>"]
    parts += closing(profile, language)
    subject = (
        text(f"mail.{occasion}.subject", language, date=when["date"])
        if first
        else text("mail.new_code.subject", language)
    )
    files = ((("termin.ics", "text/calendar", calendar_file(profile, booking)),)) if first else ()
    return Mail(booking.customer_email, subject, page("".join(parts), language), files)


def escalation_mail(profile: Profile, consultation: Consultation, recording: Recording) -> Mail:
    """To the data-protection officer: a recording nobody agreed to has not been confirmed stopped (R24, R28)."""
    language = profile.languages[0]
    since = local(recording.started_at, profile)
    values = {"ref": consultation.ref, "date": day(since, language), "time": f"{since:%H:%M}"}
    body = text(f"mail.escalation.{recording.kind}", language, **values)
    subject = text("mail.escalation.subject", language, ref=consultation.ref)
    html = page(f"<p>{escape(body)}</p><p>{escape(text('mail.escalation.advice', language))}</p>", language)
    return Mail(profile.data_protection_officer.email, subject, html)


def closing(profile: Profile, language: str) -> list[str]:
    """Ways to reach the operator and the officer, in every mail (R60, R61)."""
    officer = profile.data_protection_officer

    def say(key: str, **values: object) -> str:
        return escape(text(f"mail.{key}", language, **values))

    return [
        f"<p>{say('channels', phone=profile.other_channels.phone, mailbox=profile.withdrawal_mailbox)}</p>",
        f"<p>{say('officer', dpo_name=officer.name, dpo_email=officer.email)}</p>",
        f"<p>{say('signature')}<br>{escape(profile.controller.name)}</p>",
    ]


def page(body: str, language: str) -> str:
    """A plain HTML mail: no pictures, nothing loaded from anywhere."""
    style = "font-family:sans-serif;line-height:1.5;max-width:40em"
    return f'<!doctype html><html lang="{language}"><body style="{style}">{body}</body></html>'


def calendar_file(profile: Profile, booking: Appointment) -> bytes:
    """The appointment as iCalendar (RFC 5545), without the code."""
    event = Event()
    event.add("uid", f"{booking.ref}@videoberatung")
    event.add("summary", text("appointment.subject", booking.language, controller=profile.controller.name))
    event.add("dtstart", booking.starts_at)
    event.add("dtend", booking.ends_at)
    event.add("dtstamp", booking.starts_at)
    event.add("url", booking.join_url or "")
    calendar = Calendar()
    calendar.add("prodid", "-//Videoberatung//DE")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def local(moment: datetime, profile: Profile) -> datetime:
    """In the operator's time zone."""
    return moment.astimezone(ZoneInfo(profile.time_zone))


def day(moment: datetime, language: str) -> str:
    """A date as people write it."""
    return f"{moment:%d.%m.%Y}" if language == "de" else f"{moment.day} {moment:%B %Y}"
