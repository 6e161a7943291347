"""`recording_flag`: tells everybody that a recording or transcript runs that nobody agreed to (R23-R28).

What it says is what is known: switching the meeting option off is not the same as the recording having ended
(teams-platform 5.5, UNCONFIRMED), so each has a sentence of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.texts import text
from cards.pressed import Verb

VERBS: dict[str, Verb] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFlagData:
    """What was noticed and how far it got."""

    kind: Literal["recording", "transcript"] = "recording"
    state: Literal["started", "switched_off", "stopped", "still_running"] = "started"


Data = RecordingFlagData


def values(data: RecordingFlagData, language: str) -> dict[str, object]:
    """The values of template.json."""
    return {
        "title": text(f"recording_flag.title.{data.kind}", language),
        "message": text(f"recording_flag.{data.kind}.{data.state}", language),
        "maybe_running": data.state != "stopped",
    }
