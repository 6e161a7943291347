"""Mails with a one-time code, and the erasure that follows a withdrawal or the end of the retention time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from bot.effects.context import Context, by_ref
from bot.ledger import Done, Effect, Moot
from bot.mails import code_mail
from bot.ports import Duty

AFTER_THE_END = timedelta(hours=12)
"""A code stays valid a little beyond the booked end: consultations begin late."""


@dataclass(frozen=True, slots=True)
class Mailing:
    """Effects on mails and on what we hold."""

    at: Context

    async def send_code(self, duty: Duty) -> Done:
        """Draw a code, keep its keyed digest, then send it: the newest code mailed is the one that counts.

        A repetition after a lost answer draws a new code, so that a code that was never mailed is never valid.
        """
        code, now = self.at.make_code(), self.at.clock()
        async with self.at.books.page(duty.conversation) as page:
            state = await page.state(self.at.desk.terms)
            booking = state.appointment
            if booking is None or booking.cancelled_at is not None or booking.join_url is None:
                raise Moot("cancelled")
            latest = booking.ends_at + AFTER_THE_END
            expires = latest if duty.of("mail") == "confirmation" else min(now + state.terms.code_valid_for, latest)
            digest = self.at.digest(code)
            booking = replace(booking, code_digest=digest, code_expires_at=expires, code_spent_at=None)
            await page.keep(booking)
        mail = code_mail(self.at.profile, self.at.presenter.base_url, booking, code, duty.of("mail") or "new_code")
        await self.at.graph.send_mail(mail.to, subject=mail.subject, html=mail.html, attachments=mail.attachments)
        return Done()

    async def erase(self, duty: Duty) -> Done:
        """Erase what we hold of a person, or of the whole consultation (R69, R71, R73, R77)."""
        state = await self.at.desk.look(duty.conversation)
        people: tuple[str, ...] | None = None
        if duty.of("scope") == "person":
            person = by_ref(state, duty.of("ref"))
            people = (person.person,) if person is not None else ()
        elif duty.of("scope") == "session":
            people = tuple(p.person for p in state.people.values() if p.outside)
        counts = await self.at.erase(duty.conversation, people, duty.of("booking") == "yes", self.at.clock())
        return Done(tuple((name, str(count)) for name, count in counts.items()))


def effects(context: Context) -> dict[str, Effect]:
    """The effects of this file by kind."""
    do = Mailing(context)
    return {"send_code": do.send_code, "erase": do.erase}
