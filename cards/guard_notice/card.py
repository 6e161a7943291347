"""`guard_notice`: asks for a message to be deleted, without saying whose, what or how (N21, R40; decision 9).

Public by default and therefore neutral; as a targeted message it may say "your message". It never repeats the secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.texts import text
from cards.pressed import Verb

VERBS = {"not_a_secret": Verb(refs=("ref",))}


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardNoticeData:
    """`ref`: our opaque name of the finding. `targeted`: only the author sees this card.

    `state`: `warn` first, `reminder` later, `released` where it was no secret, `resolved` where it is gone.
    """

    ref: str
    targeted: bool = False
    state: Literal["warn", "reminder", "released", "resolved"] = "warn"
    refused: Literal["not_yours", "gone"] | None = None


Data = GuardNoticeData


def values(data: GuardNoticeData, language: str) -> dict[str, object]:
    """The values of template.json."""
    asking = data.state in ("warn", "reminder")
    audience = "targeted" if data.targeted else "public"
    key = f"guard_notice.{audience}.{data.state}" if asking else f"guard_notice.state.{data.state}"
    return {
        "ref": data.ref,
        "title": text(f"guard_notice.title.{'reminder' if data.state == 'reminder' else 'warn'}", language),
        "message": text(key, language),
        "asking": asking,
        "refusal": text(f"guard_notice.refused.{data.refused}", language) if data.refused else "",
    }
