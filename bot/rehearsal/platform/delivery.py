"""Delivery to the bot: one queue a conversation, in order, kept while the bot cannot be reached.

Teams delivers an activity again when the bot was slow, down or did not answer 2xx (teams-platform 9.1); Graph tries a
notification again for up to four hours (teams-platform 6). Both hold here; only the pauses between tries are left out.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import aiohttp

ACTIVITY_TRIES = 4  # as observed for slow bots (teams-platform 9.1)
NOTIFICATION_TRIES = 3  # at once; afterwards whenever something else moves, up to NOTIFICATION_LIFETIME
NOTIFICATION_LIFETIME = timedelta(hours=4)
ACKNOWLEDGE_SECONDS = 15
DOWN = 0  # status of a delivery that reached nobody


@dataclass
class Parcel:
    """One delivery. `send` performs one try and returns the HTTP status, `DOWN` where nobody answered."""

    send: Callable[[], Awaitable[int]]
    notification: bool
    queued: datetime
    tries: int = 0


class Delivery:
    """Brings activities and notifications to the bot."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.base_url: str | None = None
        self.count = 0  # parcels queued or delivered so far
        self.given_up: list[Parcel] = []
        self._queues: defaultdict[str, deque[Parcel]] = defaultdict(deque)
        self._late: defaultdict[str, deque[Parcel]] = defaultdict(deque)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the HTTP client; it ignores proxies of the environment, since everything is on loopback."""
        self._session = aiohttp.ClientSession(trust_env=False, timeout=aiohttp.ClientTimeout(total=ACKNOWLEDGE_SECONDS))

    async def stop(self) -> None:
        """Drop what is under way and close the client."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def connect(self, base_url: str | None) -> None:
        """The bot is at `base_url` now, or down; what waits for it is delivered."""
        self.base_url = base_url.rstrip("/") if base_url else None
        if self.base_url:
            self.kick_all()

    async def post(self, url: str, **options: Any) -> tuple[int, bytes]:
        """One POST; status `DOWN` when the bot is down, refuses the connection, drops it or takes too long."""
        if self.base_url is None or self._session is None:
            return DOWN, b""
        try:
            async with self._session.post(url, allow_redirects=False, **options) as answer:
                return answer.status, await answer.read()
        except TimeoutError:
            return 504, b""
        except (aiohttp.ClientError, OSError, ValueError):
            return DOWN, b""

    async def ask(self, url: str, query: dict[str, str], seconds: float) -> tuple[int, str, bytes]:
        """An empty text/plain POST with a query: status, content type and body of the answer."""
        if self._session is None:
            return DOWN, "", b""
        headers, limit = {"Content-Type": "text/plain; charset=utf-8"}, aiohttp.ClientTimeout(total=seconds)
        try:
            async with self._session.post(
                url, params=query, headers=headers, timeout=limit, allow_redirects=False
            ) as answer:
                return answer.status, answer.content_type, await answer.content.read(64 * 1024)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError):
            return DOWN, "", b""

    def put(self, conversation: str, parcel: Parcel) -> None:
        """Queue a parcel; `deliver` or `kick` sends it."""
        self.count += 1
        self._queues[conversation].append(parcel)

    def deliver(self, conversation: str) -> asyncio.Task[None]:
        """Send what is queued for a conversation; await the task to know that everything was answered."""
        task = asyncio.get_running_loop().create_task(self._drain(conversation))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    kick = deliver

    def kick_all(self) -> None:
        """Send whatever waits, in every conversation."""
        for conversation in {c for c, queue in [*self._queues.items(), *self._late.items()] if queue}:
            self.kick(conversation)

    async def settle(self) -> None:
        """Return once nothing is being delivered. What waits for a bot that is up is tried once more first."""
        if self.base_url:
            self.kick_all()
        while self._tasks:
            done, _ = await asyncio.wait(list(self._tasks))
            for task in done:
                if not task.cancelled():
                    task.result()  # a defect of ours shows here, not as silence

    async def _drain(self, conversation: str) -> None:
        async with self._locks[conversation]:
            queue, late = self._queues[conversation], self._late[conversation]
            if self.base_url is None:
                return
            for _ in range(len(late)):
                parcel = late.popleft()
                if self._clock() - parcel.queued < NOTIFICATION_LIFETIME and not await self._try(parcel, 1):
                    late.append(parcel)
            while queue and self.base_url is not None:
                parcel = queue[0]
                if await self._try(parcel, NOTIFICATION_TRIES if parcel.notification else ACTIVITY_TRIES):
                    queue.popleft()
                elif parcel.notification:
                    late.append(queue.popleft())
                else:
                    return  # the bot is down: this activity, and all after it, wait

    async def _try(self, parcel: Parcel, tries: int) -> bool:
        """Whether the parcel is dealt with: delivered, or an activity given up after its tries."""
        refused = 0
        for _ in range(tries):
            status = await parcel.send()
            if 200 <= status < 300:
                self.count += 1
                return True
            refused += status == DOWN
            if status == DOWN and (refused > 1 or self.base_url is None):
                return False  # one more try first: an idle connection may just have been closed
            parcel.tries += 1
        if refused:
            return False
        if parcel.notification:
            return False
        self.given_up.append(parcel)
        return True
