"""`GraphClient`: the port `bot.ports.Graph` over HTTP. Its parts are the short files beside this one.

One request a call unless a method says otherwise; no retries except for one fresh token after a 401: the ledger
repeats, and it alone knows when.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import aiohttp

from bot.graph.chats import Chats
from bot.graph.http import GraphHttp, TokenSource, at_once
from bot.graph.mail import Mail
from bot.graph.meetings import Meetings
from bot.graph.subscriptions import Delivery, Subscriptions
from bot.ports import Clock

GRAPH = "https://graph.microsoft.com"


class GraphClient(Chats, Meetings, Mail, Subscriptions):
    """Microsoft Graph v1.0 as far as we use it. Every method raises `PlatformError` only."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        tokens: TokenSource,
        *,
        clock: Clock,
        catalog_app: str,
        permissions: Sequence[str],
        mail_sender: str,
        delivery: Delivery,
        root: str = GRAPH,
        compliance_url: str | None = None,
        room_to_read: Callable[[], Awaitable[None]] = at_once,
    ) -> None:
        """`session` and `tokens` belong to the caller, who closes them; `root` is Graph without the version.

        `catalog_app` is the app's id in the organisation's catalogue, `permissions` the RSC permissions of the
        manifest (both must match what is installed, teams-platform 7), `mail_sender` the mailbox mails come from,
        `compliance_url` the page a policy tip links to; `room_to_read` is awaited before each read of chat messages.
        """
        self._http = GraphHttp(session, tokens, root)
        self._clock = clock
        self._catalog_app = catalog_app
        self._permissions = tuple(permissions)
        self._mail_sender = mail_sender
        self._delivery = delivery
        self._compliance_url = compliance_url
        self._room_to_read = room_to_read
