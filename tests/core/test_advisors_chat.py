"""Several consultations share the chat of their advisor: what is pressed there concerns the one it was shown for."""

from __future__ import annotations

import pytest

from bot.policy.facts import AppAdded, PersonJoined

from .fakes import CHAT, ERIKA, OTTO, PERSONAL, PETRA, SERVICE, House

OTHER = "19:meeting_lindenau@thread.v2"


async def two(at: House) -> None:
    """A second consultation of the same advisor, opened later, with a guest of its own."""
    del at.platform.members[ERIKA.id]
    await at.inbox.take(
        AppAdded(
            conversation=OTHER, key="added", tenant="tenant", service_url=SERVICE, bot_id="28:bot", meeting="m-2",
            by=PETRA,
        )
    )  # fmt: skip
    await at.rest()
    await at.inbox.take(PersonJoined(conversation=OTHER, key="otto", person=OTTO))
    await at.rest()


@pytest.mark.parametrize(("verb", "refs"), [("vouch", {"ref": "p2"}), ("close", {})])
async def test_a_card_that_nobody_knows_acts_on_no_consultation(at: House, verb: str, refs: dict[str, str]) -> None:
    """Its answer was lost, or it is not kept any more. It may be another consultation's, whose second person is
    somebody else: nothing is guessed, and the advisor is told that things have changed."""
    await two(at)
    shown = await at.press(PETRA, "advisor_status", verb, chat=PERSONAL, activity="never-noted", **refs)
    assert shown.sentence
    for conversation in (CHAT, OTHER):
        state = await at.desk.look(conversation)
        assert state.is_open
        assert state.authenticated() is None


async def test_the_cards_that_are_known_act_on_their_own_consultation(at: House) -> None:
    """Each status card is its own consultation's."""
    await two(at)
    first, second = at.cards("advisor_status")
    await at.press(PETRA, "advisor_status", "close", chat=PERSONAL, activity=first)
    assert not (await at.state()).is_open
    otto = (await at.desk.look(OTHER)).people[OTTO.id]
    await at.press(PETRA, "advisor_status", "vouch", chat=PERSONAL, activity=second, ref=otto.ref)
    customer = (await at.desk.look(OTHER)).authenticated()
    assert customer is not None
    assert customer.person == OTTO.id
