"""Accounts that put a link behind the words of several others are found, and readers, petitions and quoters are not."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from vigie.features.coordination import borrowed_words, campaigns, published_contents

PEOPLE, TAKERS = 300, 20
PAGES = ("truth.example/a", "truth.example/b")
ACTS = {"trace": pl.String, "account": pl.Int64, "object": pl.String, "time": pl.Int64, "post": pl.Int64}
Post = tuple[int, int, str, str | None]


def collected(posts: list[Post]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return what was published and its contents; a post is its time, account, text and page."""
    rows = []
    for post, (time, account, text, page) in enumerate(sorted(posts, key=lambda each: each[:2])):
        rows.append(("text_duplicate", account, text, time, post))
        if page is not None:
            rows.append(("co_url", account, page, time, post))
    published = pl.DataFrame(rows, schema=ACTS, orient="row")
    return published, published_contents.contents(published)


def people(page: str | None = None) -> list[Post]:
    return [(60 * account, account, f"text {account}", page) for account in range(PEOPLE)]


def taking(each: int = 6, own: int = 2, texts: int = PEOPLE) -> list[Post]:
    """Return accounts that take so many texts of others, and have so many posts of their own."""
    posts: list[Post] = []
    for taker in range(TAKERS):
        account = PEOPLE + taker
        posts += [
            (100_000 + 10 * taker + at, account, f"text {(taker * 13 + at * 7) % texts}", PAGES[at % 2])
            for at in range(each)
        ]
        posts += [(200_000 + place, account, f"own {account} {place}", None) for place in range(own)]
    return posts


def test_accounts_that_put_a_link_behind_the_words_of_others_are_found() -> None:
    found = borrowed_words.detect(*collected([*people(), *taking()]))
    assert found["account"].unique().sort().to_list() == list(range(PEOPLE, PEOPLE + TAKERS))
    assert found["object"].unique().sort().to_list() == [f"co_url {page}" for page in PAGES]
    assert found["p"].max() < 1e-6  # type: ignore[operator]  # a number
    assert found["pool"].unique().to_list() == [0]


def kit() -> list[Post]:
    """Five texts that many publish, some with the link."""
    return [
        (1_000 * place + account, account, f"kit {(account + place) % 5}", PAGES[0] if account % 2 else None)
        for account in range(PEOPLE)
        for place in range(4)
    ]


@pytest.mark.parametrize(
    "posts",
    [
        pytest.param(lambda: [*people(PAGES[0]), *taking()], id="titles"),
        pytest.param(lambda: [*people(), *taking(own=8)], id="a part of what they publish"),
        pytest.param(lambda: [*people(), *taking(each=2, own=0)], id="twice"),
        pytest.param(lambda: [*people(), *taking(texts=8)], id="few texts"),
        pytest.param(lambda: people(), id="people"),
        pytest.param(kit, id="a kit"),
        pytest.param(list, id="nothing"),
    ],
)
def test_others_are_not(posts: Callable[[], list[Post]]) -> None:
    assert borrowed_words.detect(*collected(posts())).is_empty()


def test_they_are_a_campaign_by_the_pages_they_lead_to() -> None:
    published, _ = collected([*people(), *taking()])
    no_group = pl.DataFrame(schema={"group": pl.Int64, "account": pl.Int64})
    found = campaigns.detect_campaigns(published, no_group)
    assert found.members["account"].to_list() == list(range(PEOPLE, PEOPLE + TAKERS))
