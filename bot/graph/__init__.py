"""Microsoft Graph: the client, the tokens, and the change-notification webhook."""

from __future__ import annotations

from aiohttp import web

from bot.graph.webhook import Webhook

NOTIFICATIONS = "/api/notifications"
LIFECYCLE = "/api/lifecycle"


def routes(webhook: Webhook) -> list[web.RouteDef]:
    """The routes Graph delivers to; their https addresses go into `Delivery`."""
    return [web.post(NOTIFICATIONS, webhook.receive), web.post(LIFECYCLE, webhook.receive)]
