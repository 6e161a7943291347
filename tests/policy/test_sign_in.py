"""Consent, sign-in and withdrawal: who is the booked customer, and what ends with a withdrawal."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.policy.facts import Person
from bot.policy.state import PostedCard

from .play import CHAT, ERIKA, KOLLEGE, OTTO, PETRA, RIGHT, WRONG, Play, terms

FEDERATED = Person(id="29:fed", name="Fred", aad="aad-fed", tenant="other", kind="federated")


def arrived(**begin: object) -> Play:
    """The customer has joined and accepted."""
    play = Play().begin(**begin)  # type: ignore[arg-type]
    play.join(ERIKA)
    play.press(ERIKA, "welcome", "accept")
    return play


def submit(play: Play, person: Person = ERIKA, code: str = RIGHT, of: Person | None = None) -> str | None:
    """Somebody submits a sign-in card; the reason of a refusal, `forbidden`, or None."""
    answer = play.press(person, "sign_in", "submit", code=code, ref=play.person_ref(of or person))
    assert answer is not None
    return "forbidden" if answer.forbidden else answer.refused


def test_accepting_keeps_the_proof_and_asks_to_sign_in() -> None:
    """The trail says which notice and terms were accepted and how; the sign-in card is owed once."""
    play = arrived()
    play.press(ERIKA, "welcome", "accept")
    assert play.recorded("consent:given") == [{"ref": "p2", "notice": "1", "terms": "1", "by": "card"}]
    assert [duty.kind for duty in play.duties.values()].count("post_sign_in") == 1


def test_staff_cannot_consent_for_the_customer() -> None:
    """The operator's own people are refused on the welcome card, and their typed words do nothing."""
    play = Play().begin()
    answer = play.press(PETRA, "welcome", "accept")
    assert answer is not None
    assert answer.forbidden
    play.type(KOLLEGE, "accept")
    assert play.recorded("consent:given") == []


def test_declining_is_no_drawback_and_can_be_thought_over() -> None:
    """Declined is noted once; accepting afterwards counts."""
    play = Play().begin()
    play.join(ERIKA)
    play.press(ERIKA, "welcome", "decline")
    play.press(ERIKA, "welcome", "decline")
    assert play.recorded("consent:declined") == [{"ref": "p2"}]
    play.press(ERIKA, "welcome", "accept")
    assert play.state.people[ERIKA.id].consented_at == play.now


def test_the_right_code_signs_in_and_is_spent() -> None:
    """The code of the mail works once."""
    play = arrived()
    assert submit(play) is None
    assert play.signed_in(ERIKA)
    play.leave(ERIKA)
    play.join(OTTO)
    assert submit(play, OTTO) == "spent"


def test_wrong_codes_lock_and_nothing_but_the_release_opens() -> None:
    """After the allowed tries even the right code, a new guest and a resend are refused, until the advisor releases."""
    play = arrived()
    results = [submit(play, code=WRONG) for _ in range(play.state.terms.code_tries)]
    assert results == ["wrong"] * 4 + ["locked"]
    play.join(OTTO)
    assert submit(play) == submit(play, OTTO) == "locked"
    answer = play.press(ERIKA, "sign_in", "resend", ref=play.person_ref(ERIKA))
    assert answer is not None
    assert answer.refused == "locked"
    play.status("release", what="lock", ref="c")
    assert submit(play) is None


def test_only_the_advisor_releases_a_lock() -> None:
    """Another employee's and the customer's own press on a forged status card are refused."""
    play = arrived()
    for _ in range(play.state.terms.code_tries):
        submit(play, code=WRONG)
    for stranger in (KOLLEGE, ERIKA, Person(id="29:x", aad=None, kind="tenant")):
        answer = play.status("release", person=stranger, what="lock", ref="c")
        assert answer is not None
        assert answer.forbidden
    assert submit(play) == "locked"


def test_a_resend_does_not_reset_the_tries() -> None:
    """Asking for new codes is no way around the lock, and has its own limit."""
    play = arrived()
    for _ in range(3):
        submit(play, code=WRONG)
    play.press(ERIKA, "sign_in", "resend", ref=play.person_ref(ERIKA))
    play.close("code:2")
    play.code("digest-2")
    assert [submit(play, code=WRONG) for _ in range(2)] == ["wrong", "locked"]


def test_resending_is_limited() -> None:
    """As many codes go out as the profile allows, then the refusal says so."""
    play = arrived()
    answers = []
    for number in range(2, play.state.terms.code_sends + 2):
        answer = play.press(ERIKA, "sign_in", "resend", ref=play.person_ref(ERIKA))
        assert answer is not None
        answers.append(answer.refused)
        if f"code:{number}" in play.open:
            play.close(f"code:{number}")
    assert answers == [None] * 4 + ["resend_limit"]


