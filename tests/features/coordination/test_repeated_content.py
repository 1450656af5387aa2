"""Accounts that each tell one text to many are found, and people who say it once or twice are not."""

from __future__ import annotations

import polars as pl
import pytest

from vigie.features.coordination import campaigns, published_contents, repeated_content

TEXT, PICTURE, TAGS = "text_duplicate", "media_duplicate", "hashtag_sequence"


def contents(often: dict[int, int], trace: str = TEXT, thing: str = "1") -> pl.DataFrame:
    """Return what accounts published: each so many posts of one content, beside a post of its own."""
    acts = [(account, trace, thing) for account, times in often.items() for _ in range(times)]
    acts += [(account, trace, f"own-{account}") for account in often]
    rows = [(name, account, one, 3_600 * post, post) for post, (account, name, one) in enumerate(acts)]
    schema = {
        "trace": pl.String, "account": pl.Int64, "object": pl.String, "time": pl.Int64, "post": pl.Int64,
    }  # fmt: skip
    return published_contents.contents(pl.DataFrame(rows, schema=schema, orient="row"))


@pytest.mark.parametrize("trace", [TEXT, PICTURE])
def test_accounts_that_repeat_one_content_are_found(trace: str) -> None:
    found = repeated_content.detect(contents(dict.fromkeys(range(30), 10), trace))
    assert found["account"].to_list() == list(range(30))
    assert found["object"].unique().to_list() == [f"{trace} 1"]
    assert found["p"].unique().to_list() == [pytest.approx(0.5**30)]


def test_who_published_it_once_or_twice_is_not_among_them() -> None:
    found = repeated_content.detect(contents({account: 5 if account < 30 else 2 for account in range(34)}))
    assert found["account"].to_list() == list(range(30))


@pytest.mark.parametrize(
    "often",
    [
        dict.fromkeys(range(200), 2),
        {account: 5 if account < 100 else 1 for account in range(200)},
        {account: 5 if account < 12 else 1 for account in range(18)},
        dict.fromkeys(range(9), 10),
        {},
    ],
)
def test_what_most_people_publish_once_or_twice_and_what_few_do_is_not_found(often: dict[int, int]) -> None:
    assert repeated_content.detect(contents(often)).is_empty()


def test_hashtags_in_a_row_and_what_nobody_shares_are_no_contents() -> None:
    assert repeated_content.detect(contents(dict.fromkeys(range(30), 10), TAGS, "a b c")).is_empty()
    alone = contents(dict.fromkeys(range(1), 10))
    assert repeated_content.detect(alone).is_empty()


def test_of_many_contents_each_must_be_the_less_likely() -> None:
    one = {account: 3 if account < 13 else 1 for account in range(14)}
    assert repeated_content.detect(contents(one)).height == 13
    many = pl.concat(
        contents({account + 100 * number: times for account, times in one.items()}, thing=f"t{number}")
        for number in range(20)
    )
    assert repeated_content.detect(many).is_empty()


def addressed(people: dict[int, int], named: str = "a") -> pl.DataFrame:
    """Return of how many people each account told one link; of none it is told to nobody."""
    rows = [
        ("co_url", account, "site.example/1", f"{named}{each}" if each is not None else None)
        for account, count in people.items()
        for each in (range(count) if count else [None])
    ]
    schema = {"trace": pl.String, "account": pl.Int64, "object": pl.String, "addressee": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def test_accounts_that_tell_many_people_of_one_link_are_found() -> None:
    found = to_many(addressed({account: 5 if account < 30 else 2 for account in range(34)}))
    assert found["account"].to_list() == list(range(30))
    assert found["object"].unique().to_list() == ["co_url site.example/1"]


@pytest.mark.parametrize(
    "people",
    [
        dict.fromkeys(range(200), 2),
        # Most share it and tell nobody.
        {account: 5 if account < 40 else 0 for account in range(100)},
        dict.fromkeys(range(9), 10),
        {},
    ],
)
def test_what_most_people_share_and_few_tell_many_people_of_is_not_found(people: dict[int, int]) -> None:
    assert to_many(addressed(people)).is_empty()


def test_who_tells_one_person_again_and_again_tells_not_many() -> None:
    again = pl.concat([addressed(dict.fromkeys(range(30), 1))] * 5)
    assert to_many(again).is_empty()


def to_many(some: pl.DataFrame) -> pl.DataFrame:
    return repeated_content.told_to_many(repeated_content.told(some))


def together(some: pl.DataFrame) -> pl.DataFrame:
    return repeated_content.told_together(repeated_content.told(some))


def asked(*cells: dict[int, int], people: str = "desk") -> pl.DataFrame:
    """Return of how many people, the same for all, each account told the link of its cell; of none: it told nobody."""
    return pl.concat(
        addressed(cell, people).with_columns(object=pl.lit(f"site.example/{number}"))
        for number, cell in enumerate(cells)
    )


def cells(count: int, size: int, people: int) -> list[dict[int, int]]:
    """Return cells of accounts that each tell so many people of one link."""
    return [dict.fromkeys(range(size * each, size * (each + 1)), people) for each in range(count)]


def test_cells_that_ask_the_same_people_about_a_link_each_are_found_together() -> None:
    links = asked(*cells(5, 6, 8))
    assert to_many(links).is_empty()
    found = together(links)
    assert found["pool"].n_unique() == 1
    assert found["object"].n_unique() == 5
    assert found["account"].sort().to_list() == list(range(30))
    # Two of each link are why it is looked at: four of each are left.
    assert found["p"].unique().to_list() == [pytest.approx(0.5**20)]


def test_an_account_counts_once_however_many_links_it_asks_about() -> None:
    few = dict.fromkeys(range(11), 8)
    assert together(asked(*[few] * 5)).is_empty()


@pytest.mark.parametrize(
    "links",
    [
        # Each link is told to other people.
        pl.concat(
            asked(cell, people=f"desk{number}-").with_columns(object=pl.lit(f"site.example/{number}"))
            for number, cell in enumerate(cells(5, 6, 8))
        ),
        # Most who share the links tell nobody.
        asked(*({**cell, **dict.fromkeys((a + 100 for a in cell), 0)} for cell in cells(5, 6, 8))),
        # Pairs of accounts alone, and few of them.
        asked(*cells(20, 2, 8)),
        asked(*cells(3, 3, 8)),
        addressed({}),
    ],
    ids=["apart", "readers", "pairs", "few", "none"],
)
def test_readers_and_those_who_ask_different_people_are_not_found_together(links: pl.DataFrame) -> None:
    assert together(links).is_empty()


def test_they_found_a_campaign_that_many_contents_make_and_no_minute() -> None:
    acts = [(account, "1") for account in range(40) for _ in range(4)]
    acts += [(account, f"own-{account}-{each}") for account in range(100, 400) for each in range(3)]
    rows = [(TEXT, account, one, 3_600 * post, post) for post, (account, one) in enumerate(acts)]
    published = pl.DataFrame(
        rows,
        schema={
            "trace": pl.String, "account": pl.Int64, "object": pl.String, "time": pl.Int64, "post": pl.Int64,
        },
        orient="row",
    )  # fmt: skip
    no_group = pl.DataFrame(schema={"group": pl.Int64, "account": pl.Int64})
    found = campaigns.detect_campaigns(published, no_group)
    assert found.members["account"].to_list() == list(range(40))
    assert not found.members["one_content"].any()
    assert (found.members["log_rarity"] >= 2).all()
    assert found.posts().height == 160
