"""Reading back from the platform: the roster, one message, or the whole chat since it was last read (N18)."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.effects.context import Context, meeting_place
from bot.ledger import Done, Effect
from bot.policy.facts import ActivitySetAside, RosterRead, set_aside_key
from bot.policy.state import Consultation, State
from bot.ports import BooksError, Duty, GraphMessage, Overloaded, PlatformError

log = logging.getLogger(__name__)

OVERLAP = timedelta(minutes=5)
"""Read a little further back than necessary: Graph's times and ours may differ."""


HELD = 4_000_000
"""Characters of a chat that are in memory at a time while it is read back. A longer one is read in several rounds."""

TICK = timedelta(milliseconds=1)
"""Graph's times have milliseconds."""


def weight(message: GraphMessage) -> int:
    """What a message counts for in memory, in characters, with what is held besides its text."""
    return 500 + len(message.text) + len(message.html or "")


@dataclass(frozen=True, slots=True)
class Reading:
    """Effects that only look."""

    at: Context

    async def read_roster(self, duty: Duty) -> Done:
        """Everybody in the chat."""
        _, consultation = await self.at.open(duty)
        return Done(facts=(await self._roster(consultation),))

    async def _roster(self, consultation: Consultation) -> RosterRead:
        asked = self.at.clock()
        people = await self.at.chat.roster(meeting_place(consultation))
        return RosterRead(conversation=consultation.conversation, key="", people=tuple(people), asked=asked)

    async def read_back(self, duty: Duty) -> Done:
        """One message that Graph named and no activity has brought."""
        state, _ = await self.at.open(duty)
        message = await self.at.graph.message(duty.conversation, duty.of("message") or "")
        if message is None:
            return Done()
        await self._see_who_is_there(state, [message])
        await self._hear(duty.conversation, message)
        return Done()

    async def reconcile(self, duty: Duty) -> Done:
        """The whole chat since it was last read: what was missed is scanned, in the order it was written, with as much
        of it in memory at a time as HELD allows."""
        state, consultation = await self.at.open(duty)
        now = self.at.clock()
        # Our clock may have been ahead of the platform's when it was read last: that says little of what was shown.
        opened, whole = consultation.opened_at, False
        since = min(consultation.read_back_to or opened, consultation.shown_to or opened) - OVERLAP
        shown_to = None
        while not whole:
            missed, whole = await self._oldest(duty.conversation, since)
            await self._see_who_is_there(state, missed)
            for message in missed:
                await self._hear(duty.conversation, message)
            if missed:  # others of the same moment may have been left out; that moment is over in the next round
                since = max(since + TICK, missed[-1].modified - TICK)
                shown_to = missed[-1].modified
        shown = (("shown_to", shown_to.isoformat()),) if shown_to is not None else ()
        return Done((("read_to", now.isoformat()), *shown))

    async def _oldest(self, conversation: str, since: datetime) -> tuple[list[GraphMessage], bool]:
        """The oldest messages since then, oldest first, and whether that is all: Graph tells the newest first, and
        what an author wrote in parts is found in the order it was written."""
        held: deque[GraphMessage] = deque()
        size, whole = 0, True
        async for message in self.at.graph.messages_since(conversation, since):
            held.append(message)
            size += weight(message)
            while size > HELD and len(held) > 1:
                size, whole = size - weight(held.popleft()), False
        return sorted(reversed(held), key=lambda message: message.modified), whole

    async def _hear(self, conversation: str, message: GraphMessage) -> None:
        """Take what a message tells. One that cannot be scanned or taken, for a defect of ours, is set aside under a
        number, and keeps no other message of the chat from being heard."""
        try:
            for fact in await self.at.hear_again(conversation, message):
                await self.at.take(fact)
        except (BooksError, Overloaded, PlatformError):
            raise
        except Exception as error:
            number = self.at.incident()  # the log has the exception's type only: its text may quote the message
            log.error("incident %s: %s, message read back, set aside", number, type(error).__name__)
            key = set_aside_key(message.id)
            await self.at.take(ActivitySetAside(conversation=conversation, key=key, incident=number))

    async def _see_who_is_there(self, state: State, messages: Sequence[GraphMessage]) -> None:
        """Where consent is the basis, a guest's message that only Graph brings is scanned if everybody who can have
        written it has consented (bot/policy/scanning.py): nobody may be overlooked whose coming was missed."""
        guests = any(message.person is not None and message.person.kind == "guest" for message in messages)
        if not guests or state.consultation is None or not state.is_open or state.terms.guard_basis == "security":
            return
        await self.at.desk.take(await self._roster(state.consultation))


def effects(context: Context) -> dict[str, Effect]:
    """The effects of this file by kind."""
    do = Reading(context)
    return {"read_roster": do.read_roster, "read_back": do.read_back, "reconcile": do.reconcile}
