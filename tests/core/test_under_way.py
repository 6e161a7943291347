"""Effects that are being carried out while the message they are about moves on: what came of them is told truly."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.policy.facts import CardPressed, MessageDeleted
from bot.policy.outcome import attempts, outcome
from bot.policy.rules.guard import finding_ref
from bot.ports import HeardText, Refused, Unavailable

from .fakes import CHAT, ERIKA, IBAN, PERSONAL, PETRA, TERMS, House, house


class Gate:
    """A request to the platform that is on its way until `open`."""

    def __init__(self, request: Callable[..., Any]) -> None:
        self.request, self.under_way, self.open = request, asyncio.Event(), asyncio.Event()

    async def __call__(self, *args: Any, **named: Any) -> Any:
        self.under_way.set()
        await self.open.wait()
        return await self.request(*args, **named)

    async def reached(self, at: House) -> None:
        """Until the request, which is owed, is on its way."""
        await at.ledger.sweep()
        async with asyncio.timeout(20):
            await self.under_way.wait()


async def release(at: House, message: str = "1") -> None:
    """The advisor says on the status card that it was no secret."""
    ref = finding_ref((await at.state()).findings[message])
    await at.inbox.press(
        CardPressed(
            conversation=PERSONAL, key=at.platform.next("press"), person=PETRA, chat=PERSONAL,
            activity=at.cards("advisor_status")[-1], card="advisor_status", verb="release",
            refs=(("ref", ref), ("what", "finding")),
        )
    )  # fmt: skip


async def test_a_hide_that_lands_after_the_release_elsewhere_is_taken_back(at: House) -> None:
    """One replica's slow request hides the message after another one has shown it again: in the end it is shown."""
    gate = at.graph.hide = Gate(at.graph.hide)  # type: ignore[method-assign, assignment]
    await at.say(IBAN, "1", PETRA, rest=False)
    await gate.reached(at)
    two = House(at.books, platform=at.platform)
    two.ledger._holder = "two"
    await release(two)
    await begun(two, "unhide")
    gate.open.set()
    await at.rest()
    await two.rest()
    assert outcome((await two.state()).findings["1"]) == "released"
    assert not at.platform.messages["1"].hidden
    assert at.platform.calls.count("unhide") == 2


async def test_a_hide_that_lands_after_the_secret_was_taken_out_is_taken_back(at: House) -> None:
    """The request was on its way when its author edited the message: what is harmless now is not kept from anybody."""
    gate = at.graph.hide = Gate(at.graph.hide)  # type: ignore[method-assign, assignment]
    await at.say(IBAN, "1", PETRA, rest=False)
    await gate.reached(at)
    at.clock.forward(seconds=5)
    await at.inbox.hear(
        HeardText(conversation=CHAT, message="1", person=PETRA, event="edit", via="activity", modified=at.clock(),
                  text="Guten Tag")
    )  # fmt: skip
    gate.open.set()
    await at.rest()
    assert outcome((await at.state()).findings["1"]) == "edited by author"
    assert not at.platform.messages["1"].hidden


@pytest.mark.parametrize("deleted", [True, False])
async def test_what_its_author_deleted_while_it_was_being_hidden_is_not_repeated(deleted: bool) -> None:
    """A masked copy follows what is hidden, and nothing that its author has taken back meanwhile."""
    async with house(terms=replace(TERMS, masked_copy=True)) as at:
        await at.open()
        await at.join()
        gate = at.graph.hide = Gate(at.graph.hide)  # type: ignore[method-assign, assignment]
        await at.say(IBAN, "1", PETRA, rest=False)
        await gate.reached(at)
        if deleted:
            await at.inbox.take(MessageDeleted(conversation=CHAT, key="", message="1", via="activity", at=at.clock()))
        gate.open.set()
        await at.rest()
        assert len(at.platform.texts) == (0 if deleted else 1)


@pytest.mark.parametrize("hidden", [True, False])
@pytest.mark.parametrize("shown", [True, False])
async def test_a_refused_unhide_releases_only_what_graph_shows_readable(at: House, hidden: bool, shown: bool) -> None:
    """The answer to the hide was lost and the unhide is refused: Graph is read, and without it nothing is claimed."""
    error = [Unavailable("timed_out", 504, maybe_done=True)]
    (at.platform.lost if hidden else at.platform.faults)["hide"] = error
    await at.say(IBAN, "1", PETRA, rest=False)
    await begun(at, "hide")
    at.platform.faults["unhide"] = [Refused("bad_argument", 400)]
    at.platform.faults["message"] = [] if shown else [Refused("forbidden", 403)]
    await release(at)
    await at.rest()
    finding = (await at.state()).findings["1"]
    assert (outcome(finding) == "hidden") == at.platform.messages["1"].hidden
    assert outcome(finding) == ("released" if shown and not hidden else "hidden")
    assert ("hide", "pending") not in attempts(finding)


async def test_a_hide_is_not_begun_again_for_what_is_being_released(at: House) -> None:
    """The hide waits for its retry when the release is pressed: it is looked at, not repeated, and taken back."""
    at.platform.lost["hide"] = [Unavailable("timed_out", 504, maybe_done=True)]
    await at.say(IBAN, "1", PETRA, rest=False)
    await begun(at, "hide")
    await release(at)
    await at.rest()
    assert outcome((await at.state()).findings["1"]) == "released"
    assert not at.platform.messages["1"].hidden
    assert at.platform.calls.count("hide") == 1


async def begun(at: House, request: str) -> None:
    """Until this request was made and its end is written down."""
    async with asyncio.timeout(20):
        while request not in at.platform.calls or at.ledger.busy:
            await at.ledger.sweep()
            await asyncio.sleep(0)


