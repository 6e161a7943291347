"""A meeting as a file: the scenario format, parsed strictly, every error with its line.

The format is described in ``docs/scenarios.md``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from bot.rehearsal.platform.switches import Fault, Switches
from bot.rehearsal.reading import ScenarioError, Value, read_document
from bot.rehearsal.steps import Step, parse_steps

__all__ = ["Appointment", "Scenario", "ScenarioError", "Step", "load_scenario", "parse_scenario"]

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("de", "en")
#: The appointment is booked this long before it begins, so that its mail is out before step 1.
BOOKED_AHEAD = timedelta(hours=1)


@dataclass(frozen=True)
class Appointment:
    """Who meets whom; the address is where the confirmation mail goes."""

    advisor_name: str
    customer_name: str
    customer_email: str


@dataclass(frozen=True)
class Scenario:
    """A parsed file. ``profile`` is the operator profile's path, ``None`` for the example operator's."""

    steps: tuple[Step, ...]
    title: str = ""
    language: str = "de"
    profile: Path | None = None
    appointment: Appointment | None = None
    switches: Switches = field(default_factory=Switches)
    faults: tuple[Fault, ...] = ()


def load_scenario(path: Path) -> Scenario:
    """Read and parse a scenario file; ``ScenarioError`` says what is wrong with it and where."""
    try:
        with path.open("rb") as file:
            source = file.read(1024 * 1024 + 1)
    except OSError as error:
        raise ScenarioError(f"cannot be read: {error.strerror}") from None
    return parse_scenario(source, path.parent)


def parse_scenario(source: bytes | str, folder: Path | None = None) -> Scenario:
    """Parse a scenario's text. ``folder`` is where a relative ``profile`` path is looked up first."""
    root = read_document(source, "scenario")
    part = root.mapping(["steps"], ["title", "language", "profile", "appointment", "platform", "faults"])
    appointment = _appointment(part["appointment"]) if "appointment" in part else None
    return Scenario(
        steps=parse_steps(part["steps"], booked=appointment is not None),
        title=part["title"].text() if "title" in part else "",
        language=part["language"].choice(LANGUAGES) if "language" in part else "de",
        profile=_profile(part["profile"], folder) if "profile" in part else None,
        appointment=appointment,
        switches=_switches(part["platform"]) if "platform" in part else Switches(),
        faults=tuple(_fault(item) for item in part["faults"].sequence()) if "faults" in part else (),
    )


def _appointment(value: Value) -> Appointment:
    part = value.mapping(["advisor", "customer"])
    advisor = part["advisor"].mapping(["name"])
    customer = part["customer"].mapping(["name", "email"])
    email = customer["email"].name()
    local, _, domain = email.partition("@")
    if not local or not domain or "@" in domain or any(c.isspace() or c in "<>,;" for c in email):
        raise customer["email"].error("is not a mail address")
    return Appointment(advisor["name"].name(), customer["name"].name(), email)


def _profile(value: Value, folder: Path | None) -> Path:
    """The profile named by a scenario: beside the file, where we were started, or among the examples."""
    name = value.name()
    for base in (folder or Path(), Path(), ROOT, ROOT / "deploy"):
        candidate = (base / name).resolve()
        if candidate.is_file():
            return candidate
    raise value.error(f"no such file: {name}")


def _switches(value: Value) -> Switches:
    chosen: dict[str, str] = {}
    for key, setting in value.entries():
        name = key.word()
        spelled = getattr(setting.node, "value", None)
        if not isinstance(spelled, str):
            raise setting.error("must be one word")
        try:
            Switches.parse({name: spelled})
        except ValueError as error:
            raise ScenarioError(str(error), key.line) from None
        chosen[name] = spelled
    return Switches.parse(chosen)


def _fault(value: Value) -> Fault:
    keys = {key.word() for key, _ in value.entries()}
    if "redeliver" in keys:
        value.mapping(["redeliver"])["redeliver"].choice(["every"])
        return Fault(redeliver=True)
    part = value.mapping(["on", "times"], ["status", "retry_after", "lost_answer"])
    lost = "lost_answer" in part and part["lost_answer"].choice(["true", "false"]) == "true"
    if lost == ("status" in part):
        raise value.error("give either a status or lost_answer: true")
    return Fault(
        on=part["on"].choice(["graph", "connector", "login"]),
        status=part["status"].whole(400, 599) if "status" in part else None,
        times=part["times"].whole(1, 100_000),
        retry_after=part["retry_after"].whole(0, 86_400) if "retry_after" in part else None,
        lost_answer=lost,
    )
