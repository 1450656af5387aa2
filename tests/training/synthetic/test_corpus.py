"""What a synthetic corpus promises: the contract, its truth, its realism, and that its options do what they say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from vigie.features import schema
from vigie.features.coordination import pairs
from vigie.features.ingest.validation import check
from vigie.training.synthetic.accounts import OBSERVED_AT
from vigie.training.synthetic.benign_groups import BENIGN
from vigie.training.synthetic.campaigns import KINDS, Campaign
from vigie.training.synthetic.corpus import SyntheticCorpus, corpus

TABLES = tuple(schema.TABLES)
ORGANIC, DAYS = 150, 6


@pytest.fixture(scope="module")
def planted() -> SyntheticCorpus:
    campaigns = [Campaign(kind, accounts=20 if kind != "crisis_flood" else 90) for kind in KINDS]
    return small(campaigns=campaigns, benign=list(BENIGN), seed=5)


def small(
    *,
    seed: int,
    campaigns: Sequence[Campaign] = (),
    benign: Sequence[str] = (),
    observed_at: datetime = OBSERVED_AT,
) -> SyntheticCorpus:
    return corpus(
        organic=ORGANIC, days=DAYS, seed=seed, campaigns=campaigns, benign=benign, observed_at=observed_at
    )


def one(**options: object) -> SyntheticCorpus:
    """Return a small corpus with one campaign, by default of mutual reposts without camouflage."""
    settings: dict[str, object] = {"kind": "mutual_repost", "camouflage": 0.0} | options
    return small(campaigns=[Campaign(**settings)], seed=5)  # type: ignore[arg-type]  # by name


def campaign_acts(made: SyntheticCorpus) -> pl.DataFrame:
    return made.acts.filter(pl.col("group").str.starts_with("invented"))


@pytest.mark.parametrize("table", [*TABLES, "groups", "acts"])
def test_same_seed_gives_same_tables(table: str) -> None:
    made = [small(campaigns=[Campaign("slow_drip")], benign=["fans"], seed=3) for _ in range(2)]
    assert_frame_equal(getattr(made[0], table), getattr(made[1], table))


def test_other_seed_gives_other_posts() -> None:
    assert not small(seed=3).posts.equals(small(seed=4).posts)


@pytest.mark.parametrize("table", TABLES)
def test_tables_have_the_schema_of_the_contract(planted: SyntheticCorpus, table: str) -> None:
    assert getattr(planted, table).schema == schema.schema(table)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("observed_at", [OBSERVED_AT, datetime(2022, 2, 1, 9, 30, tzinfo=UTC)])
def test_tables_pass_every_rule_as_of_their_observation(table: str, observed_at: datetime) -> None:
    made = small(campaigns=[Campaign("mutual_repost")], benign=["fans"], seed=2, observed_at=observed_at)
    good, faults = check(getattr(made, table), table, observed_at)
    assert faults.is_empty(), faults
    assert good.height == getattr(made, table).height


def test_nothing_is_posted_outside_the_days_or_before_what_it_reacts_to(planted: SyntheticCorpus) -> None:
    posts = planted.posts
    start = OBSERVED_AT.timestamp() - DAYS * 86_400
    assert posts["created_at"].dt.epoch("s").is_between(start, OBSERVED_AT.timestamp()).all()
    assert posts.filter(pl.col("created_at") < pl.col("target_created_at")).is_empty()


def test_ids_and_handles_are_unlike_and_posts_have_authors(planted: SyntheticCorpus) -> None:
    assert planted.accounts["account_id"].is_unique().all()
    assert planted.accounts["handle"].str.to_lowercase().is_unique().all()
    assert planted.posts["post_id"].is_unique().all()
    assert planted.posts.join(planted.accounts, on=["platform", "account_id"], how="anti").is_empty()


def test_every_kind_is_planted_and_only_campaigns_are_labelled_coordinated(planted: SyntheticCorpus) -> None:
    assert set(planted.groups["kind"]) == {*KINDS, *BENIGN}
    coordinated = planted.labels.filter("value")
    assert set(coordinated["kind"]) == set(KINDS)
    assert coordinated["campaign"].null_count() == 0
    assert planted.labels.filter(~pl.col("value"))["campaign"].drop_nulls().is_empty()
    assert coordinated.height == planted.groups.filter(~pl.col("benign")).height
    assert set(planted.labels["target"]) == {"coordinated"}


def test_every_planted_group_acts_together(planted: SyntheticCorpus) -> None:
    shared = (
        planted.acts.group_by("group", "object")
        .agg(pl.col("account_id").n_unique().alias("accounts"))
        .group_by("group")
        .agg((pl.col("accounts") >= 3).sum().alias("objects"))
    )
    assert shared.height == len(KINDS) + len(BENIGN)
    assert shared["objects"].min() >= 3  # type: ignore[operator]  # an integer


def test_order_and_ids_of_accounts_tell_nothing_of_the_truth(planted: SyntheticCorpus) -> None:
    rank = planted.labels.with_row_index()
    middle = rank.group_by("value").agg(pl.col("index").mean()).sort("value")["index"].to_numpy()
    assert abs(middle[0] - middle[1]) < 0.15 * rank.height
    names = "|".join([*KINDS, *BENIGN])
    assert not planted.accounts["account_id"].str.contains(names).any()
    assert not planted.posts["post_id"].str.contains(names).any()


@pytest.mark.parametrize("share", [0.5, 0.1])
def test_observed_share_hides_accounts_and_their_posts_and_changes_nobody_else(share: float) -> None:
    whole, part = (
        one(kind="one_author_boost", accounts=40),
        one(kind="one_author_boost", accounts=40, observed=share),
    )
    assert part.groups.height == round(40 * share)
    assert part.accounts.height == whole.accounts.height - 40 + round(40 * share)
    assert set(campaign_acts(part)["object"]) <= set(campaign_acts(whole)["object"])
    organic = [made.posts.join(made.groups, on="account_id", how="anti") for made in (whole, part)]
    assert_frame_equal(organic[0].select("created_at", "text"), organic[1].select("created_at", "text"))


def test_jitter_moves_each_act_by_at_most_that_much() -> None:
    exact, moved = one(kind="lookalike_links"), one(kind="lookalike_links", jitter_s=600)
    spread = pl.col("time").max() - pl.col("time").min()
    before, after = (
        campaign_acts(made).group_by("object").agg(spread)["time"].mean() for made in (exact, moved)
    )
    assert after > before + 300  # type: ignore[operator]  # numbers
    assert after < before + 1_200  # type: ignore[operator]  # numbers


def test_jitter_moves_reactions_neither_before_what_they_react_to_nor_all_to_one_moment() -> None:
    made = one(kind="one_author_boost", jitter_s=1_800)
    acts = campaign_acts(made).join(made.posts.select("post_id", "target_created_at"), on="post_id")
    delay = acts["time"] - acts["target_created_at"].dt.epoch("s")
    assert delay.min() >= 1  # type: ignore[operator]  # an integer
    assert (delay <= 60).mean() < 0.1  # type: ignore[operator]  # a number


@pytest.mark.parametrize("camouflage", [0.0, 1.0, 4.0])
def test_camouflage_is_organic_posts_per_campaign_post(camouflage: float) -> None:
    made = one(kind="lookalike_links", camouflage=camouflage)
    mine = made.posts.join(made.groups, on="account_id")
    planned = campaign_acts(made).height
    assert (mine.height - planned) / planned == pytest.approx(camouflage, abs=0.15 * max(camouflage, 1))


def test_planting_leaves_the_organic_population_as_it_is() -> None:
    bare = small(seed=8)
    full = small(campaigns=[Campaign("slow_drip")], benign=["fans"], seed=8)
    kept = full.posts.join(full.groups, on="account_id", how="anti")
    assert_frame_equal(bare.posts.select("created_at", "text"), kept.select("created_at", "text"))


def test_meeting_twice_within_a_minute_is_common_among_people_who_do_not_coordinate() -> None:
    made = corpus(organic=1_500, days=10, seed=1)
    rows = made.accounts.select("account_id").with_row_index("account")
    reposts = made.posts.filter(pl.col("kind") == "repost").join(rows, on="account_id").select(
        pl.col("account").cast(pl.Int64), object="target_post_id", time=pl.col("created_at").dt.epoch("s"),
        post=pl.int_range(pl.len()), author=pl.lit(None, pl.Int64),
    )  # fmt: skip
    assert pairs.counted(pairs.actions(reposts), 60, cap=10**9, least=2).height > 50


def test_links_lead_to_invented_sites_only(planted: SyntheticCorpus) -> None:
    links = planted.posts["urls"].explode(empty_as_null=True, keep_nulls=False)
    assert len(links) > 100
    assert links.str.contains(r"^https://[a-z]+\.example(\.org)?/").all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"organic": 0}, "organic is 0; ask for at least 1 account"),
        ({"days": 0}, "days is 0; ask for at least 1"),
        ({"benign": ["choir"]}, "there is no benign group of kind choir. Allowed: declared_bots"),
        ({"benign": ["fan"]}, "Did you mean fans?"),
        ({"campaigns": [Campaign("slow_drip", start_day=6)]}, "starts on day 6 of a corpus of 6 days; allowed: 0 to 5"),
        ({"observed_at": datetime(2024, 5, 1)}, "without a zone"),  # the point of the case
    ],
)  # fmt: skip
def test_impossible_corpora_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        corpus(**({"organic": ORGANIC, "days": DAYS, "seed": 1} | options))  # type: ignore[arg-type]  # by name
