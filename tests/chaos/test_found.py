"""What the fault test once found, each as a small test of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.ledger import Done
from bot.policy.decisions import Owe
from bot.policy.facts import CardPressed, Person, RosterRead
from bot.policy.outcome import outcome
from bot.policy.rules.guard import finding_ref
from bot.ports import BooksError, Duty, HeardText, Overloaded, Refused, Unavailable
from tests.core.fakes import CHAT, ERIKA, PETRA, Said, house
from tests.policy.play import CHAT as MEETING
from tests.policy.play import PETRA as PLAY_PETRA
from tests.policy.play import Play

FRED = Person(id="29:fred", name="Fred", aad="aad-fred", tenant="partner", kind="federated")


@pytest.mark.parametrize("error", [BooksError("full"), Overloaded()])
async def test_a_full_disk_is_waited_for_however_long_it_lasts(error: Exception) -> None:
    """An effect that our own database could not serve is asked again more often than a defect would be."""
    failures = [error] * 20
    asked: list[Duty] = []

    async def effect(duty: Duty) -> Done:
        asked.append(duty)
        if failures:
            raise failures.pop()
        return Done()

    async with house() as at:
        at.start(extra={"probe": effect})
        async with at.books.page(CHAT) as page:
            await page.owe(Owe(kind="probe", key="probe"), at.clock())
        await at.until(minutes=30)
        assert len(asked) == 21
        assert {duty.tries for duty in asked} == {0}
        assert asked[1].uncertain
        assert await at.books.next_due() == (None, None)


async def test_the_rest_of_a_secret_that_another_process_heard_is_found() -> None:
    """The first part was heard elsewhere, while this process knows another message of its author."""
    async with house() as at:
        await at.open()
        await at.join()
        await at.say("Guten Morgen zusammen.", "1")
        at.platform.messages["2"] = Said(ERIKA, "Meine IBAN ist DE89 3704", at.clock())
        await at.until(seconds=5)
        await at.say("0044 0532 0130 00", "3")
        assert set((await at.state()).findings) == {"2", "3"}


async def test_a_fragment_is_not_called_clean_while_graph_cannot_tell_the_rest() -> None:
    """As long as the author's last messages cannot be read, the message counts as not heard, and comes again."""
    async with house() as at:
        await at.open()
        await at.join()
        at.platform.messages["2"] = Said(ERIKA, "Meine IBAN ist DE89 3704", at.clock())
        await at.until(seconds=5)
        at.platform.faults["messages_since"] = [Unavailable("server_error", 503)]
        with pytest.raises(Overloaded):
            await at.say("0044 0532 0130 00", "3")
        assert "3" not in await at.books.seen(CHAT)
        await at.say("0044 0532 0130 00", "3")
        assert set((await at.state()).findings) == {"2", "3"}


async def test_showing_a_former_version_again_does_not_show_the_next_one() -> None:
    """`No secret` was said of one version; before it could be shown again its author wrote another secret."""
    async with house() as at:
        await at.open()
        await at.join()
        await at.say("Mein Passwort ist Quellwolke77!", "1", PETRA)
        assert at.platform.messages["1"].hidden
        at.platform.faults["unhide"] = [Unavailable("server_error", 503, retry_after=60)]
        ref = finding_ref((await at.state()).findings["1"])
        release = CardPressed(
            conversation=CHAT, key="press", person=PETRA, chat=CHAT, activity="none", card="guard_notice",
            verb="not_a_secret", refs=(("ref", ref),),
        )  # fmt: skip
        await at.inbox.press(release)
        await at.ledger.at_rest()
        at.clock.now += timedelta(seconds=10)
        await at.say("Meine IBAN ist DE89 3704 0044 0532 0130 00", "1", PETRA, event="edit")
        await at.until(minutes=5)
        assert at.platform.messages["1"].hidden
        finding = (await at.state()).findings["1"]
        assert (finding.version, finding.hide, outcome(finding)) == (2, "done", "hidden")
        assert at.platform.calls.count("unhide") == 1


