"""Who is there, who can read what, and what people cannot do."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stand_in_stage import Stage

from bot.rehearsal.platform import Platform, Switches


def start() -> datetime:
    return datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


async def test_a_guests_id_changes_on_rejoin(stage: Stage) -> None:
    """A guest who comes back has a new 29: id and stay; a tenant user keeps id and Entra id."""
    await stage.meeting(("petra", "advisor"), ("erika", "customer"))
    for who in ("petra", "erika"):
        await stage.platform.leave(who)
        assert await stage.platform.rejoin(who) == "ok"
    petra, erika, petra_again, erika_again = stage.platform.stays()
    assert [stay.who for stay in stage.platform.stays()] == ["petra", "erika", "petra", "erika"]
    assert petra.person_id == petra_again.person_id
    assert petra.aad_id == petra_again.aad_id is not None
    assert erika.person_id != erika_again.person_id
    assert erika.aad_id is erika_again.aad_id is None
    assert [stay.present for stay in stage.platform.stays()] == [False, False, True, True]


async def test_history(stage: Stage) -> None:
    """Who joins later: a tenant user sees what was said before, a guest does not; a guest who left sees nothing."""
    await stage.meeting(("petra", "advisor"), ("erika", "customer"))
    _, message_id = await stage.platform.say("erika", "Hallo")
    await stage.platform.join("paul", "colleague")
    await stage.platform.join("otto", "guest")
    await stage.platform.join("fred", "federated")
    await stage.platform.join("tel", "phone")
    assert stage.platform.readable_by(message_id) == ["petra", "erika", "paul"]
    _, later = await stage.platform.say("petra", "Willkommen")
    assert stage.platform.readable_by(later) == ["petra", "erika", "paul", "otto", "fred"]
    await stage.platform.leave("erika")
    await stage.platform.rejoin("erika")
    assert stage.platform.readable_by(message_id) == ["petra", "paul"]
    await stage.platform.end()
    assert stage.platform.readable_by(later) == ["petra", "paul"]


async def test_an_edit_lifts_hiding(stage: Stage) -> None:
    """An author's edit of a hidden message makes it readable again."""
    stage.platform.switches = Switches(hide_guest_messages="allow")
    await stage.meeting(("petra", "advisor"), ("erika", "customer"))
    _, message_id = await stage.platform.say("erika", "geheim")
    body = {"policyViolation": {"dlpAction": "BlockAccess"}}
    await stage.graph("PATCH", f"/chats/{stage.chat}/messages/{message_id}", body)
    assert stage.platform.readable_by(message_id) == ["erika"]
    assert await stage.platform.edit("erika", message_id, "wieder geheim") == "ok"
    assert stage.platform.readable_by(message_id) == ["petra", "erika"]


async def test_external_blocking(stage: Stage) -> None:
    """BlockAccessExternal shuts out guests and leaves tenant users reading."""
    await stage.meeting(("petra", "advisor"), ("erika", "customer"))
    _, message_id = await stage.platform.say("petra", "intern")
    body = {"policyViolation": {"dlpAction": "NotifySender,BlockAccessExternal"}}
    assert (await stage.graph("PATCH", f"/chats/{stage.chat}/messages/{message_id}", body))[0] == 200
    assert stage.platform.readable_by(message_id) == ["petra"]


async def test_what_people_cannot_do(stage: Stage) -> None:
    """Touching others' messages, acting absent, speaking by phone and joining twice are refused by the platform."""
    await stage.meeting(("petra", "advisor"), ("erika", "customer"), ("tel", "phone"))
    _, message_id = await stage.platform.say("erika", "Hallo")
    refused = "refused by platform"
    platform = stage.platform
    assert await platform.edit("petra", message_id, "x") == refused
    assert await platform.delete("petra", message_id) == refused
    assert await platform.undelete("erika", message_id) == refused
    assert await platform.edit("erika", "", "x") == refused
    assert await platform.join("erika", "customer") == refused
    assert await platform.rejoin("nobody") == refused
    assert (await platform.say("tel", "x"))[0] == refused
    assert (await platform.say("nobody", "x")) == (refused, "")
    assert (await platform.say("erika", "x" * 60_000))[0] == refused
    await platform.leave("erika")
    assert await platform.leave("erika") == refused
    assert (await platform.say("erika", "x"))[0] == refused
    assert await platform.delete("erika", message_id) == refused
    assert (await platform.say("petra", "x"))[0] == "ok"


async def test_wrong_roles_are_errors(stage: Stage) -> None:
    """An unknown role, or a second role for the same person, is a ValueError."""
    await stage.meeting(("petra", "advisor"))
    with pytest.raises(ValueError, match="as:"):
        await stage.platform.join("otto", "wizard")
    with pytest.raises(ValueError, match="petra joined as advisor"):
        await stage.platform.join("petra", "customer")


async def test_nothing_happens_without_a_meeting(stage: Stage) -> None:
    """Before there is a meeting, everything is refused or empty."""
    assert await stage.platform.join("petra", "advisor") == "refused by platform"
    assert await stage.platform.end() == "refused by platform"
    assert stage.platform.stays() == []
    assert stage.platform.view("petra")["messages"] == []
    assert stage.platform.visible_cards("petra") == []
    assert stage.platform.readable_by("1") == []


