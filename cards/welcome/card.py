"""`welcome`: the first card of a meeting. Notices, what is scanned and what must not be typed, consent (R15, R23,
R34-R41, R44, R60, R65, R70; N7). One public card that binds whoever presses it (architecture decision 10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bot.texts import text
from cards.pressed import Verb

if TYPE_CHECKING:
    from bot.profile import Profile

VERBS = {"accept": Verb(), "decline": Verb(), "withdraw": Verb()}


@dataclass(frozen=True, slots=True, kw_only=True)
class WelcomeData:
    """The operator's facts and the presser's `state`; `ask` is what everybody sees.

    `guard_basis`: whether the chat is scanned from the first message or after consent (decision 11).
    `legal_basis`: what the customer's side rests on (R59). `appointment`: False where nobody booked (R8).
    `refused`: None, `ended` or `busy`.
    """

    controller: str
    notice_url: str
    terms_url: str
    dpo_email: str
    version: str
    phone: str
    branch: str | None = None
    guard_basis: Literal["security", "consent"] = "security"
    legal_basis: Literal["consent", "contract", "legitimate_interest"] = "consent"
    state: Literal["ask", "accepted", "declined", "withdrawn"] = "ask"
    appointment: bool = True
    refused: Literal["ended", "busy"] | None = None

    @classmethod
    def of(
        cls,
        profile: Profile,
        base_url: str,
        language: str,
        *,
        state: Literal["ask", "accepted", "declined", "withdrawn"] = "ask",
        appointment: bool = True,
        refused: Literal["ended", "busy"] | None = None,
    ) -> WelcomeData:
        """The card of an operator. `base_url` is where our own notice pages are served."""
        links = profile.links(base_url, language)
        return cls(
            controller=profile.controller.name,
            notice_url=links.privacy,
            terms_url=links.terms,
            dpo_email=profile.data_protection_officer.email,
            version=profile.notice.version,
            phone=profile.other_channels.phone,
            branch=profile.other_channels.branch,
            guard_basis=profile.guard.basis,
            legal_basis=profile.legal_basis.customers,
            state=state,
            appointment=appointment,
            refused=refused,
        )


Data = WelcomeData


def _link(url: str) -> str:
    """The address as a link that shows it: a text block makes no link of a bare address (nothing to press on a phone),
    and a link button does not work for every guest (teams-platform 3.3)."""
    for sign in "()*":
        url = url.replace(sign, f"%{ord(sign):02X}")  # they end a link or begin emphasis in Markdown
    return f"[{url}]({url})"


def values(data: WelcomeData, language: str) -> dict[str, object]:
    """The values of template.json."""
    asking = data.state == "ask"
    return {
        "controller": data.controller,
        "notice_url": _link(data.notice_url),
        "terms_url": _link(data.terms_url),
        "dpo_email": data.dpo_email,
        "version": data.version,
        "phone": data.phone,
        "branch": data.branch or "",
        "asking": asking,
        "answer": "" if asking else text(f"welcome.state.{data.state}", language),
        "accepted": data.state == "accepted",
        "without": data.state in ("declined", "withdrawn"),
        "channels": data.state != "accepted",
        "branch_shown": data.branch is not None and data.state != "accepted",
        "notes": data.state in ("ask", "accepted"),
        "scan": text(f"welcome.scan.{data.guard_basis}", language),
        "question": text(f"welcome.question.{'consent' if data.legal_basis == 'consent' else 'contract'}", language),
        "no_appointment": asking and not data.appointment,
        "refusal": text(f"welcome.refused.{data.refused}", language) if data.refused else "",
    }
