"""Effects: one function for each kind of duty, carried out by the ledger (bot/ledger.py).

An effect looks at the state before it acts, sends one request, and says what came of it; it never holds text.
"""

from __future__ import annotations

from bot.effects import cards_in_chat, guarding, mailing, meetings, notices, reading, retiring
from bot.effects.context import Context
from bot.ledger import Effect
from bot.pacing import IN_THE_CHAT, TO_THE_ADVISOR
from bot.ports import Duty

MODULES = (meetings, reading, cards_in_chat, notices, guarding, mailing, retiring)


def effects(context: Context) -> dict[str, Effect]:
    """Every effect by the kind of duty it carries out. Raises ValueError for a kind that is defined twice."""
    found: dict[str, Effect] = {}
    for module in MODULES:
        for kind, effect in module.effects(context).items():
            if kind in found:
                raise ValueError(f"{kind} is defined twice")
            found[kind] = effect
    return found


IN_LINE = {
    **dict.fromkeys(IN_THE_CHAT, "chat"),
    **dict.fromkeys(TO_THE_ADVISOR, "personal"),
    **dict.fromkeys(("forbid_recording", "install_chat", "install_personal", "send_code"), "booking"),
    **dict.fromkeys(("pause_chat", "resume_chat"), "pause"),
    **dict.fromkeys(("subscribe", "renew", "reconcile", "read_roster"), "hearing"),
    **dict.fromkeys(("unsubscribe", "erase", "erase_findings", "purge"), "end"),
}
"""Kinds whose order matters, and the lane they share. A finding is never behind anything but itself."""


def lane(duty: Duty) -> str:
    """Duties of one conversation in the same lane wait for one another: people read cards in the order in which they
    were decided, recording is off before the invitation goes out, and showing a message again follows its hiding."""
    if duty.kind in ("hide", "unhide"):
        return f"hide:{duty.of('message')}"
    return IN_LINE.get(duty.kind, duty.key)
