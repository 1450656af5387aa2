"""Members of a campaign are open where they say themselves what they are, or their contents are given to them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.features.coordination.report.collected import collected_by_hashtag

from vigie.features.coordination.comparison import Comparison
from vigie.features.coordination.report import openness
from vigie.features.coordination.report.group import people_of
from vigie.features.coordination.report.openness import Openness


def of_the_campaign(compared: Comparison) -> Openness:
    members = compared.campaigns.members.rename({"campaign": "group"})
    (found,) = openness.by_campaign(compared, people_of(compared.accounts, members)).values()
    return found


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({}, None),
        ({"description": "An automated account"}, "declared_bots"),
        ({"handle": "Pizzona_", "description": "Your Pizzona in town", "tag": " #pizza"}, "organisation"),
    ],
)
def test_what_members_say_of_themselves_is_named(
    readers: Callable[..., Comparison], about: dict[str, str], said: str | None
) -> None:
    assert of_the_campaign(readers(**about)).said == said


@pytest.mark.parametrize(("seconds", "by_hand"), [(20, True), (0, False)])
def test_copies_within_seconds_are_not_made_by_hand(seconds: int, by_hand: bool) -> None:
    found = of_the_campaign(collected_by_hashtag(alike=False, seconds=seconds))
    assert found.is_by_hand is by_hand
    assert list(found.given) == ["one_occasion"]
