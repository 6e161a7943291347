"""Versions of a message: what is told twice counts once, and nothing new counts as told already."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy.facts import Person

from .play import ERIKA, KOLLEGE, START, Play

GRAPHS = Person(id="graph:x", aad="aad-karl", tenant="tenant", kind="tenant")
ERIKA_BY_GRAPH = Person(id="graph:anonymous")
SKEW = st.floats(-0.5, 0.5)


def talk() -> Play:
    """An open consultation with a customer in it."""
    play = Play().begin()
    play.join(ERIKA)
    return play


def after(seconds: float) -> dict[str, object]:
    """The time of a version, and that of the posting, as Graph gives both."""
    return {"modified": START + timedelta(seconds=seconds), "posted": START}


def hidden() -> Play:
    """A colleague's message was found and is confirmed hidden."""
    play = talk()
    play.say(KOLLEGE, "1", "IBAN")
    play.close("hide:1:1")
    play.close("warn:1:1")
    return play


def test_an_edit_soon_after_the_posting_is_a_version_of_its_own() -> None:
    """Only Graph tells an edit made within two seconds: what it discloses is found, and nothing is claimed of it."""
    play = hidden()
    play.say(GRAPHS, "1", "CREDENTIAL", event="edit", via="graph", **after(1.5))
    assert (play.state.findings["1"].version, play.state.findings["1"].kinds) == (2, ("CREDENTIAL",))
    assert play.outcome("1") == "failed"


@given(SKEW, SKEW, SKEW, st.floats(1.6, 60), st.booleans())
def test_an_edit_counts_once_whoever_tells_it(
    first: float, activity: float, graph: float, delay: float, both: bool
) -> None:
    """Whether one ear tells it or both, with times that are half a second out."""
    play = talk()
    play.say(KOLLEGE, "1", "IBAN", modified=START + timedelta(seconds=first))
    if both:
        edited = START + timedelta(seconds=delay + activity)
        play.say(KOLLEGE, "1", "CARD", event="edit", modified=edited, posted=START)
    play.say(GRAPHS, "1", "CARD", event="edit", via="graph", **after(delay + graph))
    assert play.state.findings["1"].version == 2
    assert play.owed_times["warn:1:2"] == 1


def test_two_edits_within_two_seconds_are_told_apart_by_what_is_shown() -> None:
    """The second edit, which only Graph tells, took the hiding away: it starts anew."""
    play = hidden()
    play.say(KOLLEGE, "1", "IBAN", event="edit", **after(60))
    play.close("hide:1:2")
    play.say(GRAPHS, "1", "CREDENTIAL", event="edit", via="graph", hidden=False, **after(61.5))
    assert (play.state.findings["1"].version, play.state.findings["1"].kinds) == (3, ("CREDENTIAL",))


@pytest.mark.parametrize("event", ["new", "edit"])
def test_what_is_not_hidden_any_more_is_hidden_again_and_nobody_is_told_twice(event: str) -> None:
    """The version is the one that was dealt with: hiding is owed once more, the notice is not, and until Graph has
    answered it is not called hidden."""
    play = hidden()
    play.say(GRAPHS, "1", event=event, via="graph", hidden=False, again=True, key="", **after(0))
    assert play.outcome("1") == "warned"
    assert (play.owed_times["hide:1:1"], play.owed_times["warn:1:1"]) == (2, 1)
    play.close("hide:1:1")
    assert play.outcome("1") == "hidden"


def test_an_old_look_at_the_message_does_not_contradict_its_newest_version() -> None:
    """What Graph showed before the edit that was hidden meanwhile is about another version."""
    play = hidden()
    play.say(KOLLEGE, "1", "IBAN", event="edit", **after(60))
    play.close("hide:1:2")
    play.say(GRAPHS, "1", "IBAN", via="graph", hidden=False, key="", **after(0))
    assert play.outcome("1") == "hidden"


def test_what_is_being_released_is_not_hidden_again() -> None:
    """Between the platform's showing it and our writing that down."""
    play = hidden()
    play.status("release", what="finding", ref=play.ref("1"))
    play.say(GRAPHS, "1", "IBAN", via="graph", hidden=False, key="", **after(0))
    play.close("unhide:1:1")
    assert play.outcome("1") == "released"
    assert "hide:1:1" not in play.open


def test_the_same_text_again_is_no_new_version_and_no_clean_one() -> None:
    """Its kinds were not looked for: nothing is owed, claimed or taken back; only its time moves on."""
    play = hidden()
    before = play.state.findings["1"]
    play.say(GRAPHS, "1", event="edit", via="graph", again=True, hidden=True, **after(60))
    finding = play.state.findings["1"]
    assert (play.outcome("1"), finding.version, finding.kinds) == ("hidden", 1, before.kinds)
    assert finding.modified_at == START + timedelta(seconds=60)
    assert not [key for key in play.open if key.startswith(("hide:", "warn:"))]


def test_who_wrote_is_learned_with_a_new_version() -> None:
    """Graph told the first version, and names no guest as Teams does; an activity brings the edit. Its author is asked
    in private, and may say that it was no secret."""
    play = talk()
    play.say(ERIKA_BY_GRAPH, "1", "IBAN", via="graph")
    assert play.state.findings["1"].person is None
    play.wait(30)
    play.say(ERIKA, "1", "CREDENTIAL", event="edit")
    play.close_kind("hide", "refused")
    assert (play.state.findings["1"].person, play.state.findings["1"].role) == (ERIKA.id, "guest")
    play.press(ERIKA, "guard_notice", "not_a_secret", ref=play.ref("1"))
    assert play.outcome("1") == "released"


def test_a_new_version_that_only_graph_tells_keeps_its_author() -> None:
    """Who is known already is not forgotten because Graph does not name them."""
    play = talk()
    play.say(ERIKA, "1", "IBAN")
    play.wait(30)
    play.say(ERIKA_BY_GRAPH, "1", "CREDENTIAL", event="edit", via="graph")
    assert play.state.findings["1"].version == 2
    assert play.state.findings["1"].person == ERIKA.id
