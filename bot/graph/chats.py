"""Chat messages and apps in chats (teams-platform 1.6, 4, 5.2, 7)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.graph.http import PREFER, GraphHttp
from bot.graph.messages import message_of
from bot.ports import Gone, GraphMessage, Refused, Unavailable

PAGE = "50"
"""The largest `$top` Graph takes for chat messages."""


class Chats:
    """The part of the Graph port that is about chats."""

    _http: GraphHttp
    _catalog_app: str
    _permissions: Sequence[str]
    _compliance_url: str | None
    _room_to_read: Callable[[], Awaitable[None]]

    async def hide(self, chat: str, message: str, *, tip: str, kinds: tuple[str, ...]) -> None:
        """Block a message for every reader; its sender cannot override that (teams-platform 4.2)."""
        policy_tip: dict[str, Any] = {"generalText": tip, "matchedConditionDescriptions": list(kinds)}
        if self._compliance_url:
            policy_tip["complianceUrl"] = self._compliance_url
        violation = {"policyTip": policy_tip, "verdictDetails": "None", "dlpAction": "BlockAccess"}
        await self._http.send("PATCH", self._message(chat, message), {"policyViolation": violation})

    async def unhide(self, chat: str, message: str) -> None:
        """Take the block off again (teams-platform 4.2, UNCONFIRMED)."""
        await self._http.send("PATCH", self._message(chat, message), {"policyViolation": {"dlpAction": "None"}})

    async def message(self, chat: str, message: str) -> GraphMessage | None:
        """One message as it is now; None if Graph does not know it."""
        await self._room_to_read()
        try:
            answer = await self._http.ask("GET", self._message(chat, message), headers=PREFER)
        except Gone:
            return None
        found = message_of(answer)
        if found is None or found.id != message:
            raise Unavailable("bad_answer")
        return found

    async def messages_since(self, chat: str, since: datetime | None) -> AsyncIterator[GraphMessage]:
        """Messages modified after `since` (None: all), newest first.

        `$filter` works only together with `$orderby` on the same property (chat-list-messages); in case it is
        ignored the reading stops after the first page without anything newer.
        """
        query = {"$top": PAGE, "$orderby": "lastModifiedDateTime desc"}
        if since is not None:
            query["$filter"] = f"lastModifiedDateTime gt {_milliseconds(since)}"
        url = self._http.url("chats", chat, "messages", query=query)
        async for items in self._http.pages(url, PREFER, before=self._room_to_read):
            found = [message for item in items if (message := message_of(item)) is not None]
            newer = [message for message in found if since is None or message.modified > since]
            for message in newer:
                yield message
            if found and not newer:
                return

    async def delete_chat(self, chat: str) -> None:
        """Soft delete, restorable for seven days (teams-platform 4)."""
        await self._http.send("DELETE", self._http.url("chats", chat))

    async def install_in_chat(self, chat: str) -> None:
        """Add the app to the chat and consent to exactly the RSC permissions of its manifest (teams-platform 7)."""
        wanted = [{"permissionValue": name, "permissionType": "application"} for name in self._permissions]
        body = self._app() | {"consentedPermissionSet": {"resourceSpecificPermissions": wanted}}
        await self._install(self._http.url("chats", chat, "installedApps"), body)

    async def install_for(self, user: str) -> None:
        """Add the app to a user's personal scope; its RSC permissions concern chats only and are not consented here."""
        await self._install(self._http.url("users", user, "teamwork", "installedApps"), self._app())

    async def _install(self, url: Any, body: dict[str, Any]) -> None:
        try:
            await self._http.send("POST", url, body)
        except Refused as refused:
            if refused.status != 409:  # 409: it is there already
                raise

    def _app(self) -> dict[str, Any]:
        return {"teamsApp@odata.bind": str(self._http.url("appCatalogs", "teamsApps", self._catalog_app))}

    def _message(self, chat: str, message: str) -> Any:
        return self._http.url("chats", chat, "messages", message)


def _milliseconds(moment: datetime) -> str:
    """UTC, cut to the millisecond Graph keeps: earlier rather than later, so nothing is left out."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
