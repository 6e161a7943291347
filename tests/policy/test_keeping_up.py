"""What an outage has outlasted and is wanted still is asked for again; what is past, or was done, is not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.policy.facts import AppRemoved, Attempted, MeetingEnded, MeetingStarted
from bot.policy.rules.giving_up import KEPT_UP, POSTED_ONCE
from bot.policy.rules.hearing import PAUSES

from .play import CHAT, TERMS, Play, talk


def given_up(play: Play, kind: str, result: str = "gave_up", code: str = "unreachable") -> None:
    """All tries of a duty of this kind have failed."""
    play.open.pop(kind, None)
    play.take(
        Attempted(conversation=CHAT, key="", duty=kind, kind=kind, about=(("meeting", "m"),), result=result,
                  code=code)  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.mark.parametrize("kind", sorted(KEPT_UP))
def test_what_is_wanted_still_is_asked_for_again(kind: str) -> None:
    """After a pause, about the same thing: recordings are forbidden and cards redrawn however long an outage lasts."""
    play = talk()
    given_up(play, kind)
    again = play.open[kind]
    assert again.due_at == play.now + PAUSES[0]
    assert again.about == (("meeting", "m"),)


@pytest.mark.parametrize("result", ["done", "refused", "failed", "skipped"])
def test_what_was_answered_is_not_asked_again(result: str) -> None:
    """A refusal is an answer."""
    play = talk()
    given_up(play, "forbid_recording", result)
    assert "forbid_recording" not in play.open


def test_a_defect_of_ours_is_not_repeated_for_ever() -> None:
    """It failed for a reason that no pause mends."""
    play = talk()
    given_up(play, "look_up_meeting", code="internal")
    assert "look_up_meeting" not in play.open


@pytest.mark.parametrize("kind", sorted(POSTED_ONCE))
@pytest.mark.parametrize("maybe_done", [False, True])
def test_a_card_is_posted_after_an_outage_unless_it_may_stand_there(kind: str, maybe_done: bool) -> None:
    """Nobody is left without the question, the sign-in or the flag; and nobody sees it twice."""
    play = talk()
    play.open.pop(kind, None)
    data = (("maybe_done", "yes"),) if maybe_done else ()
    play.take(
        Attempted(conversation=CHAT, key="", duty=kind, kind=kind, about=(), result="gave_up", code="unreachable",
                  data=data)
    )  # fmt: skip
    assert (kind in play.open) is not maybe_done


def test_what_may_not_be_repeated_is_given_up() -> None:
    """A notice that may stand in the chat is not posted again."""
    play = talk()
    given_up(play, "post_ended")
    assert "post_ended" not in play.open


def test_it_ends_with_what_is_kept_of_the_consultation() -> None:
    """A day before the retention time is over it is asked for, and not once more after it."""
    play = talk()
    play.take(MeetingEnded(conversation=CHAT, key="end"))
    play.wait((TERMS.keep_consultation - timedelta(days=1)).total_seconds())
    given_up(play, "cancel_event")
    assert "cancel_event" in play.open
    play.wait(timedelta(days=1).total_seconds())
    given_up(play, "cancel_event")
    assert "cancel_event" not in play.open


def test_without_the_app_nothing_is_asked_again() -> None:
    """It is asked for when the app comes back."""
    play = talk()
    play.take(AppRemoved(conversation=CHAT, key="removed"))
    given_up(play, "look_up_meeting")
    assert "look_up_meeting" not in play.open


def test_a_meeting_that_begins_is_looked_up_although_it_was_tried_before() -> None:
    """Without its ids no recording can be forbidden: an attempt that failed does not stand in the way."""
    play = Play().begin(booked=False)
    given_up(play, "look_up_meeting", "failed")
    play.take(MeetingStarted(conversation=CHAT, key="start", meeting="meeting-1"))
    assert "look_up_meeting" in play.open
