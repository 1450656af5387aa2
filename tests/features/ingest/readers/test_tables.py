"""Columns of collectors' tables made ready for their mapping."""

from __future__ import annotations

import polars as pl
import pytest

from vigie.features.ingest.readers import SOURCES, tables


def test_every_format_whose_table_is_made_ready_is_registered() -> None:
    assert set(tables.READY) <= set(SOURCES)
    assert set(tables.ALSO) <= set(tables.READY)


def test_a_table_that_lacks_the_columns_is_left_as_it_is() -> None:
    other = pl.DataFrame({"a": ["1"]})
    for ready in (tables.AS_IT_IS, *tables.READY.values()):
        assert ready.table(other).equals(other)
        assert ready.record({"a": 1}) == {"a": 1}


@pytest.mark.parametrize(
    ("time", "ready"),
    [
        ("2024-05-02 04:00:00 EDT", "2024-05-02 04:00:00-04:00"),
        ("2024-05-02 10:00:00 CEST", "2024-05-02 10:00:00+02:00"),
        # Of China, Cuba or America: left for the reader to refuse.
        ("2024-05-02 10:00:00 CST", "2024-05-02 10:00:00 CST"),
        ("2024-05-02 10:00:00", "2024-05-02 10:00:00"),
    ],
)
def test_names_of_zones_become_offsets_where_one_zone_has_the_name(time: str, ready: str) -> None:
    assert tables.crowdtangle(pl.DataFrame({"Post Created": [time]})).item() == ready


def test_the_x_before_ids_of_rtweet_goes_and_no_other() -> None:
    frame = pl.DataFrame(
        {"status_id": ["x11"], "retweet_user_id": ["x1"], "screen_name": ["x9"], "user_id": ["12"]}
    )
    assert tables.rtweet(frame).rows() == [("11", "1", "x9", "12")]


def test_numbers_of_telegram_get_their_channel_once() -> None:
    frame = pl.DataFrame({"thread_id": ["quay", "quay"], "id": ["7", "quay-8"], "reply_to": ["", "7"]})
    ready = tables.telegram(frame)
    assert ready["id"].to_list() == ["quay-7", "quay-8"]
    assert ready["reply_to"].to_list() == [None, "quay-7"]


def test_the_kind_of_posts_of_bluesky_is_told_by_what_they_act_on() -> None:
    frame = pl.DataFrame(
        {"quoted_post": ["DELETED", "", ""], "replied_to_post": ["https://a", "https://a", ""]}
    )
    assert tables.bluesky(frame)["kind"].to_list() == ["quote", "reply", "original"]


def test_a_row_of_minet_that_somebody_reposted_is_the_repost() -> None:
    frame = pl.DataFrame(
        {
            "uri": ["at://did:plc:eve/app.bsky.feed.post/k", "at://did:plc:ana/app.bsky.feed.post/k"],
            "user_did": ["did:plc:eve", "did:plc:ana"],
            "user_handle": ["eve", "ana"],
            "timestamp_utc": ["1", "2"],
            "repost_by_user_did": ["did:plc:ben", ""],
            "repost_by_user_handle": ["ben", ""],
            "repost_timestamp_utc": ["5", ""],
            "like_count": ["9", "3"],
        }
    )
    ready = tables.minet_bluesky(frame).rows(named=True)
    assert [row["user_did"] for row in ready] == ["did:plc:ben", "did:plc:ana"]
    assert [row["timestamp_utc"] for row in ready] == ["5", "2"]
    assert [row["reposted_uri"] for row in ready] == ["at://did:plc:eve/app.bsky.feed.post/k", None]
    assert [row["reposted_user_did"] for row in ready] == ["did:plc:eve", None]
    assert [row["like_count"] for row in ready] == [None, "3"]
