"""Training rows of a part: equal weights, the same model from the same rows, and data that cannot carry one."""

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import polars as pl
import pytest

from vigie.errors import LabelError
from vigie.training import config
from vigie.training.fitting import booster


def test_every_view_of_an_account_shares_its_weight(fitted: Any, settings: config.Config) -> None:
    table = booster.table_of("posts", fitted.rows, settings)
    frame = pl.DataFrame({"row": table.row, "source": table.source, "y": table.y, "weight": table.weight})
    per_account = frame.group_by("source", "y", "row").agg(pl.col("weight").sum())
    spread = per_account.group_by("source", "y").agg(low=pl.col("weight").min(), high=pl.col("weight").max())
    assert spread["low"].to_numpy() == pytest.approx(spread["high"].to_numpy())
    mass = frame.group_by("source", "y").agg(pl.col("weight").sum())["weight"].to_numpy()
    assert mass == pytest.approx(mass.mean())


def test_the_same_rows_and_seed_give_the_same_model(fitted: Any, settings: config.Config) -> None:
    found = fitted.fits["posts"]
    assert booster.fit(found.table, settings, 4, 40).model_to_string() == found.booster.model_to_string()


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


@pytest.mark.parametrize(
    ("classes", "said"),
    [
        ({"a": (0, 0)}, r"too few accounts show what it reads \(none\)"),
        ({"a": (30, 9), "b": (9, 30)}, r"too few accounts show what it reads \(a: 30 and 9; b: 9 and 30\)"),
        ({"a": (30, 30), "b": (0, 30)}, r"without a there are no accounts of both classes"),
    ],
)
def test_a_part_that_cannot_be_learnt_says_who_is_there_and_what_to_do(
    classes: dict[str, tuple[int, int]], said: str
) -> None:
    with pytest.raises(LabelError, match=said) as refused:
        booster.require(table(classes), "profile")
    assert r"copy the configuration without [parts.profile]" in str(refused.value)


def test_a_part_is_learnt_beside_a_source_of_one_class_or_one_account() -> None:
    booster.require(table({"a": (30, 30), "b": (30, 30), "people": (0, 30), "one": (1, 0)}), "profile")


def test_a_fit_waits_for_no_other_thread_and_its_text_stays_what_it_was(
    fitted: Any, settings: config.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []
    train = lightgbm.train

    def told(parameters: dict[str, Any], *rest: Any, **options: Any) -> lightgbm.Booster:
        threads.append(parameters["num_threads"])
        return train(parameters, *rest, **options)

    monkeypatch.setattr(lightgbm, "train", told)
    found = fitted.fits["profile"]
    made = booster.fit(found.table, settings, found.leaves, found.trees)
    assert threads == [1]
    monkeypatch.setattr(
        lightgbm, "train", lambda given, *rest, **options: train(given | {"num_threads": 2}, *rest, **options)
    )
    assert (
        made.model_to_string()
        == booster.fit(found.table, settings, found.leaves, found.trees).model_to_string()
    )
    assert "[num_threads: 2]" in made.model_to_string()
