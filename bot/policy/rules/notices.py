"""A notice that stands in the chat says what became of what it asked for: nobody is asked to delete what is gone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from bot.policy.decisions import Decision, Owe
from bot.policy.facts import Attempted, CardPressed, MessageDeleted, MessageHeard
from bot.policy.outcome import outcome
from bot.policy.rules.guard import by_ref
from bot.policy.state import Finding, State


def settled_as(finding: Finding) -> Literal["released", "resolved"] | None:
    """What a notice about this message says now; None while it goes on asking. A hidden message its author can still
    read, and delete."""
    if outcome(finding) == "released":
        return "released"
    return "resolved" if finding.deleted_at is not None or finding.edited_at is not None else None


def settled(
    fact: Attempted | CardPressed | MessageDeleted | MessageHeard, state: State, now: datetime
) -> Iterator[Decision]:
    """The message is dealt with, or was while its notice was still on its way: redraw every notice about it."""
    match fact:
        case CardPressed():
            finding = by_ref(fact.ref("ref"), state)
        case Attempted():
            finding = state.findings.get(fact.of("message") or "")
        case _:
            finding = state.findings.get(fact.message)
    if finding is None or settled_as(finding) is None:
        return
    for card in state.cards.values():
        if card.kind == "guard_notice" and card.message == finding.message:
            about = (("message", finding.message), ("activity", card.activity))
            yield Owe(kind="redraw_notice", key=f"redraw_notice:{card.activity}:{finding.version}", about=about)


RULES = (((Attempted, CardPressed, MessageDeleted, MessageHeard), settled),)
