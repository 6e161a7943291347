"""The flag of a recording or transcript: to everybody, to the advisor, and at last to the officer (R24-R28)."""

from __future__ import annotations

from dataclasses import dataclass

from bot.effects.cards_in_chat import posted
from bot.effects.context import Context, meeting_place
from bot.ledger import Done, Effect, Missed, Moot
from bot.policy.state import Recording, State
from bot.ports import Duty, Gone, Place
from bot.texts import mails


@dataclass(frozen=True, slots=True)
class Notices:
    """Effects about recordings."""

    at: Context

    async def post_flag(self, duty: Duty) -> Done:
        """Tell everybody in the meeting."""
        state, consultation = await self.at.open(duty)
        place = meeting_place(consultation)
        card = self.at.presenter.recording_flag(state, recording_of(duty, state))
        return posted(place, await self.at.post_once(duty, place, "recording_flag", card))

    async def redraw_flag(self, duty: Duty) -> Done:
        """Say in the same card what is confirmed now."""
        state, consultation = await self.at.open(duty)
        recording = recording_of(duty, state)
        place = meeting_place(consultation)
        card = self.at.presenter.recording_flag(state, recording)
        flags = [
            c
            for c in state.cards.values()
            if c.kind == "recording_flag" and c.chat == place.conversation and c.posted_at >= recording.started_at
        ]
        if not flags:
            raise Moot("no_flag")
        flag = min(flags, key=lambda c: (c.posted_at, c.activity))
        try:
            await self.at.chat.update_card(place, flag.activity, "recording_flag", card)
        except Gone:
            raise Moot("flag_gone") from None
        return Done()

    async def ask_advisor(self, duty: Duty) -> Done:
        """Ask the advisor, in the 1:1 chat, to stop it by hand."""
        state, consultation = await self.at.open(duty)
        recording = recording_of(duty, state)
        if recording.stopped_at is not None:
            raise Moot("stopped")
        if consultation.advisor_chat is None:
            raise Missed("no_advisor_chat")
        place = Place(consultation.service_url, consultation.advisor_chat)
        card = self.at.presenter.recording_flag(state, recording, still_running=True)
        return posted(place, await self.at.post_once(duty, place, "recording_flag", card))

    async def escalate(self, duty: Duty) -> Done:
        """Tell the data-protection officer by mail: which consultation, since when, never what was said."""
        state, consultation = await self.at.open(duty)
        recording = recording_of(duty, state)
        if recording.stopped_at is not None:
            raise Moot("stopped")
        profile = self.at.profile
        mail = mails.escalation(profile, ref=consultation.ref, kind=recording.kind, since=recording.started_at)
        to = profile.data_protection_officer.email
        await self.at.graph.send_mail(to, subject=mail.subject, html=mail.html)
        return Done()


def recording_of(duty: Duty, state: State) -> Recording:
    """The recording a duty is about."""
    for recording in state.recordings:
        if recording.kind == duty.of("kind") and recording.call == duty.of("call"):
            return recording
    raise Moot("no_recording")


def effects(context: Context) -> dict[str, Effect]:
    """The effects of this file by kind."""
    do = Notices(context)
    return {
        "post_flag": do.post_flag,
        "redraw_flag": do.redraw_flag,
        "ask_advisor": do.ask_advisor,
        "escalate": do.escalate,
    }
