"""From state to what people see: the data of each card, filled from the consultation and the operator profile.

Pure functions; no card, sentence or mail claims more than the state holds as confirmed (decision 4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cards
from bot.policy.decisions import Answer
from bot.policy.outcome import attempts, outcome, readable
from bot.policy.rules.guard import finding_ref
from bot.policy.state import Finding, Participant, Recording, State
from bot.profile import Profile
from bot.texts import text
from cards.advisor_status.card import AdvisorStatusData, FindingRow, PersonRow, RecordingRow
from cards.guard_notice.card import GuardNoticeData
from cards.recording_flag.card import RecordingFlagData
from cards.session_ended.card import Held, SessionEndedData, What
from cards.sign_in.card import SignInData
from cards.welcome.card import WelcomeData

Card = dict[str, Any]
Receipt = tuple[tuple[What, Held], ...]

RECEIPT: Receipt = (
    ("name", "erased"),
    ("email", "erased"),
    ("code", "erased"),
    ("appointment", "erased"),
    ("sign_in", "erased"),
    ("findings", "kept"),
    ("consent", "kept"),
    ("audit", "kept"),
    ("chat", "held_by_microsoft"),
    ("meeting", "held_by_microsoft"),
)
"""What a withdrawal's receipt lists, and what became of it (R71, R74, R75); see bot/storage/personal_data.py."""

RECEIPTS: Mapping[str, Receipt] = {
    "booking": RECEIPT,
    "person": tuple(line for line in RECEIPT if line[0] not in ("email", "code", "appointment")),
}
"""Who has not proved to be the booked customer takes their own data along, not the booking (R85)."""


@dataclass(frozen=True, slots=True)
class Presenter:
    """Builds cards in the consultation's language. `base_url` is where our own pages are served."""

    profile: Profile
    base_url: str

    def language(self, state: State, own: str | None = None) -> str:
        """The language people are addressed in; somebody's `own`, if it is known and the operator offers it."""
        if own in self.profile.languages:
            return own
        return state.consultation.language if state.consultation is not None else self.profile.languages[0]

    def welcome(
        self, state: State, person: Participant | None = None, refused: str | None = None, *, answered: str = ""
    ) -> Card:
        """The welcome card as everybody (`person` None) or as one person sees it. `answered`: what was said to somebody
        of whom nothing is left, as after a withdrawal."""
        shown: Any = "withdrawn" if answered == "withdrawn" and person is None else "ask"
        if person is not None and person.withdrawn_at is not None:
            shown = "withdrawn"
        elif person is not None and person.consented_at is not None:
            shown = "accepted"
        elif person is not None and person.declined_at is not None:
            shown = "declined"
        language = self.language(state)
        booked = state.appointment is not None and state.appointment.cancelled_at is None
        why: Any = {None: None, "ended": "ended"}.get(refused, "busy")
        data = WelcomeData.of(self.profile, self.base_url, language, state=shown, appointment=booked, refused=why)
        return cards.build("welcome", data, language)

    def sign_in(self, state: State, person: Participant, refused: str | None = None, *, resent: bool = False) -> Card:
        """The sign-in card of one guest."""
        booking = state.appointment
        # The input stays while the person is not signed in: a lock can be released, a new code can come.
        shown: Any = "done" if person.authenticated_at is not None else "ask"
        # The same answer may be shown again later: who has signed in since is not told of a wrong code.
        why: Any = None if shown == "done" and refused == "wrong" else refused
        left = state.terms.code_tries - booking.tries if booking is not None else 0
        data = SignInData(
            ref=person.ref,
            state=shown,
            refused=why,
            tries_left=left if refused == "wrong" else None,
            resent=resent,
            digits=self.profile.sign_in.code_length,
        )
        return cards.build("sign_in", data, self.language(state))

    def guard_notice(
        self, state: State, finding: Finding, shown: str = "warn", *, targeted: bool = False, own: str | None = None
    ) -> Card:
        """The neutral notice about one message; it names neither person nor content. `own` is its author's language."""
        language = self.language(state, own)
        data = GuardNoticeData(ref=finding_ref(finding), targeted=targeted, state=shown)  # type: ignore[arg-type]
        return cards.build("guard_notice", data, language)

    def recording_flag(self, state: State, recording: Recording, *, still_running: bool = False) -> Card:
        """The flag of a recording or transcript, as far as things are confirmed now."""
        shown = "still_running" if still_running and recording.stopped_at is None else flag_state(recording)
        data = RecordingFlagData(kind=recording.kind, state=shown)  # type: ignore[arg-type]
        return cards.build("recording_flag", data, self.language(state))

    def session_ended(self, state: State, *, receipt: str = "none") -> Card:
        """The end, with the receipt of what was erased: with the `booking`, of a `person` alone, or `none`."""
        consultation = state.consultation
        reason: Any = consultation.reason if consultation is not None and consultation.reason else "closed"
        lines = RECEIPTS.get(receipt, ())
        withdrawn = reason == "withdrawn"
        data = SessionEndedData.of(
            self.profile,
            reason=reason,
            receipt=lines,
            cancelled=withdrawn and receipt == "booking",
            may_consent_again=withdrawn,
        )
        return cards.build("session_ended", data, self.language(state))

    def advisor_status(self, state: State, refused: str | None = None, *, page: int = 1) -> Card:
        """The advisor's own view of the whole consultation, with this page of its findings."""
        consultation = state.consultation
        if consultation is None:
            raise ValueError("a status card needs a consultation")
        why: Any = refused if refused in (None, "not_yours", "gone", "ended") else "gone"
        reason: Any = consultation.reason if consultation.app_present else "app_removed"
        booking = state.appointment
        heard, why_not = hearing(state)
        data = AdvisorStatusData(
            ref=consultation.ref,
            state=consultation.state,
            reason=reason,
            appointment=(booking.customer_name, booking.starts_at) if booking and booking.customer_name else None,
            people=tuple(
                person_row(p, state)
                for p in sorted(state.people.values(), key=lambda p: not p.present)  # a long list is cut at its end
                if p.erased_at is None
            ),
            findings=tuple(finding_row(f) for f in state.findings.values()),
            recordings=tuple(recording_row(r) for r in state.recordings),
            requests=consultation.requests,
            hearing=heard,
            hearing_reason=why_not,
            locked=booking is not None and booking.locked_at is not None,
            paused=consultation.paused,
            can_close=consultation.state == "open",
            refused=why,
            zone=self.profile.time_zone,
            page=page,
        )
        return cards.build("advisor_status", data, self.profile.languages[0])

    def answer(self, answer: Answer, state: State, person: Participant | None) -> Card | None:
        """The card the presser sees instead of the pressed one."""
        match answer.card:
            case "welcome":
                return self.welcome(state, person, answer.refused, answered=answer.state)
            case "sign_in" if person is not None:
                return self.sign_in(state, person, answer.refused, resent=answer.state == "resent")
            case "guard_notice":
                refused: Any = answer.refused
                shown: Any = "released" if answer.state == "released" else "warn"
                return cards.build("guard_notice", GuardNoticeData(ref="none", state=shown, refused=refused),
                                   self.language(state))  # fmt: skip
            case "advisor_status":
                return self.advisor_status(state, answer.refused, page=int(answer.state or 1))
        return None

    def unknown(self, card: str) -> str | None:
        """The sentence for the advisor on a card that nobody knows: another one stands in its place."""
        return text("advisor_status.refused.gone", self.profile.languages[0]) if card == "advisor_status" else None

    def forbidden(self, card: str, state: State) -> str:
        """The sentence for somebody who pressed a card that is not theirs."""
        known = card if card in ("sign_in", "guard_notice", "advisor_status") else "sign_in"
        return text(f"{known}.refused.not_yours", self.language(state))


