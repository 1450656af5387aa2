"""Rows of windows: what a file of windows may hold, and that a window is computed from itself alone."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from vigie.errors import ConfigError, LabelError, MissingColumnError
from vigie.features.coordination.report.profile_tests import Reference
from vigie.features.window.windows import WINDOW_FEATURES, measure
from vigie.training import published_methods
from vigie.training.data import windows

# A reference population of which nothing is known: profiles are not tested.
NOTHING_KNOWN = Reference({}, None, ())


@pytest.fixture(scope="module")
def corpus(cut: Any) -> windows.Corpus:
    return windows.load(cut.folders, cut.path)


def only(corpus: windows.Corpus, *names: str) -> windows.Corpus:
    return windows.Corpus(
        corpus.accounts,
        corpus.posts,
        corpus.windows.filter(pl.col("scenario").is_in(names)),
        corpus.manifests,
    )


def made(corpus: windows.Corpus) -> pl.DataFrame:
    """Return the rows of every window, one after the other in this process."""
    found = [windows._rows_of_window(*job, NOTHING_KNOWN, alone=2) for job in windows.each_window(corpus)]
    return pl.concat(found, how="vertical_relaxed").sort("is_lone", "scenario", "account_id")


def rows(corpus: windows.Corpus) -> pl.DataFrame:
    """Return those of whole windows."""
    return made(corpus).filter(~pl.col("is_lone")).drop("is_lone")


@pytest.fixture(scope="module")
def alone(corpus: windows.Corpus) -> pl.DataFrame:
    return rows(only(corpus, "mutual_repost-0"))


def written(table: pl.DataFrame, folder: Path) -> Path:
    table.write_parquet(folder / "pools.parquet")
    return folder / "pools.parquet"


class TestLoad:
    def test_everybody_of_the_pools_is_loaded_with_label_and_posts(
        self, corpus: windows.Corpus, cut: Any
    ) -> None:
        assert set(corpus.accounts["account_id"]) == set(cut.table["account"])
        assert corpus.accounts["account_id"].is_unique().all()
        assert corpus.accounts.filter("y")["campaign"].unique().sort().to_list() == [
            "mutual_repost",
            "one_author_boost",
            "reply_seeding",
        ]
        assert corpus.accounts.filter(~pl.col("y"))["campaign"].unique().sort().to_list() == [
            "people-1",
            "people-2",
            "people-3",
        ]
        assert corpus.posts.join(corpus.accounts, on=["platform", "account_id"], how="anti").is_empty()
        assert [manifest["name"] for manifest in corpus.manifests] == ["people-1", "people-2", "people-3"]
        assert corpus.windows.height == cut.table.height
        assert (corpus.windows["end"] - corpus.windows["start"]).unique().to_list() == [72 * 3_600]

    def test_people_who_are_in_no_pool_are_left_out(self, cut: Any, tmp_path: Path) -> None:
        fewer = cut.table.filter(pl.col("scenario").is_in(["mutual_repost-0", "reply_seeding-3"]))
        found = windows.load(cut.folders, written(fewer, tmp_path))
        assert found.accounts.height == fewer.height

    def test_a_missing_file_is_said_so(self, cut: Any, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"nowhere\.parquet is not a Parquet file of windows"):
            windows.load(cut.folders, tmp_path / "nowhere.parquet")

    def test_a_file_of_another_kind_is_said_so(self, cut: Any, tmp_path: Path) -> None:
        (tmp_path / "pools.parquet").write_text("scenario,start\n")
        with pytest.raises(ConfigError, match="is not a Parquet file of windows"):
            windows.load(cut.folders, tmp_path / "pools.parquet")

    @pytest.mark.parametrize(("column", "value"), [("start", "noon"), ("hours", "three days")])
    def test_a_column_of_another_type_is_said_so(
        self, cut: Any, tmp_path: Path, column: str, value: str
    ) -> None:
        path = written(cut.table.with_columns(pl.lit(value).alias(column)), tmp_path)
        with pytest.raises(ConfigError, match="is not a Parquet file of windows"):
            windows.load(cut.folders, path)

    def test_missing_columns_are_named(self, cut: Any, tmp_path: Path) -> None:
        with pytest.raises(MissingColumnError, match="lacks hours, shift_minutes; a file of windows has"):
            windows.load(cut.folders, written(cut.table.drop("hours", "shift_minutes"), tmp_path))

    def test_one_class_only_is_refused_with_the_counts(
        self, corpus: windows.Corpus, cut: Any, tmp_path: Path
    ) -> None:
        ordinary = corpus.accounts.filter(~pl.col("y"))["account_id"].implode()
        path = written(cut.table.filter(pl.col("account").is_in(ordinary)), tmp_path)
        with pytest.raises(LabelError, match="0 are labelled coordinated and 210 are labelled not to be"):
            windows.load(cut.folders, path)

    def test_accounts_that_nobody_labelled_are_refused_with_the_counts(
        self, cut: Any, tmp_path: Path
    ) -> None:
        path = written(cut.table.with_columns(account=pl.lit("stranger")), tmp_path)
        with pytest.raises(LabelError, match="0 are labelled coordinated and 0 are"):
            windows.load(cut.folders, path)

    def test_a_pool_without_a_coordinated_account_is_refused_by_name(
        self, corpus: windows.Corpus, cut: Any, tmp_path: Path
    ) -> None:
        coordinated = corpus.accounts.filter("y")["account_id"].implode()
        quiet = (pl.col("scenario") == "reply_seeding-6") & pl.col("account").is_in(coordinated)
        with pytest.raises(LabelError, match=r"windows of .*: 1, first reply_seeding-6; leave them out"):
            windows.load(cut.folders, written(cut.table.filter(~quiet), tmp_path))

    def test_one_campaign_alone_is_refused(self, cut: Any, tmp_path: Path) -> None:
        one = cut.table.filter(pl.col("scenario").str.starts_with("mutual_repost"))
        with pytest.raises(LabelError, match="hold the campaign mutual_repost; a model is judged on"):
            windows.load(cut.folders, written(one, tmp_path))


class TestRows:
    def test_one_row_per_account_that_posted_in_the_window_with_everything_learnt_from_it(
        self, corpus: windows.Corpus, alone: pl.DataFrame
    ) -> None:
        start, end = only(corpus, "mutual_repost-0").windows.select("start", "end").row(0)
        time = pl.col("created_at").dt.epoch("s")
        here = corpus.posts.filter((time >= start) & (time < end)).join(
            only(corpus, "mutual_repost-0").windows, on="account_id", how="semi"
        )
        assert alone["account_id"].to_list() == here["account_id"].unique().sort().to_list()
        assert set(WINDOW_FEATURES) <= set(alone.columns)
        assert {f"{name}{end}" for name in published_methods.RULES for end in ("", "_flagged")} <= set(
            alone.columns
        )
        assert alone["campaign"].unique().to_list() == ["mutual_repost"]
        assert alone["cohort"].unique().to_list() == [16]
        assert alone.filter("y")["background"].null_count() == alone["y"].sum()
        assert alone.filter(~pl.col("y"))["background"].unique().to_list() == ["people-1"]
        used = here.group_by("account_id").len().sort("account_id")["len"].to_list()
        assert alone["used"].to_list() == used

    def test_a_pool_is_computed_as_the_service_does(
        self, corpus: windows.Corpus, alone: pl.DataFrame
    ) -> None:
        job = only(corpus, "mutual_repost-0")
        start, end = job.windows.select("start", "end").row(0)
        accounts = corpus.accounts.join(job.windows, on="account_id", how="semi").drop(
            "y", "kind", "campaign", "source"
        )
        listed = accounts.with_row_index("row")
        posts = corpus.posts.join(
            listed.select("row", "platform", "account_id"), on=["platform", "account_id"]
        )
        made = measure(listed, posts.drop("platform", "account_id"), start, end).matrix.table
        served = made.join(listed.select("row", "account_id"), on="row").sort("account_id")
        assert_frame_equal(served.select(WINDOW_FEATURES), alone.select(WINDOW_FEATURES), rel_tol=1e-4)

    def test_another_pool_changes_nothing(self, corpus: windows.Corpus, alone: pl.DataFrame) -> None:
        both = rows(only(corpus, "mutual_repost-0", "reply_seeding-3", "mutual_repost-3"))
        assert both["scenario"].n_unique() == 3
        assert_frame_equal(both.filter(pl.col("scenario") == "mutual_repost-0"), alone)

    def test_a_shift_moves_posts_and_the_posts_they_react_to_in_the_window(
        self, corpus: windows.Corpus
    ) -> None:
        name, minutes = "mutual_repost-3", 3 * 24 * 60
        shifted = only(corpus, name)
        # Everything of the window three days on, moved back into this one.
        later = windows.Corpus(
            shifted.accounts,
            shifted.posts.with_columns(
                pl.col("created_at", "target_created_at") + pl.duration(minutes=minutes)
            ),
            shifted.windows.with_columns(shift_s=pl.lit(-minutes * 60)),
            shifted.manifests,
        )
        assert_frame_equal(rows(later), rows(shifted))

    def test_accounts_that_are_shifted_apart_have_less_company(
        self, corpus: windows.Corpus, alone: pl.DataFrame
    ) -> None:
        job = only(corpus, "mutual_repost-0")
        place = pl.col("account_id").rank("dense").cast(pl.Int64)
        apart = windows.Corpus(
            job.accounts, job.posts, job.windows.with_columns(shift_s=place % 50 * 3_600), job.manifests
        )
        name = "coordination_minute_company_share"
        assert rows(apart).filter("y")[name].mean() < 0.5 * alone.filter("y")[name].mean()  # type: ignore[operator]

    def test_order_of_the_accounts_tells_nothing_of_the_label(
        self, corpus: windows.Corpus, alone: pl.DataFrame
    ) -> None:
        shuffled = windows.Corpus(
            corpus.accounts.sample(fraction=1, shuffle=True, seed=1), corpus.posts,
            corpus.windows.sample(fraction=1, shuffle=True, seed=1), corpus.manifests,
        )  # fmt: skip
        assert_frame_equal(rows(only(shuffled, "mutual_repost-0")), alone)

    def test_labels_change_no_feature(self, corpus: windows.Corpus, alone: pl.DataFrame) -> None:
        turned = windows.Corpus(
            corpus.accounts.with_columns(~pl.col("y")), corpus.posts, corpus.windows, corpus.manifests
        )
        found = rows(only(turned, "mutual_repost-0"))
        assert found.select(WINDOW_FEATURES).equals(alone.select(WINDOW_FEATURES))
        assert found["y"].to_list() == [not value for value in alone["y"]]

    def test_the_window_ends_before_the_last_second(self, corpus: windows.Corpus) -> None:
        job = next(windows.each_window(only(corpus, "mutual_repost-0")))
        _, start, end, _, posts = job
        times = posts["created_at"].dt.epoch("s")
        assert times.min() >= start  # type: ignore[operator]  # integers
        assert times.max() < end  # type: ignore[operator]
        assert isinstance(posts["created_at"][0], datetime)


def test_some_of_a_cohort_are_also_seen_alone_with_nobody_to_share_with(corpus: windows.Corpus) -> None:
    found = made(only(corpus, "mutual_repost-0"))
    lone, whole = found.filter("is_lone"), found.filter(~pl.col("is_lone"))
    assert lone.height == 2
    assert lone["y"].all()
    assert lone["cohort"].unique().to_list() == whole["cohort"].unique().to_list()
    both = lone.join(whole, on="account_id", suffix="_whole")
    # Alone, what it does is the same, and what it shares is less.
    assert (both["used"] == both["used_whole"]).all()
    assert (both["coordination_shared_rarity_bits"] < both["coordination_shared_rarity_bits_whole"]).all()
