"""What the connector client makes of every kind of answer (teams-platform 9.4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientSession, web
from hypothesis import given
from hypothesis import strategies as st

from bot.ports import Gone, Place, PlatformError, Refused, Throttled, Unavailable
from bot.teams.connector import ConnectorClient
from bot.teams.refusals import LONGEST_WAIT, refusal, retry_after
from bot.teams.service_urls import ServiceUrls

from .wire import Wire, running_wire
from .world import APP_ID, CHAT, NOW, TENANT, Clock

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
    """401: one more try with a fresh token; a second 401 is tried later, unless the bot itself is refused."""
    async with running_wire() as wire:
        wire.answers = [(401, {}), (200, {"id": "1"}), (401, {}), (401, {"error": {"code": "BotNotRegistered"}})]
        assert await wire.chat.post_text(wire.place, "x") == "1"
        with pytest.raises(Refused, match="bot_not_registered"):
            await wire.chat.post_text(wire.place, "x")
        assert wire.shown == ["Bearer t1", "Bearer t2", "Bearer t2", "Bearer t3"]
        wire.answers = [(401, {}), (401, {"error": {"code": "Unauthorized"}})]
        with pytest.raises(Unavailable, match="unauthorized"):
            await wire.chat.post_text(wire.place, "x")


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
