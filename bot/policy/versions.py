"""Which version of a message was told: a newer one, the one that is known, or what the platform repeats.

The two ears give one edit slightly different times, and asking the platform to hide a message may make it tell the
message once more (teams-platform 4.2, unconfirmed). Neither may count as something new, and nothing new may count as
told already.
"""

from __future__ import annotations

from datetime import timedelta

from bot.policy.facts import MessageHeard
from bot.policy.outcome import outcome
from bot.policy.state import Finding

SAME_VERSION = timedelta(seconds=2)
"""The two ears give the same edit slightly different times: within this they may mean the same version."""


def is_later(fact: MessageHeard, known: Finding) -> bool:
    """Whether the version is newer than the known one; a message as it was posted never is."""
    return fact.event != "new" and fact.modified > known.modified_at


def told_already(fact: MessageHeard, known: Finding) -> bool:
    """Whether the other ear has told this edit. It has not where what it told is nearer to the posting than to the
    edit: then it told the message as it was posted."""
    between = abs(fact.modified - known.modified_at)
    if fact.via == known.via or between > SAME_VERSION or bool(fact.kinds) != (known.edited_at is None):
        return False
    return fact.posted is None or abs(known.modified_at - fact.posted) >= between


def is_shown_again(fact: MessageHeard, known: Finding) -> bool:
    """Whether Graph shows to everybody what is called hidden. Not if the fact is about an older version, or if the
    message is just being released."""
    current = fact.modified >= known.modified_at - SAME_VERSION
    return fact.hidden is False and current and outcome(known) == "hidden" and known.released_by is None
