"""Invented words are of their language, names and sites belong to nobody, and copies of a picture are near it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from vigie.features.similarity import perceptual_hash
from vigie.training.synthetic import text
from vigie.training.synthetic.personas import LANGUAGES


def test_ranks_follow_the_law_of_zipf() -> None:
    ranks = text.ranks(np.random.default_rng(0), 100_000, 50)
    count = np.bincount(ranks, minlength=50)
    assert len(count) == 50
    assert count.min() > 0
    assert count[0] / count[1] == pytest.approx(2**1.05, rel=0.05)
    assert count[0] / count[9] == pytest.approx(10**1.05, rel=0.1)


@pytest.mark.parametrize(
    ("language", "letters"), [("en", r"[a-z ]+"), ("ru", r"[а-я ]+"), ("ar", r"[\p{Arabic} ]+")]
)
def test_texts_are_in_the_script_of_their_language_and_of_the_length_asked(
    language: str, letters: str
) -> None:
    spoken = np.full(300, LANGUAGES.index(language))
    made = text.texts(np.random.default_rng(1), spoken, 3, 5)
    assert made.str.contains(f"^{letters}$").all()
    assert set(made.str.split(" ").list.len()) == {3, 4, 5}


def test_texts_of_no_words_are_empty() -> None:
    assert text.texts(np.random.default_rng(1), np.zeros(2, np.int64), 0, 0).to_list() == ["", ""]
    assert text.text(np.array([[-1, -1], [3, -1]])).str.len_chars().to_list()[0] == 0


@pytest.mark.parametrize(("share", "least", "most"), [(0.0, 0.0, 0.0), (0.1, 0.08, 0.12), (1.0, 0.99, 1.0)])
def test_a_rewording_changes_that_share_of_the_words_and_no_length(
    share: float, least: float, most: float
) -> None:
    rng = np.random.default_rng(2)
    drawn = text.draw(rng, np.arange(500) % len(LANGUAGES), np.full(500, 12) - np.arange(500) % 3)
    other = text.reworded(rng, drawn, share)
    assert least <= (other != drawn)[drawn >= 0].mean() <= most
    assert ((other < 0) == (drawn < 0)).all()
    assert (other // text.VOCABULARY == drawn // text.VOCABULARY).all(), "in the same language"


def test_numbers_below_15625_have_different_names() -> None:
    names = text.stems(np.arange(15_626))
    assert names[:15_625].n_unique() == 15_625
    assert names[15_625] == names[0] == text.stem(0)
    assert names[777] == text.stem(777)


def test_only_the_handles_that_a_platform_proposes_end_with_digits() -> None:
    ends = {
        share: text.handles(np.random.default_rng(3), 2_000, share).str.contains(r"\d$").mean()
        for share in (0.0, 0.4, 1.0)
    }
    assert (ends[0.0], ends[1.0]) == (0, 1)
    assert ends[0.4] == pytest.approx(0.4, abs=0.04)


def test_every_site_is_under_a_reserved_name() -> None:
    hosts = pl.Series([text.site(number) for number in range(500)])
    assert hosts.str.contains(r"^[a-z]+\.example(\.org)?$").all()
    assert hosts.str.ends_with(".example.org").mean() == pytest.approx(1 / 3, abs=0.01)
    assert hosts.n_unique() == 500


@pytest.mark.parametrize("most", [0, 3, 8])
def test_a_copy_of_a_picture_differs_in_so_many_bits_at_most(most: int) -> None:
    rng = np.random.default_rng(4)
    hashes = text.pictures(rng, 1_000)
    bits = np.unpackbits(hashes ^ text.reencoded(rng, hashes, most), axis=1).sum(axis=1)
    assert bits.max() == most


def test_copies_of_a_picture_are_one_picture_and_others_are_others() -> None:
    rng = np.random.default_rng(0)
    one_picture = text.reencoded(rng, np.repeat(text.pictures(rng, 1), 50, axis=0))
    hashes = text.digits(np.concatenate([one_picture, text.pictures(rng, 50)]))
    assert hashes.str.contains(r"^[0-9a-f]{64}$").all()
    assert hashes[:50].n_unique() > 1
    clusters = perceptual_hash.clusters(hashes)
    assert clusters[:50].n_unique() == 1
    assert clusters.n_unique() == 51
