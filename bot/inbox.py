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
    MessageHeard,
    RosterChanged,
    set_aside_key,
)
from bot.policy.rules.retention import is_past
from bot.policy.scanning import is_outside, is_over, may_scan
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
from bot.read_back import ReadBack, notice
from bot.rooms import ROOMS, Room, Rooms
from bot.seen import Seen

log = logging.getLogger(__name__)


class DeskInbox:
    """Implements `bot.ports.Inbox` over the desk."""

    def __init__(
        self, *, books: Books, desk: Desk, graph: Graph, scanner: Scanner, presenter: Presenter, window: timedelta,
        key: bytes, event_of: Callable[[str, GraphMessage], Fact | Literal["roster"] | None],
    ) -> None:  # fmt: skip
        """`window` is how long an author's last messages are joined with the next; `key` keys the code digests;
        `event_of` reads the chat's system messages (bot/graph/messages.py)."""
        self._books, self._desk = books, desk
        self._presenter = presenter
        self._ear = Ear(scanner, graph, desk.clock, window=window, key=key, masked_copies=desk.terms.masked_copy)
        self.masked, self.code_digest = self._ear.masked, self._ear.code_digest
        self._rooms = Rooms()
        self._seen = Seen(books)
        self._again = ReadBack(
            seen=self._seen, look=self._look, facts_of=self._facts_of, event_of=event_of, read=graph.message
        )
        self.hear_again = self._again.hear_again
        self._missed: Bounded[str, bool] = Bounded(ROOMS)
        self._basis_security = desk.terms.guard_basis == "security"

    # -- messages ---------------------------------------------------------------------------------------------------

    async def hear(self, heard: HeardText) -> None:
        """Scan a message. A clean one ends in the middle; the state is looked at once for each change of it."""
        recent = self._seen.version(heard.conversation, heard.message)
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
                if self._seen.scanned(heard.conversation, heard.message, heard.modified):
                    await self.flush()
                return
        for fact in await self._facts_of(heard, found, state):
            await self.take(fact)
            await self._take_deletions(fact)

    async def _take_deletions(self, fact: Fact) -> None:
        """What the fact is about may have been deleted since, and its deletion delivered before it."""
        if not isinstance(fact, MessageHeard):
            return
        for message, modified in ((fact.message, fact.modified), *((name, at) for name, _, at in fact.retro)):
            at = self._seen.deletion(fact.conversation, message, modified)
            if at is not None:
                gone = MessageDeleted(conversation=fact.conversation, key="", message=message, via="activity", at=at)
                await self.take(gone)

    def _ordinary(self, heard: HeardText, room: Room) -> bool:
        """A new message of somebody known, in an open consultation, that is no command."""
        return (
            heard.event == "new"
            and not room.ended
            and (room.scanned_from is None or heard.modified >= room.scanned_from)
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
        if consultation is None or is_over(consultation, heard.modified) or is_past(state, self._desk.clock()):
            return self._reopening(heard, state, key)
        participant = state.people.get(heard.person.id)
        outside = is_outside(heard.person, state)
        command, code = command_in(heard.text) or (None, None)
        signed_in = participant is not None and participant.authenticated_at is not None
        typed = command is not None and outside and heard.event == "new" and heard.via == "activity"
        if command is not None and typed and not (command == "code" and signed_in):
            return (self._ear.command(heard, key, command, code),)
        if not may_scan(heard.person, heard.via, heard.modified, state):
            # A key of its own: once its author is known it may be scanned all the same.
            return (self._ear.fact(heard, f"not scanned:{key}", None, state, scanned=False),)
        if heard.event != "new" or heard.hidden is not None:
            told = self._told_again(heard, state, key)
            if told is not None:
                return told
        found = found or self._ear.scan(heard)
        if found.scan.worth_history:
            found = await self._ear.joined_with_history(heard, consultation.scanned_from) or found
        self._ear.keep_masked(heard, found)
        return (self._ear.fact(heard, key, found, state),)

    def _told_again(self, heard: HeardText, state: State, key: str) -> tuple[Fact, ...] | None:
        """An update that brings no text, or the text its finding is about: that something happened, and no more. What
        holds now is read from Graph, and until then nothing is claimed. None for anything else."""
        look = (notice(heard.conversation, heard.message, heard.modified),) if heard.via == "activity" else ()
        if self._ear.says_nothing(heard):
            # Also what is hidden may be shown without its text (teams-platform 1.3, 4.2).
            return look if heard.via == "activity" or heard.hidden else None
        known = state.findings.get(heard.message)
        if heard.event == "undelete" or known is None or known.deleted_at is not None:
            return None
        if not self._ear.same_text(heard, known.modified_at):
            return None
        return look or (self._ear.fact(heard, key, None, state, again=True),)

    def _reopening(self, heard: HeardText, state: State, key: str) -> tuple[Fact, ...]:
        """What is written once it is over is not scanned. Giving consent again after a withdrawal opens the
        consultation anew (R68), and consent can still be withdrawn, as on the card (R70)."""
        command, _ = command_in(heard.text) or (None, None)
        if state.consultation is not None and command in ("accept", "withdraw") and heard.event == "new":
            return (self._ear.command(heard, key, command, None),)
        return ()

    async def noticed(self, conversation: str, message: str, modified: datetime, *, deleted: bool) -> None:
        """A change notification: a deletion counts at once, anything else is read back unless heard already."""
        fact = self._again.noticed(conversation, message, modified, deleted=deleted)
        if fact is not None:
            await self.take(fact)

    async def roster_changed(self, conversation: str) -> None:
        """Somebody came or went."""
        await self.take(RosterChanged(conversation=conversation, key=""))

    # -- everything else --------------------------------------------------------------------------------------------

    async def set_aside(self, conversation: str, incident: str, activity: str | None = None) -> None:
        """Note a poison activity in the trail of its consultation, which a 1:1 chat of ours may be about; the chat is
        read back, so that what else the activity told is not lost."""
        try:
            known = await self._books.conversation_of_card(conversation, "")
            if known is not None:
                self._missed[known] = True
                key = set_aside_key(activity)
                await self._desk.take(ActivitySetAside(conversation=known, key=key, incident=incident))
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
            self._seen.deleted(fact.conversation, fact.message, fact.at or self._desk.clock())
        if isinstance(fact, CommandTyped) or (isinstance(fact, MessageHeard) and fact.scanned):
            # Only now: what was not taken has not been seen, and is scanned when it is delivered again.
            self._seen.scanned(fact.conversation, fact.message, fact.modified)
        if isinstance(fact, CommandTyped):  # read back after a crash it would be a message, and its code a finding
            await self.flush()

    async def press(self, fact: CardPressed) -> Shown:
        """A card button. A repeated delivery, to whichever replica, acts once and has the same answer, on a card that
        shows how things stand now."""
        try:
            conversation = await self._conversation_of(fact)
            if conversation is None:
                return Shown(sentence=self._presenter.unknown(fact.card))
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

    async def flush(self) -> None:
        """Write down which messages were scanned (ids and times). What a crash loses is scanned again."""
        await self._seen.flush()

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
