"""Accounts that share contents are found whenever they publish them, and people who pass on what everybody does are not."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.stats import poisson

from vigie.features.coordination import copies

SCHEMA = {
    "trace": pl.String, "account": pl.Int64, "object": pl.String, "time": pl.Int64, "post": pl.Int64, "author": pl.Int64,
}  # fmt: skip


def events(published: list[tuple[int, str]], trace: str = "media_duplicate") -> pl.DataFrame:
    rows = [
        {
            "trace": trace,
            "account": account,
            "object": thing,
            "time": 1_000 * post,
            "post": post,
            "author": None,
        }
        for post, (account, thing) in enumerate(published)
    ]
    return pl.DataFrame(rows, schema=SCHEMA)


def crowd(first: int, count: int, posts: int = 6) -> list[tuple[int, str]]:
    return [
        (account, f"own-{account}-{each}") for account in range(first, first + count) for each in range(posts)
    ]


def flood(members: int, contents: int = 12, each: int = 4) -> list[tuple[int, str]]:
    rng = np.random.default_rng(5)
    return [
        (account, f"picture-{thing}")
        for account in range(members)
        for thing in rng.choice(contents, each, replace=False)
    ] + [(account, f"alone-{account}") for account in range(members)]


def found(published: list[tuple[int, str]]) -> pl.DataFrame:
    contents = copies.contents(events(published))
    return copies.groups(contents, copies.detect(contents).significant())


@pytest.mark.parametrize("ordinary", [0, 30, 600])
def test_a_flood_is_one_group_whatever_the_number_of_others(ordinary: int) -> None:
    group = found(flood(60) + crowd(1_000, ordinary))
    assert group["group"].n_unique() == 1
    assert group.height >= 57
    assert (group["account"] < 60).all()


def test_times_do_not_matter() -> None:
    published = flood(40) + crowd(1_000, 40)
    turned = [published[place] for place in np.random.default_rng(2).permutation(len(published))]
    assert found(published).equals(found(turned))


def test_a_meme_that_hundreds_pass_on_makes_no_group() -> None:
    rng = np.random.default_rng(3)
    passed_on = [
        (account, f"meme-{thing}") for account in range(500) for thing in rng.choice(4, 2, replace=False)
    ]
    assert found(passed_on + crowd(0, 500, posts=20)).is_empty()


def test_contents_that_most_others_publish_too_are_not_a_groups_own() -> None:
    shared = [(account, f"picture-{thing}") for account in range(12) for thing in range(6)]
    elsewhere = [(account, f"picture-{account % 6}") for account in range(100, 400)]
    assert found(shared + crowd(0, 12, 3) + crowd(100, 300, 12)).height == 12
    assert found(shared + elsewhere + crowd(0, 12, 3) + crowd(100, 300, 12)).is_empty()


def test_the_title_of_a_page_is_not_an_accounts_own_text() -> None:
    texts = [(account, f"headline-{thing}") for account in range(12) for thing in range(6)]
    told = events(texts, "text_duplicate")
    links = events([(account, f"news.example/{thing}") for account, thing in texts], "co_url")
    assert copies.contents(told)["shared"].all()
    assert not copies.contents(pl.concat([told, links]))["shared"].any()
    elsewhere = links.with_columns(object=pl.format("site-{}.example/a", pl.col("post") % 7))
    assert copies.contents(pl.concat([told, elsewhere]))["shared"].all()


def test_a_post_counts_once_by_the_content_that_others_share() -> None:
    both = pl.concat([events([(0, "a"), (1, "b")]), events([(0, "words"), (1, "words")], "text_duplicate")])
    contents = copies.contents(both)
    assert contents["post"].to_list() == [0, 1]
    assert contents["object"].to_list() == ["text_duplicate words"] * 2


def test_p_is_that_of_a_poisson_count() -> None:
    contents = copies.contents(events(flood(20) + crowd(1_000, 500)))
    tested = copies.detect(contents)
    for pair in tested.pairs.head(20).iter_rows(named=True):
        expected = tested.rate * pair["posts_first"] * pair["posts_second"]
        assert pair["expected"] == pytest.approx(expected)
        assert pair["p"] == pytest.approx(poisson.sf(pair["objects"] - 1, expected))


def test_the_rate_is_the_collections_own_within_bounds() -> None:
    assert copies.detect(copies.contents(events(crowd(0, 50)))).rate == copies.LAMBDA
    assert copies.detect(copies.contents(events(flood(60)))).rate == copies.MOST_LAMBDA


def test_nothing_published_is_nothing_found() -> None:
    assert found([]).is_empty()
    assert copies.detect(copies.contents(events([]))).pairs.is_empty()
