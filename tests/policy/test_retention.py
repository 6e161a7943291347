"""What falls due, and when: counted from the end, also where no event ends a consultation (R62, R73)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy.decide import decide
from bot.policy.decisions import Owe
from bot.policy.facts import AppointmentBooked, FellDue, MeetingEnded, MeetingStarted
from bot.policy.rules.expiry import IDLE, NEVER_HELD
from bot.policy.state import Appointment, State

from .play import CHAT, ERIKA, PETRA, START, Play, terms

DAY = timedelta(days=1)
KEPT = terms(keep_consultation=10 * DAY, keep_findings=5 * DAY, keep_trail=100 * DAY)
DUE = {"retention": 10 * DAY, "findings": 5 * DAY, "trail": 100 * DAY}
EFFECT = {"retention": "erase", "findings": "erase_findings", "trail": "purge"}


def moments(play: Play) -> dict[str, datetime]:
    return {name: play.open[f"timer:{name}"].due_at for name in DUE}


def end(play: Play) -> None:
    play.take(MeetingEnded(conversation=CHAT, key=f"end-{play.now}"))


def fall(play: Play, name: str) -> None:
    play.open.pop(f"timer:{name}", None)
    play.take(FellDue(conversation=CHAT, key="", timer=name))


def run_out(play: Play) -> None:
    """The idle moment comes, as often as it is put off."""
    while "timer:idle" in play.open:
        duty = play.open["timer:idle"]
        play.now = max(play.now, duty.due_at)
        play.close("timer:idle")


@pytest.mark.parametrize("how", ["event", "closed", "withdrawn"])
def test_every_end_writes_down_all_moments(how: str) -> None:
    """Meeting end, the advisor's closing and a withdrawal owe the same three moments, counted from it."""
    play = Play(KEPT).begin()
    play.join(ERIKA)
    play.press(ERIKA, "welcome", "accept")
    play.wait(600)
    if how == "event":
        end(play)
    elif how == "closed":
        play.status("close")
    else:
        play.press(ERIKA, "welcome", "withdraw")
    assert play.state.consultation.state == "ended"
    assert moments(play) == {name: play.now + period for name, period in DUE.items()}


@pytest.mark.parametrize("name", DUE)
def test_what_is_due_is_owed_and_not_a_second_sooner(name: str) -> None:
    """A moment too early is written down anew for the right one; on it the erasure is owed."""
    play = Play(KEPT).begin()
    end(play)
    ended = play.now
    play.now = ended + DUE[name] - timedelta(seconds=1)
    fall(play, name)
    assert EFFECT[name] not in play.kinds_open()
    assert play.open[f"timer:{name}"].due_at == ended + DUE[name]
    play.now += timedelta(seconds=1)
    fall(play, name)
    assert EFFECT[name] in play.kinds_open()


def test_a_meeting_held_again_counts_from_its_last_end() -> None:
    """While it is open nothing is erased; after the second end the first one's moment is only a reminder to look."""
    play = Play(KEPT).begin()
    end(play)
    play.wait(9 * 86400)
    play.take(MeetingStarted(conversation=CHAT, key="again"))
    play.wait(2 * 86400)
    fall(play, "retention")
    assert "erase" not in play.kinds_open()
    end(play)
    second = play.now
    fall(play, "retention")
    assert "erase" not in play.kinds_open()
    assert moments(play)["retention"] == second + DUE["retention"]


def test_a_finding_that_was_erased_is_told_in_the_trail() -> None:
    """Counts and reason, nothing else."""
    play = Play(KEPT).begin()
    end(play)
    play.wait(5 * 86400)
    play.close("timer:findings")
    play.close("erase_findings", findings="2", seen="7")
    assert play.recorded("data:erased") == [{"what": {"findings": 2, "seen": 7}, "reason": "findings"}]


# -- appointments ---------------------------------------------------------------------------------------------------


def booked(state: State) -> tuple[list[Owe], State]:
    fact = AppointmentBooked(
        conversation="appointment:a-1", key="booked", ref="a-1", customer_name="Erika", customer_email="e@example.org",
        email_digest="mail", advisor="aad-petra", advisor_name="Petra", starts_at=START + DAY,
        ends_at=START + DAY + timedelta(hours=1), language="de",
    )  # fmt: skip
    decisions, state = decide(fact, state, START)
    return [d for d in decisions if isinstance(d, Owe)], state


@pytest.mark.parametrize("cancelled", [None, START])
def test_an_appointment_nobody_came_to_falls_due_too(cancelled: datetime | None) -> None:
    """Booked, and then a no-show or cancelled: its data and its trail go, counted from the booked end."""
    owed, state = booked(State(terms=KEPT))
    ends_at = START + DAY + timedelta(hours=1)
    due = {duty.kind: duty.due_at for duty in owed if duty.kind.startswith("timer:")}
    assert due == {"timer:retention": ends_at + 10 * DAY, "timer:trail": ends_at + 100 * DAY}
    values = {name: getattr(state.appointment, name) for name in Appointment.__dataclass_fields__}
    state = state.with_thing(Appointment(**(values | {"cancelled_at": cancelled})))
    for kind, at in due.items():
        fact = FellDue(conversation="appointment:a-1", key="", timer=kind.removeprefix("timer:"))
        decisions, _ = decide(fact, state, at)
        assert EFFECT[fact.timer] in {d.kind for d in decisions if isinstance(d, Owe)}
        decisions, _ = decide(fact, state, at - timedelta(seconds=1))
        assert [(d.kind, d.due_at) for d in decisions if isinstance(d, Owe)] == [(kind, at)]


