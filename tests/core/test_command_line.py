"""The command line, the settings and the booking: bad input gets a clear line and status 2, never a traceback."""

from __future__ import annotations

import base64
import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

import app
from bot.booking import Booking, BookingError, book, checked
from bot.profile import load_profile
from bot.settings import SettingsError, load_settings

from .fakes import CHAT, NOW, ROOT, House

KEY = base64.b64encode(b"k" * 32).decode()
GOOD = {
    "BOT_APP_ID": "00000000-0000-0000-0000-00000000000A",
    "BOT_TENANT_ID": "00000000-0000-0000-0000-000000000002",
    "BOT_CREDENTIAL": "secret",
    "BOT_CLIENT_SECRET": "Geheim-1234567",
    "BOT_SECRET_KEY": KEY,
    "BOT_PUBLIC_URL": "https://bot.example.org",
    "BOT_PROFILE": str(ROOT / "profiles" / "stadtwerke.yaml"),
}


def test_good_settings_are_read() -> None:
    """Names are case-insensitive, GUIDs lower case, empty values as good as absent, secrets masked."""
    given = {name.lower(): value for name, value in GOOD.items()} | {"BOT_MAIL_SENDER": "", "PATH": "/bin"}
    settings = load_settings(given)
    assert settings.app_id.endswith("a")
    assert settings.key == b"k" * 32
    assert "Geheim-1234567" not in repr(settings)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"BOT_PORTT": "1"}, "did you mean BOT_PORT"),
        ({"BOT_PORT": "99999"}, "BOT_PORT"),
        ({"BOT_PORT": "http"}, "BOT_PORT"),
        ({"BOT_APP_ID": "me"}, "GUID"),
        ({"BOT_APP_ID": ""}, "missing: BOT_APP_ID"),
        ({"BOT_CREDENTIAL": "password"}, "BOT_CREDENTIAL"),
        ({"BOT_CLIENT_SECRET": ""}, "BOT_CLIENT_SECRET"),
        ({"BOT_CREDENTIAL": "certificate"}, "BOT_CERTIFICATE_PATH"),
        ({"BOT_CREDENTIAL": "certificate", "BOT_CERTIFICATE_PATH": "/nowhere.pem"}, "BOT_CERTIFICATE_PATH"),
        ({"BOT_CREDENTIAL": "certificate", "BOT_CERTIFICATE_PATH": str(ROOT / "app.py")}, "BOT_CERTIFICATE_PATH"),
        ({"BOT_SECRET_KEY": "kurz"}, "BOT_SECRET_KEY"),
        ({"BOT_SECRET_KEY": base64.b64encode(b"short").decode()}, "32 bytes"),
        ({"BOT_PUBLIC_URL": "http://bot.example.org"}, "https"),
        ({"BOT_PUBLIC_URL": "nonsense"}, "BOT_PUBLIC_URL"),
        ({"BOT_DATABASE_URL": "mysql://x"}, "BOT_DATABASE_URL"),
        ({"BOT_DATABASE_URL": "sqlite:///"}, "sqlite:///FILE"),
        ({"BOT_DATABASE_URL": "postgresql://u:p@h:port/x"}, "BOT_DATABASE_URL"),
        ({"BOT_REHEARSAL_ORIGIN": "http://127.0.0.1:1"}, "BOT_REHEARSAL=true"),
        ({"BOT_REHEARSAL": "true"}, "BOT_REHEARSAL_ORIGIN"),
        (
            {
                "BOT_REHEARSAL": "true", "BOT_REHEARSAL_ORIGIN": "http://attacker.example",
                "BOT_REHEARSAL_LOGIN": "https://127.0.0.1:1", "BOT_REHEARSAL_CERTIFICATE": "x.pem",
            },
            "must be on this machine",
        ),
    ],
)  # fmt: skip
def test_wrong_settings_are_named_without_a_secret(changes: dict[str, str], said: str) -> None:
    """Each wrong setting is named with what is expected; no secret's value is in the message."""
    with pytest.raises(SettingsError) as error:
        load_settings(GOOD | changes)
    assert said in str(error.value)
    assert "Geheim-1234567" not in str(error.value)
    assert KEY not in str(error.value)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A usable environment with a database of its own."""
    for name, value in {**GOOD, "BOT_DATABASE_URL": f"sqlite:///{tmp_path / 'books.sqlite3'}"}.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


BOOK = ["book", "--customer", "Erika", "--email", "erika@example.org", "--advisor", "x", "--advisor-name", "Petra"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such-command"],
        ["rehearse", "--port", "99999"],
        ["rehearse", "--port", "²"],
        ["rehearse", "--json"],
        ["rehearse", "--scenario", "/nowhere.yaml", "--json"],
        ["scan", "--profile", "/nowhere.yaml"],
        BOOK,
        [*BOOK, "--at", "morgen"],
        [*BOOK, "--at", "0001-01-01"],
        [*BOOK, "--at", "2026-12-01"],
        [*BOOK, "--at", "0001-01-01T00:00+14:00"],
        [*BOOK, "--at", "9999-12-31T23:59-14:00"],
        [*BOOK, "--at", "0001-01-01T00:00"],
        [*BOOK, "--at", "2027-03-28T02:30"],
        [*BOOK, "--at", "2027-10-31T02:30"],
        [*BOOK, "--at", "2027-01-01T10:00+01:00", "--email", "\udcff@example.org"],
        [*BOOK, "--at", "2027-01-01T10:00+01:00", "--customer", "\udcff"],
        [*BOOK, "--at", "2020-01-01T10:00+01:00"],
        [*BOOK, "--at", "9999-12-31T23:59+00:00"],
        [*BOOK, "--at", "2027-01-01T10:00+01:00", "--minutes", "9" * 20],
        [*BOOK, "--at", "2027-01-01T10:00+01:00", "--minutes", "-5"],
        [*BOOK, "--at", "2027-01-01T10:00+01:00", "--minutes", "1"],
        [*BOOK, "--at", "2027-01-01T10:00+01:00", "--language", "fr"],
        [*BOOK, "--at", "2027-01-01T10:00+01:00", "--email", "erika@example.org\nBcc: x@example.org"],
    ],
)
def test_bad_arguments_are_refused(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    """Status 2, a line on standard error, nothing on standard output, no traceback."""
    try:
        status = app.main(arguments)
    except SystemExit as left:
        status = left.code
    said = capsys.readouterr()
    assert (status, said.out) == (2, "")
    assert said.err.strip()
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("BOT_PROFILE", "/nowhere.yaml", 2),
        ("BOT_NOTIFICATION_KEY_PATH", "/nowhere.pem", 2),
        ("BOT_UNKNOWN", "1", 2),
        ("BOT_DATABASE_URL", "sqlite:////nowhere/at/all.sqlite3", 1),
    ],
)
def test_serving_refuses_to_start_with_a_clear_line(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, status: int
) -> None:
    """What is wrong with the environment is said before any port is opened."""
    environment.setenv(name, value)
    assert app.main(["serve"]) == status
    assert "Traceback" not in capsys.readouterr().err


def test_a_package_that_cannot_be_written_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that cannot be made is one line and status 1."""
    assert app.main(["manifest", "--out", "/dev/null/x"]) == 1
    assert "cannot be written" in capsys.readouterr().err


