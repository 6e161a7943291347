"""Switches, faults, interruptions; and that nothing a bot sends breaks the stand-in."""

from __future__ import annotations

import random
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from stand_in_stage import Stage, simple_card

from bot.rehearsal.platform import Fault, Platform, Switches
from bot.rehearsal.platform.pacing import SEND, Pacing
from bot.rehearsal.platform.switches import ALLOWED

TEXT = {"type": "message", "text": "Guten Tag"}


class Moment:
    """A clock for the limits alone."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@given(st.lists(st.floats(0, 3), max_size=120))
def test_no_window_ever_holds_more_than_its_limit(pauses: list[float]) -> None:
    """However requests come, no window lets through more than allowed, and after Retry-After one goes through."""
    clock, taken = Moment(), []
    pacing = Pacing(clock)
    for pause in pauses:
        clock.now += timedelta(seconds=pause)
        wait = pacing.wait("x", SEND)
        if wait is not None:
            clock.now += timedelta(seconds=wait)
            assert pacing.wait("x", SEND) is None
        taken.append(clock.now)
    for count, seconds in SEND:
        for start in taken:
            assert sum(start <= moment < start + timedelta(seconds=seconds) for moment in taken) <= count


def test_switches_know_their_values() -> None:
    """Every allowed value is taken, in YAML's spelling too, and defaults are those of the format."""
    for name, values in ALLOWED.items():
        for value in values:
            assert getattr(Switches.parse({name: value}), name) == value
    assert Switches.parse({"targeted_messages": True}).targeted_messages == "on"
    assert Switches.parse({"targeted_messages": False}) == Switches.parse(None) == Switches()
    assert Switches().hide_guest_messages == "refuse"


@given(
    st.dictionaries(st.sampled_from([*ALLOWED, "unknown"]), st.one_of(st.text(), st.integers(), st.none()), min_size=1)
)
def test_wrong_switches_are_named(mapping: dict[str, Any]) -> None:
    """A wrong switch raises ValueError naming a key of the mapping; a right one is taken."""
    if all(key in ALLOWED and value in ALLOWED[key] for key, value in mapping.items()):
        assert {key: getattr(Switches.parse(mapping), key) for key in mapping} == mapping
        return
    with pytest.raises(ValueError, match=r"platform\.(" + "|".join(mapping) + "): "):
        Switches.parse(mapping)


GRAPH_503 = {"on": "graph", "status": 503}


@pytest.mark.parametrize(
    "entry",
    [{}, {"on": "graph"}, {"on": "mars", "status": 503}, GRAPH_503 | {"status": 200}, GRAPH_503 | {"status": "503"},
     GRAPH_503 | {"times": 0}, GRAPH_503 | {"times": True}, GRAPH_503 | {"retry_after": -1}, GRAPH_503 | {"more": 1},
     {"redeliver": "sometimes"}, {"redeliver": "every", "on": "graph"}, {"on": "graph", "lost_answer": "yes"}, []],
)  # fmt: skip
def test_wrong_faults_are_refused(entry: Any) -> None:
    """A fault that is none raises ValueError with a clear text."""
    with pytest.raises(ValueError, match="faults"):
        Fault.parse(entry)


async def test_status_faults_count(stage: Stage) -> None:
    """The next two Graph requests fail with status and Retry-After, other services do not, the third goes through."""
    await stage.meeting(("petra", "advisor"))
    stage.platform.set_faults([Fault.parse({"on": "graph", "status": 503, "times": 2, "retry_after": 3})])
    for _ in range(2):
        assert (await stage.graph("GET", f"/chats/{stage.chat}"))[0] == 503
        assert stage.last_headers["Retry-After"] == "3"
        assert (await stage.send(TEXT))[0] == 201
    assert (await stage.graph("GET", f"/chats/{stage.chat}"))[0] == 200


async def test_a_fault_meets_an_oversized_body(stage: Stage) -> None:
    """A request that is to fail anyway fails with the fault's status, whatever its body is."""
    stage.platform.set_faults([Fault(on="graph", status=502)])
    assert (await stage.graph("POST", "/subscriptions", data=b"x" * 5_000_000))[0] == 502


async def test_login_faults(stage: Stage) -> None:
    """A fault on login meets the token endpoint only."""
    stage.platform.set_faults([Fault(on="login", status=503, times=1)])
    environment = stage.platform.bot_environment()
    url = f"{environment['BOT_REHEARSAL_LOGIN']}/{environment['BOT_TENANT_ID']}/v2.0/.well-known/openid-configuration"
    statuses = []
    for _ in range(2):
        async with stage.http.get(url, ssl=False) as answer:
            statuses.append(answer.status)
    assert statuses == [503, 200]


async def test_a_lost_answer_was_carried_out(stage: Stage) -> None:
    """With lost_answer the message is there, once, though the connection broke."""
    await stage.meeting(("petra", "advisor"))
    stage.platform.set_faults([Fault(on="connector", lost_answer=True)])
    with pytest.raises(aiohttp.ClientError):
        await stage.send(TEXT)
    assert [entry["text"] for entry in stage.platform.bot_chat()] == ["Guten Tag"]
    assert (await stage.send(TEXT))[0] == 201


