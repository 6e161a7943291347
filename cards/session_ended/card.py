"""`session_ended`: the consultation is over, what happens to the data, who to turn to (R56, R61, R68, R75)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bot.texts import text
from cards.pressed import Verb

if TYPE_CHECKING:
    from bot.profile import Profile

VERBS: dict[str, Verb] = {}

What = Literal[
    "name", "email", "code", "appointment", "sign_in", "findings", "consent", "audit", "chat", "meeting"
]  # fmt: skip
Held = Literal["erased", "kept", "held_by_microsoft"]
Reason = Literal["withdrawn", "closed", "meeting_ended", "expired"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEndedData:
    """Why it ended, and a receipt of (what, how it is held), in the order shown.

    `cancelled`: the booked customer withdrew, so that later appointments are cancelled with it (R68); of somebody who
    was not signed in nobody knows which are theirs. `may_consent_again`: whether giving consent anew re-opens the
    consultation (R68).
    """

    reason: Reason
    controller: str
    phone: str
    mailbox: str
    dpo_email: str
    branch: str | None = None
    receipt: tuple[tuple[What, Held], ...] = ()
    cancelled: bool = False
    may_consent_again: bool = False

    @classmethod
    def of(
        cls,
        profile: Profile,
        *,
        reason: Reason,
        receipt: tuple[tuple[What, Held], ...] = (),
        cancelled: bool = False,
        may_consent_again: bool = False,
    ) -> SessionEndedData:
        """The card of an operator."""
        return cls(
            reason=reason,
            controller=profile.controller.name,
            phone=profile.other_channels.phone,
            mailbox=profile.withdrawal_mailbox,
            dpo_email=profile.data_protection_officer.email,
            branch=profile.other_channels.branch,
            receipt=receipt,
            cancelled=cancelled,
            may_consent_again=may_consent_again,
        )


Data = SessionEndedData


def receipt_lines(receipt: tuple[tuple[What, Held], ...], language: str) -> list[str]:
    """One sentence for each item of a receipt; the withdrawal mail uses the same."""
    return [
        text(f"session_ended.receipt.{held}", language, what=text(f"session_ended.what.{what}", language))
        for what, held in receipt
    ]


def values(data: SessionEndedData, language: str) -> dict[str, object]:
    """The values of template.json."""
    return {
        "controller": data.controller,
        "phone": data.phone,
        "mailbox": data.mailbox,
        "dpo_email": data.dpo_email,
        "branch": data.branch or "",
        "reason": text(f"session_ended.reason.{data.reason}", language),
        "receipt": [{"line": line} for line in receipt_lines(data.receipt, language)],
        "cancelled": data.cancelled,
        "has_receipt": bool(data.receipt),
        "again": data.may_consent_again,
    }
