"""Faults and interruptions: what goes wrong with the next requests of the bot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bot.rehearsal.platform.switches import Fault

# Effects by the request that carries them out: (method, part of the path's end); anything else is a card kind.
EFFECTS: dict[str, tuple[tuple[str, str], ...]] = {
    "hide": (("PATCH", "/messages/"),),
    "delete_chat": (("DELETE", "/chats/"),),
    "mail": (("POST", "/sendMail"),),
    "book": (("POST", "/events"), ("POST", "/onlineMeetings")),
    "install": (("POST", "/installedApps"),),
    "subscribe": (("POST", "/subscriptions"),),
    "renew": (("PATCH", "/subscriptions/"),),
    "switch_off": (("PATCH", "/onlineMeetings/"),),
    "delete_file": (("DELETE", "/items/"),),
    "cancel": (("POST", "/cancel"), ("DELETE", "/events/")),
}
ALIASES = {"switch_off_recording": "switch_off", "recording": "switch_off", "send_mail": "mail"}
CARD_KINDS = {"warn": ("guard_notice",), "flag": ("recording_flag",), "status": ("advisor_status",),
              "end": ("session_ended",)}  # fmt: skip


@dataclass
class Interruption:
    """Armed once: the next request for `effect` is carried out, `strike` is awaited, the answer is lost."""

    effect: str
    strike: Callable[[], Awaitable[None]]

    def meets(self, method: str, path: str, body: Any) -> bool:
        """Whether this request carries out the effect."""
        effect = ALIASES.get(self.effect, self.effect)
        if effect in EFFECTS:
            return any(
                method == m and (path.endswith(p) or (p.endswith("/") and p in path)) for m, p in EFFECTS[effect]
            )
        if effect in ("send", "card"):
            return method in ("POST", "PUT") and "/activities" in path
        kinds = CARD_KINDS.get(effect, (effect,))
        attachments = body.get("attachments") if isinstance(body, dict) else None
        named = [a.get("name") for a in attachments or [] if isinstance(a, dict)] if "/activities" in path else []
        return method in ("POST", "PUT") and any(name in kinds for name in named)


class Faults:
    """Which of the next requests fail, counted from `replace`."""

    def __init__(self) -> None:
        self._left: list[tuple[Fault, list[int]]] = []
        self.redeliver = False
        self.interruptions: list[Interruption] = []

    def replace(self, faults: list[Fault]) -> None:
        """Forget the old faults and start counting the new ones now."""
        self._left = [(fault, [fault.times]) for fault in faults if not fault.redeliver]
        self.redeliver = any(fault.redeliver for fault in faults)

    def take(self, service: str) -> Fault | None:
        """The fault that meets this request, counted; None where it goes through."""
        for fault, left in self._left:
            if fault.on == service and left[0] > 0:
                left[0] -= 1
                return fault
        return None

    def interrupt(self, effect: str, strike: Callable[[], Awaitable[None]]) -> Callable[[], None]:
        """Arm an interruption; returns how to disarm it."""
        armed = Interruption(effect, strike)
        self.interruptions.append(armed)

        def disarm() -> None:
            if armed in self.interruptions:
                self.interruptions.remove(armed)

        return disarm

    def interruption(self, method: str, path: str, body: Any) -> Interruption | None:
        """The armed interruption this request meets, disarmed by meeting it."""
        for armed in self.interruptions:
            if armed.meets(method, path, body):
                self.interruptions.remove(armed)
                return armed
        return None
