"""The steps of a scenario: which keys each has, and what names may be used where."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bot.rehearsal.platform import faults
from bot.rehearsal.reading import ScenarioError, Value

ROLES = ("advisor", "customer", "guest", "colleague", "federated", "phone", "notetaker")
#: Card kinds with the actions a person can press on them; an empty tuple leaves the action open.
CARDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "welcome": ("accept", "decline", "withdraw"),
        "sign_in": ("submit", "resend"),
        "guard_notice": ("not_a_secret",),
        "advisor_status": ("vouch", "release", "close"),
        "recording_consent": ("agree", "refuse", "withdraw"),
        "recording_flag": (),
        "session_ended": (),
    }
)
#: Effects whose request a crash can interrupt.
EFFECTS = tuple(dict.fromkeys((*faults.EFFECTS, *faults.CARD_KINDS, *faults.ALIASES, *CARDS)))
PLACEHOLDER = re.compile(r"\$(code|claim)\b")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_CARD_FOLDER = Path(__file__).resolve().parents[2] / "cards"


@dataclass(frozen=True)
class Step:
    """One step. ``args`` holds plain strings, ``inputs`` a mapping, ``duration`` a timedelta."""

    n: int
    name: str
    args: Mapping[str, Any]
    line: int


def _text(value: Value) -> str:
    return value.text()


def _name(value: Value) -> str:
    return value.name()


def _inputs(value: Value) -> dict[str, str]:
    return {key.name(): item.text() for key, item in value.entries()}


def _one_of(*allowed: str) -> Callable[[Value], str]:
    return lambda value: value.choice(allowed)


def _card(value: Value) -> str:
    kind = value.name()
    if kind not in CARDS and not (kind.isidentifier() and (_CARD_FOLDER / kind).is_dir()):
        raise value.error(f"unknown card {kind[:60]!r}; known: {', '.join(CARDS)}")
    return kind


Reader = Callable[[Value], Any]
_WHO: dict[str, Reader] = {"who": _name}
_RECORDING: dict[str, Reader] = {**_WHO, "event": _one_of("start", "stop")}
_MESSAGE: dict[str, Reader] = {**_WHO, "message": _name}
#: step -> (required keys, optional keys)
_STEPS: dict[str, tuple[dict[str, Reader], dict[str, Reader]]] = {
    "join": ({**_WHO, "as": _one_of(*ROLES)}, {}),
    "leave": (_WHO, {}),
    "rejoin": (_WHO, {}),
    "say": ({**_WHO, "text": _text}, {"html": _text, "as": _name}),
    "edit": ({**_MESSAGE, "text": _text}, {"html": _text}),
    "delete": (_MESSAGE, {}),
    "undelete": (_MESSAGE, {}),
    "press": ({**_WHO, "card": _card, "action": _name}, {"inputs": _inputs, "of": _name, "message": _name}),
    "record": (_RECORDING, {}),
    "transcribe": (_RECORDING, {}),
    "announce": ({**_WHO, "purpose": _text}, {}),
    "mail": ({"from": _name, "subject": _text, "text": _text}, {"html": _text}),
    "web": ({**_WHO, "page": _name}, {"inputs": _inputs}),
    "crash": ({}, {"during": _one_of(*EFFECTS)}),
    "end": ({}, {}),
}
STEP_NAMES = (*_STEPS, "wait")


def parse_steps(value: Value, *, booked: bool) -> tuple[Step, ...]:
    """The steps of a file, checked one by one and against each other.

    ``booked`` says whether the file has an appointment, and with it a mail that holds ``$code``.
    """
    steps = tuple(_step(n, item) for n, item in enumerate(value.sequence(), 1))
    joined = _roles(steps)
    messages: set[str] = set()
    checked_in = False
    for before, step in zip((None, *steps), steps, strict=False):
        _check_people(step, joined)
        _check_messages(step, messages)
        _check_placeholders(step, booked, checked_in)
        checked_in = checked_in or (step.name == "web" and step.args["page"] == "check_in")
        if "during" in step.args and (before is None or before.name == "crash"):
            raise ScenarioError("crash.during stands right after the step whose effect it interrupts", step.line)
    return steps


def _step(n: int, item: Value) -> Step:
    entries = list(item.entries())
    if len(entries) != 1:
        raise item.error("a step has exactly one name, e.g. - leave: {who: erika}")
    key, body = entries[0]
    name = key.text()
    if name == "wait":
        return Step(n, name, MappingProxyType({"duration": _duration(body)}), key.line)
    if name not in _STEPS:
        raise key.error(f"unknown step {name[:60]!r}; known: {', '.join(STEP_NAMES)}")
    required, optional = _STEPS[name]
    readers = {**required, **optional}
    part = body.mapping(required, optional)
    args = {key: readers[key](found) for key, found in part.items()}
    actions = CARDS.get(args.get("card", ""), ())
    if name == "press" and actions and args["action"] not in actions:
        raise part["action"].error(
            f"the card {args['card']} has no action {args['action'][:60]!r}; known: {', '.join(actions)}"
        )
    return Step(n, name, MappingProxyType(args), key.line)


def _duration(value: Value) -> timedelta:
    found = re.fullmatch(r"([1-9][0-9]{0,6})([smhd])", value.text())
    if not found:
        raise value.error("must be a number with its unit: s, m, h or d, e.g. 90s")
    duration = timedelta(**{_UNITS[found[2]]: int(found[1])})
    if duration > timedelta(days=3660):
        raise value.error("is longer than ten years")
    return duration


def _roles(steps: tuple[Step, ...]) -> dict[str, str]:
    """Who joins as what; nobody is two things in one meeting."""
    roles: dict[str, str] = {}
    for step in steps:
        if step.name == "join":
            role = roles.setdefault(step.args["who"], step.args["as"])
            if role != step.args["as"]:
                raise ScenarioError(f"join: {step.args['who']!r} joined as {role} before", step.line)
    return roles


def _check_people(step: Step, joined: Mapping[str, str]) -> None:
    # The web page needs no meeting: somebody may check in before, or without, joining.
    people = [step.args.get("of"), None if step.name == "web" else step.args.get("who")]
    for name in people:
        if name is not None and name not in joined:
            raise ScenarioError(f"{step.name}: nobody called {name!r} joins the meeting", step.line)


def _check_messages(step: Step, known: set[str]) -> None:
    used = step.args.get("message")
    if used is not None and used not in known:
        raise ScenarioError(f"{step.name}: no message was named {used!r} before", step.line)
    if step.name == "say" and "as" in step.args:
        if step.args["as"] in known:
            raise ScenarioError(f"say: the name {step.args['as']!r} is taken by an earlier message", step.line)
        known.add(step.args["as"])


def texts_of(step: Step) -> list[str]:
    """Every text and input of a step, where ``$code`` and ``$claim`` may stand."""
    plain = [step.args[key] for key in ("text", "html", "subject", "purpose") if key in step.args]
    return plain + list(step.args.get("inputs", {}).values())


def _check_placeholders(step: Step, booked: bool, checked_in: bool) -> None:
    used = {found[1] for text in texts_of(step) for found in PLACEHOLDER.finditer(text)}
    if "code" in used and not booked:
        raise ScenarioError("$code needs an appointment, whose mail holds the code", step.line)
    if "claim" in used and not checked_in:
        raise ScenarioError("$claim needs a check-in page before it", step.line)


def fill(step: Step, code: str | None, claim: str | None) -> Step:
    """The step with ``$code`` and ``$claim`` put in; ``ScenarioError`` where there is none yet."""
    known = {"code": code, "claim": claim}

    def put(found: re.Match[str]) -> str:
        value = known[found[1]]
        if value is None:
            missing = "no mail held a code" if found[1] == "code" else "no check-in page showed a claim word"
            raise ScenarioError(f"${found[1]}: {missing}", step.line)
        return value

    def filled(key: str, value: Any) -> Any:
        if key == "inputs":
            return {name: PLACEHOLDER.sub(put, text) for name, text in value.items()}
        return PLACEHOLDER.sub(put, value) if key in ("text", "html", "subject", "purpose") else value

    return Step(step.n, step.name, {key: filled(key, value) for key, value in step.args.items()}, step.line)
