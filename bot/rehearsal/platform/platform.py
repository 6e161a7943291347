"""The stand-in as a whole: what a scenario player or a page calls, and the HTTP services the bot calls."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from bot.rehearsal.platform import meetings, people, picture, pressing
from bot.rehearsal.platform.cards import VisibleCard
from bot.rehearsal.platform.core import Core
from bot.rehearsal.platform.events import ALL_RIGHTS, install, live_subscriptions, queue_envelope, uninstall
from bot.rehearsal.platform.reading import readers
from bot.rehearsal.platform.services import Services
from bot.rehearsal.platform.switches import Fault, Switches
from bot.rehearsal.platform.world import Mail, Stay

LIFECYCLE_EVENTS = ("reauthorizationRequired", "subscriptionRemoved", "missed")


class Platform:
    """Teams, the Bot Framework and Microsoft Graph in memory, speaking their HTTP.

    `clock` gives the virtual time (aware), `rng` all ids; `language` (`de` or `en`) is that of the people's clients.
    """

    def __init__(
        self, *, clock: Callable[[], datetime], switches: Switches, rng: random.Random, language: str = "de"
    ) -> None:
        self._core = Core(clock, switches, rng, language)
        self._services = Services(self._core)

    # -- running it

    async def start(self, app: web.Application | None = None, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen, or add the services to `app`, which the caller then serves on `host` and `port`.

        The TLS login listener is always the stand-in's own, on a free port, with a fresh self-signed certificate.
        """
        await self._services.start(app, host, port)

    async def stop(self) -> None:
        """Stop listening, drop what is under way, remove the certificate file."""
        await self._services.stop()

    # -- the bot

    @property
    def origin(self) -> str:
        """Base URL of connector, Graph and key documents."""
        return self._core.origin

    def bot_environment(self) -> dict[str, str]:
        """The settings of the bot that lead it here."""
        return self._services.bot_environment()

    def connect_bot(self, base_url: str | None) -> None:
        """Where the bot is, or None while it is down; what could not be delivered meanwhile is delivered now."""
        self._core.delivery.connect(base_url)

    def set_faults(self, faults: Iterable[Fault]) -> None:
        """Replace all faults; counting starts now."""
        self._core.faults.replace(list(faults))

    def interrupt(self, effect: str, strike: Callable[[], Awaitable[None]]) -> Callable[[], None]:
        """Arm an interruption: the next request of that effect (`hide`, `warn`, ..., or a card kind) is carried out,
        `strike` is awaited, the answer is lost. Returns how to disarm it."""
        return self._core.faults.interrupt(effect, strike)

    @property
    def switches(self) -> Switches:
        """How the platform behaves; may be replaced while it runs."""
        return self._core.switches

    @switches.setter
    def switches(self, switches: Switches) -> None:
        self._core.switches = switches

    @property
    def conversation_id(self) -> str:
        """The current meeting's chat, empty before there is one."""
        return self._core.world.current.chat.id if self._core.world.current else ""

    @property
    def activity_count(self) -> int:
        """Grows with everything the platform sends to the bot; unchanged means that nothing new was sent."""
        return self._core.delivery.count

    # -- what people do

    async def add_meeting(self, organizer: str, name: str) -> None:
        """A meeting nobody booked, with the app added by its organizer; it becomes the current one."""
        core = self._core
        account = people.tenant_user(core, organizer, "advisor", name)
        start = core.clock()
        subject = "Beratung" if core.language == "de" else "Consultation"
        end = start + timedelta(hours=1)
        core.world.current = meeting = meetings.create(core, account, subject, start, end, standalone=False)
        install(core, meeting.chat, account, ALL_RIGHTS)
        await core.delivery.deliver(meeting.chat.id)

    def use_meeting(self, conversation_id: str) -> None:
        """Let people act in another meeting from here on. KeyError where there is no such meeting."""
        meeting = self._core.world.chats[conversation_id].meeting
        if meeting is None:
            raise KeyError(conversation_id)
        self._core.world.current = meeting

    async def remove_app(self) -> str:
        """The organizer takes the app out of the current meeting."""
        meeting = self._core.world.current
        if meeting is None or meeting.chat.installation is None:
            return people.REFUSED
        uninstall(self._core, meeting.chat, meeting.organizer)
        return await self._done(people.OK)

    def register_advisor(self, who: str, name: str) -> str:
        """A tenant user who can be booked; returns the Entra id."""
        return people.tenant_user(self._core, who, "advisor", name).aad_id or ""

    async def _done(self, result: str) -> str:
        if self.conversation_id:
            await self._core.delivery.deliver(self.conversation_id)
        return result

    async def join(self, who: str, as_: str, name: str | None = None) -> str:
        """Enter the current meeting. ValueError for an unknown `as_`, or one that is not the person's."""
        return await self._done(people.join(self._core, self._core.world.current, who, as_, name))

    async def leave(self, who: str) -> str:
        """Leave the current meeting."""
        return await self._done(people.leave(self._core, self._core.world.current, who))

    async def rejoin(self, who: str) -> str:
        """Come back; a guest as somebody new to Teams."""
        account = self._core.world.people.get(who)
        if account is None:
            return people.REFUSED
        return await self.join(who, account.kind)

    async def say(self, who: str, text: str, html: str | None = None) -> tuple[str, str]:
        """Write; returns (result, message id), the id empty where refused."""
        result, message_id = people.say(self._core, self._core.world.current, who, text, html)
        return await self._done(result), message_id

    async def edit(self, who: str, message_id: str, text: str, html: str | None = None) -> str:
        """Change one's own message."""
        return await self._done(people.edit(self._core, self._core.world.current, who, message_id, text, html))

    async def delete(self, who: str, message_id: str) -> str:
        """Delete one's own message."""
        return await self._done(people.delete(self._core, self._core.world.current, who, message_id))

    async def undelete(self, who: str, message_id: str) -> str:
        """Take back the deletion of one's own message."""
        return await self._done(people.undelete(self._core, self._core.world.current, who, message_id))

    def visible_cards(self, who: str) -> list[VisibleCard]:
        """The cards this person can see, newest last, as this person sees them."""
        return pressing.visible_cards(self._core, who)

    async def press(
        self, who: str, activity_id: str, verb: str, inputs: dict[str, Any], data: dict[str, Any] | None = None,
        via: str = "execute",
    ) -> str:  # fmt: skip
        """Press a button; `data` picks one of several of that verb, `via="submit"` the Action.Submit fallback."""
        return await pressing.press(self._core, who, activity_id, verb, inputs, data, via)

    async def record(self, who: str, event: str, kind: str = "recording") -> str:
        """`start` or `stop` a recording or transcript; only tenant users in the meeting can."""
        if event not in ("start", "stop") or kind not in meetings.OPTION:
            raise ValueError(f"record: {event!r} {kind!r}")
        core, meeting = self._core, self._core.world.current
        account = core.world.people.get(who)
        if meeting is None or account is None or not account.of_tenant or not meeting.present(account):
            return people.REFUSED
        if event == "start":
            done = meetings.start_capture(core, meeting, kind, account)
        else:
            done = meetings.stop_capture(core, meeting, kind)
        return await self._done(people.OK if done else people.REFUSED)

    async def end(self) -> str:
        """The meeting ends for everybody."""
        return await self._done(people.end(self._core, self._core.world.current))

    async def lifecycle(self, event: str) -> None:
        """Send a life-cycle event to every subscription; `subscriptionRemoved` also removes it."""
        if event not in LIFECYCLE_EVENTS:
            raise ValueError(f"lifecycle: must be one of {', '.join(LIFECYCLE_EVENTS)}, not {event!r}")
        for subscription in live_subscriptions(self._core):
            if event == "subscriptionRemoved":
                del self._core.subscriptions[subscription.id]
            if subscription.lifecycle_url is not None:
                item = subscription.lifecycle(self._core.tenant_id, event)
                queue_envelope(self._core, "lifecycle", subscription, subscription.lifecycle_url, item)
        await self._core.delivery.deliver("lifecycle")

    async def settle(self) -> None:
        """Return once every delivery under way was answered."""
        await self._core.delivery.settle()

    # -- what really is

    def stays(self) -> list[Stay]:
        """One entry for each stay in the current meeting, in order."""
        return list(self._core.world.current.stays) if self._core.world.current else []

    def readable_by(self, message_id: str) -> list[str]:
        """Who can read the message now, in order of first join; nobody for an id that is none."""
        for chat in self._core.world.chats.values():
            if message_id in chat.messages:
                return readers(chat.messages[message_id], self._core.clock())
        return []

    def bot_chat(self) -> list[dict[str, Any]]:
        """The `chat` member of the report."""
        return picture.bot_chat(self._core)

    def mails(self) -> list[Mail]:
        """Every mail that left the tenant, oldest first."""
        return list(self._core.world.mails)

    def newest_code(self) -> str | None:
        """The newest one-time code that was mailed."""
        return next((mail.code for mail in reversed(self._core.world.mails) if mail.code), None)

    def recording_running(self, kind: str = "recording") -> bool:
        """Whether a recording (or `transcript`) is running in the current meeting."""
        meeting = self._core.world.current
        return meeting is not None and meeting.running_capture(kind) is not None

    def view(self, who: str) -> dict[str, Any]:
        """What `who` sees now, as JSON for the page."""
        return picture.view(self._core, who)

    def on_change(self, callback: Callable[[], None]) -> None:
        """`callback` is called whenever anything a person could see changed."""
        self._core.callbacks.append(callback)
