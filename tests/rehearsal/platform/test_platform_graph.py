"""Graph: messages, hiding, chats, apps, meetings, calendar, mail, files."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from stand_in_stage import Stage

from bot.rehearsal.platform import Switches

BLOCK = {
    "policyViolation": {
        "policyTip": {
            "generalText": "Bitte keine Bankdaten.",
            "complianceUrl": None,
            "matchedConditionDescriptions": ["IBAN"],
        },
        "verdictDetails": "None",
        "dlpAction": "BlockAccess",
    }
}
EVENT = {
    "subject": "Videoberatung",
    "start": {"dateTime": "2026-03-05T10:00:00", "timeZone": "W. Europe Standard Time"},
    "end": {"dateTime": "2026-03-05T11:00:00", "timeZone": "W. Europe Standard Time"},
    "isOnlineMeeting": True,
    "onlineMeetingProvider": "teamsForBusiness",
    "attendees": [{"emailAddress": {"address": "erika@example.org", "name": "Erika"}, "type": "required"}],
    "body": {"contentType": "HTML", "content": "<p>Willkommen</p>"},
}
CONSENT = {
    "resourceSpecificPermissions": [{"permissionValue": "ChatMessage.Read.Chat", "permissionType": "application"}]
}


def message_url(stage: Stage, message_id: str) -> str:
    return f"/chats/{stage.chat}/messages/{message_id}"


def app_body(stage: Stage) -> dict[str, Any]:
    catalog = stage.platform.bot_environment()["BOT_CATALOG_APP_ID"]
    return {"teamsApp@odata.bind": f"https://graph.microsoft.com/v1.0/appCatalogs/teamsApps/{catalog}"}


async def test_hiding_a_tenant_message(stage: Stage) -> None:
    """BlockAccess leaves the sender alone reading; None takes it back; 200 each time."""
    await stage.meeting(("petra", "advisor"), ("erika", "customer"))
    _, message_id = await stage.platform.say("petra", "geheim")
    status, answer = await stage.graph("PATCH", message_url(stage, message_id) + "?model=A", BLOCK)
    assert (status, answer["policyViolation"]["dlpAction"]) == (200, "BlockAccess")
    assert stage.platform.readable_by(message_id) == ["petra"]
    entry = next(m for m in stage.platform.view("petra")["messages"] if m["id"] == message_id)
    assert entry["policy_tip"]["generalText"] == "Bitte keine Bankdaten."
    entry = next(m for m in stage.platform.view("erika")["messages"] if m["id"] == message_id)
    assert (entry["hidden"], entry["text"], entry["html"]) == (True, None, None)
    release = {"policyViolation": {"dlpAction": "None"}}
    assert (await stage.graph("PATCH", message_url(stage, message_id), release))[0] == 200
    assert stage.platform.readable_by(message_id) == ["petra", "erika"]


@pytest.mark.parametrize(("kind", "switch"), [("customer", "hide_guest_messages"), ("federated", "hide_guest_messages"),
                                              ("colleague", "hide_tenant_messages")])  # fmt: skip
async def test_hiding_can_be_refused_or_allowed(stage: Stage, kind: str, switch: str) -> None:
    """The switch of the sender's kind decides between 403 with nothing hidden and 200."""
    await stage.meeting(("petra", "advisor"), ("other", kind))
    _, message_id = await stage.platform.say("other", "geheim")
    stage.platform.switches = Switches.parse({switch: "refuse"})
    status, answer = await stage.graph("PATCH", message_url(stage, message_id), BLOCK)
    assert (status, answer["error"]["code"]) == (403, "Forbidden")
    assert stage.platform.readable_by(message_id) == ["petra", "other"]
    stage.platform.switches = Switches.parse({switch: "allow"})
    assert (await stage.graph("PATCH", message_url(stage, message_id), BLOCK))[0] == 200
    assert stage.platform.readable_by(message_id) == ["other"]


