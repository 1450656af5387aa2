"""The task of coordinated accounts: a whole training on synthetic windows, with real LightGBM and MLflow."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from vigie.features.coordination.report.profile_tests import Reference
from vigie.features.window import windows
from vigie.features.window.windows import WINDOW_FEATURES
from vigie.models import bundle
from vigie.models.calibration import probability
from vigie.models.scoring import score
from vigie.training import config
from vigie.training.data import windows as windows_data
from vigie.training.evaluation.windows import MODEL, Flags
from vigie.training.fitting.booster import features_of
from vigie.training.fitting.leave_operator_out import OPERATOR, PUBLIC, SCHEMES
from vigie.training.pipelines import coordinated, run
from vigie.training.pipelines.task import TrainingInputs
from vigie.training.published_methods import RULES
from vigie.training.report import run_record

# What the configuration of the tests leaves out of the model.
EXCLUDED = "coordination_lead_share"
SETTINGS = config.parse(
    {
        "target": "coordinated",
        "parts": {"pool": {"floor": 0.2, "exclude": [EXCLUDED]}},
        "floors": {"acts": 5, "posts": 5},
    }
)
NAMES = features_of("pool", SETTINGS)
# A reference population of which nothing is known: profiles are not tested.
NOTHING_KNOWN = Reference({}, None, ())


@pytest.fixture(scope="module")
def rows(cut: Any) -> pl.DataFrame:
    corpus = windows_data.load(cut.folders, cut.path)
    chosen = corpus.windows.filter(pl.col("scenario").is_in(["mutual_repost-0", "reply_seeding-3"]))
    two = windows_data.Corpus(corpus.accounts, corpus.posts, chosen, corpus.manifests)
    made = [
        windows_data._rows_of_window(*job, NOTHING_KNOWN, alone=2) for job in windows_data.each_window(two)
    ]
    return pl.concat(made, how="vertical_relaxed").sort("scenario", "account_id")


@pytest.fixture(scope="module")
def isolated(rows: pl.DataFrame) -> Flags:
    return rows["is_lone"].to_numpy()


@pytest.mark.filterwarnings("ignore")  # MLflow's own
class TestTrain:
    def test_it_writes_a_bundle_that_loads_and_replaces_what_was_there(self, coordinated_run: Any) -> None:
        made = coordinated_run.result
        loaded = bundle.load(made.folder, "coordinated")
        assert loaded.identity() == made.identity
        assert not (made.folder / "old.txt").exists()
        part = loaded.parts["pool"]
        assert set(part.features) == {*WINDOW_FEATURES} - {EXCLUDED}
        assert loaded.index["parts"]["pool"]["without"] == ["people-1", "people-2", "people-3"]
        assert len(part.members) == 3
        assert part.gains.sum() == pytest.approx(1)

    def test_the_bundle_scores_a_pool_and_ranks_its_campaign_first(
        self, coordinated_run: Any, cut: Any
    ) -> None:
        loaded = bundle.load(coordinated_run.result.folder, "coordinated")
        corpus = windows_data.load(cut.folders, cut.path)
        mine = corpus.windows.filter(pl.col("scenario") == "mutual_repost-0")
        listed = corpus.accounts.join(mine, on="account_id", how="semi").with_row_index("row")
        posts = corpus.posts.join(
            listed.select("row", "platform", "account_id"), on=["platform", "account_id"]
        )
        made = windows.measure(
            listed.drop("y", "kind", "campaign", "source"), posts.drop("platform", "account_id"), *mine.select("start", "end").row(0)
        )  # fmt: skip
        scores = score(loaded, made.matrix)
        truth = made.matrix.table.join(listed.select("row", "y"), on="row", maintain_order="left")[
            "y"
        ].to_numpy()
        log_odds = np.nan_to_num(scores.log_odds, nan=-np.inf)
        assert np.median(log_odds[truth]) > np.quantile(log_odds[~truth], 0.95)

    def test_bands_rise_and_the_highest_is_the_threshold(self, coordinated_run: Any) -> None:
        made = coordinated_run.result
        bands = bundle.load(made.folder, "coordinated").index["bands"]
        assert sorted(bands, key=bands.__getitem__) == ["low", "elevated", "high"]
        assert 0 == bands["low"] < bands["elevated"] <= bands["high"] < 1
        threshold = probability(
            np.array(made.evaluation.threshold), coordinated_run.settings.assumed_prevalence
        )
        assert bands["high"] == pytest.approx(float(threshold), abs=1e-6)

    def test_every_model_and_rule_is_judged_under_every_scheme(self, coordinated_run: Any) -> None:
        table = coordinated_run.result.evaluation.table
        names = {MODEL, coordinated.EVIDENCE_ONLY, coordinated.LOGISTIC, *RULES}
        assert set(table.select("model", "scheme").rows()) == {
            (name, scheme) for name in names for scheme in SCHEMES
        }
        ours = table.filter(pl.col("model") == MODEL)
        assert (ours["average_precision"] > 0.4).all()
        assert (ours["average_precision_low"] <= ours["average_precision"]).all()
        assert (ours["average_precision"] <= ours["average_precision_high"]).all()
        for unlearnt in (coordinated.EVIDENCE_ONLY, *RULES):
            assert table.filter(pl.col("model") == unlearnt)["auc"].n_unique() == 1
        evaluation = coordinated_run.result.evaluation
        assert evaluation.operators["pools"].to_list() == evaluation.campaigns["pools"].to_list() == [4] * 9

    def test_the_card_has_the_figures_in_both_languages(self, coordinated_run: Any) -> None:
        made = coordinated_run.result
        text, french = ((made.folder / name).read_text() for name in ("card.md", "card.fr.md"))
        ours = made.evaluation.table.filter((pl.col("model") == MODEL) & (pl.col("scheme") == OPERATOR))
        figure = f"{ours['average_precision'].item():.3f}"
        assert figure.lstrip("0") in text
        assert figure.replace(".", ",") in french
        assert "12 comparison windows" in text
        assert "12 fenêtres de comparaison" in french
        for name in (
            "accounts held out",
            "operator held out",
            "public held out",
            "mutual_repost",
            "people-2",
            *RULES,
        ):
            assert name in text
        assert not re.search(r"\bnan\b", text + french)
        assert "| expert | 48 | 210 |" in text

    def test_the_index_holds_aggregates_only(self, coordinated_run: Any, cut: Any) -> None:
        text = (coordinated_run.result.folder / "bundle.json").read_text()
        assert not any(f'"{account}"' in text for account in cut.table["account"].unique())
        index = bundle.load(coordinated_run.result.folder, "coordinated").index
        assert index["pool"] == {"hours": 72, "most": 4}
        assert [entry["name"] for entry in index["data"]] == ["people-1", "people-2", "people-3"]
        assert set(index["reference"]) >= {"coordination_shared_share", "coordination_surprise_index"}

    def test_the_run_is_tracked_and_registered(self, coordinated_run: Any) -> None:
        import mlflow

        made, uri = coordinated_run.result, coordinated_run.uri
        mlflow.set_tracking_uri(uri)
        run = mlflow.get_run(made.run_id)
        ours = made.evaluation.table.filter((pl.col("model") == MODEL) & (pl.col("scheme") == OPERATOR))
        assert run.data.params["seed"] == "7"
        assert run.data.metrics["auc/pools"] == pytest.approx(ours["auc"].item())
        client = mlflow.MlflowClient()
        kept = {
            item.path
            for folder in ("", "tables", "plots")
            for item in client.list_artifacts(made.run_id, folder)
        }
        assert {"record.json", "judged.parquet", "tables/backgrounds.csv", "plots/precision.png"} <= kept
        version = client.get_model_version_by_alias("vigie-coordinated", "challenger").version
        assert version == int(made.registered)

    def test_the_record_holds_what_a_gate_may_test(self, coordinated_run: Any) -> None:
        metrics = run_record.read(coordinated_run.result.record)["figures"]
        for name in ("average_precision.pools", "average_precision.people-1", "false_positives.people-2",
                     "false_positives.worst", "alone.flagged", "robustness.rise_as_posts_vanish",
                     "explanations.unresolved", "explanations.stability", "registry.flagged"):  # fmt: skip
            assert metrics[name]["value"] is not None, name
        people = coordinated_run.result.evaluation.backgrounds.filter(
            (pl.col("scheme") == PUBLIC) & (pl.col("accounts of") != "operation")
        )
        assert metrics["false_positives.worst"]["value"] == pytest.approx(people["flagged"].max())
        # Every partner that is named shares posts that are there.
        assert metrics["explanations.unresolved"]["value"] == 0

    def test_every_step_is_said(self, coordinated_run: Any) -> None:
        assert coordinated_run.steps[0] == "reading data sets"
        assert "features of window 12 of 12" in coordinated_run.steps
        assert "our model: fit 23 of 23" in coordinated_run.steps
        assert coordinated_run.steps[-1] == "tracking in MLflow"


class TestTable:
    def test_each_class_of_each_operator_has_the_same_mass(self, rows: pl.DataFrame, isolated: Flags) -> None:
        table = coordinated.table_of(rows, isolated, NAMES, SETTINGS)
        frame = pl.DataFrame(
            {"operator": table.source, "y": table.y, "lone": rows["is_lone"], "weight": table.weight}
        )
        mass = frame.group_by("operator", "y", "lone").agg(pl.col("weight").sum())
        whole, alone = (mass.filter(pl.col("lone") == lone)["weight"].to_numpy() for lone in (False, True))
        assert (len(whole), len(alone)) == (4, 2)
        assert whole == pytest.approx(whole[0])
        assert alone == pytest.approx(SETTINGS.lone_mass * whole[0])
        assert table.weight.mean() == pytest.approx(1)

    def test_accounts_left_alone_are_taught_as_not_coordinated(
        self, rows: pl.DataFrame, isolated: Flags
    ) -> None:
        table = coordinated.table_of(rows, isolated, NAMES, SETTINGS)
        lone = rows["is_lone"].to_numpy()
        assert rows["y"].to_numpy()[lone].all()
        assert not table.y[lone].any()
        assert (table.y == rows["y"].to_numpy())[~lone].all()

    def test_accounts_that_never_met_are_taught_as_not_coordinated_and_weigh_as_lone_ones(
        self, rows: pl.DataFrame
    ) -> None:
        whole = rows.filter(~pl.col("is_lone"))
        placebo = whole.filter(pl.col("scenario") == "mutual_repost-0").with_columns(
            scenario=pl.lit("placebo")
        )
        both = pl.concat([whole.with_columns(placebo=False), placebo.with_columns(placebo=True)])
        data = coordinated.WindowRows(
            windows_data.Corpus(pl.DataFrame(), pl.DataFrame(), pl.DataFrame(), ()), both, NOTHING_KNOWN
        )
        never_met = both.select(pl.col("placebo") & pl.col("y")).to_series().to_numpy()
        assert data.isolated.tolist() == never_met.tolist()
        assert data.regular.tolist() == (~both["placebo"]).to_list()
        table = coordinated.table_of(both, data.isolated, NAMES, SETTINGS)
        assert not table.y[never_met].any()
        assert (table.y == both["y"].to_numpy())[~never_met].all()
        operator = (both["operator"] == "people-1").to_numpy()
        coordinated_mass = table.weight[operator & table.y].sum()
        assert table.weight[never_met].sum() == pytest.approx(SETTINGS.lone_mass * coordinated_mass)

    def test_it_reads_neither_what_is_excluded_nor_what_leaks(
        self, rows: pl.DataFrame, isolated: Flags
    ) -> None:
        table = coordinated.table_of(rows, isolated, NAMES, SETTINGS)
        assert set(table.features) < set(WINDOW_FEATURES)
        assert EXCLUDED not in table.features
        assert table.x.shape == (len(table.y), len(table.features))


@pytest.mark.filterwarnings("ignore")  # MLflow's own
@pytest.mark.parametrize("missing", ["folder", "windows"])
def test_what_cannot_be_read_is_said_before_a_run_begins(cut: Any, tmp_path: Path, missing: str) -> None:
    from vigie.errors import VigieError

    folders = [tmp_path / "nowhere"] if missing == "folder" else cut.folders
    path = tmp_path / "nowhere.parquet" if missing == "windows" else cut.path
    with pytest.raises(VigieError, match="nowhere"):
        run.train(
            coordinated.CoordinatedTask(), SETTINGS, TrainingInputs(folders, {"windows": path}), tmp_path / "out",
            uri=f"sqlite:///{tmp_path}/mlflow.db", say=lambda step: None,
        )  # fmt: skip
    assert not (tmp_path / "out").exists()
