"""What all Graph areas share: looking things up, paging, pacing, times."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from bot.rehearsal.platform import pacing
from bot.rehearsal.platform.core import Core
from bot.rehearsal.platform.resources import ROOT
from bot.rehearsal.platform.web import CORE, Refusal
from bot.rehearsal.platform.world import Account, Chat

# Windows zone names calendars in the German-speaking countries use, besides IANA names, which Graph takes as well.
WINDOWS_ZONES = {
    "utc": "UTC", "w. europe standard time": "Europe/Berlin", "central europe standard time": "Europe/Budapest",
    "romance standard time": "Europe/Paris", "central european standard time": "Europe/Warsaw",
    "gmt standard time": "Europe/London",
}  # fmt: skip
STAMP = re.compile(r"(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,7}))?([Zz]|[+-]\d\d:\d\d)?")


def pace(core: Core, key: str = "graph", limits: tuple[pacing.Limit, ...] = pacing.GRAPH_OTHER) -> None:
    """Refuse with 429 and Retry-After what is beyond the limits (teams-platform 4.3)."""
    wait = core.pacing.wait(key, limits)
    if wait is not None:
        raise Refusal(429, "TooManyRequests", "Too many requests.", wait)


def user_of(request: web.Request) -> tuple[Core, Account]:
    """The tenant user of the path; 404 where there is none."""
    core: Core = request[CORE]
    account = core.world.user(request.match_info["user"])
    if account is None:
        raise Refusal(404, "Request_ResourceNotFound", f"Resource '{request.match_info['user']}' does not exist.")
    return core, account


def chat_of(request: web.Request) -> tuple[Core, Chat]:
    """The chat of the path; 404 where there is none (any more)."""
    core: Core = request[CORE]
    chat = core.world.chat_of(request.match_info["chat"])
    if chat is None:
        raise Refusal(404, "NotFound", "The chat does not exist.")
    return core, chat


def collection(
    request: web.Request, context: str, found: list[dict[str, Any]], default: int, most: int
) -> web.Response:
    """A page of `found` ($top, $skiptoken) with `@odata.nextLink` where there is more; 400 for a bad $top."""
    core: Core = request[CORE]
    top, skip = whole(request, "$top", default), whole(request, "$skiptoken", 0)
    if not 1 <= top <= most:
        raise Refusal(400, "BadRequest", f"The limit of '{most}' for Top query has been exceeded.")
    page = found[skip : skip + top]
    answer: dict[str, Any] = {"@odata.context": f"{ROOT}/$metadata#{context}", "@odata.count": len(page), "value": page}
    if skip + top < len(found):
        query = {k: v for k, v in request.query.items() if k != "$skiptoken"} | {"$skiptoken": str(skip + top)}
        answer["@odata.nextLink"] = core.origin + str(request.rel_url.with_query(query))
    return web.json_response(answer)


def whole(request: web.Request, name: str, default: int) -> int:
    """A whole number of the query; 400 where it is none."""
    text = request.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise Refusal(400, "BadRequest", f"Invalid value for {name}.")
    return int(text)


def parse_instant(value: object, name: str, zone: str | None = None) -> datetime:
    """A DateTimeOffset, or a local time in `zone` (Windows or IANA name), as UTC; Refusal 400 naming the property."""
    found = STAMP.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise Refusal(400, "BadRequest", f"Invalid value for '{name}': a date and time is expected.")
    text, fraction, offset = found.groups()
    if zone is None and offset is None:
        raise Refusal(400, "BadRequest", f"Invalid value for '{name}': the offset is missing.")
    try:
        parsed = datetime.fromisoformat(text.upper() + (offset or "").upper().replace("Z", "+00:00"))
        if parsed.tzinfo is None:
            parsed = parsed.replace(tzinfo=ZoneInfo(WINDOWS_ZONES.get((zone or "").lower(), zone or "")))
        return parsed.astimezone(UTC).replace(microsecond=int((fraction or "0").ljust(6, "0")[:6]))
    except (ValueError, KeyError, OverflowError, OSError):
        raise Refusal(400, "BadRequest", f"Invalid value for '{name}': no such time or time zone.") from None
