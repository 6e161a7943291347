"""What all parts of the stand-in share: the world, its clock, the identity, deliveries, and who wants to know."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime

from bot.rehearsal.platform.delivery import Delivery
from bot.rehearsal.platform.faults import Faults
from bot.rehearsal.platform.identity import Identity
from bot.rehearsal.platform.pacing import Pacing
from bot.rehearsal.platform.reading import readers
from bot.rehearsal.platform.subscriptions import Subscription
from bot.rehearsal.platform.switches import Switches
from bot.rehearsal.platform.world import Message, World

BOT_NAME = "Videoberatung"


class Core:
    """Shared state; made by Platform, filled in by its start."""

    def __init__(self, clock: Callable[[], datetime], switches: Switches, rng: random.Random, language: str) -> None:
        self.clock, self.switches, self.rng, self.language = clock, switches, rng, language
        self.world = World(clock, rng)
        self.pacing = Pacing(clock)
        self.faults = Faults()
        self.delivery = Delivery(clock)
        self.subscriptions: dict[str, Subscription] = {}
        self.throttled: dict[str, int] = {}
        self.secret = self.world.opaque(40)
        self.mail_sender = "videoberatung@betreiber.example"
        self.origin = ""
        self.identity: Identity | None = None
        self.callbacks: list[Callable[[], None]] = []

    @property
    def service_url(self) -> str:
        """`serviceUrl` of every activity, and root of the connector."""
        return f"{self.origin}/connector/"

    @property
    def bot_id(self) -> str:
        """The bot's account id (`28:` and the app id)."""
        return f"28:{self.world.app_id}"

    @property
    def tenant_id(self) -> str:
        """The organizer's tenant."""
        return self.world.tenant_id

    def changed(self, message: Message | None = None) -> None:
        """Tell everybody watching that a person could see something new; notes who could read `message`."""
        if message is not None:
            message.seen_by += [w for w in readers(message, self.clock()) if w not in message.seen_by]
        for callback in list(self.callbacks):
            callback()
