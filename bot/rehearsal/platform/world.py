"""What really is: people, chats, messages, meetings. Plain data, changed only by the platform's own modules."""

from __future__ import annotations

import base64
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

TENANT_KINDS = ("advisor", "colleague")
ANONYMOUS_KINDS = ("customer", "guest", "notetaker")
KINDS = (*TENANT_KINDS, *ANONYMOUS_KINDS, "federated", "phone")
IDENTITY_TYPES = {**dict.fromkeys(TENANT_KINDS, "aadUser"), **dict.fromkeys(ANONYMOUS_KINDS, "anonymousGuest"),
                  "federated": "federatedUser", "phone": "phoneUser"}  # fmt: skip


def instant(moment: datetime) -> str:
    """RFC 3339 with milliseconds and `Z`, as both the Bot Framework and Graph write it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


@dataclass(eq=False)
class Account:
    """An identity as the platform knows it. A guest gets a new one with every join (teams-platform 3.2)."""

    who: str
    kind: str
    name: str
    person_id: str
    graph_id: str
    aad_id: str | None
    tenant_id: str | None
    email: str | None = None

    @property
    def of_tenant(self) -> bool:
        """A user of the organizer's own tenant."""
        return self.kind in TENANT_KINDS

    @property
    def anonymous(self) -> bool:
        """Somebody who joined without signing in."""
        return self.kind in ANONYMOUS_KINDS

    @property
    def identity_type(self) -> str:
        """teamworkUserIdentityType."""
        return IDENTITY_TYPES[self.kind]


@dataclass(eq=False)
class Stay:
    """One presence of a person in the meeting; a rejoin is a new one."""

    account: Account
    joined_at: datetime
    present: bool = True

    who = property(lambda self: self.account.who)
    as_ = property(lambda self: self.account.kind)
    person_id = property(lambda self: self.account.person_id)
    aad_id = property(lambda self: self.account.aad_id)
    name = property(lambda self: self.account.name)


@dataclass(eq=False)
class Message:
    """A chat message of a person, of the bot or of the system. `policy` is the policyViolation last set."""

    id: str
    chat: Chat
    by: str
    created: datetime
    author: Account | None = None
    text: str = ""
    html: str | None = None
    modified: datetime | None = None
    edited: datetime | None = None
    deleted: datetime | None = None
    attachments: list[dict[str, Any]] = field(default_factory=list)
    locale: str | None = None
    policy: dict[str, Any] | None = None
    target: Account | None = None
    detail: dict[str, Any] | None = None
    personal_cards: dict[str, dict[str, Any]] = field(default_factory=dict)
    updates: int = 0
    seen_by: list[str] = field(default_factory=list)

    @property
    def dlp_actions(self) -> set[str]:
        """The dlpAction flags in lower case, without `none`."""
        action = (self.policy or {}).get("dlpAction") or ""
        return {part.strip().lower() for part in action.split(",")} - {"", "none"}


@dataclass(eq=False)
class Chat:
    """A chat: of a meeting, or the 1:1 chat of a tenant user with the bot (`owner`)."""

    id: str
    kind: str
    created: datetime
    topic: str = ""
    owner: Account | None = None
    graph_id: str = ""
    installation: str | None = None
    rights: frozenset[str] = frozenset()
    members: dict[str, Account] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    deleted: bool = False
    meeting: Meeting | None = None


@dataclass(eq=False)
class Capture:
    """A recording or transcript, running (`ended` is None) or finished."""

    id: str
    kind: str
    call_id: str
    initiator: Account
    started: datetime
    ended: datetime | None = None
    file_id: str = ""
    file_name: str = ""
    file_deleted: bool = False


