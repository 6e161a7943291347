"""What the bot is told: shapes, order, repetition, and what the switches drop."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from stand_in_stage import Stage, card_activity, simple_card

from bot.rehearsal.platform import Fault, Switches


async def test_installation_is_told_first(stage: Stage) -> None:
    """An app added by hand gives installationUpdate, then conversationUpdate with the bot."""
    await stage.platform.add_meeting("petra", "Petra Berater")
    first, second = stage.bot.activities
    assert (first["type"], first["action"]) == ("installationUpdate", "add")
    app_id = stage.platform.bot_environment()["BOT_APP_ID"]
    assert second["membersAdded"] == [{"id": f"28:{app_id}", "name": "Videoberatung"}]
    assert second["recipient"]["id"] == f"28:{app_id}"


async def test_a_message_of_a_tenant_user(stage: Stage) -> None:
    """A tenant user's message has text, rich text, an Entra id, the meeting and matching time stamps."""
    await stage.meeting(("petra", "advisor"))
    _, message_id = await stage.platform.say("petra", "1 < 2 & mehr")
    [activity] = stage.bot.activities
    assert activity["type"] == "message"
    assert activity["id"] == message_id
    assert activity["text"] == "1 < 2 & mehr"
    assert activity["attachments"] == [{"contentType": "text/html", "content": "<p>1 &lt; 2 &amp; mehr</p>"}]
    assert activity["from"]["aadObjectId"] == stage.platform.register_advisor("petra", "Petra Berater")
    assert activity["conversation"] == {
        "isGroup": True, "conversationType": "groupChat", "id": stage.chat,
        "tenantId": stage.platform.bot_environment()["BOT_TENANT_ID"],
    }  # fmt: skip
    decoded = base64.b64decode(activity["channelData"]["meeting"]["id"]).decode()
    assert decoded == f"0#{stage.chat}#0"
    _, graph = await stage.graph("GET", f"/chats/{stage.chat}/messages/{message_id}")
    assert graph["createdDateTime"] == activity["timestamp"]
    assert graph["id"] == message_id


async def test_a_guest_has_no_entra_id(stage: Stage) -> None:
    """An anonymous sender is an opaque 29: id and a name only."""
    await stage.meeting(("petra", "advisor"), ("erika", "customer"))
    await stage.platform.say("erika", "Hallo")
    assert set(stage.bot.activities[0]["from"]) == {"id", "name"}
    assert stage.bot.activities[0]["from"]["id"].startswith("29:")


async def test_edit_delete_undelete_shapes(stage: Stage) -> None:
    """Edit and undelete are messageUpdate with text, delete is messageDelete without; all have the message's id."""
    await stage.meeting(("petra", "advisor"))
    _, message_id = await stage.platform.say("petra", "eins")
    await stage.platform.edit("petra", message_id, "zwei")
    _, edited = await stage.graph("GET", f"/chats/{stage.chat}/messages/{message_id}")
    await stage.platform.delete("petra", message_id)
    await stage.platform.undelete("petra", message_id)
    _, edit, delete, undelete = stage.bot.activities
    shapes = [(a["type"], a["channelData"]["eventType"], a.get("text")) for a in (edit, delete, undelete)]
    assert shapes == [
        ("messageUpdate", "editMessage", "zwei"),
        ("messageDelete", "softDeleteMessage", None),
        ("messageUpdate", "undeleteMessage", "zwei"),
    ]
    assert {a["id"] for a in (edit, delete, undelete)} == {message_id}
    assert edit["timestamp"] == edited["lastEditedDateTime"]


