"""The guard and its ladder: what is asked, and what is claimed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.policy.facts import MeetingEnded, MeetingStarted, Person, PersonJoined, RosterRead
from bot.policy.outcome import attempts, outcome
from bot.policy.state import Finding

from .play import CHAT, ERIKA, KOLLEGE, OTTO, PETRA, START, talk

AT = START
MANAGED = {"conversation": "c", "message": "1", "kinds": ("IBAN",), "found_at": AT, "modified_at": AT}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "failed"),
        ({"hide": "pending", "warn": "pending"}, "failed"),
        ({"hide": "refused by platform", "warn": "failed"}, "failed"),
        ({"hide": "refused by platform", "warn": "done"}, "warned"),
        ({"hide": "done", "warn": "done"}, "hidden"),
        ({"warn": "done", "edited_at": AT}, "edited by author"),
        ({"hide": "done", "edited_at": AT}, "edited by author"),
        ({"hide": "done", "edited_at": AT, "deleted_at": AT}, "deleted by author"),
        ({"warn": "done", "deleted_at": AT}, "deleted by author"),
        ({"hide": "done", "deleted_at": AT}, "hidden"),
        ({"warn": "done", "released_at": AT}, "released"),
        ({"warn": "done", "released_at": AT, "deleted_at": AT}, "deleted by author"),
        ({"warn": "done", "delete_chat": "done"}, "chat deleted"),
        ({"warn": "done", "delete_chat": "refused by platform"}, "warned"),
        ({"released_by": "author", "hide": "done"}, "hidden"),
    ],
)
def test_the_outcome_is_what_is_confirmed_of_the_message_as_it_stands(fields: dict, expected: str) -> None:
    """Each combination of confirmed rungs and edits gives the outcome of scenarios.md, never more."""
    assert outcome(Finding(**MANAGED, **fields)) == expected


def test_attempts_are_listed_in_the_order_of_the_ladder() -> None:
    """Rungs that were never asked are left out, the others keep their order."""
    finding = Finding(**MANAGED, delete_chat="done", hide="skipped")
    assert attempts(finding) == [("hide", "skipped"), ("delete_chat", "done")]


def test_a_refusal_is_remembered_for_the_kind_of_sender_only() -> None:
    """After a refused hide a guest's next message is not asked for, a colleague's still is."""
    play = talk()
    play.say(ERIKA, "1", "IBAN")
    play.close("hide:1:1", "refused", "forbidden")
    play.say(OTTO, "2", "IBAN")
    play.say(KOLLEGE, "3", "IBAN")
    assert "hide:2:1" not in play.duties
    assert play.state.findings["2"].hide == "skipped"
    assert "hide:3:1" in play.open


def test_a_refusal_for_who_is_only_taken_for_a_colleague_says_nothing_of_staff() -> None:
    """They may be of another tenant, as only the roster tells: the advisor is asked for all the same, and what
    is refused for the advisor holds for all staff."""
    play = talk()
    unnamed = replace(KOLLEGE, tenant=None)
    play.say(unnamed, "1", "IBAN")
    play.close("hide:1:1", "refused", "forbidden")
    play.say(PETRA, "2", "IBAN")
    assert play.state.findings["1"].hide == "refused by platform"
    assert "hide:2:1" in play.open
    play.close("hide:2:1", "refused", "forbidden")
    play.say(unnamed, "3", "IBAN")
    assert play.state.findings["3"].hide == "skipped"


def test_a_refusal_for_a_colleague_whom_the_roster_has_named_is_remembered() -> None:
    """Their tenant is known, so what was refused for them is refused for staff and not asked again."""
    play = talk()
    unnamed = replace(KOLLEGE, tenant=None)
    play.join(unnamed)
    play.take(RosterRead(conversation=CHAT, key="", people=(KOLLEGE,)))
    play.say(unnamed, "1", "IBAN")
    play.close("hide:1:1", "refused", "forbidden")
    play.say(unnamed, "2", "IBAN")
    assert attempts(play.state.findings["1"])[0] == ("hide", "refused by platform")
    assert attempts(play.state.findings["2"])[0] == ("hide", "skipped")
    assert "hide:2:1" not in play.duties


@pytest.mark.parametrize("reason", ["meeting_ended", "expired"])
def test_the_next_consultation_in_the_chat_asks_for_what_the_last_one_was_refused(reason: str) -> None:
    """A meeting held again is asked anew, whoever notices first that it is; one whose start is told late is not."""
    play = talk()
    play.say(ERIKA, "1", "IBAN")
    play.close("hide:1:1", "refused", "forbidden")
    play.take(MeetingStarted(conversation=CHAT, key="first"))
    play.say(ERIKA, "2", "IBAN")
    assert "hide:2:1" not in play.duties
    if reason == "meeting_ended":
        play.take(MeetingEnded(conversation=CHAT, key="end"))
        play.wait(7 * 86400)
        play.take(MeetingStarted(conversation=CHAT, key="again"))
    else:
        play.wait(7 * 86400)
        play.close("timer:idle")
        play.take(PersonJoined(conversation=CHAT, key="back", person=OTTO))
    play.say(OTTO, "3", "IBAN")
    assert "hide:3:1" in play.open
    assert play.state.findings["2"].hide == "skipped"


def test_a_failure_that_is_no_refusal_is_asked_again_next_time() -> None:
    """Giving up for want of an answer says nothing about the next message."""
    play = talk()
    play.say(ERIKA, "1", "IBAN")
    play.close("hide:1:1", "gave_up", "timeout")
    play.say(ERIKA, "2", "IBAN")
    assert play.state.findings["1"].hide == "failed"
    assert "hide:2:1" in play.open


def test_giving_up_is_written_into_the_trail() -> None:
    """An effect that was given up is told by kind and code."""
    play = talk()
    play.say(ERIKA, "1", "IBAN")
    play.close("warn:1:1", "gave_up", "timeout")
    assert {"kind": "warn", "code": "timeout"} in play.recorded("duty:gave_up")


@pytest.mark.parametrize(("code", "expected"), [("superseded", None), ("dealt_with", None), ("app_removed", "failed")])
def test_a_rung_that_was_not_asked_is_not_called_refused_before(code: str, expected: str | None) -> None:
    """`skipped` in the report means refused before, so a rung without occasion is none and one without app failed."""
    play = talk()
    play.say(ERIKA, "1", "IBAN")
    play.close("warn:1:1", "skipped", code)
    assert play.state.findings["1"].warn == expected


def test_an_edit_that_keeps_the_secret_starts_anew() -> None:
    """The rungs of the new version are owed, those of the old one no longer."""
    play = talk()
    play.say(ERIKA, "1", "IBAN")
    play.close("warn:1:1")
    play.wait(10)
    play.say(ERIKA, "1", "CARD", event="edit")
    assert play.state.findings["1"].kinds == ("CARD",)
    assert {"hide:1:2", "warn:1:2"} <= set(play.open)
    assert not {"hide:1:1", "timer:remind:1:1"} & set(play.open)
    assert play.outcome("1") == "failed"


def test_a_late_answer_about_the_old_version_changes_nothing_of_the_new_one() -> None:
    """A hide of version one that is confirmed after the edit does not hide version two."""
    play = talk()
    play.say(ERIKA, "1", "IBAN")
    late = play.open["hide:1:1"]
    play.wait(10)
    play.say(ERIKA, "1", "IBAN", event="edit")
    play.open["hide:1:1"] = late
    play.close("hide:1:1", "done")
    assert play.outcome("1") == "failed"


def test_an_edit_that_removes_the_secret_is_called_just_that() -> None:
    """After a clean edit nothing is owed for the message and the outcome says who did it."""
    play = talk()
    play.say(ERIKA, "1", "IBAN")
    play.close("warn:1:1")
    play.wait(10)
    play.say(ERIKA, "1", event="edit")
    assert play.outcome("1") == "edited by author"
    assert not [key for key in play.open if ":1:" in key]


@pytest.mark.parametrize("kinds", [("IBAN",), ()])
def test_an_older_version_that_arrives_late_is_ignored(kinds: tuple[str, ...]) -> None:
    """Versions are ordered by the platform's time, not by arrival."""
    play = talk()
    newer = play.now + timedelta(seconds=30)
    play.say(ERIKA, "1", "CARD", event="edit", modified=newer)
    before = play.state.findings["1"]
    play.say(ERIKA, "1", *kinds, event="new")
    assert play.state.findings["1"] == before


