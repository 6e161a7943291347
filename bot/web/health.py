"""`/healthz`: the process is alive. `/readyz`: it can do its work (database reachable, ledger running)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.ledger import Ledger
from bot.ports import BooksError


class Health:
    """Answers probes without touching anything but our own database."""

    def __init__(self, ping: Callable[[], Awaitable[None]], ledger: Ledger) -> None:
        """`ping` asks the database; it raises BooksError where it cannot answer."""
        self._ping = ping
        self._ledger = ledger

    async def alive(self, request: web.Request) -> web.Response:
        """200 as long as the event loop turns."""
        return web.json_response({"status": "ok"})

    async def ready(self, request: web.Request) -> web.Response:
        """200 when requests can be taken, else 503 with the reason as one of our codes."""
        try:
            await self._ping()
        except BooksError as error:
            return web.json_response({"status": "not ready", "reason": f"database {error}"}, status=503)
        if self._ledger.stopping:
            return web.json_response({"status": "not ready", "reason": "shutting down"}, status=503)
        return web.json_response({"status": "ready"})


def routes(health: Health) -> list[web.RouteDef]:
    """The two probes."""
    return [web.get("/healthz", health.alive), web.get("/readyz", health.ready)]
