"""Videoberatung: the command line. `python app.py --help` lists the commands; without one it serves.

Exit status: 0 done, 1 failed, 2 wrong input (arguments, settings, profile, scenario, rows).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import json
import os
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

FAILED, WRONG_INPUT = 1, 2
EXAMPLE_PROFILE = Path(__file__).parent / "profiles" / "stadtwerke.yaml"


def parser() -> argparse.ArgumentParser:
    """Every command with its options."""
    root = argparse.ArgumentParser(prog="app.py", description=__doc__.splitlines()[0] if __doc__ else None)
    commands = root.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("serve", help="run the bot with the BOT_* settings of the environment (default)")
    rehearse = commands.add_parser("rehearse", help="play a consultation against the stand-in for Teams and Graph")
    rehearse.add_argument("--scenario", type=Path, help="play this scenario file and report; without it the page opens")
    rehearse.add_argument("--json", action="store_true", help="with --scenario: one JSON document on standard output")
    rehearse.add_argument("--database", help="with --scenario: a sqlite:/// or postgresql:// URL to keep")
    rehearse.add_argument("--port", type=port_number, default=8000, help="port of the page (default 8000)")
    rehearse.add_argument("--no-open", action="store_true", help="do not open a browser")
    scan = commands.add_parser("scan", help="scan JSONL rows from standard input for secrets")
    scan.add_argument("--profile", type=Path, default=EXAMPLE_PROFILE, help="operator profile with the number formats")
    scan.add_argument("--explain", metavar="TEXT", help="show for one text what was found and why")
    scan.add_argument("--score", type=Path, metavar="FILE", help="score a labelled JSONL file")
    book = commands.add_parser("book", help="book a consultation: meeting, app, confirmation mail with code")
    book.add_argument("--customer", required=True, help="the customer's name")
    book.add_argument("--email", required=True, help="the customer's e-mail address: link and code go only there")
    book.add_argument("--at", required=True, type=moment, help="start: 2026-12-01T10:00, in the operator's time zone")
    book.add_argument("--minutes", type=minutes, default=60, help="length in minutes (default 60)")
    book.add_argument("--advisor", required=True, help="the advisor's Entra object id or user principal name")
    book.add_argument("--advisor-name", required=True, help="the advisor's name as the customer reads it")
    book.add_argument(
        "--language", choices=("de", "en"), default="", help="of the mails (default: the profile's first)"
    )
    manifest = commands.add_parser("manifest", help="build the app package for Teams")
    manifest.add_argument("--out", type=Path, default=Path("build/manifest"), help="folder for the zip")
    commands.add_parser("figures", help="count findings, false alarms and recordings over all consultations, as JSON")
    audit = commands.add_parser("audit", help="export and verify the audit trail of a consultation")
    audit.add_argument("conversation", help="the chat id, 19:meeting_...@thread.v2, or appointment:REF")
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # whatever the terminal's encoding is: JSON lines are UTF-8
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = parser().parse_args(given or ["serve"])
    match options.command:
        case "rehearse":
            return rehearse_command(options)
        case "scan":
            return scan_command(options)
        case "manifest":
            return manifest_command(options)
        case "book":
            return with_settings(lambda settings: book_command(options, settings))
        case "audit":
            return with_settings(lambda settings: audit_command(options, settings))
        case "figures":
            return with_settings(figures_command)
        case _:
            return with_settings(serve_command)


def with_settings(run: object) -> int:
    """Read the settings, say clearly what is wrong with them, and run."""
    from bot.graph.crypto import NotificationKeyError
    from bot.logs import begin as begin_logging
    from bot.ports import BooksError
    from bot.profile import ProfileError
    from bot.settings import SettingsError, load_settings

    try:
        settings = load_settings()
        begin_logging(settings.log_level)
        return run(settings)  # type: ignore[operator,no-any-return]
    except (SettingsError, ProfileError, NotificationKeyError) as error:
        print(f"The settings are not usable:\n{error}", file=sys.stderr)  # noqa: T201
        return WRONG_INPUT
    except BooksError as error:
        print(f"The database cannot be used: {error}", file=sys.stderr)  # noqa: T201
        return FAILED


def serve_command(settings: object) -> int:
    """Serve until told to stop."""
    from bot.serve import no_core_dumps, serve

    no_core_dumps()
    try:
        asyncio.run(serve(settings))  # type: ignore[arg-type]
    except (OSError, UnicodeError) as error:  # a host name that is none is no OSError
        why = error.strerror if isinstance(error, OSError) else "no such host"
        print(f"The port cannot be opened: {why}", file=sys.stderr)  # noqa: T201
        return FAILED
    except KeyboardInterrupt:
        pass
    return 0


def rehearse_command(options: argparse.Namespace) -> int:
    """A scenario file, or the page."""
    from bot.rehearsal.command import run_page, run_scenario

    if options.scenario is None:
        if options.json or options.database:
            print("--json and --database go with --scenario", file=sys.stderr)  # noqa: T201
            return WRONG_INPUT
        return run_page(options.port, open_browser=not options.no_open)
    return run_scenario(options.scenario, options.database, options.json)


def scan_command(options: argparse.Namespace) -> int:
    """The chat guard's detection on its own."""
    from bot.profile import ProfileError, load_profile
    from bot.scan import run

    try:
        formats = load_profile(options.profile).number_formats()
    except ProfileError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return WRONG_INPUT
    try:
        return run(sys.stdin.buffer, sys.stdout, sys.stderr, formats, explain=options.explain, score=options.score)
    except OSError as error:  # who reads our output has gone, the disk is full, a folder is given as input
        with contextlib.suppress(OSError):  # what was not written yet is not tried again at the exit
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        print(f"Not all rows were answered: {error.strerror}", file=sys.stderr)  # noqa: T201
        return FAILED


