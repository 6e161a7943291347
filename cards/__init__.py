"""The cards people see: `build` makes one, `parse` reads what comes back. Pure functions of data.

One folder a kind: template.json (no words in it), card.py (its data, its verbs), snapshots (what it looks like).
A pressed Action.Execute arrives with `value.action.data`, its Action.Submit fallback with `value` itself; both hold
`card`, `verb` and opaque references, and are readable by everybody in the chat (architecture decision 9).
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from cards.advisor_status import card as advisor_status
from cards.filler import fill
from cards.guard_notice import card as guard_notice
from cards.pressed import CardInputError, Pressed, read
from cards.recording_flag import card as recording_flag
from cards.session_ended import card as session_ended
from cards.sign_in import card as sign_in
from cards.welcome import card as welcome

CONTENT_TYPE = "application/vnd.microsoft.card.adaptive"

_MODULES = MappingProxyType(
    {
        "welcome": welcome,
        "sign_in": sign_in,
        "advisor_status": advisor_status,
        "guard_notice": guard_notice,
        "recording_flag": recording_flag,
        "session_ended": session_ended,
    }
)
KINDS = tuple(_MODULES)
PUBLIC_KINDS = tuple(kind for kind in KINDS if kind != "advisor_status")
"""Kinds that everybody in the meeting chat can read."""
VERBS = MappingProxyType({kind: MappingProxyType(module.VERBS) for kind, module in _MODULES.items()})

__all__ = ["CONTENT_TYPE", "KINDS", "PUBLIC_KINDS", "VERBS", "CardInputError", "Pressed", "build", "parse"]


def build(kind: str, data: Any, language: str) -> dict[str, Any]:
    """The Adaptive Card (1.5) of a kind as JSON. `data` is the kind's data class (cards/<kind>/card.py).

    Raises KeyError for an unknown kind, TypeError for the data of another one, ValueError for an unknown language.
    """
    module = _MODULES[kind]
    if not isinstance(data, module.Data):
        raise TypeError(f"{kind} takes {module.Data.__name__}, not {type(data).__name__}")
    filled = fill(_template(kind), module.values(data, language), language)
    card: dict[str, Any] = _with_fallbacks(filled, kind)
    return {**card, "lang": language}


def parse(value: object) -> Pressed:
    """What was pressed, from an Action.Execute's data or an Action.Submit's value. Raises CardInputError."""
    return read(value, VERBS)


@cache
def _template(kind: str) -> Any:
    return json.loads(files(f"cards.{kind}").joinpath("template.json").read_text(encoding="utf-8"))


def _with_fallbacks(element: Any, kind: str) -> Any:
    """Every Action.Execute gets its `card` and `verb` as data, and an Action.Submit that says the same.

    Guests' clients may not know Action.Execute (teams-platform 3.3).
    """
    if isinstance(element, list):
        return [_with_fallbacks(part, kind) for part in element]
    if not isinstance(element, dict):
        return element
    done = {key: _with_fallbacks(part, kind) for key, part in element.items()}
    if element.get("type") == "Action.Execute":
        done["data"] = {"card": kind, "verb": element["verb"], **element.get("data", {})}
        done["fallback"] = {**{k: v for k, v in done.items() if k != "verb"}, "type": "Action.Submit"}
    return done
