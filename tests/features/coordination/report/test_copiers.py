"""People who copy two contents of a campaign are told from its accounts, where its core shows how many these publish."""

from __future__ import annotations

import polars as pl
import pytest

from vigie.features.coordination.report import copiers

CORE, OTHERS = range(100), range(100, 160)


def published(
    of_core: list[int], of_others: list[int], text: str = "the dam is about to break, share this"
) -> pl.DataFrame:
    """Return posts of accounts that publish so many contents each, in turn."""
    rows = [
        (account, f"c{content}", text if account in OTHERS else "x")
        for accounts, numbers in ((CORE, of_core), (OTHERS, of_others))
        for account in accounts
        for content in range(numbers[account % len(numbers)])
    ]
    return pl.DataFrame(rows, schema=["account", "object", "text"], orient="row")


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
