"""One example of every state of every card: what the snapshots show and the tests look at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from cards.advisor_status.card import (
    AdvisorStatusData,
    FindingRow,
    Outcome,
    PersonRow,
    RecordingRow,
    Rung,
    RungResult,
)
from cards.guard_notice.card import GuardNoticeData
from cards.recording_flag.card import RecordingFlagData
from cards.session_ended.card import Held, SessionEndedData, What
from cards.sign_in.card import Refused, SignInData
from cards.welcome.card import WelcomeData

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


def _welcome(**changes: Any) -> WelcomeData:
    facts: dict[str, Any] = {
        "controller": "Stadtwerke Lindenau AG",
        "notice_url": "https://beratung.stadtwerke-lindenau.example/notices/de/privacy",
        "terms_url": "https://beratung.stadtwerke-lindenau.example/notices/de/terms",
        "dpo_email": "dsb@lotsen-datenschutz.example",
        "version": "2026-11",
        "phone": "0800 000 1000",
        "branch": "Kundenzentrum Lindenau, Am Werkhof 1",
    }
    return WelcomeData(**{**facts, **changes})


def _ended(**changes: Any) -> SessionEndedData:
    facts: dict[str, Any] = {
        "reason": "withdrawn",
        "controller": "Stadtwerke Lindenau AG",
        "phone": "0800 000 1000",
        "mailbox": "beratung@stadtwerke-lindenau.example",
        "dpo_email": "dsb@lotsen-datenschutz.example",
        "branch": "Kundenzentrum Lindenau, Am Werkhof 1",
    }
    return SessionEndedData(**{**facts, **changes})


def _finding(number: int, outcome: Any, **changes: Any) -> FindingRow:
    facts: dict[str, Any] = {
        "ref": f"f{number}",
        "kinds": ("IBAN",),
        "at": NOON + timedelta(minutes=number),
        "role": "guest",
        "outcome": outcome,
        "attempts": (("hide", "refused by platform"), ("warn", "done")),
        "can_release": outcome in ("warned", "hidden"),
    }
    return FindingRow(**{**facts, **changes})


_PEOPLE = (
    PersonRow(ref="p1", name="Petra Berater", role="advisor"),
    PersonRow(ref="p2", name="Erika Beispiel (Gast)", role="guest", consented=True, authenticated=True, how="code"),
    PersonRow(ref="p3", name="[Gast](https://x.example)", role="guest", locked=True, can_vouch=True),
    PersonRow(ref="p4", name="", role="phone", present=False),
)
_ATTEMPTS: tuple[tuple[Rung, RungResult], ...] = tuple(
    (rung, result) for rung in get_args(Rung) for result in get_args(RungResult)
)

EXAMPLES: dict[str, dict[str, Any]] = {
    "welcome": {
        "ask": _welcome(),
        "ask, nobody booked, no branch": _welcome(appointment=False, branch=None),
        "ask, contract, scanned after consent": _welcome(legal_basis="contract", guard_basis="consent"),
        "accepted": _welcome(state="accepted"),
        "declined": _welcome(state="declined"),
        "withdrawn": _welcome(state="withdrawn"),
        "refused ended": _welcome(refused="ended"),
        "refused busy": _welcome(refused="busy"),
    },
    "sign_in": {
        "ask": SignInData(ref="s1"),
        "ask, code sent again": SignInData(ref="s1", resent=True),
        **{f"refused {reason}": SignInData(ref="s1", refused=reason, tries_left=4) for reason in get_args(Refused)},
        **{state: SignInData(ref="s1", state=state) for state in ("done", "locked", "expired", "spent")},
    },
    "advisor_status": {
        "nobody yet": AdvisorStatusData(ref="c1"),
        "under way": AdvisorStatusData(
            ref="c1",
            appointment=("Erika Beispiel", NOON),
            people=_PEOPLE,
            findings=(
                _finding(1, "warned"),
                _finding(2, "hidden", role="advisor", kinds=("CREDENTIAL", "NEW"), attempts=(("hide", "done"),)),
            ),
            recordings=(RecordingRow(kind="recording", state="switched_off"),),
            requests=1,
            hearing="activities",
            locked=True,
            paused=True,
        ),
        "every outcome": AdvisorStatusData(
            ref="c1",
            findings=tuple(_finding(n, outcome) for n, outcome in enumerate(get_args(Outcome))),
            hearing="deaf",
            hearing_reason="no_permission",
        ),
        "every attempt": AdvisorStatusData(
            ref="c1",
            findings=(
                _finding(1, "warned", attempts=_ATTEMPTS, kinds=("CARD", "ACCOUNT", "CUSTOMER_NUMBER"), role=None),
            ),
            hearing="graph",
            refused="gone",
        ),
        "more than fits": AdvisorStatusData(
            ref="c1",
            people=tuple(PersonRow(ref=f"p{n}", name="x" * 300, role="federated") for n in range(40)),
            findings=tuple(_finding(n, "failed", role="colleague") for n in range(50)),
        ),
        "ended": AdvisorStatusData(ref="c1", state="ended", reason="withdrawn"),
    },
    "guard_notice": {
        **{
            f"{'targeted' if targeted else 'public'} {state}": GuardNoticeData(
                ref="f1",
                targeted=targeted,
                state=state,
            )
            for targeted in (False, True)
            for state in ("warn", "reminder", "released", "resolved")
        },
        "refused not_yours": GuardNoticeData(ref="f1", refused="not_yours"),
        "refused gone": GuardNoticeData(ref="f1", refused="gone"),
    },
    "recording_flag": {
        f"{kind} {state}": RecordingFlagData(kind=kind, state=state)
        for kind in ("recording", "transcript")
        for state in ("started", "switched_off", "stopped", "still_running")
    },
    "session_ended": {
        "withdrawn": _ended(
            cancelled=True,
            may_consent_again=True,
            receipt=tuple(
                (what, ("held_by_microsoft" if what in ("chat", "meeting") else "erased")) for what in get_args(What)
            ),
        ),
        "withdrawn by somebody not signed in": _ended(may_consent_again=True, receipt=(("name", "erased"),)),
        "every way of holding": _ended(reason="closed", receipt=tuple(("audit", held) for held in get_args(Held))),
        "meeting ended, no branch": _ended(reason="meeting_ended", branch=None),
    },
}
