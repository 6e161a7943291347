"""The core over fakes: a whole consultation."""

from __future__ import annotations

from bot.policy.outcome import attempts, outcome
from bot.ports import Refused

from .fakes import IBAN, PERSONAL, house


async def test_a_guests_iban_is_warned_of_and_the_advisor_told() -> None:
    """With hiding refused the message is `warned`, and the status card is redrawn in place."""
    async with house() as at:
        await at.open()
        await at.join()
        at.platform.faults["hide"] = [Refused("forbidden", 403)]
        await at.say(IBAN)
        finding = (await at.state()).findings["1001"]
        assert outcome(finding) == "warned"
        assert attempts(finding) == [("hide", "refused by platform"), ("warn", "done")]
        assert len(at.cards("advisor_status")) == 1
        assert at.platform.cards[at.cards("advisor_status")[0]][0] == PERSONAL
        assert len(at.cards("guard_notice")) == 1
