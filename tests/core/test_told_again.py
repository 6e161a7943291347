"""What the platform tells without a new text: nothing is claimed of it that was not seen, and nothing done twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.policy.facts import HearingLost, MeetingEnded, MessageDeleted
from bot.policy.outcome import attempts, outcome
from bot.policy.rules.guard import finding_ref
from bot.policy.state import Finding
from bot.ports import GraphMessage, HeardText, Refused

from .fakes import CHAT, ERIKA, IBAN, PERSONAL, PETRA, House

PASSWORD = "Mein Passwort ist Sommer2026!x"
CLEAN = "Guten Tag zusammen."


async def finding(at: House, message: str = "1") -> Finding:
    """What is known of a message."""
    return (await at.state()).findings[message]


async def told(at: House, text: str = "", event: str = "edit", message: str = "1", **more: object) -> None:
    """An update of the advisor's or guest's message is delivered, whatever the platform holds."""
    person = at.platform.messages[message].person
    await at.inbox.hear(
        HeardText(
            conversation=CHAT, message=message, person=person, event=event, via="activity",  # type: ignore[arg-type]
            modified=at.clock(), text=text, **more,  # type: ignore[arg-type]
        )
    )  # fmt: skip
    await at.rest()


def edited(at: House, text: str, after: float, message: str = "1") -> datetime:
    """Its author edits the message on the platform, which shows it to everybody again; nobody tells us."""
    said = at.platform.messages[message]
    said.text, said.hidden, said.modified = text, False, said.created + timedelta(seconds=after)
    at.clock.now = max(at.clock.now, said.modified)
    return said.modified


# -- what is called hidden ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delay", [1.5, 40])
async def test_an_edit_that_only_graph_tells_ends_the_hiding(at: House, delay: float) -> None:
    """However soon after the posting: the password is found, and hidden for what it is."""
    await at.say(IBAN, "1", PETRA)
    await at.inbox.noticed(CHAT, "1", edited(at, PASSWORD, delay), deleted=False)
    await at.rest()
    known = await finding(at)
    assert (known.kinds, known.version, outcome(known)) == (("CREDENTIAL",), 2, "hidden")
    assert at.platform.messages["1"].hidden


async def test_a_guests_edit_right_after_the_posting_is_found(at: House) -> None:
    """Where nothing can be hidden, so that nothing shows it but the times."""
    at.platform.faults["hide"] = [Refused("forbidden", 403)]
    await at.say(IBAN, "1")
    await at.inbox.noticed(CHAT, "1", edited(at, PASSWORD, 1.5), deleted=False)
    await at.rest()
    assert ((await finding(at)).kinds, (await finding(at)).version) == (("CREDENTIAL",), 2)


async def test_what_is_shown_again_and_never_told_is_found_when_the_chat_is_read_back(at: House) -> None:
    """Its hiding was taken off without an edit: at the end of the meeting at the latest it is hidden again, quietly."""
    await at.say(IBAN, "1", PETRA)
    shown = type(at.graph)._shown
    later = at.clock() + timedelta(minutes=2)
    at.graph._shown = lambda ident, said: replace(shown(at.graph, ident, said), modified=later)  # type: ignore[method-assign]
    at.platform.messages["1"].hidden = False
    at.clock.forward(minutes=3)
    await at.inbox.take(MeetingEnded(conversation=CHAT, key="end"))
    await at.rest()
    assert outcome(await finding(at)) == "hidden"
    assert at.platform.messages["1"].hidden
    assert len(at.cards("guard_notice")) == 1


async def test_a_chat_that_was_read_before_the_hiding_contradicts_nothing(at: House) -> None:
    """The list is from before, the claim from after it: the message is asked for once more, and is hidden."""
    await at.say(IBAN, "1", PETRA)
    old = replace((await at.graph.message(CHAT, "1")), hidden=False, modified=at.clock())  # type: ignore[type-var]

    async def messages_since(chat: str, since: datetime | None) -> AsyncIterator[GraphMessage]:
        yield old

    at.graph.messages_since = messages_since  # type: ignore[method-assign]
    await at.inbox.take(HearingLost(conversation=CHAT, key="", reason="missed"))
    await at.rest()
    assert outcome(await finding(at)) == "hidden"
    assert at.platform.calls.count("hide") == 1


# -- updates without text ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "claimed", "version"),
    [(IBAN, "warned", 1), (PASSWORD, "warned", 2), (CLEAN, "edited by author", 1)],
)
async def test_an_edit_without_text_is_read_from_graph(at: House, text: str, claimed: str, version: int) -> None:
    """It says that something changed, not what: only what Graph shows counts."""
    at.platform.faults["hide"] = [Refused("forbidden", 403)]
    await at.say(IBAN, "1")
    if text != IBAN:
        edited(at, text, 30)
    at.clock.forward(seconds=30)
    await told(at)
    known = await finding(at)
    assert (outcome(known), known.version) == (claimed, version)


@pytest.mark.parametrize("html", [None, "<p>&nbsp;</p>", "<div>\u200b</div>"])
async def test_an_empty_update_of_a_hidden_message_does_not_make_it_clean(at: House, html: str | None) -> None:
    """The platform shows what we had it hide without its words: it stays what it is called."""
    await at.say(IBAN, "1", PETRA)
    at.clock.forward(seconds=3)
    await told(at, "\n", html=html)
    assert (outcome(await finding(at)), attempts(await finding(at))[0]) == ("hidden", ("hide", "done"))


async def test_a_hidden_message_that_graph_shows_empty_is_not_called_edited(at: House) -> None:
    """Nor is anything else claimed of words that nobody shows us."""
    await at.say(IBAN, "1", PETRA)
    edited(at, "", 30)
    at.platform.messages["1"].hidden = True
    at.clock.forward(seconds=40)
    await told(at)
    assert outcome(await finding(at)) == "hidden"


async def test_an_undelete_without_text_brings_the_secret_back(at: House) -> None:
    """Its text is the old one, as Graph shows."""
    at.platform.faults["hide"] = [Refused("forbidden", 403)]
    await at.say(IBAN, "1")
    await at.inbox.take(MessageDeleted(conversation=CHAT, key="d", message="1", via="activity", at=at.clock()))
    assert outcome(await finding(at)) == "deleted by author"
    at.clock.forward(seconds=30)
    shown, back = type(at.graph)._shown, at.clock()
    at.graph._shown = lambda ident, said: replace(shown(at.graph, ident, said), modified=back)  # type: ignore[method-assign]
    await told(at, event="undelete")
    assert (outcome(await finding(at)), (await finding(at)).version) == ("warned", 2)


# -- the same text again -----------------------------------------------------------------------------------------------


async def test_the_platforms_echo_of_our_own_hiding_acts_once(at: House) -> None:
    """Each PATCH makes the platform tell the same text as an edit: one hiding, one public notice."""
    hide = at.graph.hide

    async def echoing(chat: str, message: str, *, tip: str, kinds: tuple[str, ...]) -> None:
        await hide(chat, message, tip=tip, kinds=kinds)
        at.clock.forward(seconds=3)
        await at.inbox.hear(
            HeardText(
                conversation=chat, message=message, person=PETRA, event="edit", via="activity", modified=at.clock(),
                text=IBAN, html=f"<p>{IBAN}</p>",
            )
        )  # fmt: skip

    at.graph.hide = echoing  # type: ignore[method-assign]
    await at.say(IBAN, "1", PETRA)
    assert (outcome(await finding(at)), (await finding(at)).version) == ("hidden", 1)
    assert at.platform.calls.count("hide") == 1
    assert len(at.cards("guard_notice")) == 1


async def test_an_echo_that_counts_as_an_edit_at_graph_acts_once(at: House) -> None:
    """The platform gives the hidden message a new time of edit each time: that is no new version."""
    await at.say(IBAN, "1", PETRA)
    for _ in range(3):
        said = at.platform.messages["1"]
        at.clock.forward(seconds=5)
        said.modified = at.clock()
        await at.inbox.noticed(CHAT, "1", said.modified, deleted=False)
        await at.rest()
    assert (outcome(await finding(at)), (await finding(at)).version) == ("hidden", 1)
    assert at.platform.calls.count("hide") == 1


async def test_the_same_text_saved_anew_is_hidden_again(at: House) -> None:
    """The edit took the hiding off: Graph shows it, so it is asked for once more, without a second notice."""
    await at.say(IBAN, "1", PETRA)
    edited(at, IBAN, 30)
    await told(at, IBAN)
    assert at.platform.messages["1"].hidden
    assert (outcome(await finding(at)), (await finding(at)).version) == ("hidden", 1)
    assert (at.platform.calls.count("hide"), len(at.cards("guard_notice"))) == (2, 1)


async def test_hiding_without_effect_ends_and_is_not_called_hidden(at: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The platform accepts it and shows the message all the same: asked once more, and then nothing is claimed."""
    asked: list[datetime] = []

    async def accepts(chat: str, message: str, **_: object) -> None:
        asked.append(at.clock())
        at.platform.messages[message].modified = at.clock() + timedelta(milliseconds=400)

    monkeypatch.setattr(at.graph, "hide", accepts)
    await at.say(IBAN, "1", PETRA)
    for _ in range(5):
        changed = at.platform.messages["1"].modified
        assert changed is not None
        await at.inbox.noticed(CHAT, "1", changed + timedelta(milliseconds=1), deleted=False)
        await at.until(seconds=5)
    assert len(asked) == 2
    assert outcome(await finding(at)) != "hidden"


