"""What the desk and the effects need from the outside world, as protocols. The edges implement them.

Every method raises `PlatformError` subclasses only: foreign exceptions are converted at the edge, so that no
message text of a library reaches a log or the database (architecture decision 3).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.policy.decisions import Owe
from bot.policy.facts import CardPressed, Fact, MessageEvent, Person, Via
from bot.policy.state import State, Thing
from bot.policy.terms import Terms

Clock = Callable[[], datetime]
"""Returns the present moment, timezone-aware UTC."""


class PlatformError(Exception):
    """Something went wrong on the platform's side. `code` is one of our enumerated words, never foreign text."""

    def __init__(self, code: str, status: int = 0) -> None:
        super().__init__(f"{code} ({status})" if status else code)
        self.code = code
        self.status = status


class Refused(PlatformError):
    """The platform understood and said no (400, 401, 403, 405, 409, 413): asking again changes nothing."""


class Gone(PlatformError):
    """What was to be acted on is not there (404, 410)."""


class Throttled(PlatformError):
    """Too many requests (429, 412): ask again after `retry_after` seconds (None: our own back-off)."""

    def __init__(self, code: str, status: int = 429, retry_after: float | None = None) -> None:
        super().__init__(code, status)
        self.retry_after = retry_after


class Unavailable(PlatformError):
    """No usable answer (5xx, time-out, connection). `maybe_done` where the request may have been carried out."""

    def __init__(
        self, code: str, status: int = 0, *, maybe_done: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(code, status)
        self.maybe_done = maybe_done
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Place:
    """Where a bot activity goes: the service URL of the conversation and the conversation's id."""

    service_url: str
    conversation: str


class Chat(Protocol):
    """The Bot Framework connector (teams-platform 2.2, 9.4, 9.6). One request a call, no retries inside
    except for a fresh token after a 401: retries are the ledger's."""

    async def post_card(self, place: Place, kind: str, card: Mapping[str, Any], *, only_for: str | None = None) -> str:
        """Post a card (attachment `name` = kind); `only_for` makes it a targeted message. Returns the activity id."""
        ...

    async def update_card(
        self, place: Place, activity: str, kind: str, card: Mapping[str, Any], *, targeted: bool = False
    ) -> None:
        """Replace a card of ours in place."""
        ...

    async def post_text(self, place: Place, text: str, *, only_for: str | None = None) -> str:
        """Post a plain text of ours. Returns the activity id."""
        ...

    async def delete(self, place: Place, activity: str, *, targeted: bool = False) -> None:
        """Delete an activity of ours."""
        ...

    async def roster(self, place: Place) -> list[Person]:
        """Everybody in the chat (all pages)."""
        ...

    async def member(self, place: Place, person: str) -> Person | None:
        """One member, None if not in the chat (any more)."""
        ...

    async def open_personal(self, service_url: str, tenant: str, person: str) -> str:
        """The 1:1 conversation with a person; Refused where the app is not installed for them or for guests."""
        ...

    async def meeting(self, place: Place, meeting: str) -> tuple[str | None, str | None]:
        """(Graph onlineMeeting id, organizer's Entra object id) of a meeting, from `GET /v1/meetings/{id}`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphMessage:
    """One chat message as Graph shows it now. Text is masked in `repr` and lives in memory only.

    `marks` are the marks of our own duties found on a card of ours (bot/effects/context.py).
    """

    id: str
    created: datetime
    modified: datetime
    edited: datetime | None
    deleted: datetime | None
    hidden: bool
    person: Person | None
    marks: frozenset[str] = frozenset()
    text: str = field(repr=False, default="")
    html: str | None = field(repr=False, default=None)
    event: Mapping[str, Any] | None = field(repr=False, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedMeeting:
    """What Graph made of a calendar event: ids and the join link."""

    event: str
    join_url: str
    online_meeting: str
    chat: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A change-notification subscription."""

    id: str
    expires: datetime


class Graph(Protocol):
    """Microsoft Graph as far as we use it (teams-platform 3-8). One request a call unless it says otherwise."""

    async def hide(self, chat: str, message: str, *, tip: str, kinds: tuple[str, ...]) -> None:
        """PATCH policyViolation with BlockAccess, verdict None (4.2)."""
        ...

    async def unhide(self, chat: str, message: str) -> None:
        """PATCH policyViolation with dlpAction None (4.2, UNCONFIRMED)."""
        ...

    async def message(self, chat: str, message: str) -> GraphMessage | None:
        """One message; None if Graph does not know it."""
        ...

    def messages_since(self, chat: str, since: datetime | None) -> AsyncIterator[GraphMessage]:
        """All messages modified after `since`, newest first, every page, with the Prefer header (5.2)."""
        ...

    async def book(
        self, advisor: str, *, subject: str, starts: datetime, ends: datetime, attendee: str | None, body_html: str
    ) -> BookedMeeting:
        """Make the calendar event with a Teams link and look up its online meeting (8)."""
        ...

    async def cancel_event(self, advisor: str, event: str) -> None:
        """Delete a calendar event of ours."""
        ...

    async def forbid_recording(self, organizer: str, online_meeting: str) -> None:
        """PATCH allowRecording, allowTranscription, recordAutomatically to false (5.5)."""
        ...

    async def set_chat(self, organizer: str, online_meeting: str, *, allowed: bool) -> None:
        """PATCH allowMeetingChat to enabled or disabled (5.5)."""
        ...

    async def install_in_chat(self, chat: str) -> None:
        """Add the app to the chat with its RSC permissions; already there is success (7)."""
        ...

    async def install_for(self, user: str) -> None:
        """Install the app personally for an advisor; already there is success."""
        ...

    async def send_mail(
        self, to: str, *, subject: str, html: str, attachments: tuple[tuple[str, str, bytes], ...] = ()
    ) -> None:
        """sendMail from the configured mailbox; attachments are (name, content type, bytes)."""
        ...

    async def subscribe(self, chat: str) -> Subscription:
        """Subscribe to the chat's messages, created, updated and deleted, with encrypted resource data (6)."""
        ...

    async def renew(self, subscription: str) -> Subscription:
        """Move the expiry on; Gone if the subscription no longer exists."""
        ...

    async def unsubscribe(self, subscription: str) -> None:
        """Delete a subscription; not there any more is success."""
        ...

    async def delete_chat(self, chat: str) -> None:
        """DELETE /chats/{id}: soft delete, restorable for seven days (4)."""
        ...

    async def find_recordings(self, organizer: str, online_meeting: str) -> list[str]:
        """Ids of the callRecording resources of a meeting (5.6)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardText:
    """A chat message as an edge received it. The text lives here, in memory, and nowhere else.

    `modified` is the platform's time of this version: of the post for a new message, of the edit otherwise.
    """

    conversation: str
    message: str
    person: Person
    event: MessageEvent
    via: Via
    modified: datetime
    text: str = field(repr=False)
    html: str | None = field(repr=False, default=None)


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

    async def set_aside(self, conversation: str, incident: str) -> None:
        """An activity of this chat was set aside under this number: the consultation's trail keeps it, if there is
        one. Never raises: what is wrong with the activity, or with the database, must not come up again here."""
        ...

    def code_digest(self, code: str) -> str:
        """The keyed digest of a one-time code as typed (spaces and dashes dropped): the code itself goes no further."""
        ...


class BooksError(Exception):
    """Our own database could not do it. Its text is one of our enumerated codes."""


class Overloaded(Exception):
    """Nothing was taken; the sender should deliver again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """One row of the ledger: an effect to carry out or a moment to come. Ids and counts, never text.

    `tries` counts the attempts made so far; `created_at` is when it was first owed. `uncertain` is True where an
    earlier attempt may have been carried out although no answer came (a lost answer, a holder that died with it).
    """

    conversation: str
    key: str
    kind: str
    about: tuple[tuple[str, str], ...]
    due_at: datetime
    created_at: datetime
    tries: int = 0
    uncertain: bool = False

    def of(self, name: str) -> str | None:
        """One of the ids the duty is about, or None."""
        return dict(self.about).get(name)


class Page(Protocol):
    """One open transaction about one conversation, which nobody else can write to meanwhile."""

    async def first_time(self, key: str, now: datetime) -> bool:
        """Note the fact's key; False if it was noted before in this conversation."""
        ...

    async def state(self, terms: Terms) -> State:
        """Everything known of the conversation (`appointment:<ref>` names an appointment without a chat yet)."""
        ...

    async def keep(self, thing: Thing) -> None:
        """Insert or update by `identity(thing)`."""
        ...

    async def owe(self, owe: Owe, now: datetime) -> None:
        """Insert the duty unless its key exists. With `again`: an existing one becomes open and due anew, its tries
        at nought; an open one keeps the earlier due time."""
        ...

    async def forgo(self, key: str) -> None:
        """Close an open duty as no longer owed."""
        ...

    async def record(self, kind: str, fields: Mapping[str, object], now: datetime) -> None:
        """Append to the conversation's audit chain. Raises ValueError for a kind or field that is not allow-listed."""
        ...

    async def settle(self, duty: Duty, *, holder: str, result: str, code: str, now: datetime) -> bool:
        """Write the attempt and close the duty; False (nothing written) if `holder` has lost its lease or the duty is
        no longer open."""
        ...


class Books(Protocol):
    """Our own database: state, ledger, audit trail (architecture decision 2). Implemented by bot/storage."""

    def page(self, conversation: str) -> AbstractAsyncContextManager[Page]:
        """Open a page; committed at the end of the block, rolled back by an exception."""
        ...

    async def state(self, conversation: str, terms: Terms) -> State:
        """Everything known of the conversation as it stands, without waiting for whoever has its page open."""
        ...

    async def claim(
        self, now: datetime, *, holder: str, lease: timedelta, limit: int, conversation: str | None = None
    ) -> list[Duty]:
        """Take open duties that are due and not under somebody's running lease, oldest due first, at most a few for
        one conversation so that a flood cannot starve others."""
        ...

    async def postpone(
        self,
        duty: Duty,
        *,
        holder: str,
        until: datetime,
        code: str,
        now: datetime,
        counts: bool = True,
        uncertain: bool = False,
    ) -> None:
        """Write the attempt (unless `counts` is False: it was not asked, only held back for pacing), give the lease
        back and make the duty due again at `until`, marked as waiting for a retry. `uncertain` stays with the duty
        once set; `claim` sets it too for a duty whose lease ran out."""
        ...

    async def next_due(self) -> tuple[datetime | None, datetime | None]:
        """(earliest open duty that waits for its first time, earliest that waits for a retry, pacing or look-up)."""
        ...

    async def leased(self, now: datetime) -> int:
        """How many duties are under a running lease."""
        ...

    async def mark_seen(self, seen: Sequence[tuple[str, str, datetime]]) -> None:
        """Note (conversation, message, modified) as scanned; keeps the newest `modified` of a message."""
        ...

    async def seen(self, conversation: str) -> dict[str, datetime]:
        """Every message of the conversation noted as scanned, with the newest `modified`."""
        ...

    async def conversations(self, *, open_only: bool = True) -> list[str]:
        """Conversations with an open consultation (or all)."""
        ...

    async def conversation_of_subscription(self, subscription: str) -> str | None:
        """Which chat a change-notification subscription belongs to."""
        ...

    async def conversation_of_card(self, chat: str, activity: str) -> str | None:
        """The consultation a card of ours was posted for (it may stand in the advisor's 1:1 chat)."""
        ...

    async def keep_subscription(self, conversation: str, subscription: str, expires: datetime) -> None:
        """Remember the chat's subscription (one a chat; replaces the former)."""
        ...

    async def subscription_of(self, conversation: str) -> tuple[str, datetime] | None:
        """The chat's subscription with its expiry."""
        ...

    async def consultations_of_advisor(self, aad: str) -> list[str]:
        """Open consultations whose advisor (or, without one, whose adding person) is this Entra user."""
        ...

    async def sent_since(self, target: str, since: datetime, conversation: str | None = None) -> int:
        """How many attempts went to `target` ("connector", "graph") since then: what pacing counts (9.5)."""
        ...

    async def note_sent(self, target: str, conversation: str, now: datetime) -> None:
        """Count one request to the platform, shared between replicas."""
        ...
