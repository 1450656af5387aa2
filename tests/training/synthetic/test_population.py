"""People live by their own clock, post unevenly, and react to what was there before."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from vigie.training.synthetic import population
from vigie.training.synthetic.corpus import corpus
from vigie.training.synthetic.feeds import HOUR, FeedCatalogue
from vigie.training.synthetic.personas import LANGUAGES


@pytest.fixture(scope="module")
def public(feeds: FeedCatalogue) -> pl.DataFrame:
    return population.people(np.random.default_rng(6), feeds, 4_000)


def test_acts_have_every_column_and_only_what_was_given_is_known() -> None:
    made = population.acts(who=pl.Series([3, 4]), time=np.array([10, 20]), kind="original")
    assert made.schema == population.ACTS
    assert made["kind"].to_list() == ["original", "original"]
    assert made["hashtags"].to_list() == [[], []]
    unknown = set(made.columns) - {"who", "time", "kind", "hashtags"}
    assert made.select(sorted(unknown)).null_count().row(0) == (2,) * len(unknown)


def test_lists_of_hashtags_keep_the_order_and_leave_out_nulls_and_repetitions() -> None:
    columns = [pl.Series(["a", None, "c"]), pl.Series(["b", None, "c"]), pl.Series(["a", "z", None])]
    assert population.tag_lists(columns).to_list() == [["a", "b"], ["z"], ["c"]]


def test_each_slogan_is_in_its_share_of_the_lists() -> None:
    made = population.slogans(np.random.default_rng(0), ["all", "some", "none"], (1.0, 0.3, 0.0), 2_000)
    shares = [made.list.contains(tag).mean() for tag in ("all", "some", "none")]
    assert shares == pytest.approx([1.0, 0.3, 0.0], abs=0.04)


def test_people_have_numbers_in_a_row_speak_what_is_asked_and_are_older_than_the_corpus(
    feeds: FeedCatalogue, public: pl.DataFrame
) -> None:
    russians = population.people(np.random.default_rng(1), feeds, 30, language=3, first=70)
    assert russians["who"].to_list() == list(range(70, 100))
    assert set(russians["language"]) == {3}
    assert russians["zone"].is_between(3, 7).all()
    assert (public["created"] < feeds.start).all()
    shares = np.bincount(public["language"].to_numpy(), minlength=len(LANGUAGES)) / public.height
    assert shares == pytest.approx(population.LANGUAGE_SHARES, abs=0.03)


def test_the_mean_person_posts_seven_times_a_day_and_the_median_one_half_as_often(
    public: pl.DataFrame,
) -> None:
    rate = public["rate"].to_numpy()
    assert rate.mean() == pytest.approx(7, rel=0.1)
    assert np.median(rate) / rate.mean() == pytest.approx(0.5, abs=0.06)
    assert rate.max() <= 150


def test_people_are_least_active_in_the_night_of_their_own_zone() -> None:
    midnight = np.full(24, 1_715_731_200) + np.arange(24) * HOUR
    here = population.awake(midnight, np.zeros(24, np.int64))
    assert here.max() == 1
    assert here[21] == 1
    assert set(np.argsort(here)[:3].tolist()) == {2, 3, 4}
    assert population.awake(midnight, np.full(24, 5)).tolist() == np.roll(here, -5).tolist()


@pytest.mark.parametrize("zone", [-8, 0, 10])
def test_each_person_posts_as_often_as_asked_inside_the_corpus_and_by_day(
    feeds: FeedCatalogue, zone: int
) -> None:
    count = np.arange(200) % 40
    person, time = population.sittings(np.random.default_rng(8), feeds, np.full(200, zone), count)
    assert np.bincount(person, minlength=200).tolist() == count.tolist()
    assert time.min() >= feeds.start
    assert time.max() < feeds.end
    hours = np.bincount((time // HOUR + zone) % 24, minlength=24)
    assert hours[2:5].sum() < 0.3 * hours[19:22].sum()


def test_nobody_reacts_to_what_is_not_there_yet_and_all_kinds_of_acts_occur(
    feeds: FeedCatalogue, public: pl.DataFrame
) -> None:
    made = population.routine(np.random.default_rng(9), feeds, public.head(300))
    assert made.schema == population.ACTS
    assert set(made["kind"]) == {"original", "repost", "reply", "quote"}
    reacted = made.filter(pl.col("kind") != "original")
    assert reacted["target"].null_count() == reacted["target_time"].null_count() == 0
    assert (reacted["target_time"] <= reacted["time"]).all()
    assert made.filter(kind="original")["target"].drop_nulls().is_empty()
    expected = public.head(300)["rate"].to_numpy().sum() * feeds.days
    assert made.height == pytest.approx(expected, rel=0.05)


def test_half_of_the_replies_go_to_friends_whom_nobody_else_answers(
    feeds: FeedCatalogue, public: pl.DataFrame
) -> None:
    made = population.routine(np.random.default_rng(10), feeds, public.head(400))
    replies = made.filter(kind="reply")
    friends = replies.filter(pl.col("target").str.starts_with("friend-"))
    assert friends.height / replies.height == pytest.approx(0.5, abs=0.05)
    assert friends["target"].is_unique().all()


def test_activity_is_heavy_tailed_and_people_sleep() -> None:
    made = corpus(organic=600, days=10, seed=1)
    posts = made.posts.group_by("account_id").len()["len"]
    assert posts.mean() > 1.4 * posts.median()  # type: ignore[operator]  # numbers
    assert posts.max() > 8 * posts.median()  # type: ignore[operator]  # numbers
    french = made.posts.join(
        made.accounts.filter(pl.col("lang") == "fr").select("account_id"), on="account_id"
    )
    hours = np.bincount(french["created_at"].dt.hour().to_numpy(), minlength=24)
    assert hours[1:5].mean() < 0.35 * hours[17:21].mean()
