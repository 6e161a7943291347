"""Messages, edits, undeletes and deletions: from the wire to the inbox (teams-platform 1.3, 1.4, 3.2)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy.facts import AdvisorReached, MessageDeleted, Person
from bot.teams.events import Events
from bot.teams.reading import Malformed, check, parse, words

from .world import APP_ID, CHAT, NOW, SERVICE_URL, TENANT, activity, message, running_front

AAD = "BBBBBBBB-0000-0000-0000-000000000002"


async def test_a_message_arrives_whole() -> None:
    """A new message keeps chat, id, author, time, text and HTML."""
    async with running_front() as world:
        rich = [{"contentType": "text/html", "content": "<div>meine <b>IBAN</b></div>"}]
        assert await world.post(message("meine IBAN", attachments=rich)) == (201, None)
        (heard,) = world.inbox.heard
        assert (heard.conversation, heard.message, heard.event, heard.via) == (CHAT, "1766394000000", "new", "activity")
        assert heard.modified == datetime(2026, 11, 22, 9, 0, 0, 123456, tzinfo=UTC)
        assert (heard.text, heard.html) == ("meine IBAN", "<div>meine <b>IBAN</b></div>")
        assert heard.person == Person(id="29:guest", name="Kundin (Gast)", kind="guest")
        assert world.front.in_flight == 0


@pytest.mark.parametrize(
    ("event_type", "event"),
    [("editMessage", "edit"), ("undeleteMessage", "undelete"), ("somethingNew", "edit"), (None, "edit")],
)
async def test_an_update_is_scanned_again(event_type: str | None, event: str) -> None:
    """An edit and an undelete bring their text and their own time; an unknown kind of update is taken as an edit."""
    data = {"eventType": event_type} if event_type else ...
    async with running_front() as world:
        changed = message("neu", type="messageUpdate", channelData=data, timestamp="2026-11-22T10:00:00+01:00")
        assert (await world.post(changed))[0] == 201
        (heard,) = world.inbox.heard
        assert (heard.event, heard.text, heard.modified, heard.message) == (event, "neu", NOW, "1766394000000")


@pytest.mark.parametrize(
    ("locale", "client", "expected"),
    [
        ("de-DE", "en-US", "de"),
        ("EN_gb", "de-DE", "en"),
        (..., "en-US", "en"),
        (None, "de", "de"),
        ("fr-FR", "de-DE", None),
        ("den-CA", ..., None),
        ("e" * 9999, "de-DE", None),
        ({"de": 1}, "de-DE", None),
        (..., ["de-DE"], None),
        (..., ..., None),
    ],
)
async def test_the_language_of_the_senders_client_is_read(locale: Any, client: Any, expected: str | None) -> None:
    """The activity's own word first, then the client's; of what is no language of ours nothing is kept."""
    info = {"type": "clientInfo"} | ({"locale": client} if client is not ... else {})
    async with running_front() as world:
        assert (await world.post(message(locale=locale, entities=["odd", {"type": "mention"}, info])))[0] == 201
        assert [heard.language for heard in world.inbox.heard] == [expected]


@pytest.mark.parametrize("entities", [..., None, [], "clientInfo", {"type": "clientInfo", "locale": "de"}])
async def test_a_message_that_names_no_client_is_heard_all_the_same(entities: Any) -> None:
    """In whatever form it does not."""
    async with running_front() as world:
        assert (await world.post(message(entities=entities)))[0] == 201
        assert [heard.language for heard in world.inbox.heard] == [None]


async def test_an_update_without_text_is_still_told() -> None:
    """The documentation's sample of an edit shows no text: it is heard as empty, not dropped."""
    async with running_front() as world:
        edit = activity(type="messageUpdate", channelData={"eventType": "editMessage"})
        assert (await world.post(edit))[0] == 201
        assert [(heard.text, heard.html) for heard in world.inbox.heard] == [("", None)]


async def test_a_deletion_becomes_a_fact_with_the_same_key_each_time() -> None:
    """A deletion delivered twice has one key; a later one of the same message has another."""
    gone = activity(type="messageDelete", channelData={"eventType": "softDeleteMessage"})
    later = {**gone, "timestamp": "2026-11-22T09:30:00Z"}
    async with running_front() as world:
        for delivery in (gone, gone, later):
            assert (await world.post(delivery))[0] == 201
        first, again, second = world.inbox.facts
        assert isinstance(first, MessageDeleted)
        assert (first.message, first.via, first.conversation) == ("1766394000000", "activity", CHAT)
        assert first == again
        assert first.key != second.key