async def test_meeting_events(stage: Stage) -> None:
    """Start comes once, with PascalCase values; joins are camelCase; a guest's arrival seems to be the organizer's."""
    await stage.meeting()
    await stage.platform.join("petra", "advisor")
    await stage.platform.join("erika", "customer", "Erika Beispiel")
    names = [a.get("name", a["type"]).rpartition(".")[2] for a in stage.bot.activities]
    assert names == ["meetingStart", "meetingParticipantJoin", "conversationUpdate", "meetingParticipantJoin"]
    start, petra, added, erika = stage.bot.activities
    assert set(start["value"]) == {"Id", "MeetingType", "JoinUrl", "Title", "StartTime"}
    assert petra["value"]["members"][0]["meeting"] == {"inMeeting": True, "role": "Organizer"}
    assert erika["value"]["members"][0]["user"]["userRole"] == "anonymous"
    assert "aadObjectId" not in erika["value"]["members"][0]["user"]
    assert added["from"]["id"] == petra["from"]["id"]
    assert added["membersAdded"] == [{"id": erika["from"]["id"]}]


async def test_the_end_of_a_meeting(stage: Stage) -> None:
    """Everybody leaves, guests leave the roster, and meetingEnd comes last, once."""
    await stage.meeting(("petra", "advisor"), ("erika", "customer"))
    assert await stage.platform.end() == "ok"
    names = [a.get("name", a["type"]).rpartition(".")[2] for a in stage.bot.activities]
    assert names == ["meetingParticipantLeave", "meetingParticipantLeave", "conversationUpdate", "meetingEnd"]
    assert "EndTime" in stage.bot.activities[-1]["value"]
    assert len(stage.bot.activities[2]["membersRemoved"]) == 1
    assert [stay.present for stay in stage.platform.stays()] == [False, False]
    assert await stage.platform.end() == "refused by platform"


@pytest.mark.parametrize(
    ("switch", "dropped"),
    [
        ("edit_events", ["messageUpdate", "messageUpdate"]),
        ("delete_events", ["messageDelete"]),
        ("guest_messages", ["message"]),
    ],
)
async def test_switches_drop_activities_not_notifications(stage: Stage, switch: str, dropped: list[str]) -> None:
    """A dropped kind of activity is missing, all others arrive, and Graph knows everything."""
    stage.platform.switches = Switches.parse({switch: "drop"})
    await stage.meeting(("petra", "advisor"), ("erika", "customer"))
    _, message_id = await stage.platform.say("erika", "eins")
    await stage.platform.edit("erika", message_id, "zwei")
    await stage.platform.delete("erika", message_id)
    await stage.platform.undelete("erika", message_id)
    complete = ["message", "messageUpdate", "messageDelete", "messageUpdate"]
    for kind in dropped:
        complete.remove(kind)
    assert [a["type"] for a in stage.bot.activities] == complete
    _, graph = await stage.graph("GET", f"/chats/{stage.chat}/messages/{message_id}")
    assert graph["body"]["content"] == "<p>zwei</p>"


async def test_participant_events_can_be_dropped(stage: Stage) -> None:
    """With the switch off, neither joins nor roster changes of people arrive; the start and system messages do."""
    stage.platform.switches = Switches(participant_events="drop")
    await stage.meeting()
    await stage.platform.join("erika", "customer")
    await stage.platform.leave("erika")
    assert [a.get("name") for a in stage.bot.activities] == ["application/vnd.microsoft.meetingStart"]
    assert await system_kinds(stage) == ["membersLeft", "membersJoined", "callStarted", "teamsAppInstalled"]


async def system_kinds(stage: Stage) -> list[str]:
    _, page = await stage.graph("GET", f"/chats/{stage.chat}/messages")
    details = [m["eventDetail"]["@odata.type"] for m in page["value"] if m["eventDetail"]]
    return [d.removeprefix("#microsoft.graph.").removesuffix("EventMessageDetail") for d in details]


async def test_an_unanswered_activity_comes_again(stage: Stage) -> None:
    """An activity the bot answered with 500 is delivered again, the same, until it is answered 2xx."""
    await stage.meeting(("petra", "advisor"))
    stage.bot.answers = [500, 503]
    await stage.platform.say("petra", "Hallo")
    assert len(stage.bot.activities) == 3
    assert stage.bot.activities[0] == stage.bot.activities[1] == stage.bot.activities[2]