def flag_state(recording: Recording) -> str:
    """What the flag says: stopped only when confirmed, switched off only when Graph answered so."""
    if recording.stopped_at is not None:
        return "stopped"
    if "advisor asked" in recording.actions or "escalated" in recording.actions:
        return "still_running"
    return "switched_off" if "switched off" in recording.actions else "started"


def person_row(person: Participant, state: State) -> PersonRow:
    """One line of the status card."""
    authenticated = person.authenticated_at is not None
    return PersonRow(
        ref=person.ref,
        name=person.name,
        role=person.role,
        present=person.present,
        consented=person.consented_at is not None,
        authenticated=authenticated,
        how=person.how,
        can_vouch=person.outside and person.present and not authenticated and state.is_open,
    )


def finding_row(finding: Finding) -> FindingRow:
    """One finding: kinds, time and role, never text or author."""
    word: Any = outcome(finding)
    tried: Any = tuple(attempts(finding))
    return FindingRow(
        ref=finding_ref(finding),
        kinds=finding.kinds,
        at=finding.found_at,
        role=finding.role,
        outcome=word,
        attempts=tried,
        can_release=readable(finding) or word == "hidden",
    )


def recording_row(recording: Recording) -> RecordingRow:
    """One recording or transcript."""
    shown: Any = flag_state(recording)
    return RecordingRow(kind=recording.kind, state=shown)


def hearing(state: State) -> tuple[Any, str | None]:
    """Which path carries guests' messages, and why none does, as far as the app knows (N18)."""
    known = state.consultation
    if known is None or not known.app_present:
        return "deaf", "not_installed"
    guests = list(state.outsiders())
    if state.terms.guard_basis == "consent" and state.is_open and guests and not any(g.consented_at for g in guests):
        return "deaf", "no_consent"
    return known.hearing, {"deaf": "no_permission", "unreachable": "no_subscription"}.get(known.hearing)
