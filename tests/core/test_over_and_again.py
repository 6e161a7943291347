"""What the end of a consultation brings is under way, or done, when somebody goes on in its chat."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.booking import Booking, book
from bot.policy.decisions import Owe
from bot.policy.facts import CardPressed, HearingLost, MeetingEnded, MeetingStarted
from bot.policy.outcome import outcome
from bot.ports import BooksError, HeardText, Refused, Throttled

from .fakes import CHAT, ERIKA, IBAN, OTTO, PERSONAL, PETRA, House, Said


async def end(at: House, key: str = "end") -> None:
    """The meeting ends."""
    await at.inbox.take(MeetingEnded(conversation=CHAT, key=key))
    await at.rest()


async def again(at: House) -> None:
    """It is held again."""
    await at.inbox.take(MeetingStarted(conversation=CHAT, key="again"))
    await at.join(OTTO)


def bytes_stay(at: House, times: int) -> None:
    """The rows are erased, but their bytes cannot be removed yet, so that the erasure is asked for again."""
    erase, left = at.context.erase, [None] * times

    async def failing(
        chat: str, people: tuple[str, ...] | None, everything: bool, now: datetime, owed_at: datetime | None
    ) -> dict[str, int]:
        counts = await erase(chat, people, everything, now, owed_at)
        if left:
            left.pop()
            raise BooksError("busy")
        return counts

    object.__setattr__(at.context, "erase", failing)


async def test_an_erasure_at_the_end_of_its_time_leaves_a_meeting_held_again_alone(at: House) -> None:
    """It could not be finished before somebody came: who is there now is not erased."""
    await end(at)
    bytes_stay(at, 3)
    await at.until(days=30)
    await again(at)
    await at.until(minutes=5)
    state = await at.state()
    assert state.people[OTTO.id].present
    assert state.consultation is not None
    assert state.consultation.advisor is not None


@pytest.mark.parametrize("kind", ["erase_findings", "purge", "unsubscribe"])
async def test_what_the_end_of_a_time_brings_is_not_done_to_a_meeting_held_again(at: House, kind: str) -> None:
    """It was still owed when somebody came: findings, trail and second ear of what is open stay."""
    await at.say(IBAN, "1")
    async with at.books.page(CHAT) as page:
        await page.owe(Owe(kind=kind, key=kind), at.clock())
    await at.rest()
    results = [fields["result"] for what, name, fields in at.watched if (what, name) == ("outcome", kind)]
    assert results == ["skipped"]
    state = await at.state()
    assert state.is_open
    assert list(state.findings) == ["1"]
    assert at.platform.subscriptions
    assert await at.books.subscription_of(CHAT) is not None


async def test_the_second_ear_is_closed_although_the_erasure_came_first(at: House) -> None:
    """Graph had no time for it: what is known of the ear is erased meanwhile, and it is closed all the same."""
    await end(at)
    await at.until(days=29)
    at.platform.faults["unsubscribe"] = [Throttled("throttled", 429, 1200)]
    await at.until(days=1, hours=1)
    assert await at.books.subscription_of(CHAT) is None
    assert not at.platform.subscriptions


async def test_who_withdraws_again_and_again_does_not_keep_every_table_busy(at: House) -> None:
    """Removing the bytes rewrites whole tables: after a few times in an hour an erasure waits, what waits is one, and
    in the end nobody's name is left."""
    erase, done = at.context.erase, []

    async def counted(*about: Any) -> dict[str, int]:
        done.append(at.clock())
        return await erase(*about)

    object.__setattr__(at.context, "erase", counted)
    for _ in range(20):
        await at.press(ERIKA, "welcome", "accept")
        await at.press(ERIKA, "welcome", "withdraw")
        at.clock.forward(seconds=10)
    assert len(done) == 3
    await at.until(hours=2)
    assert len(done) < 6
    assert [p.name for p in (await at.state()).people.values() if p.name] == ["Petra"]


async def test_who_floods_the_chat_with_commands_keeps_no_warning_waiting(at: House) -> None:
    """They are answered at human speed at most, so that there is room to speak to somebody else."""
    at.platform.faults["hide"] = [Refused("forbidden", 403)]
    for n in range(300):
        await at.say("WIDERRUF", f"{n}", rest=False)
    await at.say(IBAN, "x", PETRA, rest=False)
    await at.until(seconds=10)
    assert len(at.platform.texts) == 1
    assert len(at.cards("guard_notice")) == 1


@pytest.mark.parametrize("seconds", [-2, 2])
async def test_a_chat_is_not_called_restored_for_a_difference_of_clocks(at: House, seconds: int) -> None:
    """A message written just before the chat was deleted is delivered after it."""
    at.platform.faults["hide"] = [Refused("forbidden", 403)]
    await at.say(IBAN, "1")
    await end(at)
    await at.until(hours=1)
    deleted_at = (await at.state()).consultation.chat_deleted_at  # type: ignore[union-attr]
    assert deleted_at is not None
    said = HeardText(
        conversation=CHAT, message="2", person=PETRA, event="new", via="activity",
        modified=deleted_at + timedelta(seconds=seconds), text="Guten Tag",
    )  # fmt: skip
    await at.inbox.hear(said)
    assert outcome((await at.state()).findings["1"]) == "chat deleted"


