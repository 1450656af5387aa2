"""The JSON of a network names accounts and posts by their ids, in one language, bounded, and proves its pairs."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from pydantic import TypeAdapter

from vigie.features import schema
from vigie.features.coordination import communities
from vigie.features.coordination.campaigns import detect_campaigns
from vigie.features.coordination.comparison import Comparison
from vigie.features.coordination.detector import ALPHA, Network, detect_pairs
from vigie.features.coordination.report.network import PAIRS_OF_GROUP, PAIRS_UNGROUPED, report
from vigie.features.coordination.report.types import NetworkReport
from vigie.features.coordination.traces import ANY
from vigie.features.i18n import Language

START = datetime(2024, 5, 14, 8, tzinfo=UTC)
_REPORT = TypeAdapter(NetworkReport)


def people(count: int, platform: str = "x") -> pl.DataFrame:
    rows = [
        {"row": 10 + index, "platform": platform, "account_id": f"id-{index}", "handle": f"h{index}"}
        for index in range(count)
    ]
    return pl.DataFrame(rows, schema={"row": pl.UInt32, **schema.schema("accounts")})


def shares(crews: list[int], readers: int) -> pl.DataFrame:
    """Crews share five new pages within seconds each; readers share a newspaper's at hours of their own."""
    generator = np.random.default_rng(3)
    rows: list[dict[str, object]] = []
    first = 10
    for crew, size in enumerate(crews):
        for account in range(first, first + size):
            for act in range(5):
                when = START + timedelta(hours=9 * act + crew, seconds=account - first)
                link = f"https://crew{crew}.example/{act}"
                rows.append(
                    {"row": account, "post_id": f"{account}-{act}", "created_at": when, "urls": [link]}
                )
        first += size
    for account in range(first, first + readers):
        for page in range(4):
            when = START + timedelta(minutes=int(generator.integers(0, 2880)))
            link = f"https://paper.example/{(account + 2 * page) % 7}"
            rows.append({"row": account, "post_id": f"{account}-{page}", "created_at": when, "urls": [link]})
    columns = {
        name: dtype
        for name, dtype in schema.schema("posts").items()
        if name not in ("platform", "account_id")
    }
    return pl.DataFrame(rows, schema={"row": pl.UInt32, **columns})


def told(
    posts: pl.DataFrame, accounts: pl.DataFrame, language: Language = "en", network: Network | None = None
) -> dict[str, Any]:
    found = network or detect_pairs(posts)
    groups = communities.detect_groups(found.significant())
    campaigns = detect_campaigns(found.events, groups)
    made = report(Comparison(accounts, posts, found, groups, campaigns, ()), language)
    plain: dict[str, Any] = json.loads(_REPORT.dump_json(made, by_alias=True))
    return plain


def test_accounts_and_posts_are_named_by_their_ids() -> None:
    said = told(shares([4], 12), people(16))
    (group,) = said["groups"]
    members = {"id-0", "id-1", "id-2", "id-3"}
    assert {account["account_id"] for account in group["accounts"]} == members
    assert {account["account_id"] for account in group["leads"] + group["relays"]} <= members
    assert all("account" not in account for account in group["accounts"] + group["leads"])
    pair = group["pairs"][0]
    assert pair["first"] == {"platform": "x", "account_id": "id-0", "handle": "h0"}
    assert pair["leads"] == "first"
    assert pair["objects"] == len(pair["shared"]) == 5
    assert pair["shared"][0] == {
        "trace": "co_url", "object": "crew0.example/0", "kind": None, "accounts": 4, "first_post_id": "10-0",
        "first_time": "2024-05-14T08:00:00Z", "second_post_id": "11-0", "second_time": "2024-05-14T08:00:01Z",
    }  # fmt: skip


def test_every_pair_of_a_group_is_listed_once_and_beyond_chance() -> None:
    said = told(shares([4, 3], 12), people(19))
    assert [group["size"] for group in said["groups"]] == [4, 3]
    listed = [
        (pair["first"]["account_id"], pair["second"]["account_id"])
        for group in said["groups"]
        for pair in group["pairs"]
    ]
    assert len(listed) == len(set(listed)) == 6 + 3
    assert all(pair["p_class_corrected"] < ALPHA for group in said["groups"] for pair in group["pairs"])
    assert said["counts"]["pairs_beyond_chance"] == 9
    assert said["ungrouped"] == []


