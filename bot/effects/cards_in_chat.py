"""Cards for everybody in the meeting chat, and the advisor's status card in the 1:1 chat (decisions 9, 10)."""

from __future__ import annotations

from dataclasses import dataclass

from bot.effects.context import Context, by_ref, meeting_place
from bot.ledger import Done, Effect, Moot
from bot.policy.state import PostedCard, State
from bot.ports import Duty, Gone, Place
from bot.texts import text


@dataclass(frozen=True, slots=True)
class CardsInChat:
    """Effects that post or redraw cards."""

    at: Context

    async def post_welcome(self, duty: Duty) -> Done:
        """The notices, the warning and the question (N7), while the person it is for is still there."""
        state, consultation = await self.at.open(duty)
        person = by_ref(state, duty.of("ref"))
        if person is None or not person.present or not state.is_open:
            raise Moot("gone")
        place = meeting_place(consultation)
        activity = await self.at.post_once(duty, place, "welcome", self.at.presenter.welcome(state))
        return posted(place, activity)

    async def post_sign_in(self, duty: Duty) -> Done:
        """The sign-in card of the guest who accepted; nobody else may submit it."""
        state, consultation = await self.at.open(duty)
        person = by_ref(state, duty.of("ref"))
        if person is None or not person.present or not state.is_open:
            raise Moot("gone")
        place = meeting_place(consultation)
        activity = await self.at.post_once(duty, place, "sign_in", self.at.presenter.sign_in(state, person))
        return posted(place, activity, owner=person.person)

    async def post_ended(self, duty: Duty) -> Done:
        """The end, with the receipt after a withdrawal."""
        state, consultation = await self.at.open(duty)
        if consultation.state == "open":
            raise Moot("open_again")
        place = meeting_place(consultation)
        card = self.at.presenter.session_ended(state, receipt=duty.of("receipt") or "none")
        return posted(place, await self.at.post_once(duty, place, "session_ended", card))

    async def say(self, duty: Duty) -> Done:
        """One of our sentences, named by its key."""
        state, consultation = await self.at.open(duty)
        sentence = text(duty.of("text") or "", self.at.presenter.language(state))
        place = meeting_place(consultation)
        known = {card.activity for card in state.cards.values() if card.kind == "sentence"}
        return posted(place, await self.at.say_once(duty, place, sentence, known))

    async def status(self, duty: Duty) -> Done:
        """Draw the advisor's card as things stand now: in place where it stands, else anew."""
        state, consultation = await self.at.open(duty)
        if consultation.advisor_chat is None:
            raise Moot("no_advisor_chat")
        place = Place(consultation.service_url, consultation.advisor_chat)
        card = self.at.presenter.advisor_status(state)
        known = newest(state, "advisor_status", place.conversation)
        if known is not None:
            try:
                await self.at.chat.update_card(place, known.activity, "advisor_status", card)
            except Gone:
                known = None
        if known is not None:
            return Done()
        return posted(place, await self.at.post_once(duty, place, "advisor_status", card))


def newest(state: State, kind: str, chat: str) -> PostedCard | None:
    """The newest card of a kind in a chat."""
    found = [card for card in state.cards.values() if card.kind == kind and card.chat == chat]
    return max(found, key=lambda card: (card.posted_at, card.activity), default=None)


def posted(place: Place, activity: str, *, owner: str | None = None, targeted: str = "no") -> Done:
    """What the rules want to know of a posted card."""
    data = [("activity", activity), ("chat", place.conversation)]
    if owner is not None:
        data.append(("owner", owner))
    if targeted != "no":
        data.append(("targeted", targeted))
    return Done(tuple(data))


def effects(context: Context) -> dict[str, Effect]:
    """The effects of this file by kind."""
    do = CardsInChat(context)
    return {
        "post_welcome": do.post_welcome,
        "post_sign_in": do.post_sign_in,
        "post_ended": do.post_ended,
        "say": do.say,
        "status": do.status,
    }
