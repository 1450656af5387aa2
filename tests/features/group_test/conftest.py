"""Lists drawn from an invented ordinary population, and the reference that another part of it gives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from vigie.features import schema
from vigie.features.coordination.report.profile_tests import Reference

SEEN = datetime(2024, 5, 1, tzinfo=UTC)
_WORDS = np.array(
    ["harbour", "market", "garden", "river", "teacher", "football", "music", "bread", "winter", "letters"]
)
_PARTS = np.array(["lena", "Max", "olive", "Reed", "_", "7", "42", "Nor", "quay", "sun"])


@pytest.fixture(scope="session")
def ordinary() -> Callable[..., pl.DataFrame]:
    """Return a function that makes ordinary accounts: ages up to ten years, a tenth without a biography."""

    def made(count: int, seed: int = 3, platform: str = "x") -> pl.DataFrame:
        generator = np.random.default_rng(seed)
        names = ["".join(parts) for parts in generator.choice(_PARTS, (count, 4))]
        words = [" ".join(parts) for parts in generator.choice(_WORDS, (count, 9))]
        silent = generator.random(count) < 0.1
        ages = generator.uniform(0, 3_650 * 86_400, count).astype(int)
        frame = pl.DataFrame(
            {
                "platform": [platform] * count,
                "account_id": [f"{seed}-{place}" for place in range(count)],
                "handle": [f"{name}{place:05}" for place, name in enumerate(names)],
                "description": ["" if quiet else said for quiet, said in zip(silent, words, strict=True)],
                "created_at": [SEEN - timedelta(seconds=int(age)) for age in ages],
                "observed_at": [SEEN] * count,
            }
        )
        return schema.conform(frame, "accounts").with_row_index("row")

    return made


@pytest.fixture(scope="session")
def reference(ordinary: Callable[..., pl.DataFrame]) -> Reference:
    """The reference that the invented population gives."""
    return Reference.of(ordinary(5_000, seed=99))
