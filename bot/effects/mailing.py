"""Mails with a one-time code, and the erasure that follows a withdrawal or the end of the retention time."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.bounded import Bounded
from bot.effects.context import Context, by_ref
from bot.ledger import Done, Effect, Moot
from bot.policy.rules.withdrawal import is_meant
from bot.policy.state import Appointment
from bot.ports import Duty, PlatformError
from bot.presenting import RECEIPT
from bot.texts import mails
from cards.session_ended.card import receipt_lines

log = logging.getLogger(__name__)

AFTER_THE_END = timedelta(hours=12)
"""A code stays valid a little beyond the booked end: consultations begin late."""

RECEIPT_WITHIN = timedelta(hours=1)
RECEIPTS_KEPT = 100
"""For how long, and for how many, an address is remembered while an erasure is being finished."""


@dataclass(frozen=True, slots=True)
class Mailing:
    """Effects on mails and on what we hold. `receipts`: whom a receipt is owed once the bytes of their data are gone
    too; in memory only, since the rows may be erased already when that has to be asked for again."""

    at: Context
    receipts: Bounded[tuple[str, str], tuple[datetime, Appointment]] = field(
        default_factory=lambda: Bounded(RECEIPTS_KEPT), repr=False
    )

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
            if duty.of("mail") == "confirmation" and booking.codes_sent:
                raise Moot("superseded")  # long in coming: the customer has asked for another meanwhile, which counts
            latest = booking.ends_at + AFTER_THE_END
            expires = latest if duty.of("mail") == "confirmation" else min(now + state.terms.code_valid_for, latest)
            digest = self.at.digest(code)
            booking = replace(booking, code_digest=digest, code_expires_at=expires, code_spent_at=None)
            await page.keep(booking)
        mail = self._code_mail(booking, code, expires, now, first=duty.of("mail") == "confirmation")
        to = booking.customer_email
        await self.at.graph.send_mail(to, subject=mail.subject, html=mail.html, attachments=mail.attachments)
        return Done()

    def _code_mail(
        self, booking: Appointment, code: str, until: datetime, now: datetime, *, first: bool
    ) -> mails.MailText:
        profile, base_url = self.at.profile, self.at.presenter.base_url
        if not first:
            return mails.new_code(
                profile,
                booking.language,
                customer=booking.customer_name,
                code=code,
                code_until=until,
                base_url=base_url,
            )
        about = mails.Booking(
            ref=booking.ref,
            customer=booking.customer_name,
            advisor=booking.advisor_name,
            starts=booking.starts_at,
            ends=booking.ends_at,
            join_url=booking.join_url or "",
        )
        return mails.confirmation(
            profile, booking.language, about, code=code, code_until=until, base_url=base_url, now=now
        )

    async def erase(self, duty: Duty) -> Done:
        """Erase what we hold of a person, or of the whole consultation (R69, R71, R73, R77)."""
        state = await self.at.desk.look(duty.conversation)
        everything = duty.of("scope") == "retention"
        if everything and state.is_open:
            raise Moot("open_again")  # its time is counted anew from the next end
        whole_side = everything or (duty.of("scope") == "session" and duty.of("booking") == "yes")
        people: tuple[str, ...] | None = None
        if not whole_side:
            named = [by_ref(state, duty.of("ref"))] if duty.of("scope") == "person" else state.people.values()
            people = tuple(p.person for p in named if p is not None and p.outside and p.erased_at is None)
            meant = any(is_meant(p, duty.created_at) for p in named if p is not None and p.person in people)
            if not meant and not duty.uncertain:  # erased by another, or consented anew: no table is rewritten for it
                return Done()
        owed_at = None if everything else duty.created_at
        self._forget_addresses()
        place, booking = (duty.conversation, duty.key), state.appointment
        if whole_side and not everything and booking is not None and booking.customer_email:
            self.receipts[place] = self.at.clock(), booking
        counts = await self.at.erase(duty.conversation, people, everything, self.at.clock(), owed_at)
        if (kept := self.receipts.pop(place, None)) is not None:
            await self._receipt(kept[1])
        return Done(tuple((name, str(count)) for name, count in counts.items()))

    def _forget_addresses(self) -> None:
        """Another replica may have finished what this one began: then it is not for this one to say so."""
        now = self.at.clock()
        for place in [place for place, (since, _) in self.receipts.items() if abs(now - since) > RECEIPT_WITHIN]:
            del self.receipts[place]

    async def _receipt(self, booking: Appointment) -> None:
        """The receipt by mail, from memory only: the address is erased already, so it is tried once (R67, R72)."""
        mail = mails.withdrawal(
            self.at.profile,
            booking.language,
            customer=booking.customer_name,
            received=self.at.clock(),
            receipt=receipt_lines(RECEIPT, booking.language),
            base_url=self.at.presenter.base_url,
        )
        try:
            await self.at.graph.send_mail(booking.customer_email, subject=mail.subject, html=mail.html)
        except PlatformError as error:
            log.warning("receipt not mailed: %s", error)


def effects(context: Context) -> dict[str, Effect]:
    """The effects of this file by kind."""
    do = Mailing(context)
    return {"send_code": do.send_code, "erase": do.erase}
