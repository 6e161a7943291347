"""What the Graph client puts on the wire, and what it makes of the answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.graph.client import GraphClient
from bot.ports import BookedMeeting, Gone, Graph, Refused, Unavailable

from .conftest import NOW, STATE
from .fake_graph import CHAT, JOIN_URL, FakeGraph, message, web

STARTS = datetime(2026, 4, 1, 10, 0, tzinfo=timezone(timedelta(hours=2)))


async def book(client: GraphClient, attendee: str | None = "kunde@example.org") -> BookedMeeting:
    return await client.book(
        "adv-1",
        subject="Beratung",
        starts=STARTS,
        ends=STARTS + timedelta(hours=1),
        attendee=attendee,
        body_html="<p>Termin</p>",
    )


def test_it_is_a_graph(client: GraphClient) -> None:
    """The client has every method of the port, by name."""
    wanted = {name for name in vars(Graph) if not name.startswith("_")}
    assert wanted
    assert all(callable(getattr(client, name)) for name in wanted)


async def test_hide_sends_a_hard_block(client: GraphClient, graph: FakeGraph) -> None:
    """A message is blocked for all readers, with a tip and without any override, and nothing else is in the body."""
    await client.hide(CHAT, "1616990032035", tip="Bitte löschen.", kinds=("iban", "card"))
    (seen,) = graph.seen
    assert seen.method == "PATCH"
    assert seen.raw_path == "/v1.0/chats/19%3Ameeting_NzQ4YzBi%2B%2F%3D%40thread.v2/messages/1616990032035"
    assert seen.body == {
        "policyViolation": {
            "policyTip": {
                "generalText": "Bitte löschen.",
                "matchedConditionDescriptions": ["iban", "card"],
                "complianceUrl": "https://bot.example/notices/chat",
            },
            "verdictDetails": "None",
            "dlpAction": "BlockAccess",
        }
    }


async def test_unhide_takes_the_block_off(client: GraphClient, graph: FakeGraph) -> None:
    """Releasing a message sends dlpAction None."""
    await client.unhide(CHAT, "1")
    assert graph.bodies() == [{"policyViolation": {"dlpAction": "None"}}]


async def test_install_consents_to_the_manifests_permissions(client: GraphClient, graph: FakeGraph) -> None:
    """The consented set is exactly the list given; a personal installation carries none."""
    await client.install_in_chat(CHAT)
    await client.install_for("adv-1")
    chat, personal = graph.seen
    names = [p["permissionValue"] for p in chat.body["consentedPermissionSet"]["resourceSpecificPermissions"]]
    assert names == ["ChatMessage.Read.Chat", "ChatMember.Read.Chat"]
    bound = f"{graph.origin}/v1.0/appCatalogs/teamsApps/11111111-2222-3333-4444-555555555555"
    assert chat.body["teamsApp@odata.bind"] == bound
    assert personal.path == "/v1.0/users/adv-1/teamwork/installedApps"
    assert personal.body == {"teamsApp@odata.bind": bound}


async def test_installed_already_is_success(client: GraphClient, graph: FakeGraph) -> None:
    """409 on an installation is no failure, 403 is."""
    graph.script = [web.Response(status=409), web.Response(status=403)]
    await client.install_in_chat(CHAT)
    with pytest.raises(Refused) as refused:
        await client.install_in_chat(CHAT)
    assert (refused.value.code, refused.value.status) == ("forbidden", 403)


async def test_book_makes_an_event_and_finds_its_meeting(client: GraphClient, graph: FakeGraph) -> None:
    """Two requests: the event in UTC with a Teams link, then the meeting by its quoted join link."""
    booked = await book(client)
    assert booked == BookedMeeting(event="AAMk/event=", join_url=JOIN_URL, online_meeting="MSo1N2Y5", chat=CHAT)
    event, find = graph.seen
    assert event.body["start"] == {"dateTime": "2026-04-01T08:00:00", "timeZone": "UTC"}
    assert event.body["isOnlineMeeting"] is True
    assert event.body["attendees"] == [{"emailAddress": {"address": "kunde@example.org"}, "type": "required"}]
    assert find.query == {"$filter": "JoinWebUrl eq '" + JOIN_URL.replace("it's", "it''s") + "'"}


async def test_the_same_booking_has_the_same_transaction_id(client: GraphClient, graph: FakeGraph) -> None:
    """A repeated booking is recognisable, another one is not the same."""
    await book(client)
    await book(client)
    await book(client, attendee=None)
    first, again, other = (b["transactionId"] for b in graph.bodies() if b is not None)
    assert first == again
    assert first != other


@pytest.mark.parametrize("status", [404, 429, 503])
async def test_a_meeting_not_found_may_have_been_booked(client: GraphClient, graph: FakeGraph, status: int) -> None:
    """Once the event exists, a failing look-up says that something may have been done."""

    async def created(_: web.Request) -> web.Response:
        return web.json_response({"id": "e", "onlineMeeting": {"joinUrl": JOIN_URL}}, status=201)

    graph.script = [created, web.Response(status=status, headers={"Retry-After": "7"})]
    with pytest.raises(Unavailable) as problem:
        await book(client)
    assert problem.value.maybe_done
    assert problem.value.retry_after == (None if status == 404 else 7.0)


async def test_meeting_options(client: GraphClient, graph: FakeGraph) -> None:
    """Recording is forbidden and the chat paused and reopened through the meeting's options only."""
    await client.forbid_recording("adv-1", "MSo1")
    await client.set_chat("adv-1", "MSo1", allowed=False)
    await client.set_chat("adv-1", "MSo1", allowed=True)
    assert graph.bodies() == [
        {"allowRecording": False, "allowTranscription": False, "recordAutomatically": False},
        {"allowMeetingChat": "disabled"},
        {"allowMeetingChat": "enabled"},
    ]
    assert {seen.path for seen in graph.seen} == {"/v1.0/users/adv-1/onlineMeetings/MSo1"}


