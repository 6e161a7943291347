"""Change-notification subscriptions to the messages of a chat (teams-platform 5.3, 6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.graph.crypto import NotificationKey
from bot.graph.http import PREFER, GraphHttp
from bot.graph.messages import moment
from bot.ports import Clock, Gone, Refused, Subscription, Unavailable

LIFETIME = timedelta(minutes=4230)
"""Of a subscription: the most Graph grants for chat messages is 4,320 minutes, less a margin for clocks that differ."""
CHANGES = "created,updated,deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Where and how Graph delivers: our two https addresses, the key it encrypts for, the secret it repeats.

    `client_state` has at most 128 characters; the webhook compares it in constant time.
    """

    notification_url: str
    lifecycle_url: str
    key: NotificationKey
    client_state: str = field(repr=False)

    def __post_init__(self) -> None:
        if not 16 <= len(self.client_state) <= 128:
            raise ValueError("client_state must have 16 to 128 characters")


class Subscriptions:
    """The part of the Graph port that is about subscriptions."""

    _http: GraphHttp
    _clock: Clock
    _delivery: Delivery

    async def subscribe(self, chat: str) -> Subscription:
        """Hear of every new, changed and deleted message of `chat`, with its content encrypted for us.

        Graph allows one subscription per app and chat. A 409, or a 403 for the quota, may mean that there is one,
        from an answer that was lost or an earlier process: it is renewed if it is as we want it, else replaced.
        """
        expires = self._expiry()
        resource = f"/chats/{chat}/messages"
        body = {
            "changeType": CHANGES,
            "notificationUrl": self._delivery.notification_url,
            "lifecycleNotificationUrl": self._delivery.lifecycle_url,
            "resource": resource,
            "expirationDateTime": _iso(expires),
            "clientState": self._delivery.client_state,
            "includeResourceData": True,
            "encryptionCertificate": self._delivery.key.certificate,
            "encryptionCertificateId": self._delivery.key.id,
        }
        url = self._http.url("subscriptions")
        try:
            return _subscription(await self._http.ask("POST", url, body, PREFER), expires)
        except Refused as refused:
            other = await self._existing(resource) if refused.status in (403, 409) else None
            if other is None:
                raise
        if other.get("encryptionCertificateId") == self._delivery.key.id and self._is_ours(other):
            return await self.renew(other["id"])
        await self.unsubscribe(other["id"])
        return _subscription(await self._http.ask("POST", url, body, PREFER), expires)

    async def renew(self, subscription: str) -> Subscription:
        """Move the expiry on; Gone if the subscription no longer exists."""
        expires = self._expiry()
        body = {"expirationDateTime": _iso(expires)}
        answer = await self._http.ask("PATCH", self._http.url("subscriptions", subscription), body)
        return _subscription(answer, expires)

    async def unsubscribe(self, subscription: str) -> None:
        """Delete a subscription; not there any more is success."""
        try:
            await self._http.send("DELETE", self._http.url("subscriptions", subscription))
        except Gone:
            return

    async def _existing(self, resource: str) -> dict[str, Any] | None:
        """Our subscription to `resource`; None where Graph shows none."""
        async for items in self._http.pages(self._http.url("subscriptions")):
            for item in items:
                if isinstance(item, dict) and isinstance(item.get("id"), str) and item["id"]:
                    found = item.get("resource")
                    if isinstance(found, str) and found.strip("/") == resource.strip("/"):
                        return item
        return None

    def _is_ours(self, other: dict[str, Any]) -> bool:
        """It delivers to where we are now: an address that has changed needs a new subscription."""
        urls = (other.get("notificationUrl"), other.get("lifecycleNotificationUrl"))
        return urls == (self._delivery.notification_url, self._delivery.lifecycle_url)

    def _expiry(self) -> datetime:
        return self._clock() + LIFETIME


def _subscription(answer: dict[str, Any], asked: datetime) -> Subscription:
    ident = answer.get("id")
    if not isinstance(ident, str) or not ident:
        raise Unavailable("bad_answer", maybe_done=True)
    return Subscription(id=ident, expires=moment(answer.get("expirationDateTime")) or asked)


def _iso(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
