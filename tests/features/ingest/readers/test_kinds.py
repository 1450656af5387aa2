"""Which filled column says what a post does."""

import polars as pl
import pytest

from vigie.features.ingest import mapping
from vigie.features.ingest.reader import Log
from vigie.features.ingest.readers import kinds

ALL = 'kind = {repost = "rt_id", quote = "quoted_id", reply = "to_tweetid"}\n'
FRAME = pl.DataFrame(
    {
        "rt_id": ["101", "", None, "NA", "0"],
        "quoted_id": ["9", "102", "", None, ""],
        "to_tweetid": ["", "", "103", "", ""],
        "rt_user": ["1", "", "", "", ""],
        "to_user": ["", "", "3", "", ""],
        "rt_time": ["1715673600", "", "", "", ""],
        "said": ["", "retweet", "tweet", "photo", ""],
    }
)


def read(text: str, log: Log | None = None, frame: pl.DataFrame = FRAME) -> pl.DataFrame:
    fields = mapping.parse(f"[posts]\n{text}".encode(), "map.toml").tables["posts"].fields
    return frame.select(
        value.alias(name) for name, value in kinds.values(fields, frame, log or Log()).items()
    )


def test_the_filled_column_says_the_kind_and_holds_the_target_the_first_going_before() -> None:
    made = read(ALL)
    assert made["kind"].to_list() == ["repost", "quote", "reply", "original", "original"]
    assert made["target_post_id"].to_list() == ["101", "102", "103", None, None]


def test_what_acts_on_something_comes_from_the_column_of_its_kind() -> None:
    made = read(
        ALL
        + 'target_account_id = {repost = "rt_user", reply = "to_user"}\ntarget_created_at = {repost = "rt_time"}\n'
    )
    assert made["target_account_id"].to_list() == ["1", None, "3", None, None]
    assert made["target_created_at"].to_list() == ["1715673600", None, None, None, None]


def test_where_a_kind_has_no_column_an_unfilled_one_does_not_say_original() -> None:
    assert read('kind = {repost = "rt_id"}')["kind"].to_list() == ["repost", None, None, None, None]


def test_targets_for_each_kind_say_the_kind_where_nothing_else_does() -> None:
    made = read('target_post_id = {repost = "rt_id", reply = "to_tweetid"}')
    assert made["kind"].to_list() == ["repost", None, "reply", None, None]
    assert made["target_post_id"].to_list() == ["101", None, "103", None, None]


def test_a_stated_kind_chooses_the_target_and_one_not_stated_takes_what_is_filled() -> None:
    made = read(
        'kind = "said"\ntarget_post_id = {repost = "rt_id", quote = "quoted_id", reply = "to_tweetid"}'
    )
    assert made["target_post_id"].to_list() == ["101", None, None, None, None]
    assert made["kind"].to_list() == [None, "retweet", "tweet", "photo", None]


@pytest.mark.parametrize(
    ("name", "kind"), [("retweeted_id", "repost"), ("in_reply_to", "reply"), ("ref", None)]
)
def test_the_name_of_a_filled_target_tells_a_kind_that_is_not_stated(name: str, kind: str | None) -> None:
    frame = pl.DataFrame({name: ["101", "", "0", "NA"]})
    log = Log()
    made = read(f'target_post_id = "{name}"', log, frame)
    assert made["kind"].to_list() == [kind, None, None, None]
    assert made["target_post_id"].to_list() == ["101", None, None, None]
    assert len(log.read().notes) == (kind is not None)
    assert all("count as" in note and ": 1;" in note for note in log.read().notes)


@pytest.mark.parametrize(("name", "targets"), [("is_retweet", [None, None]), ("retweeted_id", ["1", "true"])])
def test_a_flag_tells_a_kind_but_is_no_target(name: str, targets: list[str | None]) -> None:
    frame = pl.DataFrame({name: ["1", "true", "0", "False"]})
    made = read(f'kind = {{repost = "{name}"}}', frame=frame)
    assert made["kind"].to_list() == ["repost", "repost", None, None]
    assert made["target_post_id"].to_list() == [*targets, None, None]


def test_ids_stored_as_decimal_numbers_lose_the_decimals() -> None:
    frame = pl.DataFrame({"rt_id": [101.0, None]})
    assert read('kind = {repost = "rt_id"}', frame=frame)["target_post_id"].to_list() == ["101", None]
