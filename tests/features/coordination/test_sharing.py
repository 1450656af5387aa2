"""The objects that both accounts of a pair acted on, in blocks or not."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from vigie.features.coordination import null_models, pairs, sharing
from vigie.features.coordination.sharing import Sharing


def acted() -> pairs.Actions:
    """Return actions of accounts of which some act much more than others."""
    generator = np.random.default_rng(3)
    size = 4_000
    return pairs.actions(
        pl.DataFrame(
            {
                "account": (generator.pareto(1.2, size) * 10).astype(np.int64) % 60,
                "object": generator.integers(0, 300, size),
                "time": generator.integers(0, 90_000, size),
                "post": np.arange(size),
            }
        ).with_columns(author=pl.lit(None, pl.Int64))
    )


def test_all_objects_of_both_accounts_are_found_in_order() -> None:
    found = acted()
    asked = pairs.counted(found, 600)
    held: dict[int, set[int]] = {}
    for account, thing in zip(found.account.tolist(), found.object.tolist(), strict=True):
        held.setdefault(account, set()).add(thing)
    expected = [
        (place, thing)
        for place, (first, second) in enumerate(asked.select("first", "second").iter_rows())
        for thing in sorted(held[first] & held[second])
    ]
    shared = [
        pair
        for some in Sharing(found, asked)
        for pair in zip(some.place.tolist(), some.object.tolist(), strict=True)
    ]
    assert len(expected) > 1_000
    assert shared == expected


def test_what_is_kept_or_found_anew_in_blocks_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    found = acted()
    counted = pairs.counted(found, 600)
    expected = null_models.compared(found, counted, 600)
    monkeypatch.setattr(sharing, "_KEPT", 0)
    monkeypatch.setattr(sharing, "_BLOCK", 50)
    assert null_models.compared(found, counted, 600).equals(expected)
