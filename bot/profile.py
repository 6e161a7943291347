"""The operator profile: everything that differs between two operators, read once from YAML and then frozen.

Two profiles ship as examples (profiles/*.yaml, invented names); they differ in legal basis, categories and
retention as the two source documents do (R59, R90). Nothing about an operator is in code.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot import strict_yaml
from bot.profile_fields import Basis, Category, Duration, Email, Keyword, Language, Prefix, Text, TimeZone, Url, Version

if TYPE_CHECKING:
    from bot.detection.formats import NumberFormats


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Controller(_Section):
    """Who is responsible (Art. 4(7) GDPR, R46) and where the imprint is (R47)."""

    name: Text
    address: Text
    email: Email
    phone: Text
    imprint_url: Url


class Contact(_Section):
    """Somebody a person can turn to: data-protection officer (R60), supervisory authority (R62)."""

    name: Text
    address: Text | None = None
    email: Email | None = None
    phone: Text | None = None
    url: Url | None = None


class Officer(Contact):
    """The data-protection officer; the mail address is on every card (R60, R61)."""

    email: Email


class Notice(_Section):
    """Versions of what is shown (R4) and where it stands.

    Without `terms_url` and `privacy_url` our own pages (/notices/...) are linked.
    """

    version: Version
    terms_version: Version
    terms_url: Url | None = None
    privacy_url: Url | None = None
    website_privacy_url: Url | None = None
    microsoft_statement_url: Url


class LegalBasis(_Section):
    """What the processing rests on (R58, R59). `also` names further bases for parts of it."""

    customers: Basis
    also: tuple[Basis, ...] = ()
    employees: Literal["employment", "legitimate_interest"]


class ThirdCountry(_Section):
    """Transfer outside the European Union and its safeguard (Art. 13(1)(f) GDPR, R55)."""

    transfer: Literal["none", "usa"]
    safeguards: tuple[Literal["standard_contractual_clauses", "adequacy_decision"], ...] = ()

    @model_validator(mode="after")
    def _safeguarded(self) -> ThirdCountry:
        if (self.transfer == "none") == bool(self.safeguards):
            raise ValueError("safeguards are named exactly where there is a transfer")
        return self


class Processor(_Section):
    """The provider of Teams and the date of the contract under Art. 28 GDPR (R54); None: none yet."""

    name: Text
    address: Text
    contract_date: date | None = None


class Retention(_Section):
    """How long what we hold is kept (R62, R73), from the end of the consultation. No copy of a mail is kept."""

    consultation: Duration
    findings: Duration
    audit: Duration
    consent_proof: Duration

    @property
    def trail(self) -> timedelta:
        """How long the audit trail is kept: it proves the decision too (Art. 7(1) GDPR), as one chain that cannot be
        cut, and it tells of the consultation and its findings, so it goes with the last of them."""
        return max(self.consultation, self.findings, self.audit, self.consent_proof)


class Guard(_Section):
    """How the chat is watched (architecture decisions 4 and 11, issue 4 item 1).

    `history_window`: how long the author's last messages are joined with the next one, and text is kept in memory.
    """

    basis: Literal["security", "consent"] = "security"
    masked_copy: bool = False
    chat_pause: bool = False
    remind_after: Duration = timedelta(minutes=2)
    history_window: Duration = timedelta(minutes=5)
    chat_deletion: Literal["always", "after_unprotected_finding", "never"] = "after_unprotected_finding"
    chat_deletion_delay: Duration = timedelta(minutes=15)


class SignIn(_Section):
    """The one-time code (R16-R20): digits, validity, wrong tries before the lock, codes sent again."""

    code_length: int = Field(default=6, ge=6, le=10)
    valid_for: Duration = timedelta(days=14)
    tries: int = Field(default=5, ge=1, le=10)
    resend_limit: int = Field(default=3, ge=0, le=10)


class CustomerNumber(_Section):
    """One number format of the operator (R37), in the terms of bot/detection/formats.py: `name` and `keywords` announce
    the number, every number begins with the letters `prefix` and has `min_digits` to `max_digits` digits after them."""

    name: Keyword
    keywords: tuple[Keyword, ...] = Field(default=(), max_length=20)
    prefix: Prefix = ""
    min_digits: int = Field(default=6, ge=3, le=18)
    max_digits: int = Field(default=10, ge=3, le=18)

    @model_validator(mode="after")
    def _ordered(self) -> CustomerNumber:
        if self.min_digits > self.max_digits:
            raise ValueError("min_digits must not be larger than max_digits")
        return self


class Numbers(_Section):
    """Number formats of the operator; names in `secret_identifiers` count as secrets too (R37)."""

    customer_numbers: tuple[CustomerNumber, ...] = Field(default=(), max_length=10)
    secret_identifiers: frozenset[Literal["METER", "METERING_POINT", "MARKET_LOCATION"]] = frozenset()


class Recording(_Section):
    """Purposes a recording exception may have (R25) and how long before its start it is announced (R26)."""

    purposes: tuple[Text, ...] = Field(min_length=1, max_length=10)
    minimum_lead: Duration = timedelta(minutes=5)


class OtherChannels(_Section):
    """Ways to be advised without Teams (R15, R18, R68)."""

    phone: Text
    branch: Text | None = None


class Links(NamedTuple):
    """Addresses shown on cards, in mails and on pages (R44, R47, R63)."""

    privacy: str
    terms: str
    withdrawal: str
    microsoft: str


class Profile(_Section):
    """One operator. Made by `load_profile`; frozen."""

    version: Text
    languages: tuple[Language, ...] = Field(min_length=1)
    time_zone: TimeZone = "Europe/Berlin"
    controller: Controller
    data_protection_officer: Officer
    notice: Notice
    legal_basis: LegalBasis
    third_country: ThirdCountry
    processor: Processor
    supervisory_authority: Contact | None = None
    data_categories: tuple[Category, ...] = Field(min_length=1)
    retention: Retention
    guard: Guard = Guard()
    sign_in: SignIn = SignIn()
    numbers: Numbers = Numbers()
    recording: Recording
    other_channels: OtherChannels
    withdrawal_mailbox: Email

    @model_validator(mode="after")
    def _no_repeats(self) -> Profile:
        for name in ("languages", "data_categories"):
            if len(set(getattr(self, name))) != len(getattr(self, name)):
                raise ValueError(f"{name} names something twice")
        return self

    @property
    def rests_on_consent(self) -> bool:
        """Whether withdrawal ends the consultation (consent) or is an objection under Art. 21 GDPR (R59)."""
        return self.legal_basis.customers == "consent"

    def links(self, base_url: str, language: str) -> Links:
        """Where the notices stand: the operator's own addresses, otherwise our pages under `base_url`."""
        own = f"{base_url.rstrip('/')}/notices/{language}"
        return Links(
            privacy=self.notice.privacy_url or f"{own}/privacy",
            terms=self.notice.terms_url or f"{own}/terms",
            withdrawal=f"{own}/withdrawal",
            microsoft=self.notice.microsoft_statement_url,
        )

    def number_formats(self) -> NumberFormats:
        """The operator's number formats in the form the detectors take."""
        from bot.detection.formats import CustomerNumberFormat, NumberFormats

        return NumberFormats(
            customer_numbers=tuple(
                CustomerNumberFormat(
                    name=number.name,
                    keywords=number.keywords,
                    prefix=number.prefix,
                    digits=(number.min_digits, number.max_digits),
                )
                for number in self.numbers.customer_numbers
            ),
            secret_identifiers=frozenset(self.numbers.secret_identifiers),
            own_code_length=self.sign_in.code_length,
        )