def test_of_traces_that_tell_as_much_one_of_its_own_is_shown() -> None:
    (group,) = told(shares([4], 12), people(16))["groups"]
    assert {pair["trace"] for pair in group["pairs"]} == {"co_url"}
    assert ANY in group["layers"]


def test_pairs_beyond_the_cap_are_counted() -> None:
    (group,) = told(shares([9], 14), people(23))["groups"]
    assert len(group["pairs"]) == PAIRS_OF_GROUP
    assert group["pairs_left_out"] == 36 - PAIRS_OF_GROUP


def test_pairs_that_share_no_group_are_listed_apart_and_counted_beyond_the_cap() -> None:
    said = told(shares([2] * 55, 20), people(130))
    assert said["groups"] == []
    assert len(said["ungrouped"]) == PAIRS_UNGROUPED
    assert said["ungrouped_left_out"] == 5
    assert all(pair["shared"] for pair in said["ungrouped"])


@pytest.mark.parametrize(
    ("language", "word", "other"),
    [("en", "same moments", "mêmes moments"), ("fr", "mêmes moments", "same moments")],
)
def test_sentences_are_in_one_language(language: Language, word: str, other: str) -> None:
    said = told(shares([4], 12), people(16), language)
    (group,) = said["groups"]
    assert word in group["sentence"]
    whole = json.dumps(said, ensure_ascii=False)
    assert f"{other}, " not in whole
    assert '"english"' not in whole
    assert '"french"' not in whole
    assert all(set(why) == {"name", "sentence", "for", "against"} for why in group["benign_alternatives"])
    assert all(isinstance(text, str) for why in group["benign_alternatives"] for text in why["for"])


def test_a_platform_called_like_a_language_is_a_platform() -> None:
    (group,) = told(shares([4], 12), people(16, "english"))["groups"]
    assert group["platforms"] == {"english": 4}


def test_counts_are_those_of_the_network() -> None:
    posts = shares([4], 12)
    unknown = posts.head(3).with_columns(created_at=pl.lit(None, schema.TIME), row=pl.lit(20, pl.UInt32))
    found = detect_pairs(pl.concat([posts, unknown]))
    said = told(pl.concat([posts, unknown]), people(16), network=found)
    assert said["counts"] == {
        "accounts": 16,
        "posts": posts.height,
        "pairs": found.pairs.select("first", "second").unique().height,
        "pairs_beyond_chance": 6,
    }
    assert said["notes"] == ["3 posts without a time were left out."]


def test_notes_are_in_the_language_asked_for_those_on_clocks_too() -> None:
    posts = shares([4], 12)
    two = people(16).with_columns(
        platform=pl.when(pl.col("row") < 12).then(pl.lit("facebook")).otherwise(pl.lit("x"))
    )
    late = posts.with_columns(
        created_at=pl.col("created_at") + pl.duration(hours=pl.when(pl.col("row") < 12).then(4).otherwise(0))
    )
    timeless = posts.head(1).with_columns(created_at=pl.lit(None, schema.TIME))
    corpus = pl.concat([late, timeless])
    french, english = (told(corpus, two, language)["notes"] for language in ("fr", "en"))
    assert french[0].startswith("1 publication")
    assert english[0].startswith("1 post without a time")
    assert "Facebook" in french[1]
    assert "+4 h" in french[1]
    assert "+4 h to the times of X; for files, vigie network does so with --shift x=4" in english[1]


def test_nothing_is_said_of_nothing() -> None:
    said = told(shares([], 0), people(2))
    assert said == {
        "campaigns": [], "groups": [], "ungrouped": [], "ungrouped_left_out": 0, "notes": [],
        "counts": {"accounts": 2, "posts": 0, "pairs": 0, "pairs_beyond_chance": 0},
    }  # fmt: skip
