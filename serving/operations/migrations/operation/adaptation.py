"""A head that the decisions of an operation made, which judges it from then on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "operation_7"
down_revision = "operation_6"


def upgrade() -> None:
    """Make its table; an operation without a head is judged as it was."""
    op.create_table(
        "adaptation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("entries", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
