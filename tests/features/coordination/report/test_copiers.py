"""People who copy some of a campaign are told from its accounts, where its core shows how these publish."""

from __future__ import annotations

import polars as pl
import pytest

from vigie.features.coordination.report import copiers

CORE, OTHERS = range(100), range(100, 160)


def published(
    of_core: list[int], of_others: list[int], text: str = "the dam is about to break, share this"
) -> pl.DataFrame:
    """Return posts of accounts that publish so many contents each, in turn, and nothing else, in an order that tells nothing."""
    rows = [
        (
            account,
            f"c{content}",
            text if account in OTHERS else "x",
            7 * account % 160,
            numbers[account % len(numbers)],
        )
        for accounts, numbers in ((CORE, of_core), (OTHERS, of_others))
        for account in accounts
        for content in range(numbers[account % len(numbers)])
    ]
    told = pl.DataFrame(rows, schema=["account", "object", "text", "time", "posts"], orient="row")
    return told.with_columns(pictured=True, worded=True)


MEMBERS = published([3, 4, 5, 6], [3, 4, 5, 6])
IS_MOCKER = pl.col("account") >= 140
MOCKERS = frozenset(range(140, 160))
LIVES = pl.col("posts") + pl.when(IS_MOCKER).then(4).otherwise(0)
MANNERS = {
    "no picture": {"pictured": ~IS_MOCKER},
    "words of their own": {"worded": ~IS_MOCKER},
}


def test_members_that_publish_as_many_contents_as_the_core_are_no_copiers() -> None:
    assert copiers.among(published([3, 4, 5, 6], [3, 4, 5, 6]), CORE) == frozenset()


def test_where_members_clearly_publish_fewer_those_below_the_median_of_the_core_may_be_copiers() -> None:
    mixed = published([3, 4, 5, 6], [2, 2, 2, 6])
    expected = {account for account in OTHERS if account % 4 != 3}
    assert copiers.among(mixed, CORE) == expected
    # Who acts in a group of the campaign is joined by that.
    assert copiers.among(mixed, CORE, range(100, 130)) == expected - set(range(100, 130))


def test_a_few_that_publish_fewer_are_no_evidence_of_copiers() -> None:
    assert copiers.among(published([3, 4, 5, 6], [2] + [3, 4, 5, 6] * 5), CORE) == frozenset()


@pytest.mark.parametrize("manner", MANNERS)
def test_members_that_do_what_no_account_of_the_core_does_may_be_copiers(manner: str) -> None:
    assert copiers.among(MEMBERS.with_columns(**MANNERS[manner]), CORE) == MOCKERS
    # What accounts of the core do as often tells nothing.
    as_often = {name: value | (pl.col("account") < 40) for name, value in MANNERS["no picture"].items()}
    assert copiers.among(MEMBERS.with_columns(pictured=~as_often["pictured"]), CORE) == frozenset()


def test_a_life_of_their_own_shows_nothing_of_those_who_treat_the_campaign_as_its_core_does() -> None:
    # Old accounts of a campaign, bought or taken over, beside its new ones: what tells them apart is when they were created.
    living = MEMBERS.with_columns(posts=LIVES)
    assert copiers.among(living, CORE) == frozenset()
    # Two of twenty leave out the picture, as none of the core does: of all members they are too few to show anything.
    pictured = pl.col("account").is_in([140, 141]).not_()
    assert copiers.among(MEMBERS.with_columns(pictured=pictured), CORE) == frozenset()
    assert copiers.among(living.with_columns(pictured=pictured), CORE) == MOCKERS


def test_to_come_late_shows_nothing_by_itself_and_something_beside_another_manner() -> None:
    late = MEMBERS.with_columns(time=pl.when(IS_MOCKER).then(1_000).otherwise("time"))
    assert copiers.among(late, CORE) == frozenset()
    # Half of the copiers have a life of their own, as one account of the campaign in twenty has.
    living = pl.col("account") % 20 == 0
    lives = pl.when(living | (IS_MOCKER & (pl.col("account") % 2 == 0))).then(4).otherwise(0)
    some = MEMBERS.with_columns(posts=pl.col("posts") + lives)
    both = late.with_columns(posts=pl.col("posts") + lives)
    quiet = set(range(141, 160, 2))
    assert not copiers.among(some, CORE) & quiet
    assert copiers.among(both, CORE) >= quiet


def test_where_few_share_a_profile_the_accounts_in_groups_stand_in_for_the_core() -> None:
    bare = MEMBERS.with_columns(pictured=~IS_MOCKER)
    assert copiers.among(bare, range(5), CORE) == MOCKERS
    # Who publishes more meets more often: that the others publish fewer contents tells nothing.
    assert copiers.among(published([3, 4, 5, 6], [2]), (), CORE) == frozenset()


def test_a_small_core_tells_nothing() -> None:
    few = range(copiers.LEAST_CORE - 1)
    assert copiers.among(published([5], [2]), few) == frozenset()
    assert copiers.among(published([5], [2]), CORE) == frozenset(OTHERS)


@pytest.mark.parametrize(
    ("text", "reports"),
    [
        ("False: “the dam is about to break, share this”", True),
        ("Non : «\u202fle barrage va céder, faites tourner\u202f»", True),
        ('"the dam is about to break, share this" they say', True),
        ("They speak of a “dam” again, the dam is about to break", False),
        ("the dam is about to break, share this", False),
    ],
)
def test_who_puts_the_words_in_quotation_marks_reports_them(text: str, reports: bool) -> None:
    found = copiers.among(published([4], [4], text), CORE)
    assert found == (frozenset(OTHERS) if reports else frozenset())
