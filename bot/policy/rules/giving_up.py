"""What never came about stays visible: an effect given up, an activity set aside; the trail says so (decision 2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.policy.decisions import Decision, Record
from bot.policy.facts import ActivitySetAside, Attempted
from bot.policy.state import State


def gave_up(fact: Attempted, state: State, now: datetime) -> Iterator[Decision]:
    """An effect of any kind was given up, with the code of its last attempt."""
    if fact.result == "gave_up":
        yield Record(kind="duty:gave_up", fields=(("kind", fact.kind), ("code", fact.code)))


def set_aside(fact: ActivitySetAside, state: State, now: datetime) -> Iterator[Decision]:
    """A poison activity: the number is all that is known of it."""
    if state.consultation is not None:
        yield Record(kind="activity:set_aside", fields=(("incident", fact.incident),))


RULES = (((Attempted,), gave_up), ((ActivitySetAside,), set_aside))
