"""The path of a clean message: no database on it, and nothing lost by leaving it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.policy.facts import PersonLeft
from bot.policy.outcome import outcome
from bot.policy.state import State
from bot.policy.terms import Terms
from bot.ports import BooksError, Overloaded, Refused
from bot.serve import tidy_regularly

from .fakes import CHAT, ERIKA, IBAN, PETRA, TERMS, House, house


@contextmanager
def pages_of(at: House) -> Iterator[list[str]]:
    """The conversations whose pages are opened, or whose state is read, meanwhile."""
    opened: list[str] = []
    page, state = at.books.page, at.books.state

    def noted(conversation: str):  # type: ignore[no-untyped-def]
        opened.append(conversation)
        return page(conversation)

    def read(conversation: str, terms: Terms):  # type: ignore[no-untyped-def]
        opened.append(conversation)
        return state(conversation, terms)

    at.books.page, at.books.state = noted, read  # type: ignore[method-assign]
    yield opened
    at.books.page, at.books.state = page, state  # type: ignore[method-assign]


async def test_a_clean_message_of_somebody_known_opens_no_page(at: House) -> None:
    """Once author and consultation are known, the database is not asked; the message is noted as seen all the same."""
    await at.say("Guten Morgen, wie geht es Ihnen?", "1")
    await at.say("Schön, dass es geklappt hat.", "2")
    with pages_of(at) as opened:
        await at.say("Ich höre Sie gut.", "3", rest=False)
    assert opened == []
    await at.inbox.flush()
    assert "3" in await at.books.seen(CHAT)


async def test_what_is_remembered_ends_with_the_next_change(at: House) -> None:
    """After somebody left, the next message looks at the state again, once."""
    await at.say("Guten Morgen, wie geht es Ihnen?", "1")
    await at.say("Schön, dass es geklappt hat.", "2")
    await at.inbox.take(PersonLeft(conversation=CHAT, key="left", person="29:nobody"))
    await at.inbox.take(PersonLeft(conversation=CHAT, key="left too", person=ERIKA.id))
    with pages_of(at) as opened:
        await at.say("Ich bin noch da.", "3", rest=False)
    assert opened


async def test_a_secret_in_two_messages_is_found_on_the_clean_path_too(at: House) -> None:
    """The message is scanned once: a second scan would take it for an edit and lose the first part."""
    await at.say("Guten Morgen, wie geht es Ihnen?", "1")
    await at.say("Schön, dass es geklappt hat.", "2")
    with pages_of(at) as opened:
        await at.say("Meine IBAN ist DE89 3704", "3", rest=False)
    assert opened == []
    await at.say("0044 0532 0130 00", "4")
    assert set((await at.state()).findings) == {"3", "4"}


async def test_a_state_that_changed_while_it_was_read_is_not_remembered(at: House) -> None:
    """The state is read without waiting for writers: what was written meanwhile makes the next message look again."""
    await at.say("Guten Morgen, wie geht es Ihnen?", "1")
    at.inbox.changed(CHAT)
    state = at.books.state

    async def overtaken(conversation: str, terms: Terms) -> State:
        read = await state(conversation, terms)
        at.inbox.changed(conversation)
        return read

    at.books.state = overtaken  # type: ignore[method-assign]
    await at.say("Der Ton ist gut.", "2", rest=False)
    at.books.state = state  # type: ignore[method-assign]
    with pages_of(at) as opened:
        await at.say("Hören Sie mich?", "3", rest=False)
    assert opened


async def test_text_in_memory_ends_with_its_time_although_nobody_says_more(at: House) -> None:
    """After the window's time a sweep drops the author's text: the rest of a number no longer completes it."""
    await at.say("Meine IBAN ist DE89 3704", "1", rest=False)
    ear = at.inbox._ear
    at.clock.forward(seconds=180)
    at.inbox.expire()
    assert ear._window.holds((CHAT, ERIKA.id))
    at.clock.forward(seconds=1)
    at.inbox.expire()
    assert not ear._window.holds((CHAT, ERIKA.id))


async def test_text_in_memory_ends_with_an_erasure(at: House) -> None:
    """What somebody wrote in the last minutes goes from memory with their data; other consultations keep theirs."""
    await at.say("Meine IBAN ist DE89 3704", "1", rest=False)
    window = at.inbox._ear._window
    window.add(("19:other", ERIKA.id), "1", "Meine IBAN ist DE89 3704", False, 0.0, at.clock().timestamp())
    at.inbox.forget(CHAT)
    assert not window.holds((CHAT, ERIKA.id))
    assert window.holds(("19:other", ERIKA.id))


async def test_a_masked_copy_ends_with_its_time() -> None:
    """A copy that was never posted is dropped from memory like the text it was made of."""
    async with house(terms=replace(TERMS, masked_copy=True)) as at:
        await at.open()
        await at.say(IBAN, "1", PETRA, rest=False)
        at.clock.forward(seconds=181)
        at.inbox.expire()
        assert at.inbox.masked(CHAT, "1") is None
        at.platform.messages.clear()
        await at.say(IBAN, "2", PETRA, rest=False)
        at.inbox.expire()
        assert "3704" not in (at.inbox.masked(CHAT, "2") or "3704")


async def test_the_sweep_goes_on_after_a_failure(at: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Text is dropped each time, whatever the writing meets."""
    swept: list[str] = []
    done = asyncio.Event()

    async def broken() -> None:
        swept.append("flush")
        if len(swept) > 4:
            done.set()
        raise RuntimeError("broken")

    monkeypatch.setattr(at.inbox, "expire", lambda: swept.append("expire"))
    monkeypatch.setattr(at.inbox, "flush", broken)
    sweep = asyncio.create_task(tidy_regularly(at.inbox, every=timedelta(0)))
    async with asyncio.timeout(20):
        await done.wait()
    sweep.cancel()
    assert swept[:4] == ["expire", "flush", "expire", "flush"]


async def test_what_an_outage_kept_from_us_is_read_back_after_it(at: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The platform gives up after a while: once the database is there again the chat is read, and the secret found."""
    taken = at.books.page

    def away(conversation: str) -> object:
        raise BooksError("unreachable")

    monkeypatch.setattr(at.books, "page", away)
    with pytest.raises(Overloaded):
        await at.say(IBAN, "1", rest=False)
    await at.inbox.make_up()
    monkeypatch.setattr(at.books, "page", taken)
    assert (await at.state()).findings == {}
    await at.inbox.make_up()
    await at.rest()
    assert (await at.state()).findings["1"].kinds == ("IBAN",)
    at.platform.calls.clear()
    await at.inbox.make_up()
    await at.rest()
    assert "messages_since" not in at.platform.calls


async def test_a_state_that_cannot_be_read_counts_as_missed_too(at: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever step of hearing met the outage; a deletion that could not be taken is found as well."""
    at.platform.faults["hide"] = [Refused("forbidden", 403)]
    await at.say(IBAN, "1")
    read = at.books.state

    async def away(conversation: str, terms: Terms) -> State:
        raise BooksError("unreachable")

    monkeypatch.setattr(at.books, "state", away)
    with pytest.raises(Overloaded):
        await at.say("Guten Tag.", "2", rest=False)
    monkeypatch.setattr(at.books, "state", read)
    at.platform.messages["1"].deleted, at.platform.messages["1"].modified = True, at.clock()
    await at.inbox.make_up()
    await at.rest()
    assert outcome((await at.state()).findings["1"]) == "deleted by author"
    assert at.inbox._seen.version(CHAT, "2") is not None
