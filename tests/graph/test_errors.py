"""Refusals, throttling, hostile answers: every failure is one of our errors, with a code of ours and no more text."""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import aiohttp
import pytest
from aiohttp import web

from bot.graph.client import GraphClient
from bot.graph.http import MAX_ANSWER, GraphHttp, retry_after_of
from bot.ports import Gone, PlatformError, Refused, Throttled, Unavailable

from .conftest import Tokens
from .fake_graph import CHAT, FakeGraph, message

SECRET = "DE02120300000000202051"


async def hide(client: GraphClient) -> None:
    await client.hide(CHAT, "1", tip="t", kinds=())


async def read(client: GraphClient) -> None:
    await client.message(CHAT, "1")


async def failure(call: Callable[[GraphClient], Awaitable[None]], client: GraphClient) -> PlatformError:
    """The error of a call; nothing of it, printed with all its chain, holds the secret of the answer."""
    with pytest.raises(PlatformError) as caught:
        await call(client)
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    cause: BaseException | None = caught.value
    while cause is not None:
        assert SECRET not in repr(cause.__dict__) + repr(cause.args)
        cause = cause.__cause__ or cause.__context__
    return caught.value


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, Refused, "bad_request"),
        (403, Refused, "forbidden"),
        (404, Gone, "not_found"),
        (405, Refused, "not_allowed"),
        (409, Refused, "conflict"),
        (410, Gone, "not_found"),
        (412, Throttled, "precondition"),
        (413, Refused, "too_large"),
        (418, Refused, "refused"),
        (429, Throttled, "throttled"),
        (500, Unavailable, "server_error"),
        (503, Unavailable, "server_error"),
        (302, Unavailable, "bad_answer"),
    ],
)
async def test_a_status_becomes_our_error(
    client: GraphClient, graph: FakeGraph, status: int, kind: type[PlatformError], code: str
) -> None:
    """Each status has its kind and code, and the text of the answer stays outside."""
    body = {"error": {"code": SECRET, "message": SECRET}}
    graph.script = [web.json_response(body, status=status, headers={"Location": f"{graph.origin}/elsewhere"})]
    problem = await failure(hide, client)
    assert (type(problem), problem.code, problem.status) == (kind, code, status)
    assert len(graph.seen) == 1


@pytest.mark.parametrize(
    ("status", "write", "read_"), [(500, True, False), (502, True, False), (503, False, False), (504, True, False)]
)
async def test_what_may_have_been_done(
    client: GraphClient, graph: FakeGraph, status: int, write: bool, read_: bool
) -> None:
    """After a 5xx a write may have been carried out, except where the service says it was not available."""
    graph.script = [web.Response(status=status), web.Response(status=status)]
    assert [getattr(await failure(call, client), "maybe_done", None) for call in (hide, read)] == [write, read_]


async def test_retry_after_is_passed_on(client: GraphClient, graph: FakeGraph) -> None:
    """How long to wait is what the platform said, or nothing."""
    graph.script = [web.Response(status=429, headers={"Retry-After": "11"}), web.Response(status=429)]
    waits = [await failure(hide, client), await failure(hide, client)]
    assert [wait.retry_after for wait in waits if isinstance(wait, Throttled)] == [11.0, None]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        (" 30 ", 30.0),
        ("999999999", 86_400.0),
        ("-5", None),
        ("nan", None),
        ("1e9", None),
        ("٣", None),
        ("Sun, 29 Mar 2026 09:01:00 GMT", 60.0),
        ("Sun, 29 Mar 2026 08:00:00 GMT", 0.0),
        ("Sun, 29 Mar 2026 09:01:00", None),
        ("soon", None),
    ],
)
def test_retry_after_of(header: str | None, seconds: float | None) -> None:
    """Numbers and HTTP dates are understood, never negative, never endless; anything else is ignored."""
    assert retry_after_of(header, datetime(2026, 3, 29, 9, 0, tzinfo=UTC)) == seconds


async def test_one_fresh_token_after_a_401(client: GraphClient, graph: FakeGraph) -> None:
    """A refused token is replaced once; if the new one is refused too, it is asked again later: only what was
    asked for can be refused."""
    graph.tokens = ["token-2"]
    await hide(client)
    assert [seen.headers["Authorization"] for seen in graph.seen] == ["Bearer token-1", "Bearer token-2"]
    graph.tokens = []
    problem = await failure(hide, client)
    assert (type(problem), problem.code) == (Unavailable, "unauthorized")
    assert len(graph.seen) == 4


