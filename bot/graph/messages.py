"""From a `chatMessage` resource to a GraphMessage, and from a system message to a fact. Pure.

Whatever shape the JSON has: what cannot be understood is None, never an exception.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from bot.policy.facts import Fact, MeetingEnded, MeetingStarted, Person, RecordingSignalled
from bot.ports import GraphMessage

KINDS: Mapping[str, Literal["tenant", "guest", "federated", "phone"]] = {
    "aaduser": "tenant",
    "onpremiseaaduser": "tenant",
    "anonymousguest": "guest",
    "federateduser": "federated",
    "personalmicrosoftaccountuser": "federated",
    "skypeuser": "federated",
    "emailuser": "federated",
    "phoneuser": "phone",
}
"""`userIdentityType` (teams-platform 3.2), in lower case; anything else is treated like an anonymous guest."""

ROSTER_EVENTS = frozenset(
    {
        "membersaddedeventmessagedetail",
        "membersdeletedeventmessagedetail",
        "membersjoinedeventmessagedetail",
        "memberslefteventmessagedetail",
    }
)
RECORDING_EVENTS: Mapping[str, Literal["started", "stopped"]] = {
    "initial": "started",
    "success": "stopped",
    "failure": "stopped",
}
"""`callRecordingStatus` (teams-platform 5.2), in lower case. `chunkFinished` is left out: a part of the recording was
stored, which does not say that the recording has stopped."""

CALL = re.compile(r"[A-Za-z0-9_.:=+/-]{0,200}")
"""What a call is named, as the audit trail takes it (bot/storage/audit_kinds.py)."""

MARK = re.compile(r'"(duty-[0-9a-f]{16})"')
"""The invisible mark of a duty on a card of ours (bot/effects/context.py)."""


def message_of(raw: object) -> GraphMessage | None:
    """The message a `chatMessage` resource describes, None if it is not one.

    HTML stays raw in `html` (then `text` is empty). `person` is None for messages of apps and of the system, `marks`
    are those of our duties on an app's cards.
    """
    if not isinstance(raw, Mapping) or not (ident := _text(raw.get("id"))):
        return None
    created = moment(raw.get("createdDateTime")) or _moment_of_id(ident)
    modified = moment(raw.get("lastModifiedDateTime")) or created
    if modified is None:
        return None
    body, sender = _mapping(raw.get("body")), _mapping(raw.get("from"))
    content = _text(body.get("content"))
    is_html = _text(body.get("contentType")).lower() != "text"
    event = raw.get("eventDetail")
    return GraphMessage(
        id=ident,
        created=created or modified,
        modified=modified,
        edited=moment(raw.get("lastEditedDateTime")),
        deleted=moment(raw.get("deletedDateTime")),
        hidden=_is_hidden(raw.get("policyViolation")),
        person=_person(sender.get("user")),
        marks=_marks(raw.get("attachments")) if isinstance(sender.get("application"), Mapping) else frozenset(),
        text="" if is_html else content,
        html=content if is_html and content else None,
        event=dict(event) if isinstance(event, Mapping) else None,
    )


def fact_of_event(chat: str, message: GraphMessage) -> Fact | Literal["roster"] | None:
    """What a system message of `chat` says: a fact, that the roster changed, or nothing for us.

    The type of the event detail decides, not the message type: that one arrives as `unknownFutureValue` where the
    Prefer header was forgotten (teams-platform 5.2). The fact's key is the message's own, so the notification, its
    repetition and the reading back of the chat give the same fact.
    """
    detail = message.event
    if detail is None or message.deleted:
        return None
    name = _text(detail.get("@odata.type")).rpartition(".")[2].lower()
    call = _text(detail.get("callId"))
    call = call if CALL.fullmatch(call) else ""  # a flag must not fail for its call's name
    if name in ROSTER_EVENTS:
        return "roster"
    if name == "callrecordingeventmessagedetail":
        event = RECORDING_EVENTS.get(_text(detail.get("callRecordingStatus")).lower())
        if event is None:
            return None
        key = f"recording:{message.id}:{event}"
        at = message.created if event == "started" else message.modified  # it may be one message with two states
        return RecordingSignalled(conversation=chat, key=key, kind="recording", event=event, call=call, at=at)
    if name == "calltranscripteventmessagedetail":  # it has no status: only that there is a transcript (5.2)
        key = f"transcript:{message.id}:started"
        at = message.created
        return RecordingSignalled(conversation=chat, key=key, kind="transcript", event="started", call=call, at=at)
    if _text(detail.get("callEventType")).lower() not in ("", "meeting"):
        return None
    if name == "callstartedeventmessagedetail":  # also where the activity that says so is lost
        return MeetingStarted(conversation=chat, key=f"started:{message.id}", at=message.created)
    if name == "callendedeventmessagedetail":
        return MeetingEnded(conversation=chat, key=f"ended:{message.id}", at=message.created)
    return None


def moment(value: object) -> datetime | None:
    """A Graph DateTimeOffset as timezone-aware UTC; None for null, the year 1 Graph uses as null, or anything odd: the
    rules add and subtract days, which the years at the edges of the calendar do not take."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        found = datetime.fromisoformat(value)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if 1970 <= found.year <= 2999 else None


def _moment_of_id(ident: str) -> datetime | None:
    """A chat message's id is its epoch in milliseconds (teams-platform 3.2)."""
    if not (ident.isascii() and ident.isdigit() and len(ident) <= 13):
        return None
    return datetime.fromtimestamp(int(ident) / 1000, UTC)


def _is_hidden(violation: object) -> bool:
    """Blocked for everybody and not overridden by the sender (teams-platform 4.2): `blockAccessExternal` is less."""
    if not isinstance(violation, Mapping):
        return False
    return "blockaccess" in _flags(violation.get("dlpAction")) and "override" not in _flags(violation.get("userAction"))


def _flags(value: object) -> set[str]:
    return {flag.strip().lower() for flag in _text(value).split(",")}


def _person(user: object) -> Person | None:
    if not isinstance(user, Mapping) or not (ident := _text(user.get("id"))):
        return None
    kind = _text(user.get("userIdentityType")).lower()
    return Person(
        id=f"graph:{ident}",
        name=_line(user.get("displayName")),
        aad=ident if kind in ("aaduser", "federateduser") else None,
        tenant=_text(user.get("tenantId")) or None,
        kind=KINDS.get(kind, "guest"),
    )


def _marks(attachments: object) -> frozenset[str]:
    """The marks on the cards of an app's message; a person's message has none, whatever it looks like."""
    cards = [_text(_mapping(one).get("content")) for one in attachments] if isinstance(attachments, list) else []
    return frozenset(mark for card in cards for mark in MARK.findall(card))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _line(value: object) -> str:
    """A name as a database takes it: one line, no half characters, at most 256."""
    return "".join(c if c.isprintable() else " " for c in _text(value)[:256])


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
