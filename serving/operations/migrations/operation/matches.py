"""Which known campaigns an account matches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "operation_3"
down_revision = "operation_2"


def upgrade() -> None:
    """Add it; the next judgement fills it in."""
    op.add_column("verdicts", sa.Column("known", sa.JSON(), nullable=True))
