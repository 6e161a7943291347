"""Plain-text commands of the chat, in German and English: the path without a card (teams-platform 3.3, decision 10)."""

from __future__ import annotations

import re

from bot.policy.facts import Command

LONGEST = 60

_PATTERNS: tuple[tuple[re.Pattern[str], Command], ...] = (
    (re.compile(r"(?:EINWILLIGUNG\s+JA|CONSENT\s+YES)", re.IGNORECASE), "accept"),
    (re.compile(r"(?:EINWILLIGUNG\s+NEIN|CONSENT\s+NO)", re.IGNORECASE), "decline"),
    (re.compile(r"(?:WIDERRUF|WITHDRAW)", re.IGNORECASE), "withdraw"),
    (re.compile(r"CODE\s*:?\s*(?P<code>[0-9](?:[ -]?[0-9]){3,11})", re.IGNORECASE | re.ASCII), "code"),
)
_FIRST = frozenset("ecwECW")


def command_in(text: str) -> tuple[Command, str | None] | None:
    """The command a message consists of, with the code of `CODE 123456`; None if it is anything else."""
    plain = text.strip().rstrip(".!").rstrip() if len(text) <= LONGEST else ""
    if not plain or plain[0] not in _FIRST:
        return None
    for pattern, command in _PATTERNS:
        found = pattern.fullmatch(plain)
        if found is not None:
            return command, found.groupdict().get("code")
    return None
