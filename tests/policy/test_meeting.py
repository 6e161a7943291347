"""The course of a meeting: opening, hearing, recordings, the end and the deletion of the chat."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

import bot.policy.rules as rules
from bot.policy.facts import (
    AdvisorReached,
    AppAdded,
    AppRemoved,
    Attempted,
    HearingLost,
    MeetingEnded,
    MeetingStarted,
    MessageHeard,
    Person,
    PersonJoined,
    RosterRead,
)

from .play import CHAT, ERIKA, KOLLEGE, OTTO, PERSONAL, PETRA, Play, terms

AGAIN = AppAdded(conversation=CHAT, key="", tenant="tenant", service_url="https://s.example/", bot_id="28:b")


def end(play: Play, key: str = "end") -> None:
    """The meeting ends."""
    play.take(MeetingEnded(conversation=CHAT, key=key))


def read_back(play: Play) -> None:
    """The chat was read back up to now."""
    play.close("reconcile", read_to=play.now.isoformat())


def test_every_rule_file_is_registered() -> None:
    """A file in the folder that is not in the registry would silently do nothing."""
    files = {path.stem for path in Path(rules.__file__).parent.glob("*.py")} - {"__init__"}
    assert {module.__name__.rpartition(".")[2] for module in rules.MODULES} == files
    assert len(rules.MODULES) == len(files)


def test_facts_of_an_unknown_conversation_change_nothing() -> None:
    """Before the app was added nothing is kept or owed, whatever arrives."""
    play = Play()
    play.join(ERIKA)
    play.say(ERIKA, "1", "IBAN")
    play.delete("1")
    play.type(ERIKA, "accept")
    play.press(ERIKA, "welcome", "accept")
    play.record("started")
    play.take(HearingLost(conversation=CHAT, key="", reason="restart"))
    play.take(AppRemoved(conversation=CHAT, key=""))
    end(play)
    assert (play.state.consultation, dict(play.state.people), dict(play.state.findings)) == (None, {}, {})
    assert play.open == {}


def test_the_welcome_is_owed_to_everybody_from_outside_once_a_stay() -> None:
    """Two events of one arrival owe one card; staff get none; a later stay gets its own."""
    play = Play().begin()
    play.join(ERIKA)
    play.join(ERIKA)
    play.join(KOLLEGE)
    assert [duty.kind for duty in play.duties.values()].count("post_welcome") == 1
    play.leave(ERIKA)
    play.wait(60)
    play.join(ERIKA)
    assert [duty.kind for duty in play.duties.values()].count("post_welcome") == 2


def test_an_advisor_booked_by_user_principal_name_is_recognised() -> None:
    """With the organizer's Entra id learned, the colleague who is there becomes the advisor and is reached."""
    play = Play().begin(advisor="petra@lindenau.example")
    assert play.state.people[PETRA.id].role == "colleague"
    play.close("look_up_meeting", organizer="AAD-Petra", online_meeting="m-1")
    assert play.state.people[PETRA.id].role == "advisor"
    play.close("open_chat", chat=PERSONAL)
    assert play.status("close") is not None
    assert not play.state.is_open


def test_another_tenant_user_never_becomes_the_booked_advisor() -> None:
    """The look-up of the meeting does not take the role from the advisor who was booked by id."""
    play = Play().begin()
    play.join(KOLLEGE)
    play.close("look_up_meeting", organizer="aad-karl", online_meeting="m-1")
    assert play.state.consultation is not None
    assert play.state.consultation.advisor == "aad-petra"
    assert play.state.people[KOLLEGE.id].role == "colleague"


def test_a_stranger_reached_personally_gets_no_status() -> None:
    """Only the consultation's own advisor's chat is used."""
    play = Play().begin()
    fact = AdvisorReached(
        conversation=CHAT, key="", aad="aad-karl", person="29:karl", of_chat="a:karl", service_url="s", tenant="tenant"
    )
    play.take(fact)
    assert play.state.consultation is not None
    assert play.state.consultation.advisor_chat == PERSONAL


def test_the_app_added_again_listens_again() -> None:
    """After a removal the advisor reads that nothing is heard; after the return what was missed is read back."""
    play = Play().begin()
    play.take(AppRemoved(conversation=CHAT, key="removed"))
    assert play.state.consultation is not None
    assert (play.state.consultation.hearing, play.state.consultation.app_present) == ("deaf", False)
    play.open.clear()
    play.take(AGAIN)
    assert (play.state.consultation.hearing, play.state.consultation.app_present) == ("unknown", True)
    assert {"subscribe", "reconcile", "read_roster"} <= set(play.open)


