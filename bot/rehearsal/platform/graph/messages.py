"""Graph's chat messages: list, get, hide by policyViolation, and the refusal to delete (teams-platform 1.6, 4, 5.2)."""

from __future__ import annotations

import re
from typing import Any

from aiohttp import web

from bot.rehearsal.platform import pacing, resources
from bot.rehearsal.platform.core import Core
from bot.rehearsal.platform.events import message_changed
from bot.rehearsal.platform.graph.common import chat_of, collection, pace, parse_instant
from bot.rehearsal.platform.web import BODY, Refusal, mapping
from bot.rehearsal.platform.world import Message

UNKNOWN_MEMBERS = "include-unknown-enum-members"
FILTER = re.compile(r"(lastModifiedDateTime|createdDateTime)\s+(gt|lt)\s+(\S+)")
DLP = {"none", "notifysender", "blockaccess", "blockaccessexternal"}
VERDICTS = {"none", "allowfalsepositiveoverride", "allowoverridewithoutjustification", "allowoverridewithjustification"}
USER_ACTIONS = {"none", "override", "reportfalsepositive"}
THROTTLED_TIMES, THROTTLE_SECONDS = 2, 2


def wants_unknown_members(request: web.Request) -> bool:
    """Whether the request has `Prefer: include-unknown-enum-members` (5.2)."""
    return any(UNKNOWN_MEMBERS in value.lower() for value in request.headers.getall("Prefer", []))


async def list_messages(request: web.Request) -> web.Response:
    """Newest first by lastModifiedDateTime, or as $orderby says; $filter counts only beside a $orderby of the same
    property, otherwise Graph ignores it (chat: list messages)."""
    core, chat = chat_of(request)
    pace(core, "graph read", pacing.GRAPH_READ_MESSAGES)
    order, _, direction = request.query.get("$orderby", "lastModifiedDateTime desc").strip().partition(" ")
    if order not in ("lastModifiedDateTime", "createdDateTime") or direction.strip().lower() not in ("", "desc"):
        raise Refusal(
            400, "BadRequest", "Ordering is supported by lastModifiedDateTime or createdDateTime, descending."
        )
    by_change = order == "lastModifiedDateTime"
    found = [m for m in chat.messages.values() if m.target is None]
    found.sort(key=lambda m: (m.modified or m.created) if by_change else m.created, reverse=True)
    if "$filter" in request.query:
        conditions = parse_filter(request.query["$filter"])
        if "$orderby" in request.query and all(name == order for name, _, _ in conditions):
            found = [m for m in found if all(holds(m, condition) for condition in conditions)]
    unknown = wants_unknown_members(request)
    page = [resources.message(core, m, unknown) for m in found]
    return collection(request, f"chats('{chat.graph_id}')/messages", page, 20, 50)


def parse_filter(text: str) -> list[tuple[str, str, Any]]:
    """`lastModifiedDateTime gt ... and ...` as (property, operator, instant); Refusal 400 for anything else."""
    conditions = []
    for part in re.split(r"\s+and\s+", text.strip()):
        found = FILTER.fullmatch(part.strip().strip("()"))
        if found is None or (found[1] == "createdDateTime" and found[2] == "gt"):
            raise Refusal(400, "BadRequest", "The filter clause is not supported.")
        conditions.append((found[1], found[2], parse_instant(found[3], found[1])))
    return conditions


def holds(said: Message, condition: tuple[str, str, Any]) -> bool:
    """Whether the message meets one condition of a $filter."""
    name, operator, limit = condition
    moment = said.created if name == "createdDateTime" else said.modified or said.created
    return bool(moment > limit if operator == "gt" else moment < limit)


def message_of(request: web.Request) -> tuple[Core, Message]:
    """The message of the path; targeted messages are not to be found here."""
    core, chat = chat_of(request)
    said = chat.messages.get(request.match_info["message"])
    if said is None or said.target is not None:
        raise Refusal(404, "NotFound", "NotFound: the message does not exist.")
    return core, said


async def get_message(request: web.Request) -> web.Response:
    """One message, deleted ones included."""
    core, said = message_of(request)
    pace(core, "graph read", pacing.GRAPH_READ_MESSAGES)
    return web.json_response(resources.message(core, said, wants_unknown_members(request)))


