"""Presses on cards: Action.Execute, its Action.Submit fallback, and what the presser sees (teams-platform 3.3, 3.4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.ports import Shown

from .world import CHAT, World, activity, invoke, message, running_front

SUBMIT = {"card": "sign_in", "verb": "submit", "ref": "r1", "code": "864209"}


async def test_a_press_arrives_with_its_code_as_a_digest() -> None:
    """Card, verb, refs and person arrive; the code only as its keyed digest, in no other member and not in the key."""
    async with running_front() as world:
        status, _ = await world.post(invoke(SUBMIT))
        (press,) = world.inbox.presses
        assert status == 200
        assert (press.card, press.verb, press.refs, press.activity) == (
            "sign_in",
            "submit",
            (("ref", "r1"),),
            "1766390000000",
        )
        assert (press.conversation, press.chat, press.person.id) == (CHAT, CHAT, "29:guest")
        assert press.code_digest == world.inbox.code_digest("864209")
        assert "864209" not in f"{press!r}{press.key}{press.refs}"


async def test_what_the_presser_sees() -> None:
    """A card, a sentence, nothing, or a refusal: each in the Universal Action form, with HTTP 200."""
    card = {"type": "AdaptiveCard", "version": "1.5", "body": []}
    cases = [
        (Shown(card=card), 200, "application/vnd.microsoft.card.adaptive", card),
        (Shown(sentence="Danke"), 200, "application/vnd.microsoft.activity.message", "Danke"),
        (Shown(), 200, "application/vnd.microsoft.activity.message", ""),
        (Shown(forbidden=True, sentence="Nicht Ihre Karte"), 403, "application/vnd.microsoft.error",
         {"code": "Forbidden", "message": "Nicht Ihre Karte"}),
        (Shown(forbidden=True, card=card), 403, "application/vnd.microsoft.error",
         {"code": "Forbidden", "message": "Forbidden"}),
    ]  # fmt: skip
    async with running_front() as world:
        for shown, status, kind, value in cases:
            world.inbox.shown = shown
            assert await world.post(invoke(SUBMIT)) == (200, {"statusCode": status, "type": kind, "value": value})


MALFORMED_VALUES = [
    None, 7, "x", [], {}, {"action": None}, {"action": []}, {"action": {"type": "Action.Submit", "data": SUBMIT}},
    {"action": {"type": "Action.Execute"}}, {"action": {"type": "Action.Execute", "data": "x"}},
    {"action": {"type": "Action.Execute", "verb": "resend", "data": SUBMIT}},
    {"action": {"type": "Action.Execute", "verb": "submit", "data": {**SUBMIT, "card": "unknown"}}},
    {"action": {"type": "Action.Execute", "verb": "submit", "data": {**SUBMIT, "code": "1" * 65}}},
    {"action": {"type": "Action.Execute", "verb": "submit", "data": {**SUBMIT, "code": {"x": 1}}}},
    {"action": {"type": "Action.Execute", "verb": "submit", "data": {**SUBMIT, "extra": "x"}}},
]  # fmt: skip


@pytest.mark.parametrize("value", MALFORMED_VALUES, ids=repr)
async def test_a_malformed_action_is_a_clear_error(value: Any) -> None:
    """The answer is a Universal Action error 400 (the SDK's own was a 500), and nothing is pressed."""
    async with running_front() as world:
        status, body = await world.post(invoke(SUBMIT, value=value))
        assert (status, body["statusCode"], body["type"]) == (200, 400, "application/vnd.microsoft.error")
        assert world.inbox.everything == []


async def test_a_press_that_names_no_card_message_is_malformed() -> None:
    """Without `replyToId` nobody can tell whose card it was."""
    async with running_front() as world:
        assert (await world.post(invoke(SUBMIT, replyToId=...)))[1]["statusCode"] == 400
        assert world.inbox.presses == []


async def test_an_automatic_refresh_acts_on_nothing() -> None:
    """A refresh is answered without acting: acting on it would loop (teams-platform 3.4)."""
    refresh = invoke(SUBMIT)
    refresh["value"]["trigger"] = "automatic"
    async with running_front() as world:
        status, body = await world.post(refresh)
        assert (status, body["statusCode"]) == (200, 200)
        assert world.inbox.everything == []


@pytest.mark.parametrize("name", ["task/fetch", "composeExtension/query", "signin/verifyState", "config/fetch", "x"])
async def test_invokes_we_do_not_serve_are_501(name: str) -> None:
    """Not implemented is said as such, without the SDK reading the value."""
    async with running_front() as world:
        assert (await world.post(invoke(SUBMIT, name=name, value={"data": [7]})))[0] == 501


async def test_the_submit_fallback_presses_too() -> None:
    """An Action.Submit arrives as a message with a value: pressed, answered 201, and not scanned as a message."""
    async with running_front() as world:
        submit = activity(value=SUBMIT, replyToId="1766390000000", text=...)
        assert await world.post(submit) == (201, None)
        (press,) = world.inbox.presses
        assert (press.verb, press.activity) == ("submit", "1766390000000")
        assert world.inbox.heard == []


async def test_a_text_beside_a_value_is_scanned() -> None:
    """A value does not hide a text from the guard."""
    async with running_front() as world:
        assert (await world.post(message("IBAN", value=SUBMIT, replyToId="1")))[0] == 201
        assert [heard.text for heard in world.inbox.heard] == ["IBAN"]
        assert len(world.inbox.presses) == 1


def press(second: int, data: dict[str, Any], **change: Any) -> dict[str, Any]:
    return invoke(data, timestamp=f"2026-11-22T09:00:{second:02}Z", id=f"f:{second}", **change)


async def keys_of(world: World, *presses: dict[str, Any]) -> list[str]:
    for one in presses:
        assert (await world.post(one))[0] == 200
    return [press.key for press in world.inbox.presses]


async def test_an_invoke_delivered_four_times_has_one_key() -> None:
    """Twice with one id and time, twice more half a minute later with new ids (teams-platform 9.1), while we are too
    slow to answer: one key."""
    async with running_front() as world:
        world.inbox.meanwhile = lambda: setattr(world.clock, "now", world.clock.now + timedelta(seconds=15))
        keys = await keys_of(world, press(0, SUBMIT), press(0, SUBMIT), press(30, SUBMIT), press(31, SUBMIT))
        assert len(set(keys)) == 1


async def test_the_same_press_after_an_answer_is_a_new_one() -> None:
    """Who was answered in time and types the same wrong code again has tried twice, even at the same moment; the very
    same delivery is still one."""
    async with running_front() as world:
        again = {**press(5, SUBMIT), "timestamp": press(0, SUBMIT)["timestamp"]}
        keys = await keys_of(world, press(0, SUBMIT), press(0, SUBMIT), again, press(9, SUBMIT))
        assert [keys.index(key) for key in keys] == [0, 0, 2, 3]


async def test_another_press_is_another_key() -> None:
    """Another code, verb, card, person, or the same press after another one or a minute later: a new key."""
    accept, decline = {"card": "welcome", "verb": "accept"}, {"card": "welcome", "verb": "decline"}
    other = {"from": {"id": "29:other", "name": "x"}}
    async with running_front() as world:
        keys = await keys_of(
            world,
            press(0, accept),
            press(1, decline),
            press(2, accept),
            press(3, SUBMIT),
            press(4, {**SUBMIT, "code": "123457"}),
            press(5, {**SUBMIT, "code": "123457"}, replyToId="1766390000001"),
            press(5, {**SUBMIT, "code": "123457"}, replyToId="1766390000001", **other),
            press(55, {**SUBMIT, "code": "123457"}, replyToId="1766390000001"),
        )
        assert len(set(keys)) == len(keys) == 8