def test_of_an_unknown_conversation_nothing_falls_due() -> None:
    """After a purge a late moment finds nothing, and owes nothing."""
    for name in (*DUE, "idle"):
        decisions, _ = decide(FellDue(conversation=CHAT, key="", timer=name), State(terms=KEPT), START)
        assert decisions == []


# -- consultations that no event ends -------------------------------------------------------------------------------


def test_a_consultation_without_an_end_ends_with_the_last_thing_that_happened() -> None:
    """No meetingEnd arrives: a day after the last thing known it is ended as of then, and everything falls due."""
    play = Play(KEPT).begin()
    play.join(ERIKA)
    play.wait(2 * 3600)
    play.say(ERIKA, "1", "IBAN")
    last = play.now
    run_out(play)
    known = play.state.consultation
    assert (known.state, known.reason, known.ended_at) == ("ended", "expired", last)
    assert play.now == last + IDLE
    assert play.recorded("consultation:ended") == [{"reason": "expired"}]
    assert not play.state.people[ERIKA.id].present
    assert moments(play) == {name: last + period for name, period in DUE.items()}
    assert {"reconcile", "timer:chat_deletion"} <= play.kinds_open()


def test_a_no_show_ends_with_the_booked_end() -> None:
    """Nobody from outside came and the meeting never began: no chat is deleted for it, but it falls due."""
    play = Play(KEPT).begin()
    run_out(play)
    assert play.state.consultation.ended_at == START + timedelta(hours=1)
    assert "timer:chat_deletion" not in play.open
    assert moments(play)["retention"] == START + timedelta(hours=1) + 10 * DAY


def test_an_unbooked_chat_waits_longer_for_its_first_guest() -> None:
    """The app may be added long before the meeting."""
    play = Play(KEPT).begin(booked=False)
    run_out(play)
    assert play.now == START + NEVER_HELD
    assert play.state.consultation.reason == "expired"


def test_a_consultation_that_goes_on_does_not_run_out() -> None:
    """Each look finds something newer and is put off to a day after it."""
    play = Play(KEPT).begin()
    play.join(ERIKA)
    for n in range(5):
        play.wait(20 * 3600)
        play.say(ERIKA, str(n), "IBAN")
        if play.open["timer:idle"].due_at <= play.now:
            play.close("timer:idle")
        assert play.state.is_open
        assert play.now < play.open["timer:idle"].due_at <= play.now + IDLE


@pytest.mark.parametrize("how", ["joins", "presses", "meeting"])
def test_what_ran_out_is_open_again_when_somebody_comes(how: str) -> None:
    """A guest who joins or presses, or a new start, opens it; it runs out anew, counted from then."""
    play = Play(KEPT).begin()
    play.join(ERIKA)
    run_out(play)
    play.wait(3 * 86400)
    if how == "joins":
        play.join(ERIKA)
    elif how == "presses":
        play.press(ERIKA, "welcome", "accept")
    else:
        play.take(MeetingStarted(conversation=CHAT, key="again"))
    back = play.now
    assert play.state.is_open
    run_out(play)
    assert play.state.consultation.ended_at == back
    assert play.now == back + IDLE


def test_staff_alone_open_nothing() -> None:
    """An advisor who looks into an old chat does not start its time anew."""
    play = Play(KEPT).begin()
    play.join(ERIKA)
    run_out(play)
    play.status("close")
    play.join(PETRA)
    assert play.state.consultation.reason == "expired"


def test_an_end_by_event_makes_the_idle_moment_nothing() -> None:
    """The consultation keeps the end it had."""
    play = Play(KEPT).begin()
    play.join(ERIKA)
    end(play)
    before = play.state
    run_out(play)
    assert play.state == before


STEPS = st.lists(
    st.tuples(st.sampled_from(["join", "say", "start", "end", "leave", "withdraw", "accept", "idle"]),
              st.integers(0, 40 * 3600)),
    max_size=12,
)  # fmt: skip


@given(STEPS)
def test_whatever_happens_everything_falls_due_in_the_end(steps: list[tuple[str, int]]) -> None:
    """In any order of events, with or without an end, once all moments have come the erasures are owed, none of them
    before its period is over."""
    play = Play(KEPT).begin(booked=False)
    for number, (step, seconds) in enumerate(steps):
        play.wait(seconds)
        match step:
            case "join":
                play.join(ERIKA)
            case "leave":
                play.leave(ERIKA)
            case "say":
                play.say(ERIKA, str(number), "IBAN")
            case "start":
                play.take(MeetingStarted(conversation=CHAT, key=f"start-{number}"))
            case "end":
                end(play)
            case "withdraw" | "accept":
                play.press(ERIKA, "welcome", step)
            case "idle" if "timer:idle" in play.open and play.open["timer:idle"].due_at <= play.now:
                play.close("timer:idle")
    run_out(play)
    known = play.state.consultation
    assert known.state == "ended"
    assert known.ended_at is not None
    for name, period in DUE.items():
        for _ in range(3):
            if EFFECT[name] in {duty.kind for duty in play.open.values() if ("scope", "session") not in duty.about}:
                break
            play.now = max(play.now, play.open[f"timer:{name}"].due_at)
            play.close(f"timer:{name}")
        else:
            raise AssertionError(f"{name} never falls due")
        assert play.now >= known.ended_at + period
