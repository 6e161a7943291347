"""A meeting is held again in the same chat: both ears are open again, and nothing of the last time is taken for new."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.policy.facts import AppRemoved, Attempted, FellDue, MeetingEnded, MeetingStarted, PersonJoined

from .play import CHAT, ERIKA, OTTO, START, Play, talk

EARS = {"subscribe", "reconcile", "read_roster"}


def end(play: Play, minute: float, key: str = "end") -> None:
    """The end of this minute is told now."""
    play.take(MeetingEnded(conversation=CHAT, key=f"{key}:{minute}", at=START + timedelta(minutes=minute)))


def start(play: Play, minute: float) -> None:
    """The start of this minute is told now."""
    play.take(MeetingStarted(conversation=CHAT, key=f"start:{minute}", at=START + timedelta(minutes=minute)))


def ended(how: str) -> Play:
    """A consultation that is over, with its subscription run out and nothing owed."""
    play = talk()
    play.say(ERIKA, "1")
    if how == "withdrawn":
        play.type(ERIKA, "accept")
        play.type(ERIKA, "withdraw")
    elif how == "expired":
        play.wait(timedelta(days=5).total_seconds())
        play.take(FellDue(conversation=CHAT, key="", timer="idle"))
    else:
        play.wait(60)
        play.take(MeetingEnded(conversation=CHAT, key="end"))
    play.wait(timedelta(days=5).total_seconds())
    play.open.clear()
    return play


@pytest.mark.parametrize("how", ["meeting_ended", "expired", "withdrawn"])
def test_whatever_opens_it_again_both_ears_are_open(how: str) -> None:
    """A subscription lives for three days: without a new one no recording would be noticed, and no guest heard whose
    messages only Graph brings. Until it is confirmed, the chat is read every minute."""
    play = ended(how)
    assert play.state.consultation is not None
    assert play.state.consultation.reason == how
    if how == "meeting_ended":
        play.take(MeetingStarted(conversation=CHAT, key="again"))
    elif how == "expired":
        play.take(PersonJoined(conversation=CHAT, key="again", person=OTTO))
    else:
        play.type(ERIKA, "accept")
    assert play.state.is_open
    assert {"subscribe", "read_roster", "timer:poll"} <= play.kinds_open()
    # After a withdrawal nothing is scanned (R68): what was written meanwhile is not looked for.
    assert ("reconcile" in play.kinds_open()) is (how != "withdrawn")


def test_which_ear_carries_guests_is_asked_anew() -> None:
    """That activities brought the last meeting's messages says nothing of this one's."""
    play = ended("meeting_ended")
    assert play.state.consultation is not None
    assert play.state.consultation.hearing == "activities"
    play.take(MeetingStarted(conversation=CHAT, key="again"))
    assert play.state.consultation.hearing == "unknown"
    play.join(OTTO)
    assert "timer:hearing" in play.kinds_open()
    play.say(OTTO, "2")
    assert play.state.consultation.hearing == "activities"


def test_without_the_app_nothing_is_claimed_of_hearing() -> None:
    """Graph may tell a start although the app is gone: nothing can be heard then."""
    play = ended("meeting_ended")
    play.take(AppRemoved(conversation=CHAT, key="removed"))
    play.take(MeetingStarted(conversation=CHAT, key="again"))
    assert play.state.consultation is not None
    assert play.state.consultation.hearing == "deaf"


def test_a_start_while_the_meeting_runs_opens_nothing_twice() -> None:
    """Only what was over is listened to anew."""
    play = talk()
    play.open.clear()
    start(play, 1)
    assert not EARS & play.kinds_open()


def test_an_end_told_late_does_not_end_the_meeting_that_is_held_again() -> None:
    """Graph's own message of the first end is read back when the meeting is under way again: nobody has left, and the
    chat is not deleted under them."""
    play = talk(chat_deletion="always", chat_pause=True)
    start(play, 1)
    play.wait(1800)
    end(play, 30)
    play.wait(300)
    start(play, 35)
    play.join(ERIKA)
    play.wait(60)
    play.open.clear()
    end(play, 30, "ended")
    assert play.state.is_open
    assert play.state.people[ERIKA.id].present
    assert play.kinds_open() <= {"status"}


def test_the_end_of_the_meeting_held_again_counts() -> None:
    """Whoever tells it first; told a second time it moves nothing."""
    play = talk()
    for minute in (1, 40):
        play.now = START + timedelta(minutes=minute)
        start(play, minute)
        play.wait(1200)
        end(play, minute + 20)
        assert not play.state.is_open
        at = play.state.consultation.ended_at if play.state.consultation else None
        play.wait(600)
        end(play, minute + 20, "ended")
        assert play.state.consultation is not None
        assert play.state.consultation.ended_at == at


def test_an_end_told_late_leaves_a_paused_chat_closed() -> None:
    """A secret is readable in the meeting that is under way."""
    play = talk(chat_pause=True)
    about = (("meeting", "meeting-1"),)
    play.take(
        Attempted(conversation=CHAT, key="", duty="look_up_meeting", kind="look_up_meeting", about=about, result="done",
                  data=(("organizer", "aad-petra"), ("online_meeting", "m-1")))
    )  # fmt: skip
    start(play, 1)
    play.wait(120)
    play.say(ERIKA, "1", "IBAN")
    play.close("hide:1:1", "refused")
    play.close_kind("pause_chat")
    end(play, 0)
    assert play.state.consultation is not None
    assert play.state.consultation.paused
    assert "resume_chat" not in play.kinds_open()


def test_a_start_told_after_its_end_opens_nothing() -> None:
    """The two are delivered in the wrong order: the meeting is over all the same, and its chat falls due."""
    play = talk()
    play.wait(1800)
    end(play, 25)
    start(play, 5)
    assert not play.state.is_open
    assert play.state.consultation is not None
    assert play.state.consultation.ended_at == START + timedelta(minutes=25)


def test_the_second_meetings_start_told_after_its_end_opens_nothing_either() -> None:
    """Neither stays open, polled and subscribed to, until a day has passed without anything happening."""
    play = talk()
    start(play, 1)
    play.wait(1800)
    end(play, 25)
    play.wait(3600)
    end(play, 80)
    start(play, 60)
    assert not play.state.is_open
    assert play.state.consultation is not None
    assert play.state.consultation.ended_at == START + timedelta(minutes=80)


def test_the_end_that_nobody_told_does_not_end_the_meeting_held_after_it() -> None:
    """It ran out, since Graph was out of reach; whoever comes days later has the chat read, and the end is in it."""
    play = talk(chat_deletion="always")
    start(play, 1)
    play.wait(timedelta(days=5).total_seconds())
    play.take(FellDue(conversation=CHAT, key="", timer="idle"))
    play.take(PersonJoined(conversation=CHAT, key="again", person=OTTO))
    play.wait(5)
    end(play, 45)
    assert play.state.is_open
    assert play.state.people[OTTO.id].present
    play.wait(1800)
    end(play, 5 * 24 * 60 + 30)
    assert not play.state.is_open


def test_an_end_whose_time_lies_ahead_is_now() -> None:
    """The platform's clock may be ahead of ours: nothing waits for a moment that has not come."""
    play = talk()
    end(play, 90)
    assert play.state.consultation is not None
    assert play.state.consultation.ended_at == START


