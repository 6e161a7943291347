"""Teams and Graph as dictionaries, and the core over them with real books: what the platform holds can be looked at."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.desk import Desk
from bot.detection import Scanner
from bot.effects import effects, lane
from bot.effects.context import Context
from bot.inbox import DeskInbox
from bot.ledger import Effect, Ledger
from bot.pacing import Pacing
from bot.policy.facts import AdvisorReached, AppAdded, CardPressed, Person, PersonJoined
from bot.policy.state import State
from bot.policy.terms import Terms
from bot.ports import BookedMeeting, GraphMessage, HeardText, Place, Refused, Shown, Subscription
from bot.presenting import Presenter
from bot.profile import load_profile
from bot.storage import open_books
from bot.storage.books import SqlBooks
from bot.storage.engine import make_engine
from bot.storage.erasure import erase_consultation
from bot.storage.retirement import erase_findings, purge

ROOT = Path(__file__).parents[2]
PROFILE = load_profile(ROOT / "profiles" / "stadtwerke.yaml")
SCANNER = Scanner(PROFILE.number_formats())
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CHAT, PERSONAL, SERVICE = "19:meeting_talheim@thread.v2", "a:personal", "https://smba.example/"
PETRA = Person(id="29:petra", name="Petra", aad="aad-petra", tenant="tenant", kind="tenant")
ERIKA = Person(id="29:erika", name="Erika")
OTTO = Person(id="29:otto", name="Otto")
IBAN = "Meine IBAN ist DE89 3704 0044 0532 0130 00"
_FOLDER = TemporaryDirectory(prefix="videoberatung-test-")
_TEMPLATE = Path(_FOLDER.name, "template.sqlite3")
_migrated: list[bytes] = []
TERMS = Terms(terms_version="1", notice_version="1")


class Clock:
    """A clock that is moved by hand."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        """Time passes."""
        self.now += timedelta(**span)


@dataclass
class Said:
    """A message as the platform holds it."""

    person: Person
    text: str
    created: datetime
    hidden: bool = False
    deleted: bool = False
    modified: datetime | None = None
    marks: frozenset[str] = frozenset()


@dataclass
class Platform:
    """The chat behind both fakes. `faults`: exceptions raised by the next calls of a method, before or after they
    were carried out (`lost`)."""

    clock: Clock
    messages: dict[str, Said] = field(default_factory=dict)
    members: dict[str, Person] = field(default_factory=dict)
    cards: dict[str, tuple[str, str, Mapping[str, Any], str | None]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    mails: list[tuple[str, str]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    subscriptions: set[str] = field(default_factory=set)
    events: set[str] = field(default_factory=set)
    recording_allowed: bool = True
    chat_open: bool = True
    targeted: bool = True
    chat_deleted: bool = False
    faults: dict[str, list[Exception]] = field(default_factory=dict)
    lost: dict[str, list[Exception]] = field(default_factory=dict)
    number: int = 0

    def next(self, prefix: str) -> str:
        """A new id."""
        self.number += 1
        return f"{prefix}{self.number}"

    @asynccontextmanager
    async def call(self, name: str) -> AsyncIterator[None]:
        """One request: counted, refused or lost as ordered."""
        self.calls.append(name)
        if waiting := self.faults.get(name):
            raise waiting.pop(0)
        yield
        if waiting := self.lost.get(name):
            raise waiting.pop(0)


class FakeChat:
    """The connector."""

    def __init__(self, platform: Platform) -> None:
        self.on = platform

    async def post_card(self, place: Place, kind: str, card: Mapping[str, Any], *, only_for: str | None = None) -> str:
        async with self.on.call(f"post:{kind}"):
            if only_for is not None and not self.on.targeted:
                raise Refused("bad_argument", 400)
            if only_for is not None and only_for not in self.on.members:
                raise Refused("not_in_conversation", 404)
            activity = self.on.next("c")
            self.on.cards[activity] = (place.conversation, kind, card, only_for)
            marks = frozenset(
                e["id"] for e in card["body"] if isinstance(e.get("id"), str) and e["id"].startswith("duty-")
            )
            if only_for is None:  # Graph does not show targeted messages among a chat's
                self.on.messages[activity] = Said(Person(id="28:bot"), "", self.on.clock(), marks=marks)
        return activity

    async def update_card(
        self, place: Place, activity: str, kind: str, card: Mapping[str, Any], *, targeted: bool = False
    ) -> None:
        async with self.on.call(f"update:{kind}"):
            self.on.cards[activity] = (place.conversation, kind, card, self.on.cards[activity][3])

    async def post_text(self, place: Place, text: str, *, only_for: str | None = None) -> str:
        async with self.on.call("post_text"):
            self.on.texts.append(text)
            activity = self.on.next("t")
            self.on.messages[activity] = Said(Person(id="28:bot"), text, self.on.clock())
        return activity

    async def delete(self, place: Place, activity: str, *, targeted: bool = False) -> None:
        self.on.cards.pop(activity, None)

    async def roster(self, place: Place) -> list[Person]:
        async with self.on.call("roster"):
            return list(self.on.members.values())

    async def member(self, place: Place, person: str) -> Person | None:
        async with self.on.call("member"):
            return self.on.members.get(person)

    async def open_personal(self, service_url: str, tenant: str, person: str) -> str:
        async with self.on.call("open_personal"):
            return PERSONAL

    async def meeting(self, place: Place, meeting: str) -> tuple[str | None, str | None]:
        async with self.on.call("meeting"):
            return "online-1", "aad-petra"


class FakeGraph:
    """Microsoft Graph."""

    def __init__(self, platform: Platform) -> None:
        self.on = platform

    async def hide(self, chat: str, message: str, *, tip: str, kinds: tuple[str, ...]) -> None:
        async with self.on.call("hide"):
            self.on.messages[message].hidden = True

    async def unhide(self, chat: str, message: str) -> None:
        async with self.on.call("unhide"):
            self.on.messages[message].hidden = False

    def _shown(self, ident: str, said: Said) -> GraphMessage:
        bot = said.person.id.startswith("28:")
        modified = said.modified or said.created
        person = None if bot else replace(said.person, id=f"graph:{said.person.aad or said.person.id}")
        return GraphMessage(
            id=ident,
            created=said.created,
            modified=modified,
            edited=said.modified,
            deleted=modified if said.deleted else None,
            hidden=said.hidden,
            person=person,
            marks=said.marks,
            text="" if said.deleted else said.text,
        )

    async def message(self, chat: str, message: str) -> GraphMessage | None:
        async with self.on.call("message"):
            said = self.on.messages.get(message)
            return self._shown(message, said) if said is not None else None

    async def messages_since(self, chat: str, since: datetime | None) -> AsyncIterator[GraphMessage]:
        async with self.on.call("messages_since"):
            for ident, said in reversed(list(self.on.messages.items())):
                shown = self._shown(ident, said)
                if since is None or shown.modified > since:
                    yield shown

    async def book(self, advisor: str, **about: Any) -> BookedMeeting:
        async with self.on.call("book"):
            event = self.on.next("event-")
            self.on.events.add(event)
        return BookedMeeting(event=event, join_url="https://teams.example/j", online_meeting="online-1", chat=CHAT)

    async def cancel_event(self, advisor: str, event: str) -> None:
        async with self.on.call("cancel_event"):
            self.on.events.discard(event)

    async def forbid_recording(self, organizer: str, online_meeting: str) -> None:
        async with self.on.call("forbid_recording"):
            self.on.recording_allowed = False

    async def set_chat(self, organizer: str, online_meeting: str, *, allowed: bool) -> None:
        async with self.on.call("set_chat"):
            self.on.chat_open = allowed

    async def install_in_chat(self, chat: str) -> None:
        async with self.on.call("install_in_chat"):
            pass

    async def install_for(self, user: str) -> None:
        async with self.on.call("install_for"):
            pass

    async def send_mail(self, to: str, *, subject: str, html: str, attachments: tuple[Any, ...] = ()) -> None:
        async with self.on.call("send_mail"):
            self.on.mails.append((to, html))

    async def subscribe(self, chat: str) -> Subscription:
        async with self.on.call("subscribe"):
            made = self.on.next("sub-")
            self.on.subscriptions.add(made)
        return Subscription(id=made, expires=self.on.clock() + timedelta(days=3))

    async def renew(self, subscription: str) -> Subscription:
        async with self.on.call("renew"):
            return Subscription(id=subscription, expires=self.on.clock() + timedelta(days=3))

    async def unsubscribe(self, subscription: str) -> None:
        async with self.on.call("unsubscribe"):
            self.on.subscriptions.discard(subscription)

    async def delete_chat(self, chat: str) -> None:
        async with self.on.call("delete_chat"):
            self.on.chat_deleted = True

    async def find_recordings(self, organizer: str, online_meeting: str) -> list[str]:
        return []


class House:
    """The core with everything it needs, over the fakes and real books."""

    def __init__(self, books: SqlBooks, *, terms: Terms = TERMS, platform: Platform | None = None) -> None:
        self.books = books
        self.platform = platform or Platform(Clock())
        self.clock = self.platform.clock
        self.terms = terms
        self.watched: list[tuple[str, str, Mapping[str, object]]] = []
        self.codes: list[str] = []
        self.start()

    def start(self, *, extra: Mapping[str, Effect] | None = None, watch: Callable[..., None] | None = None) -> None:
        """A process begins (again): memory is empty, books and platform are what they were."""
        self.chat, self.graph = FakeChat(self.platform), FakeGraph(self.platform)
        self.presenter = Presenter(PROFILE, "https://bot.example")
        record: Callable[..., None] = watch or (lambda *step: self.watched.append(step))
        self.desk = Desk(
            self.books,
            self.terms,
            self.clock,
            wake=lambda: self.ledger.wake(),
            changed=lambda conversation: self.inbox.changed(conversation),
            watch=record,
        )
        self.inbox = DeskInbox(
            books=self.books, desk=self.desk, graph=self.graph, scanner=SCANNER, presenter=self.presenter,
            window=timedelta(minutes=3), key=b"k" * 32, event_of=lambda chat, message: None,
        )  # fmt: skip
        pace = Pacing(self.books, self.clock, advisor_chat=self.books.advisor_chat)
        self.context = Context(
            books=self.books, desk=self.desk, chat=self.chat, graph=self.graph, profile=PROFILE,
            presenter=self.presenter, clock=self.clock, make_code=self._code, digest=self.inbox.code_digest,
            hear_again=self.inbox.hear_again, take=self.inbox.take,
            incident=lambda: f"{self.platform.next(''):0>8}", erase=self._erase, retire=self._retire,
            masked=self.inbox.masked, room=pace.room_to_speak,
        )  # fmt: skip
        self.ledger = Ledger(
            self.books, self.desk, {**effects(self.context), **(extra or {})}, self.clock, holder="one",
            rng=random.Random(7), take=self.inbox.take, pace=pace, lane=lane,
        )  # fmt: skip

    def _code(self) -> str:
        self.codes.append(f"{len(self.codes) + 100001}")
        return self.codes[-1]

    async def _erase(
        self, conversation: str, people: tuple[str, ...] | None, everything: bool, now: datetime,
        owed_at: datetime | None,
    ) -> dict[str, int]:  # fmt: skip
        return await erase_consultation(
            self.books, conversation, people=people, everything=everything, now=now, owed_at=owed_at
        )

    async def _retire(self, conversation: str, what: str, now: datetime) -> dict[str, int]:
        if what == "findings":
            return await erase_findings(self.books, conversation)
        return {"audit": await purge(self.books, conversation, now)}

    async def rest(self, limit: int = 200) -> None:
        """Carry out what is due, and what is asked again within ten minutes."""
        until = self.clock() + timedelta(minutes=10)
        for _ in range(limit):
            due, retry = await self.ledger.at_rest()
            if retry is None or retry > until or (due is not None and due < retry):
                return
            self.clock.now = retry
        raise AssertionError("the house does not come to rest")

    async def until(self, **span: float) -> None:
        """Time passes from due row to due row."""
        end = self.clock() + timedelta(**span)
        while True:
            await self.ledger.at_rest()
            moments = [m for m in await self.books.next_due() if m is not None and m <= end]
            if not moments:
                break
            self.clock.now = max(self.clock.now, min(moments))
        self.clock.now = end

    async def open(self) -> House:
        """A meeting nobody booked, the advisor in it and reachable."""
        self.platform.members[PETRA.id] = PETRA
        await self.inbox.take(
            AppAdded(
                conversation=CHAT, key="added", tenant="tenant", service_url=SERVICE, bot_id="28:bot",
                meeting="meeting-1", by=PETRA,
            )
        )  # fmt: skip
        await self.rest()
        await self.inbox.take(
            AdvisorReached(
                conversation=PERSONAL, key="reached", aad="aad-petra", person=PETRA.id, of_chat=PERSONAL,
                service_url=SERVICE, tenant="tenant",
            )
        )  # fmt: skip
        await self.rest()
        return self

    async def join(self, person: Person = ERIKA) -> None:
        """Somebody joins."""
        self.platform.members[person.id] = person
        key = f"join:{person.id}:{self.clock().isoformat()}"
        await self.inbox.take(PersonJoined(conversation=CHAT, key=key, person=person))
        await self.rest()

    async def say(
        self, text: str, message: str = "1001", person: Person = ERIKA, *, event: str = "new", rest: bool = True
    ) -> HeardText:
        """Somebody writes; the platform holds it and delivers the activity."""
        known = self.platform.messages.get(message)
        if known is None or event == "new":
            self.platform.messages[message] = Said(person, text, self.clock())
        else:
            known.text, known.modified, known.hidden, known.deleted = text, self.clock(), False, False
        heard = HeardText(
            conversation=CHAT, message=message, person=person, event=event, via="activity",  # type: ignore[arg-type]
            modified=self.clock(), text=text,
        )  # fmt: skip
        await self.inbox.hear(heard)
        if rest:
            await self.rest()
        return heard

    async def press(
        self, person: Person, card: str, verb: str, *, chat: str = CHAT, code: str | None = None,
        key: str | None = None, activity: str | None = None, **refs: str,
    ) -> Shown:  # fmt: skip
        """Somebody presses a button."""
        digest = self.inbox.code_digest(code) if code is not None else None
        shown = await self.inbox.press(
            CardPressed(
                conversation=chat, key=key or self.platform.next("press"), person=person, chat=chat,
                activity=activity or "none", card=card, verb=verb, refs=tuple(sorted(refs.items())), code_digest=digest,
            )
        )  # fmt: skip
        await self.rest()
        return shown

    async def state(self) -> State:
        """Everything known of the consultation."""
        return await self.desk.look(CHAT)

    def cards(self, kind: str) -> list[str]:
        """Ids of the cards of a kind, oldest first."""
        return [activity for activity, (_, name, _, _) in self.platform.cards.items() if name == kind]


@asynccontextmanager
async def house(**how: Any) -> AsyncIterator[House]:
    """A house on a throw-away database: a copy of one that was migrated once."""
    if not _migrated:
        books = await open_books(f"sqlite:///{_TEMPLATE}")
        await books.close()
        _migrated.append(_TEMPLATE.read_bytes())  # noqa: ASYNC240
    with TemporaryDirectory(prefix="videoberatung-test-") as folder:
        path = Path(folder, "books.sqlite3")
        path.write_bytes(_migrated[0])  # noqa: ASYNC240
        books = SqlBooks(make_engine(f"sqlite:///{path}"))
        try:
            yield House(books, **how)
        finally:
            await books.close()
