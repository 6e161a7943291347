"""A participant's home tenant, where the platform has named it: who is taken for staff is known to be so.

Where it is missing, the next look at the roster brings it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("participants", sa.Column("tenant", sa.Text(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade instead")
