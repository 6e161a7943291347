"""The inbox: what the inbound edges received becomes facts for the desk (bot/ports/inbound.py).

A clean message ends here: it is scanned, noted as seen and forgotten, without a look at the database. Only a
finding, a command, an edit or somebody new goes on to the desk, and then without its text (decision 3).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from bot.bounded import Bounded
from bot.commands import command_in
from bot.desk import Desk
from bot.detection import Heard, Scanner
from bot.ear import Ear
from bot.policy.facts import (
    ActivitySetAside,
    AdvisorReached,
    CardPressed,
    CommandTyped,
    Fact,
    HearingLost,
    MessageDeleted,
    MessageEvent,
    MessageHeard,
    MessageNoticed,
    RosterChanged,
)
from bot.policy.state import State
from bot.ports import (
    Books,
    BooksError,
    Graph,
    GraphMessage,
    HeardText,
    Overloaded,
    Shown,
)
from bot.presenting import Presenter
from bot.rooms import ROOMS, Room, Rooms

log = logging.getLogger(__name__)

RECENT = 50_000
DELETED = 5_000
FLUSH_AT = 500


class DeskInbox:
    """Implements `bot.ports.Inbox` over the desk."""

    def __init__(
        self, *, books: Books, desk: Desk, graph: Graph, scanner: Scanner, presenter: Presenter, window: timedelta,
        key: bytes, event_of: Callable[[str, GraphMessage], Fact | Literal["roster"] | None],
    ) -> None:  # fmt: skip
        """`window` is how long an author's last messages are joined with the next; `key` keys the code digests;
        `event_of` reads the chat's system messages (bot/graph/messages.py)."""
        self._event_of = event_of
        self._books, self._desk = books, desk
        self._presenter = presenter
        self._ear = Ear(scanner, graph, desk.clock, window=window, key=key, masked_copies=desk.terms.masked_copy)
        self.masked, self.code_digest = self._ear.masked, self._ear.code_digest
        self._rooms = Rooms()
        self._recent: Bounded[tuple[str, str], datetime] = Bounded(RECENT)
        self._deleted: Bounded[tuple[str, str], bool] = Bounded(DELETED)
        self._missed: Bounded[str, bool] = Bounded(ROOMS)
        self._unwritten: list[tuple[str, str, datetime]] = []
        self._basis_security = desk.terms.guard_basis == "security"

    # -- messages ---------------------------------------------------------------------------------------------------

    async def hear(self, heard: HeardText) -> None:
        """Scan a message. A clean one ends in the middle; the state is looked at once for each change of it."""
        recent = self._recent.get((heard.conversation, heard.message))
        if recent is not None and heard.modified <= recent and heard.event != "undelete":
            return
        try:
            await self._hear(heard)
        except Overloaded:
            # It comes again: what it completed in earlier messages must be found again, not be known already. But it
            # does not come for ever, so that the chat is read back as well.
            self._ear.forget_author(heard)
            self._missed[heard.conversation] = True
            raise

    async def _hear(self, heard: HeardText) -> None:
        room, state = self._rooms.get(heard.conversation), None
        if room is None:
            state = await self._look(heard.conversation)
            room = self._rooms.get(heard.conversation)
        found: Heard | None = None
        if room is not None and self._basis_security and self._ordinary(heard, room):
            found = self._ear.scan(heard)
            if not self._ear.matters(found):
                self._seen(heard.conversation, heard.message, heard.modified)
                if len(self._unwritten) >= FLUSH_AT:
                    await self.flush()
                return
        for fact in await self._facts_of(heard, found, state):
            await self.take(fact)
        if heard.event == "new" and (heard.conversation, heard.message) in self._deleted:
            # Its deletion was delivered before it; an edit may come after an undelete, a new message cannot.
            await self.take(
                MessageDeleted(conversation=heard.conversation, key="", message=heard.message, via="activity")
            )

    def _ordinary(self, heard: HeardText, room: Room) -> bool:
        """A new message of somebody known, in an open consultation, that is no command."""
        return (
            heard.event == "new"
            and not room.ended
            and heard.person.id in room.known
            and (room.heard_guest or heard.person.kind == "tenant")
            and (heard.person.kind == "tenant" or command_in(heard.text) is None)
        )

    async def _facts_of(
        self, heard: HeardText, found: Heard | None = None, state: State | None = None
    ) -> tuple[Fact, ...]:
        """The slow path: with the state at hand. Returns the facts, which hold no text. `found` if it was scanned,
        `state` if it was just read."""
        state = state or await self._look(heard.conversation)
        consultation = state.consultation
        key = f"message:{heard.message}:{heard.event}:{heard.modified.isoformat()}"
        if consultation is None or consultation.reason in ("withdrawn", "closed"):
            return self._reopening(heard, state, key)
        participant = state.people.get(heard.person.id)
        outside = participant.outside if participant is not None else heard.person.kind != "tenant"
        command, code = command_in(heard.text) or (None, None)
        signed_in = participant is not None and participant.authenticated_at is not None
        typed = command is not None and outside and heard.event == "new" and heard.via == "activity"
        if command is not None and typed and not (command == "code" and signed_in):
            return (self._ear.command(heard, key, command, code),)
        if not self._basis_security and outside and (participant is None or participant.consented_at is None):
            return (self._ear.fact(heard, key, None, state, scanned=False),)
        found = found or self._ear.scan(heard)
        if found.scan.worth_history:
            found = await self._ear.joined_with_history(heard) or found
        self._ear.keep_masked(heard, found)
        return (self._ear.fact(heard, key, found, state),)

    def _reopening(self, heard: HeardText, state: State, key: str) -> tuple[Fact, ...]:
        """Once it is over nothing is scanned. Giving consent again after a withdrawal opens the consultation anew
        (R68), and consent can still be withdrawn, as on the card (R70)."""
        command, _ = command_in(heard.text) or (None, None)
        if state.consultation is not None and command in ("accept", "withdraw") and heard.event == "new":
            return (self._ear.command(heard, key, command, None),)
        return ()

    # -- read back from Graph ---------------------------------------------------------------------------------------

    async def hear_again(self, conversation: str, message: GraphMessage) -> tuple[Fact, ...]:
        """Facts from a message as Graph shows it: scanned once for each version, whoever brought it first."""
        told = self._event_fact(conversation, message)
        if told is not None:
            return (told,)
        if message.deleted is not None:
            return (MessageDeleted(conversation=conversation, key="", message=message.id, via="graph"),)
        if message.person is None or message.event is not None:
            return ()
        modified = message.edited or message.created
        known = self._recent.get((conversation, message.id))
        if known is None:
            seen = await self._books.seen(conversation)
            for heard_before, when in seen.items():  # a chat that is read back asks once, not for each message
                if (conversation, heard_before) not in self._recent:
                    self._recent[conversation, heard_before] = when
            known = seen.get(message.id)
        event: MessageEvent = "edit" if message.edited is not None else "new"
        outdated = message.edited is not None and await self._is_outdated(conversation, message.id, modified)
        if known is not None and modified <= known and not outdated:
            if not (message.modified > known and await self._was_deleted(conversation, message.id)):
                return ()
            event, modified = "undelete", message.modified  # its text is the old one, and readable again
        heard = HeardText(
            conversation=conversation,
            message=message.id,
            person=message.person,
            event=event,
            via="graph",
            modified=modified,
            text="" if message.html else message.text,
            html=message.html,
        )
        facts = await self._facts_of(heard)
        # The edit itself may have been taken before, with nothing to act on: it is judged by the state now.
        return tuple(replace(fact, key="") for fact in facts) if outdated else facts

    async def _is_outdated(self, conversation: str, message: str, edited: datetime) -> bool:
        """Whether a finding is about an older text: its version was delivered, to another replica, after the edit."""
        finding = (await self._look(conversation)).findings.get(message)
        return finding is not None and finding.modified_at < edited

    async def _was_deleted(self, conversation: str, message: str) -> bool:
        finding = (await self._look(conversation)).findings.get(message)
        return finding is not None and finding.deleted_at is not None

    def _event_fact(self, conversation: str, message: GraphMessage) -> Fact | None:
        fact = self._event_of(conversation, message)
        return RosterChanged(conversation=conversation, key="") if fact == "roster" else fact

    async def noticed(self, conversation: str, message: str, modified: datetime, *, deleted: bool) -> None:
        """A change notification: a deletion counts at once, anything else is read back unless heard already."""
        known = self._recent.get((conversation, message))
        if deleted and (known is None or modified >= known):
            key = f"deleted:{message}:graph:{modified.isoformat()}"
            await self.take(MessageDeleted(conversation=conversation, key=key, message=message, via="graph"))
            return
        if deleted:  # told late: it has been written anew since, and only Graph knows what holds now
            key = f"noticed:{message}:{modified.isoformat()}"
            await self.take(MessageNoticed(conversation=conversation, key=key, message=message, modified=modified))
            return
        if known is None or modified > known:
            key = f"noticed:{message}:{modified.isoformat()}"
            await self.take(MessageNoticed(conversation=conversation, key=key, message=message, modified=modified))

    async def roster_changed(self, conversation: str) -> None:
        """Somebody came or went."""
        await self.take(RosterChanged(conversation=conversation, key=""))

    # -- everything else --------------------------------------------------------------------------------------------

    async def set_aside(self, conversation: str, incident: str) -> None:
        """Note a poison activity in the trail of its consultation, which a 1:1 chat of ours may be about."""
        try:
            known = await self._books.conversation_of_card(conversation, "")
            if known is not None:
                await self._desk.take(ActivitySetAside(conversation=known, key="", incident=incident))
        except Exception as error:
            log.error("inbox.set_aside_not_noted", extra={"incident": incident, "error": type(error).__name__})

    async def take(self, fact: Fact) -> None:
        """Bring a fact to the desk."""
        try:
            if isinstance(fact, AdvisorReached):
                for conversation in await self._books.consultations_of_advisor(fact.aad):
                    await self._desk.take(replace(fact, conversation=conversation))
            else:
                await self._desk.take(fact)
        except BooksError as error:
            self._missed[fact.conversation] = True
            raise Overloaded from error
        if isinstance(fact, MessageDeleted):
            self._deleted[fact.conversation, fact.message] = True
        if isinstance(fact, CommandTyped) or (isinstance(fact, MessageHeard) and fact.scanned):
            # Only now: what was not taken has not been seen, and is scanned when it is delivered again.
            self._seen(fact.conversation, fact.message, fact.modified)

    async def press(self, fact: CardPressed) -> Shown:
        """A card button. A repeated delivery, to whichever replica, acts once and has the same answer, on a card that
        shows how things stand now."""
        try:
            conversation = await self._conversation_of(fact)
            if conversation is None:
                return Shown()
            taken = await self._desk.take(replace(fact, conversation=conversation))
        except BooksError as error:
            raise Overloaded from error
        state, answer = taken.state, taken.answer
        if answer is None:
            return Shown()
        if answer.forbidden:
            return Shown(sentence=self._presenter.forbidden(fact.card, state), forbidden=True)
        return Shown(card=self._presenter.answer(answer, state, state.people.get(fact.person.id)))

    async def _conversation_of(self, fact: CardPressed) -> str | None:
        """Cards in a 1:1 chat belong to the consultation they were posted for."""
        if fact.card != "advisor_status" and fact.conversation == fact.chat:
            return fact.conversation
        return await self._books.conversation_of_card(fact.chat, fact.activity)

    # -- memory -----------------------------------------------------------------------------------------------------

    def _seen(self, conversation: str, message: str, modified: datetime) -> None:
        self._recent[conversation, message] = modified
        self._unwritten.append((conversation, message, modified))

    async def flush(self) -> None:
        """Write down which messages were scanned (ids and times). What a crash loses is scanned again."""
        unwritten, self._unwritten = self._unwritten, []
        if not unwritten:
            return
        try:
            await self._books.mark_seen(unwritten)
        except BooksError as error:
            self._unwritten = unwritten[-RECENT:] + self._unwritten
            log.error("inbox.seen_not_written", extra={"error": str(error)})

    async def make_up(self) -> None:
        """After an outage of ours, who could not tell us something may have given up: the chat is read back."""
        for conversation in list(self._missed):
            del self._missed[conversation]
            try:
                await self._desk.take(HearingLost(conversation=conversation, key="", reason="outage"))
            except BooksError:
                self._missed[conversation] = True
                return

    def changed(self, conversation: str) -> None:
        """The state of a conversation was written."""
        self._rooms.changed(conversation)

    async def follow(self) -> None:
        """Look again at what other replicas change, as they change it. Ends where there are none; raises BooksError
        where nothing can be heard."""
        async for conversation in self._books.changes():
            self._rooms.changed(conversation)

    def forget(self, conversation: str) -> None:
        """Drop what is in memory of a conversation, after an erasure."""
        self._rooms.changed(conversation)
        self._ear.forget(conversation)

    def expire(self) -> None:
        """Drop message text whose time in memory is over, although nobody says anything more."""
        self._ear.expire()

    async def _look(self, conversation: str) -> State:
        look = self._rooms.begin(conversation)
        try:
            state = await self._desk.look(conversation)
        except BooksError as error:
            raise Overloaded from error
        self._rooms.keep(conversation, state, look)
        return state
