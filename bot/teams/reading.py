"""Reading an activity's JSON: strict where it decides something, forgiving where a message would go unscanned.

Shapes: teams-platform 1.3, 2.1, 3.2. Every fault is `Malformed` with a word of ours; nothing of the input is in it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

import orjson

from bot.policy.facts import Language, Person

DEEPEST = 64
FIRST_YEAR, LAST_YEAR = 1970, 2999
"""Of a time that may be reckoned with: the rules add and subtract days."""
_LONGEST_ID = 1000
# Members that something here or in the SDK relies on, with the only type each may have (null is as good as absent).
_MEMBERS: tuple[tuple[str, type], ...] = (
    ("type", str),
    ("id", str),
    ("timestamp", str),
    ("localTimestamp", str),
    ("channelId", str),
    ("serviceUrl", str),
    ("from", dict),
    ("conversation", dict),
    ("recipient", dict),
    ("channelData", dict),
    ("text", str),
    ("attachments", list),
    ("replyToId", str),
    ("name", str),
    ("action", str),
    ("membersAdded", list),
    ("membersRemoved", list),
)
_PARAGRAPHS = (("<p>", "</p>"), ("<div>", "</div>"), ("<div><div>", "</div></div>"))

LANGUAGE_OF: Mapping[str, Language] = {"de": "de", "en": "en"}

Activity = Mapping[str, Any]


class Malformed(Exception):
    """The input is not an activity (answer 400)."""


def parse(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`, UTF-8. Malformed for anything else, for a member named twice, for numbers JSON does
    not know (NaN, Infinity, 1e999) and for nesting deeper than DEEPEST."""
    try:
        found = _plainly(body)
        if found is None:
            found = _DECODER.decode(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Malformed("not JSON") from None
    if not isinstance(found, dict):
        raise Malformed("not a JSON object")
    # Only what has enough brackets to be too deep is walked through.
    if body.count(b"{") + body.count(b"[") > DEEPEST and _deeper(found, DEEPEST):
        raise Malformed("nested too deeply")
    return found


def check(activity: Activity) -> None:
    """Malformed unless the activity's members have their types and those that every activity needs are there."""
    for name, kind in _MEMBERS:
        value = activity.get(name)
        if value is not None and not isinstance(value, kind):
            raise Malformed(f"{name} has the wrong type")
    for name in ("type", "channelId", "serviceUrl"):
        if not activity.get(name):
            raise Malformed(f"{name} is missing")
    identifier(activity.get("conversation"), "conversation")


def identifier(holder: Any, what: str) -> str:
    """`holder["id"]`: a printable text of at most 1000 characters."""
    found = holder.get("id") if isinstance(holder, dict) else None
    if not isinstance(found, str) or not 0 < len(found) <= _LONGEST_ID or not found.isprintable():
        raise Malformed(f"{what} needs an id")
    return found


def optional_id(value: Any) -> str | None:
    """A printable text of at most 1000 characters, or None for anything else."""
    good = isinstance(value, str) and 0 < len(value) <= _LONGEST_ID and value.isprintable()
    return value if good else None


def moment(activity: Activity) -> datetime | None:
    """When it happened (UTC), None where the platform does not say: the year 1 and the year 9999 are what .NET puts
    where it knows no time."""
    stated = activity.get("timestamp") or activity.get("localTimestamp")
    if not stated:
        return None
    try:
        found = datetime.fromisoformat(stated)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Malformed("timestamp is not a time") from None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None


def posted(message: str) -> datetime | None:
    """When a message was posted, as its id says (milliseconds since 1970; teams-platform 3.2), or None."""
    if not message.isascii() or not message.isdigit() or len(message) > 13:
        return None
    return datetime.fromtimestamp(int(message) / 1000, UTC)


def stamp(activity: Activity) -> str:
    """What tells this event from an equal one later and stays the same when it is delivered again: time or id."""
    when = moment(activity)
    return when.isoformat() if when is not None else optional_id(activity.get("id")) or ""


def words(value: Any) -> str:
    """A text as Unicode can carry it: half characters (lone surrogates) become U+FFFD, so that it is scanned."""
    if not isinstance(value, str):
        return ""
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def language(activity: Activity) -> Language | None:
    """The language of the sender's client, where it is one of ours: the activity's `locale` (`de-DE`), else that of its
    `clientInfo` entity. None where neither says so; whatever else stands there is nothing to us."""
    stated = activity.get("locale")
    if not stated:
        about = activity.get("entities")
        infos = [one for one in about if isinstance(one, dict)] if isinstance(about, list) else ()
        stated = next((one.get("locale") for one in infos if one.get("type") == "clientInfo"), None)
    return LANGUAGE_OF.get(stated[:3].lower().rstrip("-_")) if isinstance(stated, str) else None


def html(activity: Activity, text: str = "") -> str | None:
    """The formatted form of a message: its text/html attachments (teams-platform 1.4).

    None where there is none, or where it is nothing but `text` in a paragraph, as most are: both need not be scanned.
    """
    parts = []
    for attachment in activity.get("attachments") or ():
        if not isinstance(attachment, dict):
            raise Malformed("attachments has the wrong type")
        kind = attachment.get("contentType")
        if kind == "text/html" or (isinstance(kind, str) and kind.partition(";")[0].strip().lower() == "text/html"):
            content = attachment.get("content")
            if content is not None and not isinstance(content, str):
                raise Malformed("text/html content has the wrong type")
            parts.append(words(content))
    if len(parts) == 1 and "<" not in text and "&" not in text:
        said = text.removesuffix("\n")
        if parts[0] in [opening + said + closing for opening, closing in _PARAGRAPHS]:
            return None
    return "\n".join(parts) if parts else None


def tenant_of(activity: Activity) -> str | None:
    """The tenant the conversation belongs to."""
    data = activity.get("channelData") or {}
    stated = data.get("tenant")
    found = optional_id(stated.get("id")) if isinstance(stated, dict) else None
    return found or optional_id(activity["conversation"].get("tenantId"))


def is_personal(activity: Activity) -> bool:
    """Whether this is somebody's 1:1 chat with the bot."""
    return bool(activity["conversation"].get("conversationType") == "personal")


def person(account: Any, own_tenant: str) -> Person:
    """A channel account as a Person (teams-platform 3.2). No Entra object id: an anonymous guest or a caller."""
    ident = identifier(account, "an account")
    aad = optional_id(account.get("aadObjectId"))
    home = optional_id(account.get("tenantId"))
    name = words(account.get("name"))[:256]
    if not name.isprintable():
        name = "".join(c if c.isprintable() else " " for c in name)
    if aad is None:
        return Person(id=ident, name=name, tenant=None, kind="phone" if ident.startswith("4:") else "guest")
    foreign = home is not None and home.lower() != own_tenant.lower()
    return Person(id=ident, name=name, aad=aad.lower(), tenant=home, kind="federated" if foreign else "tenant")


def _plainly(body: bytes) -> Any:
    """What the quick reader makes of it; None where the strict one has to decide.

    The quick one keeps the last of two members of one name. As many colons come out again as went in only if nothing
    was lost, since each member has one and none is written as an escape (U+003A).
    """
    try:
        found = orjson.loads(body)
        whole = (b"\\" not in body or b"\\u003" not in body) and orjson.dumps(found).count(b":") == body.count(b":")
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return None
    return found if whole else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _no_number(_: str) -> NoReturn:
    raise ValueError


def _finite(literal: str) -> float:
    found = float(literal)
    if not math.isfinite(found):
        raise ValueError
    return found


def _deeper(found: Any, limit: int) -> bool:
    level = [found]
    for _ in range(limit):
        inner = [part for node in level for part in (node.values() if isinstance(node, dict) else node)]
        level = [part for part in inner if isinstance(part, dict | list)]
        if not level:
            return False
    return True


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_number, parse_float=_finite)
