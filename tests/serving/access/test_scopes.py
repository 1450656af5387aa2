"""A scope covers what it names, and the one of an admin everything."""

from __future__ import annotations

import pytest

from vigie.serving.access.scopes import Scope, allows


@pytest.mark.parametrize("needed", list(Scope))
def test_a_scope_covers_itself_and_an_admin_everything(needed: Scope) -> None:
    assert allows((needed,), needed)
    assert allows((Scope.ADMIN,), needed)
    assert not allows((), needed)
    others = [scope for scope in Scope if scope not in (needed, Scope.ADMIN)]
    assert not allows(others, needed)
