"""The control channel: a command that cannot be carried out is answered, and never ends the bot or its clock."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from bot.ports import BooksError
from bot.rehearsal.control import LONGEST_LINE, Control

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Ledger:
    """Is at rest at once, with nothing due, unless its books are away."""

    busy = False

    def __init__(self) -> None:
        self.woken = 0
        self.away = False

    def wake(self) -> None:
        self.woken += 1

    async def at_rest(self) -> tuple[datetime | None, datetime | None]:
        if self.away:
            raise BooksError("unreachable")
        return NOW, None


class Inbox:
    """Has nothing to write down or to make up for."""

    async def flush(self) -> None:
        """Nothing."""

    async def make_up(self) -> None:
        """Nothing."""


class Parent:
    """The other end of the channel."""

    def __init__(self, control: Control, commands: int, replies: int, done: asyncio.Event) -> None:
        self.control, self.done, self.ledger = control, done, Ledger()
        self.product: Any = SimpleNamespace(ledger=self.ledger, inbox=Inbox(), front=SimpleNamespace(in_flight=0))
        self._commands, self._replies = commands, os.fdopen(replies, "rb")

    async def send(self, line: bytes) -> None:
        """Write, however much the pipe takes at once."""
        await asyncio.to_thread(self._write, line)

    def _write(self, line: bytes) -> None:
        while line:
            line = line[os.write(self._commands, line) :]

    async def told(self) -> dict[str, Any]:
        """The next line of the bot."""
        async with asyncio.timeout(20):
            return json.loads(await asyncio.to_thread(self._replies.readline))

    async def ask(self, line: bytes | dict[str, Any]) -> dict[str, Any]:
        """Send a line, return its reply."""
        await self.send(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n")
        return await self.told()

    def hang_up(self) -> None:
        """Close the channel."""
        with suppress(OSError):
            os.close(self._commands)


@pytest.fixture
async def parent(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Parent]:
    """A channel that was opened with a clock."""
    from_parent, commands = os.pipe()
    replies, to_parent = os.pipe()
    out, come = os.fdopen(to_parent, "w"), os.fdopen(from_parent, "rb", buffering=0)
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stdin", come)
    done = asyncio.Event()
    control = Control(done)
    one = Parent(control, commands, replies, done)
    await one.send(json.dumps({"id": 0, "do": "clock", "now": NOW.isoformat()}).encode() + b"\n")
    await control.open()
    assert (await one.told())["id"] == 0
    task = asyncio.create_task(control.run(one.product))
    yield one
    one.hang_up()
    async with asyncio.timeout(20):
        await task
    out.close()
    with suppress(BrokenPipeError):
        control._out.close()
    one._replies.close()


@pytest.mark.parametrize(
    ("line", "number"),
    [
        (b"\n", None),
        (b"not json\n", None),
        (b"\xff\xfe\n", None),
        (b"[]\n", None),
        (b"null\n", None),
        (b"[" * 100_000 + b"\n", None),
        (b'{"do": "rest"}\n', None),
        (b'{"id": 1}\n', 1),
        (b'{"id": 2, "do": "self-destruct"}\n', 2),
        (b'{"id": 3, "do": ["rest"]}\n', 3),
        (b'{"id": 4, "do": "clock"}\n', 4),
        (b'{"id": 5, "do": "clock", "now": 12}\n', 5),
        (b'{"id": 6, "do": "clock", "now": "yesterday"}\n', 6),
        (b'{"id": 7, "do": "clock", "now": "2026-03-02T10:00:00"}\n', 7),
        (b'{"id": 8, "do": "book"}\n', 8),
        (b'{"id": 9, "do": "book", "customer": {}, "advisor": [], "at": null}\n', 9),
        (b'{"id": {"a": "\\ud800"}, "do": "nothing"}\n', {"a": "\ud800"}),
    ],
)
async def test_what_is_no_command_is_answered_with_an_error(parent: Parent, line: bytes, number: object) -> None:
    """The reply has the id where there is one; the clock stays as it was, and the next command is carried out."""
    reply = await parent.ask(line)
    assert reply["error"]
    assert reply["id"] == number
    assert parent.control.clock() == NOW
    assert (await parent.ask({"id": "next", "do": "rest"}))["next_due"] == NOW.isoformat()
    assert not parent.done.is_set()


async def test_a_line_without_end_is_dropped(parent: Parent) -> None:
    """Longer than any command: it is said to be, perhaps more than once, and the channel goes on."""
    await parent.send(b'{"id": 1, "pad": "' + b"x" * (LONGEST_LINE * 2) + b'"}\n{"id": 2, "do": "rest"}\n')
    replies = [await parent.told()]
    while replies[-1]["id"] != 2:
        replies.append(await parent.told())
    assert replies[0] == {"error": "too_long", "id": None}
    assert all("error" in reply for reply in replies[:-1])
    assert replies[-1]["rest"]


async def test_a_clock_moves_the_time_and_wakes_the_ledger(parent: Parent) -> None:
    """Each time it is set, also to the same moment again."""
    later = "2026-03-02T10:00:00+01:00"
    for number in (1, 2):
        assert (await parent.ask({"id": number, "do": "clock", "now": later}))["id"] == number
    assert parent.control.clock() == datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    assert parent.ledger.woken == 2


async def test_an_outage_is_told_by_its_type(parent: Parent) -> None:
    """Asking whether the bot is at rest while its database is away is an error, and no end."""
    parent.ledger.away = True
    assert (await parent.ask({"id": 1, "do": "rest"}))["error"] == "BooksError"
    parent.ledger.away = False
    assert (await parent.ask({"id": 2, "do": "rest"}))["rest"]


async def test_ids_that_cannot_be_encoded_are_reported_all_the_same(parent: Parent) -> None:
    """What is watched has ids from outside: neither a lone surrogate nor an odd value stops the bot."""
    parent.control.watch("fact", "MessageHeard", {"conversation": "19:\ud800", "at": NOW})
    told = await parent.told()
    assert told["timeline"]["fields"] == {"conversation": "19:\ud800", "at": str(NOW)}
    assert not parent.done.is_set()


async def test_stop_and_the_end_of_the_channel_stop_the_bot(parent: Parent) -> None:
    """Asked to, or left alone."""
    assert (await parent.ask({"id": 1, "do": "stop"}))["stopping"]
    assert parent.done.is_set()
    parent.done.clear()
    parent.hang_up()
    async with asyncio.timeout(20):
        await parent.done.wait()


async def test_a_parent_that_is_gone_stops_the_bot(parent: Parent) -> None:
    """Nobody reads any more: the first thing to be reported ends it."""
    parent._replies.close()
    for _ in range(3):
        parent.control.watch("fact", "MessageHeard", {})
    assert parent.done.is_set()
