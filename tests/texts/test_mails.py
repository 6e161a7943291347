"""The mails: complete, escaped, in the operator's time, with the code only where it belongs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.profile import load_profile
from bot.texts import LANGUAGES
from bot.texts.mails import Booking, MailText, confirmation, escalation, event_texts, new_code, withdrawal

ROOT = Path(__file__).resolve().parents[2]
PROFILE = load_profile(ROOT / "profiles" / "stadtwerke.yaml")
STARTS = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
BASE = "https://bot.example"
CODE = "482913"


def booking(customer: str = "Erika Beispiel", join_url: str = "https://teams.example/l/1?a=1&b=2") -> Booking:
    """An appointment with Petra Berater."""
    ends = STARTS + timedelta(hours=1)
    return Booking(ref="a1", customer=customer, advisor="Petra Berater", starts=STARTS, ends=ends, join_url=join_url)


def confirmed(language: str = "de", **changes: str) -> MailText:
    """The confirmation mail of that appointment."""
    return confirmation(PROFILE, language, booking(**changes), code=CODE, code_until=STARTS, base_url=BASE, now=STARTS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_confirmation_holds_everything(language: str) -> None:
    """Link, code, operator's time, notices, withdrawal, officer and the warning before the link (R7, R44, R48)."""
    mail = confirmed(language)
    for needle in (
        "https://teams.example/l/1?a=1&amp;b=2", CODE, "10:30", "Petra Berater", f"{BASE}/notices/{language}/privacy",
        f"{BASE}/notices/{language}/terms", f"{BASE}/notices/{language}/withdrawal", "dsb@lotsen-datenschutz.example",
        "Microsoft", "Stadtwerke Lindenau AG", f'lang="{language}"',
    ):  # fmt: skip
        assert needle in mail.html
    assert mail.html.index("/privacy") < mail.html.index("Microsoft") < mail.html.index("teams.example")


def test_the_code_is_in_the_body_only() -> None:
    """Neither the subject, the calendar file nor the representation of a mail holds the code."""
    mail = confirmed()
    assert CODE not in mail.subject
    assert CODE not in repr(mail)
    assert all(CODE.encode() not in content for _, _, content in mail.attachments)


def test_the_calendar_file_is_well_formed() -> None:
    """One event at the booked time, in lines of at most 75 octets that end with CRLF (RFC 5545)."""
    ((name, content_type, content),) = confirmed(join_url="https://teams.example/" + "ü" * 200).attachments
    assert name.endswith(".ics")
    assert content_type.startswith("text/calendar")
    lines = content.split(b"\r\n")
    assert (lines[0], lines[-2], lines[-1]) == (b"BEGIN:VCALENDAR", b"END:VCALENDAR", b"")
    assert b"DTSTART:20261201T093000Z" in lines
    assert b"DTEND:20261201T103000Z" in lines
    assert max(len(line) for line in lines) <= 75
    assert content.replace(b"\r\n ", b"").decode().count("ü") == 200


@given(st.text(max_size=60))
def test_names_cannot_write_html_or_calendar_lines(name: str) -> None:
    """Whatever a customer is called, no tag and no calendar line of theirs comes into being."""
    plain = confirmed(customer="Erika")
    mail = confirmed(customer=f"<img src=x>{name}\r\nBEGIN:VEVENT")
    assert mail.html.count("<") == plain.html.count("<")
    assert mail.attachments == plain.attachments


def test_a_new_code_says_the_old_one_is_void() -> None:
    """The mail of a new code holds it and tells whom to call if nobody asked for it."""
    mail = new_code(PROFILE, "de", customer="Erika", code=CODE, code_until=STARTS, base_url=BASE)
    assert CODE in mail.html
    assert "gilt nicht mehr" in mail.html
    assert "0800 000 1000" in mail.html
    assert mail.attachments == ()


def test_a_withdrawal_is_confirmed_with_its_receipt() -> None:
    """The receipt lists, escaped, what was erased and when the withdrawal arrived (R67, R71)."""
    mail = withdrawal(PROFILE, "en", customer="Erika", received=STARTS, receipt=["Your name: <erased>."], base_url=BASE)
    assert "<li>Your name: &lt;erased&gt;.</li>" in mail.html
    assert "01/12/2026 at 10:30" in mail.html


def test_an_escalation_names_the_consultation_and_nobody() -> None:
    """The officer learns which consultation and since when; the two kinds have their own words."""
    kinds = ("recording", "transcript")
    first, second = (escalation(PROFILE, ref="c7", kind=kind, since=STARTS) for kind in kinds)
    assert "c7" in first.subject
    assert "01.12.2026, 10:30 Uhr" in first.html
    assert first.html != second.html


def test_the_calendar_event_names_no_customer() -> None:
    """What stands in the advisor's calendar is the operator and the advisor only (Art. 5 GDPR)."""
    subject, body = event_texts(PROFILE, "de", "Petra <b>")
    assert subject == "Videoberatung mit Stadtwerke Lindenau AG"
    assert "Petra &lt;b&gt;" in body
