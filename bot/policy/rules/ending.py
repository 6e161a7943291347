"""The end of a consultation: the meeting ends, or the advisor closes it; then missed messages and retention."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from bot.policy.decisions import Answer, Decision, Keep, Owe, Record
from bot.policy.facts import CardPressed, MeetingEnded
from bot.policy.rules import chat_deletion
from bot.policy.rules.opening import is_of_an_earlier_meeting
from bot.policy.rules.people import left
from bot.policy.rules.retention import fall_due
from bot.policy.rules.sign_in import is_advisor
from bot.policy.state import State


def meeting_ended(fact: MeetingEnded, state: State, now: datetime) -> Iterator[Decision]:
    """Nobody from outside reads the chat any more; the chat is read back once for what was missed. An end that is told
    after the meeting was begun again is that of the meeting before; a later one than the known is that of another
    meeting, whose start has not been told yet and then opens nothing."""
    consultation = state.consultation
    if consultation is None or is_of_an_earlier_meeting(fact, state):
        return
    for participant in list(state.people.values()):
        if participant.outside:
            yield from left(participant, now)
    if consultation.state == "open":
        ended_at = min(fact.at or now, now)
        yield Keep(replace(consultation, state="ended", reason="meeting_ended", ended_at=ended_at))
        yield Record(kind="consultation:ended", fields=(("reason", "meeting_ended"),))
    elif (
        consultation.reason in ("meeting_ended", "expired")
        and consultation.ended_at is not None
        and fact.at is not None
    ):
        consultation = replace(consultation, ended_at=max(consultation.ended_at, min(fact.at, now)))
        yield Keep(consultation)
    yield from after_the_end(consultation.ended_at or now, now, state)


def after_the_end(ended_at: datetime, now: datetime, state: State) -> Iterator[Decision]:
    """What the end of a meeting brings: a last look for what was missed, the chat's deletion, the retention times."""
    yield Owe(kind="reconcile", key="reconcile", again=True)
    yield chat_deletion.later(now, state)
    yield from fall_due(ended_at, state.terms)


def closed(fact: CardPressed, state: State, now: datetime) -> Iterator[Decision]:
    """The advisor closes the consultation from the status card."""
    if fact.card != "advisor_status" or fact.verb != "close":
        return
    if not is_advisor(fact, state):
        yield Answer(refused="not_yours", forbidden=True)
        return
    consultation = state.consultation
    if consultation is None or consultation.state != "open":
        yield Answer(card="advisor_status", refused="ended")
        return
    yield Keep(replace(consultation, state="ended", reason="closed", ended_at=now))
    yield Record(kind="consultation:ended", fields=(("reason", "closed"),))
    yield Owe(kind="post_ended", key=f"ended:closed:{int(now.timestamp())}", about=(("receipt", "none"),))
    yield from after_the_end(now, now, state)
    yield Answer(card="advisor_status")


RULES = (((MeetingEnded,), meeting_ended), ((CardPressed,), closed))