async def gone(at: House, how: str) -> None:
    """The author deletes the message, or edits the secret out of it."""
    at.clock.forward(seconds=5)
    if how == "edited":
        await at.say("Guten Tag zusammen.", "1", event="edit", rest=False)
        return
    at.platform.messages["1"].deleted = True
    await at.inbox.take(MessageDeleted(conversation=CHAT, key="d", message="1", via="activity", at=at.clock()))


def notices(at: House) -> list[str]:
    """The notices as they stand, as JSON text."""
    return [json.dumps(at.platform.cards[card][2]) for card in at.cards("guard_notice")]


@pytest.mark.parametrize("how", ["deleted", "edited"])
@pytest.mark.parametrize("lost", [False, True])
async def test_a_notice_that_arrives_after_its_message_is_gone_is_told_and_asks_no_more(
    at: House, how: str, lost: bool
) -> None:
    """The warning was on its way, or its answer lost: it counts as an attempt, and its card says that it is done."""
    at.platform.targeted = False
    at.platform.faults["hide"] = [Refused("forbidden", 403)]
    if lost:
        at.platform.lost["post:guard_notice"] = [Unavailable("timed_out", maybe_done=True)]
        await at.say(IBAN, "1", rest=False)
        await begun(at, "post:guard_notice")
        await gone(at, how)
    else:
        gate = at.chat.post_card = Gate(at.chat.post_card)  # type: ignore[method-assign, assignment]
        await at.say(IBAN, "1", rest=False)
        await gate.reached(at)
        await gone(at, how)
        gate.open.set()
    await at.rest()
    finding = (await at.state()).findings["1"]
    assert outcome(finding) == f"{how} by author"
    assert ("warn", "done") in attempts(finding)
    [notice] = notices(at)
    assert "not_a_secret" not in notice


@pytest.mark.parametrize("how", ["deleted", "edited", "released"])
async def test_a_notice_about_what_is_dealt_with_asks_no_more(at: House, how: str) -> None:
    """Everybody who reads it later learns that there is nothing left to delete, and it is redrawn once."""
    at.platform.faults["hide"] = [Refused("forbidden", 403)]
    await at.say(IBAN, "1")
    assert "not_a_secret" in notices(at)[0]
    if how == "released":
        await release(at)
    else:
        await gone(at, how)
    await at.rest()
    await at.say("Guten Tag.", "2")
    [notice] = notices(at)
    assert "not_a_secret" not in notice
    assert at.platform.calls.count("update:guard_notice") == 1


async def test_a_targeted_notice_whose_answer_was_lost_is_not_followed_by_another(at: House) -> None:
    """Nothing shows whether it arrived: it is not called done, nobody gets a second one, and the reminder asks."""
    at.platform.faults["hide"] = [Refused("forbidden", 403)]
    at.platform.lost["post:guard_notice"] = [Unavailable("timed_out", maybe_done=True)]
    await at.say(IBAN, "1")
    assert [at.platform.cards[card][3] for card in at.cards("guard_notice")] == [ERIKA.id]
    finding = (await at.state()).findings["1"]
    assert (outcome(finding), attempts(finding)[1]) == ("failed", ("warn", "failed"))
    await at.until(minutes=6)
    assert [at.platform.cards[card][3] for card in at.cards("guard_notice")] == [ERIKA.id, None]
    assert outcome((await at.state()).findings["1"]) == "warned"


async def test_a_lost_refusal_of_a_targeted_notice_brings_the_public_one(at: House) -> None:
    """The platform takes none: the earlier attempt cannot have posted anything, and the author is warned at once."""
    at.platform.targeted = False
    at.platform.faults["hide"] = [Refused("forbidden", 403)]
    at.platform.faults["post:guard_notice"] = [Unavailable("timed_out", maybe_done=True)]
    await at.say(IBAN, "1")
    assert [at.platform.cards[card][3] for card in at.cards("guard_notice")] == [None]
    assert outcome((await at.state()).findings["1"]) == "warned"


async def test_a_notice_that_cannot_be_looked_for_is_not_repeated(at: House) -> None:
    """Its answer was lost and Graph refuses to show the chat: that is no refusal of the notice."""
    at.platform.targeted = False
    at.platform.faults["hide"] = [Refused("forbidden", 403)]
    at.platform.lost["post:guard_notice"] = [Unavailable("timed_out", maybe_done=True)]
    at.platform.faults["messages_since"] = [Refused("forbidden", 403)]
    await at.say(IBAN, "1")
    assert len(at.cards("guard_notice")) == 1
    assert ("warn", "failed") in attempts((await at.state()).findings["1"])


async def test_a_sentence_whose_answer_was_lost_is_said_once(at: House) -> None:
    """It is recognised by its words; the same sentence of another command, said before, is not taken for it."""
    await at.say("WIDERRUF", "1")
    at.clock.forward(seconds=3)
    at.platform.lost["post_text"] = [Unavailable("timed_out", maybe_done=True)]
    await at.say("WIDERRUF", "2")
    assert len(at.platform.texts) == 2
    at.platform.faults["post_text"] = [Unavailable("timed_out", maybe_done=True)]
    await at.say("WIDERRUF", "3")
    assert len(at.platform.texts) == 3
    assert len(set(at.platform.texts)) == 1


async def test_where_graph_refuses_to_show_the_message_its_author_is_reminded_all_the_same(at: House) -> None:
    """The reminder does not claim to know that the message is still there."""
    at.platform.faults["hide"] = [Refused("forbidden", 403)]
    await at.say(IBAN, "1")
    at.platform.faults["message"] = [Refused("forbidden", 403)]
    await at.until(minutes=6)
    _, reminder = notices(at)
    assert "noch lesbar" not in reminder
    assert "Uns ist noch nicht bekannt" in reminder
    assert (await at.state()).findings["1"].reminded_at is not None