async def test_a_part_told_again_is_not_called_edited(at: House) -> None:
    """A part of a number discloses nothing by itself: told once more it is still a part, and hidden."""
    await at.say("Meine IBAN ist DE89 3704 0044", "1", PETRA)
    at.clock.forward(seconds=5)
    await at.say("0532 0130 00", "2", PETRA)
    for message in ("1", "2"):
        at.clock.forward(seconds=3)
        await told(at, at.platform.messages[message].text, message=message)
    assert {m: (outcome(f), f.version) for m, f in (await at.state()).findings.items()} == {
        "1": ("hidden", 1),
        "2": ("hidden", 1),
    }


async def test_another_text_is_another_version_although_its_kinds_are_the_same(at: House) -> None:
    """The fingerprint tells them apart, whatever was found in them."""
    await at.say(PASSWORD, "1", PETRA)
    at.clock.forward(seconds=5)
    await at.say(PASSWORD + "7", "1", PETRA, event="edit")
    assert (await finding(at)).version == 2


@pytest.mark.parametrize("part", ['<a href="https://x.example/?iban=DE75512108001245126199">x</a>', "<p>und 1234</p>"])
async def test_the_same_plain_text_with_other_rich_text_is_another_version(at: House, part: str) -> None:
    """What is rendered counts, and what its links hold."""
    at.platform.faults["hide"] = [Refused("forbidden", 403)]
    await at.say(IBAN, "1")
    at.clock.forward(seconds=5)
    await told(at, IBAN, html=f"<p>{IBAN}</p>{part}")
    assert (await finding(at)).version == 2


