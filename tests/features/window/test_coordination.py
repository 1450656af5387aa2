"""Features of coordination sum up, per account, what is known of each of its posts and of the author."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest

from vigie.features.catalogue import CATALOGUE
from vigie.features.window import coordination

NAMES = [name for name in CATALOGUE if CATALOGUE[name].group == "coordination"]


def value(name: str, **columns: Sequence[object]) -> float | None:
    """Return a feature of an account from columns of its posts."""
    found: float | None = pl.DataFrame(columns).select(CATALOGUE[name].expression).item()
    return found


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("coordination_minute_company_share", 60),
        ("coordination_ten_minutes_company_share", 600),
        ("coordination_hour_company_share", 3_600),
        ("coordination_day_company_share", 86_400),
    ],
)
def test_company_counts_up_to_the_second_that_the_name_says(name: str, seconds: int) -> None:
    assert value(name, near_s=[0, seconds, seconds + 1, None]) == pytest.approx(2 / 4)
    assert value(name, near_s=[None, None]) == 0


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("coordination_text_shared_share", "is_text_shared"),
        ("coordination_repost_shared_share", "is_repost_shared"),
        ("coordination_hashtag_shared_share", "is_hashtag_shared"),
        ("coordination_mention_shared_share", "is_mention_shared"),
    ],
)
def test_a_share_of_a_trace_is_of_the_posts_that_have_such_an_object(name: str, column: str) -> None:
    assert value(name, **{column: [True, False, None, None]}) == pytest.approx(1 / 2)
    assert value(name, **{column: [None, None]}) is None


def test_the_share_of_shared_posts_is_of_all_posts() -> None:
    assert value("coordination_shared_share", is_shared=[True, False, False, False]) == pytest.approx(1 / 4)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("coordination_shared_rarity_bits", "shared_bits"),
        ("coordination_company_rarity_bits", "co_action_bits"),
        ("coordination_text_rarity_bits", "text_bits"),
        ("coordination_text_company_bits", "text_co_action_bits"),
        ("coordination_repost_company_bits", "repost_co_action_bits"),
    ],
)
def test_rarity_is_summed_over_posts(name: str, column: str) -> None:
    assert value(name, **{column: [1.5, None, 2.0]}) == pytest.approx(3.5)


def test_what_is_known_of_the_author_is_taken_once() -> None:
    assert value("coordination_partners_count", any_partners=[4, 4, 4]) == 4
    assert value("coordination_closest_partner_bits", any_closest_bits=[7.5, 7.5]) == 7.5
    assert value("coordination_lead_share", lead=[None, None]) is None


@pytest.mark.parametrize("name", NAMES)
def test_more_company_never_lowers_the_score_unless_it_is_a_share_of_few(name: str) -> None:
    free = {
        "coordination_lead_share",
        "coordination_hashtag_shared_share",
        "coordination_mention_shared_share",
    }
    assert CATALOGUE[name].monotone == int(name not in free)


def test_every_feature_of_the_module_is_in_the_catalogue_and_needs_one_post() -> None:
    assert {name for name in vars(coordination) if name.startswith("coordination_")} == set(NAMES)
    assert {CATALOGUE[name].needs_posts for name in NAMES} == {1}
