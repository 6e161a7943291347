"""Server of the inbound benchmark: the stock echo agent of microsoft-agents-hosting-aiohttp without its reply.

Runs in a virtual environment of its own (requirements-inbound.txt): arguments app id, issuer's origin.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from aiohttp import web
from microsoft_agents.hosting.aiohttp import CloudAdapter, jwt_authorization_middleware
from microsoft_agents.hosting.core import ActivityHandler, AgentAuthConfiguration
from microsoft_agents.hosting.core.authorization import jwt as token_check


class Agent(ActivityHandler):
    """Reads the message and says nothing."""

    async def on_message_activity(self, turn_context: Any) -> None:
        turn_context.activity.text  # noqa: B018


class Token:
    """A connector token at hand: without a reply none would be needed, but the SDK asks for one a turn."""

    def __init__(self, configuration: AgentAuthConfiguration) -> None:
        self.configuration = configuration

    async def get_access_token(self, *_: Any, **__: Any) -> str:
        return "token"


class Connections:
    """One connection for everything."""

    def __init__(self, configuration: AgentAuthConfiguration) -> None:
        self._configuration, self._token = configuration, Token(configuration)

    def get_token_provider(self, *_: Any) -> Token:
        return self._token

    get_connection = get_default_connection = get_token_provider_from_activity = get_token_provider

    def get_default_connection_configuration(self) -> AgentAuthConfiguration:
        return self._configuration


def main() -> None:
    """Serve until killed; the port is the first line printed."""
    app_id, origin = sys.argv[1:]
    # The only change to the package: where the issuer's keys are.
    sys.modules[f"{token_check.__name__}.jwt_token_validator"].BOTFRAMEWORK_JWKS_URIS[  # type: ignore[attr-defined]
        "https://api.botframework.com"
    ] = f"{origin}/openid/botframework/keys"
    configuration = AgentAuthConfiguration(client_id=app_id, tenant_id="tenant", client_secret="unused")
    adapter = CloudAdapter(connection_manager=Connections(configuration))
    agent = Agent()

    async def messages(request: web.Request) -> web.StreamResponse:
        answer = await adapter.process(request, agent)
        assert answer is not None
        return answer

    app = web.Application(middlewares=[jwt_authorization_middleware])
    app["agent_configuration"] = configuration
    app.router.add_post("/api/messages", messages)

    async def serve() -> None:
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(runner.addresses[0][1], flush=True)  # noqa: T201
        await asyncio.Event().wait()

    asyncio.run(serve())


if __name__ == "__main__":
    main()
