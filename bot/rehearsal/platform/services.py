"""The HTTP services of the stand-in: connector, Graph, key documents, and the login listener with its certificate."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
import tempfile

from aiohttp import web

from bot.rehearsal.platform import connector, connector_meetings, graph, login
from bot.rehearsal.platform.core import Core
from bot.rehearsal.platform.identity import CHANNEL_ISSUER, Identity, tls_certificate
from bot.rehearsal.platform.web import manners


class Services:
    """Starts and stops what the bot talks to."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._runners: list[web.AppRunner] = []
        self._certificate = ""
        self._login = ""

    async def start(self, app: web.Application | None, host: str, port: int) -> None:
        """Listen, or add the routes to `app`; the login listener is always our own, on a free port."""
        core, world = self._core, self._core.world
        core.identity = await asyncio.to_thread(Identity, world.tenant_id, world.app_id, core.secret)
        await core.delivery.start()
        target = app if app is not None else web.Application(handler_args={"max_field_size": 65536})
        self._mount(target)
        if app is None:
            listening = socket.create_server((host, port))
            port = int(listening.getsockname()[1])
            await self._serve(target, listening, None)
        core.origin = f"http://{host}:{port}"
        await self._start_login(host)

    def _mount(self, app: web.Application) -> None:
        connector_app = web.Application(middlewares=[manners(self._core, "connector")])
        connector_app.add_routes([*connector.routes(), *connector_meetings.routes()])
        graph_app = web.Application(middlewares=[manners(self._core, "graph")])
        graph_app.add_routes(graph.routes("/v1.0"))
        app.add_subapp("/connector", connector_app)
        app.add_subapp("/graph", graph_app)
        app.add_routes([
            web.get("/openid/botframework", self._channel_metadata),
            web.get("/openid/botframework/keys", self._channel_keys),
            web.get("/openid/graph/keys", self._graph_keys),
        ])  # fmt: skip

    async def _serve(self, app: web.Application, listening: socket.socket, tls: ssl.SSLContext | None) -> None:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        self._runners.append(runner)
        await web.SockSite(runner, listening, ssl_context=tls).start()

    async def _start_login(self, host: str) -> None:
        certificate, key = await asyncio.to_thread(tls_certificate)
        self._certificate = write_temporary(certificate, "rehearsal-login-")
        key_path = write_temporary(key, "rehearsal-login-key-")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._certificate, key_path)
        os.unlink(key_path)
        listening = socket.create_server((host, 0))
        self._login = f"https://localhost:{listening.getsockname()[1]}"
        await self._serve(login.application(self._core, self._login), listening, context)

    async def stop(self) -> None:
        """Stop listening, drop what is under way, remove the certificate file."""
        await self._core.delivery.stop()
        for runner in self._runners:
            await runner.cleanup()
        self._runners.clear()
        if self._certificate:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._certificate)

    def bot_environment(self) -> dict[str, str]:
        """The settings of a bot that lead it here; complete once started."""
        core, world = self._core, self._core.world
        return {
            "BOT_APP_ID": world.app_id, "BOT_TENANT_ID": world.tenant_id, "BOT_CREDENTIAL": "secret",
            "BOT_CLIENT_SECRET": core.secret, "BOT_CATALOG_APP_ID": world.catalog_id,
            "BOT_MAIL_SENDER": core.mail_sender, "BOT_REHEARSAL": "true", "BOT_REHEARSAL_ORIGIN": core.origin,
            "BOT_REHEARSAL_LOGIN": self._login, "BOT_REHEARSAL_CERTIFICATE": self._certificate,
        }  # fmt: skip

    async def _channel_metadata(self, request: web.Request) -> web.Response:
        return web.json_response({
            "issuer": CHANNEL_ISSUER, "jwks_uri": f"{self._core.origin}/openid/botframework/keys",
            "authorization_endpoint": "https://invalid.botframework.com", "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"], "response_types_supported": ["id_token"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        })  # fmt: skip

    async def _channel_keys(self, request: web.Request) -> web.Response:
        identity = self._core.identity
        return web.json_response({"keys": [identity.channel.jwk(endorsements=["msteams"])] if identity else []})

    async def _graph_keys(self, request: web.Request) -> web.Response:
        identity = self._core.identity
        return web.json_response({"keys": [identity.entra.jwk()] if identity else []})


def write_temporary(content: bytes, prefix: str) -> str:
    """A new file only its owner can read; returns its path."""
    handle, path = tempfile.mkstemp(prefix=prefix, suffix=".pem")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    return path
