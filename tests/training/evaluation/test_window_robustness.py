"""Robustness of a model of windows: what changes inside a window, or a campaign seen in part, do to recall."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import lightgbm
import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from vigie.features.coordination.report.profile_tests import Reference
from vigie.models.calibration import Calibration, Floats
from vigie.training import config
from vigie.training.data import windows
from vigie.training.evaluation import perturbations, window_robustness
from vigie.training.evaluation.format_stress import FORMATS
from vigie.training.evaluation.robustness import (
    CAMOUFLAGE,
    CUT,
    DROPPED,
    FORMAT,
    JITTER,
    STRIPPED,
    UNCHANGED,
    Robustness,
    metrics,
)
from vigie.training.evaluation.window_robustness import PARTLY, SIZES, changes
from vigie.training.evaluation.windows import with_evidence
from vigie.training.fitting import booster
from vigie.training.fitting.booster import features_of, matrix_of
from vigie.training.fitting.leave_operator_out import margin
from vigie.training.pipelines.coordinated import table_of

SETTINGS = config.parse(
    {
        "target": "coordinated",
        "size": {"leaves": [4], "trees": [20]},
        "booster": {"min_data_in_leaf": 10, "learning_rate": 0.2},
        "parts": {"pool": {"floor": 0.2}},
        "floors": {"acts": 5, "posts": 5},
        "bootstrap_draws": 50,
    }
)
NAMES = ("mutual_repost-0", "reply_seeding-3")
CALIBRATION = Calibration(1.0, 0.0, (0.0, 0.0, 0.0))
# A reference population of which nothing is known: profiles are not tested.
POPULATION = Reference({}, None, ())
SAID: list[str] = []


@pytest.fixture(scope="module")
def corpus(cut: Any) -> windows.Corpus:
    whole = windows.load(cut.folders, cut.path)
    return replace(whole, windows=whole.windows.filter(pl.col("scenario").is_in(NAMES)))


def operator_of(scenario: str) -> str:
    return scenario.rsplit("-", 1)[0]


@pytest.fixture(scope="module")
def rows(corpus: windows.Corpus) -> pl.DataFrame:
    """Return the rows of two windows, as a training has them."""
    made = [
        windows.measure_window(start, end, accounts, posts, POPULATION).with_columns(
            scenario=pl.lit(name), operator=pl.lit(operator_of(name)), is_lone=pl.lit(value=False)
        )
        for name, start, end, accounts, posts in windows.each_window(corpus)
    ]
    told = pl.concat(made, how="vertical_relaxed").sort("scenario", "account_id")
    return told.filter(pl.col("used") >= SETTINGS.floors.posts)


@pytest.fixture(scope="module")
def table(rows: pl.DataFrame) -> booster.Table:
    nobody = np.zeros(rows.height, np.bool_)
    return table_of(rows, nobody, features_of("pool", SETTINGS), SETTINGS)


@pytest.fixture(scope="module")
def without(table: booster.Table) -> dict[str, lightgbm.Booster]:
    return {
        name: booster.fit(table.where(table.source != name), SETTINGS, 4, 20)
        for name in np.unique(table.source)
    }


def margins(
    without: dict[str, lightgbm.Booster], features: tuple[str, ...]
) -> Callable[[str, pl.DataFrame], Floats]:
    return lambda operator, rows: margin(without[operator], matrix_of(rows, features))


@pytest.fixture(scope="module")
def found(corpus: windows.Corpus, rows: pl.DataFrame, table: booster.Table, without: Any) -> Robustness:
    return window_robustness.robustness(
        corpus,
        rows,
        POPULATION,
        margins(without, table.features),
        table.features,
        CALIBRATION,
        -1.0,
        SETTINGS,
        SAID.append,
        most=2,
    )


def one(found: Robustness, what: str, how: str = "") -> dict[str, Any]:
    return found.means.row(by_predicate=(pl.col("what") == what) & (pl.col("how") == how), named=True)


def test_every_change_is_told_for_every_pool(found: Robustness) -> None:
    kinds = found.means["what"].to_list()
    counted = {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}
    assert counted == {
        UNCHANGED: 1, DROPPED: 1, CUT: 3, JITTER: 3, CAMOUFLAGE: 1, STRIPPED: 1, FORMAT: len(FORMATS), PARTLY: 1
    }  # fmt: skip
    assert found.table.height == 2 * found.means.height
    assert set(found.table["scenario"]) == set(NAMES)
    assert "changing windows: times jittered up to 5 min" in SAID


def test_as_it_is_every_pool_is_judged_by_the_model_without_its_operator(
    found: Robustness, rows: pl.DataFrame, table: booster.Table, without: dict[str, lightgbm.Booster]
) -> None:
    for name in NAMES:
        mine = (rows["scenario"] == name).to_numpy()
        here = rows.filter(pl.Series(mine))
        value = with_evidence(here, margin(without[operator_of(name)], table.x[mine]))
        flagged = (value >= -1.0) & here["evidence_strong"].fill_null(value=False).to_numpy()
        told = found.table.filter((pl.col("what") == UNCHANGED) & (pl.col("scenario") == name)).row(
            0, named=True
        )
        assert told["recall"] == pytest.approx(flagged[table.y[mine]].mean())
        assert told["false_positives"] == pytest.approx(flagged[~table.y[mine]].mean())
        assert told["recall_change"] == 0
        assert told["average_precision_change"] == 0


def test_nobody_is_flagged_of_whom_nothing_can_be_shown_whatever_is_read(
    found: Robustness, rows: pl.DataFrame
) -> None:
    strong = pl.col("evidence_strong").fill_null(value=False)
    shown = rows.filter("y").group_by("scenario").agg(strong.mean())["evidence_strong"].mean()
    assert 0.3 < one(found, UNCHANGED)["recall"] <= shown
    # Without its features the model has what can be shown, and no more.
    assert one(found, DROPPED, "coordination")["recall"] <= shown
    assert one(found, DROPPED, "coordination")["average_precision_change"] < 0


def test_fewer_posts_cost_recall(found: Robustness) -> None:
    few, more = (one(found, CUT, f"to {size}")["recall_change"] for size in (5, 20))
    assert few <= more <= 0
    assert few < 0


def test_intervals_are_over_pools_and_hold_the_figure(found: Robustness) -> None:
    for name in ("recall", "average_precision", "false_positives"):
        assert (found.means[f"{name}_low"] <= found.means[name] + 1e-9).all()
        assert (found.means[f"{name}_high"] >= found.means[name] - 1e-9).all()
    assert found.means["pools"].unique().to_list() == [2]


def test_the_figures_carry_the_rise_and_the_recalls(found: Robustness) -> None:
    told = metrics(found)
    cuts = found.means.filter(pl.col("what") == CUT)
    largest = max(cuts["rise_ordinary"].to_list() + cuts["rise_positive"].to_list())
    assert told["robustness.rise_as_posts_vanish"].value == pytest.approx(largest)
    assert (
        told["robustness.recall.campaign seen in part a quarter of its accounts"].value
        == one(found, PARTLY, "a quarter of its accounts")["recall"]
    )


def test_a_pool_that_is_not_changed_gives_the_rows_it_had(corpus: windows.Corpus) -> None:
    job = next(windows.each_window(corpus))
    made, observed = window_robustness._changed_window(
        lambda accounts, posts: (accounts, posts), POPULATION, *job
    )
    assert_frame_equal(made.drop("scenario"), windows.measure_window(*job[1:], POPULATION))
    assert set(observed["account_id"]) == set(job[3]["account_id"])


def test_of_a_campaign_seen_in_part_only_the_accounts_seen_are_judged(corpus: windows.Corpus) -> None:
    job = next(windows.each_window(corpus))
    _, observed = window_robustness._changed_window(
        perturbations.observed_in_part(0.25, seed=1), POPULATION, *job
    )
    seen = observed.join(job[3].select("account_id", "y"), on="account_id")
    assert seen.filter("y").height == round(0.25 * job[3].filter("y").height)
    assert seen.filter(~pl.col("y")).height == job[3].filter(~pl.col("y")).height


def test_borrowed_posts_are_of_people_outside_the_pool_and_the_hiders_own_in_it(
    corpus: windows.Corpus,
) -> None:
    job = next(windows.each_window(corpus))
    name, _, _, members, posts = job
    lenders, said = window_robustness._lenders(corpus, name, members, 1)
    assert lenders.height == 40
    assert lenders.join(members, on="account_id").is_empty()
    assert said.join(posts, on="post_id").is_empty()
    made, _ = window_robustness._changed_window(
        perturbations.camouflaged(0.5, 1, (lenders, said)), POPULATION, *job
    )
    before = windows.measure_window(*job[1:], POPULATION).select("account_id", "y", "used")
    both = made.select("account_id", after="used").join(before, on="account_id")
    assert both.filter("y").select((pl.col("after") == 2 * pl.col("used")).all()).item()
    assert both.filter(~pl.col("y")).select((pl.col("after") == pl.col("used")).all()).item()


def test_an_account_that_falls_below_the_floor_is_missed_not_forgotten() -> None:
    known = pl.DataFrame(
        {"scenario": ["a"] * 3, "account_id": ["1", "2", "3"], "y": [True, True, False], "log_odds": [2.0, 3.0, 0.0],
         "chance": [0.5, 0.7, 0.1], "flagged": [True, True, False]}
    )  # fmt: skip
    after = known.filter(pl.col("account_id") != "2").drop("y").with_columns(chance=pl.col("chance") + 0.1)
    told = window_robustness._told(known, after, known.select("scenario", "account_id")).row(0, named=True)
    assert (told["recall"], told["recall_change"], told["false_positives"]) == (0.5, -0.5, 0.0)
    assert told["rise_positive"] == pytest.approx(0.1)
    assert told["average_precision"] == pytest.approx(0.5 + 0.5 * 2 / 3)
    assert told["average_precision_change"] == pytest.approx(told["average_precision"] - 1)


def test_a_pool_of_which_nobody_coordinated_is_seen_tells_no_recall() -> None:
    known = pl.DataFrame(
        {"scenario": ["a"] * 2, "account_id": ["1", "2"], "y": [True, False], "log_odds": [2.0, 0.0],
         "chance": [0.5, 0.1], "flagged": [True, False]}
    )  # fmt: skip
    seen = known.filter(~pl.col("y"))
    told = window_robustness._told(known, seen.drop("y"), seen.select("scenario", "account_id")).row(
        0, named=True
    )
    assert told["recall"] is None
    assert told["average_precision"] is None
    assert told["false_positives"] == 0


def test_the_changes_are_those_of_the_protocol() -> None:
    nobody = pl.DataFrame()
    assert [how for what, how, _ in changes(1, (nobody, nobody)) if what == CUT] == [
        f"to {size}" for size in SIZES
    ]
    assert [how for what, how, _ in changes(1, (nobody, nobody)) if what == FORMAT] == [*FORMATS]
