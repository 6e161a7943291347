"""Am I hearing this chat? (N18): which path carries guests' messages, told to the advisor in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from bot.policy.decisions import Decision, Keep, Owe, Record
from bot.policy.facts import Attempted, FellDue, HearingLost, MessageHeard, MessageNoticed, RosterChanged
from bot.policy.rules.retention import kept_until
from bot.policy.state import State

POLL_EVERY = timedelta(seconds=60)
"""How often the chat is read back while no subscription carries it: the advisor is to know within two minutes."""

RENEW_BEFORE = timedelta(hours=12)
"""A subscription lives for three days at most (teams-platform 5.3): renew it well before."""

GRACE = timedelta(seconds=3)
"""Graph may name a message a moment before its activity arrives; only then is it read back."""

PAUSES = timedelta(minutes=15), timedelta(hours=6)
"""The shortest and the longest pause after a reading was given up; in between, as long as it has failed already."""


def pause_after(since: datetime, now: datetime) -> timedelta:
    """How long what has failed since `since` is let be."""
    return min(max(now - since, PAUSES[0]), PAUSES[1])


def worth_reading(state: State, now: datetime) -> bool:
    """Whether what is found in the chat may still be acted on: after a withdrawal nothing is scanned, and of a chat
    that was deleted there is nothing to read."""
    known = state.consultation
    if known is None or not known.app_present or known.chat_deleted_at is not None or known.reason == "withdrawn":
        return False
    return now < kept_until(state, now)


def noticed(fact: MessageNoticed, state: State, now: datetime) -> Iterator[Decision]:
    """Graph names a message that has not been heard in this version: look at it, unless its activity comes first."""
    if state.consultation is None or not state.consultation.app_present:
        return
    about = (("message", fact.message),)
    key = f"read_back:{fact.message}:{fact.modified.isoformat()}"
    yield Owe(kind="read_back", key=key, about=about, due_at=now + GRACE)


def roster_changed(fact: RosterChanged, state: State, now: datetime) -> Iterator[Decision]:
    """A system message says that somebody came or went."""
    if state.consultation is not None and state.consultation.app_present:
        yield Owe(kind="read_roster", key="read_roster", again=True)


def guest_heard(fact: MessageHeard, state: State, now: datetime) -> Iterator[Decision]:
    """A guest's message arrived: as an activity, or only through Graph although it is one that activities carry."""
    consultation = state.consultation
    if consultation is None or fact.person.kind == "tenant":
        return
    if consultation.first_guest_message_at is None:
        consultation = replace(consultation, first_guest_message_at=now)
        yield Keep(consultation)
    heard: Literal["activities", "graph"] = "activities" if fact.via == "activity" else "graph"
    if heard == consultation.hearing or consultation.hearing == "activities":
        return
    yield Keep(replace(consultation, hearing=heard))
    yield Record(kind=f"hearing:{heard}")


def lost(fact: HearingLost, state: State, now: datetime) -> Iterator[Decision]:
    """Graph dropped the subscription or notifications: subscribe anew and read the chat back. What is over is read
    to its end after a start, if that was not done."""
    if state.consultation is None or not state.consultation.app_present:
        return
    if fact.reason == "restart" and not state.is_open:
        if worth_reading(state, now):
            yield Owe(kind="reconcile", key="reconcile", again=True)
        return
    yield Owe(kind="subscribe", key="subscribe", again=True)
    yield Owe(kind="reconcile", key="reconcile", again=True)


def tried(fact: Attempted, state: State, now: datetime) -> Iterator[Decision]:
    """A subscription that cannot be had is replaced by reading the chat every minute; if that is refused too, the
    app hears nothing but activities, and says so."""
    consultation = state.consultation
    if consultation is None:
        return
    expires = fact.learned("expires") if fact.kind in ("subscribe", "renew") else None
    if expires is not None and state.is_open:
        soon = max(datetime.fromisoformat(expires) - RENEW_BEFORE, now + POLL_EVERY)
        yield Owe(kind="renew", key="renew", due_at=soon, again=True)
    if fact.learned("gap") is not None and consultation.app_present:  # it died silently, or was long in coming
        yield Owe(kind="reconcile", key="reconcile", again=True)
    if fact.kind in ("subscribe", "renew") and fact.result != "done" and state.is_open:
        yield Owe(kind="timer:poll", key="timer:poll", due_at=now + POLL_EVERY, again=True)
    if fact.kind == "reconcile" and fact.result == "refused" and consultation.hearing in ("unknown", "graph"):
        yield Keep(replace(consultation, hearing="deaf"))
        yield Record(kind="hearing:deaf", fields=(("reason", "no_permission"),))
    if fact.kind == "reconcile" and fact.result == "done":
        read_to = fact.learned("read_to")
        if read_to is not None:
            consultation = replace(consultation, read_back_to=datetime.fromisoformat(read_to))
        if consultation.hearing == "deaf" and consultation.app_present:
            consultation = replace(consultation, hearing="unknown")
        yield Keep(consultation)


def not_read(fact: Attempted, state: State, now: datetime) -> Iterator[Decision]:
    """An outage that outlasts the tries of a reading loses nothing: the chat is read back later, with growing pauses,
    as long as what is found can be dealt with; at once where only one message could not be read."""
    if fact.kind not in ("read_back", "reconcile") or fact.result not in ("gave_up", "failed"):
        return
    since = datetime.fromisoformat(fact.of("since") or now.isoformat())
    due_at, about = now, (("since", since.isoformat()),)
    if fact.kind == "reconcile":
        due_at += pause_after(since, now)
    if worth_reading(state, due_at):
        yield Owe(kind="reconcile", key="reconcile", about=about, due_at=due_at, again=True)


def polled(fact: FellDue, state: State, now: datetime) -> Iterator[Decision]:
    """Read the chat back, and try for a subscription again, as long as the consultation lasts."""
    if fact.timer != "poll" or not state.is_open:
        return
    yield Owe(kind="reconcile", key="reconcile", again=True)
    yield Owe(kind="subscribe", key="subscribe", again=True)


RULES = (
    ((MessageNoticed,), noticed),
    ((RosterChanged,), roster_changed),
    ((MessageHeard,), guest_heard),
    ((HearingLost,), lost),
    ((Attempted,), tried),
    ((Attempted,), not_read),
    ((FellDue,), polled),
)