@pytest.mark.parametrize("result", ["done", "gave_up"])
def test_what_was_under_way_for_a_former_version_is_made_good(result: str) -> None:
    """Where showing the former version again came through all the same, the new one is hidden anew."""
    play = Play().begin()
    play.say(PLAY_PETRA, "1", "CREDENTIAL")
    play.close("hide:1:1")
    play.press(PLAY_PETRA, "guard_notice", "not_a_secret", ref=finding_ref(play.state.findings["1"]))
    play.now += timedelta(seconds=10)
    play.say(PLAY_PETRA, "1", "IBAN", event="edit")
    play.close("hide:1:2")
    assert outcome(play.state.findings["1"]) == "hidden"
    play.close("unhide:1:1", result)
    assert outcome(play.state.findings["1"]) != "hidden"
    play.close("hide:1:2")
    assert outcome(play.state.findings["1"]) == "hidden"


async def test_an_author_whose_coming_was_missed_is_warned_all_the_same() -> None:
    """Only Graph has named the author, and no join was delivered: the platform's roster says that somebody is there."""
    async with house() as at:
        await at.open()
        at.platform.members[ERIKA.id] = ERIKA
        at.platform.messages["1"] = Said(ERIKA, "Mein Passwort ist Quellwolke77!", at.clock())
        at.platform.faults["hide"] = [Refused("forbidden", 403)]
        await at.inbox.noticed(CHAT, "1", at.clock(), deleted=False)
        await at.until(minutes=1)
        assert outcome((await at.state()).findings["1"]) == "warned"


async def test_an_author_whose_going_was_missed_counts_as_gone() -> None:
    """Only Graph has named the author, who by our own list is still there: the platform's roster says otherwise."""
    async with house() as at:
        await at.open()
        await at.join()
        at.platform.messages["1"] = Said(ERIKA, "Mein Passwort ist Quellwolke77!", at.clock())
        at.platform.faults["hide"] = [Refused("forbidden", 403)]
        del at.platform.members[ERIKA.id]
        await at.inbox.noticed(CHAT, "1", at.clock(), deleted=False)
        await at.until(minutes=1)
        assert outcome((await at.state()).findings["1"]) == "failed"


async def test_a_version_that_is_delivered_after_its_edit_is_put_right() -> None:
    """One replica heard the harmless edit, then another one the disclosure before it: the chat tells what holds."""
    async with house() as at:
        await at.open()
        await at.join()
        at.platform.faults["hide"] = [Refused("forbidden", 403)]
        first = at.clock()
        at.clock.now += timedelta(seconds=10)
        at.platform.messages["1"] = Said(ERIKA, "Guten Tag zusammen.", first, modified=at.clock())
        edit = HeardText(
            conversation=CHAT, message="1", person=ERIKA, event="edit", via="activity", modified=at.clock(),
            text="Guten Tag zusammen.",
        )  # fmt: skip
        await at.inbox.hear(edit)
        await at.inbox.flush()
        at.start()
        await at.inbox.hear(replace(edit, event="new", modified=first, text="Mein Passwort ist Quellwolke77!"))
        await at.rest()
        assert outcome((await at.state()).findings["1"]) == "warned"
        await at.until(minutes=5)
        assert outcome((await at.state()).findings["1"]) == "edited by author"


def test_a_transcript_that_is_begun_again_is_switched_off_again() -> None:
    """Its messages do not tell beginning from end, so each one after the switching off has it switched off once more,
    under the same flag."""
    play = Play().begin()
    play.record("started", "transcript")
    play.close_kind("switch_off")
    play.record("started", "transcript")
    assert "switch_off" in play.kinds_open()
    assert [key for key, duty in play.duties.items() if duty.kind == "post_flag"] == ["flag:transcript:call-1"]
    play.close_kind("switch_off")
    assert "switch_off" not in play.kinds_open()


def test_a_federated_member_who_left_is_not_welcomed_again_by_the_roster() -> None:
    """Federated people stay in the chat's roster after leaving the meeting: reading it brings no second welcome."""
    play = Play().begin()
    play.join(FRED)
    play.leave(FRED)
    play.take(RosterRead(conversation=MEETING, key="", people=(FRED,)))
    assert not play.state.people[FRED.id].present
    welcomes = [key for key, duty in play.duties.items() if duty.kind == "post_welcome"]
    assert len(welcomes) == 1
    play.join(FRED)
    assert play.state.people[FRED.id].present