async def test_a_bot_that_always_fails_blocks_nobody(stage: Stage) -> None:
    """An activity is given up after four tries, and the next one is delivered."""
    await stage.meeting(("petra", "advisor"))
    stage.bot.answers = [500] * 4
    await stage.platform.say("petra", "eins")
    await stage.platform.say("petra", "zwei")
    assert [a["text"] for a in stage.bot.activities] == ["eins"] * 4 + ["zwei"]


async def test_nothing_is_lost_while_the_bot_is_down(stage: Stage) -> None:
    """What people do while the bot is down is delivered in order once it is back."""
    await stage.meeting(("petra", "advisor"))
    stage.platform.connect_bot(None)
    await stage.platform.say("petra", "eins")
    await stage.platform.say("petra", "zwei")
    assert stage.bot.activities == []
    stage.platform.connect_bot(stage.bot.url)
    await stage.platform.settle()
    assert [a["text"] for a in stage.bot.activities] == ["eins", "zwei"]


async def test_a_refused_connection_is_tried_again(stage: Stage) -> None:
    """A bot that is gone without notice gets the activity when it is reachable again."""
    await stage.meeting(("petra", "advisor"))
    stage.platform.connect_bot("http://127.0.0.1:9")
    assert (await stage.platform.say("petra", "eins"))[0] == "ok"
    stage.platform.connect_bot(stage.bot.url)
    await stage.platform.settle()
    assert [a["text"] for a in stage.bot.activities] == ["eins"]


async def test_redeliver_every(stage: Stage) -> None:
    """With the fault `redeliver`, every activity arrives twice, identical."""
    await stage.meeting(("petra", "advisor"))
    stage.platform.set_faults([Fault(redeliver=True)])
    await stage.platform.say("petra", "eins")
    assert len(stage.bot.activities) == 2
    assert stage.bot.activities[0] == stage.bot.activities[1]


async def test_a_bot_may_call_back_while_it_is_told(stage: Stage) -> None:
    """Calls the bot makes before it answers an activity are served, also those that cause deliveries."""
    await stage.meeting(("petra", "advisor"))
    statuses: list[int] = []

    async def call_back(activity: dict[str, Any]) -> None:
        if activity["type"] == "message":
            statuses.append((await stage.send({"type": "message", "text": "gehört"}))[0])

    stage.bot.on_activity = call_back
    await stage.platform.say("petra", "eins")
    assert statuses == [201]


async def test_ids_and_stamps_rise_while_the_clock_stands(stage: Stage) -> None:
    """Messages of the same instant have different, rising ids."""
    await stage.meeting(("petra", "advisor"))
    ids = [int((await stage.platform.say("petra", str(n)))[1]) for n in range(5)]
    assert ids == sorted(set(ids))


async def test_action_submit_is_a_message_with_a_value(stage: Stage) -> None:
    """The fallback arrives as a message without text that replies to the card."""
    await stage.meeting(("petra", "advisor"), ("erika", "customer"))
    body = [{"type": "Input.Text", "id": "code", "label": "Code"}]
    card = await stage.send_card(simple_card("submit", body=body), "sign_in")
    assert await stage.platform.press("erika", card, "submit", {"code": "123456"}, via="submit") == "ok"
    [activity] = stage.bot.activities
    assert activity["type"] == "message"
    assert activity["value"] == {"code": "123456", "card": "welcome", "verb": "submit"}
    assert activity["replyToId"] == card
    assert "text" not in activity
    assert "aadObjectId" not in activity["from"]


async def test_action_execute_is_an_invoke(stage: Stage) -> None:
    """A press arrives as adaptiveCard/action with verb and merged inputs, triggered manually."""
    await stage.meeting(("petra", "advisor"))
    card = await stage.send_card(simple_card("accept"))
    stage.bot.invoke_answer = {
        "statusCode": 200,
        "type": "application/vnd.microsoft.activity.message",
        "value": "Danke",
    }
    assert await stage.platform.press("petra", card, "accept", {"x": "1"}) == "ok"
    [activity] = stage.bot.activities
    assert (activity["type"], activity["name"]) == ("invoke", "adaptiveCard/action")
    data = {"x": "1", "card": "welcome", "verb": "accept"}
    action = {"type": "Action.Execute", "id": "", "verb": "accept", "data": data}
    assert activity["value"] == {"action": action, "trigger": "manual"}


