"""Am I hearing this chat? (N18): which path carries guests' messages, told to the advisor in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from bot.policy.decisions import Decision, Forgo, Keep, Owe, Record
from bot.policy.facts import (
    Attempted,
    FellDue,
    HearingLost,
    MessageHeard,
    MessageNoticed,
    PersonJoined,
    RosterChanged,
    RosterRead,
)
from bot.policy.rules.retention import kept_until
from bot.policy.state import State

POLL_EVERY = timedelta(seconds=60)
"""How often the chat is read back while no subscription carries it: the advisor is to know within two minutes."""

RENEW_BEFORE = timedelta(hours=12)
"""A subscription lives for three days at most (teams-platform 5.3): renew it well before."""

GRACE = timedelta(seconds=3)
"""Graph may name a message a moment before its activity arrives; only then is it read back."""

TEST_AFTER = timedelta(seconds=60)
ANSWER_WITHIN = timedelta(seconds=30)
"""The self-test: a guest is there and nothing was heard for this long, so the chat is read; it is to be read within
that. Both together leave time to tell the advisor within two minutes of the first message."""

TEST_SPAN = timedelta(minutes=5)
"""Messages that Graph names and that are not heard call for one test in this span."""

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
    if state.consultation.hearing == "unknown":
        yield test(f"noticed:{int(now.timestamp() // TEST_SPAN.total_seconds())}", now)


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
    for guest in state.outsiders():
        yield Forgo(key=test(guest.ref, now).key)


def test(name: str, now: datetime) -> Owe:
    """A self-test, owed once for each name."""
    return Owe(kind="timer:hearing", key=f"timer:hearing:{name}", about=(("test", name),), due_at=now + TEST_AFTER)


def guest_came(fact: PersonJoined | RosterRead, state: State, now: datetime) -> Iterator[Decision]:
    """Somebody from outside is there who may write: whether that would be heard is tested."""
    if state.is_open and state.consultation is not None and state.consultation.hearing == "unknown":
        for guest in state.outsiders():
            yield test(guest.ref, now)


def tested(fact: FellDue, state: State, now: datetime) -> Iterator[Decision]:
    """Nothing was heard yet: read the chat, and look a little later whether that could be done."""
    known, asked = state.consultation, fact.of("asked")
    if fact.timer != "hearing" or known is None or not state.is_open or not known.app_present:
        return
    if asked is not None:
        yield from unanswered(datetime.fromisoformat(asked), state)
    elif known.hearing == "unknown" and any(state.outsiders()):
        yield Owe(kind="reconcile", key="reconcile", again=True)
        key, about = f"timer:hearing:{fact.of('test')}", (("asked", now.isoformat()), *fact.about)
        yield Owe(kind="timer:hearing", key=key, about=about, due_at=now + ANSWER_WITHIN, again=True)


def unanswered(asked: datetime, state: State) -> Iterator[Decision]:
    """No activity has brought a guest's message, and the chat could not be read since `asked`: the advisor is told."""
    known = state.consultation
    if known is None or known.hearing not in ("unknown", "graph") or not any(state.outsiders()):
        return
    if known.read_back_to is None or known.read_back_to < asked:
        yield Keep(replace(known, hearing="unreachable"))
        yield Record(kind="hearing:unreachable", fields=(("reason", "no_subscription"),))


def lost(fact: HearingLost, state: State, now: datetime) -> Iterator[Decision]:
    """Graph dropped the subscription or notifications: subscribe anew and read the chat back. What is over is only
    read to its end."""
    if state.consultation is None or not state.consultation.app_present:
        return
    if not state.is_open:
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
    if expires is not None:
        yield Forgo(key="timer:poll")
    elif fact.kind in ("subscribe", "renew") and state.is_open:
        yield poll(now, fact.of("asked"))
    if fact.kind == "reconcile" and fact.result == "refused" and consultation.hearing not in ("activities", "deaf"):
        yield Keep(replace(consultation, hearing="deaf"))
        yield Record(kind="hearing:deaf", fields=(("reason", "no_permission"),))
    if fact.kind == "reconcile" and fact.result == "done":
        read_to = fact.learned("read_to")
        if read_to is not None:
            consultation = replace(consultation, read_back_to=datetime.fromisoformat(read_to))
        if (shown_to := fact.learned("shown_to")) is not None:
            consultation = replace(consultation, shown_to=datetime.fromisoformat(shown_to))
        if consultation.hearing in ("deaf", "unreachable") and consultation.app_present:
            heard = "unknown" if consultation.first_guest_message_at is None else "graph"
            consultation = replace(consultation, hearing=heard)  # type: ignore[arg-type]
            yield Record(kind=f"hearing:{heard}")
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
        if state.is_open:
            yield from unanswered(now, state)
    if worth_reading(state, due_at):
        yield Owe(kind="reconcile", key="reconcile", about=about, due_at=due_at, again=True)


def listen(now: datetime) -> Iterator[Owe]:
    """Open the second ear, and see who is there: at the beginning, and when what was over goes on. Its subscription
    has run out meanwhile, or does so without being renewed."""
    yield Owe(kind="subscribe", key="subscribe", again=True)
    yield poll(now)
    yield Owe(kind="read_roster", key="read_roster", again=True)


def poll(now: datetime, asked: str | None = None) -> Owe:
    """Until a subscription is confirmed the chat is read every minute; `asked` is when it was to be read last."""
    about = (("asked", asked),) if asked is not None else ()
    return Owe(kind="timer:poll", key="timer:poll", about=about, due_at=now + POLL_EVERY, again=True)


def polled(fact: FellDue, state: State, now: datetime) -> Iterator[Decision]:
    """Read the chat back, and try for a subscription again, as long as the consultation lasts."""
    if fact.timer != "poll" or not state.is_open:
        return
    if (asked := fact.of("asked")) is not None:
        yield from unanswered(datetime.fromisoformat(asked), state)
    yield poll(now, now.isoformat())
    yield Owe(kind="reconcile", key="reconcile", again=True)
    yield Owe(kind="subscribe", key="subscribe", about=(("asked", now.isoformat()),), again=True)


RULES = (
    ((MessageNoticed,), noticed),
    ((RosterChanged,), roster_changed),
    ((MessageHeard,), guest_heard),
    ((HearingLost,), lost),
    ((Attempted,), tried),
    ((Attempted,), not_read),
    ((FellDue,), polled),
    ((PersonJoined, RosterRead), guest_came),
    ((FellDue,), tested),
)
