"""A bundle on labelled data without fitting: members judge the sources that they lack."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from vigie.errors import LabelError
from vigie.models import bundle
from vigie.models.scoring import score
from vigie.training import config
from vigie.training.evaluation import accounts, external
from vigie.training.fitting import leave_source_out
from vigie.training.report import run_record
from vigie.training.result import TrainingResult
from vigie.training.synthetic.accounts import World, generate

TrainedRun = tuple[TrainingResult[accounts.Evaluation], str]


def test_a_source_it_learnt_from_is_judged_by_the_member_that_did_not(
    inauthentic_run: TrainedRun, fitted: Any
) -> None:
    made, _ = inauthentic_run
    loaded = bundle.load(made.folder)
    full = fitted.rows.filter((pl.col("view") == "full") & (pl.col("source") == "invented-2"))
    here = leave_source_out.as_matrix(full)
    without = score(external.excluding(loaded, "invented-2"), here).log_odds
    kept = pl.read_parquet(made.record / "judged.parquet").filter(pl.col("source") == "invented-2")
    # The record's judges were calibrated without the source too: nearly the same scale, the same ranking.
    told = kept["log_odds"].fill_null(np.nan).to_numpy()
    known = ~np.isnan(told) & ~np.isnan(without)
    assert known.mean() > 0.8
    assert np.corrcoef(told[known], without[known])[0, 1] > 0.95
    assert not np.allclose(without, score(loaded, here).log_odds, equal_nan=True)


@pytest.mark.filterwarnings("ignore")
def test_new_data_are_judged_by_the_model_as_it_ships_on_a_page_of_its_own(
    inauthentic_run: TrainedRun, tmp_path: Path, write_dataset: Any
) -> None:
    loaded = bundle.load(inauthentic_run[0].folder)
    fresh = write_dataset(
        generate(ordinary=60, inauthentic=60, seed=8, posts_per_account=60), tmp_path, "<b>fresh|</b>"
    )
    found = external.evaluate_accounts(loaded, [fresh], None, lambda step: None)
    assert any("the model did not learn from these" in note.say("en") for note in found.notes)
    assert found.tables["operating"]["source"].to_list() == ["<b>fresh|</b>"]
    assert 0.5 < found.metrics["auc.<b>fresh|</b>"].value <= 1
    page = run_record.html(loaded, found)
    assert page.count("data:image/png;base64,") >= 4
    # A name in the data is text, and nothing is fetched or run.
    assert "&lt;b&gt;fresh|&lt;/b&gt;" in page
    assert "<b>fresh" not in page
    assert 'src="http' not in page
    assert "<script" not in page


def test_data_of_one_class_say_what_is_missing(
    inauthentic_run: TrainedRun, tmp_path: Path, write_dataset: Any
) -> None:
    alone = write_dataset(
        generate(ordinary=40, inauthentic=0, seed=9, posts_per_account=20), tmp_path, "people"
    )
    with pytest.raises(
        LabelError, match=r"no source holds 10 accounts of each value of inauthentic \(people: 0 and 40\)"
    ):
        external.evaluate_accounts(bundle.load(inauthentic_run[0].folder), [alone], None, lambda step: None)


def test_the_configuration_comes_with_the_bundle(
    inauthentic_run: TrainedRun, settings: config.Config
) -> None:
    assert external.config_of(bundle.load(inauthentic_run[0].folder)) == settings


def test_data_of_which_the_model_judges_nobody_are_refused(tmp_path: Path, write_dataset: Any) -> None:
    made = generate(ordinary=12, inauthentic=12, seed=8, posts_per_account=5)
    silent = World(
        made.accounts.with_columns(posts_count=pl.lit(1, pl.Int64)), made.posts.head(0), made.labels
    )
    with pytest.raises(LabelError, match="of 24 labelled accounts the model judges 0 of one class and 0"):
        external.evaluate_accounts(
            bundle.load(), [write_dataset(silent, tmp_path, "silent")], None, lambda step: None
        )
