"""Graph's subscriptions: creation with handshake, renewal, end, life cycle (teams-platform 5.3, 6)."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.rehearsal.platform.core import Core
from bot.rehearsal.platform.events import live_subscriptions
from bot.rehearsal.platform.graph.common import collection, pace, parse_instant
from bot.rehearsal.platform.graph.messages import wants_unknown_members
from bot.rehearsal.platform.subscriptions import Subscription
from bot.rehearsal.platform.web import BODY, CORE, Refusal, mapping

MOST, WITHOUT_LIFECYCLE = timedelta(minutes=4320), timedelta(hours=1)
SLACK = timedelta(minutes=1)  # three days computed by a caller whose clock is a little ahead
HANDSHAKE_SECONDS = 10
MAX_STATE, MAX_CERTIFICATE_ID = 128, 128
LIFECYCLE_MISSING = ("lifecycleNotificationUrl is a required property for subscription creation on this resource when "
                     "the expirationDateTime value is set to greater than 1 hour")  # fmt: skip
KNOWN = {"changeType", "notificationUrl", "lifecycleNotificationUrl", "resource", "expirationDateTime", "clientState",
         "includeResourceData", "encryptionCertificate", "encryptionCertificateId", "latestSupportedTlsVersion",
         "notificationQueryOptions", "@odata.type"}  # fmt: skip
RESOURCES = (
    (re.compile(r"chats(?:/([^/]+)|\('([^']+)'\))/messages"), "messages"),
    (re.compile(r"appCatalogs/teamsApps/([^/]+)/installedToChats/getAllMessages"), "messages"),
    (re.compile(r"communications/onlineMeetings/getAllRecordings"), "recordings"),
    (re.compile(r"communications/onlineMeetings/getAllTranscripts"), "transcripts"),
    (re.compile(r"communications/onlineMeetings/([^/]+)/recordings"), "recordings"),
    (re.compile(r"communications/onlineMeetings/([^/]+)/transcripts"), "transcripts"),
    (re.compile(r"users/([^/]+)/onlineMeetings/getAllRecordings"), "recordings"),
    (re.compile(r"users/([^/]+)/onlineMeetings/getAllTranscripts"), "transcripts"),
)


def heard(core: Core, resource: Any) -> tuple[str, str]:
    """(topic, subject) of a subscribable resource; Refusal 400 for others, 404 for a chat that is not there."""
    path = resource.split("?")[0].strip("/") if isinstance(resource, str) else ""
    for pattern, topic in RESOURCES:
        found = pattern.fullmatch(path)
        if found is None:
            continue
        subject = next((group for group in found.groups() if group), "*") if found.groups() else "*"
        if path.startswith("chats"):
            chat = core.world.chat_of(subject)
            if chat is None:
                raise Refusal(404, "ResourceNotFound", "The chat does not exist.")
            return topic, chat.graph_id
        return topic, "*" if path.startswith("appCatalogs") else subject
    raise Refusal(400, "InvalidRequest", "The resource is not supported for change notifications.")


def url(body: dict[str, Any], name: str) -> str | None:
    """A notification URL: https, or http on loopback, where the rehearsed bot is."""
    value = body.get(name)
    if value is None:
        return None
    try:
        parts = urlsplit(value) if isinstance(value, str) else None
        good = parts is not None and bool(parts.hostname) and (
            parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1"))
        )  # fmt: skip
    except ValueError:
        good = False
    if not good:
        raise Refusal(400, "InvalidRequest", f"{name} must be an absolute https URL.")
    return str(value)


def certificate(body: dict[str, Any]) -> tuple[x509.Certificate | None, str | None]:
    """Certificate and id for resource data; Refusal 400 unless both are there, with an RSA key of 2048 to 4096 bits."""
    include = body.get("includeResourceData", False)
    if not isinstance(include, bool):
        raise Refusal(400, "InvalidRequest", "includeResourceData must be true or false.")
    if not include:
        return None, None
    raw, name = body.get("encryptionCertificate"), body.get("encryptionCertificateId")
    if not isinstance(raw, str) or not isinstance(name, str) or not 1 <= len(name) <= MAX_CERTIFICATE_ID:
        raise Refusal(400, "InvalidRequest", "encryptionCertificate and encryptionCertificateId are needed.")
    try:
        found = x509.load_der_x509_certificate(base64.b64decode(raw, validate=True))
        key = found.public_key()
    except (binascii.Error, ValueError, TypeError):
        raise Refusal(400, "InvalidRequest", "encryptionCertificate must be base64 of a DER certificate.") from None
    if not isinstance(key, rsa.RSAPublicKey) or not 2048 <= key.key_size <= 4096:
        raise Refusal(400, "InvalidRequest", "The certificate needs an RSA key of 2048 to 4096 bits.")
    return found, name


def expiry(core: Core, value: Any) -> datetime:
    """A time in the future, at most three days away; Refusal 400 otherwise."""
    moment = parse_instant(value, "expirationDateTime")
    if not core.clock() < moment <= core.clock() + MOST + SLACK:
        raise Refusal(400, "InvalidRequest", "expirationDateTime must lie in the future, by at most 4320 minutes.")
    return moment


async def create(request: web.Request) -> web.Response:
    """201 after both URLs answered the handshake; one subscription an app and chat (409 the same again, else 403)."""
    core: Core = request[CORE]
    pace(core)
    body = mapping(request[BODY])
    if set(body) - KNOWN:
        raise Refusal(400, "InvalidRequest", f"Unknown property '{sorted(set(body) - KNOWN)[0]}'.")
    topic, subject = heard(core, body.get("resource"))
    kinds = body.get("changeType")
    changes = frozenset(part.strip() for part in kinds.split(",")) if isinstance(kinds, str) else frozenset({"?"})
    if not changes <= {"created", "updated", "deleted"}:
        raise Refusal(400, "InvalidRequest", "changeType must be of created, updated, deleted.")
    notify, lifecycle = url(body, "notificationUrl"), url(body, "lifecycleNotificationUrl")
    if notify is None:
        raise Refusal(400, "InvalidRequest", "notificationUrl is needed.")
    state = body.get("clientState")
    if not isinstance(state, str | None) or len(state or "") > MAX_STATE:
        raise Refusal(400, "InvalidRequest", f"clientState must be a string of at most {MAX_STATE} characters.")
    expires = expiry(core, body.get("expirationDateTime"))
    if lifecycle is None and expires > core.clock() + WITHOUT_LIFECYCLE:
        raise Refusal(400, "InvalidRequest", LIFECYCLE_MISSING)
    sealed, sealed_id = certificate(body)
    refuse_second(core, topic, subject, changes, notify)
    for address in dict.fromkeys(one for one in (notify, lifecycle) if one):
        await shake_hands(core, address)
    refuse_second(core, topic, subject, changes, notify)
    made = Subscription(
        core.world.guid(), topic, subject, body["resource"], changes, notify, lifecycle, state, expires,
        core.world.app_id, sealed, sealed_id, wants_unknown_members(request),
    )  # fmt: skip
    core.subscriptions[made.id] = made
    return web.json_response(made.as_json(), status=201)


def refuse_second(core: Core, topic: str, subject: str, changes: frozenset[str], notify: str) -> None:
    """409 for the same subscription again, 403 for another one of the same resource."""
    for other in live_subscriptions(core):
        if (other.topic, other.subject) == (topic, subject):
            if other.change_types == changes and other.notification_url == notify:
                raise Refusal(409, "Conflict", "Subscription already exists for this resource.")
            raise Refusal(403, "Forbidden", "The subscription quota of this app for this resource is exhausted.")


async def shake_hands(core: Core, address: str) -> None:
    """POST `?validationToken=`; the answer must be 200, text/plain, and exactly the token, within ten seconds."""
    token = f"Validation: Testing client application reachability for subscription Request-Id: {core.world.guid()} <&>"
    answer = await core.delivery.ask(address, {"validationToken": token}, HANDSHAKE_SECONDS)
    if answer != (200, "text/plain", token.encode()):
        text = "Subscription validation request failed. The endpoint must respond with 200 OK to validation request."
        raise Refusal(400, "ValidationError", text)


def subscription_of(request: web.Request) -> tuple[Core, Subscription]:
    """The live subscription of the path; 404 where it expired or never was."""
    core: Core = request[CORE]
    live_subscriptions(core)
    found = core.subscriptions.get(request.match_info["subscription"])
    if found is None:
        raise Refusal(404, "ResourceNotFound", "The object was not found.")
    return core, found


async def renew(request: web.Request) -> web.Response:
    """Move the expiry: 200. Nothing else can be changed."""
    core, found = subscription_of(request)
    pace(core)
    body = mapping(request[BODY])
    if set(body) - {"@odata.type"} - {"expirationDateTime"} or "expirationDateTime" not in body:
        raise Refusal(400, "InvalidRequest", "Only expirationDateTime can be updated.")
    expires = expiry(core, body["expirationDateTime"])
    if found.lifecycle_url is None and expires > core.clock() + WITHOUT_LIFECYCLE:
        raise Refusal(400, "InvalidRequest", LIFECYCLE_MISSING)
    found.expires = expires
    return web.json_response(found.as_json())


async def reauthorize(request: web.Request) -> web.Response:
    """200; the answer to reauthorizationRequired."""
    core, _ = subscription_of(request)
    pace(core)
    return web.Response(status=200)


async def delete(request: web.Request) -> web.Response:
    """204; no notification follows."""
    core, found = subscription_of(request)
    pace(core)
    del core.subscriptions[found.id]
    return web.Response(status=204)


async def get(request: web.Request) -> web.Response:
    """The subscription."""
    core, found = subscription_of(request)
    pace(core)
    return web.json_response(found.as_json())


async def list_all(request: web.Request) -> web.Response:
    """All live subscriptions of the app."""
    core: Core = request[CORE]
    pace(core)
    return collection(request, "subscriptions", [one.as_json() for one in live_subscriptions(core)], 100, 100)


def routes() -> list[web.RouteDef]:
    """The subscription routes."""
    one = "/subscriptions/{subscription}"
    return [
        web.post("/subscriptions", create),
        web.get("/subscriptions", list_all),
        web.get(one, get),
        web.patch(one, renew),
        web.delete(one, delete),
        web.post(one + "/reauthorize", reauthorize),
    ]
