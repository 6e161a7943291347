"""Consent to the consultation (R15, R65): asked of each person, given or declined on the card or in the chat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from bot.policy.decisions import Answer, Decision, Keep, Owe, Record
from bot.policy.facts import CardPressed, CommandTyped
from bot.policy.rules.hearing import listen
from bot.policy.rules.people import CLOCKS_DIFFER
from bot.policy.state import Participant, State

ANSWER_EVERY = timedelta(seconds=2)
"""Nobody types the same command sooner; as many answers a minute are far from the limit of 120 activities."""


def accept(participant: Participant, by: str, state: State, now: datetime) -> Iterator[Decision]:
    """Consent is given: keep the proof (Art. 7(1) GDPR), then ask the person to sign in (R16).

    Giving consent again after a withdrawal opens the consultation anew (R68).
    """
    consultation = state.consultation
    if consultation is None:
        return
    if consultation.state == "ended":
        if consultation.reason != "withdrawn" or consultation.ended_at is None:
            yield Answer(card="welcome", refused="ended")
            return
        # Nothing of what was written while it was withdrawn is scanned, whoever brings it later.
        again = replace(consultation, state="open", reason=None, ended_at=None, scanned_from=now - CLOCKS_DIFFER)
        yield Keep(again)
        yield from listen(now)
        for other in state.people.values():
            if other.erased_at is not None and other.present:  # who is still there is known by what they do from now on
                yield Keep(replace(other, present=False, left_at=now))
    if participant.consented_at is None or participant.withdrawn_at is not None:
        participant = replace(participant, consented_at=now, declined_at=None, withdrawn_at=None)
        yield Keep(participant)
        fields = (
            ("ref", participant.ref),
            ("notice", consultation.notice_version),
            ("terms", consultation.terms_version),
            ("by", by),
        )
        yield Record(kind="consent:given", fields=fields)
        yield from ask_to_sign_in(participant, state, now)
    yield Answer(card="welcome", state="accepted")


def ask_to_sign_in(participant: Participant, state: State, now: datetime) -> Iterator[Decision]:
    """Post the sign-in card of this person; a code that is spent or expired is replaced by a new one on its way."""
    booking = state.appointment
    if booking is None or booking.cancelled_at is not None or participant.authenticated_at is not None:
        return
    about = (("ref", participant.ref),)
    yield Owe(kind="post_sign_in", key=f"sign_in:{participant.ref}:{int(now.timestamp())}", about=about)
    expired = booking.code_expires_at is not None and booking.code_expires_at <= now
    if state.authenticated() is None and (booking.code_spent_at is not None or expired):
        yield from new_code(state)


def new_code(state: State) -> Iterator[Decision]:
    """Owe another code by mail, as often as the profile allows."""
    booking = state.appointment
    if booking is not None and booking.locked_at is None and booking.codes_sent < state.terms.code_sends:
        about = (("appointment", booking.ref), ("mail", "new_code"))
        yield Owe(kind="send_code", key=f"code:{booking.codes_sent + 1}", about=about)


def decline(participant: Participant, state: State, now: datetime) -> Iterator[Decision]:
    """Refusing has no drawback and needs no reason (R15)."""
    if participant.declined_at is None:
        yield Keep(replace(participant, declined_at=now, consented_at=None, authenticated_at=None, how=None))
        yield Record(kind="consent:declined", fields=(("ref", participant.ref),))
    yield Answer(card="welcome", state="declined")


def pressed(fact: CardPressed, state: State, now: datetime) -> Iterator[Decision]:
    """Accept or decline on the welcome card: one public card that binds whoever presses it (decision 10)."""
    if fact.card != "welcome" or fact.verb not in ("accept", "decline"):
        return
    participant = state.people.get(fact.person.id)
    if participant is None or not participant.outside:
        yield Answer(refused="not_yours", forbidden=True)
    elif fact.verb == "accept":
        yield from accept(participant, "card", state, now)
    elif participant.consented_at is None:
        yield from decline(participant, state, now)


def typed(fact: CommandTyped, state: State, now: datetime) -> Iterator[Decision]:
    """The same in the chat, for clients that cannot press (teams-platform 3.3)."""
    participant = state.people.get(fact.person.id)
    if participant is None or not participant.outside or fact.command not in ("accept", "decline"):
        return
    if fact.command == "accept" and not overtaken(fact, participant, state):
        ended = state.consultation is not None and state.consultation.reason in ("closed", "meeting_ended")
        yield from accept(participant, "chat", state, now)
        yield say("chat.ended" if ended else "chat.accepted", participant, now)
    elif fact.command == "decline" and participant.consented_at is None:
        yield from decline(participant, state, now)
        yield say("chat.declined", participant, now)


def overtaken(fact: CommandTyped, participant: Participant, state: State) -> bool:
    """Whether the words were written before a withdrawal, and delivered after it: the withdrawal stands. Who withdrew
    may be erased, so that the end of the consultation counts too."""
    known = state.consultation
    ended_at = known.ended_at if known is not None and known.reason == "withdrawn" else None
    return any(moment is not None and fact.modified < moment for moment in (participant.withdrawn_at, ended_at))


def say(text: str, participant: Participant | None, now: datetime) -> Owe:
    """Answer a command in the chat with one of our texts, named by its key; it names nobody. Whoever floods the chat
    with a command is not answered each time: warnings wait for our turn to speak, too (teams-platform 9.5)."""
    ref = participant.ref if participant is not None else "-"
    turn = int(now.timestamp() // ANSWER_EVERY.total_seconds())
    return Owe(kind="say", key=f"say:{text}:{ref}:{turn}", about=(("text", text),))


RULES = (((CardPressed,), pressed), ((CommandTyped,), typed))