async def test_back_to_the_first_text_is_another_version(at: House) -> None:
    """What was remembered is about the version it was heard in, not about the message."""
    at.platform.faults["hide"] = [Refused("forbidden", 403)]
    await at.say(IBAN, "1")
    for number, text in enumerate((CLEAN, IBAN)):
        at.clock.forward(seconds=5)
        await at.say(text, "1", event="edit")
        assert outcome(await finding(at)) == ("edited by author", "warned")[number]
    assert (await finding(at)).version == 2


async def test_a_release_outlasts_its_own_echo(at: House) -> None:
    """Showing the message again may be told as an edit too: the same text stays released."""
    await at.say(IBAN, "1", PETRA)
    ref = finding_ref(await finding(at))
    card = at.cards("advisor_status")[-1]
    await at.press(PETRA, "advisor_status", "release", chat=PERSONAL, activity=card, ref=ref, what="finding")
    at.clock.forward(seconds=3)
    await told(at, IBAN)
    assert outcome(await finding(at)) == "released"
    assert not at.platform.messages["1"].hidden


async def test_fingerprints_are_keyed_short_lived_and_bounded(at: House) -> None:
    """They hold nothing of the text, end with the window's time and with an erasure, and are few."""
    await at.say(IBAN, "1", PETRA, rest=False)
    ear = at.inbox._ear
    assert "3704" not in repr(ear._prints)
    assert ear._print((CHAT, "1"), IBAN) != ear._print((CHAT, "2"), IBAN)
    at.clock.forward(seconds=181)
    at.inbox.expire()
    assert not ear._prints
    await at.say(IBAN, "2", PETRA, rest=False)
    at.inbox.forget(CHAT)
    assert not ear._prints
    for number in range(2100):
        ear._prints[CHAT, str(number)] = (0.0, at.clock(), b"")
    assert len(ear._prints) == 2000


async def test_a_guest_who_saves_the_same_text_anew_is_not_asked_twice(at: House) -> None:
    """Nothing was hidden and nothing changed: the message stays warned of, also when the chat is read back later."""
    at.platform.faults["hide"] = [Refused("forbidden", 403)]
    await at.say(IBAN, "1", ERIKA)
    edited(at, IBAN, 30)
    await told(at, IBAN)
    at.clock.forward(minutes=10)
    at.inbox.expire()
    await at.inbox.take(HearingLost(conversation=CHAT, key="", reason="missed"))
    await at.rest()
    assert (outcome(await finding(at)), (await finding(at)).version) == ("warned", 1)
