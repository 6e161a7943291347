"""What the operator has promised, as the rules need it: built from the operator profile (bot/profile.py)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Frozen numbers and choices of one operator. Durations are timedeltas, counts are whole numbers."""

    terms_version: str
    notice_version: str
    language: str = "de"
    guard_basis: Literal["security", "consent"] = "security"
    masked_copy: bool = False
    chat_pause: bool = False
    remind_after: timedelta = timedelta(minutes=5)
    chat_deletion: Literal["always", "after_unprotected_finding", "never"] = "after_unprotected_finding"
    chat_deletion_delay: timedelta = timedelta(minutes=15)
    consent_is_basis: bool = True
    code_valid_for: timedelta = timedelta(days=2)
    code_tries: int = 5
    code_sends: int = 5
    escalate_after: timedelta = timedelta(seconds=60)
    keep_consultation: timedelta = timedelta(days=30)
    keep_findings: timedelta = timedelta(days=30)
    keep_trail: timedelta = timedelta(days=1095)
