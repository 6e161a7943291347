"""The connector: what a bot can do, and every refusal."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from stand_in_stage import Stage, card_activity, simple_card

from bot.rehearsal.platform import Switches

TEXT = {"type": "message", "text": "Guten Tag"}


def code(answer: Any) -> str:
    return str(answer["error"]["code"])


async def personal(stage: Stage) -> str:
    """Install the app for petra; returns her 1:1 conversation with the bot."""
    aad = stage.platform.register_advisor("petra", "Petra Berater")
    app = f"https://graph.microsoft.com/v1.0/appCatalogs/teamsApps/{stage.platform.bot_environment()['BOT_CATALOG_APP_ID']}"
    status, _ = await stage.graph("POST", f"/users/{aad}/teamwork/installedApps", {"teamsApp@odata.bind": app})
    assert status == 201
    await stage.platform.settle()
    return str(stage.bot.of_type("installationUpdate")[-1]["conversation"]["id"])


async def test_send_update_delete(stage: Stage) -> None:
    """The bot's own message can be changed and taken back, once."""
    await stage.meeting(("petra", "advisor"), ("erika", "customer"))
    status, answer = await stage.send(TEXT)
    assert (status, set(answer)) == (201, {"id"})
    url = f"/v3/conversations/{quote(stage.chat, safe='')}/activities/{answer['id']}"
    assert await stage.connector("PUT", url, TEXT | {"text": "Auf Wiedersehen"}) == (200, {"id": answer["id"]})
    [entry] = stage.platform.bot_chat()
    assert (entry["text"], entry["to"], entry["where"], entry["updates"]) == (
        "Auf Wiedersehen", ["petra", "erika"], "meeting", 1,
    )  # fmt: skip
    assert (await stage.connector("DELETE", url))[0] == 200
    status, answer = await stage.connector("DELETE", url)
    assert (status, code(answer)) == (404, "ActivityNotFoundInConversation")
    assert stage.platform.bot_chat()[0]["to"] == []


async def test_messages_of_others_are_untouchable(stage: Stage) -> None:
    """PUT and DELETE on a user's message are 403, and the message stays."""
    await stage.meeting(("petra", "advisor"))
    _, message_id = await stage.platform.say("petra", "Meins")
    url = f"/v3/conversations/{stage.chat}/activities/{message_id}"
    for method, body in (("PUT", TEXT), ("DELETE", None)):
        status, answer = await stage.connector(method, url, body)
        assert (status, code(answer)) == (403, "NotEnoughPermissions")
    assert stage.platform.readable_by(message_id) == ["petra"]


async def test_text_with_a_card_is_split(stage: Stage) -> None:
    """Text and card in one activity become two messages, and no id comes back."""
    await stage.meeting(("petra", "advisor"))
    status, answer = await stage.send(card_activity(simple_card("accept")) | {"text": "Hallo"})
    assert (status, answer) == (201, {})
    assert [entry["card"] for entry in stage.platform.bot_chat()] == [None, "welcome"]


