"""Whatever is similar becomes a candidate; where too much is alike, the most similar first, and it is said."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from vigie.features.similarity import candidates, near_duplicate_text

from .wordings import LONG, WORDS, held, together, variants


def test_the_sieve_keeps_whatever_is_similar(monkeypatch: pytest.MonkeyPatch) -> None:
    given = variants(11, templates=12, count=600)
    sieved = together([*given])
    monkeypatch.setattr(candidates, "DIFFERING", 128)
    assert together([*given]) == sieved


def test_a_crowd_of_near_copies_is_compared_with_its_first_and_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(candidates, "CROWD", 40)
    monkeypatch.setattr(candidates, "FIRST", 5)
    crowd = pl.Series([f"{LONG} {one}{other}" for one in WORDS[:12] for other in WORDS[:12]])
    found = near_duplicate_text.similar(crowd)
    assert found.crowded > 0
    assert found.clusters(crowd).n_unique() == 1
    assert not held(found, crowd), "each was not compared with all that may be similar to it"
    monkeypatch.setattr(candidates, "CROWD", 1_000)
    assert near_duplicate_text.similar(crowd).crowded == 0


def test_of_more_pairs_than_are_compared_the_most_similar_are_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = pl.Series(variants(3, templates=4, count=300))
    whole = near_duplicate_text.similar(given)
    assert whole.verified is None
    monkeypatch.setattr(candidates, "VERIFIED", 0)
    monkeypatch.setattr(candidates, "VERIFIED_AT_LEAST", 400)
    bounded = near_duplicate_text.similar(given)
    assert bounded.verified is not None
    assert 0 < len(bounded.first) <= bounded.verified <= 400 < len(whole.first)
    every = dict(zip(zip(whole.first, whole.second, strict=True), whole.similarity, strict=True))
    kept = {pair: every[pair] for pair in zip(bounded.first, bounded.second, strict=True)}
    left_out = [similarity for pair, similarity in every.items() if pair not in kept]
    assert np.mean(list(kept.values())) > np.mean(left_out)
    assert not held(bounded, given)
    shuffled = near_duplicate_text.similar(given.shuffle(seed=1))
    assert shuffled.clusters(given).equals(bounded.clusters(given)), "whatever the order of the texts"


def test_fewer_pairs_of_a_bucket_are_looked_at_where_buckets_hold_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = pl.Series(variants(3, templates=4, count=300))
    monkeypatch.setattr(candidates, "SIEVED", 0)
    monkeypatch.setattr(candidates, "SIEVED_AT_LEAST", 60_000)
    assert near_duplicate_text.similar(given).verified is None, "so many are looked at"
    monkeypatch.setattr(candidates, "SIEVED_AT_LEAST", 10_000)
    bounded = near_duplicate_text.similar(given)
    assert bounded.verified is not None
    assert bounded.crowded > 0
