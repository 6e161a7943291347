"""Run the rules over one fact: `decide(fact, state, now)` gives the decisions and the state after them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from bot.policy.decisions import Decision, Drop, Keep, Owe
from bot.policy.facts import Fact
from bot.policy.rules import RULES
from bot.policy.state import State

Rule = Callable[[Any, State, datetime], Iterable[Decision]]

SHOWN_TO_ADVISOR = ("Consultation", "Participant", "Appointment", "Finding", "Recording")
"""Things the advisor's status card shows: when one of them changes, the card is owed anew."""

COALESCE = timedelta(seconds=1)
"""Changes that follow one another closely are drawn once (the platform's send limits, teams-platform 9.5)."""


def decide(fact: Fact, state: State, now: datetime) -> tuple[list[Decision], State]:
    """What follows from `fact`: each rule sees the state as the rules before it left it.

    Pure: the same arguments give the same answer. Decisions that change nothing are left out.
    """
    decisions: list[Decision] = []
    changed = False
    for applies_to, rule in RULES:
        if not isinstance(fact, applies_to):
            continue
        for decision in rule(fact, state, now):
            if isinstance(decision, Drop):
                state = state.without(decision.thing)
            elif isinstance(decision, Keep):
                after = state.with_thing(decision.thing)
                if after == state:
                    continue
                state = after
                changed = changed or type(decision.thing).__name__ in SHOWN_TO_ADVISOR
            decisions.append(decision)
    if changed and state.consultation is not None and state.consultation.advisor_chat is not None:
        decisions.append(Owe(kind="status", key="status", due_at=now + COALESCE, again=True))
    return decisions, state
