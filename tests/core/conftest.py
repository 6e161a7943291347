"""Houses: the core over fakes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from .fakes import House, house


@pytest.fixture
async def at() -> AsyncIterator[House]:
    """An open consultation nobody booked, with a guest in it."""
    async with house() as built:
        await built.open()
        await built.join()
        yield built


@pytest.fixture
async def empty() -> AsyncIterator[House]:
    """Nothing has happened yet."""
    async with house() as built:
        yield built
