"""The page's HTTP side: who may speak to it, what a command may hold, and what it serves."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer, unused_port
from hypothesis import given
from hypothesis import strategies as st

from bot.rehearsal.commands import CommandError, Press, Say, parse_command
from bot.rehearsal.server import PAGE, PageServer, own_hosts


@pytest.fixture
async def client() -> AsyncIterator[TestClient[Any, Any]]:
    """The page without a rehearsal behind it, as it is while one starts."""
    port = unused_port()
    server = TestServer(PageServer().application(port, begin=False), host="127.0.0.1", port=port)
    async with TestClient(server) as http:
        yield http


def command(**fields: Any) -> dict[str, Any]:
    return {"data": json.dumps(fields), "headers": {"Content-Type": "application/json"}}


async def test_page_and_its_files_are_served(client: TestClient[Any, Any]) -> None:
    """The page, its style and its modules come with headers that forbid foreign content."""
    for path, kind in (("/", "text/html"), ("/page/style.css", "text/css"), ("/page/main.js", "javascript")):
        answer = await client.get(path)
        assert answer.status == 200
        assert kind in answer.headers["Content-Type"]
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/page/../server.py", "/page/%2e%2e/server.py", "/page/", "/api/state", "/nowhere"])
async def test_nothing_else_is_served(client: TestClient[Any, Any], path: str) -> None:
    """No path leads out of the page's folder, and folders are not listed."""
    assert (await client.get(path)).status in (403, 404)


@pytest.mark.parametrize(
    "headers",
    [{"Host": "evil.example"}, {"Host": "127.0.0.1"}, {"Origin": "https://evil.example"}, {"Origin": "null"}],
)
async def test_foreign_pages_are_refused(client: TestClient[Any, Any], headers: dict[str, str]) -> None:
    """A request for another host, or from another origin, is refused on every route."""
    for method, path in (("GET", "/"), ("GET", "/api/events"), ("GET", "/healthz"), ("POST", "/api/do")):
        assert (await client.request(method, path, headers=headers)).status == 403


async def test_health_says_what_is_down(client: TestClient[Any, Any]) -> None:
    """Without stand-in and bot the health endpoint answers 503 and names both."""
    answer = await client.get("/healthz")
    assert answer.status == 503
    assert await answer.json() == {"stand_in": "down", "bot": "down"}


async def test_command_before_start_is_answered(client: TestClient[Any, Any]) -> None:
    """A right command while nothing runs yet gets 503 and a reason; a wrong type of body gets 415."""
    assert (await client.post("/api/do", **command(do="join", who="erika"))).status == 503
    assert (await client.post("/api/do", data=b"{}", headers={"Content-Type": "text/plain"})).status == 415


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"[]",
        b"{}",
        b'{"do":"dance"}',
        b'{"do":"join","who":"karl"}',
        b'{"do":"join","who":"erika","more":1}',
        b'{"do":"say","who":"erika","text":""}',
        b'{"do":"say","who":"erika","text":5}',
        b'{"do":"press","who":"erika","activity":"1","verb":"v","inputs":{"a":1}}',
        b'{"do":"record","event":"pause","kind":"recording"}',
        b'{"do":"begin","booked":"yes","language":"de"}',
        b'{"do":"say","who":"erika","text":"' + b"x" * 28_001 + b'"}',
        b"\xff\xfe",
        b"[" * 10_000,
    ],
)
async def test_malformed_command_is_refused(client: TestClient[Any, Any], body: bytes) -> None:
    """Each malformed command gets 400 with a reason that does not repeat what was sent."""
    answer = await client.post("/api/do", data=body, headers={"Content-Type": "application/json"})
    assert answer.status == 400
    reason = (await answer.json())["error"]
    assert reason
    assert "xxx" not in reason


async def test_oversized_command_is_refused(client: TestClient[Any, Any]) -> None:
    """A body above the limit is refused with 413."""
    answer = await client.post("/api/do", **command(do="say", who="erika", text="x" * 300_000))
    assert answer.status == 413


async def test_events_start_with_the_state(client: TestClient[Any, Any]) -> None:
    """A page that connects is told the state at once."""
    async with client.get("/api/events") as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        line = await answer.content.readline()
    assert json.loads(line.removeprefix(b"data: "))["starting"] is True


def test_commands_are_read_as_written() -> None:
    """A right command becomes its model, texts untouched."""
    assert parse_command(b'{"do":"say","who":"max","text":" 012 "}') == Say(do="say", who="max", text=" 012 ")
    raw = b'{"do":"press","who":"petra","activity":"1","verb":"vouch","data":{"ref":"p1"}}'
    assert parse_command(raw) == Press(do="press", who="petra", activity="1", verb="vouch", data={"ref": "p1"})


@given(
    st.binary(max_size=100)
    | st.recursive(st.none() | st.text(max_size=9), st.lists).map(lambda v: json.dumps(v).encode())
)
def test_no_body_breaks_the_reader(body: bytes) -> None:
    """Whatever arrives, reading a command gives a command or our own error."""
    with pytest.raises(CommandError):
        parse_command(body)


TEXT_ROW = re.compile(r'^  "?([\w ]+)"?: \["((?:[^"\\]|\\.)+)",\s+"((?:[^"\\]|\\.)+)"\],$', re.MULTILINE)


def test_every_word_of_the_page_has_two_languages() -> None:
    """Each text has a German and an English form, and each text used in the page exists."""
    source = (PAGE / "texts.js").read_text("utf-8")
    table = source[source.index("TEXTS = {") : source.index("\n};")]
    rows = {key: (german, english) for key, german, english in TEXT_ROW.findall(table)}
    keys = re.findall(r'^  "?([\w ]+)"?: \[', table, re.MULTILINE)
    assert sorted(rows) == sorted(keys)
    markup = (PAGE / "index.html").read_text("utf-8")
    used = set(re.findall(r'data-(?:text|label|hint)="(\w+)"', markup))
    for module in PAGE.glob("*.js"):
        used |= set(re.findall(r'\btext\("([\w ]+)"\)', module.read_text("utf-8")))
    assert used
    assert used <= set(rows)
    without = re.search(r"<noscript>.*</noscript>", markup)
    assert without
    assert re.sub(r"<[^>]*>", "", without[0]) == "Diese Seite braucht JavaScript. This page needs JavaScript."
    words = re.sub(r"<[^>]*>", "", markup[markup.index("<body>") :].replace(without[0], "")).split()
    assert words == ["Deutsch", "English"]


def test_every_name_of_the_timeline_has_two_languages() -> None:
    """Each name of the program that is put into words is put into German and English words."""
    source = (PAGE / "names.js").read_text("utf-8")
    keys = re.findall(r"^  (\w+): \[", source, re.MULTILINE)
    assert len(keys) > 40
    assert sorted(key for key, _, _ in TEXT_ROW.findall(source)) == sorted(keys)


def test_guard_knows_both_loopback_names() -> None:
    """The page answers to 127.0.0.1 and to localhost, on its own port only."""
    assert own_hosts(8080) == {"127.0.0.1:8080", "localhost:8080"}
