"""The stand-in for the fault test: replicas behind one address, deliveries out of order, notes on who read what."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.rehearsal.platform import Platform
from bot.rehearsal.platform.reading import may_read
from bot.rehearsal.platform.world import Chat, Meeting, Message

DOWN = (0, b"")


class ChaosPlatform(Platform):
    """`public` is the one address of all replicas, `up` the addresses of those that run now.

    `shuffle` is how likely a delivery overtakes another one. `could_read` has, for each message, the platform ids of
    everybody who could read it when it was posted or changed.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.chance = random.Random(options["rng"].getrandbits(64))
        self.public, self.up = "", list[str]()
        self.shuffle = 0.0
        self.shuffled = self.requests = 0
        self.could_read: dict[str, set[str]] = {}
        self._strikes: list[tuple[int, Callable[[], Awaitable[None]]]] = []
        core = self._core
        changed, post, ask, put = core.changed, core.delivery.post, core.delivery.ask, core.delivery.put

        def noting(message: Message | None = None) -> None:
            if message is not None and message.chat.meeting is not None:
                there = {stay.account.person_id: stay.account for stay in message.chat.meeting.stays}
                now = {key for key, account in there.items() if may_read(message, account, core.clock())}
                self.could_read.setdefault(message.id, set()).update(now)
            changed(message)

        async def balanced_post(url: str, **content: Any) -> tuple[int, bytes]:
            target = self._target(url)
            return await post(target, **content) if target else DOWN

        async def balanced_ask(url: str, query: dict[str, str], seconds: float) -> tuple[int, str, bytes]:
            target = self._target(url)
            return await ask(target, query, seconds) if target else (0, "", b"")

        def shuffled_put(conversation: str, parcel: Any) -> None:
            put(conversation, parcel)
            queue = core.delivery._queues[conversation]
            # Never before the first: that one may be under way.
            if len(queue) > 2 and self.chance.random() < self.shuffle:
                queue.pop()
                queue.insert(self.chance.randrange(1, len(queue)), parcel)
                self.shuffled += 1

        mount = self._services._mount

        def counted(app: web.Application) -> None:
            app.middlewares.append(self._counting)
            mount(app)

        self._services._mount = counted  # type: ignore[method-assign]
        core.changed = noting  # type: ignore[method-assign]
        core.delivery.post = balanced_post  # type: ignore[method-assign]
        core.delivery.ask = balanced_ask  # type: ignore[method-assign]
        core.delivery.put = shuffled_put  # type: ignore[method-assign]

    @property
    def _counting(self) -> Any:
        @web.middleware
        async def counting(request: web.Request, handler: Any) -> web.StreamResponse:
            self.requests += 1
            for armed in [one for one in self._strikes if self.requests >= one[0]]:
                self._strikes.remove(armed)
                await armed[1]()
            return await handler(request)

        return counting

    def _target(self, url: str) -> str | None:
        if not self.up:
            return None
        return self.chance.choice(self.up) + url.removeprefix(self.public)

    def reach(self, up: list[str]) -> None:
        """These replicas run now."""
        self.up = list(up)
        self.connect_bot(self.public if up else None)

    def strike_at(self, request: int, strike: Callable[[], Awaitable[None]]) -> Callable[[], None]:
        """Call `strike` when that many more requests have arrived, before the last one is handled; returns how to
        disarm it."""
        armed = (self.requests + request, strike)
        self._strikes.append(armed)
        return lambda: self._strikes.remove(armed) if armed in self._strikes else None

    @property
    def given_up(self) -> int:
        """Activities that were never taken although they were delivered as often as the platform does."""
        return len(self._core.delivery.given_up)

    def meetings_of(self, organizer: str) -> list[Meeting]:
        """The meetings of an organizer that were not cancelled."""
        return [m for m in self._core.world.meetings.values() if m.organizer.who == organizer and not m.cancelled]

    def chat(self, conversation: str) -> Chat:
        """A meeting chat, deleted or not."""
        return self._core.world.chats[conversation]

    def account_of(self, who: str) -> Any:
        """The account under which a person acts now."""
        return self._core.world.people.get(who)
