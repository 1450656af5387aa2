"""The profiles of tweetbotornot, read to the contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vigie.features.ingest.readers import Read

ReadSample = Callable[..., Read]
AsCsv = Callable[[Sequence[Mapping[str, str]]], str]


@pytest.fixture
def profiles(tmp_path: Path, as_csv: AsCsv) -> Path:
    rows = [
        {
            "user_id": "1",
            "screen_name": "a",
            "account_created_at": "1390739271.0",
            "verified": "False",
            "profile_image_url": "http://abs.example/sticky/default_profile_images/d.png",
            "bot": "1",
        },
        {
            "user_id": "2",
            "screen_name": "b",
            "account_created_at": "1327357007.0",
            "verified": "True",
            "profile_image_url": "http://pbs.example/profile_images/d.png",
            "bot": "0",
        },
    ]
    (tmp_path / "botornot_train.csv").write_text(as_csv(rows))
    return tmp_path


def test_tweetbotornot_is_observed_when_its_newest_account_was_made(profiles: Path, read: ReadSample) -> None:
    result = read("tweetbotornot", profiles)
    newest = datetime(2014, 1, 26, 12, 27, 51, tzinfo=UTC)
    assert result.accounts["observed_at"].to_list() == [newest, newest]
    assert result.accounts["has_profile_image"].to_list() == [False, True]
    assert result.labels.select("value", "campaign", "strength", "kind").rows() == [
        (True, "botornot_train", "weak", None),
        (False, "botornot_train", "weak", None),
    ]
