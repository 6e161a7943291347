"""The fixture of this folder: a running stand-in with a fake bot."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator

import aiohttp
import pytest
from stand_in_stage import Clock, FakeBot, Stage

from bot.rehearsal.platform import Platform, Switches


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    clock, bot = Clock(), FakeBot()
    platform = Platform(clock=clock, switches=Switches(), rng=random.Random(7), language="de")
    await platform.start()
    await bot.start()
    platform.connect_bot(bot.url)
    async with aiohttp.ClientSession() as http:
        yield Stage(platform, bot, clock, http)
    await platform.stop()
    await bot.stop()
