"""The rehearsal page's HTTP side: static files, one JSON command route, and live updates as server-sent events.

Bound to loopback. Every request must name the page's own host, and a command must come from the page's own
origin, so that no web page elsewhere can play with the rehearsal.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
from aiohttp import web

from bot.rehearsal.child import BotFailure
from bot.rehearsal.commands import Begin, CommandError, parse_command
from bot.rehearsal.session import Session

PAGE = Path(__file__).with_name("page")
RENDERER = Path(__file__).resolve().parents[2] / "node_modules/adaptivecards/dist/adaptivecards.min.js"
MAX_BODY = 256 * 1024
HEARTBEAT_SECONDS = 15
#: Changes that come within this time are sent as one.
COLLECT_SECONDS = 0.03
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: https:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Hub:
    """Tells every open page that something changed."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Event] = set()
        self.closed = False

    def changed(self) -> None:
        """Wake every listener."""
        for event in self._waiting:
            event.set()

    def close(self) -> None:
        """Let every listener end."""
        self.closed = True
        self.changed()

    @contextlib.contextmanager
    def listening(self):  # type: ignore[no-untyped-def]
        """An event that is set on every change, from the first moment on."""
        event = asyncio.Event()
        event.set()
        self._waiting.add(event)
        try:
            yield event
        finally:
            self._waiting.discard(event)


class PageServer:
    """Routes of the page around the current rehearsal, which ``begin`` replaces by a new one."""

    def __init__(self) -> None:
        self.hub = Hub()
        self._session: Session | None = None
        self._failure: str | None = None
        self._beginning = asyncio.Lock()

    def application(self, port: int, *, begin: bool = True) -> web.Application:
        """The aiohttp application, answering to loopback names on ``port`` only; begins a rehearsal with it."""
        app = web.Application(middlewares=[_guard(own_hosts(port))], client_max_size=MAX_BODY)
        app.router.add_get("/", self._index)
        app.router.add_get("/healthz", self._health)
        app.router.add_get("/api/events", self._events)
        app.router.add_post("/api/do", self._do)
        app.router.add_get("/adaptivecards.js", self._renderer)
        app.router.add_static("/page/", PAGE)
        if begin:
            app.cleanup_ctx.append(self._lifetime)
        app.on_shutdown.append(self._close)
        return app

    async def _lifetime(self, app: web.Application) -> AsyncIterator[None]:
        await self.begin("de", booked=True)
        yield
        if self._session is not None:
            await self._session.stop()

    async def _close(self, app: web.Application) -> None:
        self.hub.close()

    async def begin(self, language: str, *, booked: bool) -> None:
        """Replace the current rehearsal, if any, by a new one."""
        async with self._beginning:
            old, self._session = self._session, None
            self.hub.changed()
            if old is not None:
                await old.stop()
            session = Session(language, booked, self.hub.changed)
            try:
                await session.start()
            except BaseException as error:
                self._failure = str(error)
                await session.stop()
                raise
            self._session, self._failure = session, None
            self.hub.changed()

    async def _index(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGE / "index.html")

    async def _renderer(self, request: web.Request) -> web.StreamResponse:
        if not await asyncio.to_thread(RENDERER.is_file):
            raise web.HTTPNotFound(text="The card renderer is not installed. Run: npm ci")
        return web.FileResponse(RENDERER)

    async def _health(self, request: web.Request) -> web.Response:
        """200 when the stand-in is up and the bot's own health endpoint says it is well; 503 otherwise."""
        bot = self._session.bot if self._session is not None else None
        well = False
        if bot is not None and bot.running:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                timeout = aiohttp.ClientTimeout(total=5)
                async with (
                    aiohttp.ClientSession(timeout=timeout) as http,
                    http.get(f"{bot.base_url}/healthz") as answer,
                ):
                    well = answer.status == 200
        status = {"stand_in": "ok" if self._session else "down", "bot": "ok" if well else "down"}
        return web.json_response(status, status=200 if well else 503)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """The page's whole state, sent at once and again on every change."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        with self.hub.listening() as changed, contextlib.suppress(ConnectionError):
            while not self.hub.closed:
                try:
                    await asyncio.wait_for(changed.wait(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    await response.write(b": still here\n\n")
                    continue
                await asyncio.sleep(COLLECT_SECONDS)
                changed.clear()
                state = self._session.state() if self._session else {"starting": True, "failure": self._failure}
                await response.write(b"data: " + json.dumps(state).encode() + b"\n\n")
        return response

    async def _do(self, request: web.Request) -> web.Response:
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType(text="a command is application/json")
        try:
            command = parse_command(await request.read())
            if isinstance(command, Begin):
                await self.begin(command.language, booked=command.booked)
                return web.json_response({"result": "ok"})
            if self._session is None:
                return web.json_response({"error": "the rehearsal is starting"}, status=503)
            return web.json_response({"result": await self._session.do(command)})
        except (CommandError, ValueError) as error:
            return web.json_response({"error": str(error)}, status=400)
        except BotFailure as error:
            print(f"Rehearsal: {error}", file=sys.stderr)  # noqa: T201
            return web.json_response({"error": str(error)}, status=503)


def own_hosts(port: int) -> set[str]:
    """The ``Host`` names the page answers to."""
    return {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}


def _guard(hosts: set[str]):  # type: ignore[no-untyped-def]
    @web.middleware
    async def checked(request: web.Request, handler):  # type: ignore[no-untyped-def]
        origin = request.headers.get("Origin")
        own = {f"http://{host}" for host in hosts}
        if request.headers.get("Host") not in hosts or (origin is not None and origin not in own):
            raise web.HTTPForbidden(text="The rehearsal answers to its own page only.")
        try:
            response = await handler(request)
        except web.HTTPException as error:
            error.headers.update(HEADERS)
            raise
        if not response.prepared:
            response.headers.update(HEADERS)
        return response

    return checked
