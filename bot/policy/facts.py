"""Facts: what happened, in the past tense. Frozen data without any message text.

Every fact names its conversation (the Teams chat id, `19:meeting_...@thread.v2`) and carries a `key`: the same
event delivered twice has the same key, so it acts once (docs/decisions/0002-ledger.md). A key of "" means the
fact may be taken any number of times because its rules look at the state.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Via = Literal["activity", "graph"]
MessageEvent = Literal["new", "edit", "undelete"]
Language = Literal["de", "en"]
RecordingKind = Literal["recording", "transcript"]
Command = Literal["accept", "decline", "withdraw", "code"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A member of the chat as the platform shows it.

    `id` is the Bot Framework id (`29:...`, changes whenever an anonymous guest rejoins), or `graph:<id>` where only
    Microsoft Graph has named the person; `aad` the Entra object id, None for anonymous guests and callers; `tenant`
    the home tenant where known; `kind` tells how the person came in.
    """

    id: str
    name: str = field(default="", repr=False)
    aad: str | None = None
    tenant: str | None = None
    kind: Literal["tenant", "guest", "federated", "phone"] = "guest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened in `conversation`."""

    conversation: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AppAdded(Fact):
    """The app was installed in a meeting chat; `by` is who added it (None: through Graph, by ourselves)."""

    tenant: str
    service_url: str
    bot_id: str
    meeting: str | None = None
    by: Person | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppRemoved(Fact):
    """The app was taken out of the chat: from here on nothing can be heard or posted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisorReached(Fact):
    """The app is installed personally for `aad`; `of_chat` is the 1:1 conversation with the bot.

    The edge brings it with `conversation` = `of_chat`; it concerns every open consultation of this advisor, so the
    inbox takes it once for each, with `conversation` the meeting chat.
    """

    aad: str
    person: str
    of_chat: str
    service_url: str
    tenant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonJoined(Fact):
    """A person is in the meeting now."""

    person: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLeft(Fact):
    """A person is no longer in the meeting."""

    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterRead(Fact):
    """The chat's roster as read back: whoever is a guest here and not in it has left. It was `asked` for at this moment
    by our clock: who came or went after it is not told by it."""

    people: tuple[Person, ...]
    asked: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingStarted(Fact):
    """The meeting began (sent once per meeting), `at` by the platform's time, None where it gives none."""

    meeting: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingEnded(Fact):
    """The meeting ended (sent once per meeting), `at` by the platform's time, None where it gives none."""

    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageHeard(Fact):
    """A message was heard and scanned. What it said is not here: only which kinds of secret it disclosed.

    `modified` is the platform's time of this version; `kinds` are empty for a clean message; `requests` counts an
    advisor's own requests for secrets (R34); `own_code`: it is the unspent one-time code,
    typed as chat; `scanned` is False where the legal basis does not allow scanning yet
    (architecture decision 11); `retro` names earlier messages that this one completed to a secret, with the times of
    their own versions. `again`: the text is that of the version the finding is about, so that `kinds` say nothing;
    `posted` is when the message was written first, where that is known; `hidden` what Graph shows of it (None: not
    told), and False only if it was asked after the message was called hidden; `language` that of the author's client.
    """

    message: str
    person: Person
    event: MessageEvent
    via: Via
    modified: datetime
    kinds: tuple[str, ...] = ()
    requests: int = 0
    scanned: bool = True
    own_code: bool = False
    retro: tuple[tuple[str, tuple[str, ...], datetime], ...] = ()
    again: bool = False
    posted: datetime | None = None
    hidden: bool | None = None
    language: Language | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDeleted(Fact):
    """Its author deleted a message, as the platform says. `at` is its time for it, None where it gives none."""

    message: str
    via: Via
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPressed(Fact):
    """A button of one of our cards was pressed.

    `activity` is the card's message id, `chat` where it stands; `refs` the opaque references of the action;
    `code_digest` the keyed digest of a code typed into the card, never the code.
    """

    person: Person
    chat: str
    activity: str
    card: str
    verb: str
    refs: tuple[tuple[str, str], ...] = ()
    code_digest: str | None = field(default=None, repr=False)

    def ref(self, name: str) -> str | None:
        """The value of one opaque reference, or None."""
        return dict(self.refs).get(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandTyped(Fact):
    """A plain-text command in the chat: the path without a card (teams-platform 3.3)."""

    person: Person
    message: str
    modified: datetime
    command: Command
    code_digest: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingSignalled(Fact):
    """A system message of the chat says that a recording or a transcript started or ended, `at` by the platform's time,
    None where it gives none."""

    kind: RecordingKind
    event: Literal["started", "stopped"]
    call: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentBooked(Fact):
    """A consultation was booked. `conversation` is `appointment:<ref>` until the chat exists."""

    ref: str
    customer_name: str = field(repr=False)
    customer_email: str = field(repr=False)
    email_digest: str = field(repr=False)
    advisor: str
    advisor_name: str = field(repr=False)
    starts_at: datetime
    ends_at: datetime
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted(Fact):
    """An effect was tried: `result`, an enumerated `code`, and in `data` the ids learned from the answer."""

    duty: str
    kind: str
    about: tuple[tuple[str, str], ...]
    result: Literal["done", "refused", "skipped", "failed", "gave_up"]
    code: str = ""
    data: tuple[tuple[str, str], ...] = ()
    answered: str | None = None

    def of(self, name: str) -> str | None:
        """One of the ids the duty was about, or None."""
        return dict(self.about).get(name)

    def learned(self, name: str) -> str | None:
        """One of the ids learned from the platform's answer, or None."""
        return dict(self.data).get(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class FellDue(Fact):
    """A moment that was written down has come: a reminder, an expiry, a check."""

    timer: str
    about: tuple[tuple[str, str], ...] = ()

    def of(self, name: str) -> str | None:
        """One of the ids the timer was about, or None."""
        return dict(self.about).get(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageNoticed(Fact):
    """A change notification named a message in a version that was not heard yet."""

    message: str
    modified: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivitySetAside(Fact):
    """What the Bot Framework delivered, or a message read back from Graph, could not be dealt with and is let be; the
    log names the same `incident` (eight hexadecimal digits)."""

    incident: str


def set_aside_key(activity: str | None) -> str:
    """The key under which an activity is set aside: a message keeps its id whoever brings it, so that it is set aside
    once, by whichever replica and whichever ear."""
    return f"set_aside:{hashlib.sha256(activity.encode()).hexdigest()[:32]}" if activity else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterChanged(Fact):
    """A system message says that somebody joined or left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HearingLost(Fact):
    """Something was not told, or could not be taken: read the chat back."""

    reason: str
