"""The second ear: messages as Graph shows or names them become facts, once a version, whoever brought it first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Literal

from bot.policy.facts import Fact, MessageDeleted, MessageEvent, MessageNoticed, RosterChanged
from bot.policy.outcome import outcome
from bot.policy.state import Finding, State
from bot.ports import GraphMessage, HeardText
from bot.seen import Seen


class ReadBack:
    """Judges what Graph brings by what was heard before. Takes nothing: returns the facts."""

    def __init__(
        self, *, seen: Seen, look: Callable[[str], Awaitable[State]],
        facts_of: Callable[[HeardText], Awaitable[tuple[Fact, ...]]],
        event_of: Callable[[str, GraphMessage], Fact | Literal["roster"] | None],
        read: Callable[[str, str], Awaitable[GraphMessage | None]],
    ) -> None:  # fmt: skip
        """`look` reads the state, `facts_of` scans, `event_of` reads the chat's system messages, `read` one message."""
        self._seen, self._look, self._facts_of, self._event_of = seen, look, facts_of, event_of
        self._read = read

    async def hear_again(self, conversation: str, message: GraphMessage) -> tuple[Fact, ...]:
        """Facts from a message as Graph shows it now. Raises Overloaded, BooksError, PlatformError."""
        told = self._event_of(conversation, message)
        if told is not None:
            return (RosterChanged(conversation=conversation, key="") if told == "roster" else told,)
        if message.deleted is not None:
            gone = MessageDeleted(
                conversation=conversation, key="", message=message.id, via="graph", at=message.deleted
            )
            return (gone,)
        if message.person is None or message.event is not None:
            return ()
        finding: Finding | None = None
        if message.edited is not None or message.modified > message.created:  # more happened than its being written
            finding = (await self._look(conversation)).findings.get(message.id)
        shown = False
        if finding is not None and outcome(finding) == "hidden" and not message.hidden:
            # This may have been shown before it was hidden: what contradicts a claim is asked for after the claim.
            again = await self._read(conversation, message.id)
            if again is None:
                return ()
            if again.deleted is not None:
                return await self.hear_again(conversation, again)
            message, shown = again, not again.hidden
        event: MessageEvent = "edit" if message.edited is not None else "new"
        modified = message.edited or message.created
        known = await self._seen.version_anywhere(conversation, message.id)
        # The finding is about an older text: its version was delivered, to another replica, after the edit.
        outdated = finding is not None and message.edited is not None and finding.modified_at < message.edited
        deleted_at = finding.deleted_at if finding is not None else None
        if deleted_at is not None and modified <= deleted_at < message.modified:
            event, modified = "undelete", message.modified  # its text is the old one, and readable again
        elif known is not None and modified <= known and not outdated and not shown:
            return ()
        heard = HeardText(
            conversation=conversation,
            message=message.id,
            person=message.person,
            event=event,
            via="graph",
            modified=modified,
            text="" if message.html else message.text,
            html=message.html,
            posted=message.created,
            hidden=True if message.hidden else False if shown else None,
        )
        facts = await self._facts_of(heard)
        # The version itself may have been taken before, with nothing to act on: it is judged by the state now.
        return tuple(replace(fact, key="") for fact in facts) if outdated or shown else facts

    def noticed(self, conversation: str, message: str, modified: datetime, *, deleted: bool) -> Fact | None:
        """What a change notification calls for: a deletion counts at once, anything else is read back unless it was
        heard already."""
        known = self._seen.version(conversation, message)
        if deleted and (known is None or modified >= known):
            key = f"deleted:{message}:graph:{modified.isoformat()}"
            return MessageDeleted(conversation=conversation, key=key, message=message, via="graph", at=modified)
        if deleted or known is None or modified > known:
            # A deletion told late: it has been written anew since, and only Graph knows what holds now.
            return notice(conversation, message, modified)
        return None


def notice(conversation: str, message: str, modified: datetime) -> MessageNoticed:
    """Something happened to a message, and only Graph knows what: it is read back."""
    key = f"noticed:{message}:{modified.isoformat()}"
    return MessageNoticed(conversation=conversation, key=key, message=message, modified=modified)
