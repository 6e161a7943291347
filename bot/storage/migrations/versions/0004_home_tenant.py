"""A participant's home tenant, where the platform has named it: who is taken for staff is known to be so.

Where it is missing, the next look at the roster brings it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

_NOT_SAMPLED = {"participants": ("tenant",)}
"""Personal columns, of whose values PostgreSQL is to keep no statistics (as in 0001)."""

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("participants", sa.Column("tenant", sa.Text(), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        for table, columns in _NOT_SAMPLED.items():
            for column in columns:
                op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 0")


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade instead")