async def test_hiding_can_be_throttled(stage: Stage) -> None:
    """`throttle` answers 429 with Retry-After twice and then 200."""
    stage.platform.switches = Switches(hide_tenant_messages="throttle")
    await stage.meeting(("petra", "advisor"))
    _, message_id = await stage.platform.say("petra", "geheim")
    statuses = []
    for _ in range(3):
        statuses.append((await stage.graph("PATCH", message_url(stage, message_id), BLOCK))[0])
        if statuses[-1] == 429:
            assert int(stage.last_headers["Retry-After"]) > 0
    assert statuses == [429, 429, 200]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"body": {"content": "x"}},
        BLOCK | {"body": {"content": "x"}},
        {"policyViolation": None},
        {"policyViolation": {"dlpAction": "Erase"}},
        {"policyViolation": {"dlpAction": 2}},
        {"policyViolation": {"unknown": 1}},
        {"policyViolation": {"verdictDetails": "AllowOverrideWithoutJustification,AllowOverrideWithJustification"}},
        {"policyViolation": {"policyTip": {"generalText": 5}}},
        {"policyViolation": {"policyTip": {"matchedConditionDescriptions": "IBAN"}}},
        [BLOCK],
    ],
)
async def test_only_a_policy_violation_can_be_set(stage: Stage, body: Any) -> None:
    """Any other property, or a malformed policyViolation, is 400 and hides nothing."""
    await stage.meeting(("petra", "advisor"), ("erika", "customer"))
    _, message_id = await stage.platform.say("petra", "geheim")
    status, answer = await stage.graph("PATCH", message_url(stage, message_id), body)
    assert (status, answer["error"]["code"]) == (400, "BadRequest")
    assert stage.platform.readable_by(message_id) == ["petra", "erika"]


async def test_deleting_a_users_message_is_not_supported(stage: Stage) -> None:
    """softDelete with an application's token is 403, on both paths."""
    await stage.meeting(("petra", "advisor"))
    _, message_id = await stage.platform.say("petra", "geheim")
    for prefix in ("", "/users/x"):
        assert (await stage.graph("POST", f"{prefix}{message_url(stage, message_id)}/softDelete"))[0] == 403
    assert stage.platform.readable_by(message_id) == ["petra"]


async def test_paging_newest_first(stage: Stage) -> None:
    """Pages of $top follow @odata.nextLink, newest first, without gap or repetition; above 50 is 400."""
    await stage.meeting(("petra", "advisor"))
    said = []
    for n in range(7):
        said.append((await stage.platform.say("petra", str(n)))[1])
    seen: list[str] = []
    url = f"/chats/{stage.chat}/messages?$top=3"
    while url:
        status, page = await stage.graph("GET", url)
        assert status == 200
        assert len(page["value"]) <= 3
        seen += [m["id"] for m in page["value"]]
        url = page.get("@odata.nextLink", "").removeprefix(stage.platform.origin + "/graph/v1.0")
    assert [i for i in seen if i in said] == said[::-1]
    assert len(seen) == len(set(seen))
    assert (await stage.graph("GET", f"/chats/{stage.chat}/messages?$top=51"))[0] == 400


async def test_filter_needs_its_order(stage: Stage) -> None:
    """lastModifiedDateTime is filtered with the same $orderby only; otherwise the filter is ignored, as Graph does."""
    await stage.meeting(("petra", "advisor"))
    _, first = await stage.platform.say("petra", "eins")
    _, second = await stage.platform.say("petra", "zwei")
    await stage.platform.edit("petra", first, "drei")
    _, edited = await stage.graph("GET", message_url(stage, second))
    query = f"$filter=lastModifiedDateTime gt {edited['lastModifiedDateTime']}"
    _, page = await stage.graph("GET", f"/chats/{stage.chat}/messages?$orderby=lastModifiedDateTime desc&{query}")
    assert [m["id"] for m in page["value"]] == [first]
    _, page = await stage.graph("GET", f"/chats/{stage.chat}/messages?{query}")
    assert {first, second} < {m["id"] for m in page["value"]}
    assert (await stage.graph("GET", f"/chats/{stage.chat}/messages?$filter=from eq 'x'"))[0] == 400
    assert (await stage.graph("GET", f"/chats/{stage.chat}/messages?$orderby=lastModifiedDateTime asc"))[0] == 400


