"""Graph's JSON for the things of the world (type names and members: Graph v1.0 metadata)."""

from __future__ import annotations

import json
from typing import Any

from bot.rehearsal.platform.core import BOT_NAME, Core
from bot.rehearsal.platform.world import Account, Capture, Chat, Meeting, Message, instant

ROOT = "https://graph.microsoft.com/v1.0"


def identity(person: Account) -> dict[str, Any]:
    """An identitySet with this user."""
    return {"application": None, "device": None,
            "user": {"@odata.type": "#microsoft.graph.teamworkUserIdentity", "id": person.graph_id,
                     "displayName": person.name, "userIdentityType": person.identity_type}}  # fmt: skip


def message(core: Core, said: Message, unknown_members: bool) -> dict[str, Any]:
    """A chatMessage. Without `Prefer: include-unknown-enum-members` a system message has the type
    `unknownFutureValue` (teams-platform 5.2). A deleted message has no content left; a hidden one keeps it."""
    kind = "message" if said.by != "system" else "systemEventMessage" if unknown_members else "unknownFutureValue"
    attachments = [] if said.deleted else [attachment(n, a) for n, a in enumerate(said.attachments)]
    return {
        "id": said.id, "replyToId": None, "etag": core.world.message_id(said.modified or said.created),
        "messageType": kind, "createdDateTime": instant(said.created),
        "lastModifiedDateTime": instant(said.modified or said.created),
        "lastEditedDateTime": instant(said.edited) if said.edited else None,
        "deletedDateTime": instant(said.deleted) if said.deleted else None,
        "subject": None, "summary": None, "chatId": said.chat.graph_id, "importance": "normal",
        "locale": said.locale or "en-us", "webUrl": None, "channelIdentity": None, "policyViolation": said.policy,
        "from": sender(core, said), "body": body(said, attachments), "attachments": attachments, "mentions": [],
        "reactions": [], "messageHistory": [], "eventDetail": said.detail,
    }  # fmt: skip


def sender(core: Core, said: Message) -> dict[str, Any] | None:
    """`from`: a user, the bot as an application, nobody for system messages."""
    if said.by == "system":
        return None
    if said.author is not None:
        return identity(said.author)
    bot = {"@odata.type": "#microsoft.graph.teamworkApplicationIdentity", "id": core.world.app_id,
           "displayName": BOT_NAME, "applicationIdentityType": "bot"}  # fmt: skip
    return {"application": bot, "device": None, "user": None}


def body(said: Message, attachments: list[dict[str, Any]]) -> dict[str, str]:
    """The itemBody; cards appear as attachment marks."""
    if said.by == "system":
        return {"contentType": "html", "content": "<systemEventMessage/>"}
    if said.deleted:
        return {"contentType": "html", "content": ""}
    if said.html is not None:
        return {"contentType": "html", "content": said.html}
    marks = "".join(f'<attachment id="{a["id"]}"></attachment>' for a in attachments)
    return {"contentType": "html", "content": marks} if marks else {"contentType": "text", "content": said.text}


def attachment(number: int, sent: dict[str, Any]) -> dict[str, Any]:
    """A chatMessageAttachment; the content of a card is a JSON string."""
    return {"id": f"{number:032x}", "contentType": sent.get("contentType"), "contentUrl": None,
            "content": json.dumps(sent.get("content"), ensure_ascii=False), "name": None, "thumbnailUrl": None,
            "teamsAppId": None}  # fmt: skip


def member(core: Core, chat: Chat, person: Account) -> dict[str, Any]:
    """A conversationMember of the type that fits."""
    organizer = chat.meeting is not None and chat.meeting.organizer is person
    shown = {"id": f"{chat.graph_id}##{person.graph_id}", "displayName": person.name,
             "roles": ["owner"] if organizer or person.of_tenant else ["guest"],
             "visibleHistoryStartDateTime": "0001-01-01T00:00:00Z"}  # fmt: skip
    if person.anonymous:
        return {"@odata.type": "#microsoft.graph.anonymousGuestConversationMember", **shown,
                "anonymousGuestId": person.graph_id}  # fmt: skip
    return {"@odata.type": "#microsoft.graph.aadUserConversationMember", **shown, "userId": person.aad_id,
            "email": person.email, "tenantId": person.tenant_id}  # fmt: skip


def chat(core: Core, room: Chat) -> dict[str, Any]:
    """A chat, of a meeting or 1:1."""
    meeting = room.meeting
    info = None
    if meeting is not None:
        organizer = {"id": meeting.organizer.aad_id, "displayName": meeting.organizer.name,
                     "userIdentityType": "aadUser"}  # fmt: skip
        info = {"calendarEventId": None, "joinWebUrl": meeting.join_url, "organizer": organizer}
    return {
        "id": room.graph_id, "topic": room.topic or None, "createdDateTime": instant(room.created),
        "lastUpdatedDateTime": instant(room.created), "chatType": "meeting" if meeting else "oneOnOne",
        "webUrl": None, "tenantId": core.tenant_id, "viewpoint": None, "onlineMeetingInfo": info,
    }  # fmt: skip


def meeting(core: Core, one: Meeting) -> dict[str, Any]:
    """An onlineMeeting with its options."""
    organizer = {"identity": {"user": {"id": one.organizer.aad_id, "displayName": one.organizer.name}},
                 "upn": one.organizer.email, "role": "presenter"}  # fmt: skip
    return {
        "id": one.id, "creationDateTime": instant(one.chat.created), "startDateTime": instant(one.start),
        "endDateTime": instant(one.end), "joinWebUrl": one.join_url, "subject": one.subject, "isBroadcast": False,
        "chatInfo": {"threadId": one.chat.id, "messageId": "0", "replyChainMessageId": "0"},
        "participants": {"organizer": organizer, "attendees": []},
        "joinMeetingIdSettings": {"joinMeetingId": None, "passcode": None, "isPasscodeRequired": False},
        **one.options,
    }  # fmt: skip


def capture(core: Core, one: Meeting, taken: Capture) -> dict[str, Any]:
    """A callRecording or callTranscript."""
    folder = "recordings" if taken.kind == "recording" else "transcripts"
    url = f"{core.origin}/graph/v1.0/users/{one.organizer.aad_id}/onlineMeetings/{one.id}/{folder}/{taken.id}/content"
    return {
        "id": taken.id, "callId": taken.call_id, "meetingId": one.id, "contentCorrelationId": taken.file_id,
        "createdDateTime": instant(taken.started), "endDateTime": instant(taken.ended) if taken.ended else None,
        "meetingOrganizer": identity(one.organizer),
        "recordingContentUrl" if taken.kind == "recording" else "transcriptContentUrl": url,
    }  # fmt: skip
