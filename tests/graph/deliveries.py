"""The other side of the webhook: what Graph posts, encrypted and signed the way Graph does it."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from bot.graph.crypto import OAEP, NotificationKey
from bot.graph.tokens import PUBLISHER
from bot.policy.facts import CardPressed, Fact
from bot.ports import GraphMessage, HeardText, Overloaded, Shown

from .conftest import STATE
from .fake_graph import CHAT, message

APP = "aaaaaaaa-0000-0000-0000-000000000001"
TENANT = "bbbbbbbb-0000-0000-0000-000000000002"
KID = "entra-key-1"


def encrypt(
    resource: object, key: NotificationKey, *, aes: bytes = b"k" * 32, raw: bytes | None = None
) -> dict[str, str]:
    """`encryptedContent` of a resource, for the holder of `key`."""
    public = x509.load_der_x509_certificate(b64decode(key.certificate)).public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    padder = PKCS7(128).padder()
    padded = padder.update(raw if raw is not None else json.dumps(resource).encode()) + padder.finalize()
    encryptor = Cipher(algorithms.AES(aes), modes.CBC(aes[:16])).encryptor()
    data = encryptor.update(padded) + encryptor.finalize()
    return {
        "data": b64encode(data).decode(),
        "dataKey": b64encode(public.encrypt(aes, OAEP)).decode(),
        "dataSignature": b64encode(hmac.new(aes, data, hashlib.sha256).digest()).decode(),
        "encryptionCertificateId": key.id,
        "encryptionCertificateThumbprint": "07293748CC064953A3052FB978C735FB89E61C3D",
    }


def item(content: dict[str, str] | None = None, ident: str = "1616990032035", **members: Any) -> dict[str, Any]:
    """One change notification of a chat message."""
    resource = f"chats('{CHAT}')/messages('{ident}')"
    found = {
        "subscriptionId": "10493aa0-4d29-4df5-bc0c-ef742cc6cd7f",
        "changeType": "created",
        "clientState": STATE,
        "subscriptionExpirationDateTime": "2026-04-01T00:00:00Z",
        "tenantId": TENANT,
        "resource": resource,
        "resourceData": {"id": ident, "@odata.type": "#Microsoft.Graph.chatMessage", "@odata.id": resource},
        "encryptedContent": content,
        **members,
    }
    return {name: value for name, value in found.items() if value is not None}


def rich(key: NotificationKey, resource: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    """A change notification with its resource encrypted."""
    resource = resource or message()
    return item(encrypt(resource, key), resource["id"], **members)


def lifecycle(event: str, **members: Any) -> dict[str, Any]:
    """One lifecycle notification."""
    return {
        "subscriptionId": "10493aa0-4d29-4df5-bc0c-ef742cc6cd7f",
        "subscriptionExpirationDateTime": "2026-04-01T00:00:00Z",
        "tenantId": TENANT,
        "clientState": STATE,
        "lifecycleEvent": event,
        **members,
    }


def token(signer: rsa.RSAPrivateKey, kid: str = KID, **changed: Any) -> str:
    """A validation token; `changed` claims replace the right ones, None removes one."""
    claims = {
        "iss": f"https://login.microsoftonline.com/{TENANT}/v2.0",
        "aud": APP,
        "azp": PUBLISHER,
        "exp": int(time.time()) + 3600,
        "nbf": int(time.time()) - 300,
        **changed,
    }
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, signer, algorithm="RS256", headers={"kid": kid})


def jwks(signer: rsa.RSAPrivateKey, kid: str = KID) -> dict[str, Any]:
    """The issuer's key set, with keys in it that are of no use."""
    public = jwt.algorithms.RSAAlgorithm.to_jwk(signer.public_key(), as_dict=True)
    return {"keys": [{"kty": "EC", "kid": "e"}, {"kty": "RSA"}, "odd", {**public, "kid": kid, "use": "sig"}]}


@dataclass
class Notebook:
    """An inbox that writes down what it is told; `failing` errors are raised first."""

    told: list[tuple[Any, ...]] = field(default_factory=list)
    failing: list[Exception] = field(default_factory=list)

    def _note(self, *what: Any) -> None:
        if self.failing:
            raise self.failing.pop(0)
        self.told.append(what)

    async def hear(self, heard: HeardText) -> None:
        self._note("hear", heard)

    async def take(self, fact: Fact) -> None:
        self._note("take", fact)

    async def press(self, fact: CardPressed) -> Shown:
        raise Overloaded

    async def noticed(self, conversation: str, message: str, modified: datetime, *, deleted: bool) -> None:
        self._note("noticed", conversation, message, modified, deleted)

    async def roster_changed(self, conversation: str) -> None:
        self._note("roster", conversation)

    def code_digest(self, code: str) -> str:
        return code


@dataclass
class Core:
    """What the core gives the webhook besides the inbox."""

    chats: dict[str, str] = field(default_factory=lambda: {"10493aa0-4d29-4df5-bc0c-ef742cc6cd7f": CHAT})
    messages: dict[str, GraphMessage | Exception] = field(default_factory=dict)
    renewed: list[tuple[str, str]] = field(default_factory=list)

    async def chat_of(self, subscription: str) -> str | None:
        return self.chats.get(subscription)

    async def read(self, chat: str, ident: str) -> GraphMessage | None:
        found = self.messages.get(ident)
        if isinstance(found, Exception):
            raise found
        return found

    async def renew(self, chat: str, subscription: str) -> None:
        self.renewed.append((chat, subscription))
