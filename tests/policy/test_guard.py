"""The guard and its ladder: what is asked, and what is claimed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.policy.facts import MeetingEnded, MeetingStarted, Person, PersonJoined
from bot.policy.outcome import attempts, outcome
from bot.policy.state import Finding

from .play import CHAT, ERIKA, KOLLEGE, OTTO, PETRA, START, Play, terms

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


def talk(**promised: object) -> Play:
    """An open consultation with a customer in it."""
    play = Play(terms(**promised)).begin()
    play.join(ERIKA)
    return play


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
    play.say(KOLLEGE, "1", "IBAN")
    play.close("hide:1:1", "refused", "forbidden")
    play.say(PETRA, "2", "IBAN")
    assert play.state.findings["1"].hide == "refused by platform"
    assert "hide:2:1" in play.open
    play.close("hide:2:1", "refused", "forbidden")
    play.say(KOLLEGE, "3", "IBAN")
    assert play.state.findings["3"].hide == "skipped"


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


# -- no secret after all ----------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("result", ["done", "refused"])
def test_a_release_takes_back_a_hide_that_may_be_under_way(result: str) -> None:
    """While hiding is owed its request may be on the wire: the release is claimed after it was taken back, or refused
    for a message that was never hidden."""
    play = talk()
    play.say(KOLLEGE, "1", "IBAN")
    play.close("warn:1:1")
    play.status("release", what="finding", ref=play.ref("1"))
    assert play.outcome("1") == "warned"
    assert "hide:1:1" not in play.open
    play.close("unhide:1:1", result)
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


# -- the pause of the chat --------------------------------------------------------------------------------------------


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
