"""What never came about stays visible: an effect given up, an activity set aside; the trail says so (decision 2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.policy.decisions import Decision, Owe, Record
from bot.policy.facts import ActivitySetAside, Attempted
from bot.policy.rules.hearing import PAUSES
from bot.policy.rules.retention import kept_until
from bot.policy.state import State

KEPT_UP = frozenset(
    {
        *("look_up_meeting", "forbid_recording", "install_personal", "open_chat"),
        *("status", "redraw_flag", "redraw_notice", "pause_chat", "resume_chat", "cancel_event"),
        *("switch_off", "ask_advisor", "escalate"),
    }
)
"""What is wanted still however long an outage lasts: without it nothing is prevented or shown for the rest of the
consultation, a chat stays open or closed, a recording runs on and nobody is told, or what stands in a card is not true
any more."""

POSTED_ONCE = frozenset({"post_welcome", "post_sign_in", "post_flag"})
"""Likewise, but not where one may stand in the chat already."""


def gave_up(fact: Attempted, state: State, now: datetime) -> Iterator[Decision]:
    """An effect of any kind was given up, with the code of its last attempt."""
    if fact.result == "gave_up":
        yield Record(kind="duty:gave_up", fields=(("kind", fact.kind), ("code", fact.code)))


def keep_up(fact: Attempted, state: State, now: datetime) -> Iterator[Decision]:
    """What an outage has outlasted is asked for again after a pause, as long as anything is kept of the consultation.
    A defect of ours is none."""
    known, due_at = state.consultation, now + PAUSES[0]
    once = fact.kind in POSTED_ONCE and fact.learned("maybe_done") is None
    if fact.result != "gave_up" or fact.code == "internal" or not (once or fact.kind in KEPT_UP):
        return
    if known is None or not known.app_present:
        return
    if due_at < kept_until(state, now):
        yield Owe(kind=fact.kind, key=fact.duty, about=fact.about, due_at=due_at, again=True)


def set_aside(fact: ActivitySetAside, state: State, now: datetime) -> Iterator[Decision]:
    """A poison activity: the number is all that is known of it."""
    if state.consultation is not None:
        yield Record(kind="activity:set_aside", fields=(("incident", fact.incident),))


RULES = (((Attempted,), gave_up), ((Attempted,), keep_up), ((ActivitySetAside,), set_aside))
