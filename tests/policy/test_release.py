"""No secret after all: who may say so, and what is claimed then."""

from __future__ import annotations

import pytest

from bot.policy.rules.hearing import PAUSES

from .play import ERIKA, KOLLEGE, OTTO, talk


def test_only_the_author_and_the_advisor_may_say_that_it_was_no_secret() -> None:
    """Somebody else's press is refused and changes nothing; the author's releases."""
    play = talk()
    play.join(OTTO)
    play.say(ERIKA, "1", "IBAN")
    play.close_kind("hide", "refused")
    for stranger in (OTTO, KOLLEGE):
        answer = play.press(stranger, "guard_notice", "not_a_secret", ref=play.ref("1"))
        assert answer is not None
        assert answer.forbidden
    assert play.outcome("1") == "failed"
    play.press(ERIKA, "guard_notice", "not_a_secret", ref=play.ref("1"))
    assert play.outcome("1") == "released"


def test_a_hidden_message_is_released_only_when_it_is_readable_again() -> None:
    """Between the press and Graph's answer it is still called hidden, and so it stays where Graph refuses."""
    play = talk()
    play.say(KOLLEGE, "1", "IBAN")
    play.close("hide:1:1")
    play.status("release", what="finding", ref=play.ref("1"))
    assert play.outcome("1") == "hidden"
    play.close("unhide:1:1", "refused")
    assert play.outcome("1") == "hidden"
    play.status("release", what="finding", ref=play.ref("1"))
    play.close("unhide:1:1")
    assert play.outcome("1") == "released"


def test_a_release_takes_back_a_hide_that_was_not_answered() -> None:
    """While hiding is owed its request may have come through: the release is claimed after it was taken back."""
    play = talk()
    play.say(KOLLEGE, "1", "IBAN")
    play.close("warn:1:1")
    play.status("release", what="finding", ref=play.ref("1"))
    assert play.outcome("1") == "warned"
    assert "hide:1:1" not in play.open
    play.close("unhide:1:1")
    assert play.outcome("1") == "released"


@pytest.mark.parametrize("result", ["refused", "failed", "gave_up"])
@pytest.mark.parametrize("hidden", [None, "gave_up"])
def test_without_a_confirmed_unhide_nothing_is_released(result: str, hidden: str | None) -> None:
    """Hiding may have come about although no answer said so: the message is not called released, and may be asked
    for again."""
    play = talk()
    play.say(KOLLEGE, "1", "IBAN")
    play.close("warn:1:1")
    if hidden:
        play.close("hide:1:1", hidden, "timed_out")
    play.status("release", what="finding", ref=play.ref("1"))
    play.close("unhide:1:1", result, "code")
    assert play.outcome("1") == "warned"
    assert play.state.findings["1"].released_by is None


@pytest.mark.parametrize("unhidden_first", [True, False])
@pytest.mark.parametrize("result", ["done", "gave_up"])
def test_a_hide_that_ends_after_the_release_is_taken_back(result: str, unhidden_first: bool) -> None:
    """Hiding was being carried out when the release was pressed: it is not forgone, and after its end the message is
    shown again before it is called released."""
    play = talk()
    play.say(KOLLEGE, "1", "IBAN")
    play.begun.add("hide:1:1")
    play.status("release", what="finding", ref=play.ref("1"))
    if unhidden_first:
        play.close("unhide:1:1")
    play.close("hide:1:1", result, "timed_out")
    assert play.outcome("1") == ("hidden" if result == "done" else "failed")
    play.close("unhide:1:1")
    assert play.outcome("1") == "released"


def test_hiding_of_a_former_version_that_ends_after_the_release_is_taken_back() -> None:
    """The block is on the message whichever version it was asked for."""
    play = talk()
    play.say(KOLLEGE, "1", "IBAN")
    play.begun.add("hide:1:1")
    play.wait(10)
    play.say(KOLLEGE, "1", "CARD", event="edit")
    play.close("hide:1:2", "refused")
    play.status("release", what="finding", ref=play.ref("1"))
    assert play.outcome("1") == "released"
    play.close("hide:1:1")
    assert play.outcome("1") != "released"
    play.close("unhide:1:2")
    assert play.outcome("1") == "released"


@pytest.mark.parametrize("how", ["deleted", "edited", "released"])
def test_what_is_dealt_with_cannot_be_released(how: str) -> None:
    """A message that is gone, cleaned or released already is not released (again): nothing is written."""
    play = talk()
    play.say(ERIKA, "1", "IBAN")
    play.close_kind("hide", "refused")
    if how == "deleted":
        play.delete("1")
    elif how == "edited":
        play.wait(5)
        play.say(ERIKA, "1", event="edit")
    else:
        play.press(ERIKA, "guard_notice", "not_a_secret", ref=play.ref("1"))
    before, said = play.outcome("1"), len(play.trail)
    play.press(ERIKA, "guard_notice", "not_a_secret", ref=play.ref("1"))
    play.status("release", what="finding", ref=play.ref("1"))
    assert (play.outcome("1"), len(play.trail)) == (before, said)


@pytest.mark.parametrize("ref", ["none", "0" * 10, "../../etc"])
def test_a_reference_that_is_nobodys_is_refused(ref: str) -> None:
    """A made-up reference releases nothing, whoever presents it."""
    play = talk()
    play.say(ERIKA, "1", "IBAN")
    answer = play.press(ERIKA, "guard_notice", "not_a_secret", ref=ref)
    assert answer is not None
    assert answer.refused == "gone"
    assert play.outcome("1") == "failed"


def test_a_released_secret_that_is_written_again_starts_anew() -> None:
    """A release holds for the version it was said of."""
    play = talk()
    play.say(ERIKA, "1", "IBAN")
    play.close_kind("hide", "refused")
    play.press(ERIKA, "guard_notice", "not_a_secret", ref=play.ref("1"))
    play.wait(5)
    play.say(ERIKA, "1", "CARD", event="edit")
    assert play.outcome("1") == "failed"
    assert play.state.findings["1"].released_by is None


def test_what_its_author_made_harmless_is_shown_after_an_outage_however_long() -> None:
    """Hidden too late, and showing it again was out of reach: asked for after a pause, unless it is gone."""
    play = talk()
    play.say(ERIKA, "1", "IBAN")
    play.begun.add("hide:1:1")
    play.wait(60)
    play.say(ERIKA, "1", event="edit")
    play.close("hide:1:1")
    play.close("unhide:1:1", "gave_up", "unreachable")
    assert play.open["unhide:1:1"].due_at == play.now + PAUSES[0]
    play.delete("1")
    play.close("unhide:1:1", "gave_up", "unreachable")
    assert "unhide:1:1" not in play.open
