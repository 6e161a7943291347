"""Microsoft Graph v1.0, as far as the product uses it: one module for each area."""

from __future__ import annotations

from aiohttp import web

from bot.rehearsal.platform.graph import calendar, chats, files, mail, messages, notifications, online_meetings


def routes(prefix: str) -> list[web.RouteDef]:
    """All routes, below `prefix`."""
    areas = (chats, messages, online_meetings, calendar, mail, files, notifications)
    found = [route for area in areas for route in area.routes()]
    return [web.route(route.method, prefix + route.path, route.handler) for route in found]
