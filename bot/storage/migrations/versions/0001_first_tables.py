"""First tables; an audit trail that cannot be rewritten; no statistics over personal data."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_WHEN = sa.DateTime(timezone=True)

_NOT_SAMPLED = {
    "participants": ("person", "name", "aad"),
    "appointments": (
        "advisor", "advisor_name", "customer_name", "customer_email", "email_digest", "code_digest", "join_url",
    ),
    "consultations": ("organizer", "advisor", "advisor_person", "advisor_chat"),
    "findings": ("person",),
    "cards": ("owner",),
    "owed": ("key", "about"),
    "attempts": ("key",),
}  # fmt: skip
"""PostgreSQL's ANALYZE copies frequent values into pg_statistic, where erasing a row does not reach them."""


def _must(name: str, kind: sa.types.TypeEngine = sa.Text()) -> sa.Column:  # noqa: B008
    return sa.Column(name, kind, nullable=False)


def _may(name: str, kind: sa.types.TypeEngine = sa.Text()) -> sa.Column:  # noqa: B008
    return sa.Column(name, kind, nullable=True)


def upgrade() -> None:
    _create_tables()
    if op.get_bind().dialect.name == "postgresql":
        _protect_on_postgresql()
    else:
        _protect_on_sqlite()


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade instead")


def _protect_on_sqlite() -> None:
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_refuses_{change.lower()} BEFORE {change} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
        )
    op.execute(
        "CREATE TRIGGER audit_heads_refuses_delete BEFORE DELETE ON audit_heads "
        "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
    )
    op.execute(
        "CREATE TRIGGER audit_heads_moves_on BEFORE UPDATE ON audit_heads "
        "WHEN NEW.seq <> OLD.seq + 1 OR NEW.conversation <> OLD.conversation "
        "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
    )


def _protect_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = '23001'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_refuses_change BEFORE UPDATE OR DELETE ON audit "
        "FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()"
    )
    for table in ("audit", "audit_heads"):
        op.execute(
            f"CREATE TRIGGER {table}_refuses_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
        )
    op.execute(
        "CREATE TRIGGER audit_heads_refuses_delete BEFORE DELETE ON audit_heads "
        "FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()"
    )
    op.execute(
        "CREATE TRIGGER audit_heads_moves_on BEFORE UPDATE ON audit_heads FOR EACH ROW "
        "WHEN (NEW.seq <> OLD.seq + 1 OR NEW.conversation <> OLD.conversation) "
        "EXECUTE FUNCTION audit_is_append_only()"
    )
    for table, columns in _NOT_SAMPLED.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 0")


