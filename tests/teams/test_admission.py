"""What is let in besides the token: service URL, form of the activity, JSON, size (teams-platform 9.2)."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from .world import SERVICE_URL, activity, bearer, message, running_front

SERVICE_URLS = [
    "http://smba.trafficmanager.net/emea/",
    "https://smba.trafficmanager.net:444/emea/",
    "https://smba.trafficmanager.net.example.org/emea/",
    "https://smba.trafficmanager.net@example.org/emea/",
    "https://example.org/smba.trafficmanager.net/",
    "https://example.org\\@smba.trafficmanager.net/",
    "https://example.org#@smba.trafficmanager.net/",
    "https://smba.trafficmanager.net%2eexample.org/",
    "https://botframework.com/",
    "https://evilbotframework.com/",
    "https://smba。trafficmanager。net/",
    "https://127.0.0.1/connector/",
    "http://127.0.0.1:4000/connector/",
    "https:///emea/",
    "https://smba.trafficmanager.net\n/emea/",
    "smba.trafficmanager.net/emea/",
    "file:///etc/passwd",
    "https://[::1/",
    "x" * 600,
]


@pytest.mark.parametrize("service_url", SERVICE_URLS)
async def test_a_service_url_off_the_list_is_refused(service_url: str) -> None:
    """Even where the token names it, an address that is not https on a listed host is 403."""
    async with running_front() as world:
        status, _ = await world.post(message(serviceUrl=service_url), bearer(serviceurl=service_url))
        assert status == 403
        assert world.inbox.everything == []


WRONG_ACTIVITIES: list[tuple[str, Any, int]] = [
    ("only a type", {"type": "message"}, 400),
    ("empty object", {}, 400),
    ("array", [message()], 400),
    ("text", "message", 400),
    ("number", 7, 400),
    ("no type", message(type=...), 400),
    ("type not a text", message(type=["message"]), 400),
    ("no channelId", message(channelId=...), 400),
    ("other channel", message(channelId="webchat"), 403),
    ("emulator channel", message(channelId="emulator"), 403),
    ("channel not a text", message(channelId={"id": "msteams"}), 400),
    ("no serviceUrl", message(serviceUrl=...), 400),
    ("empty serviceUrl", message(serviceUrl=""), 400),
    ("null serviceUrl", message(serviceUrl=None), 400),
    ("serviceUrl not a text", message(serviceUrl=[SERVICE_URL]), 400),
    ("no conversation", message(conversation=...), 400),
    ("conversation a text", message(conversation="19:x"), 400),
    ("conversation without id", message(conversation={}), 400),
    ("conversation id a number", message(conversation={"id": 7}), 400),
    ("conversation id with NUL", message(conversation={"id": "19:\x00"}), 400),
    ("conversation id endless", message(conversation={"id": "1" * 1001}), 400),
    ("no from", message(**{"from": ...}), 400),
    ("from without id", message(**{"from": {"name": "x"}}), 400),
    ("from a list", message(**{"from": []}), 400),
    ("no id", message(id=...), 400),
    ("id a number", message(id=1766394000000), 400),
    ("id half a character", message(id="\ud800"), 400),
    ("text a number", message(text=7), 400),
    ("text a list", message(text=["x"]), 400),
    ("attachments an object", message(attachments={"contentType": "text/html"}), 400),
    ("attachment a text", message(attachments=["x"]), 400),
    ("HTML not a text", message(attachments=[{"contentType": "text/html", "content": {"x": 1}}]), 400),
    ("timestamp a number", message(timestamp=7), 400),
    ("timestamp no time", message(timestamp="yesterday"), 400),
    ("timestamp before all time", message(timestamp="0001-01-01T00:00:00+14:00"), 400),
    ("channelData a text", message(channelData="x"), 400),
    ("membersAdded an object", activity(type="conversationUpdate", membersAdded={}), 400),
    ("membersAdded of texts", activity(type="conversationUpdate", membersAdded=["x"]), 400),
    ("member without id", activity(type="conversationUpdate", membersAdded=[{"name": "x"}]), 400),
    ("participants missing", activity(type="event", name="application/vnd.microsoft.meetingParticipantJoin"), 400),
    ("submit of nothing", activity(value={}, replyToId="1"), 400),
    ("submit of a list", activity(value=[1], replyToId="1"), 400),
    ("delete without id", activity(type="messageDelete", id=...), 400),
]  # fmt: skip


@pytest.mark.parametrize(("name", "wrong", "status"), WRONG_ACTIVITIES, ids=[row[0] for row in WRONG_ACTIVITIES])
async def test_an_activity_of_the_wrong_form_is_refused(name: str, wrong: Any, status: int) -> None:
    """What is no activity of Teams is 400 (another channel's 403), and nothing reaches the inbox."""
    async with running_front() as world:
        assert (await world.post(wrong))[0] == status
        assert world.inbox.everything == []


_TEXT = json.dumps(message()).encode()
WRONG_BODIES: list[tuple[str, bytes]] = [
    ("nothing", b""),
    ("null", b"null"),
    ("cut off", _TEXT[:-1]),
    ("two values", _TEXT + _TEXT),
    ("a member twice", _TEXT.replace(b'{"type"', b'{"type": "message", "type"', 1)),
    ("a nested member twice", _TEXT.replace(b'{"isGroup"', b'{"id": "19:other", "isGroup"', 1)),
    ("NaN", _TEXT.replace(b'"Guten Tag"', b"NaN", 1)),
    ("Infinity", _TEXT.replace(b'"Guten Tag"', b"-Infinity", 1)),
    ("1e999", _TEXT.replace(b'"Guten Tag"', b"1e999", 1)),
    ("endless integer", _TEXT.replace(b'"Guten Tag"', b"9" * 5000, 1)),
    ("not UTF-8", _TEXT.replace(b"Guten", b"\xff\xfe", 1)),
    ("UTF-16", _TEXT.decode().encode("utf-16")),
    ("byte order mark", b"\xef\xbb\xbf" + _TEXT),
    ("nested a hundred deep", _TEXT.replace(b'"Guten Tag"', b"[" * 100 + b"]" * 100, 1)),
    ("value nested a hundred deep", _TEXT[:-1] + b', "value": ' + b'{"a":' * 100 + b"1" + b"}" * 101),
    ("nested a hundred thousand deep", b"[" * 100_000),
    ("objects nested deeply", b'{"a":' * 50_000),
    ("NUL bytes", b"\x00" * 100),
    ("XML", b"<activity/>"),
]


@pytest.mark.parametrize(("name", "body"), WRONG_BODIES, ids=[row[0] for row in WRONG_BODIES])
async def test_a_body_that_is_not_plain_json_is_400(name: str, body: bytes) -> None:
    """Broken, ambiguous or absurd JSON is 400 (the SDK answered 500), and nothing reaches the inbox."""
    async with running_front() as world:
        assert await world.post_raw(body) == 400
        assert world.inbox.everything == []


async def test_a_flat_body_with_many_members_is_not_too_deep() -> None:
    """Depth is refused, width is not: a message with two hundred entities is heard."""
    async with running_front() as world:
        assert (await world.post(message(entities=[{"type": "mention"}] * 200)))[0] == 201
        assert len(world.inbox.heard) == 1


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])
async def test_another_content_type_is_415(content_type: str) -> None:
    """Only application/json is read."""
    async with running_front() as world:
        assert await world.post_raw(_TEXT, **{"Content-Type": content_type}) == 415
        assert world.inbox.everything == []


