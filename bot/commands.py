"""Plain-text commands of the chat, in German and English: the path without a card (teams-platform 3.3, decision 10)."""

from __future__ import annotations

import re
import unicodedata

from bot.policy.facts import Command

LONGEST = 60
LONGEST_MENTION = 300
"""Characters a mention may stand in front of a command with: a display name has at most 256."""

_PATTERNS: tuple[tuple[re.Pattern[str], Command], ...] = (
    (re.compile(r"(?:EINWILLIGUNG\s+JA|CONSENT\s+YES)", re.IGNORECASE), "accept"),
    (re.compile(r"(?:EINWILLIGUNG\s+NEIN|CONSENT\s+NO)", re.IGNORECASE), "decline"),
    (re.compile(r"(?:WIDERRUF|WITHDRAW)", re.IGNORECASE), "withdraw"),
    (re.compile(r"CODE[\s:-]*(?P<code>[0-9](?:[\s-]{0,3}[0-9]){3,11})", re.IGNORECASE | re.ASCII), "code"),
)
_FIRST = frozenset("ecwECW")
_LETTER = re.compile(r"[A-Za-z0-9]")
_MENTION = re.compile(r"<at\b[^<>]*>[^<>]*</at>", re.IGNORECASE)
_AROUND = " \t\r\n.!,:\"'*_`„“”‚‘’«»"
"""What people put around a word they were told to write, a mention's comma among it."""


def command_in(text: str) -> tuple[Command, str | None] | None:
    """The command a message consists of, with the code of `CODE 123456` in ASCII digits; None if it is anything else.

    A mention does not count (whoever picks the command from the app's list sends one: `<at>Name</at> CODE`,
    teams-platform 1.4), nor what a keyboard makes of it: hard blanks, invisible characters, quotation marks, dashes
    and digits of other scripts.
    """
    if len(text) > LONGEST + LONGEST_MENTION:
        return None
    plain = _MENTION.sub(" ", text, count=3) if "<" in text else text
    first = _LETTER.search(plain)
    if len(plain) > LONGEST or first is None or first[0] not in _FIRST:  # nearly every message ends here
        return None
    plain = (plain if plain.isascii() else folded(plain)).strip(_AROUND)
    for pattern, command in _PATTERNS:
        found = pattern.fullmatch(plain)
        if found is not None:
            return command, found.groupdict().get("code")
    return None


def folded(text: str) -> str:
    """A text as its plain form: compatibility forms, digits of other scripts, dashes; nothing that is invisible."""
    return "".join(map(_plainly, unicodedata.normalize("NFKC", text)))


def _plainly(character: str) -> str:
    match unicodedata.category(character):
        case "Nd":
            return str(unicodedata.decimal(character))
        case "Pd":
            return "-"
        case "Cf" | "Cc" if character not in "\t\r\n":
            return ""
    return character
