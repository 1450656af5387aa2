"""The example holds a flood on two platforms that few read, among people who post on the same crisis."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import cache

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from vigie.features import schema
from vigie.features.ingest.validation import check
from vigie.training.synthetic.accounts import OBSERVED_AT
from vigie.training.synthetic.corpus import SyntheticCorpus
from vigie.training.synthetic.example_collection import PEOPLE, ROLES, example_collection, roles

KEYS = ["platform", "account_id"]


@cache
def made() -> SyntheticCorpus:
    return example_collection()


def posts(role: str) -> pl.DataFrame:
    return made().posts.join(roles(made()).filter(role=role), on=KEYS, how="semi")


def accounts(role: str) -> pl.DataFrame:
    return made().accounts.join(roles(made()).filter(role=role), on=KEYS, how="semi")


@pytest.mark.parametrize("table", schema.TABLES)
def test_it_is_the_same_each_time_and_keeps_the_contract(table: str) -> None:
    assert_frame_equal(getattr(made(), table), getattr(example_collection(), table))
    assert check(getattr(made(), table), table, OBSERVED_AT)[1].is_empty()


def test_every_account_has_one_role() -> None:
    truth = roles(made())
    assert truth["account_id"].equals(made().accounts["account_id"])
    assert set(truth["role"]) == {*ROLES.values(), PEOPLE}
    assert Counter(truth["role"])[PEOPLE] == 240


def test_the_flood_is_some_dozens_on_x_and_a_handful_on_facebook() -> None:
    found = Counter(accounts("flood")["platform"])
    assert found["x"] + found["facebook"] == 54
    assert 3 <= found["facebook"] <= 9


def test_the_flood_lasts_two_days_is_some_weeks_old_and_hardly_read() -> None:
    times = posts("flood")["created_at"]
    assert times.max() - times.min() <= timedelta(days=2)  # type: ignore[operator]  # datetimes
    young = (accounts("flood")["created_at"] > OBSERVED_AT - timedelta(weeks=6)).mean()
    assert 0.7 < young < 1  # type: ignore[operator]  # a number
    assert posts("flood")["view_count"].median() < posts(PEOPLE)["view_count"].median()  # type: ignore[operator]  # numbers


def test_people_post_on_the_crisis_with_the_same_hashtag() -> None:
    tags = Counter(posts("flood")["hashtags"].explode().drop_nulls())
    (tag,) = (name for name in tags if name.endswith("now"))
    using = posts(PEOPLE).filter(pl.col("hashtags").list.contains(tag))
    assert using["account_id"].n_unique() > 60
