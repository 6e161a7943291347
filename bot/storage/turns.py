"""Whose turn it is to write, inside this process: waiting here costs a future, waiting in the database a connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class _Turn(asyncio.Lock):
    """A lock that knows its holder, so that a task waiting for itself is told so instead of waiting for ever."""

    holder: asyncio.Task[object] | None = None


class Turns:
    """One writer at a time for each name, in the order of asking. Names nobody holds or awaits take no memory."""

    def __init__(self, *, one_for_all: bool) -> None:
        self._one_for_all = one_for_all
        self._turns: WeakValueDictionary[str, _Turn] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, name: str) -> AsyncIterator[None]:
        """Hold the turn. Raises RuntimeError if the running task holds it already."""
        turn = self._turns.setdefault("" if self._one_for_all else name, _Turn())
        task = asyncio.current_task()
        if turn.holder is task:
            raise RuntimeError("this task has a page open: close it before writing elsewhere")
        async with turn:
            turn.holder = task
            try:
                yield
            finally:
                turn.holder = None
