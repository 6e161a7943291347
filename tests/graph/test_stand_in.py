"""Client, tokens and webhook against the stand-in of the rehearsal, over HTTP: two independent readings of the docs."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.graph import LIFECYCLE, NOTIFICATIONS, routes
from bot.graph.client import GraphClient
from bot.graph.crypto import NotificationKey
from bot.graph.http import PREFER
from bot.graph.identity import GraphTokens, Identity
from bot.graph.subscriptions import Delivery
from bot.graph.tokens import NotificationTokens, PublisherKeys
from bot.graph.webhook import Webhook
from bot.policy.facts import HearingLost, RecordingSignalled
from bot.ports import BookedMeeting, GraphMessage, Refused, Throttled, Unavailable
from bot.rehearsal.platform import Fault, Platform, Switches

from .conftest import STATE
from .csdl import Csdl
from .deliveries import Notebook

RIGHTS = ("ChatMessage.Read.Chat", "ChatMember.Read.Chat", "OnlineMeeting.ReadBasic.Chat")


@dataclass
class Stage:
    """A booked meeting with the app in it, an advisor and a guest, and our subscription."""

    platform: Platform
    client: GraphClient
    inbox: Notebook
    booked: BookedMeeting
    advisor: str
    subscription: str
    renewed: list[str]
    starts: datetime

    def told(self, name: str) -> list[tuple[Any, ...]]:
        return [what for what in self.inbox.told if what[0] == name]

    async def read(self) -> list[GraphMessage]:
        return [one async for one in self.client.messages_since(self.booked.chat, None)]


@pytest.fixture
async def stage(key: NotificationKey) -> AsyncIterator[Stage]:
    """Everything up, on a clock that stands still but for what the stand-in adds."""
    now = datetime(2026, 3, 30, 8, 0, tzinfo=UTC)
    platform = Platform(clock=lambda: now, switches=Switches(), rng=random.Random(7))
    await platform.start()
    given = platform.bot_environment()
    tokens = GraphTokens(
        Identity(
            kind="secret",
            tenant=given["BOT_TENANT_ID"],
            client=given["BOT_APP_ID"],
            secret=given["BOT_CLIENT_SECRET"],
            authority=given["BOT_REHEARSAL_LOGIN"],
            authority_certificate=Path(given["BOT_REHEARSAL_CERTIFICATE"]),
        ).credential
    )
    origin = given["BOT_REHEARSAL_ORIGIN"]
    inbox, chats, renewed = Notebook(), dict[str, str](), list[str]()

    async def chat_of(subscription: str) -> str | None:
        return chats.get(subscription)

    async def read(chat: str, ident: str) -> GraphMessage | None:
        return await client.message(chat, ident)

    async def renew(_: str, subscription: str) -> None:
        renewed.append(subscription)

    async with aiohttp.ClientSession() as session:
        publisher = PublisherKeys(session, f"{origin}/openid/graph/keys")
        webhook = Webhook(
            inbox,
            key=key,
            tokens=NotificationTokens(publisher, app=given["BOT_APP_ID"], tenant=given["BOT_TENANT_ID"]),
            client_state=STATE,
            tenant=given["BOT_TENANT_ID"],
            chat_of=chat_of,
            read=read,
            renew=renew,
            clock=lambda: now,
        )
        bot = web.Application()
        bot.add_routes(routes(webhook))
        bot.router.add_post("/api/messages", _taken)
        async with TestServer(bot) as server:
            base = str(server.make_url("")).rstrip("/")
            client = GraphClient(
                session,
                tokens,
                clock=lambda: now,
                catalog_app=given["BOT_CATALOG_APP_ID"],
                permissions=RIGHTS,
                mail_sender=given["BOT_MAIL_SENDER"],
                delivery=Delivery(
                    notification_url=base + NOTIFICATIONS, lifecycle_url=base + LIFECYCLE, key=key, client_state=STATE
                ),
                root=f"{origin}/graph",
            )
            platform.connect_bot(base)
            advisor = platform.register_advisor("berta", "Berta Berater")
            booked = await client.book(
                advisor,
                subject="Beratung",
                starts=now,
                ends=now + timedelta(hours=1),
                attendee="kunde@example.org",
                body_html="<p>Termin</p>",
            )
            await client.install_in_chat(booked.chat)
            made = await client.subscribe(booked.chat)
            chats[made.id] = booked.chat
            await platform.join("berta", "advisor")
            await platform.join("kim", "customer", "Kim Kunde")
            await platform.settle()
            yield Stage(platform, client, inbox, booked, advisor, made.id, renewed, now)
            await platform.stop()
        await tokens.close()


async def _taken(_: web.Request) -> web.Response:
    return web.Response(status=201)


async def test_booking_installation_and_subscription(stage: Stage) -> None:
    """The meeting is found by its link, mail is sent, and asking twice changes nothing."""
    assert stage.booked.chat.startswith("19:meeting_")
    await stage.client.install_in_chat(stage.booked.chat)
    await stage.client.install_for(stage.advisor)
    await stage.client.install_for(stage.advisor)
    assert (await stage.client.subscribe(stage.booked.chat)).id == stage.subscription
    await stage.client.renew(stage.subscription)
    await stage.client.send_mail(
        "k@example.org", subject="S", html="<p>x</p>", attachments=(("a.ics", "text/x", b"x"),)
    )
    assert stage.platform.mails()[-1].to == "k@example.org"


async def test_messages_edits_and_deletions_are_noticed(stage: Stage) -> None:
    """Each change of a guest's message comes as one encrypted notification with its time."""
    _, ident = await stage.platform.say("kim", "Guten Tag")
    await stage.platform.edit("kim", ident, "Guten Morgen")
    await stage.platform.delete("kim", ident)
    await stage.platform.settle()
    seen = [what for what in stage.told("noticed") if what[2] == ident]
    assert [(what[1], what[4]) for what in seen] == [(stage.booked.chat, deleted) for deleted in (False, False, True)]
    assert seen[0][3] < seen[1][3] < seen[2][3]


