"""HTTP manners shared by all services of the stand-in: bodies, tokens, errors, faults, answers that get lost.

No request may end in a failure of the stand-in itself: what the bot gets wrong is answered in the service's own
error shape (connector: teams-platform 9.4; Graph: the OData error object).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.rehearsal.platform.core import Core
from bot.rehearsal.platform.identity import CONNECTOR_AUDIENCE, GRAPH_AUDIENCE
from bot.rehearsal.platform.world import instant

MAX_BODY = 4 * 1024 * 1024
AUDIENCES = {"connector": CONNECTOR_AUDIENCE, "graph": GRAPH_AUDIENCE}
CORE = web.RequestKey("core", Core)
BODY: web.RequestKey[Any] = web.RequestKey("body", object)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Refusal(Exception):
    """An error answer: HTTP status, the service's error code, a message, perhaps `Retry-After` seconds."""

    def __init__(self, status: int, code: str, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.retry_after = status, code, message, retry_after


def answer(core: Core, service: str, refusal: Refusal) -> web.Response:
    """The refusal in the shape of its service."""
    error: dict[str, Any] = {"code": refusal.code, "message": refusal.message}
    if service == "graph":
        request_id = core.world.guid()
        error["innerError"] = {"date": instant(core.clock())[:19], "request-id": request_id,
                               "client-request-id": request_id}  # fmt: skip
    headers = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after is not None else None
    return web.json_response({"error": error}, status=refusal.status, headers=headers)


def mapping(value: object, what: str = "The request body", code: str = "BadRequest") -> dict[str, Any]:
    """`value` if it is a JSON object; Refusal 400 otherwise."""
    if not isinstance(value, dict):
        raise Refusal(400, code, f"{what} must be a JSON object.")
    return value


def manners(core: Core, service: str) -> Any:
    """The middleware of a service: token, body (as `request[BODY]`), faults, refusals, lost answers."""
    bad = "BadArgument" if service == "connector" else "BadRequest"

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        request[CORE] = core
        fault = core.faults.take(service)
        if fault is not None and not fault.lost_answer:
            with contextlib.suppress(Refusal):
                await drain(request)
            return answer(core, service, Refusal(fault.status or 503, "ServiceUnavailable", "A fault of the rehearsal.",
                                                 fault.retry_after))  # fmt: skip
        struck = None
        try:
            raw = await drain(request)
            if not core.identity or not core.identity.accepts(request.headers.get("Authorization"), AUDIENCES[service]):
                code = "Unauthorized" if service == "connector" else "InvalidAuthenticationToken"
                raise Refusal(401, code, "Access token is missing, expired, of another audience or not ours.")
            request[BODY] = parse(raw, bad)
            struck = core.faults.interruption(request.method, request.path, request[BODY])
            result = await handler(request)
        except Refusal as refusal:
            result = answer(core, service, refusal)
        except web.HTTPException as error:
            code = "ResourceNotFound" if error.status == 404 else error.reason.replace(" ", "")
            result = answer(core, service, Refusal(error.status, code, f"{request.method} {error.reason}."))
        if struck is not None:
            await struck.strike()
        if struck is not None or fault is not None:
            return await cut(request)
        return result

    return middleware


async def drain(request: web.Request) -> bytes:
    """The whole body, at most MAX_BODY bytes; Refusal 413 beyond, 400 (which nobody reads) where the sender died."""
    chunks, size = [], 0
    try:
        async for chunk in request.content.iter_any():
            size += len(chunk)
            if size > MAX_BODY:
                raise Refusal(413, "RequestEntityTooLarge", "The request body is too large.")
            chunks.append(chunk)
    except ConnectionResetError:
        raise Refusal(400, "BadRequest", "The request broke off.") from None
    return b"".join(chunks)


def parse(raw: bytes, bad: str) -> Any:
    """The JSON of a body, None for an empty one; Refusal 400 for what is no JSON, or is nested too deeply."""
    if not raw.strip():
        return None
    try:
        return json.loads(raw.decode("utf-8"), parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        raise Refusal(400, bad, "The request body is not valid JSON.") from None


def refuse_constant(name: str) -> None:
    """NaN and Infinity are no JSON."""
    raise ValueError(f"{name} is no JSON")


async def cut(request: web.Request) -> web.Response:
    """Close the connection without an answer: what was asked for happened, and nobody learns it."""
    if request.transport is not None:
        request.transport.abort()
    await asyncio.sleep(0)
    return web.Response()
