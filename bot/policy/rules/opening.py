"""The app enters a meeting chat: open the consultation, learn the meeting, forbid recording, open both ears."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from bot.policy.decisions import Decision, Drop, Keep, Owe, Record
from bot.policy.facts import AppAdded, AppRemoved, Attempted, MeetingEnded, MeetingStarted
from bot.policy.rules.hearing import listen
from bot.policy.rules.people import welcome
from bot.policy.state import Consultation, Refusal, State


def consultation_ref(conversation: str) -> str:
    """Our own short name of a consultation: a digest of the chat id, which names no person."""
    return "c-" + hashlib.sha256(conversation.encode()).hexdigest()[:10]


def app_added(fact: AppAdded, state: State, now: datetime) -> Iterator[Decision]:
    """Open the consultation, or take it up again where the app was removed and added (teams-platform 1.1)."""
    known, booking = state.consultation, state.appointment
    adder = fact.by.aad if fact.by is not None and fact.by.kind == "tenant" else None
    if known is None:
        yield Keep(
            Consultation(
                conversation=fact.conversation,
                ref=consultation_ref(fact.conversation),
                tenant=fact.tenant,
                service_url=fact.service_url,
                bot_id=fact.bot_id,
                meeting=fact.meeting,
                opened_at=now,
                language=booking.language if booking else state.terms.language,
                terms_version=state.terms.terms_version,
                notice_version=state.terms.notice_version,
                appointment=booking.ref if booking else None,
                advisor=booking.advisor if booking else adder,
                online_meeting=booking.online_meeting if booking else None,
                organizer=booking.advisor if booking else None,
            )
        )
        yield Record(kind="consultation:opened", fields=(("ref", consultation_ref(fact.conversation)),))
        advisor = booking.advisor if booking else adder
    else:
        yield Keep(
            replace(
                known,
                app_present=True,
                service_url=fact.service_url,
                bot_id=fact.bot_id,
                meeting=fact.meeting or known.meeting,
                advisor=known.advisor or adder,
                hearing="unknown" if known.hearing in ("deaf", "unreachable") else known.hearing,
            )
        )
        advisor = known.advisor or adder
    yield Record(kind="app:added")
    if known is not None and known.state == "ended":
        return
    if fact.meeting:
        yield Owe(kind="look_up_meeting", key="look_up_meeting", about=(("meeting", fact.meeting),), again=True)
    yield from listen(now)
    if known is not None and not known.app_present:  # what was written meanwhile was missed
        yield Owe(kind="reconcile", key="reconcile", again=True)
    if advisor:
        yield Owe(kind="install_personal", key="install_personal", about=(("user", advisor),))


def app_removed(fact: AppRemoved, state: State, now: datetime) -> Iterator[Decision]:
    """Without the app nothing can be heard or posted: the advisor sees it, the trail keeps it."""
    if state.consultation is None or not state.consultation.app_present:
        return
    yield Keep(replace(state.consultation, app_present=False, hearing="deaf"))
    yield Record(kind="app:removed")
    yield Record(kind="hearing:deaf", fields=(("reason", "app_removed"),))


def open_again(known: Consultation) -> Consultation:
    """The consultation of a meeting held again: which ear carries what guests write is not known of this one yet."""
    hearing = "unknown" if known.app_present else known.hearing
    return replace(known, state="open", reason=None, ended_at=None, hearing=hearing)


def begin_anew(state: State, now: datetime) -> Iterator[Decision]:
    """Ask anew and listen again; what was written in between is read back."""
    yield from ask_anew(state)
    yield from listen(now)
    yield Owe(kind="reconcile", key="reconcile", again=True)


def ask_anew(state: State) -> Iterator[Decision]:
    """A meeting that is held again in the same chat is the next consultation for what the platform refused in the last
    one: licences, policies and people may be others by then, so everything is asked for once more.

    What people decided and did in this chat (consent, findings, recordings) goes on: one chat, one trail. Consent given
    again after a withdrawal (R68) opens the same meeting, in which what was refused stays refused.
    """
    for rung, sender in sorted(state.refusals):
        if state.consultation is not None:
            yield Drop(Refusal(conversation=state.consultation.conversation, rung=rung, sender=sender))


def is_of_an_earlier_meeting(fact: MeetingEnded, state: State) -> bool:
    """Whether the end is older than the start of the meeting that is under way, by the platform's own times."""
    known = state.consultation
    if known is None or known.state != "open" or fact.at is None or known.started_at is None:
        return False
    return fact.at < known.started_at


def meeting_started(fact: MeetingStarted, state: State, now: datetime) -> Iterator[Decision]:
    """Note the start; what had merely ended is open again when somebody starts it anew, and so is what the advisor
    closed if the start is certain to be that of another meeting. A start that is told after the end it came before
    says nothing any more."""
    known = state.consultation
    if known is None or (known.ended_at is not None and fact.at is not None and fact.at <= known.ended_at):
        return
    another = known.reason == "closed" and fact.at is not None
    if known.state == "ended" and (another or known.reason in ("meeting_ended", "expired")):
        known = open_again(replace(known, scanned_from=fact.at) if another else known)
        yield from begin_anew(state, now)
        for participant in state.outsiders():  # who joined before this was told has seen no welcome yet
            if participant.consented_at is None:
                yield welcome(participant, now)
    if known.state == "open":
        started = max(fact.at or now, known.started_at or fact.at or now)  # that of the last meeting
        yield Keep(replace(known, started_at=started, meeting=known.meeting or fact.meeting))
        if fact.meeting and not (known.online_meeting and known.organizer):  # erased with the time before
            yield Owe(kind="look_up_meeting", key="look_up_meeting", about=(("meeting", fact.meeting),), again=True)


def meeting_learned(fact: Attempted, state: State, now: datetime) -> Iterator[Decision]:
    """Organizer and online meeting are known: recording and transcription are switched off in advance (R24)."""
    known = state.consultation
    if fact.kind != "look_up_meeting" or fact.result != "done" or known is None:
        return
    organizer, meeting = fact.learned("organizer"), fact.learned("online_meeting")
    if not organizer or not meeting:
        return
    # Booked by user principal name: the event stands in the advisor's own calendar, so the organizer's id is theirs.
    by_name = known.advisor is None or "@" in known.advisor
    after = replace(
        known,
        organizer=organizer,
        online_meeting=meeting,
        advisor=organizer.lower() if by_name else known.advisor,
    )
    there = next(
        (p for p in state.people.values() if by_name and p.role == "colleague" and p.aad == after.advisor), None
    )
    if there is not None:
        after = replace(after, advisor_person=there.person)
        yield Keep(replace(there, role="advisor"))
        yield Owe(kind="open_chat", key="open_chat", about=(("person", there.person),), again=True)
    yield Keep(after)
    about = (("organizer", organizer), ("meeting", meeting), ("chat", fact.conversation))
    yield Owe(kind="forbid_recording", key="forbid:opening", about=about)
    if known.advisor is None:
        yield Owe(kind="install_personal", key="install_personal", about=(("user", organizer),))


RULES = (
    ((AppAdded,), app_added),
    ((AppRemoved,), app_removed),
    ((MeetingStarted,), meeting_started),
    ((Attempted,), meeting_learned),
)
