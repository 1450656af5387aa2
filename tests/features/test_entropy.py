"""Entropy is Shannon's, and the correction that of Miller and Madow."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from scipy.stats import entropy

from vigie.features.entropy import bits, corrected_bits

SAMPLES = [["a"], ["a", "a"], ["a", "b"], ["a", "b", "b", "c", "c", "c"], list("abracadabra")]


@pytest.mark.parametrize("values", SAMPLES)
def test_bits_are_those_of_scipy_and_missing_values_count_nothing(values: list[str]) -> None:
    frame = pl.DataFrame({"value": [*values, None, None]})
    expected = entropy(np.unique(values, return_counts=True)[1], base=2)
    assert frame.select(bits(pl.col("value"))).item() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("values", SAMPLES)
def test_the_correction_adds_the_values_less_one_over_twice_the_number(values: list[str]) -> None:
    frame = pl.DataFrame({"value": [*values, None]})
    plain = frame.select(bits(pl.col("value"))).item()
    added = (len(set(values)) - 1) / (2 * len(values)) / math.log(2)
    assert frame.select(corrected_bits("value")).item() == pytest.approx(plain + added)


def test_the_correction_brings_small_samples_nearer_to_the_truth() -> None:
    draws = np.random.default_rng(2).integers(0, 8, (400, 24))
    frame = pl.DataFrame({"sample": np.repeat(np.arange(400), 24), "value": draws.ravel()})
    means = (
        frame.group_by("sample").agg(plain=bits(pl.col("value")), corrected=corrected_bits("value")).mean()
    )
    assert abs(means["corrected"].item() - 3) < 0.25 * abs(means["plain"].item() - 3)


def test_nothing_known_has_no_entropy() -> None:
    frame = pl.DataFrame({"value": [None, None]}, schema={"value": pl.String})
    assert frame.select(corrected_bits("value")).item() is None
