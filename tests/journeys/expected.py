"""What each example scenario must report, written by hand from the scenario format and the architecture's decisions."""

from __future__ import annotations

from typing import Any

BOTH = ["petra", "erika"]
REFUSED_THEN_WARNED = [
    {"rung": "hide", "result": "refused by platform"},
    {"rung": "warn", "result": "done"},
]
SKIPPED_THEN_WARNED = [{"rung": "hide", "result": "skipped"}, {"rung": "warn", "result": "done"}]
HIDDEN_AND_WARNED = [{"rung": "hide", "result": "done"}, {"rung": "warn", "result": "done"}]
PETRA = {"who": "petra", "as": "advisor", "present": True}
CODE_MAIL = [{"to": "erika@example.org", "has_code": True}]
OPEN = {"state": "open", "reason": None, "future_appointments": 0}


def steps(*results: str) -> list[dict[str, Any]]:
    """The results of the steps, in order."""
    return [{"n": n, "result": result} for n, result in enumerate(results, 1)]


def ok(count: int) -> list[dict[str, Any]]:
    """So many steps that went well."""
    return steps(*["ok"] * count)


def ended(reason: str) -> dict[str, Any]:
    """A consultation that is over."""
    return {"state": "ended", "reason": reason}


def person(
    who: str, as_: str, *, consented: bool = False, how: str | None = None, present: bool = True
) -> dict[str, Any]:
    """One stay."""
    return {
        "who": who, "as": as_, "consented": consented, "authenticated": how is not None, "how": how,
        "present": present,
    }  # fmt: skip


def message(
    name: str, author: str, outcome: str, readers: list[str], kinds: list[str], attempts: Any
) -> dict[str, Any]:
    """One message with a finding."""
    return {
        "name": name, "author": author, "kinds": kinds, "outcome": outcome, "attempts": attempts,
        "readable_by": readers,
    }  # fmt: skip


def clean(name: str, author: str, readers: list[str] = BOTH) -> dict[str, Any]:
    """One message in which nothing was found."""
    return message(name, author, "clean", readers, [], [])


def iban(name: str, outcome: str, readers: list[str], attempts: Any, author: str = "erika") -> dict[str, Any]:
    """One message with an IBAN in it."""
    return message(name, author, outcome, readers, ["IBAN"], attempts)


def card(kind: str, to: list[str] = BOTH, where: str = "meeting", language: str = "de") -> dict[str, Any]:
    """One card of the bot as it now stands."""
    return {"by": "bot", "card": kind, "to": to, "where": where, "language": language}


#: What is in the chats once a booked customer has signed in. The advisor's card is the advisor's alone (decision 9).
STATUS = card("advisor_status", ["petra"], "personal")
SIGNED_IN_CHAT = [STATUS, card("welcome"), card("sign_in")]
SIGNED_IN = [PETRA, person("erika", "customer", consented=True, how="code")]
FIRST_WARNED = iban("first", "warned", BOTH, REFUSED_THEN_WARNED)
SLIP_HIDDEN = iban("slip", "hidden", ["petra"], HIDDEN_AND_WARNED, "petra")

#: Everybody of `many-people` who reads the chat: nobody does on the phone, and the customer has left.
IN_THE_MEETING = ["petra", "karin", "fred", "nora"]

