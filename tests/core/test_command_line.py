"""The command line, the settings and the booking: bad input gets a clear line and status 2, never a traceback."""

from __future__ import annotations

import base64
import io
import json
import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

import app
from bot import scan
from bot.booking import Booking, BookingError, book, checked
from bot.profile import load_profile
from bot.scan import LONGEST_LINE
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
        ({"BOT_CREDENTIAL": "certificate", "BOT_CERTIFICATE_PATH": "/"}, "BOT_CERTIFICATE_PATH"),
        ({"BOT_PUBLIC_URL": "https://user:Geheim-1234567@bot.example.org"}, "without user"),
        ({"BOT_PUBLIC_URL": "https://bot.example.org/?tenant=1"}, "without user"),
        ({"BOT_PUBLIC_URL": "https://bot.example.org/#top"}, "without user"),
        ({"BOT_SERVICE_URLS": "https://smba.trafficmanager.net/"}, "host names"),
        ({"BOT_SERVICE_URLS": "*"}, "host names"),
        ({"BOT_SERVICE_URLS": "*.com,smba.trafficmanager.net:443"}, "host names"),
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


def test_a_certificate_is_read_before_it_is_needed(tmp_path: Path) -> None:
    """A file that only looks like key and certificate, or holds those of two keys, is refused at the start."""
    one, other = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bot")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(1)
    builder = builder.not_valid_before(NOW).not_valid_after(NOW + timedelta(days=1)).public_key(one.public_key())
    certificate = builder.sign(one, hashes.SHA256()).public_bytes(Encoding.PEM)
    file = tmp_path / "bot.pem"
    given = GOOD | {"BOT_CREDENTIAL": "certificate", "BOT_CERTIFICATE_PATH": str(file)}
    keys = [key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) for key in (one, other)]
    for content, said in (
        (b"-----BEGIN PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\n", "must hold an unencrypted"),
        (keys[1] + certificate, "of another key"),
    ):
        file.write_bytes(content)
        with pytest.raises(SettingsError, match=said):
            load_settings(given)
    file.write_bytes(keys[0] + certificate)
    assert load_settings(given).certificate_path == file


def test_guids_have_the_form_that_tokens_have() -> None:
    """However an id was written down, it is compared with what Microsoft sends: lower case, with hyphens."""
    plain = "00000000-0000-0000-0000-00000000000a"
    for written in (plain.upper(), plain.replace("-", ""), "{" + plain + "}", "urn:uuid:" + plain):
        assert load_settings(GOOD | {"BOT_APP_ID": written, "BOT_TENANT_ID": written}).tenant_id == plain


def test_the_databases_password_is_not_in_the_repr() -> None:
    """Whoever prints the settings prints no password."""
    settings = load_settings(GOOD | {"BOT_DATABASE_URL": "postgresql://bot:Geheim-1234567@localhost/bot"})
    assert "Geheim-1234567" not in f"{settings!r} {settings}"


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
        ("BOT_HOST", "..", 1),
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


def run(*arguments: str, **how: Any) -> subprocess.CompletedProcess[bytes]:
    """The command line as a process of its own."""
    environment = {"PATH": os.environ["PATH"], "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, str(ROOT / "app.py"), *arguments]
    return subprocess.run(command, stderr=subprocess.PIPE, env=environment, timeout=60, check=False, **how)


def test_json_lines_are_utf8_whatever_the_terminal_is() -> None:
    """An id with an umlaut is answered where the terminal knows ASCII only."""
    done = run("scan", input='{"id":"ä€😀","text":"Guten Tag"}\n'.encode(), stdout=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout) == {"id": "ä€😀", "spans": []}


class Bounded(io.BytesIO):
    """A stream that remembers the longest piece asked for at once; -1 is everything."""

    most = 0

    def readline(self, size: int | None = -1, /) -> bytes:
        """One line, or its beginning."""
        self.most = sys.maxsize if size is None or size < 0 else max(self.most, size)
        return super().readline(size)


def test_a_row_without_an_end_is_never_held_as_a_whole() -> None:
    """Of a line that is too long a bounded piece is read at a time; it is one wrong row, and the next is answered."""
    stream = Bounded(b"x" * (3 * LONGEST_LINE) + b'\n{"id":"2","text":"Guten Tag"}\n')
    out, err = io.StringIO(), io.StringIO()
    status = scan.run(stream, out, err, scan.EXAMPLE_FORMATS, explain=None, score=None)
    assert stream.most <= LONGEST_LINE + 1
    assert (status, json.loads(out.getvalue())) == (2, {"id": "2", "spans": []})
    assert [line.partition(":")[0] for line in err.getvalue().splitlines()] == ["row 1"]


def test_the_longest_text_is_answered_however_it_is_written() -> None:
    """A text of the full length fits into a row although each of its characters is written as two escapes."""
    row = json.dumps({"id": "1", "text": "😀" * scan.LONGEST_TEXT}).encode()
    assert len(scan.parse_row(row)["text"]) == scan.LONGEST_TEXT


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_is_said_in_one_line() -> None:
    """Rows that cannot be written are no traceback, which would show a row's text, and no success."""
    with Path("/dev/full").open("wb") as full:
        done = run("scan", input=b'{"id":"a","text":"x"}\n', stdout=full)
    assert done.returncode == 1
    assert done.stderr.decode().splitlines() == ["Not all rows were answered: No space left on device"]


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
