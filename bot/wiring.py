"""The one place that names concrete classes: builds the whole product from settings and profile.

Rehearsal and production differ in the addresses and the clock given here, and nowhere else.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import random
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from aiohttp import ClientSession, TCPConnector, web

from bot.booking import Booking, book
from bot.desk import Desk, Watch, unwatched
from bot.detection import Scanner
from bot.effects import effects, lane
from bot.effects.context import Context
from bot.graph import routes as graph_routes
from bot.graph.client import GRAPH, GraphClient
from bot.graph.crypto import NotificationKey
from bot.graph.identity import GraphTokens, Identity
from bot.graph.messages import fact_of_event
from bot.graph.subscriptions import Delivery
from bot.graph.tokens import KEYS_URL, NotificationTokens, PublisherKeys
from bot.graph.webhook import Webhook
from bot.inbox import DeskInbox
from bot.ledger import Ledger
from bot.pacing import Pacing
from bot.policy.facts import HearingLost
from bot.policy.terms import Terms
from bot.ports import Clock
from bot.presenting import Presenter
from bot.profile import Profile, load_profile
from bot.settings import Settings
from bot.storage.books import SqlBooks
from bot.storage.engine import open_books
from bot.storage.erasure import erase_consultation
from bot.storage.retirement import erase_findings, purge
from bot.teams import identity as connector_identity
from bot.teams.connector import ConnectorClient
from bot.teams.events import Events
from bot.teams.front import Front
from bot.teams.front import routes as teams_routes
from bot.teams.keys import METADATA_URL, SigningKeys
from bot.teams.service_urls import ServiceUrls
from bot.teams.tokens import TokenVerifier
from bot.web.health import Health
from bot.web.health import routes as health_routes
from bot.web.notices import routes as notice_routes
from manifest.build import permissions

log = logging.getLogger(__name__)


def wall_clock() -> datetime:
    """The present moment, UTC."""
    return datetime.now(UTC)


def incident() -> str:
    """The number of an incident: eight hexadecimal digits, random."""
    return secrets.token_hex(4)


@dataclass(frozen=True, slots=True)
class Product:
    """A running product: what `serve`, `book` and the control channel of a rehearsal need of it."""

    settings: Settings
    profile: Profile
    books: SqlBooks
    desk: Desk
    inbox: DeskInbox
    ledger: Ledger
    front: Front
    application: web.Application


def terms_of(profile: Profile) -> Terms:
    """What the operator promised, as the rules need it."""
    return Terms(
        terms_version=profile.notice.terms_version,
        notice_version=profile.notice.version,
        language=profile.languages[0],
        guard_basis=profile.guard.basis,
        masked_copy=profile.guard.masked_copy,
        chat_pause=profile.guard.chat_pause,
        remind_after=profile.guard.remind_after,
        chat_deletion=profile.guard.chat_deletion,
        chat_deletion_delay=profile.guard.chat_deletion_delay,
        consent_is_basis=profile.rests_on_consent,
        code_valid_for=profile.sign_in.valid_for,
        code_tries=profile.sign_in.tries,
        code_sends=1 + profile.sign_in.resend_limit,
        keep_consultation=profile.retention.consultation,
        keep_findings=profile.retention.findings,
        keep_trail=profile.retention.trail,
    )


def key_for(settings: Settings, purpose: str) -> bytes:
    """A key of its own for each purpose, from the one secret of the settings."""
    return hmac.new(settings.key, purpose.encode(), hashlib.sha256).digest()


def connector_tokens(settings: Settings) -> connector_identity.Acquire:
    """How connector tokens are acquired: MSAL, or azure-identity for a managed identity."""
    if settings.credential == "managed_identity":
        return connector_identity.with_managed_identity(settings.app_id)
    where: dict[str, object] = {}
    if settings.rehearsal:
        where = {"login": str(settings.rehearsal_login), "certificate": settings.rehearsal_certificate}
    if settings.credential == "certificate":
        pem = (settings.certificate_path or Path()).read_text(encoding="utf-8")
        return connector_identity.with_certificate(settings.app_id, settings.tenant_id, pem, **where)  # type: ignore[arg-type]
    secret = settings.client_secret.get_secret_value()
    return connector_identity.with_secret(settings.app_id, settings.tenant_id, secret, **where)  # type: ignore[arg-type]


def graph_identity(settings: Settings) -> Identity:
    """How the bot proves to Entra who it is, for Graph."""
    return Identity(
        kind=settings.credential or "secret",
        tenant=settings.tenant_id,
        client=settings.app_id,
        secret=settings.client_secret.get_secret_value(),
        certificate=settings.certificate_path,
        authority=str(settings.rehearsal_login).rstrip("/") if settings.rehearsal else None,
        authority_certificate=settings.rehearsal_certificate if settings.rehearsal else None,
    )


@asynccontextmanager
async def product(
    settings: Settings, *, clock: Clock = wall_clock, watch: Watch = unwatched, rng: random.Random | None = None
) -> AsyncIterator[Product]:
    """Build everything; closed in order at the end. Raises SettingsError, ProfileError or StorageError."""
    rng = rng or random.Random(secrets.randbits(128))  # noqa: S311 - jitter only; codes are drawn from `secrets`
    profile = load_profile(settings.profile)
    scanner = Scanner(profile.number_formats())
    origin = str(settings.rehearsal_origin).rstrip("/") if settings.rehearsal else None
    async with AsyncExitStack() as closing:
        books = await open_books(settings.database_url, pool_size=settings.pool_size)
        closing.push_async_callback(books.close)
        session = ClientSession(connector=TCPConnector(limit=100), trust_env=not settings.rehearsal)
        closing.push_async_callback(session.close)
        service_urls = ServiceUrls(settings.service_urls.split(","), origin)
        key = (
            NotificationKey.from_pem(settings.notification_key_path)
            if settings.notification_key_path
            else NotificationKey.generate(wall_clock())
        )
        client_state = hmac.new(settings.key, b"client-state", hashlib.sha256).hexdigest()
        delivery = Delivery(
            notification_url=f"{settings.base_url}/api/notifications",
            lifecycle_url=f"{settings.base_url}/api/lifecycle",
            key=key,
            client_state=client_state,
        )
        pace = Pacing(books, clock, advisor_chat=books.advisor_chat)
        tokens = GraphTokens(graph_identity(settings).credential)
        closing.push_async_callback(tokens.close)
        graph = GraphClient(
            session,
            tokens,
            clock=clock,
            catalog_app=settings.catalog_app_id or settings.app_id,
            permissions=permissions(),
            mail_sender=settings.mail_sender,
            delivery=delivery,
            root=f"{origin}/graph" if origin else GRAPH,
            room_to_read=pace.room_to_read,
        )
        chat = ConnectorClient(
            app_id=settings.app_id,
            tenant=settings.tenant_id,
            session=session,
            tokens=connector_identity.ConnectorTokens(connector_tokens(settings), clock=wall_clock),
            service_urls=service_urls,
            clock=wall_clock,
        )
        presenter = Presenter(profile, settings.base_url)
        late: dict[str, Callable[..., object]] = {}
        desk = Desk(
            books,
            terms_of(profile),
            clock,
            wake=lambda: late["wake"](),  # type: ignore[arg-type]
            changed=lambda conversation: late["changed"](conversation),  # type: ignore[arg-type]
            watch=watch,
        )
        inbox = DeskInbox(
            books=books, desk=desk, graph=graph, scanner=scanner, presenter=presenter,
            window=profile.guard.history_window, key=key_for(settings, "codes"), event_of=fact_of_event,
        )  # fmt: skip

        async def erase(
            conversation: str, people: tuple[str, ...] | None, everything: bool, now: datetime, owed_at: datetime | None
        ) -> dict[str, int]:
            about = {"people": people, "everything": everything, "now": now, "owed_at": owed_at}
            try:
                return await erase_consultation(books, conversation, **about)  # type: ignore[arg-type]
            finally:  # also where only the bytes could not be removed yet
                inbox.forget(conversation)

        async def retire(conversation: str, what: Literal["findings", "trail"], now: datetime) -> dict[str, int]:
            if what == "findings":
                return await erase_findings(books, conversation)
            entries = await purge(books, conversation, now)
            inbox.forget(conversation)
            return {"audit": entries}

        context = Context(
            books=books,
            desk=desk,
            chat=chat,
            graph=graph,
            profile=profile,
            presenter=presenter,
            clock=clock,
            make_code=lambda: "".join(secrets.choice("0123456789") for _ in range(profile.sign_in.code_length)),
            digest=inbox.code_digest,
            hear_again=inbox.hear_again,
            room=pace.room_to_speak,
            take=inbox.take,
            incident=incident,
            erase=erase,
            retire=retire,
            lasting_key=settings.notification_key_path is not None,
            masked=inbox.masked,
        )
        ledger = Ledger(
            books, desk, effects(context), clock, holder=f"replica-{secrets.token_hex(6)}", rng=rng,
            take=inbox.take, pace=pace, lane=lane,
        )  # fmt: skip
        late["wake"], late["changed"] = ledger.wake, inbox.changed
        signing_keys = SigningKeys(
            f"{origin}/openid/botframework" if origin else METADATA_URL, session=session, clock=wall_clock
        )
        closing.push_async_callback(signing_keys.close)
        front = Front(
            app_id=settings.app_id,
            events=Events(settings.tenant_id, clock),
            tokens=TokenVerifier(settings.app_id, signing_keys, clock=wall_clock),
            service_urls=service_urls,
            inbox=inbox,
            incident=incident,
        )

        async def renew(conversation: str, subscription: str) -> None:
            await inbox.take(HearingLost(conversation=conversation, key="", reason="reauthorization"))

        publisher = PublisherKeys(session, f"{origin}/openid/graph/keys" if origin else KEYS_URL)
        webhook = Webhook(
            inbox,
            key=key,
            tokens=NotificationTokens(publisher, app=settings.app_id, tenant=settings.tenant_id),
            client_state=client_state,
            tenant=settings.tenant_id,
            chat_of=books.conversation_of_subscription,
            read=graph.message,
            renew=renew,
            clock=clock,
        )
        closing.push_async_callback(webhook.close)
        application = web.Application(client_max_size=2 * 1024 * 1024)
        application.add_routes(teams_routes(front))
        application.add_routes(graph_routes(webhook))
        application.add_routes(notice_routes(profile, settings.base_url))
        application.add_routes(health_routes(Health(books.ping, ledger)))
        yield Product(settings, profile, books, desk, inbox, ledger, front, application)


async def take_up_again(running: Product, clock: Clock) -> None:
    """After a start: what a dead process held is free again, and every chat that is open, or was not read to its end,
    is read back for what was missed."""
    await running.books.take_over()
    now = clock().isoformat()
    for conversation in await running.books.conversations() + await running.books.not_read_to_the_end():
        await running.inbox.take(HearingLost(conversation=conversation, key=f"start:{now}", reason="restart"))


async def book_and_carry_out(settings: Settings, booking: Booking) -> tuple[bool, str]:
    """Book from the command line, without a running bot. Returns (the confirmation is out, our reference).

    Raises BookingError. What could not be done at once stays in the ledger for the running bot.
    """
    async with product(settings) as running:
        ref = await book(booking, running.inbox, settings.key, wall_clock(), profile=running.profile)
        await running.ledger.at_rest()
        state = await running.desk.look(f"appointment:{ref}")
        return state.appointment is not None and state.appointment.confirmed_at is not None, ref