async def test_an_interruption_strikes_in_the_middle(stage: Stage) -> None:
    """The effect happens, then the strike, then the answer is lost; other requests and later ones are untouched."""
    await stage.meeting(("petra", "advisor"))
    _, message_id = await stage.platform.say("petra", "geheim")
    seen: list[str] = []

    async def strike() -> None:
        message = stage.core.world.chats[stage.chat].messages[message_id]
        seen.append(str((message.policy or {}).get("dlpAction")))

    stage.platform.interrupt("hide", strike)
    assert (await stage.send(TEXT))[0] == 201
    body = {"policyViolation": {"dlpAction": "BlockAccess"}}
    url = f"/chats/{stage.chat}/messages/{message_id}"
    with pytest.raises(aiohttp.ClientError):
        await stage.graph("PATCH", url, body)
    assert seen == ["BlockAccess"]
    assert (await stage.graph("PATCH", url, body))[0] == 200


@pytest.mark.parametrize(
    ("effect", "kind"), [("warn", "guard_notice"), ("flag", "recording_flag"), ("welcome", "welcome")]
)
async def test_cards_can_be_interrupted_by_kind(stage: Stage, effect: str, kind: str) -> None:
    """An effect that is a card strikes when that card is sent; disarmed, it does not."""
    await stage.meeting(("petra", "advisor"))
    struck: list[str] = []

    async def strike() -> None:
        struck.append(kind)

    disarm = stage.platform.interrupt(effect, strike)
    await stage.send_card(simple_card("x"), "other")
    with pytest.raises(aiohttp.ClientError):
        await stage.send_card(simple_card("x"), kind)
    disarm()
    stage.platform.interrupt(effect, strike)()
    await stage.send_card(simple_card("x"), kind)
    assert struck == [kind]


HOSTILE: list[bytes] = [
    b"", b"{", b"null", b"[]", b"5", b'"x"', b"{}", b"\xff\xfe\x00", b'{"a":NaN}', b"[" * 100_000,
    b'{"type":"message","text":"\\ud800"}', b'{"message":{"toRecipients":[null]}}', b'{"members":[null]}',
    b'{"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","content":'
    + b'{"type":"AdaptiveCard","version":"1.5","body":[' + b'{"items":[' * 300 + b"]}" * 300 + b"]}}]}",
    b'{"policyViolation":{"dlpAction":["BlockAccess"]}}', b'{"value":{"recipients":[{}],"surfaces":[5]}}',
    b'{"expirationDateTime":"9999-99-99T99:99:99Z"}', b'{"start":{"dateTime":"0001-01-01T00:00:00","timeZone":"../x"}}',
    b'{"teamsApp@odata.bind":5,"consentedPermissionSet":[]}', b"x" * 5_000_000,
]  # fmt: skip


async def test_mounted_on_another_application() -> None:
    """Mounted on a page's application, the services answer on its port, and stop leaves no certificate behind."""
    app = web.Application()
    clock = Moment()
    platform = Platform(clock=clock, switches=Switches(), rng=random.Random(3))
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    await platform.start(app, port=port)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{platform.origin}/openid/botframework") as answer:
            assert (await answer.json())["jwks_uri"] == f"http://127.0.0.1:{port}/openid/botframework/keys"
        async with http.get(f"{platform.origin}/graph/v1.0/chats/x") as answer:
            assert answer.status == 401
    await runner.cleanup()
    certificate = platform.bot_environment()["BOT_REHEARSAL_CERTIFICATE"]
    assert is_file(certificate)
    await platform.stop()
    assert not is_file(certificate)


def is_file(path: str) -> bool:
    return Path(path).is_file()


async def test_nothing_breaks_the_stand_in(stage: Stage) -> None:
    """Each route answers each hostile body with an error or a success of its own, never with a failure (5xx)."""
    await stage.meeting(("petra", "advisor"))
    aad = stage.platform.register_advisor("petra", "Petra Berater")
    _, message_id = await stage.platform.say("petra", "geheim")
    _, sent = await stage.send(TEXT)
    meeting = stage.core.world.current
    assert meeting is not None
    parts = {
        **dict.fromkeys(("event", "installation", "subscription", "capture", "name", "item", "drive"), "x"),
        **dict.fromkeys(("conversation", "chat"), stage.chat),
        **dict.fromkeys(("activity", "reply_to"), sent["id"]),
        **dict.fromkeys(("member", "participant", "user"), aad),
        "message": message_id,
        "meeting": meeting.id,
        "share": "u!%ff",
    }
    seen: set[int] = set()
    for service, path, method in routes(stage):
        if (method, path) == ("DELETE", "/chats/{chat}"):
            continue
        for body in HOSTILE if method != "GET" else [b""]:
            stage.clock.forward(hours=1)
            url = path.format(**(parts | ({"meeting": meeting.public_id} if service == "connector" else {})))
            status, _ = await stage.call(service, method, url, data=body)
            assert status < 500, (method, path, body[:60])
            seen.add(status)
    assert {400, 404, 413} <= seen


def routes(stage: Stage) -> list[tuple[str, str, str]]:
    """(service, path, method) of every route of connector and Graph."""
    from bot.rehearsal.platform import connector, connector_meetings, graph

    found = [("connector", r.path, r.method) for r in [*connector.routes(), *connector_meetings.routes()]]
    return found + [("graph", r.path, r.method) for r in graph.routes("")]
