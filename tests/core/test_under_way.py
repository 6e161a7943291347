"""Effects that are being carried out while the message they are about moves on: what came of them is told truly."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bot.policy.facts import CardPressed
from bot.policy.outcome import attempts, outcome
from bot.policy.rules.guard import finding_ref
from bot.ports import Refused, Unavailable

from .fakes import IBAN, PERSONAL, PETRA, House


class Gate:
    """A request to the platform that is on its way until `open`."""

    def __init__(self, request: Callable[..., Any]) -> None:
        self.request, self.under_way, self.open = request, asyncio.Event(), asyncio.Event()

    async def __call__(self, *args: Any, **named: Any) -> Any:
        self.under_way.set()
        await self.open.wait()
        return await self.request(*args, **named)


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
    await at.ledger.sweep()
    async with asyncio.timeout(20):
        await gate.under_way.wait()
    two = House(at.books, platform=at.platform)
    two.ledger._holder = "two"
    await release(two)
    async with asyncio.timeout(20):
        while "unhide" not in at.platform.calls or two.ledger.busy:
            await two.ledger.sweep()
            await asyncio.sleep(0)
    gate.open.set()
    await at.rest()
    await two.rest()
    assert outcome((await two.state()).findings["1"]) == "released"
    assert not at.platform.messages["1"].hidden
    assert at.platform.calls.count("unhide") == 2


@pytest.mark.parametrize("hidden", [True, False])
@pytest.mark.parametrize("shown", [True, False])
async def test_a_refused_unhide_releases_only_what_graph_shows_readable(at: House, hidden: bool, shown: bool) -> None:
    """The answer to the hide was lost and the unhide is refused: Graph is read, and without it nothing is claimed."""
    error = [Unavailable("timed_out", 504, maybe_done=True)]
    (at.platform.lost if hidden else at.platform.faults)["hide"] = error
    await at.say(IBAN, "1", PETRA, rest=False)
    while not at.platform.calls.count("hide") or at.ledger.busy:
        await at.ledger.sweep()
        await asyncio.sleep(0)
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
    while not at.platform.calls.count("hide") or at.ledger.busy:
        await at.ledger.sweep()
        await asyncio.sleep(0)
    await release(at)
    await at.rest()
    assert outcome((await at.state()).findings["1"]) == "released"
    assert not at.platform.messages["1"].hidden
    assert at.platform.calls.count("hide") == 1