async def test_system_messages_need_the_prefer_header(stage: Stage) -> None:
    """Without `Prefer` a system message's type is unknownFutureValue; its detail is there all the same."""
    await stage.meeting(("petra", "advisor"))
    url = f"/chats/{stage.chat}/messages"
    _, page = await stage.graph("GET", url)
    assert {m["messageType"] for m in page["value"]} == {"unknownFutureValue"}
    _, page = await stage.graph("GET", url, headers={"Prefer": "include-unknown-enum-members"})
    assert {m["messageType"] for m in page["value"]} == {"systemEventMessage"}
    assert page["value"][0]["eventDetail"]["members"][0]["userIdentityType"] == "aadUser"


async def test_deleted_messages_have_no_content(stage: Stage) -> None:
    """A deleted message is listed with deletedDateTime and without content."""
    await stage.meeting(("petra", "advisor"), ("erika", "customer"))
    _, message_id = await stage.platform.say("erika", "geheim")
    _, before = await stage.graph("GET", message_url(stage, message_id))
    assert before["from"]["user"]["userIdentityType"] == "anonymousGuest"
    await stage.platform.delete("erika", message_id)
    _, after = await stage.graph("GET", message_url(stage, message_id))
    assert after["deletedDateTime"] == after["lastModifiedDateTime"] > before["lastModifiedDateTime"]
    assert after["body"]["content"] == ""
    assert stage.platform.readable_by(message_id) == []


async def test_chat_deletion(stage: Stage) -> None:
    """Refused it is 403; allowed 204, everything in it unreadable and gone; one request a second."""
    stage.platform.switches = Switches(chat_deletion="refuse")
    await stage.meeting(("petra", "advisor"))
    _, message_id = await stage.platform.say("petra", "geheim")
    assert (await stage.graph("DELETE", f"/chats/{stage.chat}"))[0] == 403
    assert stage.platform.readable_by(message_id) == ["petra"]
    stage.platform.switches = Switches()
    assert (await stage.graph("DELETE", f"/chats/{stage.chat}"))[0] == 429
    stage.clock.forward(seconds=1)
    assert (await stage.graph("DELETE", f"/chats/{stage.chat}"))[0] == 204
    assert stage.platform.readable_by(message_id) == []
    assert (await stage.graph("GET", message_url(stage, message_id)))[0] == 404
    assert (await stage.send({"type": "message", "text": "x"}))[0] == 404
    assert (await stage.platform.say("petra", "x"))[0] == "refused by platform"


async def test_members(stage: Stage) -> None:
    """Tenant users and guests have their own member types; a guest's Graph id is not the bot's."""
    await stage.meeting(("petra", "advisor"), ("erika", "customer"))
    _, page = await stage.graph("GET", f"/chats/{stage.chat}/members")
    tenant, guest = page["value"]
    assert tenant["@odata.type"] == "#microsoft.graph.aadUserConversationMember"
    assert guest["@odata.type"] == "#microsoft.graph.anonymousGuestConversationMember"
    assert guest["anonymousGuestId"] not in [stay.person_id for stay in stage.platform.stays()]


async def booked(stage: Stage) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """A booked event: (advisor's id, event, online meeting)."""
    aad = stage.platform.register_advisor("petra", "Petra Berater")
    status, event = await stage.graph("POST", f"/users/{aad}/events", EVENT)
    assert status == 201
    link = event["onlineMeeting"]["joinUrl"]
    status, found = await stage.graph(
        "GET", f"/users/{aad}/onlineMeetings", params={"$filter": f"JoinWebUrl eq '{link}'"}
    )
    assert status == 200
    return aad, event, found["value"][0]


