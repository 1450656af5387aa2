"""Words that many biographies hold are found as they are spelt, and told from what everybody says."""

from __future__ import annotations

import polars as pl
import pytest

from vigie.features.coordination.report import biography_words
from vigie.features.coordination.report.biography_words import BiographyWord
from vigie.features.coordination.report.common_word import folded


def members(*biographies: str | None) -> pl.DataFrame:
    return pl.DataFrame({"description": biographies}, schema={"description": pl.String})


@pytest.mark.parametrize(
    ("biographies", "expected"),
    [
        (["Élue CGT Énergie"] * 6 + ["vélo"] * 2 + ["mer"] * 2 + [None, ""], [("cgt", "CGT"), ("elue", "Élue"), ("energie", "Énergie")]),
        # Words of four small letters are mostly no names.
        (["ce qu'on ne vous dit pas"] * 10, []),
        # Words that capitals part; of letters alone, two small ones are no word.
        (["bar @NuitsDuFleuve"] * 10, [("fleuve", "Fleuve"), ("nuits", "Nuits")]),
        # A number and a letter of a class, as they are written.
        (["3ºB"] * 3 + ["aluna 3 B"] * 3 + ["3B !"] * 4, [("3b", "3B")]),
        # Too few biographies, or too few that hold it.
        (["solidaires"] * 9, []),
        (["solidaires"] * 3 + ["voile"] * 3 + ["course"] * 4, [("course", "course")]),
    ],
)  # fmt: skip
def test_words_of_a_third_of_the_biographies_are_found(
    biographies: list[str | None], expected: list[tuple[str, str]]
) -> None:
    found = biography_words.shared(members(*biographies))
    assert [(each.word, each.spelt) for each in found] == expected


def test_a_word_counts_once_for_each_biography() -> None:
    (found,) = biography_words.shared(members(*["fêtes fêtes Fêtes"] * 5, *["no"] * 5))
    assert found == BiographyWord("fetes", "fêtes", 0.5)


def test_an_acronym_is_held_as_a_word_alone_and_a_long_word_within_others() -> None:
    texts = pl.DataFrame({"text": ["La CGT appelle", "#LyceeChateaubriand", "un dossier", None]})
    said = folded("text")
    assert texts.select(biography_words.holds(said, "cgt"))["text"].to_list() == [True, False, False, False]
    assert texts.select(biography_words.holds(said, "chateaubriand"))["text"].to_list() == [
        False,
        True,
        False,
        False,
    ]
    assert not texts.select(biography_words.holds(said, "do").any()).item()


def test_a_word_that_a_tenth_of_many_others_hold_is_usual() -> None:
    said = members(*["patriote"] * 10, *["peintre"] * 50)
    assert biography_words.share_among("patriote", said) == 1 / 6
    assert biography_words.is_usual("patriote", said)
    assert not biography_words.is_usual("solidaires", said)
    assert biography_words.share_among("patriote", said.head(49)) is None
    assert not biography_words.is_usual("patriote", said.head(49))


def test_a_number_and_its_letter_are_held_after_letters_and_not_within_a_greater_number() -> None:
    texts = pl.DataFrame({"text": ["trabalho do 3º B", "#Turma3B", "a turma 13B", "3 bis"]})
    said = biography_words.plain("text")
    assert texts.select(biography_words.holds(said, "3b"))["text"].to_list() == [True, True, False, False]
    assert [biography_words.is_of_its_own(word) for word in ("3b", "cgt", "lycee")] == [True, False, True]
