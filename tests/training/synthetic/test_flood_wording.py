"""Wordings of a message differ and forms keep their clauses; what is edited is hardly changed."""

from __future__ import annotations

import numpy as np

from vigie.training.synthetic import flood_wording


def test_sentences_are_mostly_different_and_hold_a_wording_of_each_place() -> None:
    made = flood_wording.sentences(np.random.default_rng(1), 40)
    assert len(set(made)) > 35
    for sentence in made:
        for place in flood_wording.MEANINGS:
            assert any(wording in sentence for meaning in place for wording in meaning)


def test_an_edited_sentence_keeps_all_but_a_few_of_its_words() -> None:
    rng = np.random.default_rng(2)
    sentence = "the utility ignored the blaze by the port before the vote who answers for this"
    edited = [flood_wording.edited(rng, sentence) for _ in range(200)]
    assert len(set(edited)) > 50
    words = set(sentence.split())
    for one in edited:
        # One is left out, one replaced, and a sign may follow the last.
        assert len(words - set(one.lower().split())) <= 3


def test_a_form_is_filled_around_three_clauses_of_one_language() -> None:
    rng = np.random.default_rng(3)
    forms = flood_wording.forms(rng)
    assert len(forms) == 12
    filled = flood_wording.filled(rng, [*forms, *forms])
    assert len(set(filled)) == 24
    for (language, places), said in zip([*forms, *forms], filled, strict=True):
        assert all(flood_wording.CLAUSES[language][place] in said for place in places)
