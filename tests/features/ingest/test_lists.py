"""Lists as cells hold them."""

import polars as pl
import pytest

from vigie.features.ingest import lists

HASHES = ["f0e1d2c3b4a59687", "0f1e2d3c4b5a6978"]


def read(cell: str | None, field: str, separator: str | None = None) -> list[str] | None:
    found: list[list[str] | None] = lists.read(pl.Series([cell], dtype=pl.String), field, separator).to_list()
    return found[0]


@pytest.mark.parametrize("between", ["|", ",", ", ", ";", " ", " | "])
@pytest.mark.parametrize("field", ["media_hashes", "hashtags", "mentions"])
def test_what_no_element_can_hold_parts_the_elements(field: str, between: str) -> None:
    assert read(between.join(HASHES), field) == HASHES


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("https://a.example/1,2|https://b.example", ["https://a.example/1,2", "https://b.example"]),
        ("https://a.example https://b.example", ["https://a.example", "https://b.example"]),
        ("https://a.example;http://b.example", ["https://a.example", "http://b.example"]),
        ("a.example,b.example", ["a.example,b.example"]),
    ],
)
def test_a_link_ends_where_the_next_begins(cell: str, wanted: list[str]) -> None:
    assert read(cell, "urls") == wanted


def test_a_stated_separator_is_the_only_one() -> None:
    assert read("world news|quay", "hashtags", "|") == ["world news", "quay"]
    assert read('["a|b"]', "hashtags", "|") == ["a|b"]


@pytest.mark.parametrize(
    ("cell", "field", "wanted"),
    [
        ('[{"start": 5, "tag": "quay"}, {"tag": "caf\\u00e9"}]', "hashtags", ["quay", "café"]),
        ('[{"text": "quay"}]', "hashtags", ["quay"]),
        ('[{"id": "7", "username": "ana"}]', "mentions", ["ana"]),
        ('[{"url": "https://t.example/1", "expanded_url": "https://quay.example/7"}]', "urls", ["https://quay.example/7"]),
        ('{"tag": "quay"}', "hashtags", ["quay"]),
        ('["#quay", null, "@ana"]', "hashtags", ["quay", "@ana"]),
        ("[11, 12]", "mentions", ["11", "12"]),
        ("[]", "hashtags", []),
        ("['quay', 'crane']", "hashtags", ["quay", "crane"]),
        ("[quay, crane]", "hashtags", ["quay", "crane"]),
        ("{quay,crane}", "hashtags", ["quay", "crane"]),
        ("[{'tag': 'quay', 'start': None}]", "hashtags", ["quay"]),
        ('[{"start": 5, "other": 1}]', "hashtags", []),
    ],
)  # fmt: skip
def test_json_and_brackets_are_read(cell: str, field: str, wanted: list[str]) -> None:
    assert read(cell, field) == wanted


@pytest.mark.parametrize("cell", [None, "", "  ", '[{"tag": "qu', "[{'tag': 'qu", "[{'tag': quay}]"])
def test_what_is_no_list_is_missing_and_never_cut_to_pieces(cell: str | None) -> None:
    assert read(cell, "hashtags") is None


def test_a_list_with_an_element_that_may_be_several_is_unclear() -> None:
    held = pl.Series([["a,b"], ["a", "b"], None, []], dtype=pl.List(pl.String))
    assert lists.unclear(held, "urls").to_list() == [True, False, False, False]
    spaced = pl.Series([["a b"]])
    assert (lists.unclear(spaced, "urls").item(), lists.unclear(spaced, "hashtags").item()) == (False, True)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("[a, b]", ["a", "b"]),
        ("['a', 'b']", ["a", "b"]),
        ('["a","b"]', ["a", "b"]),
        ("[]", []),
        ("", []),
        ("[http://a.com/x,y, http://b.com]", ["http://a.com/x,y", "http://b.com"]),
    ],
)
def test_bracketed_lists_are_read(text: str, wanted: list[str]) -> None:
    assert pl.DataFrame({"a": [text]}).select(lists.bracketed(pl.col("a"))).item().to_list() == wanted
