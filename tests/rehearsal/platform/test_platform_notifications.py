"""Graph's change notifications: creation, sealed content, retries, expiry, life cycle."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.x509.oid import NameOID
from stand_in_stage import Stage

from bot.rehearsal.platform import Fault, Switches

PUBLISHER = "0bf30f3b-4a52-48df-9a82-234910c4a086"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)
UNKNOWN = {"Prefer": "include-unknown-enum-members"}


def certificate(key: Any) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "notifications")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    )  # fmt: skip
    return base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()


CERTIFICATE = certificate(KEY)


def request(stage: Stage, **changes: Any) -> dict[str, Any]:
    body = {
        "changeType": "created,updated,deleted",
        "notificationUrl": stage.bot.url + "/api/notifications",
        "lifecycleNotificationUrl": stage.bot.url + "/api/lifecycle",
        "resource": f"/chats/{stage.chat}/messages",
        "expirationDateTime": (stage.clock.now + timedelta(days=2)).isoformat().replace("+00:00", "Z"),
        "clientState": "state",
        "includeResourceData": True,
        "encryptionCertificate": CERTIFICATE,
        "encryptionCertificateId": "k1",
    }
    return {key: value for key, value in (body | changes).items() if value is not None}


def opened(content: dict[str, str]) -> dict[str, Any]:
    """Open an encrypted item the way a receiver must."""
    key, data = KEY.decrypt(base64.b64decode(content["dataKey"]), OAEP), base64.b64decode(content["data"])
    assert len(key) == 32
    assert hmac.new(key, data, hashlib.sha256).digest() == base64.b64decode(content["dataSignature"])
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    unpadder = PKCS7(128).unpadder()
    plain = unpadder.update(decryptor.update(data) + decryptor.finalize()) + unpadder.finalize()
    return dict(json.loads(plain))


async def subscribed(stage: Stage, *people: tuple[str, str], **changes: Any) -> str:
    """A meeting with these people and a subscription; returns the subscription's id."""
    await stage.meeting(*(people or (("petra", "advisor"),)))
    status, answer = await stage.graph("POST", "/subscriptions", request(stage, **changes), headers=UNKNOWN)
    assert status == 201, answer
    return str(answer["id"])


async def test_a_message_arrives_sealed_and_signed(stage: Stage) -> None:
    """The activity comes first, then a notification whose opened content is what Graph answers, with a valid token."""
    subscription = await subscribed(stage)
    _, message_id = await stage.platform.say("petra", "Guten Tag")
    assert stage.bot.order == ["activity message", "notification created"]
    [envelope] = stage.bot.notifications
    [item] = envelope["value"]
    assert (item["subscriptionId"], item["clientState"], item["changeType"]) == (subscription, "state", "created")
    assert item["resource"] == f"chats('{stage.chat}')/messages('{message_id}')"
    assert item["tenantId"] == stage.platform.bot_environment()["BOT_TENANT_ID"]
    _, message = await stage.graph("GET", f"/chats/{stage.chat}/messages/{message_id}")
    assert opened(item["encryptedContent"]) == message
    thumbprint = x509.load_der_x509_certificate(base64.b64decode(CERTIFICATE)).fingerprint(hashes.SHA1()).hex()
    assert item["encryptedContent"]["encryptionCertificateThumbprint"].lower() == thumbprint
    async with stage.http.get(stage.platform.origin + "/openid/graph/keys") as answer:
        key = jwt.PyJWK((await answer.json())["keys"][0])
    [token] = envelope["validationTokens"]
    claims = jwt.decode(token, key, algorithms=["RS256"], audience=stage.platform.bot_environment()["BOT_APP_ID"])
    assert claims["azp"] == claims["appid"] == PUBLISHER
    assert item["tenantId"] in claims["iss"]


async def test_edits_and_deletes_are_notified(stage: Stage) -> None:
    """Edit, hiding, delete and undelete are updated, updated, deleted, updated; a deleted one has no content."""
    await subscribed(stage)
    _, message_id = await stage.platform.say("petra", "eins")
    await stage.platform.edit("petra", message_id, "zwei")
    body = {"policyViolation": {"dlpAction": "BlockAccess"}}
    await stage.graph("PATCH", f"/chats/{stage.chat}/messages/{message_id}", body)
    await stage.platform.delete("petra", message_id)
    await stage.platform.undelete("petra", message_id)
    items = [envelope["value"][0] for envelope in stage.bot.notifications]
    assert [item["changeType"] for item in items] == ["created", "updated", "updated", "deleted", "updated"]
    contents = [opened(item["encryptedContent"])["body"]["content"] for item in items]
    assert contents == ["<p>eins</p>", "<p>zwei</p>", "<p>zwei</p>", "", "<p>zwei</p>"]