def test_the_second_ear_does_not_count_a_version_twice() -> None:
    """Graph's slightly later time of the same edit is the same version."""
    play = talk()
    play.say(ERIKA, "1", "IBAN")
    play.say(Person(id="graph:x"), "1", "IBAN", via="graph", modified=play.now + timedelta(milliseconds=400))
    assert play.state.findings["1"].version == 1
    assert play.owed_times["warn:1:1"] == 1


def test_an_undelete_starts_anew_even_where_hiding_had_been_confirmed() -> None:
    """A deleted message that comes back with its secret is asked for again."""
    play = talk()
    play.say(ERIKA, "1", "IBAN")
    play.close("hide:1:1")
    play.delete("1")
    play.wait(5)
    play.say(ERIKA, "1", "IBAN", event="undelete")
    assert play.outcome("1") == "failed"
    assert {"hide:1:2", "warn:1:2"} <= set(play.open)


def test_a_completed_secret_is_found_in_the_earlier_message_too() -> None:
    """Both parts of a secret written in two messages are dealt with."""
    play = talk()
    play.say(ERIKA, "2", "IBAN", retro=(("1", ("IBAN",), play.now),))
    assert {"hide:1:1", "warn:1:1", "hide:2:1", "warn:2:1"} <= set(play.open)
    play.say(ERIKA, "3", "IBAN", retro=(("1", ("IBAN",), play.now),))
    assert play.state.findings["1"].version == 1


