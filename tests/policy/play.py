"""One consultation without desk, books or platform: facts go through `decide`, duties wait until a test closes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.policy.decide import decide
from bot.policy.decisions import Answer, Drop, Forgo, Keep, Owe, Record
from bot.policy.facts import (
    AppAdded,
    AppointmentBooked,
    Attempted,
    CardPressed,
    CommandTyped,
    Fact,
    FellDue,
    MessageDeleted,
    MessageHeard,
    Person,
    PersonJoined,
    PersonLeft,
    RecordingSignalled,
)
from bot.policy.outcome import outcome
from bot.policy.rules.guard import finding_ref
from bot.policy.state import Appointment, State
from bot.policy.terms import Terms

CHAT = "19:meeting_lindenau@thread.v2"
PERSONAL = "a:personal"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TERMS = Terms(terms_version="1", notice_version="1")
PETRA = Person(id="29:petra", name="Petra", aad="aad-petra", tenant="tenant", kind="tenant")
KOLLEGE = Person(id="29:karl", name="Karl", aad="aad-karl", tenant="tenant", kind="tenant")
ERIKA = Person(id="29:erika", name="Erika")
OTTO = Person(id="29:otto", name="Otto")
RIGHT, WRONG = "digest-right", "digest-wrong"


def terms(**changes: Any) -> Terms:
    """The operator's terms with changes."""
    return Terms(**({"terms_version": "1", "notice_version": "1"} | changes))


