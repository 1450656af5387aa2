"""Behavioural neighbours of a window: against plain Python, and what must not count."""

from __future__ import annotations

import math

import numpy as np
import pytest

from vigie.features.catalogue import CATALOGUE
from vigie.features.window import neighbours
from vigie.features.window.neighbours import (
    BEHAVIOUR_SPACE,
    NEIGHBOUR_FEATURES,
    neighbour_features,
    normal_scores,
    peer_suspicion,
)

N = 60


def _window(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    return generator.normal(size=(N, len(BEHAVIOUR_SPACE))), generator.random(N)


def test_values_are_those_of_plain_python(monkeypatch: pytest.MonkeyPatch) -> None:
    place, suspicion = _window()
    # Small blocks, so that several are made.
    monkeypatch.setattr(neighbours, "_BLOCK", 7 * N)
    found = peer_suspicion(place, suspicion, place, suspicion, np.arange(N))
    for one in (0, 13, N - 1):
        others = [other for other in range(N) if other != one]
        likeness = [math.exp(-sum((place[one] - place[other]) ** 2) / 2) for other in others]
        weighed = sorted(
            (k * suspicion[other] for k, other in zip(likeness, others, strict=True)), reverse=True
        )
        assert found.row(one) == pytest.approx(
            (suspicion[one], *weighed[:3], sum(weighed) / (sum(likeness) + 0.5))
        )


def test_an_account_does_not_resemble_itself() -> None:
    place, suspicion = _window()
    far = np.vstack([place, np.full((1, len(BEHAVIOUR_SPACE)), 50.0)])
    found = peer_suspicion(far, np.append(suspicion, 1.0), far, np.append(suspicion, 1.0), np.arange(N + 1))
    assert found.select("first", "second", "third", "share").row(-1) == pytest.approx((0, 0, 0, 0))


def test_who_is_not_among_the_others_is_compared_with_all_of_them() -> None:
    place, suspicion = _window()
    alone = peer_suspicion(place[:1], suspicion[:1], place[1:], suspicion[1:], np.array([-1]))
    among = peer_suspicion(place, suspicion, place, suspicion, np.arange(N))
    assert alone.row(0) == pytest.approx(among.row(0))


def test_one_that_acts_alike_raises_and_takes_nothing_away() -> None:
    place, suspicion = _window()
    before = peer_suspicion(place, suspicion, place, suspicion, np.arange(N))
    twins = np.vstack([place, place[:1]])
    both = np.append(suspicion, 1.0)
    after = peer_suspicion(twins, both, twins, both, np.arange(N + 1)).head(N)
    assert after["first"][0] == pytest.approx(1.0)
    assert (after["first"] - before["first"]).min() >= -1e-12  # type: ignore[operator]


def test_of_many_others_the_nearest_suspects_are_the_same_and_the_mean_is_close(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    generator = np.random.default_rng(1)
    place, suspicion = generator.normal(size=(2_000, len(BEHAVIOUR_SPACE))) / 2, generator.random(2_000) ** 20
    whole = peer_suspicion(place, suspicion, place, suspicion, np.arange(2_000))
    monkeypatch.setattr(neighbours, "_MOST", 500)
    bounded = peer_suspicion(place, suspicion, place, suspicion, np.arange(2_000))
    same = (whole["first"] - bounded["first"]).abs() < 1e-12
    assert same.mean() > 0.95  # type: ignore[operator]
    assert (whole["share"] - bounded["share"]).abs().mean() < 0.02  # type: ignore[operator]


def test_nobody_else_gives_nothing() -> None:
    place, suspicion = _window()
    found = peer_suspicion(place[:1], suspicion[:1], place[:1], suspicion[:1], np.array([0]))
    assert found.row(0) == pytest.approx((suspicion[0], 0, 0, 0, 0))
    none = peer_suspicion(place[:1], suspicion[:1], place[:0], suspicion[:0], np.array([-1]))
    assert none.row(0) == pytest.approx((suspicion[0], 0, 0, 0, 0))


def test_behaviour_is_placed_among_ordinary_accounts_and_missing_at_the_median() -> None:
    quantiles = {BEHAVIOUR_SPACE[0]: np.linspace(0.0, 1.0, 101)}
    seen = np.full((4, len(BEHAVIOUR_SPACE)), np.nan)
    seen[:3, 0] = (-5.0, 0.5, 9.0)
    found = normal_scores(seen, quantiles)
    assert found[1, 0] == pytest.approx(0.0)
    assert found[0, 0] == pytest.approx(-found[2, 0])
    assert found[0, 0] < -2
    assert (found[3] == 0).all()
    assert (found[:, 1:] == 0).all()  # no reference, no place


def test_every_feature_is_there_and_only_suspicion_of_others_is_monotone() -> None:
    place, suspicion = _window()
    table = neighbour_features(peer_suspicion(place, suspicion, place, suspicion, np.arange(N)))
    assert tuple(table.columns) == NEIGHBOUR_FEATURES
    directions = [CATALOGUE[name].monotone for name in NEIGHBOUR_FEATURES]
    assert directions == [0, 1, 1, 1, 1]
