"""The Bot Framework connector: conversations, activities, members (teams-platform 9.4, 9.5, 9.6)."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from bot.rehearsal.platform import activities, cards, pacing
from bot.rehearsal.platform.core import Core
from bot.rehearsal.platform.events import add_message, message_changed
from bot.rehearsal.platform.reading import TARGETED_LIFETIME
from bot.rehearsal.platform.web import BODY, CORE, Refusal, mapping
from bot.rehearsal.platform.world import Account, Chat, Message

MAX_MESSAGE_UTF16 = 100 * 1024  # teams-platform 1.4
BAD = "BadArgument"
SILENT_TYPES = ("typing", "event", "trace", "endOfConversation", "invoke")


def pace(core: Core, key: str, limits: tuple[pacing.Limit, ...]) -> None:
    """Refuse with 429 what is beyond the limits, those of the app in the tenant included."""
    wait = core.pacing.wait("connector", pacing.APP_IN_TENANT) or core.pacing.wait(key, limits)
    if wait is not None:
        raise Refusal(429, "TooManyRequests", "API calls quota exceeded.", wait)


def room(request: web.Request) -> tuple[Core, Chat]:
    """The conversation of the path; Refusal where it is unknown, deleted, or the app is not installed in it."""
    core: Core = request[CORE]
    chat = core.world.chat_of(request.match_info["conversation"])
    if chat is None:
        raise Refusal(404, "ConversationNotFound", "Conversation not found.")
    if chat.installation is None:
        raise Refusal(403, "BotNotInConversationRoster", "The bot is not part of the conversation roster.")
    return core, chat


def outgoing(request: web.Request) -> dict[str, Any]:
    """The activity in the body, checked for size and for what Teams insists on."""
    body = mapping(request[BODY], "The activity", BAD)
    plain = json.dumps(body, ensure_ascii=False).encode("utf-16-le", "surrogatepass")
    if len(plain) > MAX_MESSAGE_UTF16:
        raise Refusal(413, "MessageSizeTooBig", "Message size too large.")
    for key, kind in (("type", str), ("text", str), ("attachments", list), ("channelData", dict), ("locale", str)):
        if body.get(key) is not None and not isinstance(body[key], kind):
            raise Refusal(400, BAD, f"Bad Argument: {key} has the wrong type.")
    if not body.get("type"):
        raise Refusal(400, BAD, "Bad Argument: the activity has no type.")
    for attachment in body.get("attachments") or []:
        if not isinstance(attachment, dict) or not isinstance(attachment.get("contentType"), str):
            raise Refusal(400, BAD, "Bad Argument: an attachment needs a contentType.")
        if not isinstance(attachment.get("name", ""), str):
            raise Refusal(400, BAD, "Bad Argument: the name of an attachment must be a string.")
        wrong = cards.problem(attachment.get("content")) if attachment["contentType"] == cards.CONTENT_TYPE else None
        if wrong is not None:
            raise Refusal(400, BAD, f"Bad Argument: {wrong}.")
    return body


def target(core: Core, request: web.Request, chat: Chat, body: dict[str, Any]) -> Account | None:
    """The only reader of a targeted message, or None for an ordinary one; Refusal 400/404 as in 9.6."""
    recipient = body.get("recipient")
    recipient = recipient if isinstance(recipient, dict) else {}
    if not is_targeted(request):
        if recipient.get("isTargeted"):
            raise Refusal(400, BAD, "Bad Argument: a targeted recipient needs isTargetedActivity=true.")
        return None
    if core.switches.targeted_messages == "off":
        raise Refusal(400, BAD, "Bad Argument: targeted messages are not enabled.")
    if chat.meeting is None:
        raise Refusal(400, BAD, "Bad Argument: targeted messages are not supported in one-on-one chats.")
    if not recipient.get("id") or recipient.get("isTargeted") is not True:
        raise Refusal(400, BAD, "Bad Argument: a targeted message needs a targeted recipient.")
    account = chat.members.get(str(recipient["id"]))
    if account is None:
        raise Refusal(404, "BotNotInConversationRoster", "The recipient is not part of the conversation roster.")
    return account


def is_targeted(request: web.Request) -> bool:
    """Whether the request asks for a targeted message (9.6)."""
    return request.query.get("isTargetedActivity", "").lower() == "true"


async def send(request: web.Request) -> web.Response:
    """POST an activity, or a reply: 201 with its id."""
    core, chat = room(request)
    body = outgoing(request)
    pace(core, f"send {chat.id}", pacing.SEND)
    reader = target(core, request, chat, body)
    if body["type"] in SILENT_TYPES:
        return web.json_response({"id": core.world.message_id(core.world.stamp())}, status=201)
    return web.json_response(publish(core, chat, body, reader), status=201)


def publish(core: Core, chat: Chat, body: dict[str, Any], reader: Account | None = None) -> dict[str, Any]:
    """Write the bot's message into the chat. Text with a card becomes two messages, and no id is given back (1.4)."""
    text, attached = body.get("text") or "", body.get("attachments") or []
    if body["type"] != "message" or not (text.strip() or attached):
        raise Refusal(400, BAD, "Bad Argument: a message needs text or an attachment.")
    split: list[tuple[str, list[Any]]] = (
        [("", attached)] if not text.strip() else [(text, []), ("", attached)] if attached else [(text, [])]
    )
    said = None
    for words, parts in split:
        said = add_message(core, chat, "bot", text=words, attachments=parts, locale=body.get("locale"), target=reader)
        message_changed(core, said, "created")
    core.delivery.kick(chat.id)
    return {"id": said.id} if said is not None and len(split) == 1 else {}