async def test_the_second_ear(stage: Stage) -> None:
    """With guests' messages and participant events dropped, notifications still bring both."""
    stage.platform.switches = Switches(guest_messages="drop", participant_events="drop")
    await subscribed(stage)
    await stage.platform.join("erika", "customer")
    await stage.platform.say("erika", "Hallo")
    assert stage.bot.activities == []
    joined, said = (opened(envelope["value"][0]["encryptedContent"]) for envelope in stage.bot.notifications)
    assert joined["messageType"] == "systemEventMessage"
    assert joined["eventDetail"]["@odata.type"] == "#microsoft.graph.membersJoinedEventMessageDetail"
    assert said["body"]["content"] == "<p>Hallo</p>"


async def test_the_bots_own_messages_are_notified(stage: Stage) -> None:
    """A bot's message is a notification from an application, and no activity."""
    await subscribed(stage)
    await stage.send({"type": "message", "text": "Hallo"})
    await stage.platform.settle()
    assert stage.bot.activities == []
    message = opened(stage.bot.notifications[0]["value"][0]["encryptedContent"])
    assert message["from"]["application"]["id"] == stage.platform.bot_environment()["BOT_APP_ID"]


async def test_plain_notifications(stage: Stage) -> None:
    """Without resource data there is neither content nor token, and only the wanted changes come."""
    plain = {"includeResourceData": None, "encryptionCertificate": None, "encryptionCertificateId": None}
    await subscribed(stage, changeType="created", **plain)
    _, message_id = await stage.platform.say("petra", "eins")
    await stage.platform.edit("petra", message_id, "zwei")
    [envelope] = stage.bot.notifications
    assert "validationTokens" not in envelope
    assert "encryptedContent" not in envelope["value"][0]
    assert envelope["value"][0]["resourceData"]["id"] == message_id


async def test_notifications_are_tried_again(stage: Stage) -> None:
    """Not answered 2xx, a notification comes again; while the bot is down it waits, for four hours."""
    await subscribed(stage)
    stage.bot.notification_answers = [503]
    await stage.platform.say("petra", "eins")
    assert len(stage.bot.notifications) == 2
    stage.bot.notification_answers = [503] * 4
    await stage.platform.say("petra", "zwei")
    assert len(stage.bot.notifications) == 5
    await stage.platform.settle()
    await stage.platform.settle()
    assert len(stage.bot.notifications) == 7
    stage.bot.notification_answers = [503] * 3
    await stage.platform.say("petra", "drei")
    stage.clock.forward(hours=4)
    await stage.platform.settle()
    assert len(stage.bot.notifications) == 10


async def test_redelivered_notifications(stage: Stage) -> None:
    """The fault `redeliver` brings every notification twice."""
    await subscribed(stage)
    stage.platform.set_faults([Fault(redeliver=True)])
    await stage.platform.say("petra", "eins")
    assert stage.bot.order == ["activity message"] * 2 + ["notification created"] * 2
    assert stage.bot.notifications[0]["value"] == stage.bot.notifications[1]["value"]


async def test_recordings_can_be_subscribed(stage: Stage) -> None:
    """A finished recording is a created notification for its organizer's subscription."""
    await stage.meeting(("petra", "advisor"))
    aad = stage.platform.register_advisor("petra", "Petra Berater")
    resource = f"users/{aad}/onlineMeetings/getAllRecordings"
    status, _ = await stage.graph("POST", "/subscriptions", request(stage, resource=resource, changeType="created"))
    assert status == 201
    await stage.platform.record("petra", "start")
    assert stage.bot.notifications == []
    await stage.platform.record("petra", "stop")
    [envelope] = stage.bot.notifications
    recording = opened(envelope["value"][0]["encryptedContent"])
    assert recording["meetingOrganizer"]["user"]["id"] == aad


async def test_expiry_renewal_and_end(stage: Stage) -> None:
    """A subscription ends with its time; renewing moves that; deleting ends it at once."""
    subscription = await subscribed(stage)
    url = f"/subscriptions/{subscription}"
    later = (stage.clock.now + timedelta(days=3)).isoformat()
    status, answer = await stage.graph("PATCH", url, {"expirationDateTime": later})
    assert (status, answer["expirationDateTime"]) == (200, "2026-03-05T09:00:00.000Z")
    assert (await stage.graph("POST", url + "/reauthorize"))[0] == 200
    stage.clock.forward(days=2, hours=12)
    await stage.platform.say("petra", "eins")
    assert len(stage.bot.notifications) == 1
    stage.clock.forward(hours=12)
    await stage.platform.say("petra", "zwei")
    assert len(stage.bot.notifications) == 1
    assert (await stage.graph("GET", url))[0] == 404
    _, answer = await stage.graph("POST", "/subscriptions", request(stage))
    assert (await stage.graph("DELETE", f"/subscriptions/{answer['id']}"))[0] == 204
    await stage.platform.say("petra", "drei")
    assert len(stage.bot.notifications) == 1


