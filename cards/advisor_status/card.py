"""`advisor_status`: the advisor's own view, in the 1:1 chat with the bot, updated in place (decision 9).

Every sentence says what was confirmed and no more (decision 4). Names of guests are made harmless before they stand
here (cards/foreign.py); no secret and no message text is ever among the data.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from bot.texts import keys, text
from cards.foreign import plain
from cards.pressed import Verb

VERBS = {
    "vouch": Verb(refs=("ref",)),
    "release": Verb(refs=("what", "ref")),
    "close": Verb(),
    "page": Verb(refs=("page",)),
}

MAX_PEOPLE = 12
MAX_FINDINGS = 10
"""Findings on a page: with all their lines a card stays far below what Teams takes (teams-platform 1.4)."""

READABLE = ("not scanned", "failed", "warned")
CUSTOMER_ROLES = ("guest", "federated", "phone")

Outcome = Literal[
    "not scanned", "clean", "failed", "warned", "edited by author", "deleted by author", "hidden", "chat deleted",
    "released",
]  # fmt: skip
Rung = Literal["hide", "warn", "delete_chat"]
RungResult = Literal["done", "refused by platform", "skipped", "pending", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """One stay of one person. `ref` is our own name for it; `how` is `code` or `vouched` once authenticated."""

    ref: str
    name: str
    role: Literal["advisor", "colleague", "guest", "federated", "phone"]
    present: bool = True
    consented: bool = False
    authenticated: bool = False
    how: Literal["code", "vouched"] | None = None
    locked: bool = False
    can_vouch: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow:
    """One message with a secret: kinds, time and author's role, never its text or author's name."""

    ref: str
    kinds: tuple[str, ...]
    at: datetime
    role: Literal["advisor", "colleague", "guest", "federated", "phone"] | None
    outcome: Outcome
    attempts: tuple[tuple[Rung, RungResult], ...] = ()
    can_release: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRow:
    """A recording or transcript of this meeting, in the words of the recording_flag card."""

    kind: Literal["recording", "transcript"]
    state: Literal["started", "switched_off", "stopped", "still_running"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisorStatusData:
    """The whole consultation as its advisor may see it.

    `appointment`: (customer's name, start) or None. `requests`: how often the advisor's side asked for secrets (R34).
    `ref` names the consultation: the lock and the pause are released by it. `hearing_reason`: one of no_consent,
    not_installed, no_permission, no_subscription; anything else is shown as unknown. `zone`: operator's time zone.
    `page`: which page of the findings, from 1 on; one that is not there stands for the nearest.
    """

    ref: str
    state: Literal["open", "ended"] = "open"
    reason: Literal["withdrawn", "closed", "meeting_ended", "expired", "app_removed"] | None = None
    appointment: tuple[str, datetime] | None = None
    people: tuple[PersonRow, ...] = ()
    findings: tuple[FindingRow, ...] = ()
    recordings: tuple[RecordingRow, ...] = ()
    requests: int = 0
    hearing: Literal["unknown", "activities", "graph", "deaf", "unreachable"] = "unknown"
    hearing_reason: str | None = None
    locked: bool = False
    paused: bool = False
    can_close: bool = True
    refused: Literal["not_yours", "gone", "ended"] | None = None
    zone: str = "Europe/Berlin"
    page: int = 1


Data = AdvisorStatusData


def values(data: AdvisorStatusData, language: str) -> dict[str, object]:
    """The values of template.json."""

    def say(key: str, **filled: object) -> str:
        return text(f"advisor_status.{key}", language, **filled)

    appointment = say("no_appointment")
    if data.appointment:
        customer, starts = data.appointment
        appointment = say("appointment", customer=plain(customer), at=_moment(starts, data.zone, language, day=True))
    pages = max(1, -(-len(data.findings) // MAX_FINDINGS))
    page = min(max(data.page, 1), pages)
    shown = _on_page(data.findings, page)
    more_findings, more_people = len(data.findings) - len(shown), len(data.people) - MAX_PEOPLE
    next_page = page % pages + 1
    return {
        "state": say(f"state.{data.state}"),
        "reason": say(f"reason.{data.reason}") if data.reason else "",
        "appointment": appointment,
        "locked": data.locked,
        "lock_ref": data.ref,
        "paused": data.paused,
        "pause_ref": data.ref,
        "nobody": not data.people,
        "people": [_person(row, language) for row in data.people[:MAX_PEOPLE]],
        "more_people": say("people.more", count=more_people) if more_people > 0 else "",
        "no_findings": not data.findings,
        "findings": [_finding(row, data.zone, language) for row in shown],
        "more_findings": say("findings.more", count=more_findings) if more_findings else "",
        "next_page": str(next_page),
        "turn": say("findings.page", page=next_page, pages=pages),
        "asked": say("requests", count=data.requests) if data.requests else "",
        "recordings_any": bool(data.recordings),
        "recordings": [_recording(row, language) for row in data.recordings],
        "hearing": text(f"hearing.{data.hearing}", language),
        "hearing_reason": _hearing_reason(data, language),
        "can_close": data.can_close and data.state == "open",
        "refusal": say(f"refused.{data.refused}") if data.refused else "",
    }


def _person(row: PersonRow, language: str) -> dict[str, object]:
    identity = row.how if row.authenticated and row.how else "locked" if row.locked else "no"
    parts = ["presence.here" if row.present else "presence.left"]
    if row.role in CUSTOMER_ROLES:
        parts += ["consent.yes" if row.consented else "consent.no", f"identity.{identity}"]
    return {
        "ref": row.ref,
        "name": plain(row.name) or text("advisor_status.role.unknown", language),
        "role": text(f"advisor_status.role.{row.role}", language),
        "line": "; ".join(text(f"advisor_status.{part}", language) for part in parts),
        "vouch": row.can_vouch,
    }


def _on_page(findings: tuple[FindingRow, ...], page: int) -> list[FindingRow]:
    """The findings of a page in the order of time. What is readable comes on the first pages, then what can be
    released, each newest first: a long list never pushes out what still needs somebody."""

    def urgency(row: FindingRow) -> tuple[bool, bool, float]:
        return row.outcome not in READABLE, not row.can_release, -row.at.timestamp()

    listed = sorted(findings, key=urgency)
    return sorted(listed[(page - 1) * MAX_FINDINGS : page * MAX_FINDINGS], key=lambda row: row.at)


def _finding(row: FindingRow, zone: str, language: str) -> dict[str, object]:
    at = _moment(row.at, zone, language)
    names = [f"kind.{kind}" if f"kind.{kind}" in keys(language) else "kind.other" for kind in row.kinds]
    role = text(f"advisor_status.role.{row.role or 'unknown'}", language)
    listed = ", ".join(text(name, language) for name in dict.fromkeys(names))
    return {
        "ref": row.ref,
        "at": at,
        "heading": text("advisor_status.finding", language, at=at, role=role, kinds=listed),
        "outcome": text(f"outcome.{_key(row.outcome)}", language),
        "attempts": [{"line": text(f"attempt.{rung}.{_key(result)}", language)} for rung, result in row.attempts],
        "advice": text(_advice(row), language),
        "release": row.can_release,
    }


def _advice(row: FindingRow) -> str:
    """The key of what the advisor can do now."""
    match row.outcome:
        case "not scanned":
            return "advice.any.unscanned"
        case "failed" | "warned":
            return "advice.tenant.readable" if row.role in ("advisor", "colleague") else "advice.customer.readable"
        case "edited by author":
            return "advice.any.edited"
        case _:
            return "advice.any.protected"


def _recording(row: RecordingRow, language: str) -> dict[str, object]:
    return {
        "title": text(f"recording_flag.title.{row.kind}", language),
        "line": text(f"recording_flag.{row.kind}.{row.state}", language),
    }


def _hearing_reason(data: AdvisorStatusData, language: str) -> str:
    if not data.hearing_reason:
        return ""
    key = f"hearing.reason.{data.hearing_reason}"
    return text(key if key in keys(language) else "hearing.reason.unknown", language)


def _key(words: str) -> str:
    return words.replace(" ", "_")


def _moment(when: datetime, zone: str, language: str, *, day: bool = False) -> str:
    """A time of day, or day and time, in the operator's zone. `when` must be timezone-aware."""
    if when.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    local = when.astimezone(ZoneInfo(zone))
    clock = f"{local:%H:%M}"
    if not day:
        return clock
    return f"{local:%d.%m.%Y}, {clock} Uhr" if language == "de" else f"{local:%d/%m/%Y}, {clock}"