def own_message(request: web.Request) -> tuple[Core, Message]:
    """The bot's message of the path. Messages of others: 403, as a bot may not touch them (teams-platform 4)."""
    core, chat = room(request)
    said = chat.messages.get(request.match_info["activity"])
    if said is None or said.deleted is not None or said.by == "system":
        raise Refusal(404, "ActivityNotFoundInConversation", "The activity was not found in the conversation.")
    if said.by != "bot":
        raise Refusal(403, "NotEnoughPermissions", "A bot can't update or delete messages sent by the user.")
    expired = said.target is not None and core.clock() >= said.created + TARGETED_LIFETIME
    if is_targeted(request) != (said.target is not None) or expired:
        raise Refusal(404, "ActivityNotFoundInConversation", "The activity was not found in the conversation.")
    return core, said


async def update(request: web.Request) -> web.Response:
    """PUT the bot's own message: 200 with its id; everybody sees the new version."""
    body = outgoing(request)
    core, said = own_message(request)
    pace(core, f"send {said.chat.id}", pacing.SEND)
    if said.target is not None and body.get("recipient"):
        raise Refusal(400, BAD, "Bad Argument: the recipient of a targeted message cannot be given again.")
    if body["type"] != "message" or not ((body.get("text") or "").strip() or body.get("attachments")):
        raise Refusal(400, BAD, "Bad Argument: a message needs text or an attachment.")
    said.text, said.attachments = body.get("text") or "", body.get("attachments") or []
    said.edited = said.modified = core.world.stamp()
    said.updates += 1
    said.personal_cards.clear()
    message_changed(core, said, "updated")
    core.delivery.kick(said.chat.id)
    return web.json_response({"id": said.id})


async def remove(request: web.Request) -> web.Response:
    """DELETE the bot's own message: 200."""
    core, said = own_message(request)
    said.deleted = said.modified = core.world.stamp()
    message_changed(core, said, "deleted")
    core.delivery.kick(said.chat.id)
    return web.Response(status=200)


