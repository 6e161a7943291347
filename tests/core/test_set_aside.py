"""An activity that was set aside is in the trail of its consultation, and writing that down breaks nothing."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from bot.policy.facts import CardPressed
from bot.ports import BooksError
from bot.storage.reports import report_from

from .fakes import CHAT, House


async def set_aside(at: House, conversation: str = CHAT) -> list[Any]:
    """The entries of the consultation's trail."""
    trail = (await report_from(at.books.engine, conversation))["audit"]
    return [entry["fields"] for entry in trail if entry["kind"] == "activity:set_aside"]


async def test_the_trail_names_the_incident(at: House) -> None:
    """The number stands in the trail, once for each incident."""
    await at.inbox.set_aside(CHAT, "0a1b2c3d")
    await at.inbox.set_aside(CHAT, "0a1b2c3e")

    assert await set_aside(at) == [{"incident": "0a1b2c3d"}, {"incident": "0a1b2c3e"}]
    assert await at.books.verify_audit(CHAT) == "verified"


async def test_an_advisors_chat_belongs_to_its_consultation(at: House) -> None:
    """What was set aside in the 1:1 chat is noted where the chat's status card belongs."""
    consultation = (await at.state()).consultation
    assert consultation is not None
    async with at.books.page(CHAT) as page:
        values = {name: getattr(consultation, name) for name in consultation.__dataclass_fields__}
        await page.keep(type(consultation)(**(values | {"advisor_chat": "a:petra"})))

    await at.inbox.set_aside("a:petra", "0a1b2c3d")

    assert await set_aside(at) == [{"incident": "0a1b2c3d"}]


async def test_of_an_unknown_chat_nothing_is_kept(at: House) -> None:
    """No consultation, no trail: whoever can make us fail cannot fill our database."""
    await at.inbox.set_aside("19:unknown@thread.v2", "0a1b2c3d")

    assert await set_aside(at, "19:unknown@thread.v2") == []
    assert await set_aside(at) == []


@pytest.mark.parametrize("error", [BooksError("full"), RuntimeError("with a secret")])
async def test_a_failure_of_noting_it_is_logged_by_its_kind_only(
    at: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """Whatever is wrong, nothing is raised and no foreign text is logged."""

    async def broken(fact: CardPressed) -> None:
        raise error

    monkeypatch.setattr(at.desk, "take", broken)
    with caplog.at_level(logging.ERROR):
        await at.inbox.set_aside(CHAT, "0a1b2c3d")

    [record] = caplog.records
    assert (record.getMessage(), record.__dict__["error"]) == ("inbox.set_aside_not_noted", type(error).__name__)
    assert "secret" not in str(record.__dict__)
