"""The trail of a consultation whose retention is over may be purged as a whole, and in no other way (R73, N16).

A purge marks the head with the number and hash up to which the chain is gone, which needs that nothing else of the
consultation or the appointment is left; only entries up to a mark can be deleted.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_REFUSAL = "'the audit trail is append-only'"


def upgrade() -> None:
    op.add_column("audit_heads", sa.Column("purged_to", sa.BigInteger(), nullable=True))
    op.add_column("audit_heads", sa.Column("purged_hash", sa.Text(), nullable=True))
    op.add_column("audit_heads", sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        _on_postgresql()
    else:
        _on_sqlite()


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade instead")


def _moves_on(same: str) -> str:
    """The head after the next entry: nothing about a purge changes with it. `same` is the null-safe equality."""
    kept = " AND ".join(f"NEW.{name} {same} OLD.{name}" for name in ("purged_to", "purged_hash", "purged_at"))
    return f"(NEW.conversation = OLD.conversation AND NEW.seq = OLD.seq + 1 AND {kept})"


_IS_PURGED = (
    "(NEW.conversation = OLD.conversation AND NEW.seq = OLD.seq AND NEW.hash = OLD.hash"
    " AND COALESCE(NEW.purged_to, -1) = NEW.seq AND COALESCE(NEW.purged_hash, '') = NEW.hash"
    " AND NEW.purged_at IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM consultations c WHERE c.conversation = OLD.conversation)"
    " AND NOT EXISTS (SELECT 1 FROM appointments a WHERE 'appointment:' || a.ref = OLD.conversation))"
)

_UP_TO_A_MARK = (
    "EXISTS (SELECT 1 FROM audit_heads h WHERE h.conversation = OLD.conversation AND OLD.seq <= h.purged_to)"
)


def _on_sqlite() -> None:
    op.execute("DROP TRIGGER audit_refuses_delete")
    op.execute(
        f"CREATE TRIGGER audit_refuses_delete BEFORE DELETE ON audit WHEN NOT {_UP_TO_A_MARK} "
        f"BEGIN SELECT RAISE(ABORT, {_REFUSAL}); END"
    )
    op.execute("DROP TRIGGER audit_heads_moves_on")
    op.execute(
        f"CREATE TRIGGER audit_heads_moves_on BEFORE UPDATE ON audit_heads "
        f"WHEN NOT ({_moves_on('IS')} OR {_IS_PURGED}) BEGIN SELECT RAISE(ABORT, {_REFUSAL}); END"
    )


def _on_postgresql() -> None:
    _function("audit_is_purged", f"{_UP_TO_A_MARK}", "OLD")
    _function("audit_head_moves_on", f"{_moves_on('IS NOT DISTINCT FROM')} OR {_IS_PURGED}", "NEW")
    op.execute("DROP TRIGGER audit_refuses_change ON audit")
    op.execute(
        "CREATE TRIGGER audit_refuses_update BEFORE UPDATE ON audit "
        "FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()"
    )
    op.execute(
        "CREATE TRIGGER audit_refuses_delete BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_is_purged()"
    )
    op.execute("DROP TRIGGER audit_heads_moves_on ON audit_heads")
    op.execute(
        "CREATE TRIGGER audit_heads_moves_on BEFORE UPDATE ON audit_heads "
        "FOR EACH ROW EXECUTE FUNCTION audit_head_moves_on()"
    )


def _function(name: str, allowed: str, row: str) -> None:
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {allowed} THEN RETURN {row}; END IF; "
        f"RAISE EXCEPTION {_REFUSAL} USING ERRCODE = '23001'; END $$"
    )