async def test_booking(stage: Stage) -> None:
    """Event, meeting by its link, options off, app installed: the bot hears of the chat; again is 409."""
    aad, _, meeting = await booked(stage)
    assert meeting["startDateTime"] == "2026-03-05T09:00:00.000Z"
    url = f"/users/{aad}/onlineMeetings/{meeting['id']}"
    options = {"allowRecording": False, "allowTranscription": False, "lobbyBypassSettings": {"scope": "organizer"}}
    status, changed = await stage.graph("PATCH", url, options)
    assert (status, changed["allowRecording"]) == (200, False)
    apps = f"/chats/{meeting['chatInfo']['threadId']}/installedApps"
    assert (await stage.graph("POST", apps, app_body(stage)))[0] == 403
    body = app_body(stage) | {"consentedPermissionSet": CONSENT}
    assert (await stage.graph("POST", apps, body))[0] == 201
    assert (await stage.graph("POST", apps, body))[0] == 409
    await stage.platform.settle()
    assert [a["type"] for a in stage.bot.activities] == ["installationUpdate", "conversationUpdate"]
    assert stage.chat == meeting["chatInfo"]["threadId"]
    assert [mail.to for mail in stage.platform.mails()] == ["erika@example.org"]


async def test_rights_not_granted_are_not_given(stage: Stage) -> None:
    """Installed with ChatMessage.Read.Chat only, the bot hears messages and no meeting or participant events."""
    _, _, meeting = await booked(stage)
    body = app_body(stage) | {"consentedPermissionSet": CONSENT}
    await stage.graph("POST", f"/chats/{meeting['chatInfo']['threadId']}/installedApps", body)
    await stage.platform.settle()
    stage.bot.activities.clear()
    await stage.platform.join("petra", "advisor")
    await stage.platform.say("petra", "Hallo")
    assert [a["type"] for a in stage.bot.activities] == ["message"]


async def test_cancelling(stage: Stage) -> None:
    """Cancel is 202, tells the attendees and takes the event out of the calendar; so does DELETE with 204."""
    aad, event, _ = await booked(stage)
    url = f"/users/{aad}/events/{event['id']}"
    assert (await stage.graph("PATCH", url, {"subject": "Neuer Titel"}))[1]["subject"] == "Neuer Titel"
    assert (await stage.graph("POST", url + "/cancel", {"Comment": "Abgesagt"}))[0] == 202
    assert (await stage.graph("GET", url))[0] == 404
    assert stage.platform.mails()[-1].subject == "Abgesagt: Neuer Titel"
    _, other = await stage.graph("POST", f"/users/{aad}/events", EVENT)
    assert (await stage.graph("DELETE", f"/users/{aad}/events/{other['id']}"))[0] == 204


async def test_a_transaction_books_once(stage: Stage) -> None:
    """The same transactionId gives the same event, and one invitation."""
    aad = stage.platform.register_advisor("petra", "Petra Berater")
    body = EVENT | {"transactionId": "t-1"}
    _, first = await stage.graph("POST", f"/users/{aad}/events", body)
    _, second = await stage.graph("POST", f"/users/{aad}/events", body)
    assert first["id"] == second["id"]
    assert len(stage.platform.mails()) == 1


@pytest.mark.parametrize("ends", ["ends", "continues"])
@pytest.mark.parametrize(
    ("kind", "option", "folder"),
    [("recording", "allowRecording", "recordings"), ("transcript", "allowTranscription", "transcripts")],
)
async def test_recording(stage: Stage, ends: str, kind: str, option: str, folder: str) -> None:
    """Start turns the option on and says so; switching it off ends it if the switch says so; the resource follows."""
    stage.platform.switches = Switches(stop_recording=ends)
    aad, _, meeting = await booked(stage)
    await stage.platform.join("petra", "advisor")
    url = f"/users/{aad}/onlineMeetings/{meeting['id']}"
    await stage.graph("PATCH", url, {option: False})
    assert await stage.platform.record("petra", "start", kind) == "ok"
    assert (await stage.graph("GET", url))[1][option] is True
    assert stage.platform.recording_running(kind)
    stage.clock.forward(minutes=2)
    await stage.graph("PATCH", url, {option: False})
    assert stage.platform.recording_running(kind) is (ends == "continues")
    if ends == "continues":
        assert await stage.platform.record("petra", "stop", kind) == "ok"
    _, page = await stage.graph("GET", f"{url}/{folder}")
    assert len(page["value"]) == 1
    _, page = await stage.graph("GET", f"/chats/{meeting['chatInfo']['threadId']}/messages")
    details = [m["eventDetail"] for m in page["value"] if kind.title() in m["eventDetail"]["@odata.type"]]
    if kind == "recording":
        assert [d["callRecordingStatus"] for d in details] == ["success", "initial"]
        assert details[0]["callRecordingUrl"].startswith("https://")
        assert details[0]["callRecordingDuration"].startswith("PT119.99")
        assert details[1]["callRecordingUrl"] is None
    else:
        assert len(details) == 2


