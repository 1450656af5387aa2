"""A whole training on invented worlds: three sources, real LightGBM, real MLflow on SQLite, a real bundle."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from vigie.errors import LabelError, TrackingError
from vigie.features.ingest import dataset
from vigie.features.ingest.reader import REJECT_SCHEMA, Read
from vigie.models import bundle
from vigie.models.drift.psi import population
from vigie.models.scoring import score
from vigie.training import config
from vigie.training.data import corpus as data
from vigie.training.data import truncated_views
from vigie.training.evaluation import accounts, external, leakage
from vigie.training.fitting import booster, bundle_builder, leave_source_out, missing_evidence
from vigie.training.pipelines.inauthentic import train
from vigie.training.registry import mlflow_tracking
from vigie.training.report import run_record
from vigie.training.result import TrainingResult
from vigie.training.synthetic.accounts import World, generate

SMALL = {
    "size": {"leaves": [2, 4], "trees": [20, 40]},
    "booster": {"min_data_in_leaf": 10, "learning_rate": 0.1},
    "parts": {"profile": {"floor": 0.5}, "posts": {"floor": 0.4}},
    "views": {"truncations": [20, 40], "windows": 2},
    "bootstrap_draws": 50,
}


def write(world: World, folder: Path, name: str) -> Path:
    labels = world.labels.with_columns(source=pl.lit(name))
    seen = {"accounts": world.accounts.height, "posts": world.posts.height, "labels": labels.height}
    rejects = pl.DataFrame(schema=REJECT_SCHEMA)
    read = Read(world.accounts, world.posts, labels, rejects=rejects, notes=(), seen=seen)
    dataset.write(read, folder / name, name=name, form="generic", now=datetime(2024, 6, 1, tzinfo=UTC))
    return folder / name


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    root = tmp_path_factory.mktemp("data")
    return [
        write(
            generate(ordinary=120, inauthentic=120, seed=seed, posts_per_account=60), root, f"invented-{seed}"
        )
        for seed in (1, 2, 3)
    ]


@pytest.fixture(scope="module")
def settings() -> config.Config:
    return config.parse(SMALL)


@dataclass(frozen=True)
class Fitted:
    corpus: data.Corpus
    rows: pl.DataFrame
    fits: dict[str, leave_source_out.CrossFit]


@pytest.fixture(scope="module")
def fitted(folders: list[Path], settings: config.Config) -> Fitted:
    corpus = data.load(folders, settings)
    rows = truncated_views.rows(corpus, settings.views)
    fits = {
        part: leave_source_out.crossfit(booster.table_of(part, rows, settings), settings, 4, 40, lambda: None)
        for part in settings.parts
    }
    return Fitted(corpus, rows, fits)


def test_every_view_of_an_account_shares_its_weight(fitted: Fitted, settings: config.Config) -> None:
    table = booster.table_of("posts", fitted.rows, settings)
    frame = pl.DataFrame({"row": table.row, "source": table.source, "y": table.y, "weight": table.weight})
    per_account = frame.group_by("source", "y", "row").agg(pl.col("weight").sum())
    spread = per_account.group_by("source", "y").agg(low=pl.col("weight").min(), high=pl.col("weight").max())
    assert spread["low"].to_numpy() == pytest.approx(spread["high"].to_numpy())
    mass = frame.group_by("source", "y").agg(pl.col("weight").sum())["weight"].to_numpy()
    assert mass == pytest.approx(mass.mean())


def test_a_held_out_source_is_not_in_the_model_that_judges_it(
    fitted: Fitted, settings: config.Config
) -> None:
    found = fitted.fits["profile"]
    rest = found.table.where(found.table.source != "invented-1")
    again = booster.fit(rest, settings, found.leaves, found.trees)
    assert again.model_to_string() == found.held_out["invented-1"].model_to_string()


def test_the_same_rows_and_seed_give_the_same_model(fitted: Fitted, settings: config.Config) -> None:
    found = fitted.fits["posts"]
    assert booster.fit(found.table, settings, 4, 40).model_to_string() == found.booster.model_to_string()


def test_a_person_in_two_sets_is_kept_in_the_first_only(
    folders: list[Path], settings: config.Config, tmp_path: Path
) -> None:
    world = generate(ordinary=120, inauthentic=120, seed=1, posts_per_account=60)
    hashed = {"account_id": pl.format("hashed-{}", "account_id")}
    other = World(
        accounts=world.accounts.with_columns(**hashed, handle=pl.lit(None, pl.String)),
        posts=world.posts.with_columns(**hashed, post_id=pl.format("other-{}", "post_id")),
        labels=world.labels.with_columns(**hashed),
    )
    copy = write(other, tmp_path, "again")
    corpus = data.load([*folders, copy], settings)
    left = corpus.accounts.filter(pl.col("source") == "again").height
    assert left < 0.15 * world.accounts.height
    assert corpus.removed.filter(pl.col("source") == "again")["reason"].to_list() == ["same_posts"]


def test_labels_of_one_class_are_refused_with_the_count(settings: config.Config, tmp_path: Path) -> None:
    alone = write(
        generate(ordinary=40, inauthentic=0, seed=9, posts_per_account=20), tmp_path, "ordinary-only"
    )
    with pytest.raises(LabelError, match="0 accounts are labelled inauthentic=True; at least 20"):
        data.load([alone], settings)


def test_shuffled_labels_teach_nothing(fitted: Fitted, settings: config.Config) -> None:
    assert leakage.permuted(fitted.fits["profile"], settings)["auc"].mean() == pytest.approx(0.5, abs=0.12)


def test_a_feature_that_is_the_source_is_caught(fitted: Fitted, settings: config.Config) -> None:
    table = fitted.fits["profile"].table
    telling = (table.source == "invented-2").astype(float)[:, None]
    marked = booster.Table((*table.features, "planted"), np.hstack([table.x, telling]), table.y, table.row, table.source,
                       table.full, table.weight)  # fmt: skip
    told = leakage.which_source(marked, settings)
    assert (
        told.filter((pl.col("feature") == "planted") & (pl.col("source") == "invented-2"))["auc"].item()
        == 1.0
    )


def test_the_discount_falls_to_nothing_with_all_posts(fitted: Fitted, settings: config.Config) -> None:
    knots = missing_evidence.fit_discounts(fitted.fits, fitted.rows, settings)["discount"]
    assert knots["posts"][0] == 0
    assert knots["log_odds"] == sorted(knots["log_odds"], reverse=True)
    assert knots["log_odds"][-1] == 0.0


def test_the_evaluation_judges_every_model_on_the_same_accounts(
    fitted: Fitted, settings: config.Config
) -> None:
    found = accounts.evaluate(fitted.fits, fitted.rows, fitted.corpus, settings, lambda step: None)
    others = found.table.filter(pl.col("model") != accounts.LATER)
    assert others.group_by("source").agg(pl.col("accounts").n_unique())["accounts"].to_list() == [1, 1, 1]
    assert found.table["model"].n_unique() == 9
    ours = found.means.filter(pl.col("model") == accounts.MODEL).row(0, named=True)
    assert 0.6 < ours["auc"] < 1.0
    assert ours["low"] < ours["auc"] < ours["high"]
    assert found.gains["baseline"].n_unique() == 4


def test_reference_quantiles_are_of_ordinary_accounts_only(fitted: Fitted, settings: config.Config) -> None:
    quantiles = bundle_builder.index_of(fitted.fits, fitted.rows, settings)["reference"][
        "profile_followers_count"
    ]
    ordinary = fitted.rows.filter((pl.col("view") == "full") & ~pl.col("y"))[
        "profile_followers_count"
    ].drop_nulls()
    assert quantiles[0] == pytest.approx(ordinary.min(), rel=1e-4)
    assert quantiles[-1] == pytest.approx(ordinary.max(), rel=1e-4)
    assert len(quantiles) == 101


@pytest.fixture(scope="module")
def outcome(
    folders: list[Path], settings: config.Config, tmp_path_factory: pytest.TempPathFactory
) -> tuple[TrainingResult[accounts.Evaluation], str]:
    root = tmp_path_factory.mktemp("mlflow")
    uri = f"sqlite:///{root}/mlflow.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        patch.chdir(root)  # MLflow keeps artifacts beside the working folder
        made = train(settings, folders, root / "out", uri=uri, say=lambda step: None)
    return made, uri


@pytest.mark.filterwarnings("ignore")  # MLflow's own
def test_a_training_writes_a_bundle_that_loads_and_scores(
    outcome: tuple[TrainingResult[accounts.Evaluation], str], fitted: Fitted
) -> None:
    made, _ = outcome
    loaded = bundle.load(made.folder)
    assert loaded.identity() == made.identity
    scores = score(loaded, leave_source_out.as_matrix(fitted.rows.filter(pl.col("view") == "full")))
    assert (scores.status == "scored").mean() > 0.8
    assert "Figures on sources the model never saw" in loaded.card
    assert "Chiffres sur des sources non vues à l'apprentissage" in loaded.cards["fr"]
    assert {path.name for path in made.record.glob("card.*")} == {
        "card.md",
        "card.html",
        "card.fr.md",
        "card.fr.html",
    }
    assert '<html lang="fr">' in (made.record / "card.fr.html").read_text()


@pytest.mark.filterwarnings("ignore")
def test_a_training_is_tracked_registered_and_loads_from_mlflow_without_pickle(
    outcome: tuple[TrainingResult[accounts.Evaluation], str],
) -> None:
    import mlflow
    import pandas

    made, uri = outcome
    mlflow.set_tracking_uri(uri)
    run = mlflow.get_run(made.run_id)
    assert run.data.params["seed"] == "7"
    # Here abstentions rank last; in the evaluation only scored accounts are ranked.
    ours = made.evaluation.means.filter(pl.col("model") == accounts.MODEL)["auc"].item()
    assert ours - 0.05 < run.data.metrics["auc.mean"] <= ours + 1e-6
    client = mlflow.MlflowClient()
    names = {
        item.path for folder in ("", "tables", "plots") for item in client.list_artifacts(made.run_id, folder)
    }
    assert {
        "record.json",
        "judged.parquet",
        "report.html",
        "card.md",
        "tables/unseen_sources.csv",
        "tables/which_source_posts.csv",
        "plots/posts_curve.png",
    } <= names
    assert client.get_model_version_by_alias("vigie-inauthentic", "champion").version == int(made.registered)
    import os

    assert os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] == "false"
    model = mlflow.pyfunc.load_model("models:/vigie-inauthentic@champion")
    account = {
        "platform": "x", "account_id": "1", "handle": "anna", "display_name": "Anna", "observed_at": "2024-05-16T12:00:00Z",
        "created_at": "2020-01-01T00:00:00Z", "followers_count": 5, "following_count": 900, "posts_count": 40,
        "likes_given_count": 0, "listed_count": 0, "description": "", "location": "", "url": "", "posts": [],
    }  # fmt: skip
    answer = model.predict(pandas.DataFrame([{"account": json.dumps(account)}]))
    assert answer["status"].tolist() == ["scored"]
    assert 0 < answer["probability"].item() < 1


@pytest.mark.filterwarnings("ignore")  # MLflow's own
def test_the_bundle_counts_the_accounts_it_learnt_on_with_their_held_out_scores(
    outcome: tuple[TrainingResult[accounts.Evaluation], str], fitted: Fitted
) -> None:
    made, _ = outcome
    classes = population(bundle.load(made.folder)).classes
    assert classes is not None
    truth = fitted.corpus.accounts["y"]
    assert (classes.ordinary.accounts, classes.positive.accounts) == ((~truth).sum(), truth.sum())
    held_out = pl.read_parquet(made.record / "judged.parquet")
    assert classes.ordinary.scores.sum() + classes.positive.scores.sum() == held_out["log_odds"].count()


def test_a_source_it_learnt_from_is_judged_by_the_member_that_did_not(
    outcome: tuple[TrainingResult[accounts.Evaluation], str], fitted: Fitted
) -> None:
    made, _ = outcome
    loaded = bundle.load(made.folder)
    full = fitted.rows.filter((pl.col("view") == "full") & (pl.col("source") == "invented-2"))
    here = leave_source_out.as_matrix(full)
    without = score(external.without(loaded, "invented-2"), here).log_odds
    kept = pl.read_parquet(made.record / "judged.parquet").filter(pl.col("source") == "invented-2")
    # The record's judges were calibrated without the source too: nearly the same scale, the same ranking.
    told = kept["log_odds"].fill_null(np.nan).to_numpy()
    known = ~np.isnan(told) & ~np.isnan(without)
    assert known.mean() > 0.8
    assert np.corrcoef(told[known], without[known])[0, 1] > 0.95
    assert not np.allclose(without, score(loaded, here).log_odds, equal_nan=True)


@pytest.mark.filterwarnings("ignore")
def test_new_data_are_judged_by_the_model_as_it_ships_on_a_page_of_its_own(
    outcome: tuple[TrainingResult[accounts.Evaluation], str], tmp_path: Path
) -> None:
    loaded = bundle.load(outcome[0].folder)
    fresh = write(
        generate(ordinary=60, inauthentic=60, seed=8, posts_per_account=60), tmp_path, "<b>fresh|</b>"
    )
    found = external.evaluate_accounts(loaded, [fresh], None, lambda step: None)
    assert any("the model never saw these" in note for note in found.notes)
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
    outcome: tuple[TrainingResult[accounts.Evaluation], str], tmp_path: Path
) -> None:
    alone = write(generate(ordinary=40, inauthentic=0, seed=9, posts_per_account=20), tmp_path, "people")
    with pytest.raises(
        LabelError, match=r"no source holds 10 accounts of each value of inauthentic \(people: 0 and 40\)"
    ):
        external.evaluate_accounts(bundle.load(outcome[0].folder), [alone], None, lambda step: None)


def test_the_configuration_comes_with_the_bundle(
    outcome: tuple[TrainingResult[accounts.Evaluation], str], settings: config.Config
) -> None:
    assert external.config_of(bundle.load(outcome[0].folder)) == settings


def test_the_record_holds_what_a_gate_may_test(
    outcome: tuple[TrainingResult[accounts.Evaluation], str],
) -> None:
    metrics = run_record.read(outcome[0].record)["figures"]
    for name in ("auc.mean", "average_precision.mean", "recall_at_1.mean", "calibration_error.mean",
                 "gain.one-split stump.auc", "leaks.permuted_auc", "robustness.rise_as_posts_vanish",
                 "audit.flagged_at_high"):  # fmt: skip
        assert metrics[name]["value"] is not None, name


@pytest.mark.filterwarnings("ignore")
def test_the_same_command_data_and_seed_give_the_same_bundle_byte_for_byte(
    outcome: tuple[TrainingResult[accounts.Evaluation], str],
    folders: list[Path],
    settings: config.Config,
    tmp_path: Path,
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        again = train(
            settings, folders, tmp_path / "again", uri=f"sqlite:///{tmp_path}/other.db", say=lambda step: None
        )
    first = {path.name: path.read_bytes() for path in outcome[0].folder.iterdir()}
    assert {path.name: path.read_bytes() for path in again.folder.iterdir()} == first


@pytest.mark.filterwarnings("ignore")
def test_a_server_that_goes_away_loses_nothing_and_the_run_is_gone_on_with(
    outcome: tuple[TrainingResult[accounts.Evaluation], str], tmp_path: Path
) -> None:
    import mlflow

    kept = tmp_path / "kept"
    shutil.copytree(outcome[0].folder, kept)
    shutil.copytree(outcome[0].record, run_record.record_path(kept))
    run_record.set_tracking(run_record.record_path(kept), "", None)
    with pytest.raises(
        TrackingError, match=f"the bundle is in {kept}.*vigie publish {kept} --tracking-uri http"
    ):
        mlflow_tracking.publish(kept, "http://127.0.0.1:9", lambda step: None)
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        mlflow.set_tracking_uri(uri)
        begun = mlflow.MlflowClient().create_run(mlflow.create_experiment("vigie-inauthentic"))
        run_record.set_tracking(run_record.record_path(kept), begun.info.run_id, None)
        run_id, registered = mlflow_tracking.publish(kept, uri, lambda step: None)
    assert run_id == begun.info.run_id
    assert run_record.read(run_record.record_path(kept))["registered"] == registered == "1"


def test_a_server_that_does_not_answer_is_noticed_before_the_work(
    folders: list[Path], settings: config.Config, tmp_path: Path
) -> None:
    said: list[str] = []
    with pytest.raises(TrackingError, match=r"http://127\.0\.0\.1:9 cannot be used .* nothing was begun"):
        train(settings, folders, tmp_path / "out", uri="http://127.0.0.1:9", say=said.append)
    assert said == []


@pytest.mark.filterwarnings("ignore")
def test_a_search_is_nested_and_each_trial_is_a_child_run(folders: list[Path], tmp_path: Path) -> None:
    import mlflow

    tuned = config.parse(
        SMALL
        | {
            "tune": {"trials": 3},
            "size": {"leaves": [2], "trees": [20]},
            "parts": {"profile": {"floor": 0.5}},
        }
    )
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        made = train(tuned, folders, tmp_path / "out", uri=uri, say=lambda step: None)
    trials = pl.read_csv(made.record / "tables" / "trials_profile.csv")
    studies = {"on every source", *(f"without invented-{seed}" for seed in (1, 2, 3))}
    assert set(trials["study"]) == studies
    assert trials.height == 3 * len(studies)
    # A search without a source saw nothing of it.
    assert trials.filter(pl.col("study") == "without invented-2")["auc.invented-2"].null_count() == 3
    mlflow.set_tracking_uri(uri)
    children = mlflow.search_runs(
        search_all_experiments=True, filter_string=f"tags.`mlflow.parentRunId` = '{made.run_id}'"
    )
    assert len(children) == trials.height
    assert children["metrics.value"].notna().any()
