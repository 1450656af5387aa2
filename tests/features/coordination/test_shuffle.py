"""Posts dealt out anew show nobody who acts in concert, whatever campaign they were taken from."""

from __future__ import annotations

import polars as pl
import pytest

from vigie.features.coordination import shuffle
from vigie.features.coordination.baselines import shipped
from vigie.features.coordination.comparison import Comparison, Limits, compare_posts
from vigie.training.synthetic.corpus import SyntheticCorpus, corpus
from vigie.training.synthetic.floods import flooded

KEYS = ["platform", "account_id"]


@pytest.fixture(scope="module")
def flood() -> SyntheticCorpus:
    return flooded(corpus(organic=60, benign=["fans"], days=3, seed=3), "waves", accounts=120, seed=3)


def tables(made: SyntheticCorpus) -> tuple[pl.DataFrame, pl.DataFrame]:
    accounts = made.accounts.with_row_index("row")
    return accounts, made.posts.join(
        accounts.select("row", *KEYS), on=KEYS, how="left", maintain_order="left"
    )


def found(compared: Comparison) -> tuple[int, int, int]:
    return compared.network.significant().height, compared.groups.height, compared.campaigns.members.height


@pytest.mark.parametrize("seed", [1, 2])
def test_a_shuffled_flood_shows_nothing(flood: SyntheticCorpus, seed: int) -> None:
    accounts, posts = tables(flood)
    dealt = shuffle.shuffled(posts, seed=seed)
    compared = compare_posts(accounts, dealt.drop("platform"), Limits(), baseline=shuffle.own_rates(dealt))
    assert found(compared) == (0, 0, 0)


def test_the_flood_itself_shows_what_the_shuffle_takes_away(flood: SyntheticCorpus) -> None:
    accounts, posts = tables(flood)
    pairs, groups, campaigns = found(compare_posts(accounts, posts.drop("platform"), Limits()))
    assert pairs > 100
    assert groups > 10
    assert campaigns > 60


def test_accounts_hours_and_contents_keep_their_numbers(flood: SyntheticCorpus) -> None:
    _, posts = tables(flood)
    dealt = shuffle.shuffled(posts, seed=1)
    for columns in (["row"], ["created_at"], ["text", "platform"]):
        counts = [table.group_by(columns).len().sort(columns) for table in (posts, dealt)]
        assert counts[0].equals(counts[1])
    # And hardly any post keeps its author.
    both = posts.join(dealt, on="post_id", suffix="_dealt")
    assert (both["row"] == both["row_dealt"]).mean() < 0.1  # type: ignore[operator]  # a share
    assert both.filter(pl.col("platform") != pl.col("platform_dealt")).is_empty()


def test_the_same_seed_deals_the_same_and_the_order_of_the_posts_tells_nothing(
    flood: SyntheticCorpus,
) -> None:
    _, posts = tables(flood)
    one, other = shuffle.shuffled(posts, seed=5), shuffle.shuffled(posts.reverse(), seed=5)
    assert one.equals(other)
    assert not one.equals(shuffle.shuffled(posts, seed=6))


def test_few_accounts_are_compared_by_the_rates_that_ship(flood: SyntheticCorpus) -> None:
    accounts, posts = tables(flood)
    few = posts.filter(pl.col("row") < 20)
    assert accounts.height > 20
    assert shuffle.own_rates(few) == shipped()
