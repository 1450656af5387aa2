"""Tables of a notebook get the answers of the command line, whatever they are tables of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from typer.testing import CliRunner

import vigie
from vigie.cli import app
from vigie.errors import BundleError, InputError, MissingColumnError
from vigie.features.ingest import dataset
from vigie.features.ingest.reader import Log
from vigie.training.synthetic.accounts import OBSERVED_AT, World, generate


@pytest.fixture(scope="module")
def world() -> World:
    return generate(ordinary=20, inauthentic=20, seed=4, posts_per_account=60)


@pytest.fixture(scope="module")
def scores(world: World) -> pl.DataFrame:
    return vigie.score(world.accounts, world.posts)


@pytest.fixture(scope="module")
def features(world: World) -> pl.DataFrame:
    return vigie.features_of(world.accounts, world.posts)


@pytest.fixture(scope="module")
def folder(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("frames") / "d"
    dataset.write(Log().read(world.accounts, world.posts), place, name="d", form="invented", now=OBSERVED_AT)
    return place


def as_text(table: pl.DataFrame) -> pl.DataFrame:
    return table.with_columns(pl.col(pl.Datetime).dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ"))


def test_scores_are_those_of_the_command_line(scores: pl.DataFrame, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "scores.parquet"
    result = CliRunner().invoke(app, ["score", str(folder), "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert_frame_equal(scores, pl.read_parquet(out), check_exact=True)
    assert scores["status"].eq("scored").sum() > 20


def test_features_are_those_of_the_command_line(features: pl.DataFrame, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "features.parquet"
    result = CliRunner().invoke(app, ["features", str(folder), "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert_frame_equal(features, pl.read_parquet(out), check_exact=True)
    assert features["profile_followers_count"].null_count() < features.height


def test_lazy_tables_and_text_for_times_change_nothing(world: World, features: pl.DataFrame) -> None:
    assert_frame_equal(
        vigie.features_of(world.accounts.lazy(), world.posts.lazy()), features, check_exact=True
    )
    assert_frame_equal(
        vigie.features_of(as_text(world.accounts), as_text(world.posts)), features, check_exact=True
    )


def test_pandas_gives_pandas_with_the_same_digits(
    world: World, scores: pl.DataFrame, features: pl.DataFrame
) -> None:
    accounts, posts = world.accounts.to_pandas(), world.posts.to_pandas()
    scored = vigie.score(accounts, posts, targets=["inauthentic"], top_reasons=0)
    assert isinstance(scored, pd.DataFrame)
    for name in ("probability", "interval_low", "at_prevalence_0.01"):
        assert (
            pl.Series(scored[name].tolist(), dtype=pl.Float64).fill_nan(None).to_list()
            == scores[name].to_list()
        )
    measured = vigie.features_of(accounts, posts)
    assert isinstance(measured, pd.DataFrame)
    assert measured.columns.tolist() == features.columns
    name = "profile_followers_count"
    assert (
        pl.Series(measured[name].tolist(), dtype=pl.Float64).fill_nan(None).to_list()
        == features[name].to_list()
    )


def test_posts_may_stand_in_the_accounts(world: World, features: pl.DataFrame) -> None:
    posts = world.posts.group_by("platform", "account_id", maintain_order=True).agg(
        posts=pl.struct(pl.exclude("platform", "account_id"))
    )
    nested = world.accounts.join(posts, on=["platform", "account_id"], how="left", maintain_order="left")
    assert_frame_equal(vigie.features_of(nested), features, check_exact=True)


def test_an_account_that_cannot_be_read_keeps_its_place_and_says_why(world: World) -> None:
    broken = as_text(world.accounts.head(3)).with_columns(
        observed_at=pl.when(pl.int_range(pl.len()) == 1).then(pl.lit("soon")).otherwise("observed_at")
    )
    measured = vigie.features_of(broken)
    assert measured["account_id"].to_list() == world.accounts["account_id"].head(3).to_list()
    assert [error is None for error in measured["error"]] == [True, False, True]
    assert "observed_at" in measured["error"][1]
    assert measured["profile_followers_count"][1] is None
    scored = vigie.score(broken, targets=["inauthentic"])
    assert scored["status"].to_list()[1] == "refused"


def test_no_account_gives_an_empty_table() -> None:
    assert vigie.features_of([]).height == 0
    assert "profile_followers_count" in vigie.features_of([]).columns


def test_a_post_of_nobody_and_an_unknown_target_are_refused(world: World) -> None:
    with pytest.raises(InputError, match="not among the accounts"):
        vigie.score(world.accounts.head(1), world.posts)
    with pytest.raises(InputError, match="Did you mean inauthentic"):
        vigie.score(world.accounts, targets=["inautentic"])
    with pytest.raises(MissingColumnError, match="account_id"):
        vigie.features_of(world.accounts, world.posts.drop("account_id"))


def test_a_day_is_read_as_its_text_is(world: World) -> None:
    day = pl.col("created_at").dt.date()
    assert_frame_equal(
        vigie.features_of(world.accounts.with_columns(day), world.posts),
        vigie.features_of(world.accounts.with_columns(day.cast(pl.String)), world.posts),
    )
    assert vigie.features_of(world.accounts.with_columns(day))["error"].null_count() == world.accounts.height


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"targets": "inauthentic"}, "targets is a list"),
        ({"targets": []}, "targets is a list"),
        ({"language": "de"}, "de is not a language. Allowed: en, fr"),
        ({"top_reasons": -1}, "top_reasons is 0 or more, not -1"),
    ],
)
def test_an_option_that_cannot_be_is_refused(world: World, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        vigie.score(world.accounts, **options)


def test_a_bundle_may_be_named_by_text(world: World) -> None:
    with pytest.raises(BundleError, match="nowhere"):
        vigie.score(world.accounts, targets=["inauthentic"], bundle="nowhere")


def test_what_is_no_table_of_pandas_is_refused(world: World) -> None:
    accounts = world.accounts.to_pandas()
    with pytest.raises(InputError, match="the column handle twice"):
        vigie.features_of(pd.concat([accounts, accounts[["handle"]]], axis=1))
    for table in (accounts["handle"], pd.concat({"accounts": accounts}, axis=1)):
        with pytest.raises(InputError, match="one row of column names"):
            vigie.features_of(table)
    with pytest.raises(InputError, match="there is no table of accounts"):
        vigie.features_of(None)


def test_the_package_names_what_it_has() -> None:
    assert set(vigie.__all__) <= {*dir(vigie), "score", "features_of"}
    with pytest.raises(AttributeError, match="scores"):
        _ = vigie.scores
