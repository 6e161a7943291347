"""Cards and answers say what happened to whom, and promise nothing that was not done (decision 4)."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from bot.booking import Booking, book

from .fakes import ERIKA, NOW, OTTO, House

CANCELLED = "Weitere gebuchte Termine entfallen."


@pytest.fixture
async def booked(empty: House) -> House:
    """A booked consultation, its advisor and Erika in it; Erika has consented."""
    booking = Booking(
        customer_name="Erika Beispiel",
        customer_email="erika@example.org",
        advisor="aad-petra",
        advisor_name="Petra Berater",
        starts_at=NOW + timedelta(minutes=5),
    )
    await book(booking, empty.inbox, b"k" * 32, NOW)
    await empty.rest()
    await empty.open()
    await empty.join()
    await empty.press(ERIKA, "welcome", "accept")
    return empty


def ended(at: House) -> str:
    """The card that says that the consultation is over."""
    (activity,) = at.cards("session_ended")
    return json.dumps(at.platform.cards[activity][2], ensure_ascii=False)


@pytest.mark.parametrize("signed_in", [True, False])
async def test_appointments_are_said_to_be_cancelled_only_where_they_are(booked: House, signed_in: bool) -> None:
    """Whose appointments a guest has who was not signed in, nobody knows: none is cancelled, nor said to be."""
    if signed_in:
        await booked.say(f"CODE {booked.codes[-1]}")
    await booked.say("WIDERRUF", "1002")
    state = await booked.state()
    cancelled = state.appointment is None or state.appointment.cancelled_at is not None
    assert (cancelled, CANCELLED in ended(booked)) == (signed_in, signed_in)


async def test_who_withdraws_beside_the_customer_is_told_of_themselves(booked: House) -> None:
    """The customer's consultation goes on, so that it is over for whoever withdrew, and for nobody else."""
    await booked.say(f"CODE {booked.codes[-1]}")
    await booked.join(OTTO)
    await booked.press(OTTO, "welcome", "accept")
    shown = await booked.press(OTTO, "welcome", "withdraw")
    assert (await booked.state()).is_open
    said = json.dumps(shown.card, ensure_ascii=False)
    assert "Die Videoberatung ist damit für Sie beendet." in said
    await booked.join(OTTO)
    await booked.say("EINWILLIGUNG NEIN", "1003", OTTO)
    assert "Hier findet mit Ihnen keine Beratung statt." in booked.platform.texts[-1]
