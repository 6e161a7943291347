"""Servers of the inbound benchmark: the SDK's stock echo bot, bare handlers.

Arguments: which, app id, issuer's origin. Each prints its port and serves until killed.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from types import SimpleNamespace

from aiohttp import ClientSession, web
from botbuilder.core import ActivityHandler, TurnContext
from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication

from bot.teams.tokens import ISSUER

SESSION = web.AppKey("session", ClientSession)


class Silent(ActivityHandler):  # type: ignore[misc]
    """The echo bot without its reply."""

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        turn_context.activity.text  # noqa: B018


def sdk(app_id: str, origin: str) -> list[web.RouteDef]:
    """botbuilder as it comes, authentication on."""
    settings = SimpleNamespace(
        APP_ID=app_id,
        APP_PASSWORD="unused",
        CHANNEL_SERVICE="",
        VALIDATE_AUTHORITY=True,
        TO_CHANNEL_FROM_BOT_LOGIN_URL=f"{origin}/login",
        TO_CHANNEL_FROM_BOT_OAUTH_SCOPE="https://api.botframework.com",
        TO_BOT_FROM_CHANNEL_TOKEN_ISSUER=ISSUER,
        OAUTH_URL=f"{origin}/oauth",
        TO_BOT_FROM_CHANNEL_OPENID_METADATA_URL=f"{origin}/openid/botframework",
        TO_BOT_FROM_EMULATOR_OPENID_METADATA_URL=f"{origin}/openid/botframework",
        CALLER_ID="caller",
    )
    adapter, bot = CloudAdapter(ConfigurationBotFrameworkAuthentication(settings)), Silent()

    async def messages(request: web.Request) -> web.StreamResponse:
        answer = await adapter.process(request, bot)
        assert answer is not None
        return answer

    return [web.post("/api/messages", messages)]


def bare(app_id: str, origin: str) -> list[web.RouteDef]:
    """A handler that parses the JSON and answers 201."""

    async def messages(request: web.Request) -> web.Response:
        await request.json()
        return web.Response(status=201)

    return [web.post("/api/messages", messages)]


def forward(app_id: str, origin: str) -> list[web.RouteDef]:
    """A handler that parses the JSON and passes it on."""

    async def messages(request: web.Request) -> web.Response:
        activity = await request.json()
        async with request.app[SESSION].post(f"{origin}/forwarded", json=activity) as answer:
            return web.Response(status=201 if answer.status == 200 else 502)

    return [web.post("/api/messages", messages)]


async def session_of(app: web.Application) -> AsyncIterator[None]:
    """One HTTP client for the server's life."""
    async with ClientSession() as session:
        app[SESSION] = session
        yield


async def serve(which: str, *arguments: str) -> None:
    """Serve one of them on a free port, printed first."""
    app = web.Application()
    app.cleanup_ctx.append(session_of)
    app.add_routes({"sdk": sdk, "bare": bare, "forward": forward}[which](*arguments))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)  # noqa: T201
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