async def create_conversation(request: web.Request) -> web.Response:
    """The 1:1 chat with a tenant user who has the app; 400 for guests, 403 for everybody else."""
    core: Core = request[CORE]
    body = mapping(request[BODY], "The request body", BAD)
    members = body.get("members")
    member = members[0] if isinstance(members, list) and len(members) == 1 else None
    key = member.get("id") if isinstance(member, dict) else None
    if body.get("isGroup") or not isinstance(key, str):
        raise Refusal(400, BAD, "Bad Argument: exactly one member is needed.")
    first = body.get("activity")
    accounts = [a for c in core.world.chats.values() for a in c.members.values()] + list(core.world.users.values())
    account = next((a for a in accounts if key in (a.person_id, a.aad_id)), None)
    gone = [s.account for m in core.world.meetings.values() for s in m.stays if s.person_id == key]
    if (account or (gone[0] if gone else None)) and (account or gone[0]).anonymous:
        raise Refusal(400, BAD, "Bot cannot create a conversation with an anonymous user")
    pace(core, f"create {key}", pacing.SEND)
    chat = next((c for c in core.world.chats.values() if c.owner is account and not c.deleted), None)
    if account is None or chat is None or chat.installation is None:
        raise Refusal(403, "BotNotInConversationRoster", "The app is not installed for this user.")
    answer = {"id": chat.id, "serviceUrl": core.service_url}
    if first is not None:
        request[BODY] = first
        answer["activityId"] = publish(core, chat, outgoing(request)).get("id", "")
    return web.json_response(answer, status=201)


def entries(chat: Chat) -> list[dict[str, Any]]:
    """The roster as TeamsChannelAccounts."""
    return [activities.roster_entry(account) for account in chat.members.values()]


async def list_members(request: web.Request) -> web.Response:
    """The roster, as a bare array."""
    core, chat = room(request)
    pace(core, f"members {chat.id}", pacing.MEMBERS)
    return web.json_response(entries(chat))


async def one_member(request: web.Request) -> web.Response:
    """One member by 29: id or Entra id; 404 where it is none."""
    core, chat = room(request)
    pace(core, f"members {chat.id}", pacing.MEMBERS)
    key = request.match_info["member"]
    account = next((a for a in chat.members.values() if key in (a.person_id, a.aad_id)), None)
    if account is None:
        raise Refusal(404, "MemberNotFoundInConversation", "The member was not found in the conversation.")
    return web.json_response(activities.roster_entry(account))


async def paged_members(request: web.Request) -> web.Response:
    """The roster in pages of 50 to 500."""
    core, chat = room(request)
    pace(core, f"members {chat.id}", pacing.MEMBERS)
    size, token = request.query.get("pageSize") or "200", request.query.get("continuationToken") or "0"
    if not (size.isascii() and size.isdigit() and token.isascii() and token.isdigit() and len(token) < 9):
        raise Refusal(400, BAD, "Bad Argument: pageSize and continuationToken.")
    start, count = int(token), min(500, max(50, int(size[:6])))
    found = entries(chat)
    answer: dict[str, Any] = {"members": found[start : start + count]}
    if start + count < len(found):
        answer["continuationToken"] = str(start + count)
    return web.json_response(answer)


async def activity_members(request: web.Request) -> web.Response:
    """The members who are in the conversation of an activity."""
    core, chat = room(request)
    if request.match_info["activity"] not in chat.messages:
        raise Refusal(404, "ActivityNotFoundInConversation", "The activity was not found in the conversation.")
    pace(core, f"members {chat.id}", pacing.MEMBERS)
    return web.json_response(entries(chat))


def routes() -> list[web.RouteDef]:
    """The conversation routes, relative to the service URL."""
    one = "/v3/conversations/{conversation}"
    return [
        web.post("/v3/conversations", create_conversation),
        web.post(one + "/activities", send),
        web.post(one + "/activities/{reply_to}", send),
        web.put(one + "/activities/{activity}", update),
        web.delete(one + "/activities/{activity}", remove),
        web.get(one + "/members", list_members),
        web.get(one + "/members/{member}", one_member),
        web.get(one + "/pagedmembers", paged_members),
        web.get(one + "/activities/{activity}/members", activity_members),
    ]
