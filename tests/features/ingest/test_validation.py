"""The rules a row must keep to be believed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from vigie.features import schema
from vigie.features.ingest.validation import check, rules

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ACCOUNT = {
    "platform": "x",
    "account_id": "7",
    "created_at": datetime(2013, 1, 1, tzinfo=UTC),
    "observed_at": datetime(2020, 1, 1, tzinfo=UTC),
    "followers_count": 3,
}
POST = {"platform": "x", "post_id": "1", "account_id": "7", "created_at": datetime(2019, 1, 1, tzinfo=UTC)}
LABEL = {"platform": "x", "account_id": "7", "target": "inauthentic", "value": True, "source": "s"}
GOOD: dict[str, dict[str, Any]] = {"accounts": ACCOUNT, "posts": POST, "labels": LABEL}


def checked(table: str, *rows: dict[str, Any]) -> tuple[pl.DataFrame, pl.DataFrame]:
    return check(pl.DataFrame(list(rows), schema=schema.schema(table)), table, NOW)


@pytest.mark.parametrize("table", GOOD)
def test_a_plain_row_keeps_every_rule(table: str) -> None:
    good, faults = checked(table, GOOD[table])
    assert good.height == 1
    assert faults.is_empty()
    assert good.columns == schema.empty(table).columns


@pytest.mark.parametrize("table", GOOD)
def test_an_empty_table_has_no_fault(table: str) -> None:
    good, faults = check(schema.empty(table), table, NOW)
    assert (good.height, faults.height) == (0, 0)


@pytest.mark.parametrize(
    ("table", "field", "value", "said"),
    [
        ("accounts", "account_id", None, "is missing"),
        ("accounts", "account_id", "  ", "is missing"),
        ("accounts", "observed_at", None, "is missing"),
        ("accounts", "followers_count", -1, "cannot be negative"),
        ("accounts", "created_at", datetime(2005, 1, 1, tzinfo=UTC), "before the platform opened"),
        ("accounts", "observed_at", datetime(2030, 1, 1, tzinfo=UTC), "in the future"),
        ("accounts", "created_at", datetime(2021, 1, 1, tzinfo=UTC), "after observed_at"),
        ("posts", "created_at", datetime(1970, 1, 17, tzinfo=UTC), "before the platform opened"),
        ("posts", "created_at", datetime(2030, 1, 1, tzinfo=UTC), "in the future"),
        ("posts", "kind", "retweet", "allowed: original, repost, reply, quote"),
        ("posts", "time_resolution", "hour", "allowed: second, minute, day"),
        ("posts", "like_count", -4, "cannot be negative"),
        ("posts", "permalink", "javascript:alert(1)", "begins with https:// or http://"),
        ("posts", "permalink", "//x.example/1", "begins with https:// or http://"),
        ("posts", "permalink", "https://", "begins with https:// or http://"),
        ("posts", "permalink", "https://x.example/a b", "holds no space"),
        ("labels", "target", "bot", "allowed: inauthentic, coordinated"),
        ("labels", "strength", "sure", "allowed: platform, state, expert, weak"),
        ("labels", "value", None, "is missing"),
    ],
)
def test_a_row_that_breaks_a_rule_is_told_why_and_the_others_go_on(
    table: str, field: str, value: object, said: str
) -> None:
    good, faults = checked(table, GOOD[table], GOOD[table] | {field: value}, GOOD[table])
    assert good.height == 2
    assert faults["index"].to_list() == [1]
    assert faults["field"].to_list() == [field]
    assert said in faults["reason"][0]


def test_each_platform_has_its_own_first_day() -> None:
    opened = datetime(2005, 1, 1, tzinfo=UTC)
    good, _ = checked("accounts", ACCOUNT | {"created_at": opened, "platform": "facebook"})
    assert good.height == 1


def test_clocks_that_differ_by_less_than_a_day_are_no_fault() -> None:
    skewed = ACCOUNT | {"created_at": NOW + timedelta(hours=12), "observed_at": NOW + timedelta(hours=6)}
    assert checked("accounts", skewed)[1].is_empty()


def test_several_faults_of_one_row_are_all_told_and_the_row_goes_once() -> None:
    good, faults = checked("accounts", ACCOUNT | {"followers_count": -1, "account_id": None})
    assert good.is_empty()
    assert sorted(faults["field"]) == ["account_id", "followers_count"]


def test_columns_beyond_the_contract_are_kept() -> None:
    frame = pl.DataFrame([ACCOUNT], schema=schema.schema("accounts")).with_columns(extra=pl.lit(1))
    assert check(frame, "accounts", NOW)[0]["extra"].to_list() == [1]


@pytest.mark.parametrize("table", GOOD)
def test_every_rule_names_a_field_of_its_table(table: str) -> None:
    assert {rule.field for rule in rules(table)} <= set(schema.schema(table))


@pytest.mark.parametrize(
    ("vector", "said"),
    [
        ([0.1, None], "no finite number"),
        ([float("nan"), 1.0], "no finite number"),
        ([1e300, 1.0], "no finite number"),
        ([0.0, 0.0], "points nowhere"),
        ([], "points nowhere"),
        ([0.1], "another length than most"),
        ([0.1] * 4_097, "more than 4,096 numbers"),
    ],
)
def test_an_embedding_that_cannot_be_compared_with_the_others_is_a_fault(
    vector: list[float | None], said: str
) -> None:
    fine = [POST | {"post_id": f"{place}", "embedding": [0.5, -0.5]} for place in range(2)]
    good, faults = checked("posts", *fine, POST, POST | {"embedding": vector})
    assert good.height == 3
    assert faults.select("index", "field").rows() == [(3, "embedding")]
    assert said in faults["reason"][0]
