"""What Graph posts to us, read with limits and taken apart. Whatever is in it: an answer, never an exception."""

from __future__ import annotations

import asyncio
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from aiohttp import ClientError, web

MAX_BODY = 4 * 1024 * 1024
"""Bytes; Graph keeps one delivery well below, most items of a chat are a few kilobytes."""
MAX_ITEMS = 1000
MAX_TOKEN = 2048
READ_SECONDS = 5.0
SAFE = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}

_RESOURCE = re.compile(r"/?chats(?:\('([^']+)'\)|/([^'/]+))/messages(?:\('([^']+)'\)|/([^'/?]+))(?:\?.*)?", re.I)
_SUBSCRIPTION = re.compile(r"[0-9A-Za-z-]{1,64}")
_CHAT = re.compile(r"[!-~]{1,256}")
_MESSAGE = re.compile(r"[0-9A-Za-z._~=-]{1,128}")


class Refusal(Exception):
    """The request is answered with this status and nothing is done."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One notification that repeats our client state; `chat` and `message` as its `resource` names them, or ""."""

    subscription: str
    change: str
    lifecycle: str
    chat: str
    message: str
    content: Mapping[str, Any] | None = field(repr=False, default=None)


def handshake(request: web.Request) -> web.Response | None:
    """The answer to a validation request (teams-platform 6): exactly the token, as plain text; None if it is none.

    Raises Refusal(400) for an empty, overlong or unprintable token.
    """
    token = request.query.get("validationToken")
    if token is None:
        return None
    if not 1 <= len(token) <= MAX_TOKEN or not token.isprintable():
        raise Refusal(400)
    return web.Response(text=token, content_type="text/plain", charset="utf-8", headers=SAFE)


async def read_object(request: web.Request) -> dict[str, Any]:
    """The JSON object of a request. Raises Refusal: 400 malformed, 408 too slow, 413 too large, 415 not JSON."""
    if request.content_type != "application/json":
        raise Refusal(415)
    status = 400
    try:
        if (request.content_length or 0) > MAX_BODY:
            raise Refusal(413)
        raw = bytearray()
        async with asyncio.timeout(READ_SECONDS):
            async for chunk in request.content.iter_chunked(64 * 1024):
                raw += chunk
                if len(raw) > MAX_BODY:
                    raise Refusal(413)
        found = json.loads(raw)
        if isinstance(found, dict):
            return found
    except TimeoutError:
        status = 408
    except (ValueError, RecursionError, ClientError, web.RequestPayloadError, ConnectionError):
        pass  # a JSONDecodeError carries the whole document: not chained
    raise Refusal(status)


def items_of(envelope: Mapping[str, Any], *, client_state: str, tenant: str) -> list[Item]:
    """The items that repeat our client state (compared in constant time) and are of our tenant.

    Raises Refusal(400) where `value` is no list and Refusal(413) above 1,000 items; odd items are left out.
    """
    value = envelope.get("value")
    if not isinstance(value, list):
        raise Refusal(400)
    if len(value) > MAX_ITEMS:
        raise Refusal(413)
    wanted = client_state.encode()
    found = []
    for raw in value:
        if not isinstance(raw, dict) or not hmac.compare_digest(
            _text(raw, "clientState").encode(errors="replace"), wanted
        ):
            continue
        subscription, item_tenant = _text(raw, "subscriptionId"), _text(raw, "tenantId")
        if not _SUBSCRIPTION.fullmatch(subscription) or item_tenant.lower() not in ("", tenant.lower()):
            continue
        chat, message = _named(_text(raw, "resource"))
        content = raw.get("encryptedContent")
        found.append(
            Item(
                subscription=subscription,
                change=_text(raw, "changeType").lower(),
                lifecycle=_text(raw, "lifecycleEvent"),
                chat=chat,
                message=message,
                content=content if isinstance(content, dict) else None,
            )
        )
    return found


def _named(resource: str) -> tuple[str, str]:
    """(chat id, message id) of `chats('19:...')/messages('...')` or `/chats/19:.../messages/...`; ("", "") if odd."""
    match = _RESOURCE.fullmatch(resource) if len(resource) <= 1024 else None
    if match is None:
        return "", ""
    chat, message = unquote(match[1] or match[2]), unquote(match[3] or match[4])
    return (chat, message) if _CHAT.fullmatch(chat) and _MESSAGE.fullmatch(message) else ("", "")


def _text(raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name)
    return value if isinstance(value, str) else ""