def test_a_roster_without_a_guest_means_that_they_left() -> None:
    """Guests who are not in it have left and new ones have come; staff stay in a chat for ever."""
    play = Play().begin()
    play.join(ERIKA)
    play.take(RosterRead(conversation=CHAT, key="", people=(OTTO,)))
    present = {person for person, known in play.state.people.items() if known.present}
    assert present == {PETRA.id, OTTO.id}


def test_the_first_guest_message_says_which_ear_works() -> None:
    """Graph's ear is told as such, and corrected as soon as an activity brings a guest's message."""
    play = Play().begin()
    graph = Person(id="graph:erika")
    fact = MessageHeard(
        conversation=CHAT, key="", message="1", person=graph, event="new", via="graph", modified=play.now
    )
    play.take(fact)
    assert play.state.consultation is not None
    assert play.state.consultation.hearing == "graph"
    play.say(ERIKA, "2")
    play.take(fact)
    assert play.state.consultation.hearing == "activities"


def test_without_a_subscription_the_chat_is_read_every_minute() -> None:
    """A refused subscription is replaced by polling, and refused reading is told the advisor."""
    play = Play().begin()
    play.close("subscribe", "refused", "forbidden")
    assert play.open["timer:poll"].due_at == play.now + timedelta(seconds=60)
    play.close("timer:poll")
    play.close("reconcile", "refused", "forbidden")
    assert play.recorded("hearing:deaf") == [{"reason": "no_permission"}]


def test_a_subscription_is_renewed_before_it_ends() -> None:
    """The renewal falls due twelve hours before the expiry, and again after each renewal."""
    play = Play().begin()
    play.close("subscribe", expires=(play.now + timedelta(days=3)).isoformat())
    assert play.open["renew"].due_at == play.now + timedelta(hours=60)
    play.wait(60 * 3600)
    play.close("renew", expires=(play.now + timedelta(days=3)).isoformat())
    assert play.open["renew"].due_at == play.now + timedelta(hours=60)


# -- recordings -------------------------------------------------------------------------------------------------------


def actions(play: Play, number: int = 0) -> tuple[str, ...]:
    """What was done about a recording."""
    return play.state.recordings[number].actions


def test_a_recording_is_told_switched_off_and_confirmed() -> None:
    """Each action is listed when it is done, the end only when it was signalled."""
    play = Play().begin()
    play.record("started")
    play.close("flag:recording:call-1", activity="5", chat=CHAT)
    play.close("switch_off:recording:call-1")
    assert actions(play) == ("everyone told", "switched off")
    play.record("stopped")
    assert actions(play) == ("everyone told", "switched off", "confirmed stopped")


def test_the_same_signal_twice_is_one_recording() -> None:
    """While it runs another start changes nothing."""
    play = Play().begin()
    play.record("started")
    play.record("started")
    assert len(play.state.recordings) == 1


def test_a_recording_started_again_in_the_same_call_is_a_new_violation() -> None:
    """The call's id names the whole meeting: the second recording is flagged, switched off and followed up as well."""
    play = Play().begin()
    for _ in range(3):
        play.record("started")
        play.record("stopped")
        play.wait(60)
    assert [r.call for r in play.state.recordings] == ["call-1", "call-1:2", "call-1:3"]
    assert all(r.stopped_at is not None for r in play.state.recordings)
    assert {"flag:recording:call-1:2", "switch_off:recording:call-1:3"} <= set(play.open)


def test_an_end_that_arrives_before_its_beginning_is_one_recording() -> None:
    """Notifications out of order neither raise a false alarm nor hide the next recording."""
    play = Play().begin()
    play.record("stopped")
    play.record("started")
    assert [(r.event, r.stopped_at) for r in play.state.recordings] == [("start", play.now)]
    play.record("started")
    assert len(play.state.recordings) == 2


def test_what_does_not_stop_is_escalated() -> None:
    """Not confirmed stopped: the advisor is asked after a minute, the officer told five minutes later."""
    play = Play().begin()
    play.record("started")
    play.close("switch_off:recording:call-1")
    play.wait(60)
    play.close("timer:recording:recording:call-1")
    play.close("ask_advisor:recording:call-1", activity="6", chat=PERSONAL)
    play.wait(300)
    play.close("timer:recording_again:recording:call-1")
    play.close("escalate:recording:call-1")
    assert actions(play) == ("switched off", "advisor asked", "escalated")


def test_a_refused_switching_off_asks_the_advisor_at_once() -> None:
    """Where the options cannot be changed, the advisor is asked without waiting."""
    play = Play().begin()
    play.record("started")
    play.close("switch_off:recording:call-1", "refused", "forbidden")
    assert "ask_advisor:recording:call-1" in play.open
    assert "switched off" not in actions(play)