@dataclass(eq=False)
class Meeting:
    """A Teams meeting with its chat. `options` holds the PATCHable onlineMeeting properties."""

    id: str
    chat: Chat
    organizer: Account
    subject: str
    start: datetime
    end: datetime
    join_url: str
    standalone: bool = False
    cancelled: bool = False
    running: bool = False
    started_at: datetime | None = None
    call_id: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    stays: list[Stay] = field(default_factory=list)
    captures: list[Capture] = field(default_factory=list)

    @property
    def public_id(self) -> str:
        """`channelData.meeting.id`: base64 of `0#<thread>#0` (teams-platform 2.2)."""
        return base64.b64encode(f"0#{self.chat.id}#0".encode()).decode()

    def present(self, account: Account) -> bool:
        """Whether this account is in the call now."""
        return any(stay.present and stay.account is account for stay in self.stays)

    def running_capture(self, kind: str) -> Capture | None:
        """The recording or transcript that runs now."""
        return next((one for one in self.captures if one.kind == kind and one.ended is None), None)


@dataclass(eq=False)
class CalendarEvent:
    """A calendar event in a tenant user's mailbox; `body` is the JSON it is answered with."""

    id: str
    owner: Account
    body: dict[str, Any]
    meeting: Meeting | None


@dataclass(frozen=True)
class Mail:
    """A mail that left the tenant. `code` is the one-time code in it, if there is one."""

    to: str
    subject: str
    text: str
    html: str | None
    code: str | None
    attachments: tuple[dict[str, Any], ...] = ()
    sender: str = ""
    sent_at: datetime | None = None


class World:
    """Everything there is, and the sources of ids and time stamps."""

    def __init__(self, clock: Callable[[], datetime], rng: random.Random) -> None:
        self.clock, self.rng = clock, rng
        self.tenant_id, self.app_id, self.catalog_id = self.guid(), self.guid(), self.guid()
        self.people: dict[str, Account] = {}
        self.users: dict[str, Account] = {}
        self.chats: dict[str, Chat] = {}
        self.meetings: dict[str, Meeting] = {}
        self.events: dict[str, CalendarEvent] = {}
        self.mails: list[Mail] = []
        self.current: Meeting | None = None
        self._last_stamp = 0

    def guid(self) -> str:
        """A random GUID."""
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))

    def opaque(self, length: int = 43) -> str:
        """A random id of letters and digits."""
        raw = self.rng.getrandbits(length * 6).to_bytes((length * 6 + 7) // 8, "big")
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")[:length].replace("-", "x").replace("_", "y")

    def stamp(self) -> datetime:
        """The clock's time in milliseconds, moved on where needed so that no two events share one."""
        now = int(self.clock().timestamp() * 1000)
        self._last_stamp = max(now, self._last_stamp + 1)
        return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=self._last_stamp)

    @staticmethod
    def message_id(stamp: datetime) -> str:
        """The epoch-ms string that is activity.id and chatMessage.id of the same message (teams-platform 3.2)."""
        return str(round((stamp - datetime.fromtimestamp(0, UTC)) / timedelta(milliseconds=1)))

    def account(self, who: str, kind: str, name: str) -> Account:
        """A new identity: tenant and federated users with an Entra id, guests with opaque ids only."""
        if kind == "phone":
            number = f"4:+4915{self.rng.randrange(10**8, 10**9)}"
            return Account(who, kind, name, number, number[2:], None, None)
        if kind in ANONYMOUS_KINDS:
            return Account(who, kind, name, f"29:{self.opaque(60)}", f"{self.rng.getrandbits(128):032x}", None,
                           self.tenant_id)  # fmt: skip
        aad = self.guid()
        mailbox = "".join(c for c in who.lower() if c.isascii() and c.isalnum()) or aad[:8]
        tenant, domain = (
            (self.guid(), "partner.example") if kind == "federated" else (self.tenant_id, "betreiber.example")
        )
        return Account(who, kind, name, f"29:1{self.opaque(50)}", aad, aad, tenant, f"{mailbox}@{domain}")

    def user(self, key: str) -> Account | None:
        """A tenant user by Entra id or user principal name."""
        return self.users.get(key) or next((u for u in self.users.values() if u.email == key.lower()), None)

    def chat_of(self, key: str) -> Chat | None:
        """A chat that was not deleted, by its Bot Framework or Graph id."""
        chat = self.chats.get(key) or next((c for c in self.chats.values() if c.graph_id == key), None)
        return None if chat is None or chat.deleted else chat
