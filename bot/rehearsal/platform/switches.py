"""What may differ between tenants, and what may go wrong: switches and faults.

Every switch stands for a behaviour that the public documentation leaves open (teams-platform, section 13) or that a
tenant can set; the defaults are those of the scenario format, and they are the cautious ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

ALLOWED: dict[str, tuple[str, ...]] = {
    "hide_guest_messages": ("refuse", "allow"),
    "hide_tenant_messages": ("allow", "refuse", "throttle"),
    "guest_messages": ("deliver", "drop"),
    "edit_events": ("deliver", "drop"),
    "delete_events": ("deliver", "drop"),
    "participant_events": ("deliver", "drop"),
    "targeted_messages": ("off", "on"),
    "guest_cards": ("allow", "refuse"),
    "stop_recording": ("ends", "continues"),
    "chat_deletion": ("allow", "refuse"),
}


@dataclass(frozen=True)
class Switches:
    """The `platform:` part of a scenario. Each field is one of `ALLOWED[name]`."""

    hide_guest_messages: str = "refuse"
    hide_tenant_messages: str = "allow"
    guest_messages: str = "deliver"
    edit_events: str = "deliver"
    delete_events: str = "deliver"
    participant_events: str = "deliver"
    targeted_messages: str = "off"
    guest_cards: str = "allow"
    stop_recording: str = "ends"
    chat_deletion: str = "allow"

    def __post_init__(self) -> None:
        for field in fields(self):
            check_switch(field.name, getattr(self, field.name))

    @classmethod
    def parse(cls, mapping: Mapping[str, Any] | None) -> Switches:
        """Read switches from a mapping; YAML's `on` and `off` (true and false) are understood.

        Raises ValueError naming the key and what it may be.
        """
        if mapping is None:
            return cls()
        if not isinstance(mapping, Mapping):
            raise ValueError("platform: a mapping of switches is expected")
        values = dict(mapping)
        for key, value in values.items():
            if isinstance(value, bool):
                values[key] = "on" if value else "off"
        for key, value in values.items():
            check_switch(key, value)
        return cls(**values)


def check_switch(name: object, value: object) -> None:
    """Raise ValueError, naming key and allowed values, unless `value` is allowed for the switch `name`."""
    if not isinstance(name, str) or name not in ALLOWED:
        raise ValueError(f"platform.{name}: unknown switch; there are {', '.join(ALLOWED)}")
    if not isinstance(value, str) or value not in ALLOWED[name]:
        raise ValueError(f"platform.{name}: must be one of {', '.join(ALLOWED[name])}, not {value!r}")


@dataclass(frozen=True)
class Fault:
    """One entry of `faults:`.

    `on` names the service whose next `times` requests fail: with `status` (and `Retry-After: retry_after` seconds), or,
    where `lost_answer` is set, by being carried out and then cut without an answer. `redeliver` instead makes the
    platform deliver every activity and notification twice.
    """

    on: Literal["graph", "connector", "login"] | None = None
    status: int | None = None
    times: int = 1
    retry_after: int | None = None
    lost_answer: bool = False
    redeliver: bool = False

    def __post_init__(self) -> None:
        if self.redeliver:
            if self.on is not None:
                raise ValueError("faults: redeliver stands alone")
            return
        if self.on not in ("graph", "connector", "login"):
            raise ValueError(f"faults.on: must be graph, connector or login, not {self.on!r}")
        if self.status is None and not self.lost_answer:
            raise ValueError("faults.status: an HTTP error status (400 to 599) or lost_answer is needed")
        if self.status is not None and (not is_count(self.status) or not 400 <= self.status <= 599):
            raise ValueError(f"faults.status: must be an HTTP error status (400 to 599), not {self.status!r}")
        if not is_count(self.times) or self.times < 1:
            raise ValueError(f"faults.times: must be a whole number above 0, not {self.times!r}")
        if self.retry_after is not None and not is_count(self.retry_after):
            raise ValueError(f"faults.retry_after: must be whole seconds, not {self.retry_after!r}")

    @classmethod
    def parse(cls, mapping: Mapping[str, Any]) -> Fault:
        """Read one entry, `{on, status, times, ...}` or `{redeliver: every}`; ValueError says what is wrong."""
        if not isinstance(mapping, Mapping):
            raise ValueError("faults: each entry is a mapping")
        values = dict(mapping)
        if "redeliver" in values and values["redeliver"] not in ("every", True):
            raise ValueError(f"faults.redeliver: must be every, not {values['redeliver']!r}")
        if "redeliver" in values:
            values["redeliver"] = True
        if not isinstance(values.get("lost_answer", False), bool):
            raise ValueError(f"faults.lost_answer: must be true or false, not {values['lost_answer']!r}")
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"faults: unknown member {sorted(map(str, unknown))[0]}")
        return cls(**values)


def is_count(value: object) -> bool:
    """Whether `value` is a whole number of zero or more (a bool is none)."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