def test_a_code_mail_that_was_given_up_does_not_block_the_next() -> None:
    """Asking again after a mail that never went out owes another mail."""
    play = arrived()
    play.press(ERIKA, "sign_in", "resend", ref=play.person_ref(ERIKA))
    play.close("code:2", "gave_up", "timeout")
    play.press(ERIKA, "sign_in", "resend", ref=play.person_ref(ERIKA))
    assert "code:3" in play.open
    assert [fields["n"] for fields in play.recorded("code:sent")] == [1]


def test_an_expired_code_is_refused_and_a_new_one_is_on_its_way() -> None:
    """Expiry counts on the clock given; accepting afterwards mails another code."""
    play = Play().begin()
    play.join(ERIKA)
    play.wait(timedelta(days=2).total_seconds())
    play.press(ERIKA, "welcome", "accept")
    assert submit(play) == "expired"
    assert "code:2" in play.open


def test_a_card_belongs_to_the_guest_whose_acceptance_produced_it() -> None:
    """Otto may not submit Erika's card, be it known where it stands or only by its reference."""
    play = arrived()
    play.join(OTTO)
    play.press(OTTO, "welcome", "accept")
    assert submit(play, OTTO, of=ERIKA) == "forbidden"
    card = PostedCard(chat=CHAT, activity="1", conversation=CHAT, kind="sign_in", posted_at=play.now, owner=ERIKA.id)
    play.state = play.state.with_thing(card)
    assert submit(play, OTTO) == "forbidden"
    assert not play.signed_in(OTTO)
    assert submit(play, ERIKA) is None


def test_one_person_at_a_time() -> None:
    """While the customer is signed in nobody else can be, neither by code nor by the advisor's word."""
    play = arrived()
    play.join(OTTO)
    submit(play)
    play.code("digest-2")
    assert submit(play, OTTO, "digest-2") == "busy"
    answer = play.status("vouch", ref=play.person_ref(OTTO))
    assert answer is not None
    assert answer.refused == "busy"
    assert not play.signed_in(OTTO)


def test_who_returns_under_the_same_id_is_not_a_second_customer() -> None:
    """A federated customer who left and comes back while another is signed in starts unauthenticated."""
    play = Play().begin()
    play.join(FEDERATED)
    play.status("vouch", ref=play.person_ref(FEDERATED))
    play.leave(FEDERATED)
    play.join(OTTO)
    play.status("vouch", ref=play.person_ref(OTTO))
    play.join(FEDERATED)
    assert (play.signed_in(FEDERATED), play.signed_in(OTTO)) == (False, True)


def test_a_rejoin_with_a_new_id_starts_unauthenticated() -> None:
    """Nothing of the former stay is carried over."""
    play = arrived()
    submit(play)
    play.leave(ERIKA)
    play.join(Person(id="29:erika-2", name="Erika"))
    stay = play.state.people["29:erika-2"]
    assert (stay.authenticated_at, stay.consented_at) == (None, None)
    assert play.state.authenticated() is None


def test_a_code_typed_as_a_command_is_spent_at_once() -> None:
    """`CODE ...` signs in and answers in the chat; the same code is worth nothing afterwards."""
    play = Play().begin()
    play.join(ERIKA)
    play.type(ERIKA, "code", code=RIGHT)
    assert play.signed_in(ERIKA)
    assert play.state.appointment is not None
    assert play.state.appointment.code_digest is None
    assert ("text", "chat.code_done") in next(d for d in play.open.values() if d.kind == "say").about


def test_a_code_written_as_chat_is_burnt_and_replaced() -> None:
    """The unspent code for all to read signs nobody in any more; a new one is mailed."""
    play = arrived()
    play.say(ERIKA, "1", "CREDENTIAL", own_code=True)
    assert submit(play) == "spent"
    assert "code:2" in play.open


def test_a_person_who_presses_is_there() -> None:
    """A guest whose stay was believed over (events out of order) is there again with the press."""
    play = Play().begin()
    play.join(ERIKA)
    play.leave(ERIKA)
    play.press(ERIKA, "welcome", "accept")
    assert play.state.people[ERIKA.id].present


# -- withdrawal -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["card", "chat"])
def test_the_customers_withdrawal_ends_everything(way: str) -> None:
    """Session over, appointments cancelled (the later ones' events too), erasure owed with the booking."""
    play = arrived(later=2)
    submit(play)
    if way == "card":
        play.press(ERIKA, "welcome", "withdraw")
    else:
        play.type(ERIKA, "withdraw")
    assert play.state.consultation is not None
    assert (play.state.consultation.state, play.state.consultation.reason) == ("ended", "withdrawn")
    assert play.state.authenticated() is None
    assert play.state.appointment is not None
    assert play.state.appointment.cancelled_at == play.now
    assert all(later.cancelled_at is not None for later in play.state.later_appointments)
    assert {"cancel_event:a-2", "cancel_event:a-3"} <= set(play.open)
    erase = next(duty for duty in play.open.values() if duty.kind == "erase")
    assert dict(erase.about) == {"ref": "p2", "scope": "session", "booking": "yes"}
    assert "timer:retention" in play.open


