"""The kinds of value an operator profile is made of: durations, lines of text, addresses, words."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field

_DURATION = re.compile(r"([1-9][0-9]{0,4})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_URL = re.compile(r"https://[A-Za-z0-9.-]+(:\d{1,5})?(/[A-Za-z0-9._~!$&'()*+,;=:@%/?#-]*)?", re.ASCII)
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}", re.ASCII)


def _duration(value: Any) -> Any:
    """`30d`, `15m`, `90s`, `12h` -> timedelta; a timedelta passes."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, str) and (match := _DURATION.fullmatch(value)):
        return timedelta(**{_UNITS[match[2]]: int(match[1])})
    raise ValueError("a duration is a whole number from 1 and one of s, m, h, d, such as 30d or 15m")


def _printable(value: str) -> str:
    if not value.isprintable() or value != value.strip():
        raise ValueError("one line of printable text without blanks around it is expected")
    return value


def _matching(pattern: re.Pattern[str], what: str) -> AfterValidator:
    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError(what)
        return value

    return AfterValidator(check)


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("a time zone such as Europe/Berlin is expected") from None
    return value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Text = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]
Version = Annotated[
    str, _matching(re.compile(r"[A-Za-z0-9._-]{1,40}"), "up to 40 letters, digits, dots, hyphens: such as 2026-11")
]
"""A version that the audit trail can name (bot/storage/audit_kinds.py), which keeps no sentences."""
Url = Annotated[str, Field(max_length=300), _matching(_URL, "an https:// address is expected")]
Email = Annotated[str, Field(max_length=120), _matching(_EMAIL, "an e-mail address is expected")]
TimeZone = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(_time_zone)]
_LETTER = "A-Za-zÄÖÜäöüß"
_KEYWORD = re.compile(rf"(?=[0-9 .\-]*[{_LETTER}])[{_LETTER}0-9][{_LETTER}0-9 .\-]{{2,39}}")
Keyword = Annotated[str, _matching(_KEYWORD, "3 to 40 German letters, digits, blanks, dots or hyphens are expected")]
"""A word that announces a number. The detectors look for it in folded text, which is ASCII: a word of other letters
could never be found."""
Prefix = Annotated[str, _matching(re.compile(r"[A-Za-z]{0,6}", re.ASCII), "up to 6 letters are expected")]

Language = Literal["de", "en"]
Basis = Literal["consent", "contract", "legitimate_interest"]
Category = Literal[
    "first_name", "last_name", "user_name", "email", "phone", "picture",
    "topic", "description", "participation_times", "duration", "participant_count",
    "ip_address", "mac_address", "device", "operating_system", "client_version", "connection",
    "text", "audio", "video",
]  # fmt: skip
"""The data categories of the two source documents (R50, R51); each has its words in bot/texts."""
