"""Accounts to label are spread over the scores, half of them in the highest tenth, and none is labelled already."""

from __future__ import annotations

import numpy as np
import pytest

from vigie.models.adaptation.suggestions import suggest

SCORES = np.random.default_rng(3).normal(size=1000)


def test_half_are_of_the_highest_tenth_and_the_rest_spread() -> None:
    chosen = suggest(SCORES, np.zeros(1000, bool), 50)
    assert len({each.place for each in chosen}) == 50
    rank = np.argsort(np.argsort(-SCORES))[[each.place for each in chosen]]
    assert (rank[:25] < 100).all()
    # One in each stretch of 36 of the other 900.
    assert ((rank[25:] - 100) // 36).tolist() == list(range(25))


def test_no_account_is_suggested_that_is_labelled() -> None:
    labelled = np.random.default_rng(4).random(1000) < 0.5
    assert not labelled[[each.place for each in suggest(SCORES, labelled, 80)]].any()


def test_stretches_without_a_label_come_first() -> None:
    labelled = np.zeros(1000, bool)
    order = np.argsort(-SCORES)
    labelled[order[100:550:5]] = True
    rest = [each for each in suggest(SCORES, labelled, 20) if not each.from_top]
    assert all(each.labelled == 0 for each in rest)


@pytest.mark.parametrize(("free", "number"), [(0, 5), (3, 5), (5, 5), (1000, 1000)])
def test_there_are_no_more_than_there_are(free: int, number: int) -> None:
    labelled = np.ones(1000, bool)
    labelled[:free] = False
    assert len(suggest(SCORES, labelled, number)) == min(free, number)


@pytest.mark.parametrize("highest", [True, False])
def test_one_half_makes_up_for_what_the_other_lacks(highest: bool) -> None:
    order = np.argsort(-SCORES if highest else SCORES)
    labelled = np.ones(1000, bool)
    labelled[order[:60]] = False
    assert {each.from_top for each in suggest(SCORES, labelled, 50)} == {highest}
    assert len(suggest(SCORES, labelled, 50)) == 50


def test_nobody_to_choose_from_gives_nobody() -> None:
    assert suggest(np.empty(0), np.empty(0, bool), 5) == []


def test_why_says_from_how_many_it_was_drawn() -> None:
    first = suggest(SCORES, np.zeros(1000, bool), 50)[0]
    assert first.why.say("en") == (
        "one of the tenth with the highest scores; drawn at random from 4 accounts of like score (0 of them labelled)"
    )
    assert "tiré au sort parmi 4 comptes" in first.why.say("fr")
