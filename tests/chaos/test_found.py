"""What the fault test once found, each as a small test of its own."""

from __future__ import annotations

import pytest

from bot.ledger import Done
from bot.policy.decisions import Owe
from bot.policy.facts import Person, RosterRead
from bot.ports import BooksError, Duty, Overloaded, Unavailable
from tests.core.fakes import CHAT, ERIKA, Said, house
from tests.policy.play import CHAT as MEETING
from tests.policy.play import Play

FRED = Person(id="29:fred", name="Fred", aad="aad-fred", tenant="partner", kind="federated")


@pytest.mark.parametrize("error", [BooksError("full"), Overloaded()])
async def test_a_full_disk_is_waited_for_however_long_it_lasts(error: Exception) -> None:
    """An effect that our own database could not serve is asked again more often than a defect would be."""
    failures = [error] * 20
    asked: list[Duty] = []

    async def effect(duty: Duty) -> Done:
        asked.append(duty)
        if failures:
            raise failures.pop()
        return Done()

    async with house() as at:
        at.start(extra={"probe": effect})
        async with at.books.page(CHAT) as page:
            await page.owe(Owe(kind="probe", key="probe"), at.clock())
        await at.until(minutes=30)
        assert len(asked) == 21
        assert {duty.tries for duty in asked} == {0}
        assert asked[1].uncertain
        assert await at.books.next_due() == (None, None)


async def test_the_rest_of_a_secret_that_another_process_heard_is_found() -> None:
    """The first part was heard elsewhere, while this process knows another message of its author."""
    async with house() as at:
        await at.open()
        await at.join()
        await at.say("Guten Morgen zusammen.", "1")
        at.platform.messages["2"] = Said(ERIKA, "Meine IBAN ist DE89 3704", at.clock())
        await at.until(seconds=5)
        await at.say("0044 0532 0130 00", "3")
        assert set((await at.state()).findings) == {"2", "3"}


async def test_a_fragment_is_not_called_clean_while_graph_cannot_tell_the_rest() -> None:
    """As long as the author's last messages cannot be read, the message counts as not heard, and comes again."""
    async with house() as at:
        await at.open()
        await at.join()
        at.platform.messages["2"] = Said(ERIKA, "Meine IBAN ist DE89 3704", at.clock())
        await at.until(seconds=5)
        at.platform.faults["messages_since"] = [Unavailable("server_error", 503)]
        with pytest.raises(Overloaded):
            await at.say("0044 0532 0130 00", "3")
        assert "3" not in await at.books.seen(CHAT)
        await at.say("0044 0532 0130 00", "3")
        assert set((await at.state()).findings) == {"2", "3"}


def test_a_federated_member_who_left_is_not_welcomed_again_by_the_roster() -> None:
    """Federated people stay in the chat's roster after leaving the meeting: reading it brings no second welcome."""
    play = Play().begin()
    play.join(FRED)
    play.leave(FRED)
    play.take(RosterRead(conversation=MEETING, key="", people=(FRED,)))
    assert not play.state.people[FRED.id].present
    welcomes = [key for key, duty in play.duties.items() if duty.kind == "post_welcome"]
    assert len(welcomes) == 1
    play.join(FRED)
    assert play.state.people[FRED.id].present
