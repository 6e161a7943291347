"""The bot's process: started, asked, killed, started again, and honest about what went wrong."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.rehearsal.child import BotFailure, BotProcess

FAKE = (str(Path(__file__).with_name("fake_bot.py")),)


@pytest.fixture
async def bot() -> AsyncIterator[BotProcess]:
    process = BotProcess({}, program=FAKE)
    yield process
    await process.stop()


async def test_start_ask_and_graceful_stop(bot: BotProcess) -> None:
    """A started bot answers each command with the reply of the same id, and ends when asked to."""
    await bot.start()
    replies = await asyncio.gather(*(bot.ask(do) for do in ("one", "two", "three")))
    assert [reply["did"] for reply in replies] == ["one", "two", "three"]
    await bot.stop()
    assert not bot.running


async def test_killed_bot_starts_again_on_its_port(bot: BotProcess) -> None:
    """After SIGKILL the next process is another one, on the same reserved port."""
    await bot.start()
    before = (await bot.ask("who"))["pid"]
    await bot.kill()
    assert not bot.running
    await bot.start()
    assert (await bot.ask("who"))["pid"] != before
    assert bot.base_url == f"http://127.0.0.1:{bot.port}"


async def test_bot_that_ends_at_once_is_reported(capfd: pytest.CaptureFixture[str]) -> None:
    """A bot that does not come up gives an error with its exit status, and its own words stay visible."""
    process = BotProcess({"BOT_FAKE": "exit"}, program=FAKE)
    with pytest.raises(BotFailure, match="exit status 3"):
        await process.start()
    await process.stop()
    assert "no such setting" in capfd.readouterr().err


async def test_bot_that_dies_while_asked_is_reported(bot: BotProcess) -> None:
    """A command whose bot goes away fails at once instead of waiting for its time-out."""
    await bot.start()
    with pytest.raises(BotFailure, match="exit status 9"):
        await bot.ask("die")
    with pytest.raises(BotFailure, match="not running"):
        await bot.ask("anything")


async def test_error_reply_is_raised(bot: BotProcess) -> None:
    """A command the bot refuses is an error that names the command."""
    await bot.start()
    with pytest.raises(BotFailure, match="'refuse': unknown command"):
        await bot.ask("refuse")


async def test_timeline_and_stray_output(capsys: pytest.CaptureFixture[str]) -> None:
    """Timeline entries reach the listener; a line that is no JSON goes to standard error, never lost."""
    heard: list[dict[str, Any]] = []
    process = BotProcess({}, on_timeline=heard.append, program=FAKE)
    await process.start()
    await process.stop()
    assert [entry["name"] for entry in heard] == ["Started"]
    assert heard[0]["fields"]["port"] == str(process.port)
    assert "a word printed" in capsys.readouterr().err


async def test_virtual_clock_is_the_first_thing_heard() -> None:
    """A bot on virtual time learns the time before it could look at what is due."""
    heard: list[dict[str, Any]] = []
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    process = BotProcess({"BOT_FAKE": "clock"}, on_timeline=heard.append, now=lambda: now, program=FAKE)
    await process.start()
    await process.stop()
    assert heard[0]["fields"]["first"] == {"do": "clock", "now": now.isoformat(), "id": 1}


async def test_settings_of_the_parent_are_not_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A `BOT_*` name of the parent's environment never reaches the rehearsed bot."""
    monkeypatch.setenv("BOT_FAKE", "exit")
    process = BotProcess({}, program=FAKE)
    await process.start()
    assert json.dumps(await process.ask("who"))
    await process.stop()
