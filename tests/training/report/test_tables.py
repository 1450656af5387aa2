"""Reports show tables under titles in words, and the rows of them that say most."""

from __future__ import annotations

import polars as pl
import pytest

from vigie.features.i18n import LANGUAGES
from vigie.training.report.html_report import SECTIONS
from vigie.training.report.tables import TABLES, column_title, written_table


def test_every_table_of_a_section_has_a_title_in_every_language() -> None:
    for section in SECTIONS:
        for name in section.tables:
            shown = TABLES[name.removesuffix("*")]
            assert all(shown.named("posts").say(language) for language in LANGUAGES)


def test_a_column_named_by_the_data_keeps_its_name() -> None:
    assert column_title("cresci-2015", "fr") == "cresci-2015"
    assert column_title("accounts of", "fr") == "comptes de"
    assert column_title("band", "fr") == "niveau"


def test_features_are_shown_by_their_labels_and_the_most_telling_first() -> None:
    table = pl.DataFrame(
        {
            "feature": ["name_handle_length", "profile_posts_count", "name_handle_length"],
            "source": ["a", "a", "b"],
            "auc": [0.6, 0.7, 0.9],
        }
    )
    shown = written_table("which_source_profile", table, "en")
    assert shown.title == "The ten features that tell data sets apart best (profile)"
    assert shown.frame["auc"].to_list() == [0.9, 0.7]
    assert not set(shown.frame["feature"]) & set(table["feature"])


def test_of_several_splits_the_hardest_is_shown() -> None:
    table = pl.DataFrame(
        {"scheme": ["accounts unseen", "operator unseen"], "campaign": ["a", "a"], "auc": [0.9, 0.7]}
    )
    assert written_table("campaigns", table, "en").frame.rows() == [("a", 0.7)]


def test_ends_of_intervals_stand_beside_their_figure() -> None:
    table = pl.DataFrame(
        {
            "model": ["vigie"],
            "auc": [0.8],
            "low": [0.7],
            "high": [0.9],
            "low_over_sources": [0.6],
            "high_over_sources": [0.95],
        }
    )
    shown = written_table("means", table, "en")
    assert list(shown.titles) == ["model", "auc", "auc_over_sources"]
    row = shown.frame.row(0, named=True)
    assert (row["auc_over_sources_low"], row["auc_over_sources_high"]) == (0.6, 0.95)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_columns_of_a_table_have_one_title(language: str) -> None:
    columns = [
        "source",
        "auc",
        "auc_over_sources",
        "gain_over_accounts",
        "gain_over_sources",
        "recall",
        "recall_change",
    ]
    assert len({column_title(column, language) for column in columns}) == len(columns)  # type: ignore[arg-type]
