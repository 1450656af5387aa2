"""Metrics of a group: whose reactions its posts got, and who acts before the others."""

from __future__ import annotations

import polars as pl
import pytest

from vigie.features.coordination.report import group_metrics


def test_the_audience_says_how_much_of_it_is_the_group_itself() -> None:
    posts = pl.DataFrame(
        {
            "row": [0, 1, 2, 9],
            "post_id": ["a", "b", "c", "d"],
            "kind": ["original", "repost", "repost", "reply"],
            "target_post_id": [None, "a", "a", "a"],
        }
    )
    together = pl.DataFrame({"account": [0, 1, 2], "group": [0, 0, 0]})
    table = group_metrics.reactions(posts, together)
    assert table.row(0, named=True) == {"post_id": "a", "reactions": 3, "internal": 2}
    said = posts.filter(pl.col("row") < 3).join(table, on="post_id", how="left")
    assert group_metrics.audience(said).internal_share == pytest.approx(2 / 3)
    assert group_metrics.audience(said.filter(pl.col("post_id") != "a")).internal_share is None