async def test_who_can_record(stage: Stage) -> None:
    """Guests cannot record, nothing can be started twice, and nothing stops that does not run."""
    await stage.meeting(("petra", "advisor"), ("erika", "customer"))
    assert await stage.platform.record("erika", "start") == "refused by platform"
    assert await stage.platform.record("petra", "stop") == "refused by platform"
    assert await stage.platform.record("petra", "start") == "ok"
    assert await stage.platform.record("petra", "start") == "refused by platform"
    assert stage.platform.view("erika")["banners"] == ["recording"]


async def test_a_recordings_file_can_be_deleted(stage: Stage) -> None:
    """The file of a finished recording is found by its address, by listing and by name, and deleted once."""
    await stage.meeting(("petra", "advisor"))
    await stage.platform.record("petra", "start")
    await stage.platform.record("petra", "stop")
    aad = stage.platform.register_advisor("petra", "Petra Berater")
    _, page = await stage.graph("GET", f"/chats/{stage.chat}/messages?$top=1")
    address = page["value"][0]["eventDetail"]["callRecordingUrl"]
    share = "u!" + base64.urlsafe_b64encode(address.encode()).decode().rstrip("=")
    _, item = await stage.graph("GET", f"/shares/{share}/driveItem")
    _, listed = await stage.graph("GET", f"/users/{aad}/drive/root:/Recordings:/children")
    assert [one["id"] for one in listed["value"]] == [item["id"]]
    assert (await stage.graph("GET", f"/users/{aad}/drive/root:/Recordings/{item['name']}"))[1]["id"] == item["id"]
    url = f"/drives/{item['parentReference']['driveId']}/items/{item['id']}"
    assert (await stage.graph("DELETE", url))[0] == 204
    assert (await stage.graph("DELETE", url))[0] == 404


async def test_a_standalone_meeting_has_no_artifacts(stage: Stage) -> None:
    """POST onlineMeetings makes a meeting whose recordings cannot be listed."""
    aad = stage.platform.register_advisor("petra", "Petra Berater")
    body = {"startDateTime": "2026-03-02T10:00:00Z", "endDateTime": "2026-03-02T11:00:00Z", "allowRecording": False}
    status, meeting = await stage.graph("POST", f"/users/{aad}/onlineMeetings", body)
    assert (status, meeting["allowRecording"]) == (201, False)
    assert (await stage.graph("GET", f"/users/{aad}/onlineMeetings/{meeting['id']}/recordings"))[0] == 404


WRONG_OPTIONS: list[dict[str, Any]] = [
    {"allowRecording": "no"},
    {"id": "x"},
    {"allowMeetingChat": "off"},
    {"lobbyBypassSettings": 1},
    {"lobbyBypassSettings": {"a": 1}},
    {"startDateTime": "2026-03-02T10:00:00Z"},
    {"subject": 5},
]


@pytest.mark.parametrize("body", WRONG_OPTIONS)
async def test_options_are_checked(stage: Stage, body: dict[str, Any]) -> None:
    """A wrong type, an unknown or a read-only property of a meeting is 400."""
    aad, _, meeting = await booked(stage)
    assert (await stage.graph("PATCH", f"/users/{aad}/onlineMeetings/{meeting['id']}", body))[0] == 400


