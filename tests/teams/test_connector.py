"""The connector client on the wire: what it sends and reads (teams-platform 2.2, 9.4, 9.6)."""

from __future__ import annotations

import pytest
from aiohttp import web

from bot.policy.facts import Person
from bot.ports import Gone, Place, Refused, Unavailable

from .wire import running_wire
from .world import APP_ID, CHAT, TENANT

CARD = {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlock", "text": "Grüße"}]}
ENCODED = "19%3Ameeting_Zm9v%40thread.v2"


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


async def test_no_token_goes_to_an_address_off_the_list() -> None:
    """Refused before a token is even asked for; a redirect is not followed."""
    async with running_wire() as wire:
        for url in ("https://example.org/", "http://127.0.0.1:1/", "", "\x00"):
            with pytest.raises(Refused, match="service_url_not_allowed"):
                await wire.chat.post_text(Place(url, CHAT), "x")
        assert (wire.issued, wire.requests) == (0, [])
