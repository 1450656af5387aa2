"""Groups that act together for ordinary reasons are as fast as campaigns, and show what they are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from vigie.training.synthetic import benign_groups, population
from vigie.training.synthetic.benign_groups import BENIGN
from vigie.training.synthetic.coordinated_actions import ActorGroup
from vigie.training.synthetic.corpus import corpus
from vigie.training.synthetic.feeds import DAY, HOUR, FeedCatalogue

Group = Callable[..., ActorGroup]
Planned = Callable[[str], pl.DataFrame]


@pytest.fixture(scope="module")
def planned(feeds: FeedCatalogue, group: Group) -> Planned:
    """Return a function from a kind to the acts that a group of its size plans."""

    def plan(kind: str) -> pl.DataFrame:
        one = BENIGN[kind]
        return one.plan(np.random.default_rng(7), feeds, group(one.accounts))

    return plan


@pytest.fixture(scope="module")
def people(group: Group) -> Planned:
    """Return a function from a kind to the profiles of two hundred of its accounts."""
    return lambda kind: benign_groups.profiles(kind, np.random.default_rng(2), group(200).people)


@pytest.mark.parametrize("kind", BENIGN)
def test_members_and_nobody_else_act_together(kind: str, planned: Planned, group: Group) -> None:
    made, actors = planned(kind), group(BENIGN[kind].accounts)
    assert made.schema == population.ACTS
    assert set(made["who"]) <= set(actors.people["who"])
    assert made["time"].min() >= actors.start  # type: ignore[operator]  # integers
    together = made.drop_nulls("object").group_by("object").agg(pl.col("who").n_unique())["who"]
    assert together.max() >= 5  # type: ignore[operator]  # an integer


def test_fans_are_asleep_for_some_posts_of_their_idol(planned: Planned) -> None:
    came = planned("fans").group_by("object").agg(pl.col("who").n_unique())["who"]
    assert came.max() > 25  # type: ignore[operator]  # an integer
    assert came.min() < came.max() / 2  # type: ignore[operator]  # integers


def test_a_kit_of_a_dozen_texts_is_used_on_one_to_three_days(planned: Planned, feeds: FeedCatalogue) -> None:
    made = planned("union_kit")
    assert made["object"].n_unique() <= 12
    called = made.select(day=(pl.col("time") - feeds.start - 9 * HOUR) // DAY)["day"]
    assert 1 <= called.n_unique() <= 3
    copies = made["prose"].value_counts()["count"]
    assert copies.sort(descending=True).head(12).sum() > 0.5 * made.height
    assert made["picture"].count() / made.height == pytest.approx(0.6, abs=0.1)


def test_a_newsroom_posts_a_page_within_seconds_each_account_in_words_of_its_own(planned: Planned) -> None:
    made = planned("newsroom")
    span = made.group_by("url").agg(pl.col("time").max() - pl.col("time").min())["time"]
    assert span.median() < 60  # type: ignore[operator]  # a number
    assert made["prose"].n_unique() > 0.95 * made.height
    assert set(made["client"]) == {population.SCHEDULER}
    assert made["url"].str.extract(r"^https://([^/]+)/").n_unique() == 1


def test_a_diaspora_shares_few_sites_and_lives_by_the_clock_of_one_place(
    planned: Planned, people: Planned
) -> None:
    made = planned("diaspora")
    assert made["url"].drop_nulls().str.extract(r"^https://([^/]+)/").n_unique() <= 4
    assert made["hashtags"].explode().drop_nulls().n_unique() <= 3
    assert people("diaspora")["zone"].n_unique() == 1


def test_declared_bots_post_one_template_in_the_first_seconds_of_an_hour(planned: Planned) -> None:
    made = planned("declared_bots")
    assert (made["time"] % HOUR).max() < 4  # type: ignore[operator]  # an integer
    assert made["prose"].str.extract(r"^\S+: (\D+) -?\d+ \d+$").n_unique() == 1
    assert set(made["client"]) == {population.SCHEDULER}


def test_bots_and_newsrooms_say_in_their_profiles_what_they_are(people: Planned) -> None:
    bots, newsroom = people("declared_bots"), people("newsroom")
    assert bots["handle"].str.ends_with("_bot").all()
    assert bots["description"].str.starts_with("Automated feed, not a person.").all()
    assert newsroom["verified"].all()
    assert newsroom["handle"].str.extract(r"^([A-Z][a-z]+News)_").n_unique() == 1


def test_a_third_of_the_fans_have_the_idol_in_their_handle(people: Planned, group: Group) -> None:
    before, after = group(200).people["handle"], people("fans")["handle"]
    changed = after.filter(before != after)
    assert len(changed) / 200 == pytest.approx(0.3, abs=0.1)
    assert changed.str.slice(0, 4).n_unique() == 1


def test_only_bots_and_newsrooms_live_no_life_of_their_own() -> None:
    assert {kind for kind, one in BENIGN.items() if one.automatic} == {"declared_bots", "newsroom"}
    made = corpus(organic=20, days=3, seed=1, benign=["fans", "declared_bots"])
    own = made.posts.join(made.acts, on="post_id", how="anti").join(made.groups, on="account_id")
    assert set(own["kind_right"]) == {"fans"}


def test_fans_repost_the_idol_within_minutes() -> None:
    made = corpus(organic=150, days=6, seed=1, benign=["fans"])
    acts = made.acts.join(made.posts.select("post_id", "target_created_at"), on="post_id")
    delay = acts["time"] - acts["target_created_at"].dt.epoch("s")
    assert delay.min() > 0  # type: ignore[operator]  # an integer
    assert 10 < delay.median() < 180  # type: ignore[operator]  # a number
