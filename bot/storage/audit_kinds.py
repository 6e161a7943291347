"""What the audit trail may say: each kind with its fields, each field with the shape its value must have.

No shape lets a sentence, a name, an address or a Bot Framework id through: people appear by our own random reference.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, get_args

from bot.detection.kinds import Kind
from bot.policy.state import Role, RungResult

Check = Callable[[Any], bool]


def _matches(pattern: str) -> Check:
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def _one_of(*words: str) -> Check:
    return lambda value: isinstance(value, str) and value in words


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9


def _counts(value: Any) -> bool:
    return isinstance(value, Mapping) and all(_name(name) and _count(count) for name, count in value.items())


_name = _matches(r"[a-z][a-z0-9_]{0,47}")
_ref = _matches(r"[A-Za-z0-9_-]{1,64}")
_message = _matches(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}")
_version = _matches(r"[A-Za-z0-9._-]{0,40}")
_code = _matches(r"[A-Za-z0-9_.:-]{0,64}")
_role = _one_of(*get_args(Role))
_finding_kinds = frozenset(kind.value for kind in Kind)


def _kinds(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(k, str) and k in _finding_kinds for k in value)


_MESSAGE: dict[str, Check] = {"message": _message, "role": _role, "via": _one_of("activity", "graph")}
_FINDING = {**_MESSAGE, "kinds": _kinds, "version": _count}
_RUNG: dict[str, Check] = {
    "message": _message,
    "result": _one_of(*get_args(RungResult), "refused", "gave_up"),
    "code": _code,
    "version": _count,
}
_RECORDING: dict[str, Check] = {
    "kind": _one_of("recording", "transcript"),
    "call": _matches(r"[A-Za-z0-9_.:=+/-]{0,200}"),
    "verdict": _one_of("violation", "permitted"),
    "code": _code,
}
_PERSON: dict[str, Check] = {"ref": _ref}
_CONSENT: dict[str, Check] = {**_PERSON, "notice": _version, "terms": _version, "by": _name}
_SIGN_IN: dict[str, Check] = {**_PERSON, "how": _one_of("code", "vouched"), "tries": _count, "code": _code, "by": _name}
_APPOINTMENT: dict[str, Check] = {**_PERSON, "code": _code}

OUTCOMES = (
    "failed", "warned", "edited_by_author", "deleted_by_author", "hidden", "chat_deleted", "released",
)  # fmt: skip
"""The words of bot/policy/outcome.py, spaces as `_` (a test keeps them equal)."""

HEARING = ("unknown", "activities", "graph", "deaf", "unreachable")

KINDS: dict[str, dict[str, Check]] = {
    "consultation:opened": {"ref": _ref, "terms": _version, "notice": _version, "appointment": _ref},
    "consultation:ended": {"reason": _name},
    "app:added": {"by": _ref},
    "app:removed": {},
    "person:joined": {**_PERSON, "role": _role},
    "person:left": {**_PERSON, "role": _role},
    "consent:given": _CONSENT,
    "consent:declined": _CONSENT,
    "consent:withdrawn": _CONSENT,
    "sign_in:done": _SIGN_IN,
    "sign_in:wrong": _SIGN_IN,
    "sign_in:locked": _SIGN_IN,
    "sign_in:released": _SIGN_IN,
    "sign_in:refused": _SIGN_IN,
    "code:sent": {**_PERSON, "n": _count},
    "appointment:booked": _APPOINTMENT,
    "appointment:confirmed": _APPOINTMENT,
    "appointment:cancelled": _APPOINTMENT,
    **{f"message:finding:{outcome}": _FINDING for outcome in OUTCOMES},
    "message:request": {**_MESSAGE, "count": _count},
    "message:not_scanned": _MESSAGE,
    **{f"rung:{rung}": _RUNG for rung in ("hide", "warn", "delete_chat")},
    "finding:released": {"message": _message, "by": _one_of("advisor", "author"), "kinds": _kinds, "version": _count},
    **{
        f"recording:{what}": _RECORDING
        for what in ("started", "stopped", "switched_off", "escalated", "not_stopped", "everyone_told",
                     "confirmed_stopped", "advisor_asked", "file_found", "file_deleted")
    },
    **{f"hearing:{state}": {"reason": _name} for state in HEARING},
    "data:erased": {"what": _counts, "ref": _ref, "reason": _name},
    "chat:deleted": {"code": _code},
    "chat:restored": {},
    "chat:paused": {"code": _code},
    "chat:released": {"code": _code},
    "duty:gave_up": {"kind": _name, "code": _code},
    "activity:set_aside": {"incident": _ref},
}  # fmt: skip
"""Kind -> field -> check. To record something new, add a line here (and to docs where people read of it)."""


def allowed(kind: str, fields: Mapping[str, object]) -> dict[str, object]:
    """The fields as they may be kept. Raises ValueError, naming kind and field but never a value."""
    shape = KINDS.get(kind)
    if shape is None:
        raise ValueError("not a kind of the audit trail")
    for name, value in fields.items():
        if name not in shape:
            raise ValueError(f"{kind} has no such field")
        if not shape[name](value):
            raise ValueError(f"{kind}: {name} does not have its shape")
    return {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}
