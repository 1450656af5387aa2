"""A change to accounts and posts changes only what it names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from vigie.features import schema, text
from vigie.features.pipeline import FEATURES, compute
from vigie.training.evaluation import perturbations
from vigie.training.synthetic.accounts import generate

Tables = tuple[pl.DataFrame, pl.DataFrame]
POST = [name for name in schema.schema("posts") if name not in ("platform", "account_id")]


@pytest.fixture(scope="module")
def tables() -> Tables:
    """Two sources of invented accounts, as a corpus of a training holds them."""
    accounts, posts = [], []
    for seed in (1, 2):
        world = generate(ordinary=15, inauthentic=15, seed=seed, posts_per_account=40)
        labels = world.labels.select("account_id", y="value")
        accounts.append(
            world.accounts.join(labels, on="account_id").with_columns(source=pl.lit(f"world-{seed}"))
        )
        posts.append(world.posts)
    table = pl.concat(accounts).with_row_index("row")
    written = pl.concat(posts).join(table.select("row", "account_id"), on="account_id")
    return table, written.select("row", *POST)


def same_but(before: pl.DataFrame, after: pl.DataFrame, *names: str) -> None:
    """Assert that two tables differ in no other column."""
    assert_frame_equal(before.drop(names), after.drop(names))


class TestTruncated:
    def test_only_the_most_recent_posts_stay(self, tables: Tables) -> None:
        accounts, posts = perturbations.truncated(5)(*tables)
        assert_frame_equal(accounts, tables[0])
        assert posts.group_by("row").len()["len"].max() == 5
        gone = tables[1].join(posts, on=["row", "post_id"], how="anti")
        oldest = posts.group_by("row").agg(oldest=pl.col("created_at").min())
        late = gone.join(oldest, on="row").filter(pl.col("created_at") > pl.col("oldest"))
        assert gone.height
        assert late.is_empty()

    def test_posts_that_stay_are_as_they_were(self, tables: Tables) -> None:
        _, posts = perturbations.truncated(5)(*tables)
        kept = tables[1].join(posts, on=["row", "post_id"], how="semi")
        assert_frame_equal(posts, kept, check_row_order=False)

    def test_more_than_there_are_changes_nothing(self, tables: Tables) -> None:
        assert_frame_equal(perturbations.truncated(10_000)(*tables)[1], tables[1], check_row_order=False)


class TestJittered:
    def test_only_times_move_and_by_whole_minutes_within_the_bound(self, tables: Tables) -> None:
        accounts, posts = perturbations.jittered(5, seed=1)(*tables)
        assert_frame_equal(accounts, tables[0])
        same_but(tables[1], posts, "created_at")
        moved = (posts["created_at"] - tables[1]["created_at"]).dt.total_microseconds()
        assert (moved % 60_000_000 == 0).all()
        assert moved.abs().max() == 5 * 60_000_000
        assert (moved > 0).mean() == pytest.approx(5 / 11, abs=0.06)

    def test_nothing_is_posted_before_its_target_or_after_the_account_was_seen(self) -> None:
        seen = datetime(2024, 5, 1, 12, tzinfo=UTC)
        accounts = pl.DataFrame({"row": [0, 1], "observed_at": [seen, seen]})
        target = seen - timedelta(minutes=20)
        posts = pl.DataFrame(
            {
                "row": [0, 1] * 200,
                "created_at": [seen, target] * 200,
                "target_created_at": [None, target] * 200,
            }
        )
        _, moved = perturbations.jittered(5, seed=1)(accounts, posts)
        assert moved.filter(pl.col("row") == 0)["created_at"].max() == seen
        assert moved.filter(pl.col("row") == 1)["created_at"].min() == target
        assert moved["created_at"].n_unique() > 8

    def test_another_seed_moves_otherwise(self, tables: Tables) -> None:
        one, again, other = (perturbations.jittered(5, seed)(*tables)[1]["created_at"] for seed in (1, 1, 2))
        assert one.equals(again)
        assert not one.equals(other)


class TestRenamed:
    def test_only_handles_change_and_all_of_them_do(self, tables: Tables) -> None:
        accounts, posts = perturbations.renamed(seed=1)(*tables)
        assert_frame_equal(posts, tables[1])
        same_but(tables[0], accounts, "handle")
        assert (accounts["handle"] != tables[0]["handle"]).all()
        assert accounts["handle"].str.contains(r"^([a-z]{2}){2,4}\d{0,4}$").all()

    def test_an_unknown_handle_stays_unknown(self, tables: Tables) -> None:
        unknown = tables[0].with_columns(
            handle=pl.when(pl.col("row") % 2 == 0).then(pl.lit("")).otherwise(pl.lit(None, pl.String))
        )
        assert_frame_equal(perturbations.renamed(seed=1)(unknown, tables[1])[0], unknown)


class TestStripped:
    def test_links_and_hashtags_go_and_nothing_else(self, tables: Tables) -> None:
        accounts, posts = perturbations.stripped(*tables)
        assert_frame_equal(accounts, tables[0])
        same_but(tables[1], posts, "text", "urls", "hashtags")
        found = text.count(pl.col("text"), f"{text.URL}|{text.HASHTAG}").sum()
        assert tables[1].select(found).item() > 0
        assert posts.select(found).item() == 0
        assert posts.select(pl.col("urls", "hashtags").list.len().sum()).row(0) == (0, 0)
        assert posts["urls"].null_count() == tables[1]["urls"].null_count()


class TestCamouflaged:
    def test_ordinary_accounts_and_own_posts_stay_as_they_are(self, tables: Tables) -> None:
        accounts, posts = perturbations.camouflaged(0.5, seed=1)(*tables)
        assert_frame_equal(accounts, tables[0])
        assert_frame_equal(posts.head(tables[1].height), tables[1])
        added = posts.slice(tables[1].height)
        owners = added.join(tables[0].select("row", "y"), on="row")
        assert owners["y"].all()
        assert posts.select(pl.struct("row", "post_id").is_unique().all()).item()

    def test_half_of_what_a_positive_then_has_is_an_ordinary_persons_of_its_source(
        self, tables: Tables
    ) -> None:
        _, posts = perturbations.camouflaged(0.5, seed=1)(*tables)
        added = posts.slice(tables[1].height)
        positives = tables[0].filter("y").select("row", "source")
        own = tables[1].join(positives, on="row").group_by("row").len()
        assert_frame_equal(added.group_by("row").len().sort("row"), own.sort("row"))
        ordinary = tables[1].join(tables[0].filter(~pl.col("y")).select("row", "source"), on="row")
        borrowed = added.join(positives, on="row").select("source", "text")
        assert borrowed.join(ordinary, on=["source", "text"], how="anti").is_empty()

    def test_times_stay_inside_the_span_of_the_account_and_keep_hours_and_delays(
        self, tables: Tables
    ) -> None:
        _, posts = perturbations.camouflaged(0.5, seed=1)(*tables)
        span = (
            tables[1].group_by("row").agg(first=pl.col("created_at").min(), last=pl.col("created_at").max())
        )
        clock = {
            "clock": pl.col("created_at").dt.time(),
            "delay": pl.col("created_at") - pl.col("target_created_at"),
        }
        added = posts.slice(tables[1].height).join(span, on="row").with_columns(**clock)
        assert added.filter(~pl.col("created_at").is_between("first", "last")).is_empty()
        long = added.filter(pl.col("last") - pl.col("first") > timedelta(days=1))
        assert long.height
        known = tables[1].with_columns(**clock)
        assert long.join(known, on=["text", "clock", "delay"], how="anti", nulls_equal=True).is_empty()

    def test_posts_may_be_borrowed_from_others_than_those_that_are_changed(self, tables: Tables) -> None:
        one = tables[0].filter(pl.col("source") == "world-1")
        lenders = tables[0].filter(pl.col("source") == "world-2").with_columns(source=pl.lit("world-1"))
        own, said = (tables[1].join(who, on="row", how="semi") for who in (one, lenders))
        _, posts = perturbations.camouflaged(0.5, 1, (lenders, said))(one, own)
        added = posts.slice(own.height)
        people = said.join(lenders.filter(~pl.col("y")), on="row", how="semi")
        assert added.height == own.join(one.filter("y"), on="row", how="semi").height
        assert added.join(people, on="text", how="anti").is_empty()

    def test_a_source_without_ordinary_posts_hides_nobody(self, tables: Tables) -> None:
        alone = tables[0].with_columns(y=pl.col("y") | (pl.col("source") == "world-1"))
        _, posts = perturbations.camouflaged(0.5, seed=1)(alone, tables[1])
        added = posts.slice(tables[1].height).join(alone, on="row")
        assert added["source"].unique().to_list() == ["world-2"]


class TestObservedInPart:
    def test_a_share_of_the_positives_stays_and_every_ordinary_account(self, tables: Tables) -> None:
        accounts, posts = perturbations.observed_in_part(0.25, seed=1)(*tables)
        assert accounts.filter("y").height == round(0.25 * tables[0].filter("y").height)
        assert_frame_equal(
            accounts, tables[0].join(accounts.select("row"), on="row", how="semi", maintain_order="left")
        )
        assert accounts.filter(~pl.col("y")).height == tables[0].filter(~pl.col("y")).height
        assert_frame_equal(posts, tables[1].join(accounts, on="row", how="semi", maintain_order="left"))

    def test_one_stays_at_least(self, tables: Tables) -> None:
        assert perturbations.observed_in_part(0.001, seed=1)(*tables)[0].filter("y").height == 1


def test_dropping_a_group_takes_its_features_alone(tables: Tables) -> None:
    rows = compute(*tables).table
    dropped = perturbations.without_group(rows, "timing")
    rhythm = [name for name in FEATURES if name.startswith("rhythm_")]
    assert dropped.select(pl.all_horizontal(pl.col(rhythm).is_null().all())).item()
    same_but(rows, dropped, *rhythm)
