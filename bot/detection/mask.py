"""The masked copy of a message: "... IBAN [entfernt] ..."."""

from collections.abc import Iterable

from bot.detection.kinds import Finding

REMOVED = "[entfernt]"


def mask(text: str, findings: Iterable[Finding], removed: str = REMOVED) -> str:
    """`text` with the range of each finding replaced by `removed`; overlapping and touching ranges become one."""
    out: list[str] = []
    at = 0
    for start, end in sorted((finding.start, finding.end) for finding in findings):
        if start >= at:
            out += [text[at:start], removed] if start > at or not out else [text[at:start]]
        at = max(at, end)
    return "".join([*out, text[at:]])
