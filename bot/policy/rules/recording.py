"""Recordings and transcripts (R24-R29, N3, N4): flagged to everybody, switched off, followed up until confirmed.

No exception is known here yet, so whatever starts is a violation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from bot.policy.decisions import Decision, Keep, Owe, Record
from bot.policy.facts import Attempted, FellDue, RecordingSignalled
from bot.policy.state import Recording, State

ACTION_OF = {
    "post_flag": "everyone told",
    "switch_off": "switched off",
    "ask_advisor": "advisor asked",
    "escalate": "escalated",
}
"""Effects and the action (scenarios.md, The report) each stands for once it is done."""


def about(recording: Recording, state: State) -> tuple[tuple[str, str], ...]:
    """Ids the effects need."""
    consultation = state.consultation
    return (
        ("kind", recording.kind),
        ("call", recording.call),
        ("organizer", (consultation.organizer if consultation else None) or ""),
        ("meeting", (consultation.online_meeting if consultation else None) or ""),
        ("chat", recording.conversation),
    )


def recorded(kind: str, recording: Recording) -> Record:
    """The trail's entry."""
    fields = (("kind", recording.kind), ("call", recording.call), ("verdict", recording.verdict))
    return Record(kind=f"recording:{kind}", fields=fields)


def signalled(fact: RecordingSignalled, state: State, now: datetime) -> Iterator[Decision]:
    """A recording or transcript started or ended, as the chat's system message says."""
    known = newest(state, fact.kind, fact.call)
    if state.consultation is None:
        return
    if fact.event == "started":
        if (ended := begun_by(fact, state)) is not None:
            yield Keep(replace(ended, event="start"))  # its end arrived before its beginning
            return
        if known is not None and known.stopped_at is None:
            if known.kind == "transcript" and "switched off" in known.actions:
                # A transcript's message has no status (teams-platform 5.2): this may be its end, or another beginning.
                ids, key = about(known, state), f"switch_off:{known.kind}:{known.call}"
                yield Owe(kind="switch_off", key=key, about=ids, again=True)
            return
        call = fact.call if known is None else next_call(known, fact.call)
        recording = Recording(
            conversation=fact.conversation,
            call=call,
            kind=fact.kind,
            event="start",
            verdict="violation",
            started_at=now,
        )
        yield Keep(recording)
        yield recorded("started", recording)
        ids, name = about(recording, state), f"{fact.kind}:{call}"
        yield Owe(kind="post_flag", key=f"flag:{name}", about=ids)
        yield Owe(kind="switch_off", key=f"switch_off:{name}", about=ids)
        yield Owe(
            kind="timer:recording", key=f"timer:recording:{name}", about=ids, due_at=now + state.terms.escalate_after
        )
    elif known is None or is_of_another(fact, known):
        end = fact.at or now
        if known is not None and known.stopped_at is not None and end < known.stopped_at:  # told the other way round
            yield Keep(replace(known, stopped_at=end))
            end = known.stopped_at
        recording = Recording(
            conversation=fact.conversation,
            call=fact.call if known is None else next_call(known, fact.call),
            kind=fact.kind,
            event="stop",
            verdict="violation",
            started_at=now,
            stopped_at=end,
        )
        yield Keep(recording)
        yield recorded("stopped", recording)
    elif known.stopped_at is None:
        recording = with_action(replace(known, stopped_at=fact.at or now), "confirmed stopped")
        yield Keep(recording)
        yield recorded("stopped", recording)
        yield redraw_flag(recording, state)


def begun_by(fact: RecordingSignalled, state: State) -> Recording | None:
    """The recording whose end was told before this beginning of it: the first one not begun that ended after it."""
    ended = [r for r in of_call(state, fact.kind, fact.call) if r.event == "stop" and r.stopped_at is not None]
    ended = [r for r in ended if fact.at is None or (r.stopped_at or fact.at) >= fact.at]
    return min(ended, key=lambda r: (r.stopped_at or r.started_at, len(r.call), r.call), default=None)


def is_of_another(fact: RecordingSignalled, known: Recording) -> bool:
    """Whether this is not the end that is known: then there was another recording, whose beginning is on its way."""
    return fact.at is not None and known.stopped_at is not None and fact.at != known.stopped_at


def redraw_flag(recording: Recording, state: State) -> Owe:
    """The flag says what is true now; it is redrawn in place."""
    key = f"redraw_flag:{recording.kind}:{recording.call}"
    return Owe(kind="redraw_flag", key=key, about=about(recording, state), again=True)


def with_action(recording: Recording, action: str) -> Recording:
    """The recording with one more action taken."""
    return recording if action in recording.actions else replace(recording, actions=(*recording.actions, action))


def next_call(known: Recording, call: str) -> str:
    """The name of the next recording in the same call: a call id names the whole meeting (teams-platform 5.2)."""
    number = int(known.call.removeprefix(call).lstrip(":") or "1")
    return f"{call}:{number + 1}"


def of_call(state: State, kind: str, call: str) -> list[Recording]:
    """The recordings of this kind in this call."""
    again = re.compile(re.escape(call) + r"(:[0-9]+)?")
    return [r for r in state.recordings if r.kind == kind and again.fullmatch(r.call)]


def newest(state: State, kind: str, call: str) -> Recording | None:
    """The last recording of this kind in this call."""
    found = of_call(state, kind, call)
    return max(found, key=lambda r: (r.started_at, len(r.call), r.call), default=None)


def find(state: State, kind: str | None, call: str | None) -> Recording | None:
    """The recording of this kind and call."""
    return next((r for r in state.recordings if r.kind == kind and r.call == call), None)


def tried(fact: Attempted, state: State, now: datetime) -> Iterator[Decision]:
    """What was done about it; where switching off is refused the advisor is asked at once."""
    known = find(state, fact.of("kind"), fact.of("call"))
    if fact.kind not in ACTION_OF or known is None:
        return
    if fact.result == "done":
        recording = with_action(known, ACTION_OF[fact.kind])
        yield Keep(recording)
        if fact.kind == "switch_off":
            yield recorded("switched_off", recording)
        elif fact.kind == "escalate":
            yield recorded("escalated", recording)
        if fact.kind in ("switch_off", "ask_advisor"):
            yield redraw_flag(recording, state)
    elif fact.kind == "switch_off" and known.stopped_at is None:
        yield recorded("not_stopped", known)
        yield ask_advisor(known, state)
        yield redraw_flag(known, state)


def ask_advisor(recording: Recording, state: State) -> Owe:
    """Ask the advisor, in the 1:1 chat, to stop it by hand."""
    key = f"ask_advisor:{recording.kind}:{recording.call}"
    return Owe(kind="ask_advisor", key=key, about=about(recording, state))


def overdue(fact: FellDue, state: State, now: datetime) -> Iterator[Decision]:
    """Not confirmed stopped in time: first the advisor is asked, then the data-protection officer is told."""
    known = find(state, fact.of("kind"), fact.of("call"))
    if fact.timer not in ("recording", "recording_again") or known is None or known.stopped_at is not None:
        return
    name = f"{known.kind}:{known.call}"
    if fact.timer == "recording":
        yield recorded("not_stopped", known)
        yield ask_advisor(known, state)
        yield redraw_flag(known, state)
        yield Owe(
            kind="timer:recording_again",
            key=f"timer:recording_again:{name}",
            about=fact.about,
            due_at=now + state.terms.escalate_after * 5,
        )
    else:
        yield Owe(kind="escalate", key=f"escalate:{name}", about=fact.about)


RULES = (((RecordingSignalled,), signalled), ((Attempted,), tried), ((FellDue,), overdue))
