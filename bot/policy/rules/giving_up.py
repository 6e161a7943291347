"""What was asked again and again and never came about stays visible: the trail says so (architecture decision 2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.policy.decisions import Decision, Record
from bot.policy.facts import Attempted
from bot.policy.state import State


def gave_up(fact: Attempted, state: State, now: datetime) -> Iterator[Decision]:
    """An effect of any kind was given up, with the code of its last attempt."""
    if fact.result == "gave_up":
        yield Record(kind="duty:gave_up", fields=(("kind", fact.kind), ("code", fact.code)))


RULES = (((Attempted,), gave_up),)
"""Applies to every kind of effect."""