@pytest.mark.parametrize(
    "answer",
    [
        (f"<html>{SECRET}</html>", "text/html"),
        (f"<html>{SECRET}</html>", "application/json"),
        (f'{{"id": "1", "body": "{SECRET}', "application/json"),
        (f'["{SECRET}"]', "application/json"),
        ("", "application/json"),
        ("[" * 200_000, "application/json"),
        (f'{{"id": 5, "body": "{SECRET}"}}', "application/json"),
    ],
)
async def test_an_answer_that_is_none(client: GraphClient, graph: FakeGraph, answer: tuple[str, str]) -> None:
    """HTML, broken, empty or absurdly nested JSON, or JSON of another shape is no answer."""
    graph.script = [web.Response(text=answer[0], content_type=answer[1])]
    problem = await failure(read, client)
    assert (type(problem), problem.code) == (Unavailable, "bad_answer")


async def test_a_proxys_page_confirms_nothing(client: GraphClient, graph: FakeGraph) -> None:
    """An HTML page with status 200 does not make a message hidden."""
    graph.script = [web.Response(text="<html>welcome</html>", content_type="text/html")]
    problem = await failure(hide, client)
    assert isinstance(problem, Unavailable)
    assert problem.maybe_done


async def test_accepted_is_not_done(client: GraphClient, graph: FakeGraph) -> None:
    """A 202 or 207 does not make a message hidden; for a mail, 202 is what Graph documents."""
    graph.script = [web.Response(status=status) for status in (202, 207, 202)]
    assert [(await failure(hide, client)).code for _ in range(2)] == ["bad_answer", "bad_answer"]
    await client.send_mail("k@example.org", subject="S", html="")
    assert graph.script == []


async def test_a_huge_answer_is_not_swallowed(client: GraphClient, graph: FakeGraph) -> None:
    """An answer of 20 MB is given up at the limit."""
    written = 0

    async def flood(request: web.Request) -> web.StreamResponse:
        nonlocal written
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        try:
            for _ in range(20):
                await response.write(b" " * 2**20)
                written += 2**20
        except ConnectionError:
            pass
        return response

    graph.script = [flood]
    problem = await failure(read, client)
    assert (type(problem), problem.code) == (Unavailable, "answer_too_large")
    assert written < 20 * 2**20
    assert MAX_ANSWER < 20 * 2**20


async def test_a_lost_answer_may_have_been_done(client: GraphClient, graph: FakeGraph) -> None:
    """A connection cut after the request leaves a write in doubt; a read is simply repeated."""

    async def cut(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    graph.script = [cut, cut, cut]
    lost = await failure(hide, client)
    assert (lost.code, lost.maybe_done) == ("connection_lost", True)  # type: ignore[attr-defined]


async def test_nobody_listens(graph: FakeGraph) -> None:
    """A refused connection means that nothing was sent."""
    async with aiohttp.ClientSession() as session:
        http = GraphHttp(session, Tokens(), "http://127.0.0.1:9")
        with pytest.raises(Unavailable) as problem:
            await http.send("POST", http.url("users", "a", "events"), {})
    assert (problem.value.code, problem.value.maybe_done) == ("unreachable", False)


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/v1.0/chats/x/messages",
        "{origin}/elsewhere",
        "{origin}.evil.example/v1.0/chats",
        "/v1.0/chats",
        "//evil.example/v1.0/x",
        "http://[/",
        7,
        {},
    ],
)
async def test_pages_lead_nowhere_else(client: GraphClient, graph: FakeGraph, link: object) -> None:
    """A nextLink that leaves our Graph is not followed: the token stays here."""
    if isinstance(link, str):
        link = link.replace("{origin}", graph.origin)
    graph.script = [web.json_response({"value": [message("5")], "@odata.nextLink": link})]
    reading = client.messages_since(CHAT, None)
    assert (await anext(reading)).id == "5"
    with pytest.raises(Unavailable, match="foreign_next_link"):
        await anext(reading)
    assert len(graph.seen) == 1


async def test_pages_in_a_circle_end(client: GraphClient, graph: FakeGraph) -> None:
    """A nextLink to a page already read ends the reading with an error."""

    async def circle(_: web.Request) -> web.Response:
        return web.json_response({"value": [], "@odata.nextLink": f"{graph.origin}/v1.0/chats/x/messages?p=1"})

    graph.script = [circle] * 5
    with pytest.raises(Unavailable, match="endless_pages"):
        _ = [one async for one in client.messages_since(CHAT, None)]
    assert len(graph.seen) == 2
