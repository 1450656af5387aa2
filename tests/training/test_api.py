"""The trainings and evaluations that a notebook calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from vigie.errors import BundlePlaceError, ConfigError, LabelError
from vigie.models import bundle
from vigie.training import accounts_to_label, configuration, train_model


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_is_no_bundle_is_not_replaced_by_one(kind: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    kept = out if kind == "file" else out / "thesis.txt"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text("years of work")
    with pytest.raises(BundlePlaceError, match="name a new folder, or one of a bundle"):
        train_model("inauthentic", [tmp_path / "absent"], out)
    with pytest.raises(BundlePlaceError):
        bundle.save(out, {}, {})
    assert kept.read_text() == "years of work"


def test_a_file_that_the_target_does_not_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="inauthentic takes no file of windows; leave it out"):
        train_model("inauthentic", [], tmp_path / "out", windows=tmp_path / "windows.parquet")


def test_the_file_of_windows_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match="coordinated needs a file of windows: a Parquet file with the columns"
    ):
        train_model("coordinated", [], tmp_path / "out")


def test_the_configuration_of_another_target_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the configuration is for the target coordinated, not inauthentic"):
        train_model("inauthentic", [], tmp_path / "out", config=configuration("coordinated"))


def test_a_collection_that_the_model_does_not_score_has_nobody_to_label(labelled_collection: Any) -> None:
    held = labelled_collection.scored
    unheard = held.accounts.with_columns(posts_count=pl.lit(1, pl.Int64))
    with pytest.raises(LabelError, match="scores none of the 220 accounts"):
        accounts_to_label(unheard, held.posts.head(0), 5)