EXPECTED: dict[str, dict[str, Any]] = {
    "guest-discloses-iban": {
        "steps": ok(7),
        "participants": SIGNED_IN,
        "messages": [FIRST_WARNED, clean("harmless", "erika"), iban("second", "warned", BOTH, SKIPPED_THEN_WARNED)],
        "chat": [*SIGNED_IN_CHAT, card("guard_notice"), card("guard_notice")],
        "recording": [],
        "mails": CODE_MAIL,
        "consultation": OPEN,
        "console": [{"message": "first", "status": "warned"}, {"message": "second", "status": "warned"}],
    },
    "guest-hidden": {
        "steps": ok(5),
        "messages": [iban("first", "hidden", ["erika"], HIDDEN_AND_WARNED)],
        "console": [{"message": "first", "status": "hidden"}],
    },
    "advisor-hidden": {"steps": ok(3), "messages": [SLIP_HIDDEN]},
    "advisor-hide-refused": {
        "steps": ok(3),
        "messages": [iban("slip", "warned", BOTH, REFUSED_THEN_WARNED, "petra")],
    },
    "advisor-hide-throttled": {"steps": ok(3), "messages": [SLIP_HIDDEN]},
    "guest-messages-dropped": {
        "steps": ok(6),
        "participants": SIGNED_IN,
        "messages": [FIRST_WARNED | {"via": "graph"}, clean("harmless", "erika")],
    },
    "edits-and-deletes": {
        "steps": ok(13),
        "messages": [
            iban("edited", "edited by author", BOTH, REFUSED_THEN_WARNED),
            message("deleted", "erika", "deleted by author", [], ["CREDENTIAL"], SKIPPED_THEN_WARNED),
            iban("worse", "warned", BOTH, SKIPPED_THEN_WARNED),
            iban("back", "warned", BOTH, SKIPPED_THEN_WARNED),
        ],
    },
    "edits-and-deletes-dropped": {
        "steps": ok(8),
        "messages": [
            iban("edited", "edited by author", BOTH, REFUSED_THEN_WARNED),
            iban("deleted", "deleted by author", [], SKIPPED_THEN_WARNED),
        ],
    },
    "participants-dropped": {
        "steps": ok(7),
        "participants": [PETRA, person("erika", "customer", consented=True, how="code", present=False)],
        "messages": [iban("first", "warned", ["petra"], REFUSED_THEN_WARNED)],
    },
    "targeted-on": {
        "steps": ok(5),
        "messages": [FIRST_WARNED],
        "chat": [*SIGNED_IN_CHAT, card("guard_notice", ["erika"])],
    },
    "guest-cards-refused": {
        "steps": steps("ok", "ok", "refused by platform", "ok", "ok"),
        "participants": SIGNED_IN,
        "messages": [clean("consent", "erika"), clean("code", "erika")],
    },
    "recording-ends": {
        "steps": ok(4),
        "recording": [
            {
                "event": "start",
                "kind": "recording",
                "verdict": "violation",
                "running": False,
                "actions": {"switched off", "everyone told", "confirmed stopped"},
            }
        ],
    },
    "recording-continues": {
        "steps": ok(4),
        "recording": [
            {
                "event": "start",
                "verdict": "violation",
                "running": True,
                "actions": {"switched off", "everyone told", "advisor asked", "escalated"},
            }
        ],
    },
    "recording-stopped-by-hand": {
        "steps": ok(5),
        "recording": [
            {
                "event": "start",
                "verdict": "violation",
                "running": False,
                "actions": {"switched off", "everyone told", "advisor asked", "confirmed stopped"},
            }
        ],
    },
    "transcript": {
        "steps": ok(4),
        "chat": [STATUS, card("welcome"), card("recording_flag"), card("recording_flag", ["petra"], "personal")],
        "recording": [
            {
                # The platform reports no end of a transcript: nothing is called confirmed, the advisor is asked.
                "event": "start",
                "kind": "transcript",
                "verdict": "violation",
                "running": False,
                "actions": {"switched off", "everyone told", "advisor asked"},
            }
        ],
    },
    "chat-deleted": {
        "steps": ok(7),
        "messages": [
            iban("first", "chat deleted", [], [*REFUSED_THEN_WARNED, {"rung": "delete_chat", "result": "done"}])
        ],
        "consultation": ended("meeting_ended"),
    },
    "chat-deletion-refused": {
        "steps": ok(7),
        "messages": [
            iban(
                "first",
                "warned",
                ["petra"],
                [*REFUSED_THEN_WARNED, {"rung": "delete_chat", "result": "refused by platform"}],
            )
        ],
        "consultation": ended("meeting_ended"),
    },
    "runs-out": {
        "steps": ok(5),
        "messages": [message("first", "erika", "not scanned", [], [], [])],  # what was found is kept no longer
        "participants": [PETRA, person("erika", "customer")],
        "consultation": ended("expired"),
        "console": [],
    },
    "purged": {
        "steps": ok(5),
        "messages": [message("first", "erika", "not scanned", [], [], [])],
        "participants": [PETRA, person("erika", "customer")],
        "consultation": {"state": None, "reason": None, "future_appointments": 0},
        "console": [],
        "audit": [],
        "audit_chain": "purged",
    },
    "wrong-codes": {
        "steps": steps("ok", "ok", "ok", *["refused by bot"] * 6, "ok", "ok"),
        "participants": SIGNED_IN,
    },
    "impostor": {
        "steps": steps("ok", "ok", "ok", "ok", "ok", "refused by bot", "ok", "refused by bot"),
        "participants": [*SIGNED_IN, person("mallory", "guest", consented=True)],
    },
    "vouched": {
        "steps": ok(5),
        "participants": [PETRA, person("erika", "customer"), person("karl", "guest", consented=True, how="vouched")],
    },
    "rejoin": {
        "steps": ok(9),
        "participants": [
            PETRA,
            person("erika", "customer", consented=True, how="code", present=False),
            person("erika", "customer"),
        ],
        "messages": [
            clean("hello", "erika", ["petra"]),
            clean("meanwhile", "petra", ["petra"]),
            clean("again", "erika"),
        ],
    },
    "withdrawn-by-card": {
        "steps": steps("ok", "ok", "ok", "ok", "ok", "ok", "not shown"),
        "participants": [PETRA, person("erika", "customer")],
        "consultation": ended("withdrawn") | {"future_appointments": 0},
    },
    "withdrawn-by-word": {
        "steps": ok(5),
        "participants": [PETRA, person("erika", "customer")],
        "consultation": ended("withdrawn") | {"future_appointments": 0},
    },
    "declined": {
        "steps": steps("ok", "ok", "ok", "not shown"),
        "participants": [PETRA, person("erika", "customer")],
        "consultation": OPEN,
    },
    "closed": {"steps": ok(5), "consultation": ended("closed")},
    "released": {
        "steps": ok(7),
        "messages": [
            iban("first", "released", BOTH, REFUSED_THEN_WARNED),
            message("second", "erika", "warned", BOTH, ["CREDENTIAL"], SKIPPED_THEN_WARNED),
        ],
    },
    "faults": {
        "steps": ok(7),
        "participants": SIGNED_IN,
        "messages": [FIRST_WARNED, SLIP_HIDDEN],
        "recording": [{"event": "start", "verdict": "violation", "running": False}],
    },
    "lost-answers": {"steps": ok(6), "participants": SIGNED_IN, "messages": [FIRST_WARNED, SLIP_HIDDEN]},
    "redelivered": {
        "steps": ok(6),
        "participants": SIGNED_IN,
        "messages": [FIRST_WARNED],
        "recording": [{"event": "start", "verdict": "violation", "running": False}],
    },
    "crash-between": {
        "steps": ok(7),
        "participants": SIGNED_IN,
        "messages": [FIRST_WARNED, message("second", "erika", "warned", BOTH, ["CREDENTIAL"], SKIPPED_THEN_WARNED)],
    },
    "crash-during-hide": {
        "steps": ok(7),
        "participants": SIGNED_IN,
        "messages": [SLIP_HIDDEN, clean("after", "petra")],
    },
    "crash-during-warn": {"steps": ok(6), "messages": [FIRST_WARNED]},
    "crash-during-deletion": {
        "steps": ok(8),
        "messages": [
            iban("first", "chat deleted", [], [*REFUSED_THEN_WARNED, {"rung": "delete_chat", "result": "done"}])
        ],
    },
    "unbooked": {
        "steps": ok(4),
        "participants": [PETRA, person("erika", "customer", consented=True)],
        "messages": [FIRST_WARNED],
        "mails": [],
    },
    "english": {
        "steps": ok(6),
        "messages": [
            clean("code", "erika"),
            message("first", "erika", "warned", BOTH, ["CREDENTIAL"], REFUSED_THEN_WARNED),
            {"name": "word"},
        ],
        "consultation": ended("withdrawn"),
    },
    "many-people": {
        "steps": steps(*["ok"] * 8, "refused by platform", "ok", "refused by platform"),
        "participants": [
            PETRA,
            person("erika", "customer", present=False),
            person("karin", "colleague"),
            person("fred", "federated"),
            person("phil", "phone"),
            person("nora", "notetaker"),
        ],
        "messages": [
            clean("request", "karin", IN_THE_MEETING),
            iban("partner", "warned", IN_THE_MEETING, REFUSED_THEN_WARNED, "fred"),
        ],
    },
    "federated-then-advisor": {
        "steps": ok(4),
        "participants": [PETRA, person("fred", "federated")],
        "messages": [iban("partner", "warned", ["petra", "fred"], REFUSED_THEN_WARNED, "fred"), SLIP_HIDDEN],
    },
    "not-available-yet": {"steps": steps("ok", "ok", "not available", "not available", "not available")},
}
