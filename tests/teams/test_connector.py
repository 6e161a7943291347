"""The connector client on the wire: what it sends, and what it makes of every kind of answer (teams-platform 9.4)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from bot.policy.facts import Person
from bot.ports import Chat, Gone, Place, PlatformError, Refused, Throttled, Unavailable
from bot.teams.connector import ConnectorClient
from bot.teams.refusals import LONGEST_WAIT, refusal, retry_after
from bot.teams.service_urls import ServiceUrls

from .world import APP_ID, CHAT, NOW, TENANT, Clock

CARD = {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlock", "text": "Grüße"}]}
ENCODED = "19%3Ameeting_Zm9v%40thread.v2"
Answer = Callable[[web.Request], web.StreamResponse]


class Wire:
    """A connector that records requests and answers as told, and the tokens it was shown."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, Any]] = []
        self.shown: list[str] = []
        self.answers: list[Any] = []
        self.issued = 0
        self.service_url = ""
        self.chat: Chat

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.json() if request.can_read_body else None
        self.requests.append((request.method, request.raw_path, body))
        self.shown.append(request.headers.get("Authorization", ""))
        answer = self.answers.pop(0) if self.answers else (200, {"id": "1766"})
        if answer == "cut":
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        if answer == "hang":
            await asyncio.sleep(30)
        if isinstance(answer, web.Response):
            return answer
        return web.json_response(answer[1], status=answer[0], headers=answer[2] if len(answer) > 2 else None)

    async def token(self, *, fresh: bool = False) -> str:
        self.issued += 1 if fresh or not self.issued else 0
        return f"t{self.issued}"

    @property
    def place(self) -> Place:
        return Place(self.service_url, CHAT)


@asynccontextmanager
async def running_wire(patience: float = 5.0) -> AsyncIterator[Wire]:
    """A client before a recording connector on loopback."""
    wire = Wire()
    app = web.Application(client_max_size=1 << 22)
    app.router.add_route("*", "/{path:.*}", wire.handle)
    async with TestServer(app) as server, ClientSession() as session:
        origin = str(server.make_url("")).rstrip("/")
        wire.service_url = f"{origin}/connector/"
        wire.chat = ConnectorClient(
            app_id=APP_ID, tenant=TENANT, session=session, tokens=wire, clock=Clock(), timeout=patience,
            service_urls=ServiceUrls([], origin),
        )  # fmt: skip
        yield wire


async def test_a_card_goes_out_alone_with_its_kind() -> None:
    """One attachment named after its kind, no text, ids percent-encoded; the id of the activity comes back."""
    async with running_wire() as wire:
        assert await wire.chat.post_card(wire.place, "welcome", CARD) == "1766"
        attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "name": "welcome", "content": CARD}
        path = f"/connector/v3/conversations/{ENCODED}/activities"
        assert wire.requests == [("POST", path, {"type": "message", "attachments": [attachment]})]
        assert wire.shown == ["Bearer t1"]


async def test_a_targeted_message_names_its_recipient_on_creation_only() -> None:
    """isTargetedActivity on all three; recipient.isTargeted on POST, none on PUT (teams-platform 9.6)."""
    async with running_wire() as wire:
        await wire.chat.post_card(wire.place, "guard_notice", CARD, only_for="29:x/y")
        await wire.chat.update_card(wire.place, "17/66", "guard_notice", CARD, targeted=True)
        await wire.chat.delete(wire.place, "1766", targeted=True)
        base = f"/connector/v3/conversations/{ENCODED}/activities"
        assert [(method, path) for method, path, _ in wire.requests] == [
            ("POST", f"{base}?isTargetedActivity=true"),
            ("PUT", f"{base}/17%2F66?isTargetedActivity=true"),
            ("DELETE", f"{base}/1766?isTargetedActivity=true"),
        ]
        assert wire.requests[0][2]["recipient"] == {"id": "29:x/y", "isTargeted": True}
        assert "recipient" not in wire.requests[1][2]


async def test_a_text_goes_out_plain() -> None:
    """Plain text without attachments; Markdown of a name is no Markdown."""
    async with running_wire() as wire:
        wire.answers = [(201, {"id": "7"})]
        assert await wire.chat.post_text(wire.place, "Grüße *x*") == "7"
        assert wire.requests[0][2] == {"type": "message", "textFormat": "plain", "text": "Grüße *x*"}