def test_what_stopped_is_not_escalated() -> None:
    """The moments written down for a running recording mean nothing once its end was signalled."""
    play = Play().begin()
    play.record("started")
    play.record("stopped")
    play.close("timer:recording:recording:call-1")
    assert "ask_advisor" not in play.kinds_open()


# -- the end ----------------------------------------------------------------------------------------------------------


def with_finding(outcome: str, **promised: object) -> Play:
    """A consultation with one message dealt with so far."""
    play = Play(terms(**promised)).begin()
    play.join(ERIKA)
    play.say(ERIKA, "1", "IBAN")
    play.close("hide:1:1", "done" if outcome == "hidden" else "refused")
    play.close("warn:1:1")
    return play


@pytest.mark.parametrize(
    ("rule", "outcome", "deleted"),
    [
        ("never", "warned", False),
        ("always", "hidden", True),
        ("after_unprotected_finding", "warned", True),
        ("after_unprotected_finding", "hidden", False),
    ],
)
def test_the_chat_is_deleted_as_the_profile_says(rule: str, outcome: str, deleted: bool) -> None:
    """Always, after a finding that stayed readable, or never."""
    play = with_finding(outcome, chat_deletion=rule)
    end(play)
    play.wait(900)
    read_back(play)
    play.close("timer:chat_deletion")
    assert ("delete_chat" in play.open) == deleted


def test_the_deletion_waits_for_the_reading_back_but_not_for_ever() -> None:
    """Until the chat was read after the end the decision waits; after an hour it is made on what is known."""
    play = with_finding("warned")
    end(play)
    play.wait(900)
    play.close("timer:chat_deletion")
    assert "delete_chat" not in play.open
    play.wait(3600)
    play.close("timer:chat_deletion")
    assert "delete_chat" in play.open


def test_a_meeting_held_again_has_its_full_time() -> None:
    """The moment of the first end does not delete the chat early after the second."""
    play = with_finding("warned")
    end(play)
    play.wait(600)
    play.take(MeetingStarted(conversation=CHAT, key="again"))
    play.wait(240)
    end(play, "end-2")
    read_back(play)
    play.wait(60)
    play.close("timer:chat_deletion")
    assert "delete_chat" not in play.open
    assert play.open["timer:chat_deletion"].due_at == play.now + timedelta(seconds=840)


def test_a_refused_deletion_is_no_deletion_and_is_asked_again_after_the_next_end() -> None:
    """The refusal is the outcome's; a meeting that is held and ends again asks again, and leaves nothing pending."""
    play = with_finding("warned")
    for number in ("1", "2"):
        end(play, number)
        play.wait(900)
        read_back(play)
        play.close("timer:chat_deletion")
        play.close("delete_chat", "refused", "forbidden")
        assert play.state.findings["1"].delete_chat == "refused by platform"
        assert play.outcome("1") == "warned"
        play.take(MeetingStarted(conversation=CHAT, key=f"again-{number}"))


def test_a_confirmed_deletion_is_the_outcome_of_every_message() -> None:
    """What was hidden or released before is deleted now as well."""
    play = with_finding("hidden", chat_deletion="always")
    end(play)
    play.wait(900)
    read_back(play)
    play.close("timer:chat_deletion")
    play.close("delete_chat")
    assert play.outcome("1") == "chat deleted"


def test_a_guest_who_was_early_is_welcomed_when_the_meeting_begins_again() -> None:
    """A guest's arrival told before the new start is not left with the card of the end."""
    play = Play().begin()
    end(play)
    play.wait(60)
    play.take(PersonJoined(conversation=CHAT, key="early", person=ERIKA))
    play.take(MeetingStarted(conversation=CHAT, key="again"))
    assert "post_welcome" in play.kinds_open()


def test_retention_closes_the_ear_and_erases_everything() -> None:
    """When the time is over, unsubscribing is owed before the erasure that forgets the subscription."""
    play = Play().begin()
    end(play)
    assert play.open["timer:retention"].due_at == play.now + play.state.terms.keep_consultation
    play.wait(play.state.terms.keep_consultation.total_seconds())
    play.close("timer:retention")
    order = [duty.kind for duty in play.open.values() if duty.kind in ("erase", "unsubscribe")]
    assert order == ["unsubscribe", "erase"]


def test_an_attempt_about_nothing_is_harmless() -> None:
    """Answers about things that are not there (any more) are taken without a change of state."""
    play = Play().begin()
    before = play.state
    for kind in ("hide", "warn", "remind", "unhide", "switch_off", "ask_advisor", "delete_chat", "cancel_event"):
        about = (("message", "nobody"), ("version", "1"), ("kind", "recording"), ("call", "none"))
        fact = Attempted(conversation=CHAT, key="", duty="x", kind=kind, about=about, result="failed", code="gone")
        play.take(fact)
    assert play.state == before
