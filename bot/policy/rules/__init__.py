"""The rules, one a file. A rule module has `RULES`: pairs of (facts it applies to, decide function).

Every module in this folder is registered below, in the order in which it runs; the test of the registry fails for a
file that is missing here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from bot.policy.decisions import Decision
from bot.policy.facts import Fact
from bot.policy.rules import (
    advisor,
    appointment,
    chat_deletion,
    consent,
    ending,
    expiry,
    giving_up,
    guard,
    hearing,
    ladder,
    notices,
    opening,
    people,
    recording,
    retention,
    sign_in,
    withdrawal,
)

MODULES = (
    appointment,
    opening,
    expiry,
    people,
    advisor,
    consent,
    sign_in,
    hearing,
    guard,
    ladder,
    notices,
    recording,
    withdrawal,
    ending,
    retention,
    chat_deletion,
    giving_up,
)

RULES: tuple[tuple[tuple[type[Fact], ...], Callable[[Any, Any, Any], Iterable[Decision]]], ...] = tuple(
    entry for module in MODULES for entry in module.RULES
)
