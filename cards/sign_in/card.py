"""`sign_in`: the one-time code of the confirmation mail (R16-R20, R42; N20).

The card stands in the meeting chat and everybody can see it: it names nobody and holds no answer. Only the guest
whose acceptance produced it may submit it (architecture decision 10), which the bot checks by `from.id`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.texts import text
from cards.pressed import Verb

VERBS = {"submit": Verb(refs=("ref",), inputs=("code",)), "resend": Verb(refs=("ref",))}

Refused = Literal[
    "wrong", "locked", "not_yours", "expired", "spent", "busy", "resend_limit",
    "consent_first", "no_appointment", "ended",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInData:
    """`ref`: our random name of the card. `refused`: why the last press was refused, None if it was not.

    `resent`: a new code was just sent. `tries_left` is needed with `refused="wrong"`. `digits`: the code's length.
    """

    ref: str
    state: Literal["ask", "done", "locked", "expired", "spent"] = "ask"
    refused: Refused | None = None
    tries_left: int | None = None
    resent: bool = False
    digits: int = 6

    def __post_init__(self) -> None:
        if self.refused == "wrong" and self.tries_left is None:
            raise ValueError("a wrong code comes with the number of tries left")


Data = SignInData


def values(data: SignInData, language: str) -> dict[str, object]:
    """The values of template.json."""
    refusal = ""
    if data.refused == "wrong":
        refusal = text("sign_in.refused.wrong", language, tries_left=data.tries_left)
    elif data.refused:
        refusal = text(f"sign_in.refused.{data.refused}", language)
    return {
        "ref": data.ref,
        "digits": data.digits,
        "asking": data.state == "ask",
        "can_resend": data.state in ("ask", "expired", "spent"),
        "unfinished": data.state != "done",
        "answer": "" if data.state == "ask" else text(f"sign_in.state.{data.state}", language),
        "refusal": refusal,
        "resent": data.resent,
    }