def manifest_command(options: argparse.Namespace) -> int:
    """Build the package an admin can sideload."""
    from manifest.build import main as build

    try:
        return build(os.environ, options.out)
    except OSError as error:
        print(f"The package cannot be written: {error.strerror}", file=sys.stderr)  # noqa: T201
        return FAILED


def book_command(options: argparse.Namespace, settings: object) -> int:
    """Book, and carry out what follows from it before returning."""
    from bot.booking import Booking, BookingError
    from bot.wiring import book_and_carry_out

    booking = Booking(
        customer_name=options.customer,
        customer_email=options.email,
        advisor=options.advisor,
        advisor_name=options.advisor_name,
        starts_at=options.at,
        length=timedelta(minutes=options.minutes),
        language=options.language,
    )
    try:
        confirmed, ref = asyncio.run(book_and_carry_out(settings, booking))  # type: ignore[arg-type]
    except BookingError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return WRONG_INPUT
    print(ref)  # noqa: T201
    if not confirmed:
        late = "Booked, but the confirmation is not out. The running bot goes on with what Microsoft has not refused"
        print(f"{late}; what was given up: app.py audit appointment:{ref}", file=sys.stderr)  # noqa: T201
        return FAILED
    return 0


def audit_command(options: argparse.Namespace, settings: object) -> int:
    """The trail as JSON, and whether its chain is whole."""
    from bot.storage.reports import consultation_report

    report = asyncio.run(consultation_report(settings.database_url, options.conversation))  # type: ignore[attr-defined]
    trail = {name: report[name] for name in ("audit", "audit_chain")}
    json.dump(trail, sys.stdout, ensure_ascii=False, indent=1)
    print()  # noqa: T201
    return 0 if trail["audit_chain"] in ("verified", "purged") else FAILED


def figures_command(settings: object) -> int:
    """Counts that name nobody."""
    from bot.storage.figures import figures

    json.dump(asyncio.run(figures(settings.database_url)), sys.stdout, indent=1)  # type: ignore[attr-defined]
    print()  # noqa: T201
    return 0


def port_number(text: str) -> int:
    """A port between 0 and 65535."""
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return int(text)


def minutes(text: str) -> int:
    """A length of up to a day; what is allowed of it says bot/booking.py."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:9]) <= 1440:
        raise argparse.ArgumentTypeError("a number of minutes such as 60 is expected")
    return int(text)


def moment(text: str) -> datetime:
    """An ISO 8601 date and time, with an offset or without (bot/booking.py, `local`)."""
    try:
        if "T" not in text.upper() and " " not in text:
            raise ValueError
        return datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a time such as 2026-12-01T10:00+01:00 is expected") from None


if __name__ == "__main__":
    sys.exit(main())
