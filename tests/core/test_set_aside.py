"""An activity that was set aside is in the trail of its consultation, and writing that down breaks nothing."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import pytest

from bot.effects.reading import effects
from bot.policy.facts import CardPressed, Fact, HearingLost
from bot.ports import BooksError, GraphMessage
from bot.storage.reports import report_from

from .fakes import CHAT, ERIKA, IBAN, House, Said


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


async def test_one_activity_is_noted_once_whichever_replica_sets_it_aside(at: House) -> None:
    """Two replicas that give up on the same activity leave one note, and what it told is read from the chat."""
    two = House(at.books, platform=at.platform)
    at.platform.messages["9"] = Said(ERIKA, IBAN, at.clock())
    await at.inbox.set_aside(CHAT, "0a1b2c3d", "9")
    await two.inbox.set_aside(CHAT, "0a1b2c3e", "9")
    await two.inbox.make_up()
    await two.rest()

    assert await set_aside(at) == [{"incident": "0a1b2c3d"}]
    assert list((await at.state()).findings) == ["9"]


@pytest.mark.parametrize("broken", ["scan", "take"])
async def test_a_poisonous_message_read_back_hides_no_other(
    at: House, caplog: pytest.LogCaptureFixture, broken: str
) -> None:
    """The message whose scan, or whose fact, fails is set aside under a number, once however often the chat is read;
    the others are heard, the reading is done, and no foreign text is logged."""
    at.platform.messages["8"] = Said(ERIKA, "Gift", at.clock())
    at.platform.messages["9"] = Said(ERIKA, IBAN, at.clock())
    scan, take = at.inbox.hear_again, at.inbox.take

    async def hear_again(chat: str, message: GraphMessage) -> tuple[Fact, ...]:
        if message.id == "8":
            raise RecursionError("Sommer2024!")
        return await scan(chat, message)

    async def taken(fact: Fact) -> None:
        if getattr(fact, "message", None) == "8":
            raise ValueError("Sommer2024!")
        await take(fact)

    changed = {"scan": {"hear_again": hear_again}, "take": {"take": taken}}[broken]
    at.start(extra=effects(replace(at.context, **changed)))  # type: ignore[arg-type]
    for reason in ("outage", "missed"):
        await at.inbox.take(HearingLost(conversation=CHAT, key=reason, reason=reason))
        await at.rest()

    [entry] = await set_aside(at)
    state = await at.state()
    assert list(state.findings) == ["9"]
    assert state.consultation is not None
    assert state.consultation.read_back_to is not None
    assert f"incident {entry['incident']}: " in caplog.text
    assert "Sommer2024!" not in caplog.text


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
