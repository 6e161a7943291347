"""The path of a clean message: no database on it, and nothing lost by leaving it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bot.policy.facts import PersonLeft
from bot.policy.state import State
from bot.policy.terms import Terms

from .fakes import CHAT, ERIKA, House


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
