"""A campaign is its accounts and the groups that act among them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl
import pytest

from vigie.features.coordination import one_object, shared_contents
from vigie.features.coordination.campaigns import Campaigns, TimedContents, detect_campaigns
from vigie.features.i18n import LANGUAGES

SCHEMA = {
    "trace": pl.String, "account": pl.Int64, "object": pl.String, "time": pl.Int64, "post": pl.Int64, "author": pl.Int64,
}  # fmt: skip
GROUPS = {"group": pl.Int64, "account": pl.Int64}


def flood(first: int, members: int, prefix: str) -> list[tuple[int, str]]:
    rng = np.random.default_rng(first)
    return [
        (first + member, f"{prefix}-{thing}")
        for member in range(members)
        for thing in rng.choice(10, 4, replace=False)
    ]


def detect(published: list[tuple[int, str]], *groups: Iterable[int], apart_s: int = 60) -> Campaigns:
    rows = [
        ("media_duplicate", account, thing, apart_s * post, post, None)
        for post, (account, thing) in enumerate(published)
    ]
    members = [(number, account) for number, accounts in enumerate(groups) for account in accounts]
    return detect_campaigns(
        pl.DataFrame(rows, schema=SCHEMA, orient="row"), pl.DataFrame(members, schema=GROUPS, orient="row")
    )


def test_two_floods_are_two_campaigns_the_larger_first() -> None:
    found = detect(flood(0, 20, "a") + flood(100, 40, "b"))
    assert found.members.group_by("campaign").len().sort("campaign")["len"].to_list() == [40, 20]
    assert found.members.filter(pl.col("campaign") == 0)["account"].min() == 100
    assert (found.members["log_rarity"] >= 2).all()


def test_accounts_with_years_of_other_posts_are_found_in_the_days_of_their_copies() -> None:
    lives = [(account, f"life-{account}-{each}") for each in range(30) for account in range(40)]
    taken_over = lives + flood(0, 40, "a")
    assert detect(taken_over).members.is_empty()
    # Half an hour from one post to the next: the copies fill the last three days.
    found = detect(taken_over, apart_s=1_600)
    assert found.members["account"].to_list() == list(range(40))
    assert found.members["campaign"].unique().to_list() == [0]
    assert (found.members["log_rarity"] >= 2).all()
    assert found.posts().height == 160


def test_a_group_that_mostly_belongs_to_a_campaign_is_of_it_whole() -> None:
    found = detect(flood(0, 30, "a"), range(8, 12), range(26, 34), range(28, 40))
    assert found.groups.rows() == [(0, 0), (0, 1)]
    by_group_alone = found.members.filter(pl.col("log_rarity").is_null())
    assert by_group_alone["account"].to_list() == [30, 31, 32, 33]


def test_a_group_that_two_campaigns_share_alike_is_of_the_first_each_time() -> None:
    floods = flood(0, 20, "a") + flood(100, 40, "b")
    found = {tuple(detect(floods, [0, 1, 100, 101]).groups.rows()) for _ in range(20)}
    assert found == {((0, 0),)}


def test_posts_are_those_that_hold_contents_of_the_campaign() -> None:
    found = detect([*flood(0, 20, "a"), (3, "only mine"), (500, "elsewhere")])
    posts = found.posts()
    assert posts.height == 80
    assert set(posts["account"]) == set(range(20))


def test_where_nobody_copies_there_is_no_campaign() -> None:
    found = detect([(account, f"own-{account}-{each}") for account in range(30) for each in range(4)])
    assert found.members.is_empty()
    assert found.groups.is_empty()
    assert found.posts().is_empty()


def test_contents_of_too_many_accounts_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    published = flood(0, 100, "a")
    assert detect(published).notes == ()
    monkeypatch.setattr(shared_contents, "MEETINGS", 0)
    found = detect(published)
    (note,) = found.notes
    assert note.values["following"] == shared_contents.LEAST_NEXT
    assert all(str(shared_contents.LEAST_NEXT) in note.say(language) for language in LANGUAGES)
    assert set(found.members["account"]) == set(range(100))


def burst(thing: str, accounts: range, p: float = 1e-9) -> pl.DataFrame:
    return pl.DataFrame(
        [
            (f"media_duplicate {thing}", account, account, 60 * account, len(accounts), p)
            for account in accounts
        ],
        schema=one_object.SCHEMA,
        orient="row",
    )


def test_a_content_of_accounts_outside_founds_a_campaign_and_one_of_members_joins_theirs() -> None:
    published = flood(0, 30, "a") + [(account, "shared") for account in range(100, 120)]
    rows = [
        ("media_duplicate", account, thing, 60 * post, post, None)
        for post, (account, thing) in enumerate(published)
    ]
    table, none = pl.DataFrame(rows, schema=SCHEMA, orient="row"), pl.DataFrame(schema=GROUPS)
    members = detect_campaigns(table, none, TimedContents(burst("shared", range(100, 120)))).members
    assert members.group_by("campaign", "one_content").len().sort("campaign").rows() == [
        (0, False, 30),
        (1, True, 20),
    ]
    assert members.filter("one_content")["log_rarity"].round(6).unique().to_list() == [9.0]
    joined = detect_campaigns(table, none, TimedContents(burst("a-1", range(10, 34)))).members
    assert joined["campaign"].unique().to_list() == [0]
    assert set(joined["account"]) == set(range(34))


def test_the_posts_of_a_content_that_founds_a_campaign_are_shown_though_most_of_the_collection_has_it() -> (
    None
):
    published = [(account, "shared") for account in range(120)] + [(account, "own") for account in (7, 130)]
    rows = [
        ("media_duplicate", account, thing, 60 * post, post, None)
        for post, (account, thing) in enumerate(published)
    ]
    table, none = pl.DataFrame(rows, schema=SCHEMA, orient="row"), pl.DataFrame(schema=GROUPS)
    found = detect_campaigns(table, none, TimedContents(burst("shared", range(100))))
    assert found.members.height == 100
    shown = found.posts()
    assert shown["object"].unique().to_list() == ["media_duplicate shared"]
    assert set(shown["account"]) == set(range(100))


def test_the_posts_of_campaigns_are_found_once() -> None:
    found = detect(flood(0, 20, "a"))
    assert found.posts() is found.posts()
