"""Rows of windows: what a file of windows may hold, and that a window is computed from itself alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from vigie.errors import ConfigError, LabelError, MissingColumnError
from vigie.features import schema
from vigie.features.coordination.comparison import Limits, compare
from vigie.features.coordination.report.profile_tests import Reference
from vigie.features.ingest import dataset
from vigie.features.window.windows import WINDOW_FEATURES, measure
from vigie.models.collection_evidence import CollectionEvidence
from vigie.training import published_methods
from vigie.training.data import windows
from vigie.training.synthetic.accounts import World
from vigie.training.synthetic.corpus import corpus as synthetic

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

    @pytest.mark.parametrize(
        ("column", "said"),
        [
            ("operator", "all windows hold the coordinated accounts of a; a model is judged on operators"),
            ("public", "all windows hold the ordinary accounts of a; .* two data sets of each are needed"),
        ],
    )
    def test_windows_that_leave_nothing_to_hold_out_are_refused(self, column: str, said: str) -> None:
        several = pl.DataFrame({"operator": ["a", "b"], "public": ["a", "c"]})
        windows.check_several(several)
        with pytest.raises(LabelError, match=said):
            windows.check_several(several.with_columns(pl.lit("a").alias(column)))

    def test_a_bundle_may_be_judged_on_one_campaign(self, cut: Any, tmp_path: Path) -> None:
        one = cut.table.filter(pl.col("scenario").str.starts_with("mutual_repost"))
        assert windows.load(cut.folders, written(one, tmp_path)).windows.height == one.height

    def test_every_account_knows_its_data_set(self, corpus: windows.Corpus) -> None:
        people = corpus.accounts.filter(~pl.col("y"))
        assert people["source"].to_list() == people["campaign"].to_list()
        operators = corpus.accounts.filter("y").select("campaign", "source").unique().sort("source")
        assert operators.rows() == [
            ("mutual_repost", "people-1"),
            ("reply_seeding", "people-2"),
            ("one_author_boost", "people-3"),
        ]

    def test_accounts_without_a_label_are_ordinary_where_the_data_set_is_named(
        self, cut: Any, tmp_path: Path, write_dataset: Callable[..., Path]
    ) -> None:
        made = synthetic(organic=25, days=12, seed=9)
        nobody = made.labels.clear()
        folder = write_dataset(World(made.accounts, made.posts, nobody), tmp_path, "strangers", nobody)
        guests = cut.table.filter(pl.col("scenario") == "reply_seeding-0").head(1)
        beside = made.accounts.select(
            pl.lit("reply_seeding-0").alias("scenario"), start=pl.lit(guests["start"][0]), hours=pl.lit(72),
            account="account_id", shift_minutes=pl.lit(0),
        )  # fmt: skip
        path = written(pl.concat([cut.table, beside], how="vertical_relaxed"), tmp_path)
        known = windows.load([*cut.folders, folder], path)
        every = windows.load([*cut.folders, folder], path, unlabelled=["strangers"])
        added = every.accounts.join(known.accounts, on="account_id", how="anti")
        assert added["account_id"].sort().to_list() == made.accounts["account_id"].sort().to_list()
        assert not added["y"].any()
        assert added.select("campaign", "source").unique().rows() == [("strangers", "strangers")]

    @pytest.mark.parametrize("told", [True, False])
    def test_windows_say_whether_their_accounts_never_met_and_files_of_before_that_they_did(
        self, cut: Any, tmp_path: Path, told: bool
    ) -> None:
        never_met = pl.col("scenario") == "mutual_repost-3"
        table = cut.table.with_columns(placebo=never_met) if told else cut.table
        found = windows.load(cut.folders, written(table, tmp_path)).windows
        assert found.filter("placebo")["scenario"].unique().to_list() == (["mutual_repost-3"] if told else [])


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
        assert alone.select("operator", "public", "ordinary").unique().rows() == [
            ("people-1", "people-1", 70)
        ]
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
    # Rules learn nothing: they are asked of whole windows alone.
    said = [f"{name}{end}" for name in published_methods.RULES for end in ("", "_flagged")]
    assert lone.select(pl.col(said).is_null().all()).row(0) == (True,) * len(said)
    assert whole.select(pl.col(said).is_not_null().all()).row(0) == (True,) * len(said)
    assert lone["y"].all()
    assert lone["cohort"].unique().to_list() == whole["cohort"].unique().to_list()
    both = lone.join(whole, on="account_id", suffix="_whole")
    # Alone, what it does is the same, and what it shares is less.
    assert (both["used"] == both["used_whole"]).all()
    assert (both["coordination_shared_rarity_bits"] < both["coordination_shared_rarity_bits_whole"]).all()


def test_rows_tell_what_the_whole_window_shows(corpus: windows.Corpus, alone: pl.DataFrame) -> None:
    _, _, end, accounts, posts = next(windows.each_window(only(corpus, "mutual_repost-0")))
    table = accounts.sort("account_id").with_row_index("row")
    own = posts.join(table.select("row", "account_id"), on="account_id").drop("platform", "account_id")
    people = table.drop("y", "kind", "campaign", "strength", "source").with_columns(
        observed_at=pl.lit(datetime.fromtimestamp(end, UTC))
    )
    evidence = CollectionEvidence.of(compare(people, own, Limits()), NOTHING_KNOWN)
    assert evidence.accounts
    for row, account in table.select("row", "account_id").iter_rows():
        told = (
            alone.filter(account_id=account).select("evidence", "evidence_strong", "evidence_rarity").rows()
        )
        shown = evidence.accounts.get(row)
        assert told in ([], [(shown.kind, shown.strong, shown.rarity) if shown else (None, None, None)])
    # The evidence is of those who act together.
    assert alone.filter(pl.col("evidence_strong"))["y"].mean() > 0.9  # type: ignore[operator]  # a share


def test_placebo_windows_are_marked_and_nobody_is_taken_out_of_them(corpus: windows.Corpus) -> None:
    names = ("mutual_repost-0", "reply_seeding-3")
    job = only(corpus, *names)
    never_met = pl.col("scenario") == "reply_seeding-3"
    marked = windows.Corpus(
        job.accounts, job.posts, job.windows.with_columns(placebo=never_met), job.manifests
    )
    ticks: list[tuple[int, int]] = []
    found = windows.rows(marked, NOTHING_KNOWN, lambda done, total: ticks.append((done, total)))
    assert ticks == [(1, 2), (2, 2)]
    assert found.filter("is_lone")["scenario"].unique().to_list() == ["mutual_repost-0"]
    assert found.filter("placebo")["scenario"].unique().to_list() == ["reply_seeding-3"]
    assert found.filter("placebo")["y"].any()


class TestAlike:
    MOMENT = datetime(2024, 5, 16, 9, 41, 37, tzinfo=UTC)
    ACCOUNTS = pl.DataFrame({"platform": "x", "account_id": ["1", "2"], "source": ["rich", "poor"]})

    def posts(self, **second: object) -> pl.DataFrame:
        """Return a post of a full archive and one of another, of which the test says what it holds."""
        full = {
            "platform": "x", "account_id": "1", "post_id": "a", "created_at": self.MOMENT, "time_resolution": "second",
            "kind": "reply", "text": "one", "lang": "en", "target_post_id": "t", "target_account_id": "9",
            "target_created_at": self.MOMENT, "hashtags": ["port"], "like_count": 4,
        }  # fmt: skip
        bare = {
            "platform": "x",
            "account_id": "2",
            "post_id": "b",
            "created_at": self.MOMENT,
            "kind": "original",
        }
        table = pl.DataFrame([full, bare | second], schema=schema.schema("posts"))
        assert table.schema == schema.schema("posts")
        return table

    def test_a_field_that_one_of_the_data_sets_never_holds_is_emptied(self) -> None:
        found = windows.alike(self.ACCOUNTS, self.posts())
        for name in ("lang", "target_post_id", "target_account_id", "target_created_at", "hashtags"):
            assert found[name].null_count() == 2, name
        # What is no trace of acting together stays.
        assert found.select("text", "like_count").row(0) == ("one", 4)
        assert found.schema == self.posts().schema

    def test_what_both_hold_stays_though_a_post_lacks_it(self) -> None:
        posts = self.posts(lang="fr", hashtags=[])
        again = posts.with_columns(post_id=pl.format("{}-2", "post_id"), lang=pl.lit(None, pl.String))
        found = windows.alike(self.ACCOUNTS, pl.concat([posts, again]))
        assert found["lang"].to_list() == ["en", "fr", None, None]
        assert found["hashtags"].null_count() == 0

    def test_all_times_are_cut_to_the_coarsest_clock(self) -> None:
        found = windows.alike(
            self.ACCOUNTS, self.posts(time_resolution="minute", target_created_at=self.MOMENT)
        )
        assert found["created_at"].unique().to_list() == [self.MOMENT.replace(second=0)]
        assert found["target_created_at"].unique().to_list() == [self.MOMENT.replace(second=0)]
        assert found["time_resolution"].to_list() == ["minute"] * 2

    def test_a_kind_of_post_that_one_never_names_is_unknown_but_for_reposts(self) -> None:
        assert windows.alike(self.ACCOUNTS, self.posts())["kind"].to_list() == [None, None]
        assert windows.alike(self.ACCOUNTS, self.posts(kind="reply"))["kind"].to_list() == ["reply"] * 2
        assert windows.alike(self.ACCOUNTS, self.posts(kind="repost"))["kind"].to_list() == [None, "repost"]

    def test_posts_of_one_data_set_stay_as_they_are(self) -> None:
        alone = self.ACCOUNTS.with_columns(source=pl.lit("rich"))
        assert windows.alike(alone, self.posts()).equals(self.posts())


def test_posts_come_in_one_order_whatever_that_of_the_data_sets(
    cut: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = dataset.Dataset.posts

    def posts(number: int) -> pl.DataFrame:
        """Return the posts, all of an account of one moment, read in another order."""

        def other(opened: dataset.Dataset) -> pl.LazyFrame:
            told = read(opened).collect().sample(fraction=1.0, shuffle=True, seed=number)
            return told.with_columns(created_at=pl.col("created_at").min().over("account_id")).lazy()

        monkeypatch.setattr(dataset.Dataset, "posts", other)
        return windows.load(cut.folders, cut.path).posts

    assert_frame_equal(posts(1), posts(2))
