"""Keys and tokens of the stand-in: the channel's (Bot Framework), Entra's, and the certificate of the login listener.

Shapes: teams-platform 9.2 (channel tokens, metadata, endorsements) and 6 (validation tokens of Graph notifications).
Tokens live on the wall clock, because the identity libraries and token checks of the product read it.
"""

from __future__ import annotations

import base64
import datetime as dt
import functools
import ipaddress
import time
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

CHANNEL_ISSUER = "https://api.botframework.com"
CONNECTOR_AUDIENCE = "https://api.botframework.com"
GRAPH_AUDIENCE = "https://graph.microsoft.com"
NOTIFICATION_PUBLISHER = "0bf30f3b-4a52-48df-9a82-234910c4a086"
TOKEN_SECONDS = 3600


class Key:
    """An RSA-2048 signing key with a key id; slow to make, so make it off the event loop."""

    def __init__(self, kid: str) -> None:
        self.kid = kid
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def sign(self, claims: dict[str, Any]) -> str:
        """A JWT, RS256, with the key id in its header."""
        return jwt.encode(claims, self.private, algorithm="RS256", headers={"kid": self.kid, "x5t": self.kid})

    def jwk(self, **extra: Any) -> dict[str, Any]:
        """The public key as a JWK; `extra` adds members such as endorsements."""
        numbers = self.private.public_key().public_numbers()
        return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "x5t": self.kid,
                "n": _base64url(numbers.n), "e": _base64url(numbers.e), **extra}  # fmt: skip


@functools.cache
def key(kid: str) -> Key:
    """The key of this id, made once a process: making one takes a tenth of a second."""
    return Key(kid)


def _base64url(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).decode().rstrip("=")


class Identity:
    """Everything that is signed for one tenant and one bot registration."""

    def __init__(self, tenant_id: str, app_id: str, secret: str) -> None:
        self.tenant_id, self.app_id, self.secret = tenant_id, app_id, secret
        self.channel, self.entra = key("rehearsal-channel-key"), key("rehearsal-entra-key")
        self._channel_tokens: dict[str, tuple[float, str]] = {}

    def channel_token(self, service_url: str) -> str:
        """The token an activity is delivered with; the same one for ten minutes, as the channel does."""
        made, token = self._channel_tokens.get(service_url, (0.0, ""))
        now = time.time()
        if now - made > 600:
            token = self.channel.sign({
                "iss": CHANNEL_ISSUER, "aud": self.app_id, "serviceurl": service_url,
                "nbf": int(now) - 300, "exp": int(now) + TOKEN_SECONDS,
            })  # fmt: skip
            self._channel_tokens[service_url] = (now, token)
        return token

    def validation_token(self) -> str:
        """The JWT in `validationTokens` of a notification with resource data."""
        now = int(time.time())
        return self.entra.sign({
            "iss": f"https://login.microsoftonline.com/{self.tenant_id}/v2.0", "aud": self.app_id, "ver": "2.0",
            "azp": NOTIFICATION_PUBLISHER, "appid": NOTIFICATION_PUBLISHER, "tid": self.tenant_id,
            "iat": now, "nbf": now - 300, "exp": now + TOKEN_SECONDS,
        })  # fmt: skip

    def access_token(self, audience: str) -> str:
        """What the token endpoint issues to the bot for Graph or for the connector."""
        now = int(time.time())
        return self.entra.sign({
            "iss": f"https://sts.windows.net/{self.tenant_id}/", "aud": audience, "appid": self.app_id,
            "azp": self.app_id, "tid": self.tenant_id, "iat": now, "nbf": now - 5, "exp": now + TOKEN_SECONDS,
        })  # fmt: skip

    def accepts(self, authorization: str | None, audience: str) -> bool:
        """Whether an Authorization header carries an unexpired access token of ours for this audience."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return False
        try:
            claims = jwt.decode(token.strip(), self.entra.private.public_key(), algorithms=["RS256"],
                                audience=[audience, audience + "/"], options={"require": ["exp", "aud"]})  # fmt: skip
        except (jwt.PyJWTError, ValueError):
            return False
        return claims.get("appid") == self.app_id


def tls_certificate() -> tuple[bytes, bytes]:
    """A self-signed certificate for localhost and its key, both PEM."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=7))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM), private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
