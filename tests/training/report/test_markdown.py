"""Tables in Markdown hold figures with their intervals, names as they are, and numbers as a language writes them."""

from __future__ import annotations

import re

import polars as pl

from vigie.training.report.markdown import page, table


def test_a_figure_stands_with_its_interval_and_without_one_alone() -> None:
    frame = pl.DataFrame(
        {"auc": [0.5, 0.75, None], "auc_low": [0.4, None, None], "auc_high": [0.6, None, None]}
    )
    assert table(frame).splitlines()[2:] == ["| .500 [.400, .600] |", "| 0.750 |", "| – |"]


def test_columns_are_shown_in_the_order_and_under_the_titles_asked_for() -> None:
    frame = pl.DataFrame({"a": [1], "b": [True], "c": ["x"]})
    assert table(frame, {"b": "oui ?", "a": "n"}, language="fr").splitlines() == [
        "| oui ? | n |",
        "|---|--:|",
        "| oui | 1 |",
    ]


def test_numbers_are_written_in_the_language() -> None:
    frame = pl.DataFrame({"n": [12_345], "x": [1_234.5], "small": [0.0004], "none": [float("nan")]})
    assert table(frame).splitlines()[-1] == "| 12,345 | 1,234.500 | 0.0004 | – |"
    assert table(frame, language="fr").splitlines()[-1] == "| 12\u202f345 | 1\u202f234,500 | 0,0004 | – |"


def test_a_name_ends_no_cell_whether_it_is_a_value_or_a_column() -> None:
    frame = pl.DataFrame({"a|b": ["c|d\\|e\n| f"]})
    shown = page(table(frame), "t")
    assert shown.count("<th>") == shown.count("<td>") == 1
    assert "<td>c|d\\|e | f</td>" in shown


def test_an_empty_table_has_its_titles() -> None:
    assert table(pl.DataFrame(schema={"a": pl.Int64})) == "| a |\n|--:|"


def test_the_page_needs_nothing_from_elsewhere_and_says_its_language() -> None:
    shown = page("# Titre", "vigie", language="fr", images={})
    assert '<html lang="fr">' in shown
    assert "default-src 'none'" in shown
    assert not re.search(r"(src|href)=|<script|@import|url\(", shown)


def test_a_table_of_contents_leads_to_every_section() -> None:
    shown = page("# Title\n\nText.\n\n## One & two\n\n## Three", "t", contents="Contents")
    assert re.findall(r'href="#(.*?)">(.*?)<', shown) == [
        ("section-1", "One &amp; two"),
        ("section-2", "Three"),
    ]
    assert [shown.index(f'<h2 id="section-{number}">') for number in (1, 2)] == sorted(
        shown.index(f'<h2 id="section-{number}">') for number in (1, 2)
    )
    assert shown.index("Text.") < shown.index("<nav>") < shown.index('id="section-1"')
