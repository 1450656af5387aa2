"""One name, each time on a platform of its own, is that of one person."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest

from vigie.features.coordination.report.one_person import one_name


def members(
    platforms: Sequence[str | None], handles: Sequence[str | None], names: Sequence[str | None] = ()
) -> pl.DataFrame:
    columns = {"platform": platforms, "handle": handles, "display_name": names or [None] * len(platforms)}
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


@pytest.mark.parametrize(
    "handles",
    [
        ["ana_lopes", "AnaLopes"], ["@analopes@social.example", "analopes"], ["analopes.bsky.social", "ana-lopes"],
    ],
)  # fmt: skip
def test_capitals_signs_and_servers_make_no_other_name(handles: list[str]) -> None:
    assert one_name(members(["mastodon", "x"], handles)) == "analopes"


def test_the_name_that_is_shown_counts_too() -> None:
    people = members(
        ["x", "bluesky", "mastodon"], ["al_7", "ana", None], ["Ana Lopes", "ana lopes", "Ana Lopes!"]
    )
    assert one_name(people) == "analopes"


@pytest.mark.parametrize(
    ("platforms", "handles"),
    [
        (["x", "x"], ["analopes", "ana_lopes"]),
        (["x", None], ["analopes", "analopes"]),
        (["x", "bluesky", "x"], ["analopes", "analopes", "ana_lopes"]),
        (["x", "bluesky"], ["analopes", "anasilva"]),
        (["x", "bluesky"], ["analopes", None]),
        (["x", "bluesky"], [None, None]),
        (["x", "bluesky"], ["ana", "ana"]),
        (["x"], ["analopes"]),
    ],
)
def test_two_accounts_on_one_platform_two_names_and_short_ones_are_of_nobody(
    platforms: list[str | None], handles: list[str | None]
) -> None:
    assert one_name(members(platforms, handles)) is None
