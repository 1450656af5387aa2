"""Texts, names, sites and hashes of an invented world."""

from __future__ import annotations

import re

import numpy as np
import pytest

from vigie.training.synthetic import prose
from vigie.training.synthetic.personas import LANGUAGES


def written(
    words: list[int], style: prose.Style, language: int = 0, templates: np.ndarray | None = None
) -> list[str]:
    rng = np.random.default_rng(2)
    return prose.write(rng, np.full(len(words), language), np.array(words), style, templates).to_list()


def test_texts_have_as_many_words_as_asked() -> None:
    assert [len(text.split()) for text in written([1, 4, 12], prose.Style.plain(3))] == [1, 4, 12]


def test_no_text_at_all_is_no_fault() -> None:
    assert written([], prose.Style.plain(0)) == []


@pytest.mark.parametrize(("language", "script"), [("en", "LATIN"), ("ru", "CYRILLIC"), ("ar", "ARABIC")])
def test_texts_are_in_the_script_of_their_language(language: str, script: str) -> None:
    ranges = {"LATIN": r"[a-z]", "CYRILLIC": r"[а-я]", "ARABIC": r"[ء-ي]"}
    [text] = written([30], prose.Style.plain(1), LANGUAGES.index(language))
    assert [name for name, letters in ranges.items() if re.search(letters, text.lower())] == [script]


def test_plain_texts_start_with_a_capital_and_end_with_a_full_stop() -> None:
    texts = written([5] * 20, prose.Style.plain(20))
    assert all(text[0].isupper() and text.endswith(".") for text in texts)


def test_words_of_a_template_are_those_of_every_text_that_uses_it() -> None:
    style = prose.Style.plain(2)
    fixed = prose.Style(
        style.capital, style.shouts, style.stop, style.ending, style.template, style.fixed + 6
    )
    templates = np.random.default_rng(3).random((1, prose.TEMPLATE_WORDS))
    one, two = (
        [word.strip(".,").lower() for word in text.split()] for text in written([9, 9], fixed, 0, templates)
    )
    assert one[:6] == two[:6]
    assert one[6:] != two[6:]


def test_low_ranks_are_the_frequent_ones() -> None:
    drawn = prose.ranks(np.random.default_rng(1).random(5_000), 50)
    assert drawn.min() == 0
    assert drawn.max() < 50
    assert (drawn == 0).sum() > 3 * (drawn == 9).sum()


def test_names_are_latin_for_handles_and_shown_in_the_script_of_the_language() -> None:
    first, family, shown = prose.names(np.random.default_rng(8), np.full(40, LANGUAGES.index("ru")))
    assert all(re.fullmatch("[a-z]+", name) for name in (*first, *family))
    cyrillic = sum(bool(re.search("[а-я]", name)) for name in shown)
    assert 15 < cyrillic < 40


def test_sites_belong_to_nobody() -> None:
    hosts = [prose.domain(index) for index in range(prose.DOMAINS)]
    assert all(re.fullmatch(r"[a-z]+\d*\.example(\.org)?", host) for host in hosts)


def test_hashes_have_64_bits() -> None:
    assert all(re.fullmatch("[0-9a-f]{16}", value) for value in prose.hashes(np.random.default_rng(1), 50))
