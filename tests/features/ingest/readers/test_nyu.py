"""The NYU competition of 2017, read to the contract."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from vigie.features.ingest.readers import Read

ReadSample = Callable[..., Read]
AsCsv = Callable[[Sequence[Mapping[str, str]]], str]


@pytest.fixture
def archive(tmp_path: Path, as_csv: AsCsv, status: dict[str, Any]) -> Path:
    base = {
        "screen_name": "Ana_Bot",
        "name": "Ana",
        "description": '""',
        "listedcount": "3",
        "lang": '"en"',
        "default_profile_image": "FALSE",
        "bot": "1",
    }
    printed = f"Status(_api=<tweepy.api.API object at 0x1>, _json={status | {'text': 'a } b'}!r}, id=1)"
    rows = [
        base | {"created_at": "Sat Oct 17 22:35:31 +0000 2015", "status": repr(status)},
        base | {"screen_name": "b", "created_at": "13/03/2017 2:21", "status": printed},
        base | {"screen_name": "c", "created_at": "4/3/2016 22:21", "status": json.dumps(status)},
        base | {"screen_name": "d", "created_at": "4/4/2016 22:21", "status": "bare text"},
        base | {"screen_name": "e", "created_at": "12/3/2017 2:21", "status": "null"},
        base | {"screen_name": "f", "created_at": "", "status": "__import__('os').abort()"},
    ]
    (tmp_path / "bots_data.csv").write_text(as_csv(rows))
    return tmp_path


def test_nyu_reads_every_form_of_status_without_running_it(archive: Path, read: ReadSample) -> None:
    result = read("nyu", archive)
    assert result.posts["text"].to_list() == ["hi", "a } b", "hi"]
    assert result.posts["post_id"].unique().to_list() == ["841319282986237952"]
    assert result.posts["account_id"].to_list() == ["ana_bot", "b", "c"]
    assert (
        "bots_data.csv: statuses that are bare text or cut short, without a time, and give no post: 2"
        in result.notes
    )


def test_nyu_dates_are_read_only_where_one_order_is_possible(archive: Path, read: ReadSample) -> None:
    result = read("nyu", archive)
    assert result.accounts["created_at"].to_list() == [
        datetime(2015, 10, 17, 22, 35, 31, tzinfo=UTC),
        datetime(2017, 3, 13, 2, 21, tzinfo=UTC),
        None,
        datetime(2016, 4, 4, 22, 21, tzinfo=UTC),
        datetime(2017, 3, 12, 2, 21, tzinfo=UTC),
        None,
    ]
    assert result.accounts["description"].unique().to_list() == [""]
    assert result.accounts["lang"].unique().to_list() == ["en"]
    assert result.labels["kind"].to_list() == ["declared automation"] + [None] * 5
