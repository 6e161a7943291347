"""Graph's chats: members, installed apps, deletion, and personal installation (teams-platform 4, 7)."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from bot.rehearsal.platform import pacing, resources
from bot.rehearsal.platform.core import BOT_NAME, Core
from bot.rehearsal.platform.events import install, uninstall
from bot.rehearsal.platform.graph.common import chat_of, collection, pace, user_of
from bot.rehearsal.platform.web import BODY, Refusal, mapping
from bot.rehearsal.platform.world import Account, Chat


async def get_chat(request: web.Request) -> web.Response:
    """The chat."""
    core, chat = chat_of(request)
    pace(core)
    return web.json_response(resources.chat(core, chat))


async def delete_chat(request: web.Request) -> web.Response:
    """Soft deletion of the whole chat: one request a second in the tenant, 204 (teams-platform 4)."""
    core, chat = chat_of(request)
    pace(core, "graph delete chat", pacing.GRAPH_DELETE_CHAT)
    if core.switches.chat_deletion == "refuse":
        raise Refusal(403, "Forbidden", "Missing role permissions: Chat.ManageDeletion.Chat.")
    chat.deleted = True
    core.changed()
    return web.Response(status=204)


async def list_members(request: web.Request) -> web.Response:
    """The chat's members, guests included."""
    core, chat = chat_of(request)
    pace(core)
    found = [resources.member(core, chat, account) for account in chat.members.values()]
    return collection(request, f"chats('{chat.graph_id}')/members", found, 100, 100)


def requested_app(core: Core, body: Any) -> tuple[frozenset[str], bool]:
    """The rights consented to in an installation request, and whether any were named; Refusal where not our app."""
    body = mapping(body)
    bound = body.get("teamsApp@odata.bind")
    if not isinstance(bound, str) or "/appCatalogs/teamsApps/" not in bound:
        raise Refusal(400, "BadRequest", "teamsApp@odata.bind must name an app of the catalog.")
    if bound.rstrip("/").rpartition("/")[2] != core.world.catalog_id:
        raise Refusal(404, "NotFound", "The app is not in the organization's catalog.")
    consent = body.get("consentedPermissionSet")
    if consent is None:
        return frozenset(), False
    entries = mapping(consent, "consentedPermissionSet").get("resourceSpecificPermissions")
    if not isinstance(entries, list):
        raise Refusal(400, "BadRequest", "resourceSpecificPermissions must be an array.")
    rights = []
    for entry in entries:
        entry = mapping(entry, "A resource specific permission")
        if not isinstance(entry.get("permissionValue"), str):
            raise Refusal(400, "BadRequest", "permissionValue must be a string.")
        if str(entry.get("permissionType")).lower() not in ("application", "delegated"):
            raise Refusal(400, "BadRequest", "permissionType must be application or delegated.")
        rights.append(entry["permissionValue"])
    return frozenset(rights), bool(rights)


async def install_in_chat(request: web.Request) -> web.Response:
    """201; 409 where the app is there; 403 without consent to the rights its manifest asks for (teams-platform 7)."""
    core, chat = chat_of(request)
    pace(core)
    rights, consented = requested_app(core, request[BODY])
    if chat.meeting is None:
        raise Refusal(400, "BadRequest", "Use the user's installedApps for a personal installation.")
    if not consented:
        raise Refusal(403, "Forbidden", "The app needs resource specific consent: consentedPermissionSet is missing.")
    if chat.installation is not None:
        raise Refusal(409, "Conflict", "The app is already installed in this chat.")
    installation = install(core, chat, chat.meeting.organizer, rights)
    core.delivery.kick(chat.id)
    return created(core, f"chats('{chat.graph_id}')/installedApps('{installation}')")


def created(core: Core, path: str) -> web.Response:
    """201 with the Location of what was made, without a body."""
    return web.Response(status=201, headers={"Location": f"{core.origin}/graph/v1.0/{path}"})


def installation_json(core: Core, chat: Chat) -> dict[str, Any]:
    """A teamsAppInstallation with its app."""
    app = {"id": core.world.catalog_id, "externalId": core.world.app_id, "displayName": BOT_NAME,
           "distributionMethod": "organization"}  # fmt: skip
    return {"id": chat.installation, "teamsApp": app}


async def list_chat_apps(request: web.Request) -> web.Response:
    """The chat's apps: ours, or none."""
    core, chat = chat_of(request)
    pace(core)
    found = [installation_json(core, chat)] if chat.installation else []
    return collection(request, f"chats('{chat.graph_id}')/installedApps", found, 100, 100)


async def remove_from_chat(request: web.Request) -> web.Response:
    """204; the bot hears installationUpdate remove."""
    core, chat = chat_of(request)
    pace(core)
    if chat.installation is None or chat.installation != request.match_info["installation"] or chat.meeting is None:
        raise Refusal(404, "NotFound", "The app is not installed in this chat.")
    uninstall(core, chat, chat.meeting.organizer)
    core.delivery.kick(chat.id)
    return web.Response(status=204)


def personal_chat(core: Core, account: Account) -> Chat | None:
    """The 1:1 chat of a user with the bot, if there is one."""
    return next((c for c in core.world.chats.values() if c.owner is account and not c.deleted), None)


async def install_for_user(request: web.Request) -> web.Response:
    """Personal installation: 201, the 1:1 chat with the bot comes to be, installationUpdate arrives from there."""
    core, account = user_of(request)
    pace(core)
    requested_app(core, request[BODY])
    chat = personal_chat(core, account)
    if chat is not None and chat.installation is not None:
        raise Refusal(409, "Conflict", "The app is already installed for this user.")
    if chat is None:
        chat = Chat(f"a:1{core.world.opaque(80)}", "personal", core.world.stamp(), "", account,
                    graph_id=f"19:{account.aad_id}_{core.world.app_id}@unq.gbl.spaces")  # fmt: skip
        chat.members[account.person_id] = account
        core.world.chats[chat.id] = chat
    installation = install(core, chat, account, frozenset())
    core.delivery.kick(chat.id)
    return created(core, f"users('{account.aad_id}')/teamwork/installedApps('{installation}')")


async def list_user_apps(request: web.Request) -> web.Response:
    """The user's apps: ours, or none."""
    core, account = user_of(request)
    pace(core)
    chat = personal_chat(core, account)
    found = [installation_json(core, chat)] if chat is not None and chat.installation else []
    return collection(request, f"users('{account.aad_id}')/teamwork/installedApps", found, 100, 100)


async def user_app_chat(request: web.Request) -> web.Response:
    """The user's 1:1 chat with the bot, by the installation's id."""
    core, account = user_of(request)
    pace(core)
    chat = personal_chat(core, account)
    if chat is None or chat.installation is None or chat.installation != request.match_info["installation"]:
        raise Refusal(404, "NotFound", "The app is not installed for this user.")
    return web.json_response(resources.chat(core, chat))


def routes() -> list[web.RouteDef]:
    """The chat routes."""
    apps = "/users/{user}/teamwork/installedApps"
    return [
        web.get("/chats/{chat}", get_chat),
        web.delete("/chats/{chat}", delete_chat),
        web.get("/chats/{chat}/members", list_members),
        web.get("/chats/{chat}/installedApps", list_chat_apps),
        web.post("/chats/{chat}/installedApps", install_in_chat),
        web.delete("/chats/{chat}/installedApps/{installation}", remove_from_chat),
        web.get(apps, list_user_apps),
        web.post(apps, install_for_user),
        web.get(apps + "/{installation}/chat", user_app_chat),
    ]