async def test_press_results(stage: Stage) -> None:
    """Errors and the element `refused` mean refused by the bot; a guest's press can be refused by the platform."""
    await stage.meeting(("petra", "advisor"), ("erika", "customer"))
    card = await stage.send_card(simple_card("accept"))
    press = stage.platform.press
    stage.bot.invoke_answer = {
        "statusCode": 403, "type": "application/vnd.microsoft.error", "value": {"code": "403", "message": "nein"},
    }  # fmt: skip
    assert await press("erika", card, "accept", {}) == "refused by bot"
    refused = simple_card("accept", body=[{"type": "TextBlock", "id": "refused", "text": "Nein"}])
    stage.bot.invoke_answer = {"statusCode": 200, "type": "application/vnd.microsoft.card.adaptive", "value": refused}
    assert await press("erika", card, "accept", {}) == "refused by bot"
    assert await press("erika", card, "unknown", {}) == "not shown"
    assert await press("erika", "123", "accept", {}) == "not shown"
    assert await press("nobody", card, "accept", {}) == "not shown"
    stage.platform.switches = Switches(guest_cards="refuse")
    assert await press("erika", card, "accept", {}) == "refused by platform"
    stage.bot.invoke_answer = {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "ok"}
    assert await press("petra", card, "accept", {}) == "ok"


async def test_a_required_input_stops_the_press(stage: Stage) -> None:
    """A client does not send a card whose required input is empty or does not match its pattern."""
    await stage.meeting(("petra", "advisor"))
    code = {"type": "Input.Text", "id": "code", "label": "Code", "isRequired": True, "regex": "^[0-9]{6}$"}
    card = await stage.send_card(simple_card("submit", body=[code]), "sign_in")
    assert await stage.platform.press("petra", card, "submit", {}) == "refused by platform"
    assert await stage.platform.press("petra", card, "submit", {"code": "abc"}) == "refused by platform"
    assert stage.bot.activities == []
    assert await stage.platform.press("petra", card, "submit", {"code": "123456"}, via="submit") == "ok"


async def test_data_picks_one_of_several_actions(stage: Stage) -> None:
    """Of actions with the same verb, the one with the given data is pressed."""
    await stage.meeting(("petra", "advisor"))
    card = simple_card("release", "release")
    card["actions"][0]["data"]["ref"], card["actions"][1]["data"]["ref"] = "a", "b"
    activity_id = await stage.send_card(card, "advisor_status")
    stage.bot.invoke_answer = {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "ok"}
    data = stage.platform.visible_cards("petra")[0].actions[1][1]
    assert await stage.platform.press("petra", activity_id, "release", {}, data) == "ok"
    assert stage.bot.activities[0]["value"]["action"]["data"]["ref"] == "b"


async def test_an_update_takes_back_personal_cards(stage: Stage) -> None:
    """When the bot updates a card, everybody sees the new one again."""
    await stage.meeting(("petra", "advisor"))
    card = await stage.send_card(simple_card("accept"))
    answer = {"statusCode": 200, "type": "application/vnd.microsoft.card.adaptive", "value": simple_card("withdraw")}
    stage.bot.invoke_answer = answer
    await stage.platform.press("petra", card, "accept", {})
    url = f"/v3/conversations/{stage.chat}/activities/{card}"
    assert (await stage.connector("PUT", url, card_activity(simple_card("decline"))))[0] == 200
    assert [verb for verb, _ in stage.platform.visible_cards("petra")[0].actions] == ["decline"]
    assert stage.platform.bot_chat()[0]["updates"] == 1