async def patch_message(request: web.Request) -> web.Response:
    """Set policyViolation. 200 for senders of the tenant, for others as the switch says (teams-platform 4.1)."""
    core, said = message_of(request)
    pace(core)
    body = mapping(request[BODY])
    policy = check_policy(body)
    if said.by != "person" or said.author is None:
        raise Refusal(400, "BadRequest", "policyViolation can be set on a user's message only.")
    if said.deleted is not None:
        raise Refusal(404, "NotFound", "NotFound: the message was deleted.")
    if not said.author.of_tenant and core.switches.hide_guest_messages == "refuse":
        raise Refusal(403, "Forbidden", "The sender of the message is not in the tenant of the caller.")
    if said.author.of_tenant and core.switches.hide_tenant_messages == "refuse":
        raise Refusal(403, "Forbidden", "The sender of the message lacks a required license.")
    if said.author.of_tenant and core.switches.hide_tenant_messages == "throttle":
        count = core.throttled.get(said.id, 0)
        core.throttled[said.id] = count + 1
        if count < THROTTLED_TIMES:
            raise Refusal(429, "TooManyRequests", "Too many requests.", THROTTLE_SECONDS)
    said.policy, said.modified = policy, core.world.stamp()
    message_changed(core, said, "updated")
    core.delivery.kick(said.chat.id)
    return web.json_response(resources.message(core, said, wants_unknown_members(request)))


def check_policy(body: dict[str, Any]) -> dict[str, Any]:
    """The policyViolation of a PATCH body, which may hold nothing else; Refusal 400 where it is not well-formed."""
    if set(body) - {"@odata.type"} != {"policyViolation"}:
        raise Refusal(400, "BadRequest", "With application permissions only policyViolation can be updated.")
    policy = mapping(body["policyViolation"], "policyViolation")
    known = {"dlpAction", "verdictDetails", "userAction", "justificationText", "policyTip", "@odata.type"}
    if set(policy) - known:
        raise Refusal(400, "BadRequest", f"Unknown property '{sorted(set(policy) - known)[0]}' on policyViolation.")
    flags(policy, "dlpAction", DLP)
    verdicts = flags(policy, "verdictDetails", VERDICTS)
    if {"allowoverridewithoutjustification", "allowoverridewithjustification"} <= verdicts:
        raise Refusal(400, "BadRequest", "verdictDetails: with and without justification exclude each other.")
    flags(policy, "userAction", USER_ACTIONS)
    tip = policy.get("policyTip")
    if tip is not None:
        tip = mapping(tip, "policyTip")
        words = tip.get("matchedConditionDescriptions")
        if not all(isinstance(tip.get(key), str | None) for key in ("generalText", "complianceUrl")):
            raise Refusal(400, "BadRequest", "policyTip: generalText and complianceUrl must be strings.")
        if words is not None and not (isinstance(words, list) and all(isinstance(word, str) for word in words)):
            raise Refusal(400, "BadRequest", "policyTip: matchedConditionDescriptions must be strings.")
        if set(tip) - {"generalText", "complianceUrl", "matchedConditionDescriptions", "@odata.type"}:
            raise Refusal(400, "BadRequest", "policyTip: unknown property.")
    return policy


def flags(policy: dict[str, Any], name: str, allowed: set[str]) -> set[str]:
    """The flags of an enumeration, compared without case (teams-platform 4.2)."""
    value = policy.get(name)
    if value is None:
        return set()
    found = {part.strip().lower() for part in value.split(",")} if isinstance(value, str) else {"?"}
    if not found <= allowed:
        raise Refusal(400, "BadRequest", f"Invalid value for {name}.")
    return found


async def soft_delete(request: web.Request) -> web.Response:
    """Application permissions are not supported here (teams-platform 4)."""
    raise Refusal(403, "Forbidden", "Application permissions are not supported for this operation.")


def routes() -> list[web.RouteDef]:
    """The message routes."""
    one = "/chats/{chat}/messages/{message}"
    of_user = "/users/{user}" + one
    return [
        web.get("/chats/{chat}/messages", list_messages),
        web.get(one, get_message),
        web.patch(one, patch_message),
        *(
            web.post(f"{path}/{verb}", soft_delete)
            for path in (one, of_user)
            for verb in ("softDelete", "undoSoftDelete")
        ),
    ]
