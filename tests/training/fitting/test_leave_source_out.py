"""Models without one source each: none of the source is in them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from vigie.training import config
from vigie.training.fitting import booster, leave_source_out

PARTS = {"profile": {"floor": 0.5}}


def parsed(**keys: object) -> config.Config:
    return config.parse({"parts": PARTS} | keys)


def test_a_held_out_source_is_not_in_the_model_that_judges_it(fitted: Any, settings: config.Config) -> None:
    found = fitted.fits["profile"]
    rest = found.table.where(found.table.source != "invented-1")
    again = booster.fit(rest, settings, found.leaves, found.trees)
    assert again.model_to_string() == found.held_out["invented-1"].model_to_string()


def table(classes: dict[str, tuple[int, int]]) -> booster.Table:
    """Return a table of two features, one of which tells the classes apart, with so many accounts of each by source."""
    rng = np.random.default_rng(3)
    y = np.concatenate([np.repeat([True, False], counts) for counts in classes.values()])
    source = np.repeat(list(classes), [sum(counts) for counts in classes.values()])
    x = np.stack([y + rng.normal(0, 0.7, len(y)), rng.normal(size=len(y))], axis=1)
    features = ("profile_followers_count", "profile_following_count")
    every = np.ones(len(y))
    return booster.Table(
        features, x, y, np.arange(len(y), dtype=np.uint32), source, every.astype(bool), every
    )


def test_the_second_of_two_sources_is_judged_by_boosters_that_did_not_see_the_account() -> None:
    whole = table({"a": (60, 60), "b": (60, 60)})
    small = parsed(booster={"min_data_in_leaf": 5, "learning_rate": 0.2})
    both = {"profile": leave_source_out.crossfit(whole, small, 4, 20, lambda: None)}
    rest = leave_source_out.excluding(both, "a")["profile"]
    assert rest.held_out == {}
    assert set(rest.table.source) == {"b"}
    seen = np.asarray(rest.booster.predict(rest.table.x, raw_score=True))
    # It ranks others' accounts, and less well than those it saw.
    unseen_gap, seen_gap = (m[rest.table.y].mean() - m[~rest.table.y].mean() for m in (rest.margin, seen))
    assert 0 < unseen_gap < seen_gap
    assert np.isfinite([rest.calibration("b").slope, rest.calibration("b").intercept]).all()


def test_what_is_nested_is_made_as_if_the_source_had_never_been_there(
    fitted: Any, settings: config.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = fitted.fits["profile"]
    again = leave_source_out.crossfit(
        whole.table.where(whole.table.source != "invented-1"),
        settings,
        whole.leaves,
        whole.trees,
        lambda: None,
    )
    fits: list[booster.Table] = []

    def counted(table: booster.Table, *rest: Any) -> Any:
        fits.append(table)
        return booster.fit(table, *rest)

    monkeypatch.setattr(leave_source_out, "fit", counted)
    nested = leave_source_out.excluding({"profile": whole}, "invented-1")["profile"]
    assert nested.booster.model_to_string() == again.booster.model_to_string()
    assert {name: each.model_to_string() for name, each in nested.held_out.items()} == {
        name: each.model_to_string() for name, each in again.held_out.items()
    }
    np.testing.assert_array_equal(nested.margin, again.margin)
    # Without the source alone it was fitted before.
    assert len(fits) == len(nested.held_out)