async def test_all_html_parts_are_scanned() -> None:
    """Several HTML parts are joined; other attachments are no text."""
    parts = [
        {"contentType": "text/html", "content": "<p>eins</p>"},
        {"contentType": "image/png", "contentUrl": "https://example.org/x.png", "content": {"not": "text"}},
        {"contentType": "Text/HTML; charset=utf-8", "content": "<p>zwei</p>"},
        {"contentType": "text/html", "content": None},
        {"contentType": 7, "content": "x"},
    ]
    async with running_front() as world:
        assert (await world.post(message(attachments=parts)))[0] == 201
        assert world.inbox.heard[0].html == "<p>eins</p>\n<p>zwei</p>\n"


@pytest.mark.parametrize(
    ("text", "rich", "kept"),
    [
        ("DE89 3704", "<p>DE89 3704</p>", False),
        ("DE89 3704\n", "<div><div>DE89 3704</div></div>", False),
        ("DE89", "<p>DE89 3704</p>", True),
        ("DE89 3704", "<p>DE89&nbsp;3704</p>", True),
        ("DE89 3704", '<p title="PIN 1234">DE89 3704</p>', True),
        ("a &amp; b", "<p>a &amp; b</p>", True),
        ("<b>DE89</b>", "<p><b>DE89</b></p>", True),
        ("", "<p></p>", False),
    ],
)
async def test_html_that_adds_nothing_is_not_scanned_twice(text: str, rich: str, kept: bool) -> None:
    """A paragraph of exactly the text is left out; whatever could read differently is kept."""
    async with running_front() as world:
        await world.post(message(text, attachments=[{"contentType": "text/html", "content": rich}]))
        assert [(heard.text, heard.html) for heard in world.inbox.heard] == [(text, rich if kept else None)]


@pytest.mark.parametrize(
    ("account", "kind", "aad"),
    [
        ({"id": "29:a"}, "guest", None),
        ({"id": "29:a", "aadObjectId": ""}, "guest", None),
        ({"id": "29:a", "aadObjectId": None, "tenantId": TENANT}, "guest", None),
        ({"id": "4:+4930123456"}, "phone", None),
        ({"id": "29:a", "aadObjectId": AAD}, "tenant", AAD.lower()),
        ({"id": "29:a", "aadObjectId": AAD, "tenantId": TENANT.upper()}, "tenant", AAD.lower()),
        ({"id": "29:a", "aadObjectId": AAD, "tenantId": "other"}, "federated", AAD.lower()),
    ],
)
async def test_how_a_person_came_in(account: dict[str, Any], kind: str, aad: str | None) -> None:
    """Guest, caller, own tenant or federated: told by the Entra id and the home tenant, never by the name."""
    async with running_front() as world:
        assert (await world.post(message(**{"from": account})))[0] == 201
        assert (world.inbox.heard[0].person.kind, world.inbox.heard[0].person.aad) == (kind, aad)


async def test_what_bots_say_is_not_scanned() -> None:
    """An application's own message (28:...) is answered and dropped."""
    async with running_front() as world:
        assert (await world.post(message(**{"from": {"id": f"28:{APP_ID}"}})))[0] == 201
        assert world.inbox.everything == []


async def test_a_message_in_the_personal_chat_shows_that_the_advisor_can_be_reached() -> None:
    """In the 1:1 chat a message is no chat message but says where the advisor is; a stranger's says nothing."""
    chat = {"conversationType": "personal", "id": "a:1", "tenantId": TENANT}
    advisor = {"id": "29:advisor", "name": "B", "aadObjectId": AAD}
    async with running_front() as world:
        assert (await world.post(message(conversation=chat, **{"from": advisor})))[0] == 201
        assert (await world.post(message(conversation=chat)))[0] == 201
        assert (await world.post(message(conversation=chat, type="messageDelete", **{"from": advisor})))[0] == 201
        (reached,) = world.inbox.facts
        assert isinstance(reached, AdvisorReached)
        assert (reached.aad, reached.person, reached.conversation, reached.of_chat) == (
            AAD.lower(), "29:advisor", "a:1", "a:1",
        )  # fmt: skip
        assert (reached.service_url, reached.tenant) == (SERVICE_URL, TENANT)
        assert world.inbox.heard == []


@pytest.mark.parametrize(
    ("change", "modified"),
    [
        ({"timestamp": ...}, datetime(2025, 12, 22, 9, 0, tzinfo=UTC)),
        ({"timestamp": None, "localTimestamp": "2026-11-22T10:00:00+01:00"}, NOW),
        ({"timestamp": ..., "id": "1:abc"}, NOW),
        ({"timestamp": "2026-11-22T09:00:00"}, NOW),
    ],
)
async def test_a_message_without_its_time_is_heard(change: dict[str, Any], modified: datetime) -> None:
    """The time falls back on the local time, the id (milliseconds since 1970) and at last the clock."""
    async with running_front() as world:
        assert (await world.post(message(**change)))[0] == 201
        assert world.inbox.heard[0].modified == modified


