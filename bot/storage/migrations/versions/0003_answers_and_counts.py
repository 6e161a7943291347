"""The answer to a card button is kept with the key of its press; what pacing counts has an index by conversation.

Every replica answers a repeated press alike. Words of ours only: which card is shown, and which refusal on it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("facts_taken", sa.Column("answer", sa.Text(), nullable=True))
    op.create_index("ix_sent_target_conversation_at", "sent", ["target", "conversation", "at"])


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade instead")
