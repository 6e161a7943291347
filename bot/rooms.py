"""What this process remembers of conversations, so that a clean message needs no database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.bounded import Bounded
from bot.policy.state import State

ROOMS = 20_000
LOOKS = 1_000


@dataclass(frozen=True, slots=True)
class Room:
    """Who is there, whether it is over, whether activities bring what guests write, and from when on it is scanned."""

    known: frozenset[str]
    ended: bool
    heard_guest: bool
    scanned_from: datetime | None


class Rooms:
    """Rooms by conversation; what was written meanwhile, here or by another replica, is looked at again."""

    def __init__(self) -> None:
        self._rooms: Bounded[str, Room] = Bounded(ROOMS)
        self._looks: Bounded[str, object] = Bounded(LOOKS)

    def get(self, conversation: str) -> Room | None:
        """What is remembered of the conversation."""
        return self._rooms.get(conversation)

    def begin(self, conversation: str) -> object:
        """The state is about to be read: returns what `keep` wants to have back."""
        look = self._looks[conversation] = object()
        return look

    def keep(self, conversation: str, state: State, look: object) -> None:
        """Remember what was read, unless the state was written, or read anew, in the meantime. Of a chat that is called
        deleted nothing is: whatever is written there contradicts it."""
        consultation = state.consultation
        if consultation is None or consultation.chat_deleted_at is not None:
            return
        if self._looks.get(conversation) is look:
            self._rooms[conversation] = Room(
                known=frozenset(p.person for p in state.people.values() if p.present),
                ended=consultation.state == "ended",
                heard_guest=consultation.hearing == "activities",
                scanned_from=consultation.scanned_from,
            )

    def changed(self, conversation: str | None) -> None:
        """The state was written: what is remembered, or just being read, is out of date. None: of any conversation."""
        if conversation is None:
            self._rooms.clear()
            self._looks.clear()
        else:
            self._rooms.pop(conversation, None)
            self._looks.pop(conversation, None)
