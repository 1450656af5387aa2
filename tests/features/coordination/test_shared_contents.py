"""All that two accounts share is counted, also where not all pairs are compared, or some at a time."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from tests.features.coordination.floods import crowd, events, flood, kit

from vigie.features import on_disk
from vigie.features.coordination import copy_groups, published_contents, shared_contents


def test_pairs_that_are_compared_count_all_that_they_share(monkeypatch: pytest.MonkeyPatch) -> None:
    contents = published_contents.contents(events(flood(200) + crowd(1_000, 100)))
    whole = copy_groups.detect(contents)
    monkeypatch.setattr(shared_contents, "MEETINGS", 0)
    bounded = copy_groups.detect(contents)
    told = ["first", "second", "objects", "posts_first", "posts_second", "expected", "p"]
    assert 0 < bounded.pairs.height < whole.pairs.height
    assert bounded.tests == whole.tests
    assert bounded.pairs.select(told).join(whole.pairs, on=told, how="anti").is_empty()


def test_pairs_next_to_each_other_are_found_some_at_a_time_and_laid_on_disk(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    contents = published_contents.contents(events(flood(200) + kit() + crowd(1_000, 100)))
    monkeypatch.setattr(shared_contents, "MEETINGS", 0)
    whole = copy_groups.detect(contents).pairs
    monkeypatch.setattr(shared_contents, "_BLOCK", 500)
    monkeypatch.setattr(shared_contents, "_SAMPLED", 7)
    laid: list[int] = []

    def watched(table: pl.DataFrame, least: int) -> pl.DataFrame:
        laid.append(table.height)
        return table

    monkeypatch.setattr(on_disk, "laid", watched)
    with on_disk.within(tmp_path):
        assert copy_groups.detect(contents).pairs.equals(whole)
    assert len(laid) > 5
    assert max(laid) < whole.height
