"""Graph's online meetings: find, create, options, recordings and transcripts (teams-platform 5.5, 5.6, 8)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from bot.rehearsal.platform import meetings, resources
from bot.rehearsal.platform.core import Core
from bot.rehearsal.platform.graph.common import collection, pace, parse_instant, user_of
from bot.rehearsal.platform.web import BODY, Refusal, mapping
from bot.rehearsal.platform.world import Capture, Meeting

BY_LINK = re.compile(r"\s*joinweburl\s+eq\s+'((?:[^']|'')*)'\s*", re.IGNORECASE)


def meeting_of(request: web.Request) -> tuple[Core, Meeting]:
    """The meeting of the path, of its organizer's; 404 for others."""
    core, organizer = user_of(request)
    meeting = core.world.meetings.get(request.match_info["meeting"])
    if meeting is None or meeting.organizer is not organizer:
        raise Refusal(404, "NotFound", "Specified meeting is not found.")
    return core, meeting


async def find(request: web.Request) -> web.Response:
    """Meetings by `JoinWebUrl eq`, the only filter; 404 where there is none."""
    core, organizer = user_of(request)
    pace(core)
    link = BY_LINK.fullmatch(request.query.get("$filter", ""))
    if link is None:
        raise Refusal(400, "InvalidArgument", "Filter expression expected - JoinWebUrl eq '...'.")
    wanted = unquote(link[1].replace("''", "'"))
    found = [m for m in core.world.meetings.values() if m.organizer is organizer and unquote(m.join_url) == wanted]
    if not found:
        raise Refusal(404, "NotFound", "Specified meeting is not found.")
    context = f"users('{organizer.aad_id}')/onlineMeetings"
    return collection(request, context, [resources.meeting(core, m) for m in found], 10, 10)


async def get(request: web.Request) -> web.Response:
    """The meeting with its options."""
    core, meeting = meeting_of(request)
    pace(core)
    return web.json_response(resources.meeting(core, meeting))


async def create(request: web.Request) -> web.Response:
    """A standalone meeting: on no calendar, without recording and transcript resources (teams-platform 5.3, 8)."""
    core, organizer = user_of(request)
    pace(core)
    body = dict(mapping(request[BODY]))
    start, end = (parse_instant(body.pop(key, None), key) for key in ("startDateTime", "endDateTime"))
    subject = body.pop("subject", None) or ""
    if not isinstance(subject, str) or end <= start:
        raise Refusal(400, "BadRequest", "subject must be a string, and endDateTime after startDateTime.")
    options = check_options(body)
    meeting = meetings.create(core, organizer, subject, start, end, standalone=True)
    meetings.change_options(core, meeting, options)
    return web.json_response(resources.meeting(core, meeting), status=201)


async def patch(request: web.Request) -> web.Response:
    """Change options, subject or time: 200. Recording options act on the running call (5.5)."""
    core, meeting = meeting_of(request)
    pace(core)
    body = dict(mapping(request[BODY]))
    times = {key: parse_instant(body.pop(key), key) for key in ("startDateTime", "endDateTime") if key in body}
    subject = body.pop("subject", meeting.subject)
    if len(times) == 1 or not isinstance(subject, str):
        raise Refusal(400, "BadRequest", "startDateTime and endDateTime go together; subject must be a string.")
    options = check_options(body)
    if times:
        meeting.start, meeting.end = times["startDateTime"], times["endDateTime"]
    meeting.subject = subject
    meetings.change_options(core, meeting, options)
    core.delivery.kick(meeting.chat.id)
    return web.json_response(resources.meeting(core, meeting))


def check_options(body: dict[str, Any]) -> dict[str, Any]:
    """The writable meeting options in `body`; Refusal 400 for an unknown property or a value of the wrong type."""
    for name, value in body.items():
        if name in meetings.BOOLEANS:
            good = isinstance(value, bool)
        elif name in meetings.CHOICES:
            good = value in meetings.CHOICES[name] if isinstance(value, str) else False
        elif name == "lobbyBypassSettings":
            good = well_formed(value, {"scope": meetings.LOBBY_SCOPES, "isDialInBypassEnabled": bool})
        elif name == "watermarkProtection":
            good = well_formed(value, dict.fromkeys(("isEnabledForContentSharing", "isEnabledForVideo"), bool))
        elif name == "chatRestrictions":
            good = well_formed(value, {"allowTextOnly": bool})
        else:
            good = name == "@odata.type"
        if not good:
            raise Refusal(400, "BadRequest", f"The property '{name}' cannot be set to this value.")
    return {name: value for name, value in body.items() if name != "@odata.type"}


def well_formed(value: Any, members: dict[str, Any]) -> bool:
    """Whether `value` is an object of these members only: booleans, or one of a tuple of names."""
    if not isinstance(value, dict) or set(value) - set(members) - {"@odata.type"}:
        return False
    return all(
        isinstance(one, bool) if members[key] is bool else isinstance(one, str) and one in members[key]
        for key, one in value.items()
        if key in members
    )


def finished(meeting: Meeting, kind: str) -> list[Capture]:
    """Recordings or transcripts that are available."""
    return [c for c in meeting.captures if c.kind == kind and c.ended is not None and not c.file_deleted]


def lists(kind: str, folder: str) -> Any:
    """The handler that lists finished recordings or transcripts; 404 for a standalone meeting."""

    async def handler(request: web.Request) -> web.Response:
        core, meeting = meeting_of(request)
        pace(core)
        if meeting.standalone:
            raise Refusal(404, "NotFound", "The meeting is not linked to a calendar event.")
        found = [resources.capture(core, meeting, one) for one in finished(meeting, kind)]
        context = f"users('{meeting.organizer.aad_id}')/onlineMeetings('{meeting.id}')/{folder}"
        return collection(request, context, found, 100, 100)

    return handler


def gets(kind: str) -> Any:
    """The handler that gets one finished recording or transcript."""

    async def handler(request: web.Request) -> web.Response:
        core, meeting = meeting_of(request)
        pace(core)
        for one in finished(meeting, kind):
            if one.id == request.match_info["capture"]:
                return web.json_response(resources.capture(core, meeting, one))
        raise Refusal(404, "NotFound", "The artifact does not exist.")

    return handler


def routes() -> list[web.RouteDef]:
    """The online meeting routes."""
    one = "/users/{user}/onlineMeetings/{meeting}"
    return [
        web.get("/users/{user}/onlineMeetings", find),
        web.post("/users/{user}/onlineMeetings", create),
        web.get(one, get),
        web.patch(one, patch),
        web.get(one + "/recordings", lists("recording", "recordings")),
        web.get(one + "/recordings/{capture}", gets("recording")),
        web.get(one + "/transcripts", lists("transcript", "transcripts")),
        web.get(one + "/transcripts/{capture}", gets("transcript")),
    ]
