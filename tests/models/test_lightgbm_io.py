"""Margins and contributions are LightGBM's own, whatever the number of rows and threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from vigie.errors import BundleCorruptError
from vigie.models import lightgbm_io
from vigie.models.bundle import default_folder
from vigie.models.engine import Models


@pytest.mark.parametrize("rows", [1, 63, 64, 300])
def test_contributions_and_base_add_up_to_the_margin(models: Models, rows: int) -> None:
    part = models.inauthentic.parts["profile"]
    seen = np.random.default_rng(3).normal(size=(rows, len(part.features)))
    seen[::2, 0] = np.nan
    added, base = lightgbm_io.contributions(part.booster, seen)
    assert added.shape == seen.shape
    np.testing.assert_allclose(added.sum(axis=1) + base, lightgbm_io.margins(part.booster, seen))
    np.testing.assert_allclose(
        lightgbm_io.margins(part.booster, seen), part.booster.predict(seen, raw_score=True)
    )


def test_calls_from_several_threads_with_few_and_many_rows_do_not_disturb_each_other(models: Models) -> None:
    part = models.inauthentic.parts["profile"]
    # As many rows as several threads work on, and few.
    seen = np.random.default_rng(4).normal(size=(9_000, len(part.features)))
    alone = lightgbm_io.margins(part.booster, seen)

    def work(rows: int) -> float:
        return float(np.abs(lightgbm_io.margins(part.booster, seen[:rows]) - alone[:rows]).max())

    with ThreadPoolExecutor(4) as pool:
        assert max(pool.map(work, [1, 9_000, 10, 64] * 10)) == 0


def test_text_that_is_no_model_is_refused(models: Models) -> None:
    part = models.inauthentic.parts["profile"]
    text = (default_folder() / "profile.txt").read_text()
    assert lightgbm_io.load(text, "profile.txt", part.features).num_feature() == len(part.features)
    with pytest.raises(BundleCorruptError, match=r"profile\.txt"):
        lightgbm_io.load("tree", "profile.txt", part.features)
