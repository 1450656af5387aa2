"""What people write into technical notes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "operation_8"
down_revision = "operation_7"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "note_fields",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("track", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("note_fields_by_track", "note_fields", ["kind", "track", "id"], unique=False)