async def test_send_mail_with_attachment(client: GraphClient, graph: FakeGraph) -> None:
    """A mail has its attachment in base64 and is not kept in the sender's mailbox."""
    await client.send_mail(
        "k@example.org", subject="S", html="<p>x</p>", attachments=(("t.ics", "text/calendar", b"BEGIN"),)
    )
    (seen,) = graph.seen
    assert seen.path == "/v1.0/users/beratung@lindenau.example/sendMail"
    assert seen.body["saveToSentItems"] is False
    assert seen.body["message"]["attachments"][0]["contentBytes"] == "QkVHSU4="
    assert seen.body["message"]["toRecipients"] == [{"emailAddress": {"address": "k@example.org"}}]


async def test_too_large_a_mail_is_not_sent(client: GraphClient, graph: FakeGraph) -> None:
    """Above Graph's limit nothing is sent and the refusal says why."""
    with pytest.raises(Refused, match="too_large"):
        await client.send_mail("k@example.org", subject="S", html="", attachments=(("a", "b/c", b"x" * 3_200_000),))
    assert graph.seen == []


async def test_subscribe_for_encrypted_changes(client: GraphClient, graph: FakeGraph) -> None:
    """A subscription names the chat, both addresses, the certificate and an expiry of at most three days."""
    made = await client.subscribe(CHAT)
    (seen,) = graph.seen
    assert made.id == "sub-1"
    assert timedelta(days=2) < made.expires - NOW <= timedelta(days=3)
    assert seen.headers["Prefer"] == "include-unknown-enum-members"
    body = seen.body
    assert body["changeType"] == "created,updated,deleted"
    assert body["resource"] == f"/chats/{CHAT}/messages"
    assert (body["notificationUrl"], body["lifecycleNotificationUrl"]) == (
        "https://bot.example/api/notifications",
        "https://bot.example/api/lifecycle",
    )
    assert body["clientState"] == STATE
    assert body["includeResourceData"] is True
    assert len(body["encryptionCertificateId"]) <= 128


async def test_a_subscription_that_is_there_is_renewed(client: GraphClient, graph: FakeGraph) -> None:
    """After a lost answer the 409 leads to the subscription that was made, not to deafness."""
    first = await client.subscribe(CHAT)
    graph.script = [web.Response(status=409)]
    assert (await client.subscribe(CHAT)).id == first.id
    assert [seen.method for seen in graph.seen] == ["POST", "POST", "GET", "PATCH"]


@pytest.mark.parametrize("status", [403, 409])
async def test_a_subscription_of_another_key_is_replaced(client: GraphClient, graph: FakeGraph, status: int) -> None:
    """A subscription that encrypts for a key we no longer have is deleted and made anew."""
    graph.subscriptions["old"] = {"id": "old", "resource": f"chats/{CHAT}/messages", "encryptionCertificateId": "lost"}
    graph.script = [web.Response(status=status)]
    assert (await client.subscribe(CHAT)).id != "old"
    assert "old" not in graph.subscriptions


