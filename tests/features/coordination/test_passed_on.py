"""What accounts pass on is told with whom they tell of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from vigie.features import on_disk
from vigie.features.coordination import detector, passed_on, traces
from vigie.features.ingest.parsing import from_tables

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def read(posts: list[dict[str, object]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return posts as they are compared, and what they pass on."""
    names = sorted({str(post["account_id"]) for post in posts})
    accounts = pl.DataFrame({"account_id": names}).with_columns(
        platform=pl.lit("x"), observed_at=pl.lit(START + timedelta(days=9)), created_at=pl.lit(START)
    )
    rows = [
        {
            "platform": "x", "post_id": f"{10**16 + number}", "created_at": START + timedelta(hours=number), "text": "so it is",
            "mentions": [], "urls": [], "target_post_id": None, "target_account_id": None, **post,
        }
        for number, post in enumerate(posts)
    ]  # fmt: skip
    batch = from_tables(accounts, pl.DataFrame(rows, infer_schema_length=None), START + timedelta(days=9))
    named = batch.posts.join(batch.accounts.select("row", "account_id", "platform"), on="row", how="left")
    network = detector.detect_pairs(named)
    return named, passed_on.acts(named, network.published, network.events)


def test_links_reposts_and_quotes_of_others_are_passed_on() -> None:
    target, own = "2" * 17, f"{10**16}"
    _, acts = read(
        [
            {"account_id": "1", "kind": "original", "urls": ["https://site.example/a"]},
            {"account_id": "1", "kind": "repost", "target_post_id": target, "target_account_id": "9"},
            {"account_id": "1", "kind": "repost", "target_post_id": "3" * 17, "target_account_id": "9"},
            {"account_id": "2", "kind": "quote", "target_post_id": target, "target_account_id": "9"},
            {"account_id": "1", "kind": "quote", "target_post_id": own, "target_account_id": "1"},
            {"account_id": "2", "kind": "reply", "target_post_id": target, "target_account_id": "9"},
        ]
    )
    assert acts.select("trace", "object", "post").sort("post").rows() == [
        ("co_url", "site.example/a", 0),
        ("co_repost", target, 1),
        ("co_repost", "3" * 17, 2),
        (traces.QUOTE, target, 3),
    ]
    assert dict(acts.schema) == dict(passed_on.SCHEMA)


def test_where_nothing_is_quoted_there_is_no_quote() -> None:
    _, acts = read([{"account_id": "1", "kind": "original"}])
    assert acts.is_empty()
    assert dict(acts.schema) == dict(passed_on.SCHEMA)


def test_a_link_is_told_to_those_whom_its_post_names_or_answers() -> None:
    link = {"urls": ["https://site.example/a"]}
    posts, acts = read(
        [
            {"account_id": "1", "kind": "original", "mentions": ["Anna", "@BERT"], **link},
            {
                "account_id": "1",
                "kind": "reply",
                "target_post_id": "2" * 17,
                "target_account_id": "77",
                **link,
            },
            {"account_id": "2", "kind": "original", **link},
            {"account_id": "2", "kind": "original", "mentions": ["carl"]},
        ]
    )
    told = passed_on.addressed(acts, posts).sort("post", "addressee")
    assert told.select("account", "addressee").rows() == [(0, "anna"), (0, "bert"), (0, "77"), (1, None)]


def test_posts_looked_at_some_at_a_time_pass_on_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts, acts = read(
        [
            {"account_id": "1", "kind": "original", "urls": ["https://site.example/a"], "mentions": ["anna"]},
            {"account_id": "2", "kind": "quote", "target_post_id": "2" * 17, "target_account_id": "9"},
            {"account_id": "2", "kind": "quote", "target_post_id": "3" * 17, "mentions": ["bert", "carl"]},
        ]
    )
    told = passed_on.addressed(acts, posts).sort("post", "addressee")
    monkeypatch.setattr(on_disk, "ROWS", 1)
    with on_disk.within(tmp_path):
        published = acts.filter(trace="co_url")
        assert passed_on.acts(posts, published, published.clear()).equals(acts)
        again = passed_on.addressed(acts, posts)
    assert again.sort("post", "addressee").equals(told)
    assert told["addressee"].to_list() == ["anna", None, "bert", "carl"]
