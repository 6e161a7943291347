"""The key pair for change notifications with resource data (teams-platform 6, "Rich decryption")."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.x509.oid import NameOID

OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)  # noqa: S303 - prescribed
SMALLEST, LARGEST = 2048, 4096
"""Bits of the RSA key Graph accepts."""


class NotificationKeyError(Exception):
    """The PEM file holds no usable key: the message says what is wrong, never what is in the file."""


class NotDecrypted(Exception):
    """The item cannot be opened; `code` is `other_key`, `tampered` or `malformed`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NotificationKey:
    """An RSA key (2048-4096 bits) with its certificate. `id` names it towards Graph (at most 128 characters).

    The id is the certificate's SHA-256 fingerprint: after a restart with a new key, or on another replica, an item
    encrypted for the old one is told apart from a forged one.
    """

    def __init__(self, private: rsa.RSAPrivateKey, certificate: x509.Certificate) -> None:
        self._private = private
        der = certificate.public_bytes(serialization.Encoding.DER)
        self.certificate = b64encode(der).decode("ascii")
        """base64 of the DER certificate, as `encryptionCertificate` wants it."""
        self.id = hashlib.sha256(der).hexdigest()

    @classmethod
    def generate(cls, now: datetime) -> NotificationKey:
        """A fresh key, in memory only."""
        return cls.self_signed(rsa.generate_private_key(public_exponent=65537, key_size=SMALLEST), now)

    @classmethod
    def self_signed(cls, private: rsa.RSAPrivateKey, now: datetime) -> NotificationKey:
        """A key with a certificate signed by itself, valid for ten years from `now`."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Videoberatung change notifications")])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=3650))
            .sign(private, hashes.SHA256())
        )
        return cls(private, certificate)

    @classmethod
    def from_pem(cls, path: Path) -> NotificationKey:
        """Read key and certificate from one PEM file. Raises NotificationKeyError saying what is wrong with it."""
        problem = ""
        try:
            pem = path.read_bytes()
            private = serialization.load_pem_private_key(pem, password=None)
            certificate = x509.load_pem_x509_certificate(pem)
        except OSError:
            problem = "cannot be read"
        except (ValueError, TypeError):
            problem = "must hold an unencrypted private key and a certificate in PEM form"
        else:
            if not isinstance(private, rsa.RSAPrivateKey):
                problem = "must hold an RSA key"
            elif not SMALLEST <= private.key_size <= LARGEST:
                problem = f"must hold an RSA key of {SMALLEST} to {LARGEST} bits"
            elif certificate.public_key() != private.public_key():
                problem = "holds a certificate of another key"
            else:
                return cls(private, certificate)
        raise NotificationKeyError(f"notification key {path.name}: {problem}")

    def open(self, content: Mapping[str, Any]) -> bytes:
        """Decrypt an `encryptedContent`: UTF-8 JSON of the resource.

        The signature over the ciphertext is checked before anything is decrypted. Raises NotDecrypted.
        """
        if content.get("encryptionCertificateId") != self.id:
            raise NotDecrypted("other_key")
        code = "malformed"
        try:
            key = self._private.decrypt(b64decode(content["dataKey"], validate=True), OAEP)
            data = b64decode(content["data"], validate=True)
            signature = b64decode(content["dataSignature"], validate=True)
            if len(key) == 32 and hmac.compare_digest(hmac.new(key, data, hashlib.sha256).digest(), signature):
                decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
                padded = decryptor.update(data) + decryptor.finalize()
                unpadder = PKCS7(128).unpadder()
                return unpadder.update(padded) + unpadder.finalize()
            code = "tampered"
        except (ValueError, TypeError, KeyError):
            pass
        raise NotDecrypted(code)