@pytest.mark.parametrize(
    "body",
    [
        {"type": "message"},
        {"text": "ohne Typ"},
        {"type": "message", "text": 5},
        {"type": "message", "attachments": "x"},
        {"type": "message", "attachments": [{"content": {}}]},
        card_activity({"type": "AdaptiveCard"}),
        card_activity({"type": "AdaptiveCard", "version": "9.9"}),
        card_activity({"type": "Elsewhere", "version": "1.5"}),
        card_activity({"type": "AdaptiveCard", "version": "1.5", "body": {}}),
        card_activity({"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "Input.Text"}]}),
        card_activity({"type": "AdaptiveCard", "version": "1.5", "actions": [{"type": "Action.Submit", "data": 5}]}),
        [],
        "text",
    ],
)
async def test_malformed_activities(stage: Stage, body: Any) -> None:
    """What is no activity, or carries no Adaptive Card where it says so, is 400, and nobody sees anything."""
    await stage.meeting(("petra", "advisor"))
    status, answer = await stage.send(body)
    assert (status, code(answer)) == (400, "BadArgument")
    assert stage.platform.bot_chat() == []


async def test_size_limit(stage: Stage) -> None:
    """100 KB in UTF-16 is the limit, whatever the bytes in UTF-8."""
    await stage.meeting(("petra", "advisor"))
    status, answer = await stage.send(TEXT | {"text": "x" * 52_000})
    assert (status, code(answer)) == (413, "MessageSizeTooBig")
    assert (await stage.send(TEXT | {"text": "€" * 50_000}))[0] == 201


async def test_send_limit_on_the_injected_clock(stage: Stage) -> None:
    """The eighth message within a second is 429 with Retry-After; after that time it goes through."""
    await stage.meeting(("petra", "advisor"))
    assert [(await stage.send(TEXT))[0] for _ in range(8)] == [201] * 7 + [429]
    seconds = int(stage.last_headers["Retry-After"])
    assert 1 <= seconds <= 2
    stage.clock.forward(seconds=seconds)
    assert (await stage.send(TEXT))[0] == 201


async def test_where_the_app_is_not(stage: Stage) -> None:
    """An unknown conversation is 404; a meeting chat without the app is 403 BotNotInConversationRoster."""
    status, answer = await stage.connector("GET", "/v3/conversations/19:nowhere@thread.v2/members")
    assert (status, code(answer)) == (404, "ConversationNotFound")
    aad = stage.platform.register_advisor("petra", "Petra Berater")
    body = {"startDateTime": "2026-03-02T10:00:00Z", "endDateTime": "2026-03-02T11:00:00Z", "subject": "Beratung"}
    _, meeting = await stage.graph("POST", f"/users/{aad}/onlineMeetings", body)
    url = f"/v3/conversations/{meeting['chatInfo']['threadId']}/activities"
    status, answer = await stage.connector("POST", url, TEXT)
    assert (status, code(answer)) == (403, "BotNotInConversationRoster")


async def test_personal_chat(stage: Stage) -> None:
    """A 1:1 chat exists after the personal installation only, and only its owner reads it."""
    await stage.meeting(("petra", "advisor"), ("erika", "customer"))
    petra = next(stay.person_id for stay in stage.platform.stays() if stay.who == "petra")
    body = {"isGroup": False, "members": [{"id": petra}], "channelData": {"tenant": {"id": "x"}}}
    status, answer = await stage.connector("POST", "/v3/conversations", body)
    assert (status, code(answer)) == (403, "BotNotInConversationRoster")
    conversation = await personal(stage)
    status, answer = await stage.connector("POST", "/v3/conversations", body)
    assert (status, answer["id"]) == (201, conversation)
    url = f"/v3/conversations/{quote(conversation, safe='')}/activities"
    assert (await stage.connector("POST", url, TEXT))[0] == 201
    [entry] = stage.platform.bot_chat()
    assert (entry["to"], entry["where"]) == (["petra"], "personal")
    assert stage.platform.view("petra")["personal"][0]["text"] == "Guten Tag"
    assert stage.platform.view("erika")["personal"] == []


async def test_no_personal_chat_with_a_guest(stage: Stage) -> None:
    """A 1:1 chat with an anonymous user is 400, also after that user left."""
    await stage.meeting(("petra", "advisor"), ("erika", "customer"))
    erika = next(stay.person_id for stay in stage.platform.stays() if stay.who == "erika")
    body = {"members": [{"id": erika}]}
    for _ in range(2):
        status, answer = await stage.connector("POST", "/v3/conversations", body)
        assert (status, code(answer)) == (400, "BadArgument")
        assert answer["error"]["message"] == "Bot cannot create a conversation with an anonymous user"
        await stage.platform.leave("erika")


async def test_roster(stage: Stage) -> None:
    """Guests have no Entra id, the role anonymous and the organizer's tenant; a guest who left is gone."""
    await stage.meeting(("petra", "advisor"), ("erika", "customer"), ("tel", "phone"))
    tenant = stage.platform.bot_environment()["BOT_TENANT_ID"]
    url = f"/v3/conversations/{stage.chat}"
    status, members = await stage.connector("GET", url + "/members")
    assert status == 200
    assert [m["userRole"] for m in members] == ["user", "anonymous"]
    assert set(members[1]) == {"id", "name", "tenantId", "userRole"}
    assert members[1]["tenantId"] == members[0]["tenantId"] == tenant
    assert await stage.connector("GET", f"{url}/members/{members[1]['id']}") == (200, members[1])
    assert await stage.connector("GET", f"{url}/members/{members[0]['aadObjectId']}") == (200, members[0])
    assert (await stage.connector("GET", url + "/pagedmembers?pageSize=50"))[1] == {"members": members}
    await stage.platform.leave("erika")
    status, answer = await stage.connector("GET", f"{url}/members/{members[1]['id']}")
    assert (status, code(answer)) == (404, "MemberNotFoundInConversation")


async def test_targeted_messages(stage: Stage) -> None:
    """Off: 400. On: the recipient alone sees it, Graph does not, and it is gone after a day."""
    await stage.meeting(("petra", "advisor"), ("erika", "customer"))
    erika = next(stay.person_id for stay in stage.platform.stays() if stay.who == "erika")
    body, query = TEXT | {"recipient": {"id": erika, "isTargeted": True}}, "?isTargetedActivity=true"
    assert (await stage.send(body, query))[0] == 400
    stage.platform.switches = Switches(targeted_messages="on")
    assert (await stage.send(body))[0] == 400
    assert (await stage.send(TEXT, query))[0] == 400
    status, answer = await stage.send(TEXT | {"recipient": {"id": "29:nobody", "isTargeted": True}}, query)
    assert (status, code(answer)) == (404, "BotNotInConversationRoster")
    status, answer = await stage.send(body, query)
    assert status == 201
    assert stage.platform.readable_by(answer["id"]) == ["erika"]
    _, page = await stage.graph("GET", f"/chats/{stage.chat}/messages")
    assert answer["id"] not in [m["id"] for m in page["value"]]
    url = f"/v3/conversations/{stage.chat}/activities/{answer['id']}"
    assert (await stage.connector("PUT", url, TEXT))[0] == 404
    assert (await stage.connector("PUT", url + query, body))[0] == 400
    assert (await stage.connector("PUT", url + query, TEXT))[0] == 200
    stage.clock.forward(hours=25)
    assert stage.platform.readable_by(answer["id"]) == []
    assert (await stage.connector("DELETE", url + query))[0] == 404


async def test_meeting_details_and_participant(stage: Stage) -> None:
    """Details name Graph's meeting id; a participant has role and presence; without tenantId it is 400."""
    await stage.meeting(("petra", "advisor"), ("erika", "customer"))
    public = quote(stage.core.world.current.public_id, safe="") if stage.core.world.current else ""
    status, details = await stage.connector("GET", f"/v1/meetings/{public}")
    assert status == 200
    assert details["conversation"]["id"] == stage.chat
    aad = details["organizer"]["aadObjectId"]
    assert (await stage.graph("GET", f"/users/{aad}/onlineMeetings/{details['details']['msGraphResourceId']}"))[
        0
    ] == 200
    url = f"/v1/meetings/{public}/participants/{aad}"
    assert (await stage.connector("GET", url))[0] == 400
    tenant = stage.platform.bot_environment()["BOT_TENANT_ID"]
    _, participant = await stage.connector("GET", f"{url}?tenantId={tenant}")
    assert participant["meeting"] == {"role": "Organizer", "inMeeting": True}
    assert (await stage.connector("GET", f"/v1/meetings/{public}/participants/x?tenantId={tenant}"))[0] == 404
    assert (await stage.connector("GET", "/v1/meetings/MCM"))[0] == 404


async def test_targeted_notification(stage: Stage) -> None:
    """202 when all recipients are there, 207 naming those who are not, 400 for another surface."""
    await stage.meeting(("petra", "advisor"))
    public = quote(stage.core.world.current.public_id, safe="") if stage.core.world.current else ""
    petra = stage.platform.stays()[0].person_id
    surface = {"surface": "meetingStage", "contentType": "task", "content": {"value": {"url": "https://x.example"}}}
    body = {"type": "targetedMeetingNotification", "value": {"recipients": [petra], "surfaces": [surface]}}
    url = f"/v1/meetings/{public}/notification"
    assert await stage.connector("POST", url, body) == (202, None)
    body["value"]["recipients"].append("29:gone")  # type: ignore[index]
    status, answer = await stage.connector("POST", url, body)
    assert status == 207
    assert [entry["recipientMri"] for entry in answer["recipientsFailureInfo"]] == ["29:gone"]
    surface["surface"] = "card"
    assert (await stage.connector("POST", url, body))[0] == 400


async def test_a_typing_indicator_leaves_nothing(stage: Stage) -> None:
    """Activities that are no messages are accepted and seen by nobody."""
    await stage.meeting(("petra", "advisor"))
    assert (await stage.send({"type": "typing"}))[0] == 201
    assert stage.platform.bot_chat() == []
