"""Effects of the longer retention times: findings, and the trail with everything that is left (R62, R73)."""

from __future__ import annotations

from dataclasses import dataclass

from bot.effects.context import Context
from bot.ledger import Done, Effect, Moot
from bot.ports import Duty


@dataclass(frozen=True, slots=True)
class Retiring:
    """Effects on what we hold; nobody outside is asked."""

    at: Context

    async def erase_findings(self, duty: Duty) -> Done:
        """Delete what is kept of findings."""
        await self._still_over(duty)
        counts = await self.at.retire(duty.conversation, "findings", self.at.clock())
        return Done(tuple((name, str(count)) for name, count in counts.items()))

    async def purge(self, duty: Duty) -> Done:
        """Delete the trail and whatever is left, this duty included: what is settled afterwards is nothing."""
        await self._still_over(duty)
        await self.at.retire(duty.conversation, "trail", self.at.clock())
        return Done()

    async def _still_over(self, duty: Duty) -> None:
        """A meeting may be held again while this could not be carried out: its time is counted anew then."""
        if (await self.at.desk.look(duty.conversation)).is_open:
            raise Moot("open_again")


def effects(context: Context) -> dict[str, Effect]:
    """The effects of this file by kind."""
    do = Retiring(context)
    return {"erase_findings": do.erase_findings, "purge": do.purge}
