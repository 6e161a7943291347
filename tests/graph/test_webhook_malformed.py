"""Whatever is posted to the webhook: an answer, never a 500, and nothing done without our client state."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from yarl import URL

from bot.graph.crypto import NotificationKey
from bot.graph.envelope import MAX_BODY

from .conftest import STATE
from .deliveries import encrypt, item, lifecycle, rich, token
from .fake_graph import message, recording
from .front import NOTICED, Front
from .test_messages import JSON

ANSWERS = {202, 400, 413, 415}
MANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
MEMBERS = [*sorted(item()), "lifecycleEvent", "encryptedContent"]


async def post(front: Front, data: bytes, path: str = "/api/notifications") -> int:
    answer = await front.http.post(path, data=data, headers={"Content-Type": "application/json"})
    assert await answer.read() == b""
    return answer.status


@pytest.mark.parametrize("asked", ["", "x" * 2049, "a%0d%0ab", "%00"])
async def test_odd_handshakes_are_refused(front: Front, asked: str) -> None:
    """An empty, overlong or unprintable token is not echoed."""
    answer = await front.http.post(f"/api/notifications?validationToken={asked}")
    assert (answer.status, await answer.read()) == (400, b"")


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (b"{}", "text/plain", 415),
        (b"", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"{}", "application/json", 400),
        (b'{"value": {}}', "application/json", 400),
        (b'{"value": []}', "application/json", 202),
        (b"[" * 100_000, "application/json", 400),
        (b"\xff\xfe\x00", "application/json", 400),
        (json.dumps({"value": [0] * 1001}).encode(), "application/json", 413),
        (b" " * (MAX_BODY + 1), "application/json", 413),
    ],
)
async def test_malformed_requests(front: Front, data: bytes, content_type: str, status: int) -> None:
    """What is no delivery gets its 4xx and does nothing."""
    answer = await front.http.post("/api/notifications", data=data, headers={"Content-Type": content_type})
    assert answer.status == status
    assert front.inbox.told == []


async def test_a_large_body_without_a_length(front: Front) -> None:
    """The limit holds for a body that does not announce its size, and a false compression is a bad request."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(5):
            yield b" " * 2**20

    headers = {"Content-Type": "application/json"}
    try:
        answer = await front.http.post("/api/notifications", data=chunks(), headers=headers)
        assert answer.status == 413
    except aiohttp.ClientConnectionError:  # refused while we were still sending
        pass
    answer = await front.http.post("/api/notifications", data=b"xyz", headers={**headers, "Content-Encoding": "gzip"})
    assert answer.status == 400


@MANY
@given(st.binary(max_size=300))
async def test_any_bytes(front: Front, data: bytes) -> None:
    """Any bytes at all get an answer and do nothing."""
    assert await post(front, data) in ANSWERS
    assert front.inbox.told == []


@MANY
@given(JSON, JSON)
async def test_any_json(front: Front, value: Any, tokens: Any) -> None:
    """Any JSON in the place of the items and tokens gets an answer and does nothing."""
    for body in (value, {"value": value, "validationTokens": tokens}, {"value": [value], "validationTokens": tokens}):
        assert await post(front, json.dumps(body).encode()) in ANSWERS
    assert front.inbox.told == []


@MANY
@given(st.dictionaries(st.sampled_from(MEMBERS), JSON, min_size=1), st.booleans())
async def test_any_member_of_an_item_of_ours(
    front: Front, key: NotificationKey, members: dict[str, Any], basic: bool
) -> None:
    """An item that knows our secret and is odd elsewhere is taken or left out, and its neighbour is always taken."""
    front.inbox.told.clear()
    odd = {**(item() if basic else rich(key, message("7"))), **members, "clientState": STATE}
    body = {"value": [odd, rich(key)], "validationTokens": [token(front.signer)]}
    assert await post(front, json.dumps(body).encode()) == 202
    assert NOTICED in front.inbox.told


@MANY
@given(st.dictionaries(st.sampled_from(sorted(message())), JSON))
async def test_any_member_of_a_genuine_message(front: Front, key: NotificationKey, members: dict[str, Any]) -> None:
    """A genuine message of any shape is taken or left out, and its neighbour is always taken."""
    front.inbox.told.clear()
    body = {"value": [item(encrypt({**message(), **members}, key)), rich(key, recording("initial"))]}
    body["validationTokens"] = [token(front.signer)]
    assert await post(front, json.dumps(body).encode()) == 202
    assert front.inbox.told[-1][0] == "take"


@MANY
@given(st.dictionaries(st.sampled_from(sorted(lifecycle("missed"))), JSON))
async def test_any_member_of_a_lifecycle_item(front: Front, members: dict[str, Any]) -> None:
    """Odd lifecycle items get an answer; only the events we know do anything."""
    front.inbox.told.clear()
    body = {"value": [{**lifecycle("unknown"), **members}]}
    assert await post(front, json.dumps(body).encode(), "/api/lifecycle") == 202
    assert front.inbox.told == []


@MANY
@given(st.text(max_size=50), st.binary(max_size=20))
async def test_any_handshake(front: Front, asked: str, raw: bytes) -> None:
    """Any token in any encoding is echoed as text or refused."""
    answer = await front.http.post("/api/notifications", params={"validationToken": asked})
    assert (answer.status, await answer.text()) in ((200, asked), (400, ""))
    quoted = "".join(f"%{byte:02x}" for byte in raw)
    answer = await front.http.post(URL(f"/api/notifications?validationToken={quoted}", encoded=True))
    assert answer.status in (200, 400)
