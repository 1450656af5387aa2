"""The memory of campaigns, and the key of its digests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "catalogue_2"
down_revision = "catalogue_1"


def upgrade() -> None:
    """Make their tables."""
    op.create_table(
        "known_campaigns",
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", "source"),
    )
    op.create_table(
        "digest_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
