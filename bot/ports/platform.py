"""Microsoft's side: the Bot Framework connector and Microsoft Graph, as far as we use them, and their errors.

Every method raises `PlatformError` subclasses only: foreign exceptions are converted at the edge, so that no
message text of a library reaches a log or the database (architecture decision 3).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from bot.policy.facts import Person

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
