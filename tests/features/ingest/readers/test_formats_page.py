"""The page of formats is what the formats say."""

from __future__ import annotations

from pathlib import Path

from vigie.features.ingest.readers import RECOGNISE, SOURCES
from vigie.features.ingest.readers.formats_page import markdown

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "formats.md"


def test_the_page_in_the_documentation_is_the_one_that_the_formats_give() -> None:
    assert PAGE.read_text(encoding="utf-8") == markdown(SOURCES, RECOGNISE)


def test_each_format_has_a_row_with_what_it_is_known_by_and_a_command() -> None:
    rows = {
        row.split("`")[1]: row for row in markdown(SOURCES, RECOGNISE).splitlines() if row.startswith("| `")
    }
    assert set(rows) == set(SOURCES)
    assert "`retweeted_id`" in rows["minet"]
    assert "`source_platform` = x.com or twitter.com" in rows["zeeschuimer-x"]
    assert "`vigie import twscrape collected --out data/march`" in rows["twscrape"]
    assert "without `Facebook Id`" in rows["crowdtangle-instagram"]
    assert "`vigie import generic collected --mapping map.toml --out data/march`" in rows["generic"]
    assert "|  | `vigie import cresci collected --out data/march`" in rows["cresci"]
