"""Effects: one function for each kind of duty, carried out by the ledger (bot/ledger.py).

An effect looks at the state before it acts, sends one request, and says what came of it; it never holds text.
"""

from __future__ import annotations

from bot.effects import cards_in_chat, guarding, mailing, meetings, notices, reading
from bot.effects.context import Context
from bot.ledger import Effect

MODULES = (meetings, reading, cards_in_chat, notices, guarding, mailing)

CHAT_KINDS = frozenset(
    {"post_welcome", "post_sign_in", "post_ended", "post_flag", "redraw_flag", "say", "warn", "remind"}
)
"""Kinds that speak in the meeting chat: one lane, so that people read them in the order they were decided."""


def effects(context: Context) -> dict[str, Effect]:
    """Every effect by the kind of duty it carries out. Raises ValueError for a kind that is defined twice."""
    found: dict[str, Effect] = {}
    for module in MODULES:
        for kind, effect in module.effects(context).items():
            if kind in found:
                raise ValueError(f"{kind} is defined twice")
            found[kind] = effect
    return found


def lane(kind: str) -> str:
    """Duties of one conversation in the same lane wait for one another."""
    if kind in CHAT_KINDS:
        return "chat"
    return "personal" if kind in ("status", "ask_advisor") else "graph"
