"""What each verdict on an account by itself was made of, so that it stands while that is the same."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "operation_5"
down_revision = "operation_4"


def upgrade() -> None:
    """Add it; the next judgement makes every verdict anew and fills it in."""
    op.add_column("verdicts", sa.Column("basis", sa.LargeBinary(length=16), nullable=True))