async def test_a_refused_subscription_is_refused(client: GraphClient, graph: FakeGraph) -> None:
    """Where there is no other subscription, a 403 or 409 is what it says; for a 400 nobody looks."""
    graph.subscriptions["other"] = {"id": "other", "resource": "chats/19:other@thread.v2/messages"}
    graph.script = [web.Response(status=403)]
    with pytest.raises(Refused, match="forbidden"):
        await client.subscribe(CHAT)
    graph.script = [web.Response(status=400)]
    with pytest.raises(Refused, match="bad_request"):
        await client.subscribe(CHAT)
    assert [seen.method for seen in graph.seen] == ["POST", "GET", "POST"]


async def test_renew_and_unsubscribe(client: GraphClient, graph: FakeGraph) -> None:
    """A lost subscription cannot be renewed (Gone); deleting what is not there is success."""
    made = await client.subscribe(CHAT)
    assert (await client.renew(made.id)).id == made.id
    await client.unsubscribe(made.id)
    await client.unsubscribe(made.id)
    with pytest.raises(Gone):
        await client.renew(made.id)


async def test_recordings_chat_and_event(client: GraphClient, graph: FakeGraph) -> None:
    """Recordings are listed by id; chats and events are deleted by theirs, percent-encoded."""
    assert await client.find_recordings("adv-1", "MSo1") == ["rec-1", "rec-2"]
    await client.delete_chat(CHAT)
    await client.cancel_event("adv-1", "AAMk/e=")
    assert [seen.raw_path for seen in graph.seen[1:]] == [
        "/v1.0/chats/19%3Ameeting_NzQ4YzBi%2B%2F%3D%40thread.v2",
        "/v1.0/users/adv-1/events/AAMk%2Fe%3D",
    ]


@pytest.mark.parametrize("bad", ["", ".", ".."])
async def test_an_id_cannot_change_the_path(client: GraphClient, graph: FakeGraph, bad: str) -> None:
    """An empty or dotted id is refused before anything is sent."""
    with pytest.raises(Refused, match="bad_id"):
        await client.delete_chat(bad)
    assert graph.seen == []


async def test_message_is_read_with_the_prefer_header(client: GraphClient, graph: FakeGraph) -> None:
    """One message is read by id; one Graph does not know is None; one with another id is no answer."""
    found = await client.message(CHAT, "1616990032035")
    assert found is not None
    assert found.id == "1616990032035"
    assert graph.seen[0].headers["Prefer"] == "include-unknown-enum-members"
    graph.script = [web.Response(status=404), web.json_response(message("77"))]
    assert await client.message(CHAT, "1") is None
    with pytest.raises(Unavailable, match="bad_answer"):
        await client.message(CHAT, "1")


async def test_messages_since_reads_every_page(client: GraphClient, graph: FakeGraph) -> None:
    """All pages are read, newest first, with the filter on the property that is sorted by."""
    graph.pages = [[message("4"), message("3")], [], [message("2"), {"odd": 1}, None]]
    since = datetime(2026, 3, 29, 3, 0, 0, 123456, tzinfo=UTC)
    assert [m.id async for m in client.messages_since(CHAT, since)] == ["4", "3", "2"]
    assert graph.seen[0].query == {
        "$top": "50",
        "$orderby": "lastModifiedDateTime desc",
        "$filter": "lastModifiedDateTime gt 2026-03-29T03:00:00.123Z",
    }
    assert all(seen.headers["Prefer"] == "include-unknown-enum-members" for seen in graph.seen)


async def test_each_read_of_chat_messages_asks_for_room_first(
    client: GraphClient, graph: FakeGraph, reads: list[int]
) -> None:
    """One message is one read, and so is each page; what else goes to Graph asks for none."""
    graph.pages = [[message("4")], [message("3")], [message("2")]]
    assert [m.id async for m in client.messages_since(CHAT, None)] == ["4", "3", "2"]
    assert reads == [0, 1, 2]
    await client.delete_chat(CHAT)
    assert reads == [0, 1, 2]
    graph.script = [web.json_response(message("77"))]
    assert await client.message(CHAT, "77") is not None
    assert reads == [0, 1, 2, 4]


async def test_messages_since_stops_where_it_is_old(client: GraphClient, graph: FakeGraph) -> None:
    """Where the filter is ignored, reading ends with the first page that has nothing newer."""
    old = {"lastModifiedDateTime": "2026-03-29T02:00:00Z"}
    graph.pages = [[message("9"), message("8", **old)], [message("7", **old)], [message("6", **old)]]
    since = datetime(2026, 3, 29, 3, 0, tzinfo=UTC)
    assert [m.id async for m in client.messages_since(CHAT, since)] == ["9"]
    assert len(graph.seen) == 2
