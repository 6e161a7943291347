"""The desk: take a fact, lock its conversation, drop duplicates, load the state, decide, write, hand over.

State, ledger and audit trail are written in one transaction (architecture decision 2); effects are carried out
afterwards by bot/ledger.py. The desk knows ports only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.policy.decide import decide
from bot.policy.decisions import Answer, Decision, Drop, Forgo, Keep, Owe, Record
from bot.policy.facts import Attempted, CardPressed, Fact, FellDue
from bot.policy.state import State
from bot.policy.terms import Terms
from bot.ports import Books, Clock, Duty, Page

Watch = Callable[[str, str, Mapping[str, object]], None]
"""Told of every step: ("fact" | "decision" | "outcome", name, fields of ids and counts). Never message text."""


def unwatched(what: str, name: str, fields: Mapping[str, object]) -> None:
    """The watch of a process nobody looks at."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a fact: the answer for whoever caused it, the state afterwards, and whether it was news.

    A press that was no news has the answer that was given the first time.
    """

    answer: Answer | None
    state: State
    first: bool


class Desk:
    """Takes facts, one at a time for each conversation."""

    def __init__(
        self,
        books: Books,
        terms: Terms,
        clock: Clock,
        *,
        wake: Callable[[], None],
        changed: Callable[[str], None] = lambda conversation: None,
        watch: Watch = unwatched,
    ) -> None:
        """`wake` is called when something new is owed, `changed` with the conversation whose state was written.

        A clean message from somebody known writes no state: what is remembered of its conversation stays true.
        """
        self._books = books
        self._terms = terms
        self._clock = clock
        self._wake = wake
        self._changed = changed
        self._watch = watch
        self._readings: dict[str, asyncio.Task[State]] = {}

    @property
    def terms(self) -> Terms:
        """The operator's terms this desk decides by."""
        return self._terms

    @property
    def clock(self) -> Clock:
        """The clock everything is decided by."""
        return self._clock

    async def look(self, conversation: str) -> State:
        """The state of a conversation as it stands. Who asks at the same moment shares one reading."""
        reading = self._readings.get(conversation)
        if reading is None:
            reading = self._readings[conversation] = asyncio.create_task(self._read(conversation))
        return await asyncio.shield(reading)

    async def _read(self, conversation: str) -> State:
        del self._readings[conversation]  # it begins now: whoever asks from here on may see more
        return await self._books.state(conversation, self._terms)

    async def take(self, fact: Fact) -> Taken:
        """Take a fact: at most once for each key. Raises what the books raise, and then nothing was written."""
        now = self._clock()
        async with self._books.page(fact.conversation) as page:
            first = not fact.key or await page.first_time(fact.key, now)
            before = state = await page.state(self._terms)
            answer, owes = None, False
            if first:
                answer, state, owes = await self._act(page, fact, state)
                if answer is not None and isinstance(fact, CardPressed):
                    await page.keep_answer(fact.key, answer)
            elif isinstance(fact, CardPressed):
                answer = await page.answer(fact.key)
        self._tell(fact.conversation, changed=state is not before, owes=owes)
        return Taken(answer, state, first)

    async def finish(self, duty: Duty, fact: Attempted | FellDue, *, holder: str) -> bool:
        """Close a duty with what came of it and decide what follows, in one transaction.

        False, and nothing written, if the lease was lost meanwhile: then somebody else finishes it.
        """
        now = self._clock()
        result = fact.result if isinstance(fact, Attempted) else "done"
        code = fact.code if isinstance(fact, Attempted) else ""
        async with self._books.page(duty.conversation) as page:
            if not await page.settle(duty, holder=holder, result=result, code=code, now=now):
                return False
            before = await page.state(self._terms)
            _, state, owes = await self._act(page, fact, before)
        self._tell(duty.conversation, changed=state is not before, owes=owes)
        return True

    async def set_aside(self, duty: Duty, *, holder: str) -> None:
        """Close a duty on whose end a rule of ours fails: written down as given up, with nothing following from it."""
        now = self._clock()
        async with self._books.page(duty.conversation) as page:
            if await page.settle(duty, holder=holder, result="gave_up", code="internal", now=now):
                kind = duty.kind.replace(":", "_")
                await page.record("duty:gave_up", {"kind": kind, "code": "internal"}, now)

    def _tell(self, conversation: str, *, changed: bool, owes: bool) -> None:
        """After the transaction, so that whoever looks now sees what was written."""
        if changed:
            self._changed(conversation)
        if owes:
            self._wake()

    async def _act(self, page: Page, fact: Fact, state: State) -> tuple[Answer | None, State, bool]:
        """Write what follows from the fact: the answer, the state afterwards, and whether anything is owed anew."""
        now = self._clock()
        decisions, state = decide(fact, state, now)
        if isinstance(fact, Attempted):
            self._watch("outcome", fact.kind, {"result": fact.result, "code": fact.code, **dict(fact.about)})
        else:
            self._watch("fact", type(fact).__name__, {"conversation": fact.conversation})
        answer: Answer | None = None
        for decision in decisions:
            if isinstance(decision, Answer):
                answer = decision
            else:
                await self._write(page, decision)
            self._watch("decision", *described(decision))
        return answer, state, any(isinstance(decision, Owe) for decision in decisions)

    async def _write(self, page: Page, decision: Decision) -> None:
        now = self._clock()
        match decision:
            case Keep():
                await page.keep(decision.thing)
            case Drop():
                await page.drop(decision.thing)
            case Owe():
                await page.owe(decision, now)
            case Forgo():
                await page.forgo(decision.key)
            case Record():
                await page.record(decision.kind, dict(decision.fields), now)


def described(decision: Decision) -> tuple[str, Mapping[str, object]]:
    """A decision in a name and a few ids, for the watch."""
    match decision:
        case Keep():
            return "keep", {"thing": type(decision.thing).__name__}
        case Drop():
            return "drop", {"thing": type(decision.thing).__name__}
        case Owe():
            return "owe", {**dict(decision.about), "kind": decision.kind}
        case Forgo():
            return "forgo", {"key": decision.key}
        case Record():
            return "record", {"kind": decision.kind, **dict(decision.fields)}
        case Answer():
            return "answer", {"card": decision.card or "", "refused": decision.refused or ""}
