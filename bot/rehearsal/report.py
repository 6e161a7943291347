"""The report of a played scenario: what the product knows, beside what really is in the stand-in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.rehearsal.acts import Said
from bot.rehearsal.platform import Platform
from bot.storage.reports import consultation_report

_UNKNOWN_PERSON = {"consented": False, "authenticated": False, "how": None}
_UNSEEN_MESSAGE: dict[str, Any] = {"kinds": [], "outcome": "not scanned", "attempts": []}


async def build_report(
    platform: Platform, database_url: str, said: Sequence[Said], steps: list[dict[str, Any]]
) -> dict[str, Any]:
    """All members of the report. ``readable_by``, ``chat``, ``running`` and ``mails`` are the stand-in's own state."""
    known = await consultation_report(database_url, platform.conversation_id)
    names = {message.message_id: message.name for message in said}
    return {
        "steps": steps,
        "participants": [_participant(stay, known["participants"]) for stay in platform.stays()],
        "messages": [_message(platform, message, known["messages"]) for message in said],
        "chat": platform.bot_chat(),
        "recording": [
            {**event, "running": platform.recording_running(event.get("kind", "recording"))}
            for event in known["recording"]
        ],
        "mails": [
            {"to": mail.to, "subject": mail.subject, "has_code": mail.code is not None} for mail in platform.mails()
        ],
        "consultation": known["consultation"],
        "console": [{**line, "message": names.get(line["message"])} for line in known["console"]],
        "audit": known["audit"],
        "audit_chain": known["audit_chain"],
    }


def _participant(stay: Any, known: dict[str, Any]) -> dict[str, Any]:
    state = {**_UNKNOWN_PERSON, **known.get(stay.person_id, {})}
    state.pop("ref", None)  # random for each run
    return {"who": stay.who, "as": stay.as_, **state, "present": stay.present}


def _message(platform: Platform, said: Said, known: dict[str, Any]) -> dict[str, Any]:
    state = {**_UNSEEN_MESSAGE, **known.get(said.message_id, {})}
    state.pop("ref", None)
    readers = platform.readable_by(said.message_id)
    return {"name": said.name, "author": said.author, **state, "readable_by": readers}
