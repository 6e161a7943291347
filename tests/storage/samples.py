"""Things to write into the books."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.policy.decisions import Owe
from bot.policy.state import Appointment, Consultation, Finding, Participant, PostedCard, Recording, Refusal
from bot.policy.terms import Terms
from bot.ports import Duty
from bot.storage.books import SqlBooks

NOW = datetime(2026, 3, 2, 9, 30, 15, 123456, tzinfo=UTC)
SOON = timedelta(seconds=30)
CHAT = "19:meeting_lindenau@thread.v2"
TERMS = Terms(terms_version="2026-01", notice_version="2026-02")


def consultation(**changes: Any) -> Consultation:
    """An open consultation."""
    values = {
        "conversation": CHAT, "ref": "c-1", "tenant": "tenant", "service_url": "https://smba.example/",
        "bot_id": "28:b", "opened_at": NOW, "language": "de", "terms_version": "2026-01", "notice_version": "2026-02",
    }  # fmt: skip
    return Consultation(**(values | changes))


def participant(person: str = "29:guest", **changes: Any) -> Participant:
    """A guest."""
    values = {"conversation": CHAT, "person": person, "ref": f"p-{person[3:]}", "role": "guest", "joined_at": NOW}
    return Participant(**(values | changes))


def appointment(ref: str = "a-1", **changes: Any) -> Appointment:
    """A booking of one hour, a day from now."""
    values = {
        "ref": ref, "advisor": "advisor-oid", "starts_at": NOW + timedelta(days=1), "language": "de",
        "ends_at": NOW + timedelta(days=1, hours=1), "email_digest": "digest-1",
    }  # fmt: skip
    return Appointment(**(values | changes))


def card(activity: str = "1", **changes: Any) -> PostedCard:
    """A posted card."""
    values = {"chat": CHAT, "activity": activity, "conversation": CHAT, "kind": "welcome", "posted_at": NOW}
    return PostedCard(**(values | changes))


def finding(message: str = "100", **changes: Any) -> Finding:
    """An IBAN in a message."""
    values = {
        "conversation": CHAT, "message": message, "kinds": ("IBAN",), "found_at": NOW, "modified_at": NOW,
        "person": "29:guest", "role": "guest",
    }  # fmt: skip
    return Finding(**(values | changes))


def recording(call: str = "call-1", **changes: Any) -> Recording:
    """A forbidden recording."""
    values = {
        "conversation": CHAT, "call": call, "kind": "recording", "event": "start", "verdict": "violation",
        "started_at": NOW,
    }  # fmt: skip
    return Recording(**(values | changes))


def refusal(**changes: Any) -> Refusal:
    """The platform does not hide guests' messages."""
    return Refusal(**({"conversation": CHAT, "rung": "hide", "sender": "guest"} | changes))


async def keep(books: SqlBooks, *things: Any, conversation: str = CHAT) -> None:
    """Write things on one page."""
    async with books.page(conversation) as page:
        for thing in things:
            await page.keep(thing)


async def owe(books: SqlBooks, *keys: str, conversation: str = CHAT, at: datetime = NOW, **how: Any) -> None:
    """Owe duties of kind `hide` on one page."""
    async with books.page(conversation) as page:
        for key in keys:
            await page.owe(Owe(**({"kind": "hide", "key": key} | how)), at)


async def claim(books: SqlBooks, now: datetime = NOW, holder: str = "one", **how: Any) -> list[Duty]:
    """Claim with a lease of 30 seconds."""
    return await books.claim(now, **({"holder": holder, "lease": SOON, "limit": 100} | how))


async def settle(
    books: SqlBooks, duty: Duty, now: datetime = NOW, holder: str = "one", result: str = "done", code: str = ""
) -> bool:
    """Settle on a page of its own."""
    async with books.page(duty.conversation) as page:
        return await page.settle(duty, holder=holder, result=result, code=code, now=now)
