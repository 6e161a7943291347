"""Reading back from the platform: the roster, one message, or the whole chat since it was last read (N18)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.effects.context import Context, meeting_place
from bot.ledger import Done, Effect
from bot.policy.facts import Fact, RosterRead
from bot.ports import Duty, GraphMessage

OVERLAP = timedelta(minutes=5)
"""Read a little further back than necessary: Graph's times and ours may differ."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Effects that only look."""

    at: Context

    async def read_roster(self, duty: Duty) -> Done:
        """Everybody in the chat."""
        _, consultation = await self.at.open(duty)
        people = await self.at.chat.roster(meeting_place(consultation))
        return Done(facts=(RosterRead(conversation=duty.conversation, key="", people=tuple(people)),))

    async def read_back(self, duty: Duty) -> Done:
        """One message that Graph named and no activity has brought."""
        await self.at.open(duty)
        message = await self.at.graph.message(duty.conversation, duty.of("message") or "")
        if message is None:
            return Done()
        return Done(facts=await self.at.hear_again(duty.conversation, message))

    async def reconcile(self, duty: Duty) -> Done:
        """The whole chat since it was last read: what was missed is scanned, in the order it was written."""
        _, consultation = await self.at.open(duty)
        now = self.at.clock()
        since = (consultation.read_back_to or consultation.opened_at) - OVERLAP
        missed: list[GraphMessage] = []
        async for message in self.at.graph.messages_since(duty.conversation, since):
            missed.append(message)
        facts: list[Fact] = []
        for message in sorted(missed, key=lambda m: m.modified):
            facts.extend(await self.at.hear_again(duty.conversation, message))
        return Done((("read_to", now.isoformat()),), tuple(facts))


def effects(context: Context) -> dict[str, Effect]:
    """The effects of this file by kind."""
    do = Reading(context)
    return {"read_roster": do.read_roster, "read_back": do.read_back, "reconcile": do.reconcile}