class ProfileError(ValueError):
    """The profile cannot be used; the message says where (file, line, key) and what is allowed."""


def load_profile(path: str | Path) -> Profile:
    """Read and check an operator profile. Raises ProfileError; an unknown key is an error, never ignored."""
    try:
        with Path(path).open("rb") as file:  # no more than can be a profile: the path may lead to anything
            raw = file.read(4 * strict_yaml.MAX_CHARACTERS + 1)
        if len(raw) > 4 * strict_yaml.MAX_CHARACTERS:
            raise ProfileError(f"{path}: the file is larger than a profile can be")
        value, lines = strict_yaml.load(raw.decode("utf-8"))
    except OSError as error:
        raise ProfileError(f"{path}: {error.strerror or 'cannot be read'}") from None
    except UnicodeDecodeError:
        raise ProfileError(f"{path}: not UTF-8 text") from None
    except strict_yaml.YamlError as error:
        raise ProfileError(f"{path}: {error}") from None
    try:
        return Profile.model_validate(value)
    except ValidationError as error:
        raise ProfileError("\n".join(_complaints(path, error, lines))) from None


def _complaints(path: str | Path, error: ValidationError, lines: strict_yaml.Lines) -> Iterator[str]:
    for one in error.errors(include_url=False, include_input=False):
        where = tuple(one["loc"])
        known = next((where[:end] for end in range(len(where), -1, -1) if where[:end] in lines), ())
        text = one["msg"].removeprefix("Value error, ")
        if one["type"] == "extra_forbidden":
            text = f"unknown key; allowed here: {', '.join(sorted(_fields_at(where[:-1])))}"
        name = ".".join(str(part)[:60] for part in where) or "profile"
        yield f"{path}: line {lines.get(known, 1)}: {name}: {text}"


def _fields_at(where: tuple[str | int, ...]) -> set[str]:
    """The field names of the section a path leads to."""
    section: type[BaseModel] = Profile
    for part in where:
        if isinstance(part, str):
            section = _section_in(section.model_fields[part].annotation)
    return set(section.model_fields)


def _section_in(annotation: Any) -> type[BaseModel]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(_section_in(part) for part in get_args(annotation) if part not in (type(None), ...))
