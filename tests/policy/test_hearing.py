"""Am I hearing this chat? (N18): the self-test, its verdict, and what the advisor's card says of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.policy.facts import MessageNoticed, Person
from bot.presenting import hearing

from .play import CHAT, ERIKA, PETRA, Play, terms

UNHEARD = ("unreachable", "no_subscription")


def with_guest(**promised: object) -> Play:
    """A guest is there, the subscription is confirmed, nothing was heard yet."""
    play = Play(terms(**promised)).begin()
    play.close("subscribe", expires=(play.now + timedelta(days=3)).isoformat())
    play.join(ERIKA)
    return play


def fall_due(play: Play, kind: str) -> None:
    """Time passes until the duty of this kind falls due."""
    [duty] = [duty for duty in play.open.values() if duty.kind == kind]
    assert duty.due_at is not None
    play.now = max(play.now, duty.due_at)
    play.close(duty.key)


def read(play: Play) -> None:
    """The chat was read back up to now."""
    play.close("reconcile", read_to=play.now.isoformat())


def test_a_chat_that_cannot_be_read_is_told_within_two_minutes_of_the_guests_coming() -> None:
    """Nothing heard, and no answer to the reading: the card says which path fails and why, and the trail has it."""
    play = with_guest()
    came = play.now
    assert hearing(play.state) == ("unknown", None)
    fall_due(play, "timer:hearing")
    assert "reconcile" in play.open
    fall_due(play, "timer:hearing")
    assert hearing(play.state) == UNHEARD
    assert play.recorded("hearing:unreachable") == [{"reason": "no_subscription"}]
    assert play.now - came < timedelta(minutes=2)
    assert "status" in play.open


def test_a_chat_that_can_be_read_is_not_complained_of() -> None:
    """It was read in time and holds no guest's message: that is what the card goes on saying, and no test remains."""
    play = with_guest()
    fall_due(play, "timer:hearing")
    read(play)
    fall_due(play, "timer:hearing")
    assert hearing(play.state) == ("unknown", None)
    assert "timer:hearing" not in play.kinds_open()


def test_whoever_is_heard_needs_no_test() -> None:
    """An activity brought a guest's message: no test is owed any more, and one that falls due reads nothing."""
    play = with_guest()
    moment = play.open["timer:hearing:p2"]
    play.say(ERIKA, "1")
    assert "timer:hearing" not in play.kinds_open()
    play.open[moment.key] = moment
    play.close(moment.key)
    assert "reconcile" not in play.open
    assert hearing(play.state) == ("activities", None)


@pytest.mark.parametrize("how", ["activity", "graph", "read"])
def test_the_verdict_is_corrected_as_soon_as_something_is_heard(how: str) -> None:
    """A message on either path, or a reading that is answered at last."""
    play = with_guest()
    fall_due(play, "timer:hearing")
    fall_due(play, "timer:hearing")
    if how == "read":
        read(play)
        assert hearing(play.state) == ("unknown", None)
    else:
        play.say(ERIKA if how == "activity" else Person(id="graph:erika"), "1", via=how)
        assert hearing(play.state) == ("activities" if how == "activity" else "graph", None)


def test_after_a_guests_message_through_graph_nobody_is_told_that_none_has_arrived() -> None:
    """The second way worked, failed and works again: it is `graph`, not `unknown`."""
    play = with_guest()
    play.say(Person(id="graph:erika"), "1", via="graph")
    play.take(MessageNoticed(conversation=CHAT, key="n", message="2", modified=play.now))
    play.close_kind("read_back", "gave_up", "server_error")
    play.close("reconcile", "gave_up", "server_error")
    assert hearing(play.state) == UNHEARD
    read(play)
    assert hearing(play.state) == ("graph", None)


def test_messages_that_graph_names_and_nobody_hears_are_tested_once_in_a_while() -> None:
    """A flood of notices owes one test in five minutes."""
    play = Play().begin()
    for number in range(20):
        play.take(MessageNoticed(conversation=CHAT, key=f"n{number}", message=str(number), modified=play.now))
        play.wait(1)
    assert len([duty for duty in play.open.values() if duty.kind == "timer:hearing"]) == 1


def test_until_a_subscription_is_confirmed_the_chat_is_read_every_minute() -> None:
    """Also while the request for it is still tried again; it ends with the confirmation."""
    play = Play().begin()
    play.join(ERIKA)
    for _ in range(2):
        fall_due(play, "timer:poll")
        assert {"reconcile", "subscribe"} <= set(play.open)
    assert hearing(play.state) == UNHEARD
    play.close("subscribe", expires=(play.now + timedelta(days=3)).isoformat())
    assert "timer:poll" not in play.open


def test_before_anybody_has_consented_the_card_says_why_nothing_is_checked() -> None:
    """Where consent is the basis; with the first consent the path counts again."""
    play = with_guest(guard_basis="consent")
    play.say(ERIKA, "1", scanned=False)
    assert hearing(play.state) == ("deaf", "no_consent")
    play.press(ERIKA, "welcome", "accept")
    assert hearing(play.state) == ("activities", None)


def test_a_refused_reading_is_a_missing_right() -> None:
    """The reasons are told apart: no answer is one thing, a refusal another."""
    play = with_guest()
    fall_due(play, "timer:hearing")
    fall_due(play, "timer:hearing")
    play.close("reconcile", "refused", "forbidden")
    assert hearing(play.state) == ("deaf", "no_permission")
    assert PETRA.id in play.state.people
