"""The last rung: the whole chat is deleted after the meeting, as the profile says (R29, N13)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from bot.policy.decisions import Decision, Keep, Owe, Record
from bot.policy.facts import Attempted, FellDue, MessageHeard
from bot.policy.outcome import readable
from bot.policy.rules.guard import found, still_readable
from bot.policy.rules.hearing import pause_after
from bot.policy.rules.ladder import word_of
from bot.policy.rules.people import CLOCKS_DIFFER
from bot.policy.rules.retention import kept_until
from bot.policy.state import Consultation, State

LOOK_AGAIN = timedelta(minutes=1)
"""While the chat has not been read back after the end, the decision to delete waits."""

PATIENCE = timedelta(hours=1)
"""After this the decision is made on what is known: a platform that cannot be read must not stop the deletion."""


LONGEST = timedelta(hours=24)
"""Longer than a Teams meeting is kept open: whoever is called present after that has left without our being told."""


def later(now: datetime, state: State, *about: tuple[str, str], pause: timedelta | None = None) -> Owe:
    """Decide about the deletion after a while: as long as the profile says, unless another `pause` is given."""
    due_at = now + (state.terms.chat_deletion_delay if pause is None else pause)
    return Owe(kind="timer:chat_deletion", key="timer:chat_deletion", about=about, due_at=due_at, again=True)


def due(fact: FellDue, state: State, now: datetime) -> Iterator[Decision]:
    """15 minutes (by the profile) after the end, and after reconciliation."""
    consultation = state.consultation
    if fact.timer != "chat_deletion" or consultation is None or consultation.chat_deleted_at is not None:
        return
    if consultation.state == "open" or state.terms.chat_deletion == "never":
        return
    ended = consultation.ended_at or now
    left = left_by_all(consultation, state, now)
    if left is None:  # not under the people in it
        yield later(now, state, *fact.about, pause=max(state.terms.chat_deletion_delay, LOOK_AGAIN))
        return
    if now < left + state.terms.chat_deletion_delay:  # it ended anew, or was left, after this moment was written down
        yield later(left, state, *fact.about)
        return
    read = consultation.read_back_to is not None and consultation.read_back_to >= ended
    # After a withdrawal nothing is scanned, so that no reading is waited for.
    if not read and consultation.reason != "withdrawn" and now < ended + PATIENCE:
        yield later(now, state, *fact.about, pause=LOOK_AGAIN)
        return
    if state.terms.chat_deletion == "after_unprotected_finding" and not still_readable(state):
        return
    for finding in state.findings.values():
        if readable(finding):
            yield Keep(replace(finding, delete_chat="pending"))
    # Again: a meeting held again ends again.
    yield Owe(kind="delete_chat", key="delete_chat", about=fact.about, again=True)


def left_by_all(consultation: Consultation, state: State, now: datetime) -> datetime | None:
    """Since when nobody from outside is in the meeting, None while somebody is. A consultation that the advisor closes,
    or a customer ends, may end before its meeting does."""
    ended = consultation.ended_at or now
    if consultation.reason not in ("closed", "withdrawn") or now >= ended + LONGEST:
        return ended
    people = [p for p in state.people.values() if p.outside and p.erased_at is None]
    if any(p.present for p in people):
        return None
    return max([ended, *(p.left_at for p in people if p.left_at is not None)])


def read_late(fact: Attempted, state: State, now: datetime) -> Iterator[Decision]:
    """The chat of an ended consultation was read back: what was decided without it is looked at once more."""
    known = state.consultation
    if fact.kind != "reconcile" or fact.result != "done" or known is None or known.state == "open":
        return
    if known.chat_deleted_at is None and state.terms.chat_deletion != "never":
        yield later(now, state)


def found_late(fact: MessageHeard, state: State, now: datetime) -> Iterator[Decision]:
    """Staff may write in a chat whose meeting is over, or Graph show again what was hidden, after it was decided not to
    delete it: decided anew."""
    known = state.consultation
    if (
        known is None
        or known.state == "open"
        or known.chat_deleted_at is not None
        or state.terms.chat_deletion == "never"
    ):
        return
    if fact.kinds or fact.retro or fact.hidden is False:
        yield later(now, state)


def tried(fact: Attempted, state: State, now: datetime) -> Iterator[Decision]:
    """Deleted for everybody (restorable for seven days by an administrator), or not."""
    consultation = state.consultation
    if fact.kind != "delete_chat" or consultation is None:
        return
    result = word_of(fact)
    if fact.result == "done":
        yield Keep(replace(consultation, chat_deleted_at=now))
        yield Record(kind="chat:deleted")
    for finding in list(state.findings.values()):
        if fact.result != "done" and finding.delete_chat != "pending":
            continue
        after = replace(finding, delete_chat=result)
        yield Keep(after)
        fields = (("message", finding.message), ("result", result or "skipped"), ("code", fact.code or "ok"))
        yield Record(kind="rung:delete_chat", fields=fields)
        yield found(after)
    if fact.result == "gave_up":
        # No answer in all tries: decided anew after a pause. Whether one of them was carried out may be unknown.
        since = datetime.fromisoformat(fact.of("since") or now.isoformat())
        doubtful = fact.of("maybe_done") or fact.learned("maybe_done")
        about = (("since", since.isoformat()), *((("maybe_done", doubtful),) if doubtful else ()))
        again = later(now, state, *about, pause=pause_after(since, now))
        if again.due_at is not None and again.due_at < kept_until(state, now):
            yield again


def restored(fact: MessageHeard, state: State, now: datetime) -> Iterator[Decision]:
    """Somebody writes in a chat that is called deleted: it was restored, as an administrator can for seven days, and
    what stood in it is there again. It is deleted anew after the next end."""
    known = state.consultation
    if known is None or known.chat_deleted_at is None or fact.modified <= known.chat_deleted_at + CLOCKS_DIFFER:
        return
    yield Keep(replace(known, chat_deleted_at=None))
    yield Record(kind="chat:restored")
    for finding in list(state.findings.values()):
        if finding.delete_chat == "done":
            after = replace(finding, delete_chat=None)
            yield Keep(after)
            yield found(after)


RULES = (
    ((FellDue,), due),
    ((Attempted,), read_late),
    ((Attempted,), tried),
    ((MessageHeard,), restored),
    ((MessageHeard,), found_late),
)
