"""Deleted and brought back: what counts is the order of the platform's own times, on whichever replica it is told."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.policy.facts import HearingLost, MessageDeleted
from bot.policy.outcome import outcome
from bot.ports import HeardText, Refused

from .fakes import CHAT, ERIKA, IBAN, NOW, House

CLEAN = "Guten Tag zusammen."
Step = Callable[[House], Awaitable[None]]


def moment(seconds: int) -> datetime:
    """A time of the platform."""
    return NOW + timedelta(seconds=seconds)


def deleted(seconds: int) -> Step:
    """The activity that tells of a deletion."""

    async def told(at: House) -> None:
        when = moment(seconds)
        key = f"deleted:1:{when.isoformat()}"
        await at.inbox.take(MessageDeleted(conversation=CHAT, key=key, message="1", via="activity", at=when))

    return told


def written(seconds: int, event: str, text: str = IBAN) -> Step:
    """The activity that brings a version of the message."""

    async def told(at: House) -> None:
        await at.inbox.hear(
            HeardText(
                conversation=CHAT, message="1", person=ERIKA, event=event, via="activity",  # type: ignore[arg-type]
                modified=moment(seconds), text=text,
            )
        )  # fmt: skip

    return told


async def replicas(at: House) -> tuple[House, House]:
    """Two replicas that have not heard of the message yet, in front of one platform that refuses to hide."""
    at.platform.faults["hide"] = [Refused("forbidden", 403)] * 9
    await at.say(IBAN, "1", rest=False)
    at.platform.messages["1"].created = moment(0)
    return at, House(at.books, platform=at.platform)


@pytest.mark.parametrize("back_first", [False, True])
@pytest.mark.parametrize("swapped", [False, True])
async def test_a_message_that_is_back_is_not_called_deleted(at: House, back_first: bool, swapped: bool) -> None:
    """One replica hears of the deletion, the other one of its being taken back; who is told first does not matter."""
    one, two = await replicas(at)
    steps = [(one, deleted(10)), (two, written(20, "undelete"))]
    for replica, step in reversed(steps) if back_first else steps:
        other = two if replica is one else one
        await step(other if swapped else replica)
    at.clock.forward(seconds=60)
    await one.rest()
    assert outcome((await at.state()).findings["1"]) == "warned"


async def test_a_first_delivery_that_comes_again_brings_no_old_deletion_back(at: House) -> None:
    """The replica that heard of the deletion hears the message once more, after the other one heard that it is back."""
    one, two = await replicas(at)
    three = House(at.books, platform=at.platform)
    await deleted(10)(three)
    await written(20, "undelete")(two)
    await written(0, "new")(three)
    at.clock.forward(seconds=60)
    await one.rest()
    assert outcome((await at.state()).findings["1"]) == "warned"


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_what_was_deleted_last_is_deleted_in_whichever_order_it_is_told(at: House, order: tuple[int]) -> None:
    """Deleted, brought back, deleted again."""
    both = await replicas(at)
    steps = [deleted(10), written(20, "undelete"), deleted(30)]
    for number, index in enumerate(order):
        await steps[index](both[number % 2])
    finding = (await at.state()).findings["1"]
    assert (outcome(finding), finding.deleted_at) == ("deleted by author", moment(30))


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_what_was_brought_back_and_made_harmless_is_edited(at: House, order: tuple[int]) -> None:
    """Deleted, brought back, then the secret taken out of it: the old text, told last, does not count."""
    both = await replicas(at)
    steps = [deleted(10), written(20, "undelete"), written(30, "edit", CLEAN)]
    for number, index in enumerate(order):
        await steps[index](both[number % 2])
    assert outcome((await at.state()).findings["1"]) == "edited by author"


async def test_an_edit_that_is_told_after_the_deletion_brings_nothing_back(at: House) -> None:
    """Edited to another secret, then deleted: told the other way round it is as deleted."""
    one, two = await replicas(at)
    await deleted(20)(one)
    await written(10, "edit", IBAN + " bei der Bank")(two)
    assert outcome((await at.state()).findings["1"]) == "deleted by author"
    await written(30, "undelete")(two)
    assert outcome((await at.state()).findings["1"]) == "failed"


async def test_graph_shows_that_a_message_is_back_to_a_process_that_never_heard_of_it(at: House) -> None:
    """The event of its being brought back was not delivered, and the process is a new one: the chat tells."""
    await replicas(at)
    await at.inbox.flush()
    await deleted(10)(at)
    at.clock.forward(seconds=30)
    said = at.platform.messages["1"]
    shown = replace(said, modified=moment(20))
    at.start()
    at.graph._shown = lambda ident, _: replace(type(at.graph)._shown(at.graph, ident, shown), edited=None)  # type: ignore[method-assign]
    await at.inbox.take(HearingLost(conversation=CHAT, key="", reason="missed"))
    await at.rest()
    assert outcome((await at.state()).findings["1"]) == "warned"


async def test_an_old_state_of_the_chat_buries_nothing_that_was_brought_back(at: House) -> None:
    """What Graph told before the message was brought back is taken after it."""
    one, two = await replicas(at)
    shown = replace(
        await one.graph.message(CHAT, "1"),  # type: ignore[type-var]
        deleted=moment(10), modified=moment(10),
    )  # fmt: skip
    await written(20, "undelete")(two)
    for fact in await one.inbox.hear_again(CHAT, shown):
        await one.inbox.take(fact)
    await one.inbox.noticed(CHAT, "1", moment(10), deleted=True)
    assert outcome((await at.state()).findings["1"]) == "failed"


async def test_a_part_that_was_deleted_before_the_rest_came_is_deleted(at: House) -> None:
    """A secret in two messages: the deletion of the first is known when the second completes it."""
    at.platform.faults["hide"] = [Refused("forbidden", 403)] * 9
    await at.say("Meine IBAN ist DE89 3704 0044", "1", rest=False)
    at.clock.forward(seconds=5)
    await at.inbox.take(MessageDeleted(conversation=CHAT, key="d", message="1", via="activity", at=at.clock()))
    at.clock.forward(seconds=5)
    await at.say("0532 0130 00", "2")
    findings = (await at.state()).findings
    assert {message: outcome(finding) for message, finding in findings.items()} == {
        "1": "deleted by author",
        "2": "warned",
    }
