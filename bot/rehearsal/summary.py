"""A played scenario in words, German first, for the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.rehearsal.scenario import Scenario

_WORDS = {
    "steps": ("Schritte", "Steps"),
    "participants": ("Teilnehmende", "Participants"),
    "messages": ("Nachrichten", "Messages"),
    "recording": ("Aufzeichnung", "Recording"),
    "chat": ("Nachrichten der App", "Messages of the app"),
    "mails": ("Mails", "Mails"),
    "consented": ("eingewilligt", "consented"),
    "authenticated": ("angemeldet", "signed in"),
    "present": ("anwesend", "present"),
    "left": ("gegangen", "left"),
    "readable": ("lesbar für", "readable by"),
    "nobody": ("niemanden", "nobody"),
    "nothing": ("keine", "none"),
    "state": ("Zustand der Beratung", "State of the consultation"),
    "chain": ("Prüfprotokoll", "Audit trail"),
}


def summarise(report: dict[str, Any], scenario: Scenario) -> str:
    """The report as text of a few lines per member, in the scenario's language."""
    column = 0 if scenario.language == "de" else 1

    def word(key: str) -> str:
        return _WORDS[key][column]

    def section(key: str, lines: Iterable[str]) -> list[str]:
        return [f"{word(key)}:", *(f"  {line}" for line in lines or [word("nothing")]), ""]

    def person(entry: dict[str, Any]) -> str:
        marks = [word(key) for key in ("consented", "authenticated") if entry[key]]
        marks.append(word("present" if entry["present"] else "left"))
        return f"{entry['who']} ({entry['as']}): {', '.join(marks)}"

    def message(entry: dict[str, Any]) -> str:
        kinds = f" [{', '.join(entry['kinds'])}]" if entry["kinds"] else ""
        readers = ", ".join(entry["readable_by"]) or word("nobody")
        name = entry["name"] or "-"
        return f"{name} ({entry['author']}){kinds}: {entry['outcome']}; {word('readable')} {readers}"

    state = report["consultation"]
    parts = [
        *([scenario.title, ""] if scenario.title else []),
        *section("steps", [f"{s['n']:>3} {s['step']}: {s['result']}" for s in report["steps"]]),
        *section("participants", [person(entry) for entry in report["participants"]]),
        *section("messages", [message(entry) for entry in report["messages"]]),
        *section(
            "recording",
            [f"{r['event']}: {r['verdict']} ({', '.join(r['actions'])})" for r in report["recording"]],
        ),
        *section("chat", [f"{c['where']}: {c['card'] or 'text'} -> {', '.join(c['to'])}" for c in report["chat"]]),
        *section("mails", [f"{m['to']}: {m['subject']}" for m in report["mails"]]),
        f"{word('state')}: {state['state']}" + (f" ({state['reason']})" if state.get("reason") else ""),
        f"{word('chain')}: {report['audit_chain']}",
    ]
    return "\n".join(parts)
