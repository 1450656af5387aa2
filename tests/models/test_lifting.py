"""An abstention names fields that lift it, and only fields that are missing."""

from __future__ import annotations

import polars as pl
import pytest

from vigie.features.pipeline import compute
from vigie.models.bundle import Bundle
from vigie.models.engine import Models
from vigie.models.lifting import lifting_fields
from vigie.models.scoring import score
from vigie.training.synthetic.accounts import generate


@pytest.fixture(scope="module")
def bundle(models: Models) -> Bundle:
    return models.inauthentic


@pytest.fixture(scope="module")
def accounts() -> pl.DataFrame:
    made = generate(ordinary=6, inauthentic=6, seed=3, posts_per_account=1).accounts.with_row_index("row")
    counts = [name for name in made.columns if name.endswith("_count")]
    return made.with_columns(
        pl.col(counts).fill_null(40), pl.col("description", "location", "url").fill_null("")
    )


@pytest.fixture(scope="module")
def no_posts() -> pl.DataFrame:
    made = generate(ordinary=1, inauthentic=1, seed=3, posts_per_account=1).posts
    return made.drop("platform", "account_id").with_columns(row=pl.lit(0, pl.UInt32)).head(0)


@pytest.mark.parametrize(
    "hidden",
    [
        ("followers_count", "following_count", "likes_given_count", "listed_count"),
        ("created_at", "likes_given_count", "posts_count", "following_count"),
        (
            "followers_count",
            "following_count",
            "likes_given_count",
            "listed_count",
            "posts_count",
            "created_at",
            "description",
        ),
    ],
)
def test_with_the_fields_that_it_names_the_account_is_judged(
    bundle: Bundle, accounts: pl.DataFrame, no_posts: pl.DataFrame, hidden: tuple[str, ...]
) -> None:
    bare = accounts.with_columns(pl.lit(None, accounts.schema[name]).alias(name) for name in hidden)
    scores = score(bundle, compute(bare, no_posts))
    named = lifting_fields(bundle, scores)
    assert set(scores.status) == {"insufficient_data"}
    for row, fields in enumerate(named):
        assert fields
        assert set(fields) <= set(hidden)
        given = bare[row].with_columns(accounts[row][name].alias(name) for name in fields)
        assert score(bundle, compute(given, no_posts)).status[0] != "insufficient_data"


def test_an_account_that_is_judged_needs_no_field(
    bundle: Bundle, accounts: pl.DataFrame, no_posts: pl.DataFrame
) -> None:
    scores = score(bundle, compute(accounts, no_posts))
    assert not any(lifting_fields(bundle, scores))
