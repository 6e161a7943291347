"""Reading Adaptive Cards the way a client does: actions, inputs, and the words a person would read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

CONTENT_TYPE = "application/vnd.microsoft.card.adaptive"
VERSION = re.compile(r"1\.[0-6]")
CHILDREN = ("body", "items", "columns", "actions", "rows", "cells", "inlines", "facts", "selectAction", "card",
            "inlineAction", "images")  # fmt: skip


@dataclass(frozen=True)
class VisibleCard:
    """A card as one person sees it. `actions` holds (verb, data) of each of its buttons."""

    activity_id: str
    kind: str
    where: str
    card: dict[str, Any]
    actions: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


def problem(card: object) -> str | None:
    """Why this is not an Adaptive Card a Teams client could show, or None."""
    if not isinstance(card, dict) or card.get("type") != "AdaptiveCard":
        return "content of an adaptive card attachment must be an object of type AdaptiveCard"
    if not isinstance(card.get("version"), str) or not VERSION.fullmatch(card["version"]):
        return "an AdaptiveCard needs a version between 1.0 and 1.6"
    for key in ("body", "actions"):
        if not isinstance(card.get(key, []), list):
            return f"{key} of an AdaptiveCard must be an array"
    for element in walk(card):
        if not isinstance(element.get("type", ""), str):
            return "the type of a card element must be a string"
        if element.get("type") in ("Action.Execute", "Action.Submit") and not isinstance(
            element.get("data", {}), dict | str
        ):
            return "data of an action must be an object or a string"
        if str(element.get("type")).startswith("Input.") and not isinstance(element.get("id"), str):
            return "every input needs an id"
    return None


def walk(node: object, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Every element and action of a card in reading order; fallbacks are not entered."""
    if depth > 40:
        return
    if isinstance(node, list):
        for item in node:
            yield from walk(item, depth + 1)
    elif isinstance(node, dict):
        yield node
        for key in CHILDREN:
            if isinstance(node.get(key), dict | list):
                yield from walk(node[key], depth + 1)


def actions(card: dict[str, Any]) -> list[dict[str, Any]]:
    """The Action.Execute and Action.Submit actions of a card, in order."""
    return [node for node in walk(card) if node.get("type") in ("Action.Execute", "Action.Submit")]


def verb_of(action: dict[str, Any]) -> str:
    """The verb of an action: its own, or the one in its data."""
    verb = action.get("verb") or data_of(action).get("verb")
    return verb if isinstance(verb, str) else ""


def data_of(action: dict[str, Any]) -> dict[str, Any]:
    """The `data` of an action; empty where it is no object."""
    data = action.get("data")
    return data if isinstance(data, dict) else {}


def inputs(card: dict[str, Any]) -> list[dict[str, Any]]:
    """The inputs of a card, in order."""
    return [n for n in walk(card) if str(n.get("type", "")).startswith("Input.") and isinstance(n.get("id"), str)]


def values(card: dict[str, Any], action: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """What a client sends for this action: the inputs' preset values and what was typed, merged with `data`."""
    if str(action.get("associatedInputs", "auto")).lower() == "none":
        return dict(data_of(action))
    preset = {one["id"]: str(one["value"]) for one in inputs(card) if one.get("value") is not None}
    return {**preset, **given, **data_of(action)}


def invalid_inputs(card: dict[str, Any], action: dict[str, Any], given: dict[str, Any]) -> list[str]:
    """Ids of inputs for which a client would show its error message instead of sending (isRequired, regex)."""
    if str(action.get("associatedInputs", "auto")).lower() == "none":
        return []
    sent = values(card, action, given)
    wrong = []
    for one in inputs(card):
        value = sent.get(one["id"])
        empty = value in (None, "") or (one["type"] == "Input.Toggle" and value == one.get("valueOff", "false"))
        if empty:
            refused = one.get("isRequired") is True
        else:
            refused = isinstance(one.get("regex"), str) and not matches(one["regex"], str(value))
        if refused:
            wrong.append(one["id"])
    return wrong


def matches(pattern: str, value: str) -> bool:
    """Whether the card's pattern accepts the value; a pattern that is none accepts everything, as clients do."""
    try:
        return re.search(pattern, value[:1000]) is not None
    except re.error:
        return True


def says_refused(card: object) -> bool:
    """Whether a card returned for a press carries the element `"id": "refused"` (the rehearsal's convention)."""
    return any(node.get("id") == "refused" for node in walk(card))


def words(card: dict[str, Any]) -> str:
    """What a person reads on the card, in order, one line an element; hidden elements and values typed are left out."""
    lines: list[str] = []
    read(card, lines, 0)
    return "\n".join(lines)


def read(node: object, lines: list[str], depth: int) -> None:
    """Collect the words of a node and of what it holds into `lines`."""
    if depth > 40:
        return
    if isinstance(node, list):
        for item in node:
            read(item, lines, depth + 1)
        return
    if not isinstance(node, dict) or node.get("isVisible") is False:
        return
    is_input = str(node.get("type", "")).startswith("Input.")
    is_fact = "type" not in node and "title" in node and "value" in node
    for key in ("label", "text", "title", "altText", "placeholder"):
        if isinstance(node.get(key), str) and node[key].strip():
            lines.append(node[key].strip())
    if is_fact and isinstance(node.get("value"), str) and (not is_input):
        lines.append(node["value"].strip())
    for choice in node.get("choices", []) if is_input and isinstance(node.get("choices"), list) else []:
        if isinstance(choice, dict) and isinstance(choice.get("title"), str):
            lines.append(choice["title"].strip())
    for key in CHILDREN:
        if isinstance(node.get(key), dict | list):
            read(node[key], lines, depth + 1)
