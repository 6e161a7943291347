"""What the connector's answers mean, in our own words (teams-platform 9.4, 9.6). Foreign text ends here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from bot.ports import Gone, PlatformError, Refused, Throttled, Unavailable

_CODES = {
    "badargument": "bad_argument",
    "bad argument": "bad_argument",
    "badsyntax": "bad_argument",
    "botnotregistered": "bot_not_registered",
    "botdisabledbyadmin": "disabled_by_admin",
    "botnotinconversationroster": "not_in_conversation",
    "conversationblockedbyuser": "blocked_by_user",
    "notenoughpermissions": "not_permitted",
    "conversationnotfound": "conversation_gone",
    "activitynotfoundinconversation": "activity_gone",
    "membernotfoundinconversation": "member_gone",
    "messagesizetoobig": "too_big",
    "forbidden": "forbidden",
    "unauthorized": "unauthorized",
}
_BY_STATUS = {
    400: "bad_argument", 401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "not_allowed",
    408: "timed_out", 409: "conflict", 410: "not_found", 412: "precondition", 413: "too_big", 429: "throttled",
}  # fmt: skip
LONGEST_WAIT = 3600.0


def refusal(status: int, body: Any, headers: Mapping[str, str], *, now: datetime, write: bool) -> PlatformError:
    """The error a status and body (parsed JSON of any shape, or None) stand for.

    `write`: the request may have changed something although its answer is none (a message may exist after a 408 or
    5xx: teams-platform 9.4).
    """
    inner = body.get("error") if isinstance(body, dict) else None
    stated = inner.get("code") if isinstance(inner, dict) else None
    known = _CODES.get(stated.lower()) if isinstance(stated, str) and len(stated) < 100 else None
    code = known or _BY_STATUS.get(status) or ("server_error" if status >= 500 else "unexpected_answer")
    wait = retry_after(headers.get("Retry-After"), now)
    if status in (412, 429):
        return Throttled(_BY_STATUS[status], status, wait)
    if status == 401 and code == "unauthorized":  # our token was not taken: that says nothing about what was asked for
        return Unavailable(code, status, retry_after=wait)
    if status >= 500 or status == 408 or status < 400:
        return Unavailable(known or _BY_STATUS.get(status, code), status, maybe_done=write, retry_after=wait)
    if code == "not_in_conversation":
        return Refused(code, status)
    return Gone(code, status) if status in (404, 410) else Refused(code, status)


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait: the header holds seconds or an HTTP date. None for nothing usable; an hour at most."""
    if value is None or len(value) > 60:
        return None
    text = value.strip()
    try:
        if text.isascii() and text.isdigit():
            seconds = float(text)
        else:
            when = parsedate_to_datetime(text)
            if when.tzinfo is None:
                return None
            seconds = (when - now).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT)
