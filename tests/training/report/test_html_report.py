"""The report shows a section where the training has its tables, in both languages."""

from __future__ import annotations

import polars as pl

from vigie.features.i18n import LANGUAGES, message
from vigie.training.report.html_report import SECTIONS, report

LEAD = message("training.note_two_sources")


def test_a_section_without_tables_and_plots_is_not_shown() -> None:
    text = report("m 1", "", LEAD, (), {"rules": pl.DataFrame({"rule": ["a"]})}, (), "en")
    assert [line for line in text.splitlines() if line.startswith("## ")] == ["## Metrics on held-out data"]


def test_a_long_table_is_cut_and_the_whole_is_named() -> None:
    text = report("m 1", "", LEAD, (), {"size_posts": pl.DataFrame({"n": range(1_200)})}, (), "fr")
    assert "20 lignes sur 1\u202f200 sont montrées\u202f; toutes sont dans tables/size_posts.csv." in text
    assert text.count("\n| ") == 21


def test_notes_come_first_in_the_language_of_the_report() -> None:
    note = message("training.note_few_held_out", count=1)
    assert "> - The model is evaluated on 1 held-out source only." in report(
        "m", "", LEAD, (note,), {}, (), "en"
    )
    assert "> **À lire d’abord**" in report("m", "", LEAD, (note,), {}, (), "fr")


def test_the_band_is_named_in_the_language_of_the_report() -> None:
    tables = {"at_prevalence": pl.DataFrame({"prevalence": [0.01], "lift": [2.0]})}
    assert "(band *high*)" in report("m", "", LEAD, (), tables, (), "en")
    assert "(niveau *élevé*)" in report("m", "", LEAD, (), tables, (), "fr")


def test_every_section_has_its_title_and_text_in_every_language() -> None:
    for section in SECTIONS:
        for language in LANGUAGES:
            assert section.title.say(language)
            assert section.text.say(language).endswith(".")