async def test_a_charset_beside_the_content_type_is_fine() -> None:
    """The platform sends `application/json; charset=utf-8`."""
    async with running_front() as world:
        assert await world.post_raw(_TEXT, **{"Content-Type": "application/json; charset=utf-8"}) == 201


async def test_a_body_over_the_limit_is_413_however_it_comes() -> None:
    """Announced, chunked or compressed: more than the limit is 413; exactly the limit is read."""

    async def chunks() -> Any:
        for _ in range(40):
            yield b" " * 100

    async with running_front(body_limit=2000) as world:
        head = {"Authorization": bearer(), "Content-Type": "application/json"}
        statuses = [
            await world.post_raw(_TEXT + b" " * (2001 - len(_TEXT))),
            await world.post_raw(gzip.compress(b" " * 100_000), **{"Content-Encoding": "gzip"}),
        ]
        async with world.client.post("/api/messages", data=chunks(), headers=head) as answer:
            statuses.append(answer.status)
        assert statuses == [413, 413, 413]
        assert world.inbox.everything == []
        assert await world.post_raw(_TEXT + b" " * (2000 - len(_TEXT))) == 201


async def test_a_broken_compression_is_400() -> None:
    """A body that says gzip and is not is the sender's fault."""
    async with running_front() as world:
        assert await world.post_raw(b"not gzip at all", **{"Content-Encoding": "gzip"}) == 400


async def test_other_methods_are_405() -> None:
    """The route takes POST only."""
    async with running_front() as world, world.client.get("/api/messages") as answer:
        assert answer.status == 405
