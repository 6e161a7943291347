"""Graph's drive items, as far as recordings lie there: the organizer's folder Recordings (teams-platform 5.6)."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from aiohttp import web

from bot.rehearsal.platform import meetings
from bot.rehearsal.platform.core import Core
from bot.rehearsal.platform.graph.common import collection, pace, user_of
from bot.rehearsal.platform.web import CORE, Refusal
from bot.rehearsal.platform.world import Account, Capture, Meeting, instant

File = tuple[Meeting, Capture]


def drive_id(owner: Account) -> str:
    """The id of a user's OneDrive."""
    return f"b!{(owner.aad_id or '').replace('-', '')}"


def files(core: Core, owner: Account | None = None) -> list[File]:
    """The files of finished captures that were not deleted, of one owner or of all."""
    return [
        (meeting, one)
        for meeting in core.world.meetings.values()
        for one in meeting.captures
        if (owner is None or meeting.organizer is owner) and one.ended is not None and not one.file_deleted
    ]


def item(file: File) -> dict[str, Any]:
    """A driveItem."""
    meeting, one = file
    mime = "video/mp4" if one.kind == "recording" else "text/vtt"
    drive = drive_id(meeting.organizer)
    return {
        "id": one.file_id, "name": one.file_name, "createdDateTime": instant(one.started),
        "lastModifiedDateTime": instant(one.ended or one.started), "webUrl": meetings.file_url(meeting, one),
        "file": {"mimeType": mime}, "size": 1048576,
        "parentReference": {"driveId": drive, "driveType": "business", "path": f"/drives/{drive}/root:/Recordings"},
    }  # fmt: skip


def one_file(found: list[File]) -> File:
    """The file found; 404 where none was."""
    if not found:
        raise Refusal(404, "itemNotFound", "The resource could not be found.")
    return found[0]


async def get_drive(request: web.Request) -> web.Response:
    """The user's OneDrive."""
    core, owner = user_of(request)
    pace(core)
    return web.json_response({"id": drive_id(owner), "driveType": "business", "name": "OneDrive"})


async def children(request: web.Request) -> web.Response:
    """The folder Recordings."""
    core, owner = user_of(request)
    pace(core)
    context = f"users('{owner.aad_id}')/drive/root/children"
    return collection(request, context, [item(file) for file in files(core, owner)], 200, 200)


async def by_name(request: web.Request) -> web.Response:
    """A file of the folder Recordings by its name."""
    core, owner = user_of(request)
    pace(core)
    name = request.match_info["name"]
    return web.json_response(item(one_file([f for f in files(core, owner) if f[1].file_name == name])))


async def by_share(request: web.Request) -> web.Response:
    """`/shares/u!<base64url of the web address>/driveItem`."""
    core: Core = request[CORE]
    pace(core)
    token = request.match_info["share"].removeprefix("u!")
    try:
        address = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    except (binascii.Error, ValueError):
        raise Refusal(400, "invalidRequest", "The sharing token is not valid.") from None
    return web.json_response(item(one_file([f for f in files(core) if meetings.file_url(*f) == address])))


def file_of(request: web.Request) -> File:
    """The file of `/users/{user}/drive/items/{item}` or `/drives/{drive}/items/{item}`."""
    core: Core = request[CORE]
    found = [f for f in files(core) if f[1].file_id == request.match_info["item"]]
    if "user" in request.match_info:
        owner = user_of(request)[1]
        return one_file([f for f in found if f[0].organizer is owner])
    return one_file([f for f in found if drive_id(f[0].organizer) == request.match_info["drive"]])


async def get_item(request: web.Request) -> web.Response:
    """A file by its id."""
    pace(request[CORE])
    return web.json_response(item(file_of(request)))


async def delete_item(request: web.Request) -> web.Response:
    """204: the file is gone, and with it what the recordings list shows."""
    core: Core = request[CORE]
    pace(core)
    file_of(request)[1].file_deleted = True
    core.changed()
    return web.Response(status=204)


def routes() -> list[web.RouteDef]:
    """The drive routes."""
    return [
        web.get("/users/{user}/drive", get_drive),
        web.get("/users/{user}/drive/root:/Recordings:/children", children),
        web.get("/users/{user}/drive/special/recordings/children", children),
        web.get("/users/{user}/drive/root:/Recordings/{name}", by_name),
        web.get("/shares/{share}/driveItem", by_share),
        *(
            route(path, handler)
            for path in ("/users/{user}/drive/items/{item}", "/drives/{drive}/items/{item}")
            for route, handler in ((web.get, get_item), (web.delete, delete_item))
        ),
    ]
