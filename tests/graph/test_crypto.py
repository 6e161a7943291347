"""The key pair for encrypted notifications."""

from __future__ import annotations

from base64 import b64decode, b64encode
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.graph.crypto import NotDecrypted, NotificationKey, NotificationKeyError

from .conftest import NOW
from .deliveries import encrypt

PEM = serialization.Encoding.PEM


@pytest.fixture(scope="session")
def private() -> rsa.RSAPrivateKey:
    """Another RSA key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private_pem(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return private.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def certificate_pem(key: NotificationKey) -> bytes:
    return x509.load_der_x509_certificate(b64decode(key.certificate)).public_bytes(PEM)


@given(st.binary(max_size=300), st.binary(min_size=32, max_size=32))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_round_trip(key: NotificationKey, raw: bytes, aes: bytes) -> None:
    """What Graph encrypts for our certificate, our key opens, byte for byte."""
    assert key.open(encrypt(None, key, raw=raw, aes=aes)) == raw


@given(st.sampled_from(["data", "dataKey", "dataSignature"]), st.integers(0, 2000), st.integers(1, 255))
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_changed_byte_is_found(key: NotificationKey, part: str, where: int, flip: int) -> None:
    """No single changed byte of data, key or signature passes."""
    content = encrypt({"id": "1"}, key)
    changed = bytearray(b64decode(content[part]))
    changed[where % len(changed)] ^= flip
    with pytest.raises(NotDecrypted) as problem:
        key.open({**content, part: b64encode(changed).decode()})
    assert problem.value.code in ("tampered", "malformed")


@pytest.mark.parametrize("part", ["data", "dataKey", "dataSignature"])
@pytest.mark.parametrize("value", [None, 5, "", "ä", "====", [], "QQ=="])
def test_odd_parts(key: NotificationKey, part: str, value: object) -> None:
    """Parts that are missing, no text, no base64 or too short do not open."""
    with pytest.raises(NotDecrypted):
        key.open({**encrypt({}, key), part: value})


def test_content_for_another_key_is_told_apart(key: NotificationKey) -> None:
    """Content under another certificate id is not taken for forged."""
    with pytest.raises(NotDecrypted, match="other_key"):
        key.open({**encrypt({}, key), "encryptionCertificateId": "0" * 64})
    assert len(key.id) <= 128


def test_a_pem_file_gives_the_same_key(tmp_path: Path, private: rsa.RSAPrivateKey) -> None:
    """Key and certificate from a file open what was encrypted for them, in either order."""
    made = NotificationKey.self_signed(private, NOW)
    for parts in ((private_pem(private), certificate_pem(made)), (certificate_pem(made), private_pem(private))):
        path = tmp_path / "notify.pem"
        path.write_bytes(b"".join(parts))
        read = NotificationKey.from_pem(path)
        assert read.id == made.id
        assert read.open(encrypt({}, made)) == b"{}"


def test_unusable_pem_files(tmp_path: Path, key: NotificationKey, private: rsa.RSAPrivateKey) -> None:
    """What is wrong with a file is said, and nothing of the file."""
    small = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    curve = ec.generate_private_key(ec.SECP256R1())
    files = {
        "cannot be read": None,
        "must hold an unencrypted private key and a certificate in PEM form": certificate_pem(key),
        "must hold an RSA key": private_pem(curve) + certificate_pem(key),
        "must hold an RSA key of 2048 to 4096 bits": private_pem(small) + certificate_pem(key),
        "holds a certificate of another key": private_pem(private) + certificate_pem(key),
    }
    for number, (problem, content) in enumerate(files.items()):
        path = tmp_path / f"{number}.pem"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(NotificationKeyError) as raised:
            NotificationKey.from_pem(path)
        assert str(raised.value) == f"notification key {path.name}: {problem}"
