"""JSON records as columns, by paths."""

from typing import Any

import polars as pl
import pytest

from vigie.features.ingest import lists
from vigie.features.ingest.reader import FILE, LINE
from vigie.features.ingest.readers import nested

POST = {
    "id": 7,
    "user": {"id_str": "11", "name": "😀"},
    "entities": {"hashtags": [{"text": "quay"}, {"text": "crane"}], "urls": []},
    "media": [{"url": "a", "sizes": [1, 2]}, {"url": "b", "sizes": [3]}],
    "a.b": "flat",
    "a": {"b": "deep"},
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("id", 7), ("user.id_str", "11"), ("entities.hashtags.text", ["quay", "crane"]), ("entities.urls.url", []),
        ("media.1.url", "b"), ("media.9.url", None), ("media.sizes", [1, 2, 3]), ("a.b", "flat"), ("none", None),
        ("user.none.more", None), ("id.more", None),
    ],
)  # fmt: skip
def test_a_path_goes_through_objects_and_lists(path: str, value: Any) -> None:
    assert nested.at(POST, path) == value


def made(*records: dict[str, Any], values: list[str], listed: dict[str, str]) -> pl.DataFrame:
    return nested.table(records, ["f"] * len(records), list(range(1, len(records) + 1)), values, listed)


def test_records_become_columns_of_texts_and_lists_with_their_places() -> None:
    frame = made(
        POST,
        {"id": None},
        values=["id", "user.name"],
        listed={"entities.hashtags": "hashtags", "media.url": "urls"},
    )
    assert frame.select("id", "user.name").rows() == [("7", "😀"), (None, None)]
    assert frame["entities.hashtags"].to_list() == [["quay", "crane"], None]
    assert frame["media.url"].to_list() == [["a", "b"], None]
    assert frame.select(FILE, LINE).rows() == [("f", 1), ("f", 2)]


def test_a_value_alone_is_a_list_of_one() -> None:
    assert made({"by": 7}, values=[], listed={"by": "mentions"})["by"].to_list() == [["7"]]


def test_texts_where_lists_are_wanted_are_read_as_cells_are() -> None:
    frame = made(
        {"tags": "quay|crane"}, {"tags": [{"text": "gull"}]}, {}, values=[], listed={"tags": "hashtags"}
    )
    assert lists.read(frame["tags"], "hashtags").to_list() == [["quay", "crane"], ["gull"], None]


def test_a_structure_where_a_value_is_wanted_is_told_and_never_its_first_element() -> None:
    frame = made(POST, {"user": "ana"}, values=["user", "media.url", "id"], listed={})
    assert frame.select("user", "media.url", "id").rows() == [(None, None, "7"), ("ana", None, None)]
    why = nested.structures(frame, "user")
    assert why is not None
    told, nothing = frame.select(why).to_series().to_list()
    assert "user holds an object or a list" in told
    assert nothing is None
    assert nested.structures(frame, "id") is None


def test_numbers_keep_what_they_say() -> None:
    frame = made(
        {"n": 12.0}, {"n": 1.234}, {"n": 1.2940304724278354e18}, {"n": True}, values=["n"], listed={}
    )
    assert frame["n"].to_list() == ["12", "1.2340", "1.294030472427835e+18", "true"]


def test_records_of_a_page_know_their_page() -> None:
    page = {"id": 9, "data": {"videos": [{"id": 1}, "odd", {"id": 2}]}}
    found = nested.inside(page, "data.videos")
    assert found is not None
    assert [(nested.at(one, "id"), nested.at(one, "page.id")) for one in found] == [(1, 9), (2, 9)]
    assert nested.inside({"data": {}}, "data.videos") is None
    assert nested.inside({"data": []}, "data") == []


def test_the_keys_of_records_are_paths() -> None:
    assert nested.keys([POST, {"late": 1}]) == [
        "id", "user", "user.id_str", "user.name", "entities", "entities.hashtags", "entities.hashtags.text",
        "entities.urls", "media", "media.url", "media.sizes", "a.b", "a", "late",
    ]  # fmt: skip
