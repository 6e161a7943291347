"""What came of each rung (architecture decision 4): only what was confirmed is written down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from bot.policy.decisions import Decision, Keep, Owe, Record
from bot.policy.facts import Attempted, CardPressed, FellDue, MeetingEnded, MessageDeleted, MessageHeard
from bot.policy.outcome import readable
from bot.policy.rules.guard import found, hide_again, rung_key, sender_kind, show_again, still_readable
from bot.policy.rules.hearing import PAUSES
from bot.policy.rules.opening import is_of_an_earlier_meeting
from bot.policy.rules.retention import kept_until
from bot.policy.rules.sign_in import is_advisor
from bot.policy.scanning import unconfirmed
from bot.policy.state import Finding, Refusal, RungResult, State

RESULTS: dict[str, RungResult] = {
    "done": "done",
    "refused": "refused by platform",
    "skipped": "skipped",
    "failed": "failed",
    "gave_up": "failed",
}
"""Result of an attempt -> the word of scenarios.md."""


UNCONFIRMED = "unconfirmed"
"""Code of a notice that may stand in the chat, and is not repeated because nothing tells (teams-platform 9.4)."""

OF_ONE_MESSAGE = ("bad_request", "conflict", "too_large")
"""Codes of a refusal (bot/graph/http.py) that says nothing of others' messages: a kind of sender is forbidden (4.1)."""

NOT_NEEDED = ("superseded", "dealt_with")
"""Codes of a rung that was not asked because the message had moved on: it is no attempt."""


def word_of(fact: Attempted) -> RungResult | None:
    """What a rung's attempt counts as. `skipped` is kept for what was refused before (scenarios.md), which no effect
    decides: one that found nothing to do counts as not asked, one that could not ask as failed."""
    if fact.result == "skipped":
        return None if fact.code in NOT_NEEDED else "failed"
    return RESULTS[fact.result]


def of_this_version(fact: Attempted, state: State) -> Finding | None:
    """The finding an attempt was about, unless the message has moved on to another version."""
    finding = state.findings.get(fact.of("message") or "")
    if finding is None or fact.of("version") != str(finding.version):
        return None
    return finding


def tried(fact: Attempted, state: State, now: datetime) -> Iterator[Decision]:
    """Hide or warn came to an end."""
    if fact.kind not in ("hide", "warn"):
        return
    finding = of_this_version(fact, state)
    if finding is None:
        yield from hidden_late(fact, state.findings.get(fact.of("message") or ""))
        return
    result = word_of(fact)
    fields = (("message", finding.message), ("result", result or "skipped"), ("code", fact.code or "ok"))
    yield Record(kind=f"rung:{fact.kind}", fields=fields)
    if fact.kind == "hide":
        if fact.result == "refused" and fact.code not in OF_ONE_MESSAGE and kind_is_certain(finding, state):
            yield Keep(
                Refusal(conversation=fact.conversation, rung="hide", sender=sender_kind(finding.role or "guest"))
            )
        # Asked again after it had failed, and not needed any more: that it had failed stays true.
        finding = replace(finding, hide=result or ("failed" if finding.hide == "failed" else None))
    else:
        finding = replace(finding, warn=result)
        if fact.learned("targeted") == "refused":
            sender = sender_kind(finding.role or "guest")
            yield Keep(Refusal(conversation=fact.conversation, rung="targeted", sender=sender))
        if (fact.result == "done" or fact.code == UNCONFIRMED) and readable(finding):
            yield Owe(
                kind="timer:remind",
                key=rung_key("timer:remind", finding),
                about=fact.about,
                due_at=now + state.terms.remind_after,
            )
    yield Keep(finding)
    yield found(finding)
    yield from hidden_late(fact, finding)
    yield from asked_again(fact, finding, state, now)
    asked_last = fact.kind == "hide" or finding.hide == "skipped"
    if asked_last and readable(finding):
        yield from pause(finding, state)


def asked_again(fact: Attempted, finding: Finding, state: State, now: datetime) -> Iterator[Decision]:
    """An outage that outlasts the tries of a rung: it is asked for after a pause, as long as the secret is readable. A
    notice that may have come about is not posted again."""
    if fact.result != "gave_up" or fact.code == "internal" or not readable(finding) or finding.released_by is not None:
        return
    due_at = now + PAUSES[0]
    if due_at < kept_until(state, now) and (fact.kind == "hide" or fact.learned("maybe_done") is None):
        yield Owe(kind=fact.kind, key=fact.duty, about=fact.about, due_at=due_at, again=True)


def kind_is_certain(finding: Finding, state: State) -> bool:
    """An activity does not name its sender's tenant: who is taken for a colleague may be of another one until the
    roster is read, and what is refused for them says nothing of ours."""
    author = state.people.get(finding.person or "")
    return finding.role != "colleague" or (author is not None and not unconfirmed(author))


def hidden_late(fact: Attempted, finding: Finding | None) -> Iterator[Decision]:
    """Hiding was under way, perhaps on another replica, when a person said that it was no secret: showing the message
    again may have come before it, so that it is owed once more, and nothing is called released until it is done. Or
    when its author took the secret out: nobody could read what is harmless now."""
    if fact.kind != "hide" or fact.result not in ("done", "gave_up") or finding is None:
        return
    if finding.deleted_at is not None or (finding.released_by is None and finding.edited_at is None):
        return
    if finding.released_at is not None:
        finding = replace(finding, released_at=None)
        yield Keep(finding)
        yield found(finding)
    yield show_again(finding)