def test_a_closed_consultation_is_open_again_when_its_chat_has_another_meeting() -> None:
    """The advisor closed it in the first meeting. What is written in the next one is scanned, and who is there is
    welcomed; a start that is told late, or names no time, may be that of the first."""
    play = talk()
    start(play, 1)
    play.wait(1800)
    play.status("close")
    start(play, 2)
    play.take(MeetingStarted(conversation=CHAT, key="without time"))
    assert not play.state.is_open
    end(play, 31)
    play.wait(7 * 86400)
    play.open.clear()
    start(play, 7 * 24 * 60)
    assert play.state.is_open
    assert play.kinds_open() >= EARS
    play.join(OTTO)
    assert "post_welcome" in play.kinds_open()


@pytest.mark.parametrize("by", ["event", "meeting end", "nobody"])
def test_a_chat_is_not_deleted_under_the_people_in_it(by: str) -> None:
    """Closed by the advisor while the customer is still in the meeting: the chat goes a while after they have left, and
    a day later at last, if nothing tells that they have."""
    play = talk(chat_deletion="always")
    play.status("close")
    read = play.state.consultation
    assert read is not None
    play.state = play.state.with_thing(replace(read, read_back_to=play.now))
    delay = play.state.terms.chat_deletion_delay
    for _ in range(2):
        play.wait(delay.total_seconds())
        play.close("timer:chat_deletion")
        assert "delete_chat" not in play.kinds_open()
        assert play.open["timer:chat_deletion"].due_at == play.now + delay
    play.wait(60)
    if by == "nobody":
        play.wait(86400)
    elif by == "event":
        play.leave(ERIKA)
    else:
        play.take(MeetingEnded(conversation=CHAT, key="end", at=play.now))
    if by != "nobody":
        play.wait(60)
        play.close("timer:chat_deletion")
        assert "delete_chat" not in play.kinds_open()
        play.wait((delay - timedelta(seconds=60)).total_seconds())
    play.close("timer:chat_deletion")
    assert "delete_chat" in play.kinds_open()


def test_who_organises_is_looked_up_again_after_the_retention_time() -> None:
    """Erased with the advisor's data: without it a recording of the meeting held then could not be switched off."""
    play = ended("meeting_ended")
    known = play.state.consultation
    assert known is not None
    play.state = play.state.with_thing(replace(known, online_meeting="m-1", organizer=None, advisor=None))
    play.take(MeetingStarted(conversation=CHAT, key="again", meeting="meeting-1"))
    assert "look_up_meeting" in play.kinds_open()


def test_what_graph_shows_again_after_the_decision_on_the_chat_is_decided_on_too() -> None:
    """It was hidden, so that the chat could stay; now everybody can read it."""
    play = talk()
    play.say(ERIKA, "1", "IBAN")
    play.close("hide:1:1")
    play.take(MeetingEnded(conversation=CHAT, key="end"))
    play.wait(3600)
    play.close("timer:chat_deletion")
    assert not {"delete_chat", "timer:chat_deletion"} & play.kinds_open()
    play.say(ERIKA, "1", event="edit", via="graph", again=True, hidden=False)
    assert play.outcome("1") == "failed"
    assert "timer:chat_deletion" in play.kinds_open()