def test_staff_are_known_by_their_entra_id_where_only_graph_named_them() -> None:
    """The advisor's own message read from Graph is the advisor's, a guest's remains a guest's."""
    play = talk()
    play.say(Person(id="graph:AAD-petra", aad="AAD-petra", kind="tenant"), "1", "IBAN", via="graph")
    play.say(Person(id="graph:erika"), "2", "IBAN", via="graph")
    assert (play.state.findings["1"].role, play.state.findings["1"].person) == ("advisor", "29:petra")
    assert (play.state.findings["2"].role, play.state.findings["2"].person) == ("guest", None)


def test_requests_for_secrets_count_for_the_operators_side_only() -> None:
    """An advisor's request is counted and in the trail, a guest's sentence is not."""
    play = talk()
    play.say(PETRA, "1", requests=2)
    play.say(ERIKA, "2", requests=3)
    assert play.state.consultation is not None
    assert play.state.consultation.requests == 2
    assert [fields["message"] for fields in play.recorded("message:request")] == ["1"]


def test_what_may_not_be_scanned_leaves_no_finding() -> None:
    """An unscanned message is noted as such and nothing is owed for it."""
    play = talk(guard_basis="consent")
    play.say(ERIKA, "1", scanned=False)
    assert play.state.findings == {}
    assert play.recorded("message:not_scanned") == [{"message": "1"}]


def test_a_reminder_goes_out_once_and_only_while_the_message_is_readable() -> None:
    """A warned message is reminded of; a hidden one is not."""
    play = talk()
    play.say(ERIKA, "1", "IBAN")
    play.say(KOLLEGE, "2", "IBAN")
    play.close("hide:1:1", "refused")
    play.close("hide:2:1")
    play.close_kind("warn")
    play.wait(300)
    play.close_kind("timer:remind")
    assert [key for key in play.open if key.startswith("remind:")] == ["remind:1:1"]
    play.close("remind:1:1")
    assert play.state.findings["1"].reminded_at == play.now


@pytest.mark.parametrize(("code", "asked"), [("forbidden", False), ("bad_request", True), ("conflict", True)])
def test_a_refusal_of_one_message_says_nothing_of_the_next(code: str, asked: bool) -> None:
    """The platform forbids a kind of sender with a 403; that it took offence at one message, such as one that is just
    being deleted, must not leave all others unhidden."""
    play = talk()
    play.say(KOLLEGE, "1", "IBAN")
    play.take(RosterRead(conversation=CHAT, key="", people=(KOLLEGE,)))
    play.close("hide:1:1", "refused", code)
    assert dict(attempts(play.state.findings["1"]))["hide"] == "refused by platform"
    play.say(KOLLEGE, "2", "IBAN")
    assert ("hide:2:1" in play.open) is asked