async def test_lifecycle(stage: Stage) -> None:
    """A life-cycle event reaches its own URL; `subscriptionRemoved` ends the subscription."""
    subscription = await subscribed(stage)
    for event in ("reauthorizationRequired", "missed", "subscriptionRemoved"):
        await stage.platform.lifecycle(event)
    items = [envelope["value"][0] for envelope in stage.bot.lifecycle]
    assert [item["lifecycleEvent"] for item in items] == ["reauthorizationRequired", "missed", "subscriptionRemoved"]
    assert {(item["subscriptionId"], item["clientState"]) for item in items} == {(subscription, "state")}
    assert (await stage.graph("GET", f"/subscriptions/{subscription}"))[0] == 404
    with pytest.raises(ValueError, match="lifecycle"):
        await stage.platform.lifecycle("renewed")


async def test_one_subscription_a_chat(stage: Stage) -> None:
    """The same again is 409, another one for the same chat 403."""
    await subscribed(stage)
    assert (await stage.graph("POST", "/subscriptions", request(stage)))[0] == 409
    assert (await stage.graph("POST", "/subscriptions", request(stage, changeType="created")))[0] == 403
    _, page = await stage.graph("GET", "/subscriptions")
    assert len(page["value"]) == 1


@pytest.mark.parametrize(
    "handshake",
    [
        lambda token: web.Response(text=token, status=202),
        lambda token: web.Response(text=token, content_type="text/html"),
        lambda token: web.Response(text=token + "x"),
        lambda token: web.Response(status=500),
    ],
)
async def test_the_handshake_must_be_right(stage: Stage, handshake: Any) -> None:
    """Another status, type or body than asked for means no subscription."""
    await stage.meeting(("petra", "advisor"))
    stage.bot.handshake = handshake
    status, answer = await stage.graph("POST", "/subscriptions", request(stage))
    assert (status, answer["error"]["code"]) == (400, "ValidationError")
    assert (await stage.graph("GET", "/subscriptions"))[1]["value"] == []


WRONG: list[dict[str, Any]] = [
    {"changeType": "renamed"},
    {"changeType": None},
    {"notificationUrl": None},
    {"notificationUrl": "http://elsewhere.example/x"},
    {"notificationUrl": "ftp://127.0.0.1/x"},
    {"notificationUrl": "http://[::1"},
    {"notificationUrl": 5},
    {"lifecycleNotificationUrl": None},
    {"resource": "/me/messages"},
    {"resource": 5},
    {"expirationDateTime": "2026-03-01T09:00:00Z"},
    {"expirationDateTime": "2026-03-06T09:00:00Z"},
    {"expirationDateTime": "soon"},
    {"expirationDateTime": "2026-13-45T09:00:00Z"},
    {"clientState": "x" * 129},
    {"clientState": 5},
    {"includeResourceData": "yes"},
    {"encryptionCertificate": None},
    {"encryptionCertificate": "AAAA"},
    {"encryptionCertificate": "no base64"},
    {"encryptionCertificate": certificate(ec.generate_private_key(ec.SECP256R1()))},
    {"encryptionCertificate": certificate(rsa.generate_private_key(public_exponent=65537, key_size=1024))},
    {"encryptionCertificateId": None},
    {"unknown": 1},
]


@pytest.mark.parametrize("change", WRONG, ids=lambda change: " ".join(map(str, change))[:40])
async def test_subscriptions_are_checked(stage: Stage, change: dict[str, Any]) -> None:
    """Each wrong member of a subscription is 400."""
    await stage.meeting(("petra", "advisor"))
    status, answer = await stage.graph("POST", "/subscriptions", request(stage, **change))
    assert status == 400, answer


async def test_a_short_subscription_needs_no_lifecycle_url(stage: Stage) -> None:
    """Up to an hour goes without; renewing it beyond does not."""
    soon = (stage.clock.now + timedelta(minutes=59)).isoformat()
    subscription = await subscribed(stage, lifecycleNotificationUrl=None, expirationDateTime=soon)
    body = {"expirationDateTime": (stage.clock.now + timedelta(hours=2)).isoformat()}
    assert (await stage.graph("PATCH", f"/subscriptions/{subscription}", body))[0] == 400
    assert (await stage.graph("POST", "/subscriptions", request(stage, resource="/chats/19:x/messages")))[0] == 404
