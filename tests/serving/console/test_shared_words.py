"""Words that two texts share are found, and small words that stand in any text are not told."""

from __future__ import annotations

from vigie.serving.console.shared_words import MOST, Run, runs


def test_words_in_a_row_that_both_hold_are_shared_whatever_their_case() -> None:
    first, second = runs("Read this: the dam is unsafe", "READ THIS: all of you")
    assert first == (Run("Read this:", True), Run("the dam is unsafe", False))
    assert second == (Run("READ THIS:", True), Run("all of you", False))


def test_a_single_short_word_in_common_says_nothing_and_a_link_does() -> None:
    first, _ = runs("the dam https://a.example/1", "see the https://a.example/1")
    assert first == (Run("the dam", False), Run("https://a.example/1", True))


def test_texts_without_words_and_long_ones_have_an_end() -> None:
    assert runs("", "a") == ((), (Run("a", False),))
    first, _ = runs("word " * 10_000, "word " * 10_000)
    assert first == (Run(" ".join(["word"] * MOST), True),)
