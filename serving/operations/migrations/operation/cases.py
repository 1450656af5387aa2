"""Cases, and decisions that take another one back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "operation_6"
down_revision = "operation_5"


def upgrade() -> None:
    """Make them; what was decided before takes nothing back."""
    op.add_column("decisions", sa.Column("withdraws", sa.BigInteger(), nullable=True))
    op.create_table(
        "case_entries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=True),
        sa.Column("subjects", sa.JSON(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("case_entries_by_case", "case_entries", ["case", "id"], unique=False)
