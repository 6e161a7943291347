"""Servers of the inbound benchmark: ours, the SDK's stock echo bot, a bare handler.

Arguments: which, app id, issuer's origin, service URL. Each prints its port and serves until killed.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from aiohttp import ClientSession, web
from botbuilder.core import ActivityHandler, TurnContext
from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication

from bot.detection.scanner import Scanner
from bot.policy.facts import CardPressed, Fact
from bot.ports import HeardText, Shown
from bot.profile import load_profile
from bot.teams.events import Events
from bot.teams.front import Front, routes
from bot.teams.keys import SigningKeys
from bot.teams.service_urls import ServiceUrls
from bot.teams.tokens import ISSUER, TokenVerifier

PROFILE = Path(__file__).parents[2] / "profiles" / "stadtwerke.yaml"


class ScanningInbox:
    """Scans text and HTML with the scanner passed in, and does nothing with what is clean."""

    def __init__(self, scan: Callable[..., Any]) -> None:
        self._scan = scan

    async def hear(self, heard: HeardText) -> None:
        found = [*self._scan(heard.text).findings]
        if heard.html is not None:
            found += self._scan(heard.html, html=True).findings
        if found:
            raise RuntimeError("the benchmark's messages are clean")

    async def take(self, fact: Fact) -> None:
        """Nothing to do."""

    async def press(self, fact: CardPressed) -> Shown:
        return Shown()

    async def noticed(self, conversation: str, message: str, modified: datetime, *, deleted: bool) -> None:
        """Nothing to do."""

    async def roster_changed(self, conversation: str) -> None:
        """Nothing to do."""

    def code_digest(self, code: str) -> str:
        return ""


def ours(app_id: str, origin: str, service_url: str, session: ClientSession) -> list[web.RouteDef]:
    """Our front with the real scanner."""

    def clock() -> datetime:
        return datetime.now(UTC)

    keys = SigningKeys(f"{origin}/openid", session=session, clock=clock)
    front = Front(
        app_id=app_id,
        events=Events("tenant", clock),
        tokens=TokenVerifier(app_id, keys, clock=clock),
        service_urls=ServiceUrls(["smba.trafficmanager.net"]),
        inbox=ScanningInbox(Scanner(load_profile(PROFILE).number_formats()).scan),
        incident=lambda: "00000000",
    )
    return routes(front)


class Silent(ActivityHandler):  # type: ignore[misc]
    """The echo bot without its reply."""

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        turn_context.activity.text  # noqa: B018


def sdk(app_id: str, origin: str, service_url: str, session: ClientSession) -> list[web.RouteDef]:
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
        TO_BOT_FROM_CHANNEL_OPENID_METADATA_URL=f"{origin}/openid",
        TO_BOT_FROM_EMULATOR_OPENID_METADATA_URL=f"{origin}/openid",
        CALLER_ID="caller",
    )
    adapter, bot = CloudAdapter(ConfigurationBotFrameworkAuthentication(settings)), Silent()

    async def messages(request: web.Request) -> web.StreamResponse:
        answer = await adapter.process(request, bot)
        assert answer is not None
        return answer

    return [web.post("/api/messages", messages)]


def bare(app_id: str, origin: str, service_url: str, session: ClientSession) -> list[web.RouteDef]:
    """A handler that parses the JSON and answers 201."""

    async def messages(request: web.Request) -> web.Response:
        await request.json()
        return web.Response(status=201)

    return [web.post("/api/messages", messages)]


async def serve(which: str, *arguments: str) -> None:
    """Serve one of them on a free port, printed first."""
    async with ClientSession() as session:
        app = web.Application()
        app.add_routes({"ours": ours, "sdk": sdk, "bare": bare}[which](*arguments, session))
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(runner.addresses[0][1], flush=True)  # noqa: T201
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
