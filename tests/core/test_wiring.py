"""The running product: what is built, what happens where it cannot be built, and what a start takes up again."""

from __future__ import annotations

import asyncio
import json
import resource
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from bot.policy.facts import Fact, HearingLost
from bot.ports import BooksError
from bot.profile import ProfileError, load_profile
from bot.serve import serve
from bot.settings import load_settings
from bot.wiring import key_for, product, take_up_again, terms_of

from .fakes import CHAT, ROOT, Clock, House
from .test_command_line import GOOD


def settings(folder: Path, **changes: str):  # type: ignore[no-untyped-def]
    """Good settings with a database in this folder."""
    return load_settings({**GOOD, "BOT_DATABASE_URL": f"sqlite:///{folder / 'books.sqlite3'}", **changes})


def test_every_purpose_has_a_key_of_its_own(tmp_path: Path) -> None:
    """The same at each start, so that codes stay valid, and none tells of the secret or of another."""
    given = settings(tmp_path)
    keys = {key_for(given, purpose) for purpose in ("codes", "addresses", "", "codes ")}
    assert len(keys) == 4
    assert given.key not in keys
    assert {len(key) for key in keys} == {32}
    assert key_for(settings(tmp_path), "codes") == key_for(given, "codes")


@pytest.mark.parametrize("name", ["stadtwerke", "energiehaus"])
def test_the_terms_are_those_of_the_profile(name: str) -> None:
    """What differs between two operators reaches the rules."""
    profile = load_profile(ROOT / "profiles" / f"{name}.yaml")
    terms = terms_of(profile)
    assert (terms.guard_basis, terms.chat_deletion) == (profile.guard.basis, profile.guard.chat_deletion)
    assert terms.chat_deletion_delay == profile.guard.chat_deletion_delay
    assert terms.code_sends == profile.sign_in.resend_limit + 1
    assert terms.code_tries == profile.sign_in.tries


async def test_a_product_is_built_and_closed_and_built_again(tmp_path: Path) -> None:
    """Closing gives the database back, also where what ran in it failed."""
    for _ in range(2):
        async with product(settings(tmp_path)) as running:
            await running.books.ping()
            assert {"/api/messages", "/api/notifications", "/healthz", "/readyz"} <= {
                resource.canonical for resource in running.application.router.resources()
            }
    with pytest.raises(ZeroDivisionError):
        async with product(settings(tmp_path)):
            raise ZeroDivisionError
    async with product(settings(tmp_path)) as running:
        assert await running.books.conversations() == []


@pytest.mark.parametrize(
    ("file", "content", "error"),
    [("books.sqlite3", b"no database " * 100, BooksError), ("profile.yaml", b"controller: [", ProfileError)],
)
async def test_what_cannot_be_built_is_said_before_the_port_is_open(
    tmp_path: Path, file: str, content: bytes, error: type[Exception]
) -> None:
    """A damaged database and a profile that is none end the start with an error of ours."""
    (tmp_path / file).write_bytes(content)
    changes = {"BOT_PROFILE": str(tmp_path / file)} if file.endswith("yaml") else {}
    with pytest.raises(error):
        await serve(settings(tmp_path, **changes))


@pytest.mark.skipif(
    resource.getrlimit(resource.RLIMIT_CORE)[1] == 0, reason="left out: core dumps cannot be allowed here to begin with"
)
def test_serving_writes_no_core_dump(tmp_path: Path) -> None:
    """A process that is allowed to dump its memory is not any more once it serves."""
    program = """
import json, resource, sys
from app import serve_command
from bot.profile import ProfileError
from bot.settings import load_settings
most = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (most, most))
try:
    serve_command(load_settings(json.load(sys.stdin)))
except ProfileError:
    print(json.dumps([most, resource.getrlimit(resource.RLIMIT_CORE)]))
"""
    given = {**GOOD, "BOT_PROFILE": str(tmp_path / "none.yaml"), "BOT_DATABASE_URL": f"sqlite:///{tmp_path / 'b'}"}
    done = subprocess.run(
        [sys.executable, "-c", program], input=json.dumps(given), capture_output=True, text=True, cwd=ROOT, timeout=60,
        check=True,
    )  # fmt: skip
    before, after = json.loads(done.stdout)
    assert before != 0
    assert after == [0, before]


async def test_a_port_that_is_taken_ends_the_start_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """The error is the system's, and the database can be opened by the next process at once."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        given = settings(tmp_path, BOT_PORT=str(taken.getsockname()[1]), BOT_HOST="127.0.0.1")
        before = asyncio.all_tasks()
        with pytest.raises(OSError, match="address already in use"):
            await serve(given)
        assert asyncio.all_tasks() == before
    async with product(given) as running:
        await running.books.ping()


async def test_a_start_has_every_open_chat_read_back_once(at: House) -> None:
    """Two starts at the same moment are one; a later one reads again, and what is over is let be."""
    taken: list[Fact] = []
    take = at.inbox.take

    async def noted(fact: Fact) -> None:
        taken.append(fact)
        await take(fact)

    at.inbox.take = noted  # type: ignore[method-assign]
    clock = Clock(at.clock() + timedelta(hours=1))
    for _ in range(2):
        await take_up_again(at, clock)  # type: ignore[arg-type]
    assert [fact.conversation for fact in taken if isinstance(fact, HearingLost)] == [CHAT, CHAT]
    assert len({fact.key for fact in taken}) == 1
    at.platform.calls.clear()
    await at.rest()
    assert at.platform.calls.count("messages_since") == 1
