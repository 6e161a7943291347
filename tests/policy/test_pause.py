"""The pause of the chat while a secret is readable: when it begins, and that it ends."""

from __future__ import annotations

import pytest

from bot.policy.facts import MeetingEnded

from .play import CHAT, ERIKA, KOLLEGE, Play, talk


def paused() -> Play:
    """A chat paused because of a readable secret."""
    play = talk(chat_pause=True)
    play.close("look_up_meeting", organizer="aad-petra", online_meeting="m-1")
    play.say(ERIKA, "1", "IBAN")
    play.close("hide:1:1", "refused")
    play.close_kind("pause_chat")
    assert play.state.consultation is not None
    assert play.state.consultation.paused
    return play


def test_the_chat_is_not_paused_unless_the_profile_says_so() -> None:
    """Without the choice of the operator a readable secret pauses nothing."""
    play = talk()
    play.close("look_up_meeting", organizer="aad-petra", online_meeting="m-1")
    play.say(ERIKA, "1", "IBAN")
    play.close("hide:1:1", "refused")
    assert "pause_chat" not in play.kinds_open()


def test_a_pause_ends_with_the_last_readable_secret() -> None:
    """The author's deletion opens the chat again, by itself."""
    play = paused()
    play.delete("1")
    play.close("resume_chat")
    assert play.state.consultation is not None
    assert not play.state.consultation.paused


def test_the_advisor_alone_may_open_a_paused_chat() -> None:
    """The advisor's release is owed at once, anybody else's press is not."""
    play = paused()
    play.status("release", person=KOLLEGE, what="pause", ref="c")
    assert "resume_chat" not in play.open
    play.status("release", what="pause", ref="c")
    assert "resume_chat" in play.open


def test_the_next_readable_secret_pauses_again_although_hiding_is_not_asked() -> None:
    """Where hiding is skipped the warning's end decides about the pause."""
    play = paused()
    play.status("release", what="pause", ref="c")
    play.close("resume_chat")
    play.say(ERIKA, "2", "CARD")
    play.close("warn:2:1")
    assert "pause_chat:2:1" in play.open


@pytest.mark.parametrize("by", ["author", "advisor"])
def test_a_secret_written_while_the_chat_is_being_opened_pauses_it_again(by: str) -> None:
    """The opening was owed before the second secret was written: its end finds that secret and closes the chat."""
    play = paused()
    play.wait(1)
    if by == "author":
        play.delete("1")
    else:
        play.status("release", what="pause", ref="c")
    play.wait(1)
    play.say(ERIKA, "2", "CARD")
    play.close("warn:2:1")
    assert "pause_chat" not in play.kinds_open()
    play.close("resume_chat")
    play.close_kind("pause_chat")
    assert play.state.consultation is not None
    assert play.state.consultation.paused


def test_what_the_advisor_knew_of_does_not_close_the_chat_again() -> None:
    """The advisor opens the chat although a secret is readable: it stays open for that one."""
    play = paused()
    play.status("release", what="pause", ref="c")
    play.close("resume_chat")
    assert "pause_chat" not in play.kinds_open()


@pytest.mark.parametrize("how", ["meeting ended", "ran out"])
@pytest.mark.parametrize("late", [False, True])
def test_the_end_of_the_meeting_opens_the_chat(how: str, late: bool) -> None:
    """Nobody from outside is there any more, and a meeting held again must find its chat open: also where closing it
    was under way at the end. A secret that is found afterwards closes nothing."""
    play = talk(chat_pause=True)
    play.close("look_up_meeting", organizer="aad-petra", online_meeting="m-1")
    play.say(ERIKA, "1", "IBAN")
    play.close("hide:1:1", "refused")
    if not late:
        play.close_kind("pause_chat")
    if how == "meeting ended":
        play.take(MeetingEnded(conversation=CHAT, key="end"))
    else:
        play.wait(3 * 24 * 3600)
        play.close("timer:idle")
    if late:
        play.close_kind("pause_chat")
    play.close("resume_chat")
    play.say(ERIKA, "2", "CARD", via="graph")
    play.close_kind("warn", "failed")
    assert play.state.consultation is not None
    assert not play.state.is_open
    assert not play.state.consultation.paused
    assert not {"pause_chat", "resume_chat"} & play.kinds_open()


def test_a_consultation_that_the_advisor_closes_stays_paused_until_the_meeting_ends() -> None:
    """People are still there and the secret is readable."""
    play = paused()
    play.status("close")
    assert "resume_chat" not in play.open
    play.take(MeetingEnded(conversation=CHAT, key="end"))
    assert "resume_chat" in play.open
