"""An account belongs to a campaign as surely as its posts are of it, and those of others are not."""

from __future__ import annotations

import polars as pl
import pytest
from scipy.stats import binom

from vigie.features.coordination.campaigns import Campaigns
from vigie.features.coordination.membership import log_membership

MEMBERS = range(6)


def campaigns(*, outside: int = 0, passing_on: int = 0, own: int = 0, members: bool = True) -> Campaigns:
    """Return one campaign of six accounts and four contents, two of each.

    Args:
        outside: Accounts beside it, of one post each.
        passing_on: How many of these posts hold a content of the campaign.
        own: Further posts of each member, of nobody else.
        members: Whether there are any.
    """
    posts: list[tuple[int, str, bool]] = []
    for account in MEMBERS:
        posts += [(account, f"picture {(account + step) % 4}", True) for step in (0, 1)]
        posts += [(account, f"own {account} {number}", False) for number in range(own)]
    posts += [
        (100 + number, "picture 0" if number < passing_on else f"other {number}", number < passing_on)
        for number in range(outside)
    ]
    contents = pl.DataFrame(posts, schema=["account", "object", "shared"], orient="row").with_columns(
        post=pl.int_range(pl.len()), time=pl.lit(0), trace=pl.lit("media_duplicate"), wording="object"
    )
    rows = [(0, account, 2.0, False) for account in MEMBERS] if members else []
    schema = {"campaign": pl.Int64, "account": pl.Int64, "log_rarity": pl.Float64, "one_content": pl.Boolean}
    return Campaigns(
        contents, pl.DataFrame(), pl.DataFrame(rows, schema=schema, orient="row"), pl.DataFrame()
    )


def surely(found: pl.DataFrame) -> float:
    """Return what all members have alike."""
    assert found["account"].to_list() == list(MEMBERS)
    [value] = found["log_membership"].round(9).unique().to_list()
    return float(value)


@pytest.mark.parametrize(("outside", "passing_on", "own"), [(99, 0, 0), (99, 4, 0), (400, 1, 3)])
def test_chance_is_that_of_as_many_posts_of_others(outside: int, passing_on: int, own: int) -> None:
    found = surely(log_membership(campaigns(outside=outside, passing_on=passing_on, own=own), [0]))
    chance = binom.sf(1, 2 + own, (passing_on + 1) / (outside + 1))
    assert 10**-found == pytest.approx(chance, rel=1e-6)


def test_what_others_pass_on_too_says_less() -> None:
    rare, popular = (surely(log_membership(campaigns(outside=99, passing_on=some), [0])) for some in (0, 40))
    assert rare > popular
    assert popular < 1


def test_one_who_posts_much_else_belongs_less_surely() -> None:
    alone, beside = (surely(log_membership(campaigns(outside=99, own=some), [0])) for some in (0, 30))
    assert alone > beside


@pytest.mark.parametrize("made", [campaigns(), campaigns(outside=50, members=False)])
def test_without_others_or_members_nothing_is_said(made: Campaigns) -> None:
    assert log_membership(made, [0]).is_empty()


def test_one_content_is_no_membership() -> None:
    made = campaigns(outside=99)
    contents = made.contents.filter(~((pl.col("account") == 0) & (pl.col("object") == "picture 1")))
    found = log_membership(Campaigns(contents, made.pairs, made.members, made.groups), [0])
    assert found["account"].to_list() == [1, 2, 3, 4, 5]


def test_of_campaigns_that_nobody_asks_for_nothing_is_looked_at() -> None:
    unread = Campaigns(pl.DataFrame(), pl.DataFrame(), pl.DataFrame(), pl.DataFrame())
    assert log_membership(unread, []).is_empty()
    assert log_membership(campaigns(outside=99), [1]).is_empty()
