"""When each field of a profile was last seen, so that what comes late changes what it is newer than, and nothing else."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "operation_2"
down_revision = "operation_1"


def upgrade() -> None:
    """Add it; what was kept before counts as seen when the account was."""
    op.add_column("accounts", sa.Column("seen", sa.Text(), nullable=True))
