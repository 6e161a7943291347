"""What comes back from a card: read strictly, because anybody in the chat can send anything as a card's value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_INPUT = 64
_REF = re.compile(r"[A-Za-z0-9._:@=+-]{1,200}", re.ASCII)


class CardInputError(ValueError):
    """The value is not one of our cards' answers. The message names the fault, never the value."""


@dataclass(frozen=True, slots=True)
class Verb:
    """What a verb of a card brings along: names of opaque references and of inputs a person filled in."""

    refs: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pressed:
    """A pressed button. `inputs` may hold a code: masked in `repr`, never to be logged."""

    kind: str
    verb: str
    refs: dict[str, str]
    inputs: dict[str, str] = field(repr=False)


def read(value: object, verbs: Mapping[str, Mapping[str, Verb]]) -> Pressed:
    """Check a value against the verbs of all cards (kind -> verb -> Verb). Raises CardInputError.

    An input that the client left out is "" (an empty field); everything else must be there and nothing more.
    """
    if not isinstance(value, dict):
        raise CardInputError("an object is expected")
    if len(value) > 12:
        raise CardInputError("too many members")
    kind, name = value.get("card"), value.get("verb")
    if not isinstance(kind, str) or kind not in verbs:
        raise CardInputError("no such card")
    if not isinstance(name, str) or name not in verbs[kind]:
        raise CardInputError("no such verb on this card")
    verb = verbs[kind][name]
    if not set(value) <= {"card", "verb", *verb.refs, *verb.inputs}:
        raise CardInputError("a member that this verb does not take")
    refs = {ref: value.get(ref, "") for ref in verb.refs}
    if not all(isinstance(ref, str) and _REF.fullmatch(ref) for ref in refs.values()):
        raise CardInputError("a reference is missing or not one of ours")
    inputs = {name: value.get(name, "") for name in verb.inputs}
    if not all(isinstance(given, str) and len(given) <= MAX_INPUT for given in inputs.values()):
        raise CardInputError(f"an input is not a text of at most {MAX_INPUT} characters")
    return Pressed(kind, name, refs, inputs)
