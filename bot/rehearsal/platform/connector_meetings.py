"""The connector's meeting endpoints: details, participant, targeted notification (teams-platform 2.2)."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from bot.rehearsal.platform import activities
from bot.rehearsal.platform.connector import BAD
from bot.rehearsal.platform.core import Core
from bot.rehearsal.platform.web import BODY, CORE, Refusal, mapping
from bot.rehearsal.platform.world import Meeting, instant

SURFACES = ("meetingStage", "meetingTabIcon")


def meeting_of(request: web.Request, right: str) -> tuple[Core, Meeting]:
    """The meeting of the path, by its base64 id; Refusal 403 without the app or its right, 404 where unknown."""
    core: Core = request[CORE]
    key = request.match_info["meeting"]
    meeting = next((m for m in core.world.meetings.values() if m.public_id == key), None)
    if meeting is None or meeting.chat.deleted:
        raise Refusal(404, "MeetingNotFound", "Meeting not found.")
    if meeting.chat.installation is None or right not in meeting.chat.rights:
        raise Refusal(403, "BotNotInConversationRoster", "The app is not part of the meeting, or lacks the permission.")
    return core, meeting


async def details(request: web.Request) -> web.Response:
    """Meeting details, organizer included; needs OnlineMeeting.ReadBasic.Chat."""
    core, meeting = meeting_of(request, "OnlineMeeting.ReadBasic.Chat")
    organizer = meeting.organizer
    return web.json_response({
        "details": {"id": meeting.public_id, "msGraphResourceId": meeting.id, "joinUrl": meeting.join_url,
                    "scheduledStartTime": instant(meeting.start), "scheduledEndTime": instant(meeting.end),
                    "title": meeting.subject, "type": "Scheduled"},
        "conversation": {"isGroup": True, "conversationType": "groupChat", "id": meeting.chat.id},
        "organizer": {"id": organizer.person_id, "aadObjectId": organizer.aad_id, "objectId": organizer.aad_id,
                      "tenantId": core.tenant_id},
    })  # fmt: skip


async def participant(request: web.Request) -> web.Response:
    """A participant's role and presence, by Entra id or 29: id; `tenantId` is mandatory."""
    core, meeting = meeting_of(request, "ChatMember.Read.Chat")
    if request.query.get("tenantId") != core.tenant_id:
        raise Refusal(400, BAD, "Bad Argument: tenantId is missing or not the meeting's.")
    key = request.match_info["participant"]
    account = next((s.account for s in reversed(meeting.stays) if key in (s.person_id, s.aad_id)), None)
    if account is None and key in (meeting.organizer.aad_id, meeting.organizer.person_id):
        account = meeting.organizer
    if account is None:
        raise Refusal(404, "ParticipantNotFound", "The participant is not available.")
    return web.json_response({
        "user": activities.roster_entry(account),
        "meeting": {"role": activities.role(meeting, account), "inMeeting": meeting.present(account)},
        "conversation": {"id": meeting.chat.id, "isGroup": True, "conversationType": "groupChat"},
    })  # fmt: skip


async def notify(request: web.Request) -> web.Response:
    """Targeted meeting notification: 202, or 207 naming the recipients it did not reach."""
    _, meeting = meeting_of(request, "OnlineMeetingNotification.Send.Chat")
    body = mapping(request[BODY], "The notification", BAD)
    value = mapping(body.get("value"), "value", BAD)
    recipients, surfaces = value.get("recipients") or [], value.get("surfaces") or []
    if body.get("type") != "targetedMeetingNotification" or not is_list_of(recipients, str):
        raise Refusal(400, BAD, "Bad Argument: type and recipients are needed.")
    if not is_list_of(surfaces, dict) or any(s.get("surface") not in SURFACES for s in surfaces):
        raise Refusal(400, BAD, "Bad Argument: surfaces must be meetingStage or meetingTabIcon.")
    failed = [
        {"recipientMri": key, "errorCode": "MemberNotFoundInConversation", "failureReason": "Not in the meeting."}
        for key in recipients
        if not any(stay.present and stay.person_id == key for stay in meeting.stays)
    ]
    if len(failed) == len(recipients):
        raise Refusal(400, BAD, "Bad Argument: none of the recipients is in the meeting.")
    return web.json_response({"recipientsFailureInfo": failed}, status=207) if failed else web.Response(status=202)


def is_list_of(value: Any, kind: type) -> bool:
    """Whether `value` is a list of one or more values of this type."""
    return isinstance(value, list) and bool(value) and all(isinstance(item, kind) for item in value)


def routes() -> list[web.RouteDef]:
    """The meeting routes, relative to the service URL."""
    one = "/v1/meetings/{meeting}"
    return [
        web.get(one, details),
        web.get(one + "/participants/{participant}", participant),
        web.post(one + "/notification", notify),
    ]