async def test_updates_and_deletions_need_no_answer_body() -> None:
    """An empty 200 is enough where no id is needed."""
    async with running_wire() as wire:
        wire.answers = [web.Response(status=200), web.Response(status=202)]
        await wire.chat.update_card(wire.place, "1766", "welcome", CARD)
        await wire.chat.delete(wire.place, "1766")
        assert [(method, body and body["id"]) for method, _, body in wire.requests] == [
            ("PUT", "1766"),
            ("DELETE", None),
        ]


async def test_the_roster_is_read_page_by_page() -> None:
    """All pages, applications and nonsense left out; kinds told as on the wire."""
    pages = [
        {"continuationToken": "a b/c", "members": [{"id": "29:g", "name": "Gast", "tenantId": TENANT}]},
        {"continuationToken": "", "members": [{"id": "29:t", "aadObjectId": "AAD"}, {"id": "28:bot"}, {}, 7]},
    ]  # fmt: skip
    async with running_wire() as wire:
        wire.answers = [(200, page) for page in pages]
        people = await wire.chat.roster(wire.place)
        assert people == [Person(id="29:g", name="Gast"), Person(id="29:t", aad="aad", kind="tenant")]
        assert [path.partition("?")[2] for _, path, _ in wire.requests] == [
            "pageSize=200", "pageSize=200&continuationToken=a%20b%2Fc",
        ]  # fmt: skip


async def test_a_roster_that_never_ends_is_given_up() -> None:
    """A token that repeats ends the reading; ever new ones end it as an unusable answer."""
    async with running_wire() as wire:
        wire.answers = [(200, {"continuationToken": "x", "members": []})] * 2
        assert await wire.chat.roster(wire.place) == []
        wire.answers = [(200, {"continuationToken": str(n), "members": []}) for n in range(60)]
        with pytest.raises(Unavailable, match="unexpected_answer"):
            await wire.chat.roster(wire.place)


async def test_a_member_is_found_or_not() -> None:
    """A person, None for a 404 of the member, Gone for a chat that is not there."""
    async with running_wire() as wire:
        wire.answers = [
            (200, {"id": "29:g", "name": "Gast"}),
            (404, {"error": {"code": "MemberNotFoundInConversation"}}),
            (404, {"error": {"code": "ConversationNotFound"}}),
        ]
        assert await wire.chat.member(wire.place, "29:g") == Person(id="29:g", name="Gast")
        assert await wire.chat.member(wire.place, "29:g") is None
        with pytest.raises(Gone, match="conversation_gone"):
            await wire.chat.member(wire.place, "29:g")
        assert wire.requests[0][1] == f"/connector/v3/conversations/{ENCODED}/members/29%3Ag"


async def test_a_personal_chat_is_opened_or_refused() -> None:
    """The request names bot, person and tenant; a guest's 400 is a refusal (teams-platform 3.1)."""
    async with running_wire() as wire:
        wire.answers = [
            (201, {"id": "a:1"}),
            (400, {"error": {"code": "BadArgument", "message": "Bot cannot create a conversation with an anony..."}}),
        ]  # fmt: skip
        assert await wire.chat.open_personal(wire.service_url, TENANT, "29:t") == "a:1"
        with pytest.raises(Refused, match="bad_argument"):
            await wire.chat.open_personal(wire.service_url, TENANT, "29:g")
        assert wire.requests[0][:2] == ("POST", "/connector/v3/conversations")
        assert wire.requests[0][2]["members"] == [{"id": "29:t"}]
        assert wire.requests[0][2]["bot"] == {"id": f"28:{APP_ID}"}


async def test_a_meeting_is_looked_up() -> None:
    """Graph's id and the organizer's Entra id; what is missing is None."""
    async with running_wire() as wire:
        wire.answers = [
            (200, {"details": {"msGraphResourceId": "MSow"}, "organizer": {"aadObjectId": "o"}}),
            (200, {"details": [], "organizer": {"objectId": "p", "aadObjectId": 7}}),
            (200, []),
        ]
        found = [await wire.chat.meeting(wire.place, "MCMx+/=") for _ in range(3)]
        assert found == [("MSow", "o"), (None, "p"), (None, None)]
        assert wire.requests[0][1] == "/connector/v1/meetings/MCMx%2B%2F%3D"


