"""When the claim on a judgement was made: a clock that was set back since is told by it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "operation_9"
down_revision = "operation_8"


def upgrade() -> None:
    """Add the column."""
    op.add_column("state", sa.Column("busy_since", sa.BigInteger()))
