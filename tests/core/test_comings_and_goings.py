"""Who is there while a roster is being read, and who is not written down again once they were erased."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bot.policy.facts import HearingLost, MeetingEnded, MeetingStarted, Person, PersonJoined, PersonLeft
from bot.policy.outcome import outcome
from bot.ports import Place, Refused

from .fakes import CHAT, ERIKA, IBAN, OTTO, PERSONAL, PETRA, House, Said

KARL = Person(id="29:karl", name="Karl", aad="aad-karl", tenant="tenant", kind="tenant")


def meanwhile(at: House, happens: Callable[[], Awaitable[None]]) -> None:
    """While the answer of the next reading of the roster is on its way, this happens and is told."""
    roster, once = at.chat.roster, [happens]

    async def slow(place: Place) -> list[Person]:
        found = await roster(place)
        at.clock.forward(seconds=0.2)
        if once:
            await once.pop()()
        return found

    at.chat.roster = slow  # type: ignore[method-assign]


async def names(at: House) -> list[str]:
    """Everybody the database names."""
    return sorted(p.name for p in (await at.state()).people.values() if p.name)


async def test_who_comes_while_the_roster_is_read_has_come(at: House) -> None:
    """The answer does not name them yet: they are not taken for gone, and get their welcome."""

    async def comes() -> None:
        at.platform.members[OTTO.id] = OTTO
        await at.inbox.take(PersonJoined(conversation=CHAT, key="otto", person=OTTO))

    meanwhile(at, comes)
    welcomed = len(at.cards("welcome"))
    await at.inbox.roster_changed(CHAT)
    await at.rest()
    assert (await at.state()).people[OTTO.id].present
    assert len(at.cards("welcome")) == welcomed + 1


async def test_who_goes_while_the_roster_is_read_has_gone(at: House) -> None:
    """The answer names them still: who has left is not there, nor signed in, until they come again."""

    async def goes() -> None:
        del at.platform.members[ERIKA.id]
        await at.inbox.take(PersonLeft(conversation=CHAT, key="erika", person=ERIKA.id))

    meanwhile(at, goes)
    await at.inbox.roster_changed(CHAT)
    await at.rest()
    assert not (await at.state()).people[ERIKA.id].present
    await at.join(ERIKA)
    assert (await at.state()).people[ERIKA.id].present


@pytest.mark.parametrize("again", ["roster", "typed", "pressed"])
async def test_who_was_erased_after_a_withdrawal_is_not_written_down_again(at: House, again: str) -> None:
    """The receipt said that the name is erased, and so it stays while they are still in the chat; whoever withdraws
    once more is answered all the same."""
    await at.press(ERIKA, "welcome", "accept")
    await at.press(ERIKA, "welcome", "withdraw")
    assert await names(at) == ["Petra"]
    if again == "roster":
        await at.inbox.roster_changed(CHAT)
    elif again == "typed":
        await at.say("WIDERRUF", "9")
        assert len(at.platform.texts) == 1
    else:
        assert (await at.press(ERIKA, "welcome", "withdraw")).forbidden
    await at.rest()
    assert await names(at) == ["Petra"]
    assert len(at.cards("session_ended")) == 1


async def test_who_consents_anew_is_there_and_so_is_everybody_else(at: House) -> None:
    """What was erased stands for nobody any more, so that it keeps no message of theirs from being warned of."""
    await at.join(OTTO)
    await at.press(ERIKA, "welcome", "accept")
    await at.press(ERIKA, "welcome", "withdraw")
    at.clock.forward(minutes=1)
    await at.press(ERIKA, "welcome", "accept")
    people = (await at.state()).people
    assert sorted(p.person for p in people.values() if p.outside and p.present) == [ERIKA.id, OTTO.id]
    at.clock.forward(minutes=1)
    at.platform.messages["9"] = Said(ERIKA, IBAN, at.clock())
    await at.inbox.noticed(CHAT, "9", at.clock(), deleted=False)
    await at.rest()
    assert (await at.state()).findings["9"].warn == "done"


async def test_after_the_retention_time_nobody_is_written_down_again(at: House) -> None:
    """The chat lives on after what was known of it was erased: who writes, comes or stands in its roster is not
    noted, what they write is not scanned, and nobody becomes the advisor by it."""
    await at.inbox.take(MeetingEnded(conversation=CHAT, key="end"))
    await at.until(days=31)
    assert await names(at) == []
    at.platform.members[KARL.id] = KARL
    calls = len(at.platform.calls)
    await at.say("Guten Tag", "8", KARL)
    await at.say(IBAN, "9", KARL)
    await at.inbox.take(PersonJoined(conversation=CHAT, key="karl", person=KARL))
    await at.inbox.roster_changed(CHAT)
    await at.rest()
    state = await at.state()
    assert await names(at) == []
    assert not state.findings
    assert state.consultation is not None
    assert state.consultation.advisor is None
    assert at.platform.calls[calls:] == ["roster"]


async def test_a_meeting_held_after_the_retention_time_is_a_consultation_again(at: House) -> None:
    """What was only over begins anew: people are noted, and messages scanned."""
    await at.inbox.take(MeetingEnded(conversation=CHAT, key="end"))
    await at.until(days=31)
    await at.inbox.take(MeetingStarted(conversation=CHAT, key="again"))
    await at.join(OTTO)
    await at.say(IBAN, "9", OTTO)
    state = await at.state()
    assert await names(at) == ["Erika", "Otto", "Petra"]
    assert outcome(state.findings["9"]) == "hidden"
    assert state.people[PETRA.id].role == "advisor"


async def test_who_is_signed_in_and_gone_without_a_word_keeps_nobody_out(at: House) -> None:
    """A connection broke, no leaving was told, and the customer comes back under another id: the first try is refused,
    since somebody is signed in, and has the roster read, so that the next one is not."""

    async def vouch(person: Person) -> None:
        ref = (await at.state()).people[person.id].ref
        card = at.cards("advisor_status")[-1]
        await at.press(PETRA, "advisor_status", "vouch", chat=PERSONAL, activity=card, ref=ref)

    await vouch(ERIKA)
    del at.platform.members[ERIKA.id]
    await at.join(OTTO)
    await vouch(OTTO)
    assert (await at.state()).people[OTTO.id].authenticated_at is None
    await vouch(OTTO)
    customer = (await at.state()).authenticated()
    assert customer is not None
    assert customer.person == OTTO.id


@pytest.mark.parametrize(("seconds", "present"), [(60, True), (0, False), (-60, False)])
async def test_who_writes_after_leaving_is_there(at: House, seconds: float, present: bool) -> None:
    """Coming back was told before the leaving, or not at all. What was written before they left says nothing."""
    at.clock.forward(minutes=2)
    await at.inbox.take(PersonLeft(conversation=CHAT, key="left", person=ERIKA.id))
    at.clock.forward(seconds=seconds)
    await at.say("Guten Tag", "4")
    assert (await at.state()).people[ERIKA.id].present is present


@pytest.mark.parametrize(("ahead", "warned"), [(1.0, False), (60.0, True)])
async def test_who_left_as_a_message_came_may_have_written_it(at: House, ahead: float, warned: bool) -> None:
    """Graph names no guest, and the platform's clock may be a little ahead of ours: a notice that its author may not
    have read is none. Whoever left long before did not write it."""
    at.platform.faults["hide"] = [Refused("forbidden", 403)]
    await at.join(OTTO)
    del at.platform.members[OTTO.id]
    await at.inbox.take(PersonLeft(conversation=CHAT, key="otto", person=OTTO.id))
    at.platform.messages["7"] = Said(OTTO, IBAN, at.clock() + timedelta(seconds=ahead))
    at.clock.forward(seconds=ahead + 1)
    await at.inbox.take(HearingLost(conversation=CHAT, key="lost", reason="restart"))
    await at.rest()
    assert (len(at.cards("guard_notice")) == 1) is warned
    assert outcome((await at.state()).findings["7"]) == ("warned" if warned else "failed")
