"""The fingerprint changes when a value could, and only then."""

from __future__ import annotations

import hashlib

import polars as pl
import pytest

from vigie.features import versioning
from vigie.features.catalogue import CATALOGUE, feature
from vigie.features.pipeline import FEATURES, POST_FEATURES
from vigie.features.window.windows import WINDOW_FEATURES


def test_every_feature_has_a_fingerprint_and_says_something_on_the_probe() -> None:
    marks = versioning.fingerprints()
    assert set(marks) == {*FEATURES, *WINDOW_FEATURES}
    silent = hashlib.sha256(b",,,,,").hexdigest()[:12]
    assert [name for name, mark in marks.items() if mark == silent] == []


def test_order_of_the_features_enters_the_feature_set() -> None:
    names = list(POST_FEATURES[:3])
    assert versioning.feature_set(names) != versioning.feature_set(names[::-1])


def test_another_source_keeps_the_fingerprint_and_another_threshold_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = versioning.fingerprints()["content_url_share"]
    old = CATALOGUE["content_url_share"]
    versioning.fingerprints.cache_clear()
    monkeypatch.setitem(CATALOGUE, "content_url_share", _changed(old, source=("Another2020",)))
    assert versioning.fingerprints()["content_url_share"] == before
    versioning.fingerprints.cache_clear()
    monkeypatch.setitem(
        CATALOGUE,
        "content_url_share",
        _changed(old, expression=(pl.col("url_count") > 1).mean().alias("content_url_share")),
    )
    assert versioning.fingerprints()["content_url_share"] != before
    versioning.fingerprints.cache_clear()


def _changed(old: object, **changes: object) -> object:
    from dataclasses import replace

    return replace(old, **changes)  # type: ignore[type-var]


def test_a_feature_must_be_of_a_known_group() -> None:
    def weather_today() -> pl.Expr:
        return pl.lit(1.0)

    with pytest.raises(ValueError, match="group"):
        feature(unit="count")(weather_today)
