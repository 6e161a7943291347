"""Environment settings, prefix `BOT_`. An unknown `BOT_*` name refuses to start; secrets never print.

The table of all settings is docs/operators.md; a test keeps it complete.
"""

from __future__ import annotations

import base64
import binascii
import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self
from uuid import UUID

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate
from pydantic import AnyHttpUrl, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

PREFIX = "BOT_"
LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")


class SettingsError(Exception):
    """The environment is not a configuration: the message names every wrong setting, never a value of a secret."""


class Settings(BaseSettings):
    """Everything the process needs to know from outside, apart from the operator profile."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True)

    app_id: str = Field("", description="Entra application (client) id of the bot, a GUID")
    tenant_id: str = Field("", description="the operator's Entra tenant id, a GUID")
    credential: Literal["managed_identity", "certificate", "secret", ""] = Field(
        "", description="how the bot proves who it is: managed_identity, certificate or secret"
    )
    client_secret: SecretStr = Field(SecretStr(""), description="client secret, with credential=secret")
    certificate_path: Path | None = Field(None, description="PEM with key and certificate, with credential=certificate")
    catalog_app_id: str = Field("", description="id of the app in the organisation's Teams app catalogue, a GUID")
    database_url: str = Field(
        "sqlite:///videoberatung.sqlite3", repr=False, description="sqlite:///FILE or postgresql://..."
    )
    profile: Path = Field(Path("profiles/stadtwerke.yaml"), description="the operator profile (YAML)")
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(3978, ge=0, le=65535, description="port to listen on; 0 takes a free one")
    public_url: AnyHttpUrl | None = Field(None, description="https address under which Teams and Graph reach the bot")
    mail_sender: str = Field("", description="mailbox (user principal name) confirmation mails are sent from")
    secret_key: SecretStr = Field(SecretStr(""), description="32 random bytes, base64: keys the digests of codes")
    service_urls: str = Field(
        "smba.trafficmanager.net,*.botframework.com", description="allow-list of connector hosts, comma separated"
    )
    notification_key_path: Path | None = Field(
        None, description="PEM with RSA key and certificate for change notifications; made in memory if unset"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="how much is logged")
    pool_size: int = Field(5, ge=1, le=50, description="database connections kept (PostgreSQL)")
    rehearsal: bool = Field(False, description="speak to the stand-in on loopback instead of Microsoft")
    rehearsal_origin: AnyHttpUrl | None = Field(None, description="rehearsal only: address of the stand-in")
    rehearsal_login: AnyHttpUrl | None = Field(None, description="rehearsal only: address of the token endpoint")
    rehearsal_certificate: Path | None = Field(None, description="rehearsal only: certificate of the token endpoint")
    rehearsal_control: Literal["", "stdio"] = Field("", description="rehearsal only: control channel of the player")

    @field_validator("app_id", "tenant_id", "catalog_app_id")
    @classmethod
    def _guid(cls, value: str) -> str:
        if value:
            try:
                return str(UUID(value))  # the form that tokens and activities have, however it was written
            except ValueError:
                raise ValueError("must be a GUID such as 00000000-0000-0000-0000-000000000000") from None
        return value

    @field_validator("secret_key")
    @classmethod
    def _key(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value():
            try:
                size = len(base64.b64decode(value.get_secret_value(), validate=True))
            except (binascii.Error, ValueError):
                raise ValueError("must be base64") from None
            if size < 32:
                raise ValueError("must hold at least 32 bytes")
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql://")):
            raise ValueError("must begin with sqlite:/// or postgresql://")
        try:
            parsed = make_url(value)
        except (ArgumentError, ValueError):
            raise ValueError("is not a URL that can be read") from None
        if value.startswith("sqlite:") and parsed.database in (None, "", ":memory:"):
            raise ValueError("must name a file: sqlite:///FILE")
        return value

    @field_validator("certificate_path")
    @classmethod
    def _certificate(cls, value: Path | None) -> Path | None:
        if value is not None:
            try:
                pem = value.read_bytes()
            except (OSError, ValueError):
                raise ValueError("cannot be read") from None
            try:
                same = load_pem_private_key(pem, None).public_key() == load_pem_x509_certificate(pem).public_key()
            except (ValueError, TypeError, UnsupportedAlgorithm):
                raise ValueError("must hold an unencrypted private key and a certificate in PEM form") from None
            if not same:
                raise ValueError("holds a certificate of another key")
        return value

    @field_validator("public_url")
    @classmethod
    def _public(cls, value: AnyHttpUrl | None) -> AnyHttpUrl | None:
        if value is not None and (value.username or value.password or value.query or value.fragment):
            raise ValueError("must be an address without user, query or fragment: paths are put behind it")
        return value

    @field_validator("service_urls")
    @classmethod
    def _hosts(cls, value: str) -> str:
        for host in value.split(","):
            if not re.fullmatch(r"\s*(\*\.)?([A-Za-z0-9-]+\.)+[A-Za-z]{2,63}\s*", host):
                raise ValueError("must be host names separated by commas, such as smba.trafficmanager.net")
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        missing = [name for name in ("app_id", "tenant_id", "credential", "secret_key") if not self._given(name)]
        if self.credential == "secret" and not self._given("client_secret"):
            missing.append("client_secret")
        if self.credential == "certificate" and self.certificate_path is None:
            missing.append("certificate_path")
        if self.rehearsal:
            names = ("rehearsal_origin", "rehearsal_login", "rehearsal_certificate")
            missing += [name for name in names if getattr(self, name) is None]
        if missing:
            raise ValueError("missing: " + ", ".join(PREFIX + name.upper() for name in missing))
        if self.rehearsal:
            for name in ("rehearsal_origin", "rehearsal_login"):
                if getattr(self, name).host not in LOOPBACK_HOSTS:
                    raise ValueError(f"{PREFIX}{name.upper()} must be on this machine (127.0.0.1)")
        else:
            if self.public_url is None or self.public_url.scheme != "https":
                raise ValueError("BOT_PUBLIC_URL must be an https:// address: Teams and Graph deliver to nothing else")
            if any(getattr(self, n) for n in ("rehearsal_origin", "rehearsal_login", "rehearsal_control")):
                raise ValueError("BOT_REHEARSAL_* settings need BOT_REHEARSAL=true")
        return self

    def _given(self, name: str) -> bool:
        value = getattr(self, name)
        return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)

    @property
    def key(self) -> bytes:
        """The bytes of `secret_key`."""
        return base64.b64decode(self.secret_key.get_secret_value())

    @property
    def base_url(self) -> str:
        """Where people and Graph reach the bot, without a trailing slash."""
        return str(self.public_url).rstrip("/") if self.public_url else f"http://{self.host}:{self.port}"


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment.

    Raises SettingsError naming every unknown, missing or malformed setting; no value of it is in the message.
    """
    env = dict(os.environ if environment is None else environment)
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    given = {name.upper(): value for name, value in env.items() if name.upper().startswith(PREFIX)}
    problems = []
    for name in sorted(set(given) - known):
        near = difflib.get_close_matches(name, known, n=1)
        problems.append(f"{name}: no such setting" + (f" (did you mean {near[0]}?)" if near else ""))
    if problems:
        raise SettingsError("\n".join(problems))
    values = {name.removeprefix(PREFIX).lower(): value for name, value in given.items() if value != ""}
    try:
        return _from_values(values)
    except ValidationError as error:
        for item in error.errors(include_input=False, include_url=False):
            where = ".".join(str(part) for part in item["loc"])
            text = str(item["msg"]).removeprefix("Value error, ")
            problems.append(f"{PREFIX}{where.upper()}: {text}" if where else text)
        raise SettingsError("\n".join(problems)) from None


def _from_values(values: Mapping[str, str]) -> Settings:
    class Given(Settings):
        @classmethod
        def settings_customise_sources(cls, settings_cls, init_settings, **_):  # type: ignore[no-untyped-def,override]
            return (init_settings,)

    return Given(**values)  # type: ignore[arg-type]
