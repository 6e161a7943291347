"""The rungs of the ladder (architecture decision 4): hide, warn, remind, show again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.effects.cards_in_chat import posted
from bot.effects.context import Context, meeting_place
from bot.ledger import Done, Effect, Missed, Moot
from bot.policy.outcome import readable
from bot.policy.rules.guard import sender_kind
from bot.policy.rules.notices import settled_as
from bot.policy.state import Consultation, Finding, State
from bot.ports import Duty, Gone, Place, PlatformError, Refused
from bot.texts import text

_APART = timedelta(seconds=10)
"""So far may our clock and the platform's be apart: one says who left, the other when a message was written."""


@dataclass(frozen=True, slots=True)
class Guarding:
    """Effects on messages of others, as far as the platform allows them."""

    at: Context

    async def hide(self, duty: Duty) -> Done:
        """Ask Graph to block the message for everybody but its sender. Repeating it is harmless."""
        state, consultation = await self.at.open(duty)
        try:
            finding = current(duty, state)
        except Moot:
            if duty.uncertain and await self.is_hidden(duty):
                return Done()
            raise
        tip = text("tip.hidden", self.at.presenter.language(state, duty.of("language")))
        await self.at.graph.hide(duty.conversation, finding.message, tip=tip, kinds=finding.kinds)
        if duty.of("again") is not None and await self.is_hidden(duty) is False:
            raise Missed("without_effect")  # accepted once more, and shown all the same: nothing more is claimed
        return await self.repeat_masked(duty, consultation) if state.terms.masked_copy else Done()

    async def repeat_masked(self, duty: Duty, consultation: Consultation) -> Done:
        """A hidden message is followed by its masked copy, from memory only and never owed: a crash simply means that
        there is none. While it was being hidden its author may have deleted or edited it, or a person may have said
        that it is no secret: then nothing of it is repeated."""
        state = await self.at.desk.look(duty.conversation)
        try:
            finding = current(duty, state)
        except Moot as moot:
            return Done((("copy", moot.code),))
        copy = self.at.masked(duty.conversation, finding.message)
        if copy is None:
            return Done()
        if not await self.at.room(duty.conversation):
            return Done((("copy", "no_room"),))
        sentence = text("masked_copy", self.at.presenter.language(state), text=copy)
        try:
            await self.at.chat.post_text(meeting_place(consultation), sentence)
        except PlatformError:
            return Done((("copy", "not_posted"),))
        return Done()

    async def unhide(self, duty: Duty) -> Done:
        """Take the block off again, because a person said of this version that it was no secret. Refused for a message
        that is not blocked, as Graph shows, there is nothing left to do."""
        state = await self.at.desk.look(duty.conversation)
        finding = state.findings.get(duty.of("message") or "")
        if finding is None or duty.of("version") not in (None, str(finding.version)):
            raise Moot("superseded")
        try:
            await self.at.graph.unhide(duty.conversation, duty.of("message") or "")
        except Refused:
            if await self.is_hidden(duty) is not False:
                raise
        return Done()

    async def is_hidden(self, duty: Duty) -> bool | None:
        """Whether Graph shows the message blocked; None where it does not tell."""
        try:
            now = await self.at.graph.message(duty.conversation, duty.of("message") or "")
        except (Gone, Refused):
            return None
        return now.hidden if now is not None else None

    async def warn(self, duty: Duty) -> Done:
        """Ask the author to delete the message: targeted where the platform takes it, else a neutral public card.

        It counts only if the author can read it: an author who has left is not warned (scenarios.md, `warned`). At
        most once for a version: where an earlier attempt may have posted a targeted one, which nothing shows us, there
        is no second notice, and the reminder asks (ladder.py).
        """
        state, consultation = await self.at.open(duty)
        place = meeting_place(consultation)
        try:
            finding = current(duty, state)
        except Moot as moot:
            return await self.begun(duty, state, place, moot)
        if (earlier := await self.at.posted_earlier(duty, place)) is not None:
            return posted(place, earlier, owner=finding.person)
        if not await self.author_can_read(finding, state):
            raise Missed("author_gone")
        sender, targeted, own = sender_kind(finding.role or "guest"), "no", duty.of("language")
        if finding.person is not None and ("targeted", sender) not in state.refusals:
            card = self.at.presenter.guard_notice(state, finding, targeted=True, own=own)
            if duty.uncertain:
                if await self.takes_targeted(place, consultation.bot_id, card):
                    raise Missed("unconfirmed")
            else:
                try:
                    activity = await self.at.post_once(duty, place, "guard_notice", card, only_for=finding.person)
                    return posted(place, activity, owner=finding.person, targeted="yes")
                except Refused:
                    pass  # for everybody then
            targeted = "refused"
        card = self.at.presenter.guard_notice(state, finding, own=own)
        activity = await self.at.post_once(duty, place, "guard_notice", card)
        return posted(place, activity, owner=finding.person, targeted=targeted)

    async def begun(self, duty: Duty, state: State, place: Place, moot: Moot) -> Done:
        """The message moved on while an attempt may have been carried out: its notice, if it stands there."""
        try:
            earlier = await self.at.posted_earlier(duty, place)
        except Missed:
            earlier = None
        if earlier is None:
            raise moot
        finding = state.findings.get(duty.of("message") or "")
        return posted(place, earlier, owner=finding.person if finding is not None else None)

    async def takes_targeted(self, place: Place, bot: str, card: dict[str, Any]) -> bool:
        """Whether the platform takes targeted messages here at all: asked with one to ourselves, who are no member
        (404, teams-platform 9.6), so that nobody can read it."""
        try:
            await self.at.chat.post_card(place, "guard_notice", card, only_for=bot)
        except Refused as refused:
            return refused.code == "not_in_conversation"
        return True

    async def redraw_notice(self, duty: Duty) -> Done:
        """Say on a notice that the message it is about has been dealt with."""
        state, consultation = await self.at.open(duty)
        place = meeting_place(consultation)
        finding = state.findings.get(duty.of("message") or "")
        card = state.cards.get((place.conversation, duty.of("activity") or ""))
        shown = settled_as(finding) if finding is not None else None
        if finding is None or card is None or shown is None:
            raise Moot("superseded")
        drawn = self.at.presenter.guard_notice(state, finding, shown)
        try:
            await self.at.chat.update_card(place, card.activity, card.kind, drawn, targeted=card.targeted)
        except Gone:
            raise Moot("notice_gone") from None
        return Done()

    async def remind(self, duty: Duty) -> Done:
        """Look whether the message is still there; if so, or where Graph does not tell, remind its author once."""
        state, consultation = await self.at.open(duty)
        place = meeting_place(consultation)
        try:
            finding = current(duty, state)
        except Moot as moot:
            return await self.begun(duty, state, place, moot)
        try:
            now = await self.at.graph.message(duty.conversation, finding.message)
        except Refused:
            now = None
        if now is not None and now.deleted is not None:
            for fact in await self.at.hear_again(duty.conversation, now):
                await self.at.desk.take(fact)
            raise Moot("deleted")
        if now is not None and now.edited is not None and now.edited > finding.modified_at:
            for fact_again in await self.at.hear_again(duty.conversation, now):
                await self.at.desk.take(fact_again)
            state = await self.at.desk.look(duty.conversation)
            finding = current(duty, state)
        if not await self.author_can_read(finding, state):
            raise Missed("author_gone")
        card = self.at.presenter.guard_notice(state, finding, "reminder", own=duty.of("language"))
        return posted(place, await self.at.post_once(duty, place, "guard_notice", card), owner=finding.person)

    async def author_can_read(self, finding: Finding, state: State) -> bool:
        """Staff read a chat for ever; a guest while in the chat. An author whom only Graph has named is there for
        certain only where somebody from outside is, and nobody who can have written it has gone, by either clock."""
        if finding.role in ("advisor", "colleague"):
            return True
        consultation = state.consultation
        if consultation is None or consultation.reason == "meeting_ended":
            return False
        if finding.person is None:
            # The platform is asked: their coming or going may have been missed, as their message was.
            roster = await self.at.chat.roster(meeting_place(consultation))
            there = {person.id for person in roster if person.kind != "tenant"}
            return bool(there) and not any(
                p.outside
                and p.role != "phone"
                and (p.left_at is None or p.left_at + _APART >= finding.modified_at)
                and not (p.present and p.person in there)
                for p in state.people.values()
            )
        return await self.at.chat.member(meeting_place(consultation), finding.person) is not None


def current(duty: Duty, state: State) -> Finding:
    """The finding a duty is about, as long as it is the same version, still needs something done, and nobody said that
    it was no secret."""
    finding = state.findings.get(duty.of("message") or "")
    if finding is None or str(finding.version) != duty.of("version"):
        raise Moot("superseded")
    to_do = readable(finding) or (duty.kind == "warn" and finding.hide == "done")
    if not to_do or finding.released_by is not None:
        raise Moot("dealt_with")
    return finding


def effects(context: Context) -> dict[str, Effect]:
    """The effects of this file by kind."""
    do = Guarding(context)
    return {
        "hide": do.hide,
        "unhide": do.unhide,
        "warn": do.warn,
        "remind": do.remind,
        "redraw_notice": do.redraw_notice,
    }