def _create_tables() -> None:
    op.create_table(
        "consultations",
        _must("conversation"), _must("ref"), _must("tenant"), _must("service_url"), _must("bot_id"),
        _must("opened_at", _WHEN), _must("language"), _must("terms_version"), _must("notice_version"),
        _may("meeting"), _may("online_meeting"), _may("organizer"), _may("appointment"), _may("advisor"),
        _may("advisor_person"), _may("advisor_chat"), _must("app_present", sa.Boolean()), _must("state"),
        _may("reason"), _may("started_at", _WHEN), _may("ended_at", _WHEN), _must("hearing"),
        _may("first_guest_message_at", _WHEN), _may("read_back_to", _WHEN), _must("paused", sa.Boolean()),
        _may("chat_deleted_at", _WHEN), _must("requests", sa.Integer()),
        sa.PrimaryKeyConstraint("conversation", name="pk_consultations"),
    )  # fmt: skip
    op.create_index("ix_consultations_advisor", "consultations", ["advisor"])
    op.create_index("ix_consultations_state", "consultations", ["state"])
    op.create_table(
        "participants",
        _must("conversation"),
        _must("person"),
        _must("ref"),
        _must("role"),
        _must("joined_at", _WHEN),
        _must("name"),
        _may("aad"),
        _must("present", sa.Boolean()),
        _may("left_at", _WHEN),
        _may("consented_at", _WHEN),
        _may("declined_at", _WHEN),
        _may("withdrawn_at", _WHEN),
        _may("authenticated_at", _WHEN),
        _may("how"),
        _may("erased_at", _WHEN),
        sa.PrimaryKeyConstraint("conversation", "person", name="pk_participants"),
    )
    op.create_table(
        "appointments",
        _must("ref"),
        _must("advisor"),
        _must("starts_at", _WHEN),
        _must("ends_at", _WHEN),
        _must("language"),
        _must("customer_name"),
        _must("customer_email"),
        _must("email_digest"),
        _must("advisor_name"),
        _may("conversation"),
        _may("event"),
        _may("join_url"),
        _may("online_meeting"),
        _may("code_digest"),
        _may("code_expires_at", _WHEN),
        _may("code_spent_at", _WHEN),
        _must("codes_sent", sa.Integer()),
        _must("tries", sa.Integer()),
        _may("locked_at", _WHEN),
        _may("confirmed_at", _WHEN),
        _may("cancelled_at", _WHEN),
        _may("erased_at", _WHEN),
        sa.PrimaryKeyConstraint("ref", name="pk_appointments"),
    )
    op.create_index("ix_appointments_conversation", "appointments", ["conversation"])
    op.create_index("ix_appointments_email_digest", "appointments", ["email_digest"])
    op.create_table(
        "cards",
        _must("chat"),
        _must("activity"),
        _must("conversation"),
        _must("kind"),
        _must("posted_at", _WHEN),
        _may("owner"),
        _may("message"),
        _must("targeted", sa.Boolean()),
        sa.PrimaryKeyConstraint("chat", "activity", name="pk_cards"),
    )
    op.create_index("ix_cards_conversation", "cards", ["conversation"])
    op.create_table(
        "findings",
        _must("conversation"),
        _must("message"),
        _must("kinds"),
        _must("found_at", _WHEN),
        _must("modified_at", _WHEN),
        _may("role"),
        _may("person"),
        _must("version", sa.Integer()),
        _must("via"),
        _may("hide"),
        _may("warn"),
        _may("delete_chat"),
        _may("edited_at", _WHEN),
        _may("deleted_at", _WHEN),
        _may("released_at", _WHEN),
        _may("released_by"),
        _may("reminded_at", _WHEN),
        sa.PrimaryKeyConstraint("conversation", "message", name="pk_findings"),
    )
    op.create_table(
        "recordings",
        _must("conversation"),
        _must("call"),
        _must("kind"),
        _must("event"),
        _must("verdict"),
        _must("started_at", _WHEN),
        _must("actions"),
        _may("stopped_at", _WHEN),
        sa.PrimaryKeyConstraint("conversation", "call", "kind", name="pk_recordings"),
    )
    op.create_table(
        "refusals",
        _must("conversation"),
        _must("rung"),
        _must("sender"),
        sa.PrimaryKeyConstraint("conversation", "rung", "sender", name="pk_refusals"),
    )
    op.create_table(
        "facts_taken",
        _must("conversation"),
        _must("key"),
        _must("at", _WHEN),
        sa.PrimaryKeyConstraint("conversation", "key", name="pk_facts_taken"),
    )
    op.create_table(
        "owed",
        _must("conversation"),
        _must("key"),
        _must("kind"),
        _must("about"),
        _must("due_at", _WHEN),
        _must("created_at", _WHEN),
        _must("seq", sa.BigInteger()),
        _must("tries", sa.Integer()),
        _must("retrying", sa.Boolean()),
        _must("uncertain", sa.Boolean()),
        _must("anew", sa.Boolean()),
        _must("state"),
        _may("lease_holder"),
        _may("lease_until", _WHEN),
        sa.PrimaryKeyConstraint("conversation", "key", name="pk_owed"),
    )
    op.create_index("ix_owed_conversation_seq", "owed", ["conversation", "seq"])
    op.create_index("ix_owed_state_due_at", "owed", ["state", "due_at"])
    op.create_table(
        "attempts",
        _must("conversation"),
        _must("key"),
        _must("n", sa.Integer()),
        _must("at", _WHEN),
        _must("result"),
        _must("code"),
        sa.PrimaryKeyConstraint("conversation", "key", "n", name="pk_attempts"),
    )
    op.create_table(
        "sent",
        _must("target"),
        _must("conversation"),
        _must("at", _WHEN),
    )
    op.create_index("ix_sent_at", "sent", ["at"])
    op.create_index("ix_sent_target_at", "sent", ["target", "at"])
    op.create_table(
        "seen",
        _must("conversation"),
        _must("message"),
        _must("modified", _WHEN),
        sa.PrimaryKeyConstraint("conversation", "message", name="pk_seen"),
    )
    op.create_table(
        "subscriptions",
        _must("conversation"),
        _must("subscription"),
        _must("expires", _WHEN),
        sa.PrimaryKeyConstraint("conversation", name="pk_subscriptions"),
    )
    op.create_index("ix_subscriptions_subscription", "subscriptions", ["subscription"])
    op.create_table(
        "audit",
        _must("conversation"),
        _must("seq", sa.BigInteger()),
        _must("at"),
        _must("kind"),
        _must("fields"),
        _must("previous_hash"),
        _must("hash"),
        sa.PrimaryKeyConstraint("conversation", "seq", name="pk_audit"),
    )
    op.create_table(
        "audit_heads",
        _must("conversation"),
        _must("seq", sa.BigInteger()),
        _must("hash"),
        sa.PrimaryKeyConstraint("conversation", name="pk_audit_heads"),
    )
