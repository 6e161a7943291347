"""An outage that outlasts all tries: what is readable is hidden and warned of after it, what is booked prepared."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.booking import Booking, book
from bot.ledger import MOST_TRIES
from bot.policy.decisions import Owe
from bot.policy.facts import MeetingEnded, MessageDeleted, RecordingSignalled
from bot.policy.outcome import attempts, outcome
from bot.ports import BookedMeeting, Refused, Unavailable

from .fakes import CHAT, IBAN, NOW, PETRA, House


async def test_a_message_is_hidden_after_an_outage_however_long(at: House) -> None:
    """Until then it is called what it is; the attempt that failed is told meanwhile."""
    at.platform.faults["hide"] = [Unavailable("unreachable")] * (MOST_TRIES + 1)
    await at.say(IBAN, "1", PETRA)
    await at.until(minutes=20)
    finding = (await at.state()).findings["1"]
    assert (outcome(finding), dict(attempts(finding))["hide"]) == ("warned", "failed")
    await at.until(minutes=30)
    assert outcome((await at.state()).findings["1"]) == "hidden"
    assert at.platform.messages["1"].hidden


@pytest.mark.parametrize("maybe_done", [False, True])
async def test_a_notice_is_posted_after_an_outage_unless_it_may_stand_there(at: House, maybe_done: bool) -> None:
    """At most one is promised; who was not asked is asked as soon as that is possible."""
    at.platform.targeted = False
    at.platform.faults["hide"] = [Refused("forbidden", 403)]
    at.platform.faults["messages_since"] = [Unavailable("unreachable")] * (2 * MOST_TRIES if maybe_done else 0)
    outage = [Unavailable("timed_out", maybe_done=maybe_done)]
    at.platform.lost["post:guard_notice"] = outage if maybe_done else []
    at.platform.faults["post:guard_notice"] = [] if maybe_done else outage * MOST_TRIES
    await at.say(IBAN, "1")
    await at.until(hours=1)
    assert len(at.cards("guard_notice")) == (1 if maybe_done else 2)  # without doubt it is confirmed, and reminded of
    assert outcome((await at.state()).findings["1"]) == ("failed" if maybe_done else "warned")


async def test_what_is_dealt_with_meanwhile_is_not_asked_for(at: House) -> None:
    """Its author deleted it during the pause."""
    at.platform.faults["hide"] = [Unavailable("unreachable")] * MOST_TRIES
    await at.say(IBAN, "1", PETRA)
    await at.until(minutes=20)
    asked = at.platform.calls.count("hide")
    await at.inbox.take(MessageDeleted(conversation=CHAT, key="", message="1", via="activity", at=at.clock()))
    await at.until(hours=1)
    finding = (await at.state()).findings["1"]
    assert at.platform.calls.count("hide") == asked
    assert (outcome(finding), dict(attempts(finding))["hide"]) == ("deleted by author", "failed")


async def test_a_secret_written_after_the_decision_on_the_chat_is_decided_on_too(at: House) -> None:
    """The meeting is over, nothing was readable, and the chat stayed: staff write in it, and it is looked at anew."""
    await at.inbox.take(MeetingEnded(conversation=CHAT, key="end"))
    await at.until(hours=1)
    assert not at.platform.chat_deleted
    at.platform.faults["hide"] = [Refused("forbidden", 403)]
    await at.say(IBAN, "1", PETRA)
    await at.until(hours=1)
    assert at.platform.chat_deleted
    assert outcome((await at.state()).findings["1"]) == "chat deleted"


async def test_a_pause_long_in_coming_closes_no_chat_in_which_nothing_is_readable(at: House) -> None:
    """The author deleted the message during the outage: people may go on writing, and the chat is closed for nobody."""
    async with at.books.page(CHAT) as page:
        about = (("organizer", "aad-petra"), ("meeting", "online-1"))
        await page.owe(Owe(kind="pause_chat", key="pause_chat:1:1", about=about), at.clock())
    await at.rest()
    assert "set_chat" not in at.platform.calls
    assert at.platform.chat_open


async def test_the_officer_is_told_after_an_outage_however_long(at: House) -> None:
    """A recording runs on: mail and meeting options were out of reach, and are asked for once they are not."""
    at.platform.faults["forbid_recording"] = [Unavailable("unreachable")] * (MOST_TRIES + 1)
    at.platform.faults["send_mail"] = [Unavailable("unreachable")] * (MOST_TRIES + 1)
    await at.inbox.take(RecordingSignalled(conversation=CHAT, key="r", kind="recording", event="started", call="c"))
    await at.until(hours=2)
    (recording,) = (await at.state()).recordings
    assert {"switched off", "advisor asked", "escalated"} <= set(recording.actions)
    assert len(at.platform.mails) == 1


BOOKING = Booking(
    customer_name="Erika", customer_email="erika@example.org", advisor="petra@lindenau.example", advisor_name="Petra",
    starts_at=NOW + timedelta(hours=2),
)  # fmt: skip


@pytest.mark.parametrize("call", ["book", "forbid_recording", "install_in_chat", "install_for", "send_mail"])
async def test_what_is_booked_is_prepared_after_an_outage_however_long(empty: House, call: str) -> None:
    """The customer gets one invitation, with the code that counts, into a chat that the app is in."""
    empty.platform.faults[call] = [Unavailable("unreachable")] * (MOST_TRIES + 1)
    ref = await book(BOOKING, empty.inbox, b"k" * 32, NOW)
    await empty.until(hours=1)
    booking = (await empty.desk.look(f"appointment:{ref}")).appointment
    assert booking is not None
    assert booking.confirmed_at is not None
    assert (booking.codes_sent, len(empty.platform.mails)) == (1, 1)
    assert booking.code_digest == empty.inbox.code_digest(empty.codes[-1])
    assert empty.platform.calls.count(call) == MOST_TRIES + 2
    assert not empty.platform.recording_allowed


async def test_nothing_is_prepared_for_an_appointment_that_is_over(empty: House) -> None:
    """The outage lasted longer than that: nobody is invited to what has been."""
    empty.platform.faults["book"] = [Unavailable("unreachable")] * 1000
    ref = await book(BOOKING, empty.inbox, b"k" * 32, NOW)
    await empty.until(hours=4)
    asked = empty.platform.calls.count("book")
    await empty.until(days=2)
    assert empty.platform.calls.count("book") == asked > 2 * MOST_TRIES
    assert (await empty.desk.look(f"appointment:{ref}")).appointment is not None
    assert empty.platform.mails == []


async def test_a_confirmation_long_in_coming_does_not_void_the_code_the_customer_has(empty: House) -> None:
    """In the meeting they asked for a code of their own: it goes on to count."""
    empty.platform.faults["send_mail"] = [Unavailable("unreachable")] * MOST_TRIES
    ref = await book(BOOKING, empty.inbox, b"k" * 32, NOW)
    await empty.until(minutes=20)
    await empty.open()
    async with empty.books.page(CHAT) as page:
        about = (("appointment", ref), ("mail", "new_code"))
        await page.owe(Owe(kind="send_code", key="code:1", about=about), empty.clock())
    await empty.until(hours=1)
    booking = (await empty.state()).appointment
    assert booking is not None
    assert (booking.codes_sent, len(empty.platform.mails)) == (1, 1)
    sent = [code for code in empty.codes if code in empty.platform.mails[0][1]]
    assert [booking.code_digest] == [empty.inbox.code_digest(code) for code in sent]


async def test_what_is_cancelled_while_it_is_being_booked_does_not_stay_in_the_calendar(empty: House) -> None:
    """The customer withdraws in an earlier consultation while the event is made; however long an outage lasts then."""
    made = empty.graph.book

    async def cancelled_meanwhile(advisor: str, **about: Any) -> BookedMeeting:
        meeting = await made(advisor, **about)
        async with empty.books.page(CHAT) as page:
            booking = (await empty.desk.look(f"appointment:{ref}")).appointment
            assert booking is not None
            await page.keep(replace(booking, cancelled_at=empty.clock()))
        return meeting

    empty.graph.book = cancelled_meanwhile  # type: ignore[method-assign]
    empty.platform.faults["cancel_event"] = [Unavailable("unreachable")] * (MOST_TRIES + 1)
    ref = await book(BOOKING, empty.inbox, b"k" * 32, NOW)
    await empty.until(hours=1)
    assert empty.platform.calls.count("book") == 1
    assert (empty.platform.events, empty.platform.mails) == (set(), [])
    assert "install_in_chat" not in empty.platform.calls
