"""When a claim on a judgement was made, and when an attempt of a webhook failed: a clock that was set back since is told by it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "operation_9"
down_revision = "operation_8"


def upgrade() -> None:
    """Add both; what was said before has no time, and holds until its own end."""
    op.add_column("state", sa.Column("busy_since", sa.BigInteger()))
    op.add_column("webhooks", sa.Column("failed_at", sa.BigInteger()))
