"""Effects over the fakes: done once whatever is lost on the way, and never more claimed than came about."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.effects import reading
from bot.pacing import CHAT_DELETIONS, IN_A_CONVERSATION
from bot.policy.decisions import Owe
from bot.policy.facts import Fact, HearingLost, MeetingEnded, MeetingStarted
from bot.policy.outcome import attempts, outcome
from bot.policy.rules.guard import finding_ref
from bot.ports import Gone, GraphMessage, HeardText, Refused, Throttled, Unavailable
from bot.presenting import Presenter
from bot.texts import text

from .fakes import CHAT, ERIKA, IBAN, OTTO, PERSONAL, PETRA, PROFILE, TERMS, House, Said, house


async def test_a_lost_answer_posts_no_second_notice(at: House) -> None:
    """The notice was posted and the answer lost: it is found in the chat by its mark and not posted again."""
    at.platform.targeted = False
    at.platform.faults["hide"] = [Refused("forbidden", 403)]
    at.platform.lost["post:guard_notice"] = [Unavailable("cut", maybe_done=True)]
    await at.say(IBAN)
    assert outcome((await at.state()).findings["1001"]) == "warned"
    assert at.platform.lost["post:guard_notice"] == []
    assert len(at.cards("guard_notice")) == 1


async def test_an_author_who_has_left_is_not_called_warned(at: House) -> None:
    """Nobody was asked who could still act: the outcome is failed."""
    at.platform.faults["hide"] = [Refused("forbidden", 403)]
    at.platform.members.pop(ERIKA.id)
    await at.say(IBAN)
    assert outcome((await at.state()).findings["1001"]) == "failed"
    assert at.cards("guard_notice") == []


async def test_a_refused_targeted_message_is_not_tried_again_for_this_kind_of_sender(at: House) -> None:
    """The first warning falls back to the public card; the second one is public at once."""
    at.platform.faults["post:guard_notice"] = [Refused("targeted_off", 400)]
    await at.say(IBAN)
    await at.say("Mein Passwort ist Sommer2024!", "1002")
    assert at.platform.calls.count("post:guard_notice") == 3
    assert [at.platform.cards[card][3] for card in at.cards("guard_notice")] == [None, None]


async def test_a_meeting_held_again_asks_once_more(at: House) -> None:
    """A week later the platform may answer otherwise: the refusal is forgotten, the message of then keeps its own."""
    at.platform.faults["hide"] = [Refused("forbidden", 403)]
    await at.say(IBAN)
    await at.inbox.take(MeetingEnded(conversation=CHAT, key="end"))
    await at.rest()
    at.clock.forward(days=7)
    await at.inbox.take(MeetingStarted(conversation=CHAT, key="again"))
    await at.join(OTTO)
    await at.say(IBAN, "1002", OTTO)
    found = (await at.state()).findings
    assert (found["1001"].hide, found["1002"].hide) == ("refused by platform", "done")


@pytest.mark.parametrize(("own", "told"), [("en", "en"), ("de", "de"), (None, "de")])
async def test_an_author_is_told_in_the_language_of_their_client(at: House, own: str | None, told: str) -> None:
    """The tip of the hidden message, the notice and the reminder; in the consultation's where nobody knows theirs."""
    tips: list[str] = []
    hide = at.graph.hide

    async def noted(chat: str, message: str, *, tip: str, kinds: tuple[str, ...]) -> None:
        tips.append(tip)
        await hide(chat, message, tip=tip, kinds=kinds)

    at.graph.hide = noted  # type: ignore[method-assign]
    at.platform.faults["hide"] = [Refused("forbidden", 403)]
    at.platform.messages["1"] = Said(ERIKA, IBAN, at.clock())
    await at.inbox.hear(
        HeardText(
            conversation=CHAT, message="1", person=ERIKA, event="new", via="activity", modified=at.clock(), text=IBAN,
            language=own,  # type: ignore[arg-type]
        )
    )  # fmt: skip
    await at.until(hours=1)
    assert tips == [text("tip.hidden", told)]
    notice, reminder = (json.dumps(at.platform.cards[card][2], ensure_ascii=False) for card in at.cards("guard_notice"))
    assert text("guard_notice.targeted.warn", told) in notice
    assert text("guard_notice.public.reminder", told) in reminder


async def test_a_language_the_operator_does_not_offer_is_nobodys(at: House) -> None:
    """Somebody whose client speaks English is addressed like everybody else where the profile has no English."""
    german = Presenter(PROFILE.model_copy(update={"languages": ("de",)}), "https://bot.example")
    assert german.language(await at.state(), "en") == "de"
    assert at.presenter.language(await at.state(), "en") == "en"


async def test_a_throttled_hide_is_confirmed_in_the_end(at: House) -> None:
    """Two 429s and a time-out later the message is hidden, and only then called so."""
    at.platform.faults["hide"] = [
        Throttled("throttled", 429, 2),
        Throttled("throttled", 429, 2),
        Unavailable("timeout"),
    ]
    await at.say(IBAN, "1001", PETRA)
    assert at.platform.messages["1001"].hidden
    assert outcome((await at.state()).findings["1001"]) == "hidden"
    assert at.platform.calls.count("hide") == 4