async def test_reading_the_chat(stage: Stage) -> None:
    """Messages are read with their authors' kinds, newest first; system messages have their events."""
    _, of_guest = await stage.platform.say("kim", "Guten Tag")
    _, of_advisor = await stage.platform.say("berta", "Hallo", "<p>Hallo</p>")
    found = await stage.read()
    assert [one.modified for one in found] == sorted((one.modified for one in found), reverse=True)
    by_id = {one.id: one for one in found}
    guest, advisor = by_id[of_guest], by_id[of_advisor]
    assert guest.person is not None
    assert advisor.person is not None
    assert "Guten Tag" in (guest.html or guest.text)
    assert (guest.person.kind, guest.person.aad) == ("guest", None)
    assert (advisor.html, advisor.person.kind, advisor.person.aad) == ("<p>Hallo</p>", "tenant", stage.advisor)
    assert any(one.event for one in found)
    later = [one.id async for one in stage.client.messages_since(stage.booked.chat, guest.modified)]
    assert later == [of_advisor]


async def test_hiding_is_believed_only_when_answered(stage: Stage) -> None:
    """The advisor's message is hidden and shown so; the guest's is refused by the platform's default."""
    _, of_advisor = await stage.platform.say("berta", "Hallo")
    _, of_guest = await stage.platform.say("kim", "Guten Tag")
    await stage.client.hide(stage.booked.chat, of_advisor, tip="Verborgen", kinds=("iban",))
    hidden = await stage.client.message(stage.booked.chat, of_advisor)
    assert hidden is not None
    assert hidden.hidden
    await stage.client.unhide(stage.booked.chat, of_advisor)
    shown = await stage.client.message(stage.booked.chat, of_advisor)
    assert shown is not None
    assert not shown.hidden
    with pytest.raises(Refused, match="forbidden"):
        await stage.client.hide(stage.booked.chat, of_guest, tip="Verborgen", kinds=("iban",))


