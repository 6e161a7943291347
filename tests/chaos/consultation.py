"""One consultation of the fault test: its people act at random, and everything they said is remembered."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.profile import Guard
from bot.rehearsal.platform.world import Message

from .stand_in import ChaosPlatform
from .texts import Text, Writer

OK = "ok"
REFUSED_BY_PEOPLE = ("decline", "withdraw", "close")


@dataclass
class Told:
    """One message. `since`: when its text became what it is; `texts` tells of each version whether it disclosed.
    `agreed`: it must be scanned, because its author is staff, had consented before, or need not."""

    id: str
    who: str
    person: str
    tenant: bool
    since: datetime
    texts: list[bool]
    part: bool = False
    command: bool = False
    release_asked: bool = False
    released: bool = False
    author_left: bool = False
    touched: bool = False
    agreed: bool = True

    @property
    def secret(self) -> bool:
        """Whether it discloses a secret as it stands now."""
        return self.texts[-1]


@dataclass
class Memory:
    """What happened, as the people know it. `accepted`: whose consent was answered, and when; `asked`: who tried;
    `left`: who went, and when. `unguarded`: somebody withdrew or closed, so nothing more is promised."""

    told: list[Told] = field(default_factory=list)
    accepted: dict[str, datetime] = field(default_factory=dict)
    left: dict[str, datetime] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    unguarded: bool = False
    ended: bool = False
    steps: int = 0


class Consultation:
    """A meeting with an advisor, a customer and perhaps others, whose names are their own."""

    def __init__(
        self, number: int, platform: ChaosPlatform, writer: Writer, rng: random.Random, guard: Guard | None = None
    ) -> None:
        self.guard = guard or Guard()
        self.platform, self.writer, self.rng = platform, writer, rng
        self.advisor, self.customer = f"petra{number}", f"erika{number}"
        self.email = f"{self.customer}@example.org"
        self.cast = {
            self.advisor: "advisor", self.customer: "customer", f"karl{number}": "guest",
            f"karin{number}": "colleague", f"fred{number}": "federated",
        }  # fmt: skip
        self.conversation = ""
        self.memory = Memory()
        self.opening = [
            lambda: self.join(self.advisor), lambda: self.join(self.customer),
            lambda: self.press(self.customer, "welcome", "accept"),
            lambda: self.press(self.customer, "sign_in", "submit", code=self.code()),
        ]  # fmt: skip

    # -- who is there

    def present(self, *kinds: str) -> list[str]:
        """Who is in the call now, of these kinds or of any."""
        meeting = self.platform.chat(self.conversation).meeting
        there = {stay.who for stay in meeting.stays if stay.present} if meeting else set()
        return [who for who, kind in self.cast.items() if who in there and (not kinds or kind in kinds)]

    def code(self) -> str:
        """The newest code mailed to the customer."""
        mine = [mail.code for mail in self.platform.mails() if mail.to == self.email and mail.code]
        return mine[-1] if mine else "000000"

    def message(self, told: Told) -> Message:
        """The message as the platform has it."""
        return self.platform.chat(self.conversation).messages[told.id]

    # -- acting

    async def act(self) -> None:
        """One thing that somebody does. The opening is always the same, apart from the noise in between."""
        self.memory.steps += 1
        if self.opening and (self.rng.random() < 0.7 or len(self.opening) > 2):
            await self.opening.pop(0)()
            return
        choices: list[tuple[int, Callable[[], Awaitable[Any]]]] = [
            (6, self.say_secret), (5, self.say_clean), (2, self.say_split), (5, self.edit), (3, self.delete),
            (3, self.undelete), (2, self.come), (2, self.go), (4, self.press_something), (2, self.record),
            (1, self.command),
        ]  # fmt: skip
        weights, acts = zip(*choices, strict=True)
        await self.rng.choices(acts, weights)[0]()

    def _here(self) -> ChaosPlatform:
        self.platform.use_meeting(self.conversation)
        return self.platform

    async def join(self, who: str) -> None:
        """Enter."""
        names = {"advisor": "Petra Berater", "customer": "Erika Beispiel"}
        await self._here().join(who, self.cast[who], names.get(self.cast[who]))

    async def come(self) -> None:
        """Somebody enters, for the first time or again."""
        away = [who for who in self.cast if who not in self.present()]
        if away:
            await self.join(self.rng.choice(away))

    async def go(self) -> None:
        """Somebody leaves; the advisor stays."""
        there = [who for who in self.present() if who != self.advisor]
        if there and self.rng.random() < 0.6:
            await self.leave(self.rng.choice(there))

    async def leave(self, who: str) -> None:
        """Leave: what this person wrote cannot be deleted by them any more."""
        for told in self.memory.told:
            told.author_left = told.author_left or (told.who == who and not told.tenant)
        self._gone(who)
        await self._here().leave(who)

    def _gone(self, who: str) -> None:
        self.memory.left[self.platform.account_of(who).person_id] = self.platform._core.clock()

    async def say_clean(self) -> None:
        """A harmless message."""
        await self.say(self.writer.clean())

    async def say_secret(self) -> None:
        """A secret."""
        await self.say(self.writer.secret())

    async def say_split(self) -> None:
        """A secret in two messages of the same author."""
        author = self._author()
        for text in self.writer.split():
            await self.say(text, author, part=True)

    async def command(self) -> None:
        """A command of the plain-text path, or a withdrawal (seldom)."""
        guests = self.present("customer", "guest")
        if guests:
            word = self.rng.choice(("EINWILLIGUNG JA", "CONSENT YES", f"CODE {self.code()}", "EINWILLIGUNG NEIN"))
            if self.rng.random() < 0.1:
                word, self.memory.unguarded = "WIDERRUF", True
            who = self.rng.choice(guests)
            self.memory.asked.add(self.platform.account_of(who).person_id)
            await self.say(Text(word), who, command=True)

    def _author(self) -> str | None:
        there = self.present()
        return self.rng.choice(there) if there else None

    async def say(self, text: Text, who: str | None = None, *, part: bool = False, command: bool = False) -> None:
        """Write."""
        who = who or self._author()
        if who is None:
            return
        platform = self._here()
        account = platform.account_of(who)
        result, ident = await platform.say(who, text.text, text.html)
        if result == OK:
            since = platform.chat(self.conversation).messages[ident].created
            told = Told(ident, who, account.person_id, account.of_tenant, since, [text.secret], part, command)
            told.agreed = self._agreed(told)
            self.memory.told.append(told)

    def _agreed(self, told: Told) -> bool:
        return self.guard.basis == "security" or told.tenant or told.person in self.memory.accepted

    def _pick(self, fits: Callable[[Told, Message], bool]) -> Told | None:
        recent = [t for t in self.memory.told if not t.part and not t.command and fits(t, self.message(t))][-4:]
        return self.rng.choice(recent) if recent else None

    async def edit(self) -> None:
        """Change a message: to a secret, or to something harmless."""
        told = self._pick(lambda told, said: said.deleted is None)
        if told is None:
            return
        text = self.writer.secret() if self.rng.random() < 0.4 else self.writer.clean()
        platform, said = self._here(), self.message(told)
        before = said.edited
        await platform.edit(told.who, told.id, text.text, text.html)
        if said.edited != before and said.edited is not None:
            told.texts.append(text.secret)
            told.since, told.release_asked, told.touched = said.edited, False, True
            told.agreed = self._agreed(told)

    async def delete(self) -> None:
        """Delete a message."""
        told = self._pick(lambda told, said: said.deleted is None)
        if told is not None:
            told.touched = True
            await self._here().delete(told.who, told.id)

    async def undelete(self) -> None:
        """Take a deletion back."""
        told = self._pick(lambda told, said: said.deleted is not None)
        if told is not None:
            await self._here().undelete(told.who, told.id)

    async def record(self) -> None:
        """Start or stop a recording or a transcript."""
        kind = self.rng.choice(("recording", "recording", "transcript"))
        event = self.rng.choice(("start", "start", "stop"))
        await self._here().record(self.advisor, event, kind)

    # -- cards

    async def press_something(self) -> None:
        """Press a button of a card that is shown: seldom one that ends the consultation."""
        there = self.present()
        if not there:
            return
        who = self.rng.choice(there)
        platform = self._here()
        buttons = [(card, verb, data) for card in platform.visible_cards(who) for verb, data in card.actions]
        if self.rng.random() < 0.9:
            buttons = [button for button in buttons if button[1] not in REFUSED_BY_PEOPLE]
        if not buttons:
            return
        card, verb, data = self.rng.choice(buttons[-12:])
        inputs = {"code": self.code() if self.rng.random() < 0.5 else "123456"} if verb == "submit" else {}
        await self._press(who, card.activity_id, verb, inputs, data)

    async def press(self, who: str, kind: str, verb: str, **inputs: str) -> None:
        """Press this button on the newest card of the kind, if it is shown."""
        for card in reversed(self._here().visible_cards(who)):
            for name, data in card.actions:
                if (card.kind, name) == (kind, verb):
                    await self._press(who, card.activity_id, verb, dict(inputs), data)
                    return

    async def _press(self, who: str, activity: str, verb: str, inputs: dict[str, str], data: dict[str, Any]) -> None:
        if verb in ("withdraw", "close"):
            self.memory.unguarded = True
        about = self._about(data) if verb in ("not_a_secret", "release") else []
        for told in about:
            told.release_asked = True
        account = self.platform.account_of(who)
        if verb == "accept" and account is not None:
            self.memory.asked.add(account.person_id)
        result = await self._here().press(who, activity, verb, inputs, data)
        if result == OK and verb == "accept" and account is not None:
            self.memory.accepted.setdefault(account.person_id, self.platform._core.clock())
        for told in about:
            told.released = told.released or result == OK

    def _about(self, data: dict[str, Any]) -> list[Told]:
        from .oracle import reference

        return [told for told in self.memory.told if reference(self.conversation, told.id) in data.values()]

    async def end(self) -> None:
        """The meeting ends."""
        for told in self.memory.told:
            told.author_left = told.author_left or not told.tenant
        for who in self.present():
            self._gone(who)
        if await self._here().end() == OK:
            self.memory.ended = True
