"""Graph's change notifications: who subscribed to what, and the envelope they are sent in (teams-platform 6)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.x509 import Certificate

from bot.rehearsal.platform.world import instant

OAEP_SHA1 = padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)  # noqa: S303


@dataclass(eq=False)
class Subscription:
    """A change-notification subscription. `topic` and `subject` say what it hears: ("messages", chat id or "*") ..."""

    id: str
    topic: str
    subject: str
    resource: str
    change_types: frozenset[str]
    notification_url: str
    lifecycle_url: str | None
    client_state: str | None
    expires: datetime
    application_id: str
    certificate: Certificate | None = None
    certificate_id: str | None = None
    unknown_members: bool = False  # created with `Prefer: include-unknown-enum-members`

    def as_json(self) -> dict[str, Any]:
        """The subscription resource; the certificate is not given back."""
        return {
            "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#subscriptions/$entity",
            "id": self.id, "resource": self.resource, "applicationId": self.application_id,
            "changeType": ",".join(sorted(self.change_types)), "clientState": self.client_state,
            "notificationUrl": self.notification_url, "lifecycleNotificationUrl": self.lifecycle_url,
            "expirationDateTime": instant(self.expires), "creatorId": self.application_id,
            "includeResourceData": self.certificate is not None, "encryptionCertificateId": self.certificate_id,
            "encryptionCertificate": None, "latestSupportedTlsVersion": "v1_2", "notificationQueryOptions": None,
            "notificationUrlAppId": None,
        }  # fmt: skip

    def notification(
        self, tenant_id: str, change: str, resource: str, data: dict[str, Any], kind: str
    ) -> dict[str, Any]:
        """One item of `value`: `resource` relative to the service root, `data` the resource as it now is."""
        item: dict[str, Any] = {
            "subscriptionId": self.id, "changeType": change, "clientState": self.client_state, "tenantId": tenant_id,
            "subscriptionExpirationDateTime": instant(self.expires), "resource": resource,
            "resourceData": {"@odata.type": f"#Microsoft.Graph.{kind}", "@odata.id": resource, "id": data["id"]},
        }  # fmt: skip
        if self.certificate is not None:
            item["encryptedContent"] = encrypt(data, self.certificate, self.certificate_id or "")
        return item

    def lifecycle(self, tenant_id: str, event: str) -> dict[str, Any]:
        """One life-cycle item."""
        return {"subscriptionId": self.id, "subscriptionExpirationDateTime": instant(self.expires),
                "tenantId": tenant_id, "clientState": self.client_state, "lifecycleEvent": event}  # fmt: skip


def encrypt(data: dict[str, Any], certificate: Certificate, certificate_id: str) -> dict[str, str]:
    """`encryptedContent` as Graph makes it.

    A fresh AES-256 key wrapped by RSA-OAEP (SHA-1), CBC with the key's first 16 bytes as IV, HMAC over the ciphertext.
    """
    key = os.urandom(32)
    padder = PKCS7(128).padder()
    plain = padder.update(json.dumps(data).encode()) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    secret = encryptor.update(plain) + encryptor.finalize()
    public = certificate.public_key()
    if not isinstance(public, rsa.RSAPublicKey):
        raise TypeError("a subscription's certificate has an RSA key; creation checks it")
    return {
        "data": base64.b64encode(secret).decode(),
        "dataKey": base64.b64encode(public.encrypt(key, OAEP_SHA1)).decode(),
        "dataSignature": base64.b64encode(hmac.new(key, secret, hashlib.sha256).digest()).decode(),
        "encryptionCertificateId": certificate_id,
        "encryptionCertificateThumbprint": certificate.fingerprint(hashes.SHA1()).hex().upper(),  # noqa: S303
    }