def test_a_withdrawal_after_the_advisor_closed_still_cancels_what_is_to_come() -> None:
    """The later appointments do not outlive the consent because the consultation was over already."""
    play = arrived(later=1)
    submit(play)
    play.status("close")
    play.press(ERIKA, "welcome", "withdraw")
    assert play.state.later_appointments[0].cancelled_at == play.now
    assert play.state.consultation is not None
    assert play.state.consultation.reason == "closed"


def test_a_second_guests_withdrawal_is_their_own() -> None:
    """While another person is the signed-in customer, only the guest's own data goes and the session lasts."""
    play = arrived(later=1)
    submit(play)
    play.join(OTTO)
    play.press(OTTO, "welcome", "accept")
    play.press(OTTO, "welcome", "withdraw")
    assert play.state.is_open
    assert play.signed_in(ERIKA)
    assert play.state.later_appointments[0].cancelled_at is None
    erase = next(duty for duty in play.open.values() if duty.kind == "erase")
    assert dict(erase.about) == {"ref": "p3", "scope": "person", "booking": "no"}


def test_who_has_not_proved_to_be_the_customer_takes_no_booking_along() -> None:
    """An unauthenticated guest ends the session with a withdrawal, not the customer's appointments."""
    play = arrived(later=1)
    play.press(ERIKA, "welcome", "withdraw")
    assert not play.state.is_open
    assert play.state.appointment is not None
    assert play.state.appointment.cancelled_at is None
    assert dict(next(d for d in play.open.values() if d.kind == "erase").about)["booking"] == "no"


def test_a_withdrawal_of_nothing_is_answered_and_changes_nothing() -> None:
    """`WIDERRUF` without a consent is answered in the chat; the card is refused."""
    play = Play().begin()
    play.join(ERIKA)
    play.type(ERIKA, "withdraw")
    answer = play.press(ERIKA, "welcome", "withdraw")
    assert answer is not None
    assert answer.forbidden
    assert play.state.is_open
    assert ("text", "chat.nothing_to_withdraw") in next(d for d in play.open.values() if d.kind == "say").about


def test_the_receipt_follows_the_erasure() -> None:
    """Only a confirmed erasure owes the receipt; one that was given up does not."""
    play = arrived()
    submit(play)
    play.press(ERIKA, "welcome", "withdraw")
    play.close_kind("erase", "gave_up", "busy")
    assert "post_ended" not in play.kinds_open()
    play = arrived()
    submit(play)
    play.press(ERIKA, "welcome", "withdraw")
    play.close_kind("erase", participants="1")
    assert ("receipt", "booking") in next(d for d in play.open.values() if d.kind == "post_ended").about
    assert play.recorded("data:erased") == [{"what": {"participants": 1}, "reason": "session"}]


def test_consent_given_again_opens_the_consultation_anew() -> None:
    """After a withdrawal a new consent opens it; after the advisor closed it, it stays closed."""
    play = arrived()
    play.press(ERIKA, "welcome", "withdraw")
    play.press(ERIKA, "welcome", "accept")
    assert play.state.is_open
    play.status("close")
    answer = play.press(ERIKA, "welcome", "accept")
    assert answer is not None
    assert answer.refused == "ended"
    assert not play.state.is_open


def test_no_code_is_accepted_once_the_consultation_is_over() -> None:
    """Neither the code nor the advisor's word signs anybody in after the end."""
    play = Play(terms()).begin()
    play.join(ERIKA)
    play.press(ERIKA, "welcome", "accept")
    play.status("close")
    assert submit(play) == "ended"
    answer = play.status("vouch", ref=play.person_ref(ERIKA))
    assert answer is not None
    assert answer.refused == "gone"


def test_nobody_stays_signed_in_behind_a_withdrawal() -> None:
    """Who was signed in and left is not authenticated on coming back after the customer's withdrawal."""
    play = Play().begin()
    play.join(FEDERATED)
    play.status("vouch", ref=play.person_ref(FEDERATED))
    play.leave(FEDERATED)
    play.join(ERIKA)
    play.press(ERIKA, "welcome", "accept")
    submit(play)
    play.press(ERIKA, "welcome", "withdraw")
    play.join(FEDERATED)
    assert not play.signed_in(FEDERATED)
