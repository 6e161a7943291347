"""The one place that says what was achieved for a message (architecture decision 4; scenarios.md, The report)."""

from __future__ import annotations

from bot.policy.state import Finding

RUNGS = ("hide", "warn", "delete_chat")


def outcome(finding: Finding) -> str:
    """The strongest protection confirmed for the message as it stands now.

    One of `released`, `chat deleted`, `hidden`, `deleted by author`, `edited by author`, `warned`, `failed`.
    """
    if finding.delete_chat == "done":
        return "chat deleted"
    if finding.released_at is not None and finding.deleted_at is None:
        return "released"  # readable again, which it is no longer once its author deletes it
    if finding.edited_at is not None:  # hiding was confirmed for the version before the edit, not for this one
        return "edited by author" if finding.deleted_at is None else "deleted by author"
    if finding.hide == "done":
        return "hidden"
    if finding.deleted_at is not None:
        return "deleted by author"
    if finding.warn == "done":
        return "warned"
    return "failed"


def attempts(finding: Finding) -> list[tuple[str, str]]:
    """Every rung that was asked or deliberately not asked, in the order of the ladder, with its result."""
    return [(rung, result) for rung in RUNGS if (result := getattr(finding, rung)) is not None]


def readable(finding: Finding) -> bool:
    """True while the secret can still be read by others, as far as is known."""
    return outcome(finding) in ("failed", "warned")
