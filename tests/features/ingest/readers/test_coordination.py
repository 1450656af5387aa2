"""An operation among people, read to the contract."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from vigie.errors import MissingColumnError
from vigie.features.ingest.readers import Read

ReadSample = Callable[..., Read]


@pytest.fixture
def operation(tmp_path: Path) -> Path:
    (tmp_path / "accounts.csv").write_text(
        "account,source,label,family,lang\na_1,ira,io,LeftTroll,English\na_2,mib,organic,E13,it\na_3,arc,organisation,o,en\n"
    )
    for name, account, repost in (("ira", "a_1", True), ("organic", "a_2", False)):
        pl.DataFrame(
            {
                "account": [account, account],
                "ts": [datetime(2016, 1, 1, 10, 5), datetime(2016, 1, 2, 10, 5)],
                "text": ["one", "two"],
                "is_repost": [repost, False],
            },
            schema_overrides={"account": pl.Categorical},
        ).write_parquet(tmp_path / f"posts_{name}.parquet")
    return tmp_path


def test_coordination_keeps_the_minute_and_states_only_reposts(operation: Path, read: ReadSample) -> None:
    result = read("coordination", operation)
    assert result.posts["kind"].to_list() == ["repost", None, None, None]
    assert result.posts["post_id"].to_list() == ["ira-1", "ira-2", "organic-1", "organic-2"]
    assert result.posts["time_resolution"].unique().to_list() == ["minute"]
    assert result.accounts["observed_at"].to_list() == [datetime(2016, 1, 2, 10, 5, tzinfo=UTC)] * 2 + [None]
    labels = result.labels.filter(pl.col("target") == "inauthentic")
    assert labels.drop("target").equals(
        result.labels.filter(pl.col("target") == "coordinated").drop("target")
    )
    assert labels.select("value", "kind", "campaign", "strength").rows() == [
        (True, "troll", "LeftTroll", "platform"),
        (False, "person", "mib", "expert"),
        (False, "organisation", "arc", "expert"),
    ]


def test_coordination_without_posts_is_refused(tmp_path: Path, read: ReadSample) -> None:
    (tmp_path / "accounts.csv").write_text("account,source,label,family\na,b,io,c\n")
    with pytest.raises(MissingColumnError, match=r"it takes accounts\.csv and"):
        read("coordination", tmp_path)