async def test_two_meetings(stage: Stage) -> None:
    """People act in the meeting in use; the other one's chat and readers stay as they are."""
    await stage.meeting(("petra", "advisor"), ("erika", "customer"))
    first = stage.chat
    _, message_id = await stage.platform.say("erika", "eins")
    await stage.platform.add_meeting("paul", "Paul")
    await stage.platform.join("otto", "guest")
    await stage.platform.say("otto", "zwei")
    assert stage.bot.activities[-1]["conversation"]["id"] == stage.chat != first
    assert stage.platform.readable_by(message_id) == ["petra", "erika"]
    stage.platform.use_meeting(first)
    assert [stay.who for stay in stage.platform.stays()] == ["petra", "erika"]
    with pytest.raises(KeyError):
        stage.platform.use_meeting("19:nowhere@thread.v2")


async def test_the_app_is_taken_out(stage: Stage) -> None:
    """Removal is the last thing the bot hears; it can no longer send."""
    await stage.meeting(("petra", "advisor"))
    assert await stage.platform.remove_app() == "ok"
    await stage.platform.say("petra", "Hallo")
    assert [(a["type"], a["action"]) for a in stage.bot.activities] == [("installationUpdate", "remove")]
    assert (await stage.send({"type": "message", "text": "x"}))[0] == 403
    assert await stage.platform.remove_app() == "refused by platform"


async def test_watchers_are_told(stage: Stage) -> None:
    """on_change is called when something visible changed."""
    calls: list[int] = []
    stage.platform.on_change(lambda: calls.append(1))
    await stage.meeting(("petra", "advisor"))
    before = len(calls)
    await stage.platform.say("petra", "Hallo")
    assert len(calls) > before


async def test_the_view_keeps_secrets(stage: Stage) -> None:
    """The page shows a latecomer nothing from before, and nobody the text of a deleted message."""
    await stage.meeting(("petra", "advisor"), ("erika", "customer"))
    _, message_id = await stage.platform.say("erika", "geheim")
    await stage.platform.join("otto", "guest")
    assert "geheim" not in str(stage.platform.view("otto"))
    assert "geheim" in str(stage.platform.view("petra"))
    await stage.platform.delete("erika", message_id)
    for who in ("petra", "erika", "otto"):
        assert "geheim" not in str(stage.platform.view(who))
    entry = next(m for m in stage.platform.view("petra")["messages"] if m["id"] == message_id)
    assert (entry["deleted"], entry["text"]) == (True, None)


PEOPLE = {"petra": "advisor", "paul": "colleague", "erika": "customer", "otto": "guest"}
STEPS = st.lists(
    st.tuples(st.sampled_from(["join", "leave", "say", "edit", "delete", "undelete", "hide", "end"]),
              st.sampled_from(sorted(PEOPLE))),
    max_size=25,
)  # fmt: skip


async def play(steps: list[tuple[str, str]]) -> None:
    """Play steps against a stand-in without a bot and check each message against a plain model."""
    platform = Platform(clock=start, switches=Switches(), rng=random.Random(1), language="de")
    await platform.add_meeting("petra", "Petra Berater")
    model: dict[str, dict[str, Any]] = {}
    present: dict[str, int] = {}
    ever: list[str] = []
    stay_no = 0
    newest = ""
    for step, who in steps:
        if step == "join":
            result = await platform.join(who, PEOPLE[who])
            assert (result == "ok") == (who not in present)
            if result == "ok":
                stay_no += 1
                present[who] = stay_no
                ever += [who] if who not in ever else []
        elif step == "leave":
            assert (await platform.leave(who) == "ok") == (who in present)
            present.pop(who, None)
        elif step == "end":
            await platform.end()
            present.clear()
        elif step == "say":
            result, message_id = await platform.say(who, "Text")
            if result == "ok":
                newest = message_id
                model[newest] = {
                    "by": who,
                    "stay": present.get(who),
                    "for": dict(present),
                    "gone": False,
                    "hidden": False,
                }
        elif newest and step in ("edit", "delete", "undelete"):
            result = await getattr(platform, step)(who, newest, *(["Neu"] if step == "edit" else []))
            if result == "ok":
                assert model[newest]["by"] == who
                model[newest]["gone"] = {"edit": model[newest]["gone"], "delete": True, "undelete": False}[step]
                model[newest]["hidden"] = model[newest]["hidden"] and step != "edit"
        elif newest and step == "hide" and not model[newest]["gone"]:
            platform._core.world.chats[platform.conversation_id].messages[newest].policy = {"dlpAction": "BlockAccess"}
            model[newest]["hidden"] = True
    for message_id, known in model.items():
        expected = []
        for who in ever:
            guest = PEOPLE[who] in ("customer", "guest")
            if known["gone"] or (guest and known["for"].get(who) != present.get(who, -1)):
                continue
            same_author = known["by"] == who and (not guest or known["stay"] == present.get(who))
            if not known["hidden"] or same_author:
                expected.append(who)
        assert platform.readable_by(message_id) == expected


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_readable_by_follows_the_rules(steps: list[tuple[str, str]]) -> None:
    """Whatever people do, readable_by is what the rules of the scenario format say."""
    asyncio.run(play(steps))
