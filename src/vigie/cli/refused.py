"""What a command says of accounts that it could not take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vigie.models.verdict import AccountResult

# Accounts told on the screen, one a line; the others are counted.
_TOLD = 5


def told(refused: Sequence[AccountResult]) -> Iterator[str]:
    """Yield a line for each of the first accounts that were refused, and how many more there are."""
    for account in refused[:_TOLD]:
        name = f"account {account.account_id}" if account.account_id else "an account without a readable id"
        yield f"refused: {name}: {account.error.detail if account.error else ''}"
    if len(refused) > _TOLD:
        yield f"refused: {len(refused) - _TOLD:,} more"
