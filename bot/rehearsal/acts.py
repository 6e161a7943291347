"""What a person does in a step, done to the stand-in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.rehearsal.platform import Platform, VisibleCard
from bot.rehearsal.steps import Step
from bot.storage.reports import consultation_report

NOT_SHOWN, NOT_AVAILABLE = "not shown", "not available"


@dataclass(frozen=True)
class Said:
    """One message a step sent: its ``as`` name, if any, its author and the platform's id."""

    name: str | None
    author: str
    message_id: str


class Acts:
    """Carries out steps; remembers which message has which name.

    ``names`` gives the name to show for each ``join`` step, by step number.
    """

    def __init__(self, platform: Platform, database_url: str, names: Mapping[int, str]) -> None:
        self.said: list[Said] = []
        self._platform, self._database_url, self._names = platform, database_url, names
        # `announce`, `mail` and `web` have no room in the product yet and are reported as not available.
        self._acts: dict[str, Callable[[Step], Awaitable[str]]] = {
            "join": self._join,
            "leave": lambda step: platform.leave(step.args["who"]),
            "rejoin": lambda step: platform.rejoin(step.args["who"]),
            "say": self._say,
            "edit": self._edit,
            "delete": lambda step: platform.delete(step.args["who"], self._id(step)),
            "undelete": lambda step: platform.undelete(step.args["who"], self._id(step)),
            "press": self._press,
            "record": lambda step: platform.record(step.args["who"], step.args["event"], "recording"),
            "transcribe": lambda step: platform.record(step.args["who"], step.args["event"], "transcript"),
            "end": lambda step: platform.end(),
        }

    async def perform(self, step: Step) -> str:
        """Do what the step says; returns one of the results of the report."""
        act = self._acts.get(step.name)
        if act is None:
            return NOT_AVAILABLE
        who = step.args.get("who")
        if step.name != "join" and who is not None and not any(s.who == who for s in self._platform.stays()):
            return NOT_SHOWN  # the file has this person join later: no meeting to act in yet
        return await act(step)

    async def _join(self, step: Step) -> str:
        return await self._platform.join(step.args["who"], step.args["as"], self._names[step.n])

    async def _say(self, step: Step) -> str:
        who = step.args["who"]
        result, message_id = await self._platform.say(who, step.args["text"], step.args.get("html"))
        if message_id:
            self.said.append(Said(step.args.get("as"), who, message_id))
        return result

    async def _edit(self, step: Step) -> str:
        message_id = self._id(step)
        return await self._platform.edit(step.args["who"], message_id, step.args["text"], step.args.get("html"))

    def _id(self, step: Step) -> str:
        """The platform's id of the message a step names; empty when the platform never accepted it."""
        return next((said.message_id for said in self.said if said.name == step.args["message"]), "")

    async def _press(self, step: Step) -> str:
        """Press the newest card of the kind, or the one that belongs to a guest or is about a message."""
        args = step.args
        shown = [card for card in self._platform.visible_cards(args["who"]) if card.kind == args["card"]]
        about = await self._about(args.get("of"), args.get("message")) if shown else About()
        for card in reversed(shown):
            data = about.action(card, args["action"])
            if data is not None:
                inputs = args.get("inputs", {})
                return await self._platform.press(args["who"], card.activity_id, args["action"], inputs, data)
        return NOT_SHOWN

    async def _about(self, guest: str | None, message: str | None) -> About:
        """What `of:` and `message:` of a press stand for: ids of cards, and the references their actions carry."""
        if guest is None and message is None:
            return About()
        known = await consultation_report(self._database_url, self._platform.conversation_id or "")
        ids = {stay.person_id for stay in self._platform.stays() if stay.who == guest}
        message_id = next((said.message_id for said in self.said if said.name == message), None)
        rows = [known["participants"].get(person, {}) for person in ids]
        rows += [known["messages"].get(message_id, {})]
        cards = {
            activity
            for activity, card in known["cards"].items()
            if (guest is None or card["owner"] in ids) and (message is None or card["message"] == message_id)
        }
        return About(frozenset(cards), frozenset(row["ref"] for row in rows if row.get("ref")))


@dataclass(frozen=True)
class About:
    """Which card, or which of several actions of a card, is meant; everything by default."""

    cards: frozenset[str] | None = None
    refs: frozenset[str] = frozenset()

    def action(self, card: VisibleCard, verb: str) -> dict[str, Any] | None:
        """The data of the action to press on this card, or ``None`` when it is not the card that is meant."""
        wanted = [data for name, data in card.actions if name == verb]
        if self.cards is not None and card.activity_id not in self.cards:
            wanted = [data for data in wanted if self.refs & {v for v in data.values() if isinstance(v, str)}]
        return wanted[0] if wanted else None
