"""Booking, installation, meeting options: requests to Graph that may be repeated without harm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.effects.context import Context, meeting_place
from bot.ledger import Done, Effect, Moot
from bot.policy.rules.guard import still_readable
from bot.ports import Duty, Gone, Subscription
from bot.texts import mails

AT_ONCE = timedelta(seconds=5)
"""A subscription that was owed longer ago than this was long in coming, however often it was owed anew meanwhile."""


@dataclass(frozen=True, slots=True)
class Meetings:
    """Effects on calendar, meeting and installation."""

    at: Context

    async def book_event(self, duty: Duty) -> Done:
        """Make the calendar event with its Teams link (R7). The customer is no attendee: the mail is ours."""
        state = await self.at.desk.look(duty.conversation)
        booking = state.appointment
        if booking is None or booking.cancelled_at is not None:
            raise Moot("cancelled")
        subject, body = mails.event_texts(self.at.profile, booking.language, booking.advisor_name)
        made = await self.at.graph.book(
            booking.advisor,
            subject=subject,
            starts=booking.starts_at,
            ends=booking.ends_at,
            attendee=None,
            body_html=body,
        )
        return Done(
            (
                ("event", made.event),
                ("join_url", made.join_url),
                ("online_meeting", made.online_meeting),
                ("chat", made.chat),
            )
        )

    async def cancel_event(self, duty: Duty) -> Done:
        """Take an appointment out of the calendar; gone already is as good."""
        try:
            await self.at.graph.cancel_event(duty.of("advisor") or "", duty.of("event") or "")
        except Gone:
            return Done()
        return Done()

    async def install_chat(self, duty: Duty) -> Done:
        """Add the app to the meeting chat."""
        await self.at.graph.install_in_chat(duty.of("chat") or "")
        return Done()

    async def install_personal(self, duty: Duty) -> Done:
        """Install the app for the advisor, so that the 1:1 chat exists (decision 9)."""
        await self.at.graph.install_for(duty.of("user") or "")
        return Done()

    async def forbid_recording(self, duty: Duty) -> Done:
        """Recording and transcription off in the meeting's options (5.5)."""
        organizer, meeting = duty.of("organizer"), duty.of("meeting")
        if not organizer or not meeting:
            raise Moot("meeting_unknown")
        await self.at.graph.forbid_recording(organizer, meeting)
        return Done()

    async def switch_off(self, duty: Duty) -> Done:
        """The same while one is running; whether that ends it is told by the next system message only."""
        _, consultation = await self.at.open(duty)
        organizer = duty.of("organizer") or consultation.organizer
        meeting = duty.of("meeting") or consultation.online_meeting
        if not organizer or not meeting:
            raise Gone("meeting_unknown")
        await self.at.graph.forbid_recording(organizer, meeting)
        return Done()

    async def pause_chat(self, duty: Duty) -> Done:
        """Close the meeting chat for attendees, while there is a secret that they could read."""
        state = await self.at.desk.look(duty.conversation)
        if not state.is_open or not still_readable(state):
            raise Moot("dealt_with")
        await self.at.graph.set_chat(duty.of("organizer") or "", duty.of("meeting") or "", allowed=False)
        return Done()

    async def resume_chat(self, duty: Duty) -> Done:
        """Open it again."""
        await self.at.graph.set_chat(duty.of("organizer") or "", duty.of("meeting") or "", allowed=True)
        return Done()

    async def look_up_meeting(self, duty: Duty) -> Done:
        """Organizer and online meeting of a chat (2.2)."""
        _, consultation = await self.at.open(duty)
        meeting, organizer = await self.at.chat.meeting(meeting_place(consultation), duty.of("meeting") or "")
        return Done((("online_meeting", meeting or ""), ("organizer", organizer or "")))

    async def open_chat(self, duty: Duty) -> Done:
        """The advisor's 1:1 chat; creating it again gives the same one."""
        _, consultation = await self.at.open(duty)
        person = duty.of("person") or ""
        chat = await self.at.chat.open_personal(consultation.service_url, consultation.tenant, person)
        return Done((("chat", chat),))

    async def delete_chat(self, duty: Duty) -> Done:
        """Delete the whole chat: soft, restorable for seven days (4). Not there is done only where an earlier request
        may have been carried out: a chat the app may not see looks the same. What is open again is not deleted under
        the people in it."""
        if (await self.at.desk.look(duty.conversation)).is_open:
            raise Moot("superseded")
        try:
            await self.at.graph.delete_chat(duty.conversation)
        except Gone:
            if not duty.uncertain and duty.of("maybe_done") is None:
                raise
        return Done()

    async def subscribe(self, duty: Duty) -> Done:
        """Open the second ear, and remember it."""
        _, consultation = await self.at.open(duty)
        known = await self.at.books.subscription_of(consultation.conversation)
        if known is not None and (self.at.lasting_key or self.at.own_subscriptions.get(duty.conversation) == known[0]):
            return await self.renew(duty)
        if known is not None:
            await self.at.graph.unsubscribe(known[0])  # it encrypts for the key of a process that is gone
        made = await self.at.graph.subscribe(consultation.conversation)
        # Whoever owes a subscription owes a reading with it; what was written while it could not be had came later.
        late = duty.tries > 0 or self.at.clock() - duty.created_at > AT_ONCE
        return await self._kept(consultation.conversation, made, gap=late)

    async def _kept(self, conversation: str, made: Subscription, *, gap: bool) -> Done:
        """Remember the subscription. `gap`: something was written, perhaps, that neither the one before nor it told."""
        self.at.own_subscriptions[conversation] = made.id
        await self.at.books.keep_subscription(conversation, made.id, made.expires)
        return Done((("expires", made.expires.isoformat()), *((("gap", "yes"),) if gap else ())))

    async def renew(self, duty: Duty) -> Done:
        """Move the expiry on; a subscription that is gone is made anew, unless all is over and it was closed."""
        state, consultation = await self.at.open(duty)
        known = await self.at.books.subscription_of(consultation.conversation)
        if known is None and not state.is_open:
            raise Moot("over")
        gap = False
        try:
            if known is None:
                raise Gone("no_subscription")
            made = await self.at.graph.renew(known[0])
        except Gone:
            made, gap = await self.at.graph.subscribe(consultation.conversation), True
        return await self._kept(consultation.conversation, made, gap=gap)

    async def unsubscribe(self, duty: Duty) -> Done:
        """Close the second ear, unless the meeting is held again. Which one it was may have been erased meanwhile."""
        if (await self.at.desk.look(duty.conversation)).is_open:
            raise Moot("open_again")
        known = await self.at.books.subscription_of(duty.conversation)
        ear = known[0] if known is not None else self.at.own_subscriptions.get(duty.conversation)
        if ear is not None:
            await self.at.graph.unsubscribe(ear)
        self.at.own_subscriptions.pop(duty.conversation, None)
        return Done()


def effects(context: Context) -> dict[str, Effect]:
    """The effects of this file by kind."""
    do = Meetings(context)
    return {
        "book_event": do.book_event,
        "cancel_event": do.cancel_event,
        "install_chat": do.install_chat,
        "install_personal": do.install_personal,
        "forbid_recording": do.forbid_recording,
        "switch_off": do.switch_off,
        "pause_chat": do.pause_chat,
        "resume_chat": do.resume_chat,
        "look_up_meeting": do.look_up_meeting,
        "open_chat": do.open_chat,
        "delete_chat": do.delete_chat,
        "subscribe": do.subscribe,
        "renew": do.renew,
        "unsubscribe": do.unsubscribe,
    }
