"""Where the inbound edges (bot/teams, bot/graph, bot/web) bring what they received."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from bot.policy.facts import CardPressed, Fact, Language, MessageEvent, Person, Via


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardText:
    """A chat message as an edge received it. The text lives here, in memory, and nowhere else.

    `modified` is the platform's time of this version: of the post for a new message, of the edit otherwise; `posted`
    that of the post, where it is known. `hidden` is what Graph shows, `language` that of the author's client, if it is
    told (bot/policy/facts.py, MessageHeard).
    """

    conversation: str
    message: str
    person: Person
    event: MessageEvent
    via: Via
    modified: datetime
    text: str = field(repr=False)
    html: str | None = field(repr=False, default=None)
    posted: datetime | None = None
    hidden: bool | None = None
    language: Language | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the presser of a card sees at once: a card instead of the pressed one, or a sentence, or both None."""

    card: Mapping[str, Any] | None = None
    sentence: str | None = None
    forbidden: bool = False


class Inbox(Protocol):
    """Where the inbound edges (bot/teams, bot/graph, bot/web) bring what they received. Implemented by bot/inbox.py.

    Every method returns after what is owed is safely in the ledger; it raises only `Overloaded` (answer 503, the
    platform delivers again).
    """

    async def hear(self, heard: HeardText) -> None:
        """A chat message with text: scan it, act on it, forget it."""
        ...

    async def take(self, fact: Fact) -> None:
        """Anything else that happened."""
        ...

    async def press(self, fact: CardPressed) -> Shown:
        """A card button: act, and say what the presser sees."""
        ...

    async def noticed(self, conversation: str, message: str, modified: datetime, *, deleted: bool) -> None:
        """Graph's change notification names a message: look at it again unless this version was heard already."""
        ...

    async def roster_changed(self, conversation: str) -> None:
        """Somebody joined or left, as a system message says: read the roster."""
        ...

    async def set_aside(self, conversation: str, incident: str, activity: str | None = None) -> None:
        """The activity with this id was set aside in this chat under this number: the consultation's trail keeps it,
        if there is one, once for each id, and what was missed with it is read from the chat. Never raises: what is
        wrong with the activity, or with the database, must not come up again here."""
        ...

    def code_digest(self, code: str) -> str:
        """The keyed digest of a one-time code as typed (spaces and dashes dropped): the code itself goes no further."""
        ...


class Overloaded(Exception):
    """Nothing was taken; the sender should deliver again."""
