"""Contents that have an id, and who published them."""

from __future__ import annotations

from alembic import op

revision = "operation_4"
down_revision = "operation_3"


def upgrade() -> None:
    """Forget those without; what was judged is judged anew, which fills them in."""
    op.execute("DELETE FROM documents WHERE name = 'contents'")
    op.execute("UPDATE state SET judged_revision = 0")