async def test_the_receipt_is_mailed_although_the_bytes_could_not_be_removed_at_once(empty: House) -> None:
    """Once, and only when they are gone; the address is in memory until then, and not afterwards."""
    at = empty
    booking = Booking(
        customer_name="Erika", customer_email="erika@example.org", advisor="aad-petra", advisor_name="Petra",
        starts_at=at.clock(),
    )  # fmt: skip
    await book(booking, at.inbox, b"k" * 32, at.clock())
    await at.rest()
    await at.open()
    await at.join()
    await at.press(ERIKA, "welcome", "accept")
    await at.press(ERIKA, "sign_in", "submit", code=at.codes[-1], ref=(await at.state()).people[ERIKA.id].ref)
    before = len(at.platform.mails)
    bytes_stay(at, 3)
    withdrawn = CardPressed(
        conversation=CHAT, key="w", person=ERIKA, chat=CHAT, activity="none", card="welcome", verb="withdraw"
    )
    await at.inbox.take(withdrawn)
    await at.ledger.at_rest()
    known = (await at.state()).appointment
    assert known is not None
    assert known.customer_email == ""
    assert len(at.platform.mails) == before
    await at.until(minutes=5)
    assert [to for to, _ in at.platform.mails[before:]] == ["erika@example.org"]
    assert "Ihr Widerruf" in at.platform.mails[-1][1]


async def test_who_consents_anew_is_not_erased_by_the_erasure_before(at: House) -> None:
    """The bytes of what was erased could not be removed at once: asked again, it concerns who withdrew, and nobody
    who came afterwards."""
    await at.press(ERIKA, "welcome", "accept")
    bytes_stay(at, 20)
    pressed = CardPressed(
        conversation=CHAT, key="first", person=ERIKA, chat=CHAT, activity="none", card="welcome", verb="withdraw"
    )
    await at.inbox.take(pressed)
    await at.ledger.at_rest()
    at.clock.forward(seconds=5)
    await at.inbox.take(replace(pressed, key="second", verb="accept"))
    await at.until(minutes=10)
    state = await at.state()
    assert state.is_open
    assert state.people[ERIKA.id].consented_at is not None
    assert len([p for p in state.people.values() if p.erased_at is not None]) == 1


@pytest.mark.parametrize("text", [IBAN, "Guten Tag"])
async def test_a_chat_that_was_restored_is_not_called_deleted(at: House, text: str) -> None:
    """An administrator can restore it for seven days. Whatever is written there says that its messages are readable,
    and after the next end it is deleted again."""
    at.platform.faults["hide"] = [Refused("forbidden", 403)]
    await at.say(IBAN, "1")
    await end(at)
    await at.until(hours=1)
    assert outcome((await at.state()).findings["1"]) == "chat deleted"
    at.platform.chat_deleted = False
    await again(at)
    await at.say("Guten Tag", "2", OTTO)
    await at.say(text, "3", OTTO)
    state = await at.state()
    assert outcome(state.findings["1"]) == "warned"
    assert state.consultation is not None
    assert state.consultation.chat_deleted_at is None
    await end(at, "second")
    await at.until(hours=1)
    assert at.platform.chat_deleted
    assert outcome((await at.state()).findings["1"]) == "chat deleted"


async def test_what_was_written_while_consent_was_withdrawn_is_never_scanned(at: House) -> None:
    """Consent given anew says nothing of it, whether the chat is read back, an activity was long in coming, or a part
    of a secret is looked for in what its author wrote before."""
    await at.press(ERIKA, "welcome", "accept")
    await at.press(ERIKA, "welcome", "withdraw")
    at.clock.forward(minutes=2)
    await at.say(IBAN, "1", OTTO)
    at.platform.messages["2"] = Said(PETRA, IBAN, at.clock())
    late = await at.say("Meine IBAN ist DE89 3704", "3", PETRA)
    assert (await at.state()).findings == {}
    at.clock.forward(minutes=1)
    await at.press(ERIKA, "welcome", "accept")
    await at.inbox.take(HearingLost(conversation=CHAT, key="", reason="missed"))
    await at.rest()
    at.clock.forward(seconds=10)
    await at.join(PETRA)
    await at.say("Guten Tag", "4", PETRA)
    await at.inbox.hear(late)
    await at.inbox.hear(replace(late, message="2", text=IBAN))
    await at.say("0044 0532 0130 00", "5", PETRA)
    assert not {"1", "2", "3"} & set((await at.state()).findings)
    await at.say(IBAN, "6", OTTO)
    assert outcome((await at.state()).findings["6"]) == "hidden"


async def test_what_was_written_after_the_advisor_closed_is_not_scanned_in_the_next_meeting(at: House) -> None:
    """It was not to be when it was written; what is written in the next meeting is."""
    card = at.cards("advisor_status")[-1]
    await at.press(PETRA, "advisor_status", "close", chat=PERSONAL, activity=card)
    at.clock.forward(minutes=2)
    await at.say(IBAN, "1", OTTO)
    await end(at)
    at.clock.forward(days=1)
    await at.inbox.take(MeetingStarted(conversation=CHAT, key="again", at=at.clock()))
    await at.join(OTTO)
    await at.until(minutes=5)
    assert (await at.state()).findings == {}
    await at.say(IBAN, "2", OTTO)
    assert outcome((await at.state()).findings["2"]) == "hidden"