def booking(**changes: object) -> Booking:
    """A good booking with changes."""
    values = {
        "customer_name": "Erika Beispiel", "customer_email": "erika@example.org", "advisor": "Petra@Lindenau.example",
        "advisor_name": "Petra Berater", "starts_at": NOW + timedelta(days=1),
    }  # fmt: skip
    return Booking(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {"customer_name": " "},
        {"customer_name": "x" * 201},
        {"advisor_name": "Petra\nBcc: x"},
        {"customer_email": "erika"},
        {"customer_email": "erika@example.org, otto@example.org"},
        {"customer_email": "erika@example.org\r\nBcc: otto@example.org"},
        {"customer_email": "erika\x01@example.org"},
        {"customer_email": "erika\u202e@example.org"},
        {"customer_email": "erika@example..org"},
        {"customer_email": "erika@-example.org"},
        {"customer_email": "erika@" + "a." * 130 + "org"},
        {"advisor": "../../etc"},
        {"advisor": ""},
        {"starts_at": NOW.replace(tzinfo=None)},
        {"starts_at": NOW - timedelta(hours=2)},
        {"starts_at": datetime.max.replace(tzinfo=timezone(timedelta(hours=-14)))},
        {"starts_at": datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))},
        {"starts_at": NOW + timedelta(days=9000)},
        {"length": timedelta(minutes=4)},
        {"length": timedelta.max},
        {"language": "fr"},
    ],
)
def test_what_is_no_booking_is_refused(changes: dict[str, object]) -> None:
    """Each fault is refused and the message does not repeat what was given."""
    with pytest.raises(BookingError) as error:
        checked(booking(**changes), NOW)
    assert "erika" not in str(error.value)


async def test_a_time_without_an_offset_is_the_operators(empty: House) -> None:
    """Ten o'clock is ten o'clock in the operator's zone, in winter as in summer, wherever the command runs."""
    profile = load_profile(ROOT / "profiles" / "stadtwerke.yaml")
    for written, meant in (("2027-01-11T10:00", 9), ("2027-07-12T10:00", 8)):
        start = datetime.fromisoformat(written)
        ref = await book(booking(starts_at=start), empty.inbox, b"k" * 32, NOW, profile=profile)
        kept = (await empty.desk.look(f"appointment:{ref}")).appointment
        assert kept is not None
        assert kept.starts_at == datetime(start.year, start.month, start.day, meant, tzinfo=UTC)
        assert kept.ends_at - kept.starts_at == timedelta(hours=1)


async def test_a_booking_is_in_a_language_the_operator_offers(empty: House) -> None:
    """Nobody is sent links to pages that are not there: another language is refused, none is the profile's first."""
    profile = load_profile(ROOT / "profiles" / "stadtwerke.yaml").model_copy(update={"languages": ("en",)})
    with pytest.raises(BookingError, match="language: en is expected"):
        await book(booking(language="de"), empty.inbox, b"k" * 32, NOW, profile=profile)
    ref = await book(booking(), empty.inbox, b"k" * 32, NOW, profile=profile)
    kept = (await empty.desk.look(f"appointment:{ref}")).appointment
    assert kept is not None
    assert kept.language == "en"


async def test_a_booking_ends_in_a_confirmed_appointment(empty: House) -> None:
    """Recording is off before the app is in the chat and the mail is out; the code is kept as a digest only."""
    ref = await book(booking(), empty.inbox, b"k" * 32, NOW)
    await empty.rest()
    order = [call for call in empty.platform.calls if call in ("forbid_recording", "install_in_chat", "send_mail")]
    assert order == ["forbid_recording", "install_in_chat", "send_mail"]
    kept = (await empty.desk.look(f"appointment:{ref}")).appointment
    assert kept is not None
    assert (kept.confirmed_at, kept.conversation, kept.advisor) == (NOW, CHAT, "petra@lindenau.example")
    to, html = empty.platform.mails[0]
    assert to == "erika@example.org"
    assert empty.codes[0] in html
    assert kept.code_digest == empty.inbox.code_digest(empty.codes[0])
    path = empty.books.engine.url.database
    assert path is not None
    dump = "\n".join(sqlite3.connect(path).iterdump())
    assert empty.codes[0] not in dump
