"""Posts of Facebook as its web pages load them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vigie.features.ingest.reader import Read

From = Callable[..., Read]


def wrapped(actor: dict[str, Any], metadata: list[dict[str, Any]]) -> dict[str, Any]:
    story = {"post_id": "9", "message": None, "actors": [actor]}
    layout = {"story": {"comet_sections": {"metadata": metadata}}}
    sections = {"content": {"story": story}, "context_layout": layout}
    return {"timestamp_collected": 1714730400000, "item_id": "9", "data": {"comet_sections": sections}}


def test_an_author_goes_by_number_else_by_the_end_of_the_address(from_records: From) -> None:
    time = [{"story": {"creation_time": 1714636800}}]
    address = "https://www.facebook.com/ana.port/"
    result = from_records(
        "zeeschuimer-facebook", wrapped({"id": "61", "url": address}, time), wrapped({"url": address}, time)
    )
    assert result.posts["account_id"].to_list() == ["61", "ana.port"]
    assert result.posts["kind"].to_list() == [None, None]


def test_a_record_without_a_time_is_noted(from_records: From) -> None:
    result = from_records("zeeschuimer-facebook", wrapped({"id": "61"}, [{"privacy": "public"}]))
    assert result.posts.is_empty()
    assert result.notes == ("Facebook: records without a post, an author or a time: 1",)
