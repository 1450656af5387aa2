"""Of what several of a group act on, reposts of posts by unknown authors are counted."""

from __future__ import annotations

import polars as pl
import pytest

from vigie.features.coordination.report import unknown_authors


def test_acts_on_what_several_act_on_are_counted_by_whether_they_repost_unknown_authors() -> None:
    acts = [
        ("co_repost", 0, "a", None), ("co_repost", 1, "a", None),
        # Known authors, links, and what one account alone acts on.
        ("co_repost", 0, "b", 7), ("co_repost", 1, "b", 7),
        ("co_url", 1, "c", None), ("co_url", 2, "c", None),
        ("co_repost", 2, "d", None), ("co_repost", 2, "d", None),
        # A group of its own.
        ("co_repost", 3, "e", None), ("co_repost", 4, "e", None), ("co_repost", 9, "e", None),
    ]  # fmt: skip
    events = pl.DataFrame(
        acts,
        schema={"trace": pl.String, "account": pl.Int64, "object": pl.String, "author": pl.Int64},
        orient="row",
    )
    groups = pl.DataFrame({"account": [0, 1, 2, 3, 4, 5], "group": [0, 0, 0, 1, 1, 2]})
    assert unknown_authors.by_group(events, groups) == {0: pytest.approx(1 / 3), 1: 1.0}


@pytest.mark.parametrize(
    ("layers", "days", "expected"),
    [
        ({"any"}, 20, True),
        ({"co_repost"}, 3, True),
        # Something else joins them, or they meet for longer than an author's release lasts.
        ({"co_repost"}, 4, False),
        ({"co_repost", "co_url"}, 1, False),
    ],
)
def test_groups_by_reposts_alone_may_wait_for_an_author_for_a_few_days(
    layers: set[str], days: int, expected: bool
) -> None:
    assert unknown_authors.may_wait(frozenset(layers), days) is expected
