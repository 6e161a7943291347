"""Counts over all consultations: right, and about nobody (N22)."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from bot.storage import StorageError
from bot.storage.books import SqlBooks
from bot.storage.erasure import erase_consultation
from bot.storage.figures import figures
from bot.storage.retirement import erase_findings, purge

from .samples import CHAT, NOW, consultation, keep, participant, recording

OTHER = "19:meeting_talheim@thread.v2"
ROOT = Path(__file__).resolve().parents[2]


async def tell(books: SqlBooks, conversation: str, *entries: tuple[str, dict[str, object]]) -> None:
    async with books.page(conversation) as page:
        for kind, fields in entries:
            await page.record(kind, fields, NOW)


def found(outcome: str, message: str, *kinds: str, version: int = 1) -> tuple[str, dict[str, object]]:
    return f"message:finding:{outcome}", {"message": message, "kinds": list(kinds), "version": version}


def alarm(by: str, message: str, *kinds: str, version: int = 1) -> tuple[str, dict[str, object]]:
    return "finding:released", {"message": message, "by": by, "kinds": list(kinds), "version": version}


async def write(books: SqlBooks) -> None:
    """Two consultations; the same message id in both."""
    await keep(books, consultation(requests=2, hearing="activities", advisor="petra-entra-id"), participant())
    await keep(books, recording(), recording("call-2", verdict="permitted"))
    await keep(books, consultation(conversation=OTHER, requests=3, state="ended"), conversation=OTHER)
    await tell(
        books, CHAT,
        found("failed", "100", "IBAN"), found("warned", "100", "IBAN"), found("failed", "101", "CARD", "IBAN"),
        found("hidden", "101", "CARD", "IBAN"), alarm("advisor", "101", "CARD", "IBAN"),
        alarm("author", "101", "CARD", "IBAN"), found("released", "101", "CARD", "IBAN"),
        found("failed", "101", "IBAN", version=2), alarm("author", "101", "IBAN", version=2),
    )  # fmt: skip
    await tell(books, OTHER, found("failed", "100", "CREDENTIAL"), ("app:removed", {}))


EXPECTED = {
    "consultations": {"ended": 1, "open": 1},
    "hearing": {"activities": 1, "unknown": 1},
    "findings": {"CREDENTIAL": {"failed": 1}, "IBAN": {"failed": 1, "warned": 1}},
    "false_alarms": {"CARD": {"advisor": 1}, "IBAN": {"advisor": 1, "author": 1}},
    "requests_by_staff": 5,
    "recordings": {"permitted": 1, "violation": 1},
}


async def test_each_message_counts_once_as_it_stands(database: str, books: SqlBooks) -> None:
    """Findings by kind and last outcome; a false alarm once for each version, with who said so first."""
    await write(books)

    assert await figures(database) == EXPECTED


async def test_figures_outlast_people_and_findings_but_not_the_trail(database: str, books: SqlBooks) -> None:
    """Erasing people and findings changes no count; a purged consultation counts no longer."""
    await write(books)
    await erase_consultation(books, CHAT, people=None, everything=True, now=NOW)
    await erase_findings(books, CHAT)
    assert await figures(database) == EXPECTED

    await purge(books, CHAT, NOW)

    assert await figures(database) == {
        "consultations": {"ended": 1}, "hearing": {"unknown": 1}, "findings": {"CREDENTIAL": {"failed": 1}},
        "false_alarms": {}, "requests_by_staff": 3, "recordings": {},
    }  # fmt: skip


async def test_nobody_and_no_consultation_is_named(database: str, books: SqlBooks) -> None:
    """Every word of it is one of our own enumerated ones: no id, no reference, no time."""
    await write(books)

    words = set(re.findall(r'"([^"]+)"', json.dumps(await figures(database))))

    assert words <= {
        *EXPECTED, "IBAN", "CARD", "CREDENTIAL", "open", "ended", "activities", "unknown", "warned", "failed",
        "advisor", "author", "permitted", "violation",
    }  # fmt: skip


async def test_an_empty_database_counts_nothing(database: str, books: SqlBooks) -> None:
    """Zero is told as nothing."""
    counted = await figures(database)

    assert counted.pop("requests_by_staff") == 0
    assert set(counted) == set(EXPECTED) - {"requests_by_staff"}
    assert not any(counted.values())


async def test_a_missing_database_is_an_error_and_is_not_made(tmp_path: Path) -> None:
    """Asking makes no file."""
    path = tmp_path / "books.sqlite3"
    with pytest.raises(StorageError, match="unreachable"):
        await figures(f"sqlite:///{path}")
    assert not path.exists()


async def command(**given: str) -> tuple[int | None, str, str]:
    """`python app.py figures` with these settings and no others: exit status and both streams."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BOT_")}
    running = await asyncio.create_subprocess_exec(
        sys.executable, "app.py", "figures", stdout=PIPE, stderr=PIPE, env=clean | given, cwd=ROOT
    )
    output, errors = await running.communicate()
    return running.returncode, output.decode(), errors.decode()


async def test_the_command_needs_settings() -> None:
    """Without settings `figures` says what is missing and ends with 2; nothing is on standard output."""
    status, output, errors = await command()
    assert (status, output) == (2, "")
    assert "BOT_SECRET_KEY" in errors


async def test_the_command_prints_one_json_document(database: str, books: SqlBooks) -> None:
    """With settings it prints the counts and ends with 0."""
    await write(books)
    guid = "00000000-0000-0000-0000-000000000001"
    given = {
        "BOT_APP_ID": guid, "BOT_TENANT_ID": guid, "BOT_CREDENTIAL": "managed_identity",
        "BOT_SECRET_KEY": "A" * 43 + "=", "BOT_PUBLIC_URL": "https://bot.example", "BOT_DATABASE_URL": database,
    }  # fmt: skip
    status, output, errors = await command(**given)
    assert status == 0, errors
    assert json.loads(output) == EXPECTED
