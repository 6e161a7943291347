"""What every effect has at hand, and the two things they share: looking at the state, and posting a card once."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Awaitable, Callable, Container
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from bot.bounded import Bounded
from bot.desk import Desk
from bot.ledger import Missed, Moot
from bot.policy.facts import Fact
from bot.policy.state import Consultation, Participant, State
from bot.ports import Books, Chat, Clock, Duty, Gone, Graph, GraphMessage, Place, Refused
from bot.presenting import Presenter
from bot.profile import Profile

MARK = "duty-"
TAG = re.compile(r"<[^>]*>")
CLOCK_SKEW = timedelta(minutes=2)
OWN = 20_000
"""Subscriptions remembered as made by this process; one that is forgotten is made anew when it is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Ports and pure helpers. `make_code` draws a one-time code, `digest` keys it, `hear_again` scans a message
    read back from Graph, `take` brings what it tells to the inbox, `incident` draws the number of an incident, `erase`
    removes personal data, `retire` what has outlived it, `room` counts one message of the bot's in a chat where there
    is room for it now, `masked` gives a masked copy that is still in memory; `lasting_key`: the key for change
    notifications outlives this process; `own_subscriptions`: those this process has made, by conversation."""

    books: Books
    desk: Desk
    chat: Chat
    graph: Graph
    profile: Profile
    presenter: Presenter
    clock: Clock
    make_code: Callable[[], str]
    digest: Callable[[str], str]
    hear_again: Callable[[str, GraphMessage], Awaitable[tuple[Fact, ...]]]
    take: Callable[[Fact], Awaitable[None]]
    incident: Callable[[], str]
    erase: Callable[[str, tuple[str, ...] | None, bool, datetime, datetime | None], Awaitable[dict[str, int]]]
    retire: Callable[[str, Literal["findings", "trail"], datetime], Awaitable[dict[str, int]]]
    room: Callable[[str], Awaitable[bool]]
    lasting_key: bool = False
    masked: Callable[[str, str], str | None] = field(default=lambda conversation, message: None)
    own_subscriptions: Bounded[str, str] = field(default_factory=lambda: Bounded(OWN))

    async def open(self, duty: Duty) -> tuple[State, Consultation]:
        """The state and its consultation; Moot where there is none or the app is gone from the chat."""
        state = await self.desk.look(duty.conversation)
        if state.consultation is None:
            raise Moot("no_consultation")
        if not state.consultation.app_present:
            raise Moot("app_removed")
        return state, state.consultation

    async def post_once(
        self, duty: Duty, place: Place, kind: str, card: dict[str, Any], *, only_for: str | None = None
    ) -> str:
        """Post a card, at most once for this duty even where an earlier answer was lost.

        Posting is not idempotent (teams-platform 9.4), so the card carries an invisible element with the duty's
        digest; where an earlier attempt may have been carried out, the chat is read back for it first.
        """
        mark = mark_of(duty)
        found = await self.posted_earlier(duty, place)
        if found is not None:
            return found
        body = [*card["body"], {"type": "Container", "id": mark, "isVisible": False, "items": []}]
        return await self.chat.post_card(place, kind, {**card, "body": body}, only_for=only_for)

    async def say_once(self, duty: Duty, place: Place, sentence: str, known: Container[str]) -> str:
        """Post one of our sentences, at most once for this duty like a card. A plain text carries no mark: an earlier
        one is recognised by its words, unless it is `known` to be another duty's."""

        def is_it(message: GraphMessage) -> bool:
            return says(message, sentence) and message.id not in known

        found = await self.posted_earlier(duty, place, is_it)
        return found if found is not None else await self.chat.post_text(place, sentence)

    async def posted_earlier(
        self, duty: Duty, place: Place, is_it: Callable[[GraphMessage], bool] | None = None
    ) -> str | None:
        """What an attempt of this duty posted whose answer was lost; None where there is none. By its mark, unless
        `is_it` says how else. Raises Missed where the meeting chat cannot be read: at most once is promised."""
        if not duty.uncertain:
            return None
        mark = mark_of(duty)
        try:
            async for message in self.graph.messages_since(place.conversation, duty.created_at - CLOCK_SKEW):
                if message.deleted is None and (is_it(message) if is_it is not None else mark in message.marks):
                    return message.id
        except (Gone, Refused):
            if place.conversation == duty.conversation:
                raise Missed("unconfirmed") from None
            # Graph does not show our 1:1 chats: the advisor may then see a status card twice, never nothing.
        return None


def mark_of(duty: Duty) -> str:
    """The invisible mark of a duty: a digest, so that it says nothing to who reads the card."""
    return MARK + hashlib.sha256(f"{duty.conversation}\n{duty.key}".encode()).hexdigest()[:16]


def says(message: GraphMessage, sentence: str) -> bool:
    """Whether a message of an app says just this. Graph may give a plain text back as HTML."""
    if message.person is not None or message.event is not None:
        return False
    text = message.text if message.html is None else html.unescape(TAG.sub(" ", message.html))
    return text.split() == sentence.split()


def meeting_place(consultation: Consultation) -> Place:
    """The meeting chat."""
    return Place(consultation.service_url, consultation.conversation)


def by_ref(state: State, ref: str | None) -> Participant | None:
    """The participant our own reference stands for."""
    return next((p for p in state.people.values() if p.ref == ref), None)