async def test_half_a_character_does_not_keep_a_message_from_being_scanned() -> None:
    """A lone surrogate becomes U+FFFD: refusing the message would be a way around the guard."""
    async with running_front() as world:
        body = b'{"text": "DE89 \\ud83d 3704", ' + _rest(message())
        assert await world.post_raw(body) == 201
        assert world.inbox.heard[0].text == "DE89 \ufffd 3704"


async def test_a_name_cannot_bring_control_characters() -> None:
    """Names end on cards and in the database: control characters become spaces, length is bounded."""
    async with running_front() as world:
        assert (await world.post(message(**{"from": {"id": "29:x", "name": "A\x00\u202eB" + "c" * 999}})))[0] == 201
        name = world.inbox.heard[0].person.name
        assert name.startswith("A  B")
        assert len(name) == 256


@pytest.mark.parametrize("kind", ["typing", "messageReaction", "endOfConversation", "trace", "handoff", "x" * 900])
async def test_other_activities_are_answered_and_dropped(kind: str) -> None:
    """What the product has no use for is 201, so that the platform does not send it again."""
    async with running_front() as world:
        assert (await world.post(activity(type=kind)))[0] == 201
        assert world.inbox.everything == []


def _rest(found: dict[str, Any]) -> bytes:
    import json

    return json.dumps({name: value for name, value in found.items() if name != "text"}).encode()[1:]


ODD = [None, True, 0, -1, 10**30, 1.5, "", "x", "29:x", "\ud800", "\x00", "y" * 1001, [], {}, [None], ["x"], [[]], [{}],
       {"id": None}, {"id": 7}, {"id": "29:x"}, [{"id": "29:x"}], {"id": []}, {"members": [{"user": {"id": "29:x"}}]},
       {"members": 7}, {"members": [7]}, {"tenant": 7}, {"tenant": {"id": []}}, {"meeting": []},
       {"meeting": {"id": {}}}, {"eventType": []}, {"id": "a", "conversationType": []},
       {"id": "a", "conversationType": "personal", "tenantId": 7},
       {"id": "29:x", "name": {}, "aadObjectId": [], "tenantId": 7}, [{"contentType": "text/html", "content": "x"}],
       {"starttime": [], "StartTime": 7}, "2026-11-22T09:00:00Z", "9999-12-31T23:59:59-14:00"]  # fmt: skip
MEMBERS = [*sorted(message()), "value", "membersAdded", "membersRemoved", "name", "action", "replyToId"]
READERS = [
    Events.heard,
    Events.deleted,
    Events.installed,
    Events.uninstalled,
    Events.reached,
    lambda events, found: list(events.members(found)),
    lambda events, found: list(events.participants(found, joined=True)),
    Events.meeting_started,
    Events.meeting_ended,
    lambda events, found: events.pressed(found, found.get("value"), lambda code: "digest"),
]


def _outcome(reader: Any, found: Any) -> Any:
    """What a reader makes of its input: a value, or the words of a Malformed. Anything else raised fails the test."""
    try:
        return reader(found)
    except Malformed as malformed:
        return f"malformed: {malformed}"


@given(st.binary(max_size=200) | st.text(alphabet='{}[]":,\\ue+-.0123 NaN', max_size=60).map(str.encode))
def test_parsing_bytes_ends_in_an_object_or_malformed(body: bytes) -> None:
    """Whatever the bytes, `parse` gives a dict or one of its three complaints."""
    outcome = _outcome(parse, body)
    complaints = {f"malformed: {what}" for what in ("not JSON", "not a JSON object", "nested too deeply")}
    assert isinstance(outcome, dict) or outcome in complaints


@given(st.dictionaries(st.sampled_from(MEMBERS), st.sampled_from(ODD), max_size=5), st.sampled_from(READERS))
def test_reading_an_activity_ends_in_facts_or_malformed(change: dict[str, Any], reader: Any) -> None:
    """Whatever stands in its members, reading an activity ends in facts or Malformed, and twice in the same."""
    found = {**message(), **change}
    if _outcome(check, found) is None:
        events = Events(TENANT, lambda: NOW)
        first = _outcome(lambda activity: reader(events, activity), found)
        assert first == _outcome(lambda activity: reader(events, activity), found)
        assert "\ud800" not in repr(first)
    else:
        assert change


@given(st.text(alphabet=st.characters(categories=["Cs", "L", "N", "So"]), max_size=30))
def test_words_are_always_unicode(text: str) -> None:
    """After `words`, a text can be encoded, and nothing but lone surrogates was changed."""
    found = words(text)
    assert found.encode().decode() == found
    if all(not 0xD800 <= ord(c) <= 0xDFFF for c in text):
        assert found == text