async def test_the_reminder_reads_the_message_first(at: House) -> None:
    """A deletion nobody told of is found when the reminder falls due, and nobody is reminded."""
    at.platform.faults["hide"] = [Refused("forbidden", 403)]
    await at.say(IBAN)
    at.platform.messages["1001"].deleted = True
    await at.until(minutes=6)
    assert outcome((await at.state()).findings["1001"]) == "deleted by author"
    assert len(at.cards("guard_notice")) == 1


async def test_the_status_card_is_one_card(at: House) -> None:
    """It is updated in place; where it is gone a new one takes its place."""
    await at.say(IBAN)
    assert len(at.cards("advisor_status")) == 1
    at.platform.faults["update:advisor_status"] = [Gone("not_there", 404)]
    at.clock.forward(seconds=30)
    await at.say("Mein Passwort ist Sommer2024!", "1002")
    assert len(at.cards("advisor_status")) == 2


async def test_our_own_pacing_keeps_below_the_platforms_limit(at: House) -> None:
    """However many findings at once: no second has more activities in the chat than allowed."""
    moments: list[float] = []
    post = at.chat.post_card

    async def counted(*given: object, **named: object) -> str:
        moments.append(at.clock().timestamp())
        return await post(*given, **named)  # type: ignore[arg-type]

    at.chat.post_card = counted  # type: ignore[assignment,method-assign]
    for number in range(12):
        await at.say(IBAN, str(2000 + number), rest=False)
    await at.rest(limit=2000)
    span, most = IN_A_CONVERSATION[0].span, IN_A_CONVERSATION[0].most
    assert len(moments) >= 12
    assert all(len([m for m in moments if start <= m < start + span.total_seconds()]) <= most for start in moments)
    assert CHAT_DELETIONS.most == 1


@pytest.mark.parametrize("refused", [False, True])
async def test_the_chat_is_deleted_after_it_was_read_back(refused: bool) -> None:
    """What was missed is found first; then the chat goes, and a refusal leaves the outcome as it was."""
    async with house(terms=replace(TERMS, chat_deletion="always")) as at:
        await at.open()
        await at.join()
        at.platform.faults["hide"] = [Refused("forbidden", 403)]
        await at.say(IBAN)
        if refused:
            at.platform.faults["delete_chat"] = [Refused("forbidden", 403)]
        await at.inbox.take(MeetingEnded(conversation=CHAT, key="end"))
        await at.until(minutes=20)
        assert at.platform.chat_deleted is not refused
        assert outcome((await at.state()).findings["1001"]) == ("warned" if refused else "chat deleted")
        calls = at.platform.calls
        assert calls.index("messages_since") < calls.index("delete_chat")


@pytest.mark.parametrize("lost", [False, True])
async def test_a_chat_that_is_not_there_is_called_deleted_only_if_we_may_have_deleted_it(lost: bool) -> None:
    """404 at the first request says nothing; after a lost answer it says that the request was carried out."""
    async with house(terms=replace(TERMS, chat_deletion="always")) as at:
        await at.open()
        await at.join()
        at.platform.faults["hide"] = [Refused("forbidden", 403)]
        await at.say(IBAN)
        if lost:
            at.platform.faults["delete_chat"] = [Unavailable("timeout", maybe_done=True)]
        at.platform.faults.setdefault("delete_chat", []).append(Gone("not_found", 404))
        await at.inbox.take(MeetingEnded(conversation=CHAT, key="end"))
        await at.until(minutes=20)
        state = await at.state()
        assert at.platform.faults["delete_chat"] == []
        assert outcome(state.findings["1001"]) == ("chat deleted" if lost else "warned")
        assert ("delete_chat", "done" if lost else "failed") in attempts(state.findings["1001"])


@pytest.mark.parametrize("found_missed", [True, False])
async def test_a_consultation_the_advisor_closed_is_read_to_its_end_and_its_chat_deleted(found_missed: bool) -> None:
    """No event ends the meeting: what was missed before the closing is found, nothing written later is scanned, and
    the chat goes as the profile says."""
    async with house() as at:
        await at.open()
        await at.join()
        at.platform.faults["hide"] = [Refused("forbidden", 403)]
        at.clock.forward(minutes=1)
        if found_missed:
            at.platform.messages["8"] = Said(ERIKA, IBAN, at.clock())
        at.clock.forward(minutes=1)
        await at.press(PETRA, "advisor_status", "close", chat=PERSONAL, activity=at.cards("advisor_status")[-1])
        await at.say(IBAN, "9")
        await at.until(days=1)
        assert at.platform.chat_deleted is found_missed
        assert list((await at.state()).findings) == (["8"] if found_missed else [])