async def test_a_paused_chat(stage: Stage) -> None:
    """With allowMeetingChat disabled attendees cannot write, presenters can, and the chat says so."""
    aad, _, meeting = await booked(stage)
    await stage.platform.join("petra", "advisor")
    await stage.platform.join("erika", "customer")
    await stage.graph("PATCH", f"/users/{aad}/onlineMeetings/{meeting['id']}", {"allowMeetingChat": "disabled"})
    assert (await stage.platform.say("erika", "x"))[0] == "refused by platform"
    assert (await stage.platform.say("petra", "x"))[0] == "ok"
    _, page = await stage.graph("GET", f"/chats/{stage.chat}/messages")
    details = [m["eventDetail"] for m in page["value"] if m["eventDetail"]]
    assert details[0]["@odata.type"] == "#microsoft.graph.meetingPolicyUpdatedEventMessageDetail"
    assert details[0]["meetingChatEnabled"] is False


def mail(content: str, kind: str = "HTML", **more: Any) -> dict[str, Any]:
    to = [{"emailAddress": {"address": "erika@example.org"}}]
    return {
        "message": {
            "subject": "Ihr Termin",
            "body": {"contentType": kind, "content": content},
            "toRecipients": to,
            **more,
        }
    }


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("<style>p{color:#123456}</style><p>Ihr Code: <b>004711</b></p><p>Tel. 0341 654321</p>", "004711"),
        ("<p>Ihr Code lautet</p><p>123&nbsp;456</p>", "123456"),
        ("<p>Einmalcode</p><table><tr><td>987654</td></tr></table>", "987654"),
        ("<p>Einmalcode: 12345678</p>", "12345678"),
        ("<p>Rufen Sie uns an: 0341 654321</p>", None),
        ("<p>CODE 12345678901 ist zu lang</p>", None),
    ],
)
async def test_mail_and_its_code(stage: Stage, content: str, found: str | None) -> None:
    """sendMail is 202, and the mailbox knows the one-time code, which is no telephone number or colour."""
    sender = stage.platform.bot_environment()["BOT_MAIL_SENDER"]
    file = {"@odata.type": "#microsoft.graph.fileAttachment", "name": "termin.ics", "contentBytes": "QQ=="}
    status, _ = await stage.graph("POST", f"/users/{sender}/sendMail", mail(content, attachments=[file]))
    assert status == 202
    [arrived] = stage.platform.mails()
    assert (arrived.to, arrived.subject, arrived.code) == ("erika@example.org", "Ihr Termin", found)
    assert arrived.attachments[0]["name"] == "termin.ics"
    assert stage.platform.newest_code() == found


@pytest.mark.parametrize(
    "body",
    [None, {}, {"message": {}}, mail("x", "RTF"), mail("x", toRecipients=[{"emailAddress": {"address": "kein"}}]),
     mail("x", attachments=[{"name": "a"}]), mail("x", subject=5), mail("x", toRecipients="erika@example.org")],
)  # fmt: skip
async def test_malformed_mail(stage: Stage, body: Any) -> None:
    """A mail that is none is 400, and nothing is sent."""
    sender = stage.platform.bot_environment()["BOT_MAIL_SENDER"]
    assert (await stage.graph("POST", f"/users/{sender}/sendMail", body))[0] == 400
    assert stage.platform.mails() == []


async def test_mail_needs_a_mailbox(stage: Stage) -> None:
    """Somebody who is not in the tenant cannot send mail."""
    assert (await stage.graph("POST", "/users/nobody@betreiber.example/sendMail", mail("x")))[0] == 404


async def test_unknown_paths(stage: Stage) -> None:
    """What Graph or the connector does not have is 404 in their own error shape; a wrong method is 405."""
    for service, path in (("graph", "/me/messages"), ("connector", "/v2/x")):
        status, answer = await stage.call(service, "GET", path)
        assert status == 404
        assert set(answer["error"]) >= {"code", "message"}
    status, answer = await stage.graph("PUT", f"/chats/{stage.chat or 'x'}")
    assert (status, answer["error"]["code"]) == (405, "MethodNotAllowed")
