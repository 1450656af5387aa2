"""What floods promise: the contract, their truth, their ways of posting, and that they leave people as they are."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from vigie.features import schema
from vigie.features.ingest.validation import check
from vigie.features.similarity import near_duplicate_text
from vigie.training.synthetic import flood_wording, floods
from vigie.training.synthetic.accounts import OBSERVED_AT
from vigie.training.synthetic.corpus import SyntheticCorpus, corpus
from vigie.training.synthetic.floods import KINDS, first_hour, flooded, passed_on

TABLES = tuple(schema.TABLES)
ACCOUNTS = 60


@pytest.fixture(scope="module")
def base() -> SyntheticCorpus:
    return corpus(organic=80, days=3, benign=["fans"], seed=4)


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def planted(base: SyntheticCorpus, kind: str) -> SyntheticCorpus:
    return flooded(base, kind, accounts=ACCOUNTS, seed=4)


def members(made: SyntheticCorpus, kind: str) -> pl.DataFrame:
    return made.groups.filter(pl.col("kind") == kind)


def contents(made: SyntheticCorpus, kind: str) -> pl.DataFrame:
    """Return the posts of a flood that hold a content, with the content as ``object``."""
    mine = members(made, kind).select("account_id", "group")
    return made.acts.join(mine, on=["account_id", "group"]).join(
        made.posts.drop("platform", "account_id"), on="post_id"
    )


def changed_bits(first: str, second: str) -> int:
    return (int(first, 16) ^ int(second, 16)).bit_count()


@pytest.mark.parametrize("table", [*TABLES, "groups", "acts"])
def test_same_seed_gives_same_tables(base: SyntheticCorpus, kind: str, table: str) -> None:
    made = [flooded(base, kind, accounts=10, seed=2) for _ in range(2)]
    assert_frame_equal(getattr(made[0], table), getattr(made[1], table))


def test_other_seed_gives_other_posts(base: SyntheticCorpus, kind: str) -> None:
    made = [flooded(base, kind, accounts=10, seed=seed) for seed in (2, 3)]
    assert not made[0].posts.equals(made[1].posts)


@pytest.mark.parametrize("table", TABLES)
def test_tables_keep_the_contract_and_its_rules(planted: SyntheticCorpus, table: str) -> None:
    made = getattr(planted, table)
    assert made.schema == schema.schema(table)
    good, faults = check(made, table, OBSERVED_AT)
    assert faults.is_empty(), faults
    assert good.height == made.height


def test_tables_of_the_first_hour_keep_the_rules() -> None:
    made = first_hour(people=120, seed=1)
    for table in TABLES:
        assert check(getattr(made, table), table, OBSERVED_AT)[1].is_empty()


def test_ids_and_handles_are_unlike_and_posts_have_authors(planted: SyntheticCorpus) -> None:
    for made in (planted, first_hour(people=120, seed=1)):
        assert made.accounts["account_id"].is_unique().all()
        assert made.accounts["handle"].str.to_lowercase().is_unique().all()
        assert made.posts["post_id"].is_unique().all()
        assert made.posts.join(made.accounts, on=["platform", "account_id"], how="anti").is_empty()


def test_order_and_labels_go_together(planted: SyntheticCorpus, kind: str) -> None:
    assert planted.labels["account_id"].equals(planted.accounts["account_id"])
    mine = planted.labels.join(members(planted, kind), on="account_id", how="semi")
    assert mine.height == ACCOUNTS
    assert mine["value"].to_list() == [not KINDS[kind].benign] * ACCOUNTS


def test_people_keep_their_posts(base: SyntheticCorpus, planted: SyntheticCorpus) -> None:
    kept = planted.posts.join(base.posts, on="post_id", how="semi")
    assert_frame_equal(
        kept.select("post_id", "account_id", "created_at").sort("post_id"),
        base.posts.select("post_id", "account_id", "created_at").sort("post_id"),
    )


def test_a_flood_has_the_platforms_and_the_ages_asked_for(base: SyntheticCorpus) -> None:
    def profiles(kind_: str, **asked: float) -> pl.DataFrame:
        made = flooded(base, kind_, accounts=200, seed=4, **asked)
        return made.accounts.join(members(made, kind_), on="account_id", how="semi")

    def fresh(made: pl.DataFrame) -> float:
        born = made["created_at"] > OBSERVED_AT - timedelta(days=48)
        return float(born.mean())  # type: ignore[arg-type]  # a number

    asked = profiles("waves", facebook=0.3, fresh=0.9)
    assert asked.filter(platform="facebook").height / 200 == pytest.approx(0.3, abs=0.1)
    assert fresh(asked) == pytest.approx(0.9, abs=0.07)
    assert fresh(profiles("waves")) == pytest.approx(floods.FRESH, abs=0.1)
    # Ordinary people were there before.
    assert fresh(profiles("kit", fresh=0.9)) == 0


def test_some_people_pass_on_one_content(base: SyntheticCorpus, planted: SyntheticCorpus) -> None:
    people = planted.posts.join(planted.groups, on="account_id", how="anti")
    added = people.join(base.posts, on="post_id", how="anti")
    assert added.height == added["account_id"].n_unique() == round(floods.SPILL * 80)


@pytest.mark.parametrize(
    ("kind_", "least", "most"),
    [("waves", 3, 15), ("trickle", 2, 6), ("paraphrases", 2, 6), ("slots", 2, 6), ("forms", 2, 5)],
)
def test_accounts_publish_few_contents(base: SyntheticCorpus, kind_: str, least: int, most: int) -> None:
    made = flooded(base, kind_, accounts=ACCOUNTS, seed=4)
    counts = contents(made, kind_).group_by("account_id").len()["len"]
    assert counts.len() == ACCOUNTS
    assert counts.is_between(least, most).all()


@pytest.mark.parametrize("kind_", ["waves", "trickle"])
def test_copies_of_a_picture_differ_in_a_few_bits(base: SyntheticCorpus, kind_: str) -> None:
    held = contents(flooded(base, kind_, accounts=ACCOUNTS, seed=4), kind_)
    shown = held.select("object", hashed=pl.col("media_hashes").list.first()).sort("object")
    pairs = shown.with_columns(last=pl.col("hashed").shift().over("object")).drop_nulls()
    bits = [changed_bits(one, other) for _, one, other in pairs.iter_rows()]
    assert max(bits) <= 12
    assert np.mean(bits) > 2
    first = shown.unique("object", keep="first")["hashed"].to_list()
    assert min(changed_bits(one, other) for one, other in pairwise(first)) > 60


def test_waves_come_from_a_queue_and_a_trickle_does_not(base: SyntheticCorpus) -> None:
    def gap(kind_: str) -> float:
        held = contents(flooded(base, kind_, accounts=ACCOUNTS, seed=4), kind_)
        return float(held["time"].sort().diff().drop_nulls().median())  # type: ignore[arg-type]  # a number

    assert gap("waves") < 10
    assert gap("trickle") > 60


def test_a_trickle_lasts_thirty_hours(base: SyntheticCorpus) -> None:
    times = contents(flooded(base, "trickle", accounts=ACCOUNTS, seed=4), "trickle")["time"]
    assert 28 < (times.max() - times.min()) / 3_600 <= 30  # type: ignore[operator]  # integers


def test_paraphrases_hardly_repeat_words_or_pictures(base: SyntheticCorpus) -> None:
    held = contents(flooded(base, "paraphrases", accounts=200, seed=4), "paraphrases")
    assert held["text"].n_unique() > 0.95 * held.height
    assert (held["media_hashes"].list.len() > 0).mean() < 0.1  # type: ignore[operator]  # a number
    assert held["object"].n_unique() == 10


def test_slots_keep_most_words_of_a_template_and_paraphrases_do_not(base: SyntheticCorpus) -> None:
    def kept(kind_: str) -> float:
        held = contents(flooded(base, kind_, accounts=ACCOUNTS, seed=4), kind_).sort("object")
        pairs = held.select("object", "text", last=pl.col("text").shift().over("object")).drop_nulls()
        words = [(set(one.split()), set(other.split())) for _, one, other in pairs.iter_rows()]
        return float(np.mean([len(one & other) / len(one | other) for one, other in words]))

    assert kept("slots") > kept("paraphrases") + 0.2


def test_fillings_of_a_form_keep_its_clauses_in_any_order_and_are_no_near_duplicates(
    base: SyntheticCorpus,
) -> None:
    held = contents(flooded(base, "forms", accounts=200, seed=4), "forms")
    assert near_duplicate_text.clusters(held["text"]).n_unique() > 0.95 * held.height
    clauses = [clause for language in flood_wording.CLAUSES for clause in language]
    inside = held.select(
        "object", places=pl.concat_list(pl.col("text").str.find(clause, literal=True) for clause in clauses)
    ).with_columns(
        kept=pl.col("places").list.eval(pl.element().is_not_null()),
        order=pl.col("places").list.eval(pl.element().rank()),
    )
    assert (inside["places"].list.drop_nulls().list.len() == 3).all()
    assert inside.group_by("object").agg(pl.col("kept", "order").n_unique()).select(
        "kept", "order"
    ).unique().rows() == [(1, 6)]
    assert inside["object"].n_unique() == 12


def test_first_hour_has_one_post_per_account_and_one_text_within_seconds() -> None:
    made = first_hour(people=200, copiers=12, seed=3)
    assert made.posts["account_id"].is_unique().all()
    assert made.posts["created_at"].min() > OBSERVED_AT - timedelta(hours=1, seconds=1)  # type: ignore[operator]  # datetimes
    copied = contents(made, "first_hour")
    assert copied.height == 12
    assert copied["text"].n_unique() == 1
    assert copied["time"].max() - copied["time"].min() < floods.BURST_S  # type: ignore[operator]  # integers


def test_memes_are_passed_on_by_people(base: SyntheticCorpus) -> None:
    made = passed_on(base, people=50, contents=2, seed=1)
    added = made.posts.join(base.posts, on="post_id", how="anti")
    assert added.group_by("account_id").len()["len"].to_list() == [2] * 50
    assert added["text"].n_unique() == 2
    assert added.join(base.groups, on="account_id", how="semi").is_empty()


def test_two_floods_have_contents_of_their_own(base: SyntheticCorpus) -> None:
    both = flooded(flooded(base, "waves", accounts=20, seed=1), "waves", accounts=20, seed=1)
    assert sorted(both.groups["group"].unique()) == ["fans-0", "flood-waves-1", "flood-waves-2"]
    assert both.posts["post_id"].is_unique().all()
    tags = both.posts.join(members(both, "waves"), on="account_id").group_by("group").agg(
        pl.col("hashtags").explode().drop_nulls().unique()
    )["hashtags"].to_list()  # fmt: skip
    assert not set(tags[0]) & set(tags[1])


@pytest.mark.parametrize(
    ("options", "said"),
    [({"kind": "wave"}, "Did you mean waves"), ({"kind": "waves", "accounts": 1}, "at least 2")],
)
def test_wrong_arguments_say_what_is_allowed(
    base: SyntheticCorpus, options: dict[str, object], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        flooded(base, seed=1, **options)  # type: ignore[arg-type]  # by name


def test_memes_need_enough_people(base: SyntheticCorpus) -> None:
    with pytest.raises(ValueError, match="has 80 ordinary people"):
        passed_on(base, people=81, seed=1)
