"""Graph's calendar: events with a Teams meeting, their change and cancellation, and the mails they cause (8)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aiohttp import web

from bot.rehearsal.platform import meetings
from bot.rehearsal.platform.core import Core
from bot.rehearsal.platform.graph.common import pace, parse_instant, user_of
from bot.rehearsal.platform.graph.mail import addresses, deliver
from bot.rehearsal.platform.resources import ROOT
from bot.rehearsal.platform.web import BODY, Refusal, mapping
from bot.rehearsal.platform.world import Account, CalendarEvent, instant

WRITABLE = {"subject", "body", "start", "end", "attendees", "isOnlineMeeting", "onlineMeetingProvider", "location",
            "transactionId", "showAs", "sensitivity", "importance", "categories", "isReminderOn", "hideAttendees",
            "reminderMinutesBeforeStart", "responseRequested", "allowNewTimeProposals", "isAllDay",
            "singleValueExtendedProperties", "locations"}  # fmt: skip


def event_of(request: web.Request) -> tuple[Core, CalendarEvent]:
    """The event of the path, in its owner's mailbox; 404 where there is none."""
    core, owner = user_of(request)
    event = core.world.events.get(request.match_info["event"])
    if event is None or event.owner is not owner:
        raise Refusal(404, "ErrorItemNotFound", "The specified object was not found in the store.")
    return core, event


def when(body: dict[str, Any], name: str) -> datetime:
    """A dateTimeTimeZone property as UTC; 400 where it is none."""
    value = mapping(body.get(name), name)
    zone = value.get("timeZone", "UTC")
    if not isinstance(zone, str):
        raise Refusal(400, "BadRequest", f"Invalid value for '{name}': timeZone must be a string.")
    return parse_instant(value.get("dateTime"), name, zone)


def checked(body: dict[str, Any]) -> dict[str, Any]:
    """A whole event as it is written; Refusal 400 naming what is wrong."""
    unknown = set(body) - WRITABLE - {"@odata.type"}
    if unknown:
        raise Refusal(400, "BadRequest", f"The property '{sorted(unknown)[0]}' cannot be set on an event.")
    if not isinstance(body.get("subject", ""), str):
        raise Refusal(400, "BadRequest", "subject must be a string.")
    if body.get("body") is not None and not isinstance(mapping(body["body"], "body").get("content", ""), str):
        raise Refusal(400, "BadRequest", "body.content must be a string.")
    addresses(body.get("attendees", []), "attendees")
    if when(body, "end") <= when(body, "start"):
        raise Refusal(400, "ErrorPropertyValidationFailure", "The event's end must be after its start.")
    return body


async def create(request: web.Request) -> web.Response:
    """201. With `isOnlineMeeting` a Teams meeting and its chat come to be; attendees get an invitation mail.

    A repeated `transactionId` gives the event it made before, as Exchange does.
    """
    core, owner = user_of(request)
    pace(core)
    body = checked(dict(mapping(request[BODY])))
    transaction = body.get("transactionId")
    for event in core.world.events.values():
        if transaction is not None and event.owner is owner and event.body.get("transactionId") == transaction:
            return web.json_response(shown(core, event), status=201)
    event = CalendarEvent(f"AAMk{core.world.opaque(100)}=", owner, body, None)
    event.body |= {"createdDateTime": instant(core.clock()), "lastModifiedDateTime": instant(core.clock()),
                   "iCalUId": core.world.opaque(48)}  # fmt: skip
    if body.get("isOnlineMeeting") is True:
        start, end = when(body, "start"), when(body, "end")
        event.meeting = meetings.create(core, owner, body.get("subject", ""), start, end, standalone=False)
    core.world.events[event.id] = event
    invite(core, event, body.get("subject", ""))
    return web.json_response(shown(core, event), status=201)


def shown(core: Core, event: CalendarEvent) -> dict[str, Any]:
    """The event as Graph answers it."""
    join = {"joinUrl": event.meeting.join_url, "conferenceId": None, "tollNumber": None} if event.meeting else None
    owner: Account = event.owner
    return {
        "@odata.context": f"{ROOT}/$metadata#users('{owner.aad_id}')/events/$entity", **event.body, "id": event.id,
        "isCancelled": False, "isOrganizer": True, "type": "singleInstance", "onlineMeeting": join,
        "isOnlineMeeting": join is not None, "onlineMeetingUrl": None, "webLink": None,
        "onlineMeetingProvider": "teamsForBusiness" if join else "unknown",
        "organizer": {"emailAddress": {"name": owner.name, "address": owner.email}},
    }  # fmt: skip


def invite(core: Core, event: CalendarEvent, subject: str) -> None:
    """The mail Exchange sends to the attendees for an event that was made, changed or cancelled."""
    for to in addresses(event.body.get("attendees", []), "attendees"):
        deliver(core, event.owner.email or "", to, subject, event.body.get("body") or {}, [])


async def get(request: web.Request) -> web.Response:
    """The event."""
    core, event = event_of(request)
    pace(core)
    return web.json_response(shown(core, event))


async def patch(request: web.Request) -> web.Response:
    """Change an event; a new time, place or title is mailed to the attendees."""
    core, event = event_of(request)
    pace(core)
    changes = mapping(request[BODY])
    kept = {key: value for key, value in event.body.items() if key in WRITABLE}
    event.body |= checked({**kept, **changes}) | {"lastModifiedDateTime": instant(core.clock())}
    if event.meeting is not None:
        event.meeting.start, event.meeting.end = when(event.body, "start"), when(event.body, "end")
        event.meeting.subject = event.body.get("subject", "")
    if {"start", "end", "subject", "location"} & set(changes):
        invite(core, event, event.body.get("subject", ""))
    core.changed()
    return web.json_response(shown(core, event))


def drop(core: Core, event: CalendarEvent) -> None:
    """Take the event out of the calendar and tell the attendees; the chat of its meeting stays."""
    del core.world.events[event.id]
    if event.meeting is not None:
        event.meeting.cancelled = True
    invite(core, event, f"Abgesagt: {event.body.get('subject', '')}")
    core.changed()


async def delete(request: web.Request) -> web.Response:
    """204; the attendees are told."""
    core, event = event_of(request)
    pace(core)
    drop(core, event)
    return web.Response(status=204)


async def cancel(request: web.Request) -> web.Response:
    """202; the action's only parameter is `Comment`."""
    core, event = event_of(request)
    pace(core)
    body = mapping(request[BODY] if request[BODY] is not None else {})
    if not all(key.lower() == "comment" and isinstance(value, str | None) for key, value in body.items()):
        raise Refusal(400, "BadRequest", "cancel takes a Comment only.")
    drop(core, event)
    return web.Response(status=202)


def routes() -> list[web.RouteDef]:
    """The calendar routes."""
    one = "/users/{user}/events/{event}"
    return [
        web.post("/users/{user}/events", create),
        web.post("/users/{user}/calendar/events", create),
        web.get(one, get),
        web.patch(one, patch),
        web.delete(one, delete),
        web.post(one + "/cancel", cancel),
    ]
