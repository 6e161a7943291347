"""Two moments of a consultation by the platform's time: up to when Graph has shown its chat, and from when on what is
written in it is scanned again.

Where the first is missing the chat is read once more from its beginning: what was scanned is known.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

_WHEN = sa.DateTime(timezone=True)
_NAMES = ("shown_to", "scanned_from")

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in _NAMES:
        op.add_column("consultations", sa.Column(name, _WHEN, nullable=True))


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade instead")
