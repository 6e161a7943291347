"""The inbox: which message becomes which fact, once, and what is remembered only when it was taken."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.policy.facts import HearingLost, MessageDeleted, Person
from bot.policy.outcome import outcome
from bot.ports import BooksError, HeardText, Overloaded, Refused

from .fakes import CHAT, ERIKA, IBAN, NOW, OTTO, PETRA, House, house
from .fakes import TERMS as PROMISED


async def test_a_clean_message_is_seen_and_leaves_nothing_else(at: House) -> None:
    """It is noted as scanned, and neither a fact nor a duty comes of it once its author is known."""
    await at.say("Guten Morgen")
    at.watched.clear()
    await at.say("Wie lange dauert das?", "1002")
    await at.inbox.flush()
    assert set(await at.books.seen(CHAT)) >= {"1001", "1002"}
    assert at.watched == []


async def test_the_same_delivery_twice_warns_once(at: House) -> None:
    """A redelivered activity acts once, in this process and in the next."""
    heard = await at.say(IBAN)
    await at.inbox.hear(heard)
    at.start()
    await at.inbox.hear(heard)
    await at.rest()
    assert len(at.cards("guard_notice")) == 1
    assert (await at.state()).findings["1001"].version == 1


async def test_what_was_not_taken_has_not_been_seen(at: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk answers Overloaded, and the delivery after it finds the secret."""
    await at.say("Hallo")

    async def full(fact: object) -> None:
        raise BooksError("full")

    with monkeypatch.context() as broken:
        broken.setattr(at.desk, "take", full)
        with pytest.raises(Overloaded):
            await at.say(IBAN, "1002", rest=False)
    at.clock.forward(seconds=5)
    await at.inbox.hear(
        HeardText(conversation=CHAT, message="1002", person=ERIKA, event="new", via="activity", modified=NOW, text=IBAN)
    )
    assert "1002" in (await at.state()).findings


