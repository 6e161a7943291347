"""A Graph, a client of it, and keys that are made once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.graph.client import GraphClient
from bot.graph.crypto import NotificationKey
from bot.graph.subscriptions import Delivery

from .csdl import Csdl
from .fake_graph import FakeGraph

NOW = datetime(2026, 3, 29, 9, 0, tzinfo=UTC)
FILE = Path(__file__).parents[3] / "shared" / "contracts" / "graph-v1.0.csdl.gz"
STATE = "our-client-state-0123456789"


class Tokens:
    """Hands out `token-1`, then after a refusal `token-2` ..."""

    def __init__(self) -> None:
        self.number = 1

    async def token(self, *, instead_of: str | None = None) -> str:
        if instead_of == f"token-{self.number}":
            self.number += 1
        return f"token-{self.number}"


@pytest.fixture(scope="session")
def csdl() -> Csdl:
    """The type system."""
    if not FILE.exists():
        pytest.skip("left out: Microsoft's type system of Graph is not at ../shared/contracts/graph-v1.0.csdl.gz")
    return Csdl(FILE)


@pytest.fixture(scope="session")
def key() -> NotificationKey:
    """A notification key (making one takes a tenth of a second)."""
    return NotificationKey.generate(NOW)


@pytest.fixture
async def graph() -> AsyncIterator[FakeGraph]:
    """The Graph, listening."""
    fake = FakeGraph()
    app = web.Application(client_max_size=16 * 2**20)
    app.router.add_route("*", "/{path:.*}", fake.handle)
    async with TestServer(app) as server:
        fake.origin = str(server.make_url("")).rstrip("/")
        yield fake


@pytest.fixture
def reads() -> list[int]:
    """How many requests Graph had met whenever our client asked for room to read a chat message."""
    return []


@pytest.fixture
async def client(graph: FakeGraph, key: NotificationKey, reads: list[int]) -> AsyncIterator[GraphClient]:
    """Our client, speaking to that Graph."""
    delivery = Delivery(
        notification_url="https://bot.example/api/notifications",
        lifecycle_url="https://bot.example/api/lifecycle",
        key=key,
        client_state=STATE,
    )

    async def room_to_read() -> None:
        reads.append(len(graph.seen))

    async with aiohttp.ClientSession() as session:
        yield GraphClient(
            session,
            Tokens(),
            clock=lambda: NOW,
            catalog_app="11111111-2222-3333-4444-555555555555",
            permissions=("ChatMessage.Read.Chat", "ChatMember.Read.Chat"),
            mail_sender="beratung@lindenau.example",
            delivery=delivery,
            root=graph.origin,
            compliance_url="https://bot.example/notices/chat",
            room_to_read=room_to_read,
        )


from .front import front, signer  # noqa: E402, F401 - fixtures for all; they need the names above
