"""The last rung: the whole chat is deleted after the meeting, as the profile says (R29, N13)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from bot.policy.decisions import Decision, Keep, Owe, Record
from bot.policy.facts import Attempted, FellDue
from bot.policy.outcome import readable
from bot.policy.rules.guard import found, still_readable
from bot.policy.rules.ladder import RESULTS
from bot.policy.state import State

LOOK_AGAIN = timedelta(minutes=1)
"""While the chat has not been read back after the end, the decision to delete waits."""

PATIENCE = timedelta(hours=1)
"""After this the decision is made on what is known: a platform that cannot be read must not stop the deletion."""


def due(fact: FellDue, state: State, now: datetime) -> Iterator[Decision]:
    """15 minutes (by the profile) after the end, and after reconciliation."""
    consultation = state.consultation
    if fact.timer != "chat_deletion" or consultation is None or consultation.chat_deleted_at is not None:
        return
    if consultation.state == "open" or state.terms.chat_deletion == "never":
        return
    ended = consultation.ended_at or now
    if now < ended + state.terms.chat_deletion_delay:  # it ended anew after this moment was written down
        due_at = ended + state.terms.chat_deletion_delay
        yield Owe(kind="timer:chat_deletion", key="timer:chat_deletion", due_at=due_at, again=True)
        return
    read = consultation.read_back_to is not None and consultation.read_back_to >= ended
    if not read and now < ended + PATIENCE:
        yield Owe(kind="timer:chat_deletion", key="timer:chat_deletion", due_at=now + LOOK_AGAIN, again=True)
        return
    if state.terms.chat_deletion == "after_unprotected_finding" and not still_readable(state):
        return
    for finding in state.findings.values():
        if readable(finding):
            yield Keep(replace(finding, delete_chat="pending"))
    yield Owe(kind="delete_chat", key="delete_chat", again=True)  # a meeting held again ends again


def tried(fact: Attempted, state: State, now: datetime) -> Iterator[Decision]:
    """Deleted for everybody (restorable for seven days by an administrator), or not."""
    consultation = state.consultation
    if fact.kind != "delete_chat" or consultation is None:
        return
    result = RESULTS[fact.result]
    if fact.result == "done":
        yield Keep(replace(consultation, chat_deleted_at=now))
        yield Record(kind="chat:deleted")
    for finding in list(state.findings.values()):
        if fact.result != "done" and finding.delete_chat != "pending":
            continue
        after = replace(finding, delete_chat=result)
        yield Keep(after)
        fields = (("message", finding.message), ("result", result), ("code", fact.code or "ok"))
        yield Record(kind="rung:delete_chat", fields=fields)
        yield found(after)


RULES = (((FellDue,), due), ((Attempted,), tried))