async def test_recording_and_its_prevention(stage: Stage) -> None:
    """Start and end of a recording are signalled once each; the finished one is found; the options are accepted."""
    await stage.platform.record("berta", "start")
    await stage.platform.record("berta", "stop")
    await stage.platform.settle()
    signals = [what[1] for what in stage.told("take") if isinstance(what[1], RecordingSignalled)]
    assert [(one.kind, one.event, one.conversation) for one in signals] == [
        ("recording", "started", stage.booked.chat),
        ("recording", "stopped", stage.booked.chat),
    ]
    assert len(await stage.client.find_recordings(stage.advisor, stage.booked.online_meeting)) == 1
    await stage.client.forbid_recording(stage.advisor, stage.booked.online_meeting)
    await stage.client.set_chat(stage.advisor, stage.booked.online_meeting, allowed=False)


async def test_joining_is_a_change_of_the_roster(stage: Stage) -> None:
    """Who comes and goes makes the roster be read."""
    before = len(stage.told("roster"))
    await stage.platform.join("eva", "guest", "Eva")
    await stage.platform.settle()
    assert len(stage.told("roster")) > before


async def test_lifecycle_events(stage: Stage) -> None:
    """A demand to reauthorise renews; a removal says that we are deaf."""
    await stage.platform.lifecycle("reauthorizationRequired")
    await stage.platform.lifecycle("subscriptionRemoved")
    await stage.platform.settle()
    assert stage.renewed == [stage.subscription]
    assert [what[1].reason for what in stage.told("take") if isinstance(what[1], HearingLost)] == [
        "subscription_removed"
    ]


async def test_faults(stage: Stage) -> None:
    """A throttled request says how long to wait."""
    stage.platform.set_faults([Fault(on="graph", status=429, times=1, retry_after=7)])
    with pytest.raises(Throttled) as throttled:
        await stage.client.forbid_recording(stage.advisor, stage.booked.online_meeting)
    assert throttled.value.retry_after == 7.0


async def test_lost_answers_are_made_good(stage: Stage) -> None:
    """Asking again after a lost answer finds the subscription and the event that were made, and makes no second."""
    await stage.client.unsubscribe(stage.subscription)
    lost = [Fault(on="graph", status=500, times=1, lost_answer=True)]
    stage.platform.set_faults(lost)
    with pytest.raises(Unavailable) as problem:
        await stage.client.subscribe(stage.booked.chat)
    assert problem.value.maybe_done
    assert await stage.client.subscribe(stage.booked.chat)
    starts = stage.starts + timedelta(days=1)

    async def book() -> BookedMeeting:
        return await stage.client.book(
            stage.advisor,
            subject="Beratung",
            starts=starts,
            ends=starts + timedelta(hours=1),
            attendee="kunde@example.org",
            body_html="<p>Zweiter Termin</p>",
        )

    mails = len(stage.platform.mails())
    stage.platform.set_faults(lost)
    with pytest.raises(Unavailable):
        await book()
    assert await book() == await book()
    assert len(stage.platform.mails()) == mails + 1


async def test_the_stand_in_answers_like_graph(stage: Stage, csdl: Csdl) -> None:
    """What the stand-in answers to our reading requests validates against Microsoft's metadata."""
    await stage.platform.say("kim", "Guten Tag")
    await stage.platform.record("berta", "start")
    await stage.platform.record("berta", "stop")
    http, user = stage.client._http, stage.advisor
    meeting = ("users", user, "onlineMeetings", stage.booked.online_meeting)
    for kind, path in {
        "chatMessage": ("chats", stage.booked.chat, "messages"),
        "subscription": ("subscriptions",),
        "callRecording": (*meeting, "recordings"),
    }.items():
        items = [item async for page in http.pages(http.url(*path), PREFER) for item in page]
        assert items
        assert [error for item in items for error in csdl.errors(kind, item)] == []
    assert csdl.errors("onlineMeeting", await http.ask("GET", http.url(*meeting))) == []
    event = await http.ask("GET", http.url("users", user, "events", stage.booked.event))
    assert csdl.errors("event", event) == []


async def test_the_end(stage: Stage) -> None:
    """After unsubscribing and deleting the chat nothing is there any more."""
    await stage.client.unsubscribe(stage.subscription)
    await stage.client.unsubscribe(stage.subscription)
    await stage.client.cancel_event(stage.advisor, stage.booked.event)
    await stage.client.delete_chat(stage.booked.chat)
    assert await stage.client.message(stage.booked.chat, "1") is None
