"""POST /api/notifications and /api/lifecycle: Graph's change notifications become facts (teams-platform 6).

Both routes take both kinds of item. Graph wants a 2xx within three seconds and repeats for four hours otherwise, so:
202 once everything is in the ledger *or* was not genuine; 503 where something genuine could not be kept in time.
Repetition and reordering are harmless: facts carry keys, messages their time of modification.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.graph.crypto import NotDecrypted, NotificationKey
from bot.graph.envelope import SAFE, Item, Refusal, handshake, items_of, read_object
from bot.graph.messages import fact_of_event, message_of
from bot.graph.tokens import KeysUnavailable, NotificationTokens
from bot.policy.facts import HearingLost
from bot.ports import Clock, GraphMessage, Inbox, Overloaded, PlatformError

DEADLINE = 2.5
"""Seconds until we answer; Graph gives up after three (teams-platform 6)."""
MAX_AT_ONCE = 64

ChatOf = Callable[[str], Awaitable[str | None]]
"""The chat a subscription of ours is for, by the subscription's id; None if we do not know (yet, any more)."""
Read = Callable[[str, str], Awaitable[GraphMessage | None]]
"""`Graph.message`: (chat, message) -> the message as it is now."""
Renew = Callable[[str, str], Awaitable[None]]
"""(chat, subscription): owe the renewal of the subscription."""

LOOK_UP = object()
"""Stands for a resource we cannot read from the item and must read from Graph."""

_log = logging.getLogger(__name__)


class Webhook:
    """Receives deliveries, checks that they are Graph's, opens them and tells the inbox."""

    def __init__(
        self,
        inbox: Inbox,
        *,
        key: NotificationKey,
        tokens: NotificationTokens,
        client_state: str,
        tenant: str,
        chat_of: ChatOf,
        read: Read,
        renew: Renew,
        clock: Clock,
        deadline: float = DEADLINE,
    ) -> None:
        self._inbox = inbox
        self._key = key
        self._tokens = tokens
        self._client_state = client_state
        self._tenant = tenant
        self._chat_of = chat_of
        self._read = read
        self._renew = renew
        self._clock = clock
        self._deadline = deadline
        self._under_way: set[asyncio.Task[int]] = set()

    async def receive(self, request: web.Request) -> web.Response:
        """The handler of both routes: the handshake, or a delivery."""
        try:
            if (answer := handshake(request)) is not None:
                return answer
            if len(self._under_way) >= MAX_AT_ONCE:
                raise Refusal(503)
            envelope = await read_object(request)
            items = items_of(envelope, client_state=self._client_state, tenant=self._tenant)
        except Refusal as refusal:
            return web.Response(status=refusal.status, headers=SAFE)
        if not items:
            return web.Response(status=202, headers=SAFE)
        task = asyncio.create_task(self._take_all(items, envelope.get("validationTokens")))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        # Too slow: it goes on, and what Graph then repeats acts once all the same.
        done, _ = await asyncio.wait({task}, timeout=self._deadline)
        return web.Response(status=task.result() if done else 503, headers=SAFE)

    async def close(self) -> None:
        """Wait for the deliveries under way."""
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def _take_all(self, items: list[Item], tokens: object) -> int:
        """The status to answer with. An item that fails unexpectedly does not keep the others from being taken."""
        if tokens or any(item.content is not None for item in items):
            try:
                genuine = await self._tokens.all_valid(tokens)
            except KeysUnavailable:
                _log.warning("notifications not checked: keys unavailable")
                return 503
            if not genuine:
                _log.warning("notifications dropped: invalid validation token")
                return 202
        opened = await asyncio.to_thread(self._open_all, items)  # RSA: about a millisecond each
        status = 202
        for item, resource in zip(items, opened, strict=True):
            try:
                await self._take(item, resource)
            except Overloaded:
                return 503
            except Exception as error:
                _log.error("notification not taken: %s", type(error).__name__)
                status = 503
        return status

    def _open_all(self, items: list[Item]) -> list[Any]:
        return [self._open(item) for item in items]

    def _open(self, item: Item) -> Any:
        """The decrypted resource, LOOK_UP where it has to be read from Graph, None where the item is to be dropped.

        An item for another key is genuine (an earlier process had that key) but closed to us: read the message.
        """
        if item.content is None:
            return LOOK_UP
        try:
            return json.loads(self._key.open(item.content))
        except NotDecrypted as error:
            code = error.code
        except (ValueError, RecursionError):
            code = "malformed"
        _log.warning("notification not opened: %s", code)
        return LOOK_UP if code == "other_key" else None

    async def _take(self, item: Item, resource: Any) -> None:
        known = await self._chat_of(item.subscription)
        chat = known or item.chat
        if not chat or (known and item.chat and known != item.chat):
            _log.warning("notification dropped: %s", "wrong chat" if chat else "unknown subscription")
            return
        if item.lifecycle:
            await self._take_lifecycle(chat, item)
        elif resource is LOOK_UP:
            await self._look_up(chat, item)
        elif isinstance(resource, dict):
            message = message_of(resource)
            if message is None or item.message not in ("", message.id) or resource.get("chatId") not in (None, chat):
                _log.warning("notification dropped: not the message it names")
            elif item.change == "deleted" or not _is_of_an_app(resource):
                await self._tell(chat, message, deleted=item.change == "deleted" or message.deleted is not None)

    async def _take_lifecycle(self, chat: str, item: Item) -> None:
        """Renew, or say that we are deaf. `missed` is documented for Outlook only; if it comes, we believe it."""
        if item.lifecycle == "reauthorizationRequired":
            await self._renew(chat, item.subscription)
        elif item.lifecycle == "subscriptionRemoved":
            key = f"hearing:{item.subscription}:removed"
            await self._inbox.take(HearingLost(conversation=chat, key=key, reason="subscription_removed"))
        elif item.lifecycle == "missed":
            await self._inbox.take(HearingLost(conversation=chat, key="", reason="missed"))

    async def _look_up(self, chat: str, item: Item) -> None:
        """An item without readable content is only a hint: Graph is asked, and only Graph's answer is believed."""
        if not item.message:
            _log.warning("notification dropped: no message named")
            return
        try:
            message = await self._read(chat, item.message)
        except PlatformError:
            await self._inbox.take(HearingLost(conversation=chat, key="", reason="unread"))
            return
        if message is None:  # not there; that it was deleted is true only where the notification says so too
            await self._inbox.noticed(chat, item.message, self._clock(), deleted=item.change == "deleted")
        else:
            await self._tell(chat, message, deleted=message.deleted is not None)

    async def _tell(self, chat: str, message: GraphMessage, *, deleted: bool) -> None:
        """System messages become facts; of a person's message only id and time go on, the text is dropped here."""
        if message.event is None:
            await self._inbox.noticed(chat, message.id, message.modified, deleted=deleted)
            return
        fact = fact_of_event(chat, message)
        if fact == "roster":
            await self._inbox.roster_changed(chat)
        elif fact is not None:
            await self._inbox.take(fact)


def _is_of_an_app(resource: dict[str, Any]) -> bool:
    """A message posted by an app, such as our own cards: nobody's words."""
    sender = resource.get("from")
    return isinstance(sender, dict) and isinstance(sender.get("application"), dict) and not sender.get("user")
