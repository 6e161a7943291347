"""The platform's request limits, counted on the injected clock (teams-platform 9.5 and 4.3)."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

Limit = tuple[int, int]  # so many requests in so many seconds
SEND: tuple[Limit, ...] = ((7, 1), (8, 2), (60, 30), (1800, 3600))
MEMBERS: tuple[Limit, ...] = ((14, 1), (16, 2), (120, 30), (3600, 3600))
APP_IN_TENANT: tuple[Limit, ...] = ((50, 1),)
GRAPH_READ_MESSAGES: tuple[Limit, ...] = ((20, 1),)
GRAPH_OTHER: tuple[Limit, ...] = ((30, 1),)
GRAPH_DELETE_CHAT: tuple[Limit, ...] = ((1, 1),)


class Pacing:
    """Sliding windows by key. Refused requests do not count."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._seen: dict[str, deque[datetime]] = {}

    def wait(self, key: str, limits: tuple[Limit, ...]) -> int | None:
        """Count a request; returns None if it is within `limits`, else whole seconds for `Retry-After`."""
        now = self._clock()
        seen = self._seen.setdefault(key, deque())
        longest = timedelta(seconds=max(seconds for _, seconds in limits))
        while seen and seen[0] <= now - longest:
            seen.popleft()
        waits = []
        for count, seconds in limits:
            if len(seen) >= count and seen[-count] > now - timedelta(seconds=seconds):
                waits.append((seen[-count] + timedelta(seconds=seconds) - now).total_seconds())
        if waits:
            return max(1, math.ceil(max(waits)))
        seen.append(now)
        return None
