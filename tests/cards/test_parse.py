"""What comes back from a card is read strictly: anybody in the chat can send anything."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards import KINDS, VERBS, CardInputError, build, parse
from cards.examples import EXAMPLES

SUBMIT = {"card": "sign_in", "verb": "submit", "ref": "s1", "code": "123 456"}


def actions(element: Any) -> list[dict[str, Any]]:
    """Every action of a card, fallbacks included."""
    if isinstance(element, list):
        return [found for part in element for found in actions(part)]
    if not isinstance(element, dict):
        return []
    own = [element] if str(element.get("type", "")).startswith("Action.") else []
    return own + [found for part in element.values() for found in actions(part)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_action_of_every_card_is_understood(kind: str) -> None:
    """Whatever a card offers, its data is read back as that card and verb, from Execute and from Submit."""
    seen = set()
    for data in EXAMPLES[kind].values():
        for action in actions(build(kind, data, "de")):
            if action["type"] == "Action.OpenUrl":
                continue
            inputs = {name: "1" for name in VERBS[kind][action["data"]["verb"]].inputs}
            pressed = parse({**action["data"], **inputs})
            assert (pressed.kind, pressed.verb) == (kind, action.get("verb", action["data"]["verb"]))
            seen.add(pressed.verb)
    assert seen == set(VERBS[kind])


def test_references_and_inputs_are_apart() -> None:
    """What we wrote into the card and what a person typed are not mixed up, and the code is masked."""
    pressed = parse(SUBMIT)
    assert pressed.refs == {"ref": "s1"}
    assert pressed.inputs == {"code": "123 456"}
    assert "123" not in repr(pressed)


def test_an_empty_field_is_an_empty_input() -> None:
    """A client that leaves an empty field out has sent an empty answer."""
    assert parse({k: v for k, v in SUBMIT.items() if k != "code"}).inputs == {"code": ""}


HOSTILE: dict[str, object] = {
    "nothing": None,
    "text": "accept",
    "list": [SUBMIT],
    "number": 7,
    "empty": {},
    "unknown card": {**SUBMIT, "card": "admin"},
    "card of another type": {**SUBMIT, "card": ["sign_in"]},
    "unknown verb": {**SUBMIT, "verb": "accept"},
    "verb of another type": {**SUBMIT, "verb": {"a": 1}},
    "no reference": {"card": "sign_in", "verb": "submit", "code": "1"},
    "reference of another type": {**SUBMIT, "ref": 5},
    "empty reference": {**SUBMIT, "ref": ""},
    "long reference": {**SUBMIT, "ref": "x" * 201},
    "odd reference": {**SUBMIT, "ref": "x' OR 1=1"},
    "reference with a line end": {**SUBMIT, "ref": "s1\n"},
    "surplus member": {**SUBMIT, "admin": "true"},
    "number as input": {**SUBMIT, "code": 123456},
    "list as input": {**SUBMIT, "code": ["123456"]},
    "long input": {**SUBMIT, "code": "1" * 65},
    "many members": {**SUBMIT, **{f"m{n}": "x" for n in range(1000)}},
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_values_are_refused_without_repeating_them(case: str) -> None:
    """Anything that is not exactly a card's answer raises CardInputError that holds none of it."""
    with pytest.raises(CardInputError) as refused:
        parse(HOSTILE[case])
    assert "123456" not in str(refused.value)
    assert "OR 1=1" not in str(refused.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@given(JSON, st.dictionaries(st.sampled_from(["card", "verb", "ref", "code", "what", "person"]), JSON))
def test_no_value_raises_anything_else(value: object, known: dict[str, object]) -> None:
    """Random JSON, also under our own names, is refused as CardInputError and nothing else."""
    for given_value in (value, known):
        with pytest.raises(CardInputError):
            parse(given_value)


@given(st.text(max_size=64))
def test_any_short_typed_text_is_read_as_it_is(typed: str) -> None:
    """A typed code reaches the bot unchanged, whatever it is: judging it is not the card's business."""
    assert parse(json.loads(json.dumps({**SUBMIT, "code": typed}))).inputs == {"code": typed}