@pytest.mark.parametrize("again", [False, True])
async def test_after_a_withdrawal_the_chat_goes_unless_it_is_open_again(again: bool) -> None:
    """Nothing is read for it while it is over; who consents anew, even when it is owed already, keeps the chat."""
    async with house(terms=replace(TERMS, chat_deletion="always")) as at:
        await at.open()
        await at.join()
        await at.press(ERIKA, "welcome", "accept")
        at.clock.forward(minutes=1)
        await at.press(ERIKA, "welcome", "withdraw")
        at.platform.calls.clear()
        at.platform.faults["delete_chat"] = [Throttled("throttled", 429, 1200)]
        await at.until(minutes=16)
        assert at.platform.calls.count("delete_chat") == 1
        if again:
            await at.join(OTTO)
            await at.press(OTTO, "welcome", "accept")
        await at.until(hours=2)
        assert at.platform.chat_deleted is not again
        assert again or "messages_since" not in at.platform.calls


async def test_a_process_that_begins_again_takes_its_subscription_anew(at: House) -> None:
    """The former one encrypts for a key that is gone: it is given back and another one made."""
    before = set(at.platform.subscriptions)
    at.start()
    await at.inbox.take(HearingLost(conversation=CHAT, key="start", reason="restart"))
    await at.rest()
    assert len(at.platform.subscriptions) == 1
    assert at.platform.subscriptions != before


async def test_an_ear_that_was_closed_is_forgotten(at: House) -> None:
    """What a process remembers of its subscriptions goes with them."""
    assert set(at.context.own_subscriptions) == {CHAT}
    await at.inbox.take(MeetingEnded(conversation=CHAT, key="end"))
    async with at.books.page(CHAT) as page:
        await page.owe(Owe(kind="unsubscribe", key="unsubscribe"), at.clock())
    await at.rest()
    assert at.platform.subscriptions == set()
    assert not at.context.own_subscriptions


async def test_a_long_chat_is_read_back_in_rounds_in_the_order_it_was_written(
    at: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where memory holds three messages, eight with an IBAN in two parts are heard oldest first, and none is left out,
    though several were written in the same millisecond."""
    monkeypatch.setattr(reading, "HELD", 3 * 540)
    heard: list[str] = []
    listen = at.inbox.hear_again

    async def hear_again(chat: str, message: GraphMessage) -> tuple[Fact, ...]:
        if message.person is not None:
            heard.append(message.id)
        return await listen(chat, message)

    at.start(extra=reading.effects(replace(at.context, hear_again=hear_again)))
    texts = ["Guten Tag", "Hallo", "Also", "Meine IBAN ist DE89 3704 0044", "0532 0130 00", "Danke", "Gern", "Bis bald"]
    for number, said in enumerate(texts):
        at.clock.forward(seconds=0 if number in (1, 2) else 2)
        at.platform.messages[str(number)] = Said(ERIKA, said, at.clock())
    await at.inbox.take(HearingLost(conversation=CHAT, key="", reason="outage"))
    await at.rest()
    assert list(dict.fromkeys(heard)) == [str(number) for number in range(len(texts))]
    assert at.platform.calls.count("messages_since") > 2
    assert set((await at.state()).findings) == {"3", "4"}


async def test_a_withdrawal_erases_and_sends_the_receipt_afterwards(at: House) -> None:
    """The session ends, the guest's name is gone from the books, the end is told in the chat."""
    await at.press(ERIKA, "welcome", "accept")
    await at.press(ERIKA, "welcome", "withdraw")
    state = await at.state()
    assert state.consultation is not None
    assert (state.consultation.state, state.consultation.reason) == ("ended", "withdrawn")
    assert "Erika" not in repr([p.name for p in state.people.values()])
    assert len(at.cards("session_ended")) == 1


async def test_the_advisor_turns_the_pages_of_the_findings(at: House) -> None:
    """The second page is shown to the advisor alone, again where the press is delivered again, and what it lists can
    be released from it; anybody else's press is refused."""
    at.platform.faults["hide"] = [Refused("forbidden", 403)]
    for n in range(12):
        at.clock.forward(seconds=20)
        await at.say(IBAN, f"m{n}")
    card = at.cards("advisor_status")[-1]
    oldest = finding_ref((await at.state()).findings["m0"])
    assert oldest not in json.dumps(at.platform.cards[card][2])
    for _ in range(2):
        shown = await at.press(PETRA, "advisor_status", "page", chat=PERSONAL, activity=card, page="2", key="same")
        assert oldest in json.dumps(shown.card)
    assert oldest not in json.dumps(at.platform.cards[card][2])
    assert (await at.press(ERIKA, "advisor_status", "page", chat=PERSONAL, activity=card, page="2")).forbidden
    await at.press(PETRA, "advisor_status", "release", chat=PERSONAL, activity=card, ref=oldest, what="finding")
    assert outcome((await at.state()).findings["m0"]) == "released"


@pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 60, "\u0662"])
async def test_a_page_that_is_none_is_the_nearest(at: House, page: str) -> None:
    """Whatever a button brings along, the advisor sees a page that is there."""
    card = at.cards("advisor_status")[-1]
    shown = await at.press(PETRA, "advisor_status", "page", chat=PERSONAL, activity=card, page=page)
    assert shown.card == at.platform.cards[card][2]