async def test_a_secret_in_two_messages_is_found_in_both_after_an_overload(
    at: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The earlier part is reported again when the message that completed it could not be taken the first time."""
    await at.say("Meine IBAN ist DE89 3704 0044")
    at.clock.forward(seconds=5)

    async def full(fact: object) -> None:
        raise BooksError("full")

    with monkeypatch.context() as broken:
        broken.setattr(at.desk, "take", full)
        with pytest.raises(Overloaded):
            await at.say("0532 0130 00", "1002", rest=False)
    await at.inbox.hear(
        HeardText(
            conversation=CHAT, message="1002", person=ERIKA, event="new", via="activity", modified=at.clock(),
            text="0532 0130 00",
        )
    )  # fmt: skip
    assert {"1001", "1002"} <= set((await at.state()).findings)


async def test_a_deletion_delivered_before_its_message_counts(at: House) -> None:
    """Out of order, the message ends as what it is: deleted by its author, with nobody bothered."""
    await at.inbox.take(MessageDeleted(conversation=CHAT, key="d", message="1001", via="activity"))
    await at.say(IBAN)
    assert outcome((await at.state()).findings["1001"]) == "deleted by author"
    assert at.cards("guard_notice") == []


async def test_a_late_notification_of_a_deletion_does_not_bury_a_message_that_is_back(at: House) -> None:
    """Graph's repeated word of an old deletion is checked against what the message is now."""
    at.platform.faults["hide"] = [Refused("forbidden", 403)]
    await at.say(IBAN)
    deleted_at = at.clock() + timedelta(seconds=10)
    await at.inbox.noticed(CHAT, "1001", deleted_at, deleted=True)
    assert outcome((await at.state()).findings["1001"]) == "deleted by author"
    at.clock.forward(seconds=60)
    await at.say(IBAN, event="undelete")
    await at.inbox.noticed(CHAT, "1001", deleted_at, deleted=True)
    await at.rest()
    assert outcome((await at.state()).findings["1001"]) == "warned"


async def test_a_withdrawal_can_be_typed_when_the_advisor_has_closed(at: House) -> None:
    """Consent can be withdrawn by word as by card, also after the end; nothing else is looked at then."""
    await at.press(ERIKA, "welcome", "accept")
    await at.press(PETRA, "advisor_status", "close", chat="a:personal", activity=at.cards("advisor_status")[-1])
    await at.say(IBAN, "1002")
    assert "1002" not in (await at.state()).findings
    await at.say("WIDERRUF", "1003")
    erased = [p for p in (await at.state()).people.values() if p.erased_at is not None]
    assert len(erased) == 1


async def test_consent_typed_before_a_withdrawal_and_delivered_after_it_opens_nothing(at: House) -> None:
    """The last word counts, in whichever order the words arrive; consent typed later opens the consultation anew."""
    await at.press(ERIKA, "welcome", "accept")
    early = HeardText(
        conversation=CHAT, message="1", person=ERIKA, event="new", via="activity", modified=at.clock(),
        text="EINWILLIGUNG JA",
    )  # fmt: skip
    at.clock.forward(seconds=10)
    await at.say("WIDERRUF", "2")
    at.clock.forward(seconds=10)
    await at.inbox.hear(early)
    await at.rest()
    assert not (await at.state()).is_open
    await at.say("EINWILLIGUNG JA", "3")
    assert (await at.state()).is_open


async def test_a_command_is_no_message_to_a_process_that_begins_again(at: House) -> None:
    """The process died right after taking it: read back with the time Graph gives it, its code is no finding."""
    await at.say("CODE 123456", "1")
    at.start()
    at.platform.messages["1"].created -= timedelta(milliseconds=300)
    await at.inbox.take(HearingLost(conversation=CHAT, key="", reason="restart"))
    await at.rest()
    assert "messages_since" in at.platform.calls
    assert not (await at.state()).findings
    assert len(at.platform.texts) == 1


@pytest.mark.parametrize("person", [ERIKA, OTTO])
async def test_under_consent_nothing_is_scanned_before_it(person: Person) -> None:
    """Only the guest who consented is scanned, from then on."""
    async with house(terms=replace(PROMISED, guard_basis="consent")) as at:
        await at.open()
        await at.join(ERIKA)
        await at.join(OTTO)
        await at.say(IBAN, "1001", person)
        assert (await at.state()).findings == {}
        await at.inbox.flush()
        assert "1001" not in await at.books.seen(CHAT)
        await at.press(ERIKA, "welcome", "accept")
        await at.say(IBAN, "1002", person)
        assert ("1002" in (await at.state()).findings) == (person is ERIKA)


async def test_an_advisor_is_scanned_whatever_the_basis() -> None:
    """The guests' consent is not asked for what the operator's own staff write."""
    async with house(terms=replace(PROMISED, guard_basis="consent")) as at:
        await at.open()
        await at.say(IBAN, "1001", PETRA)
        assert (await at.state()).findings["1001"].role == "advisor"


async def test_a_command_is_no_finding_and_a_code_of_one_signed_in_is() -> None:
    """`CODE` by a guest is a command; by somebody signed in already, a credential in the chat."""
    async with house() as at:
        await at.open()
        await at.join()
        await at.say("CODE 123456", "1001")
        assert (await at.state()).findings == {}
        card = at.cards("advisor_status")[-1]
        await at.press(PETRA, "advisor_status", "vouch", chat="a:personal", activity=card, ref="p2")
        assert (await at.state()).people[ERIKA.id].how == "vouched"
        await at.say("Mein Passwort ist Sommer2024!", "1003")
        assert (await at.state()).findings["1003"].kinds == ("CREDENTIAL",)


@pytest.mark.parametrize("chat", ["19:unknown@thread.v2", "", "\n", "x" * 900])
async def test_an_unknown_conversation_is_harmless(empty: House, chat: str) -> None:
    """A message or a press where the app never was leaves no finding and no duty, and is answered."""
    heard = HeardText(
        conversation=chat, message="1", person=ERIKA, event="new", via="activity", modified=NOW, text=IBAN
    )
    await empty.inbox.hear(heard)
    shown = await empty.press(ERIKA, "welcome", "accept", chat=chat)
    assert shown.card is None
    assert await empty.books.next_due() == (None, None)
    assert empty.platform.calls == []


async def test_what_was_missed_is_read_back_once(at: House) -> None:
    """After an outage the chat is read: the unseen message is scanned, the seen one is not scanned anew."""
    from bot.policy.facts import HearingLost

    at.platform.faults["hide"] = [Refused("forbidden", 403)]
    await at.say(IBAN)
    at.clock.forward(seconds=30)
    await at.inbox.flush()
    at.start()
    from .fakes import Said

    at.platform.messages["1002"] = Said(OTTO, "Das Passwort ist Sommer2024!", at.clock())
    for key in ("start-1", "start-2"):
        await at.inbox.take(HearingLost(conversation=CHAT, key=key, reason="restart"))
        await at.rest()
    findings = (await at.state()).findings
    assert (findings["1001"].version, findings["1002"].version) == (1, 1)
    assert findings["1002"].via == "graph"
    assert len(at.cards("guard_notice")) == 2


async def test_an_edit_that_only_graph_tells_is_found_by_its_time(at: House) -> None:
    """A secret written into an old message while no edit event came is found when the chat is read back."""
    from bot.policy.facts import HearingLost

    await at.say("Guten Tag")
    at.clock.forward(seconds=60)
    said = at.platform.messages["1001"]
    said.text, said.modified = IBAN, at.clock()
    await at.inbox.take(HearingLost(conversation=CHAT, key="", reason="missed"))
    await at.rest()
    assert (await at.state()).findings["1001"].kinds == ("IBAN",)


async def test_a_masked_copy_never_holds_a_part_of_a_secret() -> None:
    """The copy of a whole secret masks it; a part that only another message completes is not repeated at all."""
    async with house(terms=replace(PROMISED, masked_copy=True)) as at:
        await at.open()
        await at.say(f"Bitte notieren: {IBAN}", "1001", PETRA)
        at.clock.forward(minutes=10)
        await at.say("Meine IBAN ist DE89 3704 0044", "1002", PETRA)
        at.clock.forward(seconds=5)
        await at.say("0532 0130 00", "1003", PETRA)
        assert any("Bitte notieren" in copy for copy in at.platform.texts)
        assert not any(part in copy for copy in at.platform.texts for part in ("3704", "0532"))
        assert {"1001", "1002", "1003"} <= set((await at.state()).findings)


async def test_the_press_that_is_delivered_again_acts_once_and_is_answered_the_same(at: House) -> None:
    """The second delivery writes nothing and shows what the first one showed."""
    first = await at.press(ERIKA, "welcome", "accept", key="same")
    again = await at.press(ERIKA, "welcome", "accept", key="same")
    assert first.card is not None
    assert again == first
    assert [name for what, name, _ in at.watched if what == "fact"].count("CardPressed") == 1


@pytest.mark.parametrize("verb", ["vouch", "release", "close"])
async def test_a_forged_status_card_in_the_meeting_chat_is_refused(at: House, verb: str) -> None:
    """A guest who sends a status card's value in the public chat gets a refusal, and nothing happens."""
    shown = await at.press(ERIKA, "advisor_status", verb, ref="p2", what="lock", activity="made-up")
    assert shown.forbidden
    assert (await at.state()).is_open
    assert (await at.state()).people[ERIKA.id].authenticated_at is None


async def test_texts_stay_out_of_facts_watch_and_duties(at: House) -> None:
    """Neither what was watched nor the ledger's rows hold a piece of the message."""
    at.platform.faults["hide"] = [Refused("forbidden", 403)]
    await at.say(IBAN)
    assert at.watched
    assert "3704" not in repr(at.watched)
    async with at.books.engine.connect() as connection:
        from bot.storage.tables import owed

        rows = (await connection.execute(owed.select())).mappings().all()
    assert rows
    assert "3704" not in repr(rows)
