"""The tables. One for each class of bot/policy/state.py with the same field names, then the ledger, the audit trail
and what the edges remember. Which columns are personal data is written in bot/storage/personal_data.py.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, Table

from bot.policy.state import Appointment, Consultation, Finding, Participant, PostedCard, Recording, Refusal, Thing
from bot.storage.columns import Moment, Pairs, WordList, Words

metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s"},
)


def _key(name: str, kind: Any = Words) -> Column[Any]:
    return Column(name, kind, primary_key=True, nullable=False, autoincrement=False)


def _must(name: str, kind: Any = Words) -> Column[Any]:
    return Column(name, kind, nullable=False)


def _may(name: str, kind: Any = Words) -> Column[Any]:
    return Column(name, kind, nullable=True)


consultations = Table(
    "consultations", metadata,
    _key("conversation"), _must("ref"), _must("tenant"), _must("service_url"), _must("bot_id"),
    _must("opened_at", Moment), _must("language"), _must("terms_version"), _must("notice_version"),
    _may("meeting"), _may("online_meeting"), _may("organizer"), _may("appointment"),
    _may("advisor"), _may("advisor_person"), _may("advisor_chat"),
    _must("app_present", Boolean), _must("state"), _may("reason"), _may("started_at", Moment), _may("ended_at", Moment),
    _must("hearing"), _may("first_guest_message_at", Moment), _may("read_back_to", Moment),
    _must("paused", Boolean), _may("chat_deleted_at", Moment), _must("requests", Integer),
    _may("shown_to", Moment), _may("scanned_from", Moment),
    Index(None, "state"), Index(None, "advisor"),
)  # fmt: skip

participants = Table(
    "participants", metadata,
    _key("conversation"), _key("person"), _must("ref"), _must("role"), _must("joined_at", Moment), _must("name"),
    _may("aad"), _must("present", Boolean), _may("left_at", Moment),
    _may("consented_at", Moment), _may("declined_at", Moment), _may("withdrawn_at", Moment),
    _may("authenticated_at", Moment), _may("how"), _may("erased_at", Moment), _may("tenant"),
)  # fmt: skip

appointments = Table(
    "appointments", metadata,
    _key("ref"), _must("advisor"), _must("starts_at", Moment), _must("ends_at", Moment), _must("language"),
    _must("customer_name"), _must("customer_email"), _must("email_digest"), _must("advisor_name"),
    _may("conversation"), _may("event"), _may("join_url"), _may("online_meeting"),
    _may("code_digest"), _may("code_expires_at", Moment), _may("code_spent_at", Moment),
    _must("codes_sent", Integer), _must("tries", Integer), _may("locked_at", Moment),
    _may("confirmed_at", Moment), _may("cancelled_at", Moment), _may("erased_at", Moment),
    Index(None, "conversation"), Index(None, "email_digest"),
)  # fmt: skip

cards = Table(
    "cards", metadata,
    _key("chat"), _key("activity"), _must("conversation"), _must("kind"), _must("posted_at", Moment),
    _may("owner"), _may("message"), _must("targeted", Boolean),
    Index(None, "conversation"),
)  # fmt: skip

findings = Table(
    "findings", metadata,
    _key("conversation"), _key("message"), _must("kinds", WordList),
    _must("found_at", Moment), _must("modified_at", Moment), _may("role"), _may("person"), _must("version", Integer),
    _must("via"), _may("hide"), _may("warn"), _may("delete_chat"), _may("edited_at", Moment),
    _may("deleted_at", Moment), _may("released_at", Moment), _may("released_by"), _may("reminded_at", Moment),
)  # fmt: skip

recordings = Table(
    "recordings", metadata,
    _key("conversation"), _key("call"), _key("kind"), _must("event"), _must("verdict"), _must("started_at", Moment),
    _must("actions", WordList), _may("stopped_at", Moment),
)  # fmt: skip

refusals = Table("refusals", metadata, _key("conversation"), _key("rung"), _key("sender"))

facts_taken = Table(  # `key` is a SHA-256 of the fact's key, which may name a person; `answer` to a press, in our words
    "facts_taken", metadata, _key("conversation"), _key("key"), _must("at", Moment), _may("answer", Pairs),
)  # fmt: skip

owed = Table(  # `seq`: the order in which a conversation's duties were first owed; `anew`: owed again while under way
    "owed", metadata,
    _key("conversation"), _key("key"), _must("kind"), _must("about", Pairs), _must("due_at", Moment),
    _must("created_at", Moment), _must("seq", BigInteger), _must("tries", Integer), _must("retrying", Boolean),
    _must("uncertain", Boolean), _must("anew", Boolean),
    _must("state"), _may("lease_holder"), _may("lease_until", Moment),
    Index(None, "state", "due_at"), Index(None, "conversation", "seq"),
)  # fmt: skip

attempts = Table(
    "attempts", metadata,
    _key("conversation"), _key("key"), _key("n", Integer), _must("at", Moment), _must("result"), _must("code"),
)  # fmt: skip

sent = Table(
    "sent", metadata, _must("target"), _must("conversation"), _must("at", Moment),
    Index(None, "target", "at"), Index(None, "target", "conversation", "at"), Index(None, "at"),
)  # fmt: skip

seen = Table("seen", metadata, _key("conversation"), _key("message"), _must("modified", Moment))

subscriptions = Table(
    "subscriptions", metadata, _key("conversation"), _must("subscription"), _must("expires", Moment),
    Index(None, "subscription"),
)  # fmt: skip

audit = Table(  # append-only, also in the database (migrations 0001 and 0002)
    "audit", metadata,
    _key("conversation"), _key("seq", BigInteger), _must("at"), _must("kind"), _must("fields"),
    _must("previous_hash"), _must("hash"),
)  # fmt: skip

audit_heads = Table(  # `purged_to`: entries up to this number are gone, the last of them had `purged_hash`
    "audit_heads", metadata, _key("conversation"), _must("seq", BigInteger), _must("hash"),
    _may("purged_to", BigInteger), _may("purged_hash"), _may("purged_at", Moment),
)  # fmt: skip

TABLE_OF: dict[type[Thing], Table] = {
    Consultation: consultations,
    Participant: participants,
    Appointment: appointments,
    PostedCard: cards,
    Finding: findings,
    Recording: recordings,
    Refusal: refusals,
}
