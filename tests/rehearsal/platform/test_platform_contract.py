"""What the stand-in's Graph answers, against Microsoft's own type system."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest
from stand_in_stage import Stage, simple_card
from test_platform_graph import CONSENT, EVENT, app_body, booked
from test_platform_notifications import opened, request

TESTS = Path(__file__).resolve().parents[2]
CONTRACT = TESTS.parents[1] / "shared" / "contracts" / "graph-v1.0.csdl.gz"


@pytest.fixture(scope="module")
def types() -> Any:
    """The reader of Graph's metadata that the tests of the Graph edge use as well."""
    if not CONTRACT.exists():
        pytest.skip("../shared/contracts/graph-v1.0.csdl.gz is missing: answers not checked against Graph's metadata")
    spec = importlib.util.spec_from_file_location("graph_csdl", TESTS / "graph" / "csdl.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["graph_csdl"] = module
    spec.loader.exec_module(module)
    return module.Csdl(CONTRACT)


async def test_answers_are_graphs(stage: Stage, types: Any) -> None:
    """Every resource the stand-in answers or notifies has names, types and enum members of Graph v1.0."""
    aad, event, meeting = await booked(stage)
    chat = f"/chats/{meeting['chatInfo']['threadId']}"
    consent = {"consentedPermissionSet": CONSENT}
    await stage.graph("POST", f"{chat}/installedApps", app_body(stage) | consent)
    await stage.graph("POST", f"/users/{aad}/teamwork/installedApps", app_body(stage))
    _, subscription = await stage.graph("POST", "/subscriptions", request(stage))
    everybody = {"petra": "advisor", "erika": "customer", "fred": "federated", "tel": "phone", "bot": "notetaker"}
    for who, kind in everybody.items():
        await stage.platform.join(who, kind)
    for who in ("petra", "erika", "fred"):
        _, message_id = await stage.platform.say(who, "Hallo")
    await stage.platform.edit("fred", message_id, "Hallo!")
    await stage.platform.delete("fred", message_id)
    await stage.send_card(simple_card("accept"))
    _, policy = await stage.platform.say("petra", "geheim")
    await stage.graph("PATCH", f"{chat}/messages/{policy}", {"policyViolation": {"dlpAction": "BlockAccess"}})
    for kind in ("recording", "transcript"):
        await stage.platform.record("petra", "start", kind)
        await stage.platform.record("petra", "stop", kind)
    meetings = f"/users/{aad}/onlineMeetings/{meeting['id']}"
    await stage.graph("PATCH", meetings, {"allowMeetingChat": "disabled"})
    stage.clock.forward(seconds=5)
    await stage.platform.end()
    found: list[tuple[str, Any]] = [("event", event), ("subscription", subscription), ("event", EVENT)]
    for kind, path in (
        ("chat", chat), ("onlineMeeting", meetings),
        ("Collection(microsoft.graph.chatMessage)", f"{chat}/messages?$top=50"),
        ("Collection(microsoft.graph.conversationMember)", f"{chat}/members"),
        ("Collection(microsoft.graph.callRecording)", f"{meetings}/recordings"),
        ("Collection(microsoft.graph.callTranscript)", f"{meetings}/transcripts"),
        ("Collection(microsoft.graph.driveItem)", f"/users/{aad}/drive/root:/Recordings:/children"),
        ("Collection(microsoft.graph.teamsAppInstallation)", f"{chat}/installedApps"),
        ("Collection(microsoft.graph.teamsAppInstallation)", f"/users/{aad}/teamwork/installedApps"),
    ):  # fmt: skip
        status, answer = await stage.graph("GET", path, headers={"Prefer": "include-unknown-enum-members"})
        assert status == 200, path
        value = answer["value"] if kind.startswith("Collection") else answer
        assert value, path
        found.append((kind, value))
    await stage.platform.settle()
    assert len(stage.bot.notifications) > 10
    for envelope in stage.bot.notifications:
        [item] = envelope["value"]
        # Graph names the resource's type here, which its metadata does not derive from resourceData.
        assert item["resourceData"].pop("@odata.type") == "#Microsoft.Graph.chatMessage"
        found += [("changeNotification", item), ("chatMessage", opened(item["encryptedContent"]))]
    errors = [error for kind, value in found for error in types.errors(kind, value)]
    assert errors == []


async def test_the_check_can_fail(types: Any) -> None:
    """A misspelt property, a wrong type and an unknown enum member are found."""
    wrong = {"chatid": "x", "createdDateTime": "gestern", "messageType": "shout"}
    assert len(types.errors("chatMessage", wrong)) == 3
