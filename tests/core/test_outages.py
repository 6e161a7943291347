"""Outages of Graph that outlast every try: what was missed is found afterwards, and the chat is deleted afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from bot.policy.decisions import Owe
from bot.policy.facts import HearingLost, MeetingEnded, MessageNoticed
from bot.policy.outcome import attempts, outcome
from bot.ports import Gone, GraphMessage, PlatformError, Refused, Unavailable
from bot.texts import text
from bot.wiring import take_up_again

from .fakes import CHAT, ERIKA, IBAN, TERMS, House, Said, house

MISSED = "9"


def unreadable(at: House, until: datetime, error: Callable[[], PlatformError]) -> list[datetime]:
    """Graph lets nobody read the chat before this moment; when it was asked."""
    whole, one = at.graph.messages_since, at.graph.message
    asked: list[datetime] = []

    async def messages_since(chat: str, since: datetime | None) -> AsyncIterator[GraphMessage]:
        asked.append(at.clock())
        if at.clock() < until:
            raise error()
        async for message in whole(chat, since):
            yield message

    async def message(chat: str, ident: str) -> GraphMessage | None:
        if at.clock() < until:
            raise error()
        return await one(chat, ident)

    at.graph.messages_since, at.graph.message = messages_since, message  # type: ignore[method-assign]
    return asked


def down() -> PlatformError:
    """Graph answers 503."""
    return Unavailable("server_error", 503)


def missed(at: House) -> None:
    """Somebody wrote an IBAN a while ago, and nothing told us."""
    at.clock.forward(minutes=1)
    at.platform.messages[MISSED] = Said(ERIKA, IBAN, at.clock())
    at.clock.forward(minutes=1)


async def end(at: House) -> None:
    """The meeting ends."""
    await at.inbox.take(MeetingEnded(conversation=CHAT, key="end"))


@pytest.mark.parametrize("ended", [True, False])
@pytest.mark.parametrize("error", [down, lambda: Gone("not_there", 404)])
async def test_what_was_missed_is_found_after_an_outage(at: House, ended: bool, error: Callable[[], Gone]) -> None:
    """25 minutes without an answer, at the end or in the middle: the IBAN is found within the hour all the same."""
    missed(at)
    unreadable(at, at.clock() + timedelta(minutes=25), error)
    if ended:
        await end(at)
    else:
        await at.inbox.take(HearingLost(conversation=CHAT, key="", reason="outage"))
    await at.until(hours=1)
    state = await at.state()
    assert list(state.findings) == [MISSED]
    assert state.consultation is not None
    assert state.consultation.read_back_to is not None


async def test_a_chat_that_was_read_late_is_decided_on_anew() -> None:
    """Three hours after the end the missed IBAN is found: only then is there a reason to delete the chat."""
    async with house() as at:
        await at.open()
        await at.join()
        at.platform.faults["hide"] = [Refused("forbidden", 403)]
        missed(at)
        unreadable(at, at.clock() + timedelta(hours=3), down)
        await end(at)
        await at.until(hours=3)
        assert not at.platform.chat_deleted
        await at.until(hours=4)
        assert at.platform.chat_deleted
        assert outcome((await at.state()).findings[MISSED]) == "chat deleted"


async def test_a_chat_that_stays_unreadable_is_asked_ever_more_seldom_and_not_for_ever() -> None:
    """The pauses grow, and end with the retention time of what could be found."""
    async with house(terms=replace(TERMS, keep_findings=timedelta(days=1))) as at:
        await at.open()
        asked = unreadable(at, at.clock() + timedelta(days=365), lambda: Gone("not_there", 404))
        await end(at)
        await at.until(days=3)
        pauses = [(later - before) / timedelta(minutes=1) for before, later in pairwise(asked)]
        assert pauses == [15, 15, 30, 60, 120, 240, 360, 360]


async def test_a_message_that_could_not_be_read_has_the_chat_read_back(at: House) -> None:
    """Graph named a message and did not answer for half an hour: it is found by the reading of the whole chat."""
    missed(at)
    unreadable(at, at.clock() + timedelta(minutes=30), down)
    await at.inbox.take(MessageNoticed(conversation=CHAT, key="n", message=MISSED, modified=at.clock()))
    await at.until(hours=2)
    assert list((await at.state()).findings) == [MISSED]


async def test_a_start_reads_a_chat_that_was_not_read_to_its_end(at: House) -> None:
    """Reading was refused at the end; the next start reads it once, and a start after that lets it be."""
    missed(at)
    unreadable(at, at.clock() + timedelta(minutes=25), lambda: Refused("forbidden", 403))
    await end(at)
    await at.until(minutes=26)
    assert not (await at.state()).findings
    await take_up_again(at, at.clock)  # type: ignore[arg-type]
    await at.rest()
    assert list((await at.state()).findings) == [MISSED]
    assert await at.books.not_read_to_the_end() == []
    at.platform.calls.clear()
    at.clock.forward(seconds=1)
    await take_up_again(at, at.clock)  # type: ignore[arg-type]
    await at.rest()
    assert at.platform.calls == []


async def test_a_subscription_that_died_silently_leaves_no_gap(at: House) -> None:
    """When it is to be renewed Graph does not know it any more: another one is made and the chat read at once."""
    missed(at)
    at.platform.faults["renew"] = [Gone("not_found", 404)]
    async with at.books.page(CHAT) as page:
        await page.owe(Owe(kind="renew", key="renew", again=True), at.clock())
    await at.rest()
    assert at.platform.faults["renew"] == []
    assert list((await at.state()).findings) == [MISSED]


async def test_a_subscription_that_was_long_in_coming_leaves_no_gap() -> None:
    """What was written until the first subscription was made is read, since nothing told of it."""
    async with house() as at:
        at.platform.faults["subscribe"] = [down() for _ in range(5)]
        await at.open()
        await at.join()
        assert at.platform.faults["subscribe"] == []
        assert at.platform.calls.count("messages_since") == 1


async def test_polling_meanwhile_does_not_hide_that_a_subscription_was_long_in_coming() -> None:
    """A poll owes it anew, so that its tries count from nought; what was written since that reading is read."""
    async with house() as at:
        at.platform.faults["subscribe"] = [down() for _ in range(6)]
        await at.open()
        while "messages_since" not in at.platform.calls:
            await at.until(seconds=1)
        await at.until(seconds=1)
        assert await at.books.subscription_of(CHAT) is None
        at.platform.messages[MISSED] = Said(ERIKA, IBAN, at.clock())
        await at.until(seconds=50)
        assert await at.books.subscription_of(CHAT) is not None
        assert list((await at.state()).findings) == [MISSED]


async def test_a_refused_subscription_does_not_hide_that_reading_fails_too() -> None:
    """What was heard by reading every minute is no longer called heard once the chat cannot be read either."""
    async with house() as at:
        at.platform.faults["subscribe"] = [Refused("forbidden", 403) for _ in range(200)]
        await at.open()
        await at.join()
        at.platform.messages[MISSED] = Said(ERIKA, "Guten Tag", at.clock())
        await at.until(minutes=2)
        assert (await at.state()).consultation.hearing == "graph"  # type: ignore[union-attr]
        unreadable(at, at.clock() + timedelta(minutes=30), down)
        await at.until(minutes=10)
        assert (await at.state()).consultation.hearing == "unreachable"  # type: ignore[union-attr]


async def test_what_is_over_is_not_subscribed_to_again(at: House) -> None:
    """After a withdrawal nothing is read, whatever was lost meanwhile."""
    await at.press(ERIKA, "welcome", "accept")
    await at.press(ERIKA, "welcome", "withdraw")
    assert not (await at.state()).is_open
    at.platform.calls.clear()
    await at.inbox.take(HearingLost(conversation=CHAT, key="", reason="outage"))
    await at.until(minutes=3)
    assert not {"subscribe", "renew", "messages_since"} & set(at.platform.calls)


@pytest.mark.parametrize("fault", ["faults", "lost"])
async def test_the_chat_is_deleted_after_an_outage(fault: str) -> None:
    """As many failures as there are tries, or lost answers: `failed` until it is confirmed, then `chat deleted`."""
    async with house(terms=replace(TERMS, chat_deletion="always")) as at:
        await at.open()
        await at.join()
        at.platform.faults["hide"] = [Refused("forbidden", 403)]
        await at.say(IBAN, "1")
        await end(at)
        getattr(at.platform, fault)["delete_chat"] = [Unavailable("timeout", maybe_done=fault == "lost")] * 14
        await at.until(minutes=40)
        assert ("delete_chat", "failed") in attempts((await at.state()).findings["1"])
        if fault == "lost":
            at.platform.faults["delete_chat"] = [Gone("not_found", 404)]
        await at.until(days=1)
        assert outcome((await at.state()).findings["1"]) == "chat deleted"
        assert at.platform.chat_deleted


async def test_the_advisor_reads_that_the_chat_is_not_heard_while_guests_are_dropped_and_graph_is_down() -> None:
    """No activity, no answer: within two minutes of the message the card says so; later it says what is heard."""
    async with house() as at:
        await at.open()
        unreadable(at, at.clock() + timedelta(minutes=5), down)
        await at.join()
        at.platform.messages[MISSED] = Said(ERIKA, IBAN, at.clock())
        await at.until(minutes=2)
        [card] = at.cards("advisor_status")
        shown = repr(at.platform.cards[card][2])
        assert text("hearing.unreachable", "de") in shown
        assert text("hearing.reason.no_subscription", "de") in shown
        await at.until(minutes=10)
        assert text("hearing.graph", "de") in repr(at.platform.cards[card][2])
        assert list((await at.state()).findings) == [MISSED]


async def test_a_clock_that_ran_ahead_hides_nothing_from_the_next_reading(at: House) -> None:
    """The chat was read at what we took for half past nine, and then our clock was set right: what was missed between
    the two is read back, although the mark of the last reading is later than it."""
    await at.say("Guten Tag", "1")
    at.clock.forward(minutes=40)
    await at.inbox.take(HearingLost(conversation=CHAT, key="", reason="missed"))
    await at.rest()
    at.clock.forward(minutes=-30)
    at.platform.messages["2"] = Said(ERIKA, IBAN, at.clock())
    at.clock.forward(minutes=60)
    await at.inbox.take(HearingLost(conversation=CHAT, key="", reason="missed"))
    await at.rest()
    assert list((await at.state()).findings) == ["2"]