class Play:
    """State, duties by key (open ones in `open`, of them under way those in `begun`), the trail, the last answer."""

    def __init__(self, promised: Terms = TERMS) -> None:
        self.state = State(terms=promised)
        self.now = START
        self.duties: dict[str, Owe] = {}
        self.open: dict[str, Owe] = {}
        self.begun: set[str] = set()
        self.owed_times: dict[str, int] = {}
        self.trail: list[tuple[str, dict[str, object]]] = []
        self.decisions: list[Any] = []
        self.answer: Answer | None = None
        self._taken: set[str] = set()
        self._clock_key = 0

    # -- facts ------------------------------------------------------------------------------------------------------

    def take(self, fact: Fact) -> Answer | None:
        """What the desk does with a fact."""
        self.answer = None
        if fact.key:
            if fact.key in self._taken:
                return None
            self._taken.add(fact.key)
        decisions, self.state = decide(fact, self.state, self.now)
        self.decisions += decisions
        for decision in decisions:
            match decision:
                case Owe():
                    if decision.key not in self.duties or decision.again:
                        self.open[decision.key] = decision
                        self.owed_times[decision.key] = self.owed_times.get(decision.key, 0) + 1
                    self.duties.setdefault(decision.key, decision)
                case Forgo():
                    if decision.key not in self.begun:
                        self.open.pop(decision.key, None)
                case Record():
                    self.trail.append((decision.kind, dict(decision.fields)))
                case Answer():
                    self.answer = decision
                case Keep() | Drop():
                    pass
        return self.answer

    def close(self, key: str, result: str = "done", code: str = "", **data: str) -> None:
        """An open duty came to an end."""
        duty = self.open.pop(key)
        self.begun.discard(key)
        if duty.kind.startswith("timer:"):
            timer = duty.kind.removeprefix("timer:")
            self.take(FellDue(conversation=CHAT, key="", timer=timer, about=duty.about))
            return
        self.take(
            Attempted(
                conversation=CHAT,
                key="",
                duty=key,
                kind=duty.kind,
                about=duty.about,
                result=result,  # type: ignore[arg-type]
                code=code,
                data=tuple(data.items()),
            )
        )

    def close_kind(self, kind: str, result: str = "done", code: str = "", **data: str) -> None:
        """Every open duty of a kind came to an end."""
        for key in [key for key, duty in self.open.items() if duty.kind == kind]:
            self.close(key, result, code, **data)

    def kinds_open(self) -> set[str]:
        """The kinds of duty that are owed now."""
        return {duty.kind for duty in self.open.values()}

    # -- what happens -----------------------------------------------------------------------------------------------

    def begin(self, *, booked: bool = True, advisor: str = "aad-petra", later: int = 0) -> Play:
        """Booked, the app in the chat, the code mailed, the advisor there and reachable."""
        if booked:
            self.take(
                AppointmentBooked(
                    conversation=CHAT,
                    key="booked",
                    ref="a-1",
                    customer_name="Erika",
                    customer_email="erika@example.org",
                    email_digest="mail",
                    advisor=advisor,
                    advisor_name="Petra",
                    starts_at=START,
                    ends_at=START + timedelta(hours=1),
                    language="de",
                )
            )
            self.close("book_event", chat=CHAT, event="e-1", join_url="https://t.example", online_meeting="m-1")
            self.close("code:1")
            self.code()
            more = tuple(self._later(n) for n in range(1, later + 1))
            self.state = State(**{**self._fields(), "later_appointments": more})
        self.take(
            AppAdded(
                conversation=CHAT, key="added", tenant="tenant", service_url="https://s.example/", bot_id="28:b",
                meeting="meeting-1",
            )
        )  # fmt: skip
        self.join(PETRA)
        if "open_chat" in self.open:
            self.close("open_chat", chat=PERSONAL)
        return self

    def _later(self, n: int) -> Appointment:
        start = START + timedelta(days=n)
        return Appointment(
            ref=f"a-{n + 1}", advisor="aad-petra", starts_at=start, ends_at=start + timedelta(hours=1), language="de",
            email_digest="mail", event=f"e-{n + 1}",
        )  # fmt: skip

    def _fields(self) -> dict[str, Any]:
        return {name: getattr(self.state, name) for name in State.__dataclass_fields__}

    def code(self, digest: str = RIGHT, valid: timedelta = timedelta(days=2)) -> None:
        """The send_code effect drew a code."""
        booking = self.state.appointment
        assert booking is not None
        values = {name: getattr(booking, name) for name in Appointment.__dataclass_fields__}
        values |= {"code_digest": digest, "code_expires_at": self.now + valid, "code_spent_at": None}
        self.state = self.state.with_thing(Appointment(**values))

    def _key(self) -> str:
        self._clock_key += 1
        return f"k{self._clock_key}"

    def join(self, person: Person) -> None:
        """Somebody joins."""
        self.take(PersonJoined(conversation=CHAT, key=self._key(), person=person))

    def leave(self, person: Person) -> None:
        """Somebody leaves."""
        self.take(PersonLeft(conversation=CHAT, key=self._key(), person=person.id))

    def press(
        self, person: Person, card: str, verb: str, *, chat: str = CHAT, activity: str = "1", code: str | None = None,
        **refs: str,
    ) -> Answer | None:  # fmt: skip
        """Somebody presses a button."""
        return self.take(
            CardPressed(
                conversation=CHAT, key=self._key(), person=person, chat=chat, activity=activity, card=card, verb=verb,
                refs=tuple(sorted(refs.items())), code_digest=code,
            )
        )  # fmt: skip

    def status(self, verb: str, person: Person = PETRA, **refs: str) -> Answer | None:
        """The advisor presses on the status card."""
        return self.press(person, "advisor_status", verb, chat=PERSONAL, activity="9", **refs)

    def type(self, person: Person, command: str, *, code: str | None = None) -> None:
        """Somebody types a command."""
        self.take(
            CommandTyped(
                conversation=CHAT, key=self._key(), person=person, message=self._key(), modified=self.now,
                command=command, code_digest=code,  # type: ignore[arg-type]
            )
        )  # fmt: skip

    def say(
        self, person: Person, message: str, *kinds: str, event: str = "new", via: str = "activity", **more: Any
    ) -> None:  # fmt: skip
        """A message was heard and scanned."""
        modified = more.pop("modified", self.now)
        key = more.pop("key", f"message:{message}:{event}:{modified.isoformat()}")
        self.take(
            MessageHeard(
                conversation=CHAT, key=key, message=message, person=person, event=event, via=via, modified=modified,
                kinds=kinds, **more,
            )
        )  # fmt: skip

    def delete(self, message: str, via: str = "activity") -> None:
        """Its author deleted it."""
        self.take(MessageDeleted(conversation=CHAT, key="", message=message, via=via))  # type: ignore[arg-type]

    def record(
        self, event: str, kind: str = "recording", call: str = "call-1", at: datetime | None = None
    ) -> None:  # fmt: skip
        """The chat says that a recording started or stopped."""
        self.take(RecordingSignalled(conversation=CHAT, key=self._key(), kind=kind, event=event, call=call, at=at))  # type: ignore[arg-type]

    def wait(self, seconds: float) -> None:
        """Time passes; nothing falls due by itself."""
        self.now += timedelta(seconds=seconds)

    # -- what is --------------------------------------------------------------------------------------------------

    def outcome(self, message: str) -> str:
        """What is claimed of a message."""
        return outcome(self.state.findings[message])

    def ref(self, message: str) -> str:
        """A finding's reference on cards."""
        return finding_ref(self.state.findings[message])

    def person_ref(self, person: Person) -> str:
        """A participant's reference on cards."""
        return self.state.people[person.id].ref

    def signed_in(self, person: Person) -> bool:
        """Whether somebody is authenticated."""
        return self.state.people[person.id].authenticated_at is not None

    def recorded(self, kind: str) -> list[dict[str, object]]:
        """The trail's entries of a kind."""
        return [fields for name, fields in self.trail if name == kind]


def talk(**promised: object) -> Play:
    """An open consultation with a customer in it."""
    play = Play(terms(**promised)).begin()
    play.join(ERIKA)
    return play