STATUSES = [
    (400, {"error": {"code": "BadArgument"}}, Refused, "bad_argument"),
    (403, {"error": {"code": "BotDisabledByAdmin"}}, Refused, "disabled_by_admin"),
    (403, {"error": {"code": "ConversationBlockedByUser"}}, Refused, "blocked_by_user"),
    (403, {"error": {"code": "NotEnoughPermissions"}}, Refused, "not_permitted"),
    (403, {"error": {"code": "BotNotInConversationRoster"}}, Refused, "not_in_conversation"),
    (404, {"error": {"code": "BotNotInConversationRoster"}}, Refused, "not_in_conversation"),
    (404, {"error": {"code": "ConversationNotFound"}}, Gone, "conversation_gone"),
    (404, {"error": {"code": "ActivityNotFoundInConversation"}}, Gone, "activity_gone"),
    (404, "a secret in plain words", Gone, "not_found"),
    (405, {"error": "a secret"}, Refused, "not_allowed"),
    (410, None, Gone, "not_found"),
    (409, [], Refused, "conflict"),
    (412, {"error": {"code": "PreconditionFailed"}}, Throttled, "precondition"),
    (413, {"error": {"code": "MessageSizeTooBig"}}, Refused, "too_big"),
    (418, {"error": {"code": "a secret", "message": "a secret"}}, Refused, "unexpected_answer"),
    (429, {"error": {"code": 7}}, Throttled, "throttled"),
    (408, {}, Unavailable, "timed_out"),
    (500, {"error": {"code": "ServiceError"}}, Unavailable, "server_error"),
    (502, {"error": []}, Unavailable, "server_error"),
    (503, 7, Unavailable, "server_error"),
    (504, {"error": {}}, Unavailable, "server_error"),
    (302, {"error": {}}, Unavailable, "unexpected_answer"),
]


@pytest.mark.parametrize(("status", "body", "kind", "code"), STATUSES)
async def test_every_answer_has_its_meaning(status: int, body: Any, kind: type[PlatformError], code: str) -> None:
    """Each status is one of our errors with one of our words; nothing of the answer's text is in it."""
    async with running_wire() as wire:
        wire.answers = [(status, body, {"Location": f"{wire.service_url}elsewhere", "Retry-After": "7"})]
        with pytest.raises(kind) as caught:
            await wire.chat.post_text(wire.place, "x")
        assert (type(caught.value), caught.value.code, caught.value.status) == (kind, code, status)
        assert "secret" not in f"{caught.value!r}{caught.value.__context__}"
        assert len(wire.requests) == 1
        if isinstance(caught.value, Throttled | Unavailable):
            assert caught.value.retry_after == 7.0
        if isinstance(caught.value, Unavailable):
            assert caught.value.maybe_done


async def test_reading_changes_nothing() -> None:
    """A read that failed cannot have done anything."""
    async with running_wire() as wire:
        wire.answers = [(500, {})]
        with pytest.raises(Unavailable) as caught:
            await wire.chat.roster(wire.place)
        assert not caught.value.maybe_done


async def test_a_refused_token_is_replaced_once() -> None:
    """401: one more try with a fresh token; a second 401 is a refusal."""
    async with running_wire() as wire:
        wire.answers = [(401, {}), (200, {"id": "1"}), (401, {}), (401, {"error": {"code": "BotNotRegistered"}})]
        assert await wire.chat.post_text(wire.place, "x") == "1"
        with pytest.raises(Refused, match="bot_not_registered"):
            await wire.chat.post_text(wire.place, "x")
        assert wire.shown == ["Bearer t1", "Bearer t2", "Bearer t2", "Bearer t3"]


ODD_ANSWERS = [
    web.Response(body=b""), web.Response(body=b"<html>"), web.Response(body=b"\xff"), web.Response(body=b"[" * 9999),
    (200, []), (200, {}), (200, {"id": 7}), (200, {"id": ""}), (200, {"id": "\x00"}), (200, None), (201, "x"),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(ODD_ANSWERS)))
async def test_an_answer_without_an_id_is_uncertain(number: int) -> None:
    """Posted, perhaps, but nothing can be updated later: Unavailable with maybe_done."""
    async with running_wire() as wire:
        answer = ODD_ANSWERS[number]
        wire.answers = [web.Response(body=answer.body) if isinstance(answer, web.Response) else answer]
        with pytest.raises(Unavailable, match="unexpected_answer") as caught:
            await wire.chat.post_text(wire.place, "x")
        assert caught.value.maybe_done