def pause(finding: Finding, state: State) -> Iterator[Decision]:
    """While a secret is readable, and the meeting lasts, the chat may be closed for attendees (meeting option
    allowMeetingChat)."""
    consultation = state.consultation
    if consultation is None or not state.is_open or not state.terms.chat_pause or consultation.paused:
        return
    if consultation.online_meeting and consultation.organizer:
        about = (("organizer", consultation.organizer), ("meeting", consultation.online_meeting))
        yield Owe(kind="pause_chat", key=rung_key("pause_chat", finding), about=about, again=True)


def reminded(fact: Attempted, state: State, now: datetime) -> Iterator[Decision]:
    """The reminder went out. It asks for the same as a first notice whose coming was not confirmed."""
    finding = of_this_version(fact, state)
    if fact.kind == "remind" and fact.result == "done" and finding is not None:
        if finding.warn != "done":
            fields = (("message", finding.message), ("result", "done"), ("code", "reminder"))
            yield Record(kind="rung:warn", fields=fields)
        finding = replace(finding, reminded_at=now, warn="done")
        yield Keep(finding)
        yield found(finding)


def shown_again(fact: Attempted, state: State, now: datetime) -> Iterator[Decision]:
    """A hidden message is readable again, as Graph confirmed: now it may be called released."""
    finding = state.findings.get(fact.of("message") or "")
    if fact.kind != "unhide" or finding is None:
        return
    if fact.of("version") not in (None, str(finding.version)):
        yield from hidden_again(fact, finding)
        return
    if fact.result == "done" and finding.released_by is not None:
        finding = replace(finding, released_at=now)
        yield Keep(finding)
        yield found(finding)
    elif finding.released_by is not None:
        yield Keep(replace(finding, released_by=None))
    elif fact.result == "gave_up" and fact.code != "internal" and finding.edited_at is not None:
        due_at = now + PAUSES[0]  # harmless, hidden all the same, and nobody there to press again
        if finding.deleted_at is None and due_at < kept_until(state, now):
            yield replace(show_again(finding), due_at=due_at)


def hidden_again(fact: Attempted, finding: Finding) -> Iterator[Decision]:
    """Showing a former version again was under way while its author wrote another secret: what was confirmed of the
    new one before this may not hold any more."""
    if fact.result in ("done", "gave_up") and finding.hide in ("done", "pending"):
        yield from hide_again(finding)


def paused(fact: Attempted, state: State, now: datetime) -> Iterator[Decision]:
    """The chat was closed or opened again for attendees."""
    consultation = state.consultation
    if fact.result != "done" or consultation is None:
        return
    if fact.kind == "pause_chat":
        yield Keep(replace(consultation, paused=True))
        yield Record(kind="chat:paused")
        if not still_readable(state) or not state.is_open:
            yield from open_chat(state)
    elif fact.kind == "resume_chat":
        consultation = replace(consultation, paused=False)
        yield Keep(consultation)
        yield Record(kind="chat:released")
        yield from disclosed_meanwhile(fact, state.with_thing(consultation))


def disclosed_meanwhile(fact: Attempted, state: State) -> Iterator[Decision]:
    """While the chat was being opened another secret may have been written: what is readable closes it again, unless
    the advisor opened it and knew of it."""
    known_until = fact.of("known_until")
    for finding in state.findings.values():
        if readable(finding) and (known_until is None or finding.found_at > datetime.fromisoformat(known_until)):
            yield from pause(finding, state)
            return


def open_chat(state: State, known_until: datetime | None = None) -> Iterator[Decision]:
    """Owe opening a paused chat again. `known_until`: the moment at which the advisor opened it all the same."""
    consultation = state.consultation
    if consultation is not None and consultation.organizer and consultation.online_meeting:
        about = [("organizer", consultation.organizer), ("meeting", consultation.online_meeting)]
        if known_until is not None:
            about.append(("known_until", known_until.isoformat()))
        yield Owe(kind="resume_chat", key="resume_chat", about=tuple(about), again=True)


def resumed_by_advisor(fact: CardPressed, state: State, now: datetime) -> Iterator[Decision]:
    """The advisor opens a paused chat."""
    if fact.card != "advisor_status" or fact.verb != "release" or fact.ref("what") != "pause":
        return
    if is_advisor(fact, state) and state.consultation is not None and state.consultation.paused:
        yield from open_chat(state, now)


def over(fact: MeetingEnded | FellDue, state: State, now: datetime) -> Iterator[Decision]:
    """The meeting is over: nobody from outside reads or writes any more, so that the pause has no purpose left, and a
    meeting held again must not begin with a chat that we have closed. Whatever is readable is left to the deletion of
    the chat. A consultation that the advisor closes, or a customer ends, stays paused until the meeting ends."""
    if isinstance(fact, FellDue) and (state.is_open or fact.timer != "idle"):
        return
    if isinstance(fact, MeetingEnded) and is_of_an_earlier_meeting(fact, state):
        return
    if state.consultation is not None and state.consultation.paused:
        yield from open_chat(state)


def calm(
    fact: Attempted | CardPressed | MessageDeleted | MessageHeard, state: State, now: datetime
) -> Iterator[Decision]:
    """The last readable secret is gone: a paused chat is opened again."""
    if isinstance(fact, Attempted) and fact.kind not in ("hide", "unhide"):
        return
    if isinstance(fact, MessageDeleted | MessageHeard) and fact.message not in state.findings:
        return
    if state.consultation is not None and state.consultation.paused and not still_readable(state):
        yield from open_chat(state)


RULES = (
    ((Attempted,), tried),
    ((Attempted,), reminded),
    ((Attempted,), shown_again),
    ((Attempted,), paused),
    ((CardPressed,), resumed_by_advisor),
    ((MeetingEnded, FellDue), over),
    ((MessageHeard, MessageDeleted, Attempted, CardPressed), calm),
)
