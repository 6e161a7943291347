"""With consent as the basis: scanned is who has consented and who is known to be staff, whoever brings the message."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.policy.facts import HearingLost, Person, PersonLeft

from .fakes import CHAT, ERIKA, IBAN, OTTO, TERMS, House, Said, house

FRED = Person(id="29:fred", name="Fred", aad="aad-fred", tenant="elsewhere", kind="federated")
KARIN = Person(id="29:karin", name="Karin", aad="aad-karin", tenant="tenant", kind="tenant")


@pytest.fixture
async def asked() -> AsyncIterator[House]:
    """An open consultation of an operator who asks for consent; the advisor is there, nobody else."""
    async with house(terms=replace(TERMS, guard_basis="consent")) as at:
        yield await at.open()


def as_an_activity_shows(person: Person) -> Person:
    """The sender of a message activity: without the home tenant everybody with an Entra id looks like staff."""
    return replace(person, tenant=None, kind="tenant")


async def brought_by_graph(at: House, message: str, person: Person, text: str = IBAN) -> None:
    """No activity brings it: the chat is read back."""
    at.clock.forward(seconds=1)
    at.platform.messages[message] = Said(person, text, at.clock())
    at.clock.forward(seconds=1)
    await at.inbox.take(HearingLost(conversation=CHAT, key="", reason="missed"))
    await at.rest()


async def test_a_federated_user_is_not_scanned_before_the_roster_is_read(asked: House) -> None:
    """The scanner never sees the text of somebody who only passes for staff; the roster then shows a guest."""
    scanned: list[object] = []
    scan = asked.inbox._ear.scan
    asked.inbox._ear.scan = lambda it: scanned.append(it) or scan(it)  # type: ignore[method-assign, func-returns-value]
    asked.platform.members[FRED.id] = FRED
    for message in ("1", "2"):  # the second one when they are known, as a colleague
        await asked.say(IBAN, message, as_an_activity_shows(FRED), rest=False)
    await asked.rest()
    state = await asked.state()
    assert state.people[FRED.id].role == "federated"
    assert (scanned, dict(state.findings)) == ([], {})


async def test_a_federated_user_is_scanned_after_consent_whoever_brings_the_message(asked: House) -> None:
    """The Entra id is the same on both sides: an activity and Graph both lead to the consent that was given."""
    asked.platform.members[FRED.id] = FRED
    await asked.say(IBAN, "1", as_an_activity_shows(FRED))
    await asked.press(as_an_activity_shows(FRED), "welcome", "accept")
    asked.clock.forward(seconds=1)
    await asked.say(IBAN, "2", as_an_activity_shows(FRED))
    await brought_by_graph(asked, "3", FRED)
    findings = (await asked.state()).findings
    assert {message: finding.person for message, finding in findings.items()} == {"2": FRED.id, "3": FRED.id}


async def test_what_staff_wrote_before_the_roster_was_read_is_read_back(asked: House) -> None:
    """Not scanned at first, for it could have been anybody with an Entra id; scanned once, when the roster says who."""
    asked.platform.members[KARIN.id] = KARIN
    await asked.say(IBAN, "1", as_an_activity_shows(KARIN), rest=False)
    assert (await asked.state()).findings == {}
    await asked.rest()
    finding = (await asked.state()).findings["1"]
    assert (finding.role, finding.person, finding.version) == ("colleague", KARIN.id, 1)
    asked.platform.calls.clear()
    await asked.say(IBAN, "2", as_an_activity_shows(KARIN))
    assert "2" in (await asked.state()).findings
    assert "roster" not in asked.platform.calls


async def test_the_roster_is_asked_again_as_long_as_somebody_is_not_known(asked: House) -> None:
    """A roster that did not hold them yet is read again with their next message."""
    await asked.say("Guten Tag.", "1", as_an_activity_shows(KARIN))
    asked.platform.members[KARIN.id] = KARIN
    await asked.say(IBAN, "2", as_an_activity_shows(KARIN))
    assert "2" in (await asked.state()).findings


async def test_a_guests_message_that_only_graph_brings_is_scanned_after_consent(asked: House) -> None:
    """Whoever of the guests wrote it had consented before."""
    await asked.join(ERIKA)
    await asked.press(ERIKA, "welcome", "accept")
    await brought_by_graph(asked, "1", ERIKA)
    assert set((await asked.state()).findings) == {"1"}


async def test_what_was_written_before_consent_stays_unscanned_when_it_is_read_back(asked: House) -> None:
    """Consent holds from then on, whenever the chat is read."""
    await asked.join(ERIKA)
    asked.platform.messages["1"] = Said(ERIKA, IBAN, asked.clock())
    asked.clock.forward(seconds=1)
    await asked.press(ERIKA, "welcome", "accept")
    await brought_by_graph(asked, "2", ERIKA, "Guten Tag.")
    assert (await asked.state()).findings == {}
    await asked.inbox.flush()
    assert set(await asked.books.seen(CHAT)) == {"2"}


@pytest.mark.parametrize("noticed", [True, False])
async def test_a_guests_message_that_only_graph_brings_may_be_anybodys(asked: House, noticed: bool) -> None:
    """With another guest there who has not consented it is not scanned, also if nobody told us that they came; once
    they are gone the next one is."""
    await asked.join(ERIKA)
    await asked.press(ERIKA, "welcome", "accept")
    if noticed:
        await asked.join(OTTO)
    asked.platform.members[OTTO.id] = OTTO
    await brought_by_graph(asked, "1", ERIKA)
    assert (await asked.state()).findings == {}
    del asked.platform.members[OTTO.id]
    await asked.inbox.take(PersonLeft(conversation=CHAT, key="left", person=OTTO.id))
    await brought_by_graph(asked, "2", ERIKA)
    assert set((await asked.state()).findings) == {"2"}