async def test_an_endless_answer_is_not_read() -> None:
    """More than a megabyte of answer is unusable."""
    async with running_wire() as wire:
        wire.answers = [web.Response(body=b" " * ((1 << 20) + 1))]
        with pytest.raises(Unavailable, match="unexpected_answer"):
            await wire.chat.post_text(wire.place, "x")


async def test_lost_answers_and_silence_are_uncertain() -> None:
    """A cut connection or a time-out after sending may have been carried out; a refused connection was not."""
    async with running_wire(patience=0.2) as wire:
        for answer, code in (("cut", "no_answer"), ("hang", "timed_out")):
            wire.answers = [answer]
            with pytest.raises(Unavailable, match=code) as caught:
                await wire.chat.post_text(wire.place, "x")
            assert caught.value.maybe_done
    async with ClientSession() as session:
        origin = "http://127.0.0.1:9"
        chat = ConnectorClient(
            app_id=APP_ID, tenant=TENANT, session=session, tokens=Wire(), clock=Clock(),
            service_urls=ServiceUrls([], origin),
        )  # fmt: skip
        with pytest.raises(Unavailable, match="no_connection") as caught:
            await chat.post_text(Place(origin, CHAT), "x")
        assert not caught.value.maybe_done


async def test_no_token_goes_to_an_address_off_the_list() -> None:
    """Refused before a token is even asked for; a redirect is not followed."""
    async with running_wire() as wire:
        for url in ("https://example.org/", "http://127.0.0.1:1/", "", "\x00"):
            with pytest.raises(Refused, match="service_url_not_allowed"):
                await wire.chat.post_text(Place(url, CHAT), "x")
        assert (wire.issued, wire.requests) == (0, [])


async def test_too_large_a_card_is_refused_before_it_is_sent() -> None:
    """The limit is 80 KB of UTF-16: forty thousand characters fit, forty-one thousand do not."""
    async with running_wire() as wire:
        await wire.chat.post_text(wire.place, "ü" * 40_000)
        with pytest.raises(Refused, match="too_big"):
            await wire.chat.post_text(wire.place, "ü" * 41_000)
        assert len(wire.requests) == 1


@pytest.mark.parametrize("ident", ["", ".", ".."])
async def test_an_id_that_is_a_path_is_refused(ident: str) -> None:
    """Ids of dots would change the path of the request."""
    async with running_wire() as wire:
        with pytest.raises(Refused, match="bad_argument"):
            await wire.chat.delete(wire.place, ident)
        assert wire.requests == []


async def test_ids_with_every_character_stay_in_their_segment() -> None:
    """Slashes, questions, percent signs, quotes and half characters of an id are encoded exactly once."""
    async with running_wire() as wire:
        await wire.chat.delete(Place(wire.service_url, "a/../b?c#d%2F"), "ü\ud800 x")
        assert wire.requests[0][1] == (
            "/connector/v3/conversations/a%2F..%2Fb%3Fc%23d%252F/activities/%C3%BC%3F%20x"
        )  # fmt: skip


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0), (" 0 ", 0.0), ("99999999", LONGEST_WAIT), ("Sun, 22 Nov 2026 09:01:30 GMT", 90.0),
        ("Sun, 22 Nov 2026 08:00:00 GMT", 0.0), ("Sun, 22 Nov 2026 09:01:30", None), ("-5", None), ("1.5", None),
        ("soon", None), ("", None), ("٧", None), ("9" * 100, None), (None, None),
        ("Sun, 99 Nov 2026 09:01:30 GMT", None),
    ],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    """Both forms are read, bounded by an hour; anything else leaves it to our own back-off."""
    assert retry_after(header, NOW) == seconds


@given(st.text(max_size=40))
def test_retry_after_survives_anything(header: str) -> None:
    """Whatever the header, the wait is None or between nought and an hour."""
    found = retry_after(header, NOW)
    assert found is None or 0.0 <= found <= timedelta(hours=1).total_seconds()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["error", "code", "x"]), inner),
    max_leaves=5,
)


@given(st.integers(203, 999), JSON, st.booleans())
def test_every_refusal_is_one_of_ours(status: int, body: Any, write: bool) -> None:
    """Whatever an answer holds, it becomes a PlatformError whose code is one of our words."""
    found = refusal(status, body, {}, now=NOW, write=write)
    assert isinstance(found, PlatformError)
    assert found.code.replace("_", "").isalpha()
    assert not (isinstance(found, Unavailable) and found.maybe_done and not write)
