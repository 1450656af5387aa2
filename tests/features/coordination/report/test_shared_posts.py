"""What accounts share at the same moments, and which posts address somebody."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from vigie.features import on_disk, schema
from vigie.features.coordination.report import shared_posts
from vigie.features.coordination.report.shared_posts import TOGETHER, SharedActs

POSTS = pl.DataFrame({"group": 0, "post": [0, 1, 2, 3, 4], "row": [0, 0, 1, 1, 1]})


def acts(*each: tuple[int, str, int, int]) -> pl.DataFrame:
    """Return acts: account, object, post, time."""
    return pl.DataFrame(
        each, schema=["account", "object", "post", "time"], orient="row"
    ).with_columns(group=pl.lit(0), trace=pl.lit("text_duplicate"))  # fmt: skip


def test_only_what_another_account_did_within_the_hour_is_shared_at_the_same_moments() -> None:
    found = SharedActs.of(
        POSTS,
        acts(
            (0, "a", 0, 0), (1, "a", 2, TOGETHER), (0, "b", 1, 0), (1, "b", 3, TOGETHER + 1), (1, "c", 4, 0)
        ),
    )
    assert set(found.acts["post"]) == {0, 2}


def test_what_is_shared_at_any_time_is_no_life_of_its_own() -> None:
    found = SharedActs.of(
        POSTS, acts((0, "a", 0, 0), (1, "a", 2, 5), (0, "b", 1, 0), (1, "b", 3, 10 * TOGETHER))
    )
    # The one account shares both of its posts, the other two of three.
    assert found.parts[0] == pytest.approx((1 + 2 / 3) / 2)


def test_accounts_that_meet_nobody_share_nothing() -> None:
    assert SharedActs.of(POSTS, acts((0, "a", 0, 0), (0, "a", 1, 5), (1, "b", 2, 0))).acts.is_empty()
    assert SharedActs.of(POSTS, acts((0, "a", 0, 0), (1, "a", 2, TOGETHER + 1))).acts.is_empty()


def test_accounts_share_nothing_with_those_of_another_group() -> None:
    group = pl.Series("group", [0, 0, 1, 1, 1])
    done = acts((0, "a", 0, 0), (1, "a", 2, 5), (2, "b", 3, 5), (3, "b", 4, 5))
    found = SharedActs.of(
        POSTS.with_columns(group, row=pl.Series([0, 0, 1, 2, 3])),
        done.with_columns(group=pl.Series([0, 1, 1, 1])),
    )
    assert found.acts.rows() == done.with_columns(group=pl.lit(1))[2:].select(found.acts.columns).rows()
    assert found.posts["post"].to_list() == [3, 4]
    assert found.parts == {1: 1.0}


@pytest.mark.parametrize(
    ("columns", "tagged", "addressed"),
    [
        ({"text": "see #crisis"}, True, False),
        ({"text": "see @somebody"}, False, True),
        ({"text": "see https://site.example/@one#two"}, False, False),
        ({"text": "see", "hashtags": ["crisis"]}, True, False),
        ({"text": "see", "mentions": ["somebody"]}, False, True),
        ({"text": "see", "target_post_id": "7"}, False, True),
        ({"text": None}, False, False),
    ],
)
def test_hashtags_and_addressees_are_seen_in_the_text_and_in_its_fields(
    columns: dict[str, object], tagged: bool, addressed: bool
) -> None:
    post = pl.DataFrame([columns], schema=schema.schema("posts"))
    told = post.select(tagged=shared_posts.has_hashtag(), addressed=shared_posts.has_addressee())
    assert told.row(0) == (tagged, addressed)


@pytest.mark.parametrize(
    ("columns", "reacts"),
    [
        ({"text": "see"}, False), ({"kind": "original"}, False), ({"kind": "repost"}, True), ({"kind": "reply"}, True),
        ({"kind": "quote"}, True), ({"target_post_id": "7"}, True), ({"target_account_id": "7"}, True),
    ],
)  # fmt: skip
def test_an_answer_to_somebody_unknown_is_one(columns: dict[str, object], reacts: bool) -> None:
    post = pl.DataFrame([columns], schema=schema.schema("posts"))
    assert post.select(shared_posts.reacts()).item() is reacts


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        ({"text": "ask @Speaker and @other https://a.example/@page"}, ["speaker", "other"]),
        ({"text": "ask @Speaker", "mentions": ["12"]}, ["speaker"]),
        ({"text": "ask", "mentions": ["Speaker"]}, ["speaker"]),
        ({"text": None}, []),
    ],
)
def test_whom_a_post_mentions_is_read_from_its_text_first(
    columns: dict[str, object], names: list[str]
) -> None:
    post = pl.DataFrame([columns], schema=schema.schema("posts"))
    assert post.select(shared_posts.mentioned()).item().to_list() == names


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        ({"text": "on Radio Azur now"}, True), ({"text": "now", "hashtags": ["RadioAzur"]}, True),
        ({"text": "now https://radioazur.example/"}, False), ({"text": None}, False),
    ],
)  # fmt: skip
def test_a_post_names_what_stands_in_its_words_or_hashtags(columns: dict[str, object], named: bool) -> None:
    post = pl.DataFrame([columns], schema=schema.schema("posts"))
    assert post.select(shared_posts.names(pl.lit("radioazur"))).item() is named


def test_the_posts_of_members_keep_their_place_among_all_posts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts = pl.DataFrame({"row": [5, 7, 5, 6], "text": list("abcd")}, schema_overrides={"row": pl.UInt32})
    groups = pl.DataFrame({"account": [5, 6], "group": [1, 0]})
    found = shared_posts.of_members(posts, groups)
    assert found.select("row", "text", "group", "post").rows() == [
        (5, "a", 1, 0),
        (5, "c", 1, 2),
        (6, "d", 0, 3),
    ]
    monkeypatch.setattr(on_disk, "ROWS", 2)
    with on_disk.within(tmp_path):
        assert shared_posts.of_members(posts, groups).equals(found)
