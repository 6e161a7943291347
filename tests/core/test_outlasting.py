"""An outage that outlasts all tries: what is readable still is hidden and warned of after it."""

from __future__ import annotations

import pytest

from bot.ledger import MOST_TRIES
from bot.policy.facts import MeetingEnded, MessageDeleted
from bot.policy.outcome import attempts, outcome
from bot.ports import Refused, Unavailable

from .fakes import CHAT, IBAN, PETRA, House


async def test_a_message_is_hidden_after_an_outage_however_long(at: House) -> None:
    """Until then it is called what it is; the attempt that failed is told meanwhile."""
    at.platform.faults["hide"] = [Unavailable("unreachable")] * (MOST_TRIES + 1)
    await at.say(IBAN, "1", PETRA)
    await at.until(minutes=20)
    finding = (await at.state()).findings["1"]
    assert (outcome(finding), dict(attempts(finding))["hide"]) == ("warned", "failed")
    await at.until(minutes=30)
    assert outcome((await at.state()).findings["1"]) == "hidden"
    assert at.platform.messages["1"].hidden


@pytest.mark.parametrize("maybe_done", [False, True])
async def test_a_notice_is_posted_after_an_outage_unless_it_may_stand_there(at: House, maybe_done: bool) -> None:
    """At most one is promised; who was not asked is asked as soon as that is possible."""
    at.platform.targeted = False
    at.platform.faults["hide"] = [Refused("forbidden", 403)]
    at.platform.faults["messages_since"] = [Unavailable("unreachable")] * (2 * MOST_TRIES if maybe_done else 0)
    outage = [Unavailable("timed_out", maybe_done=maybe_done)]
    at.platform.lost["post:guard_notice"] = outage if maybe_done else []
    at.platform.faults["post:guard_notice"] = [] if maybe_done else outage * MOST_TRIES
    await at.say(IBAN, "1")
    await at.until(hours=1)
    assert len(at.cards("guard_notice")) == (1 if maybe_done else 2)  # without doubt it is confirmed, and reminded of
    assert outcome((await at.state()).findings["1"]) == ("failed" if maybe_done else "warned")


async def test_what_is_dealt_with_meanwhile_is_not_asked_for(at: House) -> None:
    """Its author deleted it during the pause."""
    at.platform.faults["hide"] = [Unavailable("unreachable")] * MOST_TRIES
    await at.say(IBAN, "1", PETRA)
    await at.until(minutes=20)
    asked = at.platform.calls.count("hide")
    await at.inbox.take(MessageDeleted(conversation=CHAT, key="", message="1", via="activity", at=at.clock()))
    await at.until(hours=1)
    finding = (await at.state()).findings["1"]
    assert at.platform.calls.count("hide") == asked
    assert (outcome(finding), dict(attempts(finding))["hide"]) == ("deleted by author", "failed")


async def test_a_secret_written_after_the_decision_on_the_chat_is_decided_on_too(at: House) -> None:
    """The meeting is over, nothing was readable, and the chat stayed: staff write in it, and it is looked at anew."""
    await at.inbox.take(MeetingEnded(conversation=CHAT, key="end"))
    await at.until(hours=1)
    assert not at.platform.chat_deleted
    at.platform.faults["hide"] = [Refused("forbidden", 403)]
    await at.say(IBAN, "1", PETRA)
    await at.until(hours=1)
    assert at.platform.chat_deleted
    assert outcome((await at.state()).findings["1"]) == "chat deleted"
