"""The recipe of every training: the same bundle each time, refusals before the work, a third target."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import lightgbm
import numpy as np
import polars as pl
import pytest

from vigie.errors import ConfigError, TrackingError
from vigie.features.i18n import LANGUAGES, Language
from vigie.features.ingest import dataset
from vigie.models import bundle
from vigie.models.bundle import Bundle
from vigie.models.metrics import ANY, DIFFERENCE, NOT_NEGATIVE, SHARE, Estimate
from vigie.training import config
from vigie.training.config import Config
from vigie.training.evaluation import accounts
from vigie.training.evaluation.suite import EvaluationResult
from vigie.training.fitting import booster, leave_source_out
from vigie.training.pipelines import run
from vigie.training.pipelines.inauthentic import InauthenticTask
from vigie.training.pipelines.task import BundleContent, Examination, TrainingInputs, TrainingTask
from vigie.training.report import run_record
from vigie.training.result import Progress, TrainingResult

TrainedRun = tuple[TrainingResult[accounts.Evaluation], str]

PARTS = {"profile": {"floor": 0.5}}


def parsed(**keys: object) -> config.Config:
    return config.parse({"parts": PARTS} | keys)


@pytest.mark.filterwarnings("ignore")
def test_the_same_command_data_and_seed_give_the_same_bundle_byte_for_byte(
    inauthentic_run: TrainedRun,
    folders: list[Path],
    settings: config.Config,
    tmp_path: Path,
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        again = run.train(
            InauthenticTask(),
            settings,
            TrainingInputs(folders),
            tmp_path / "again",
            uri=f"sqlite:///{tmp_path}/other.db",
            say=lambda step: None,
        )
    first = {path.name: path.read_bytes() for path in inauthentic_run[0].folder.iterdir()}
    assert {path.name: path.read_bytes() for path in again.folder.iterdir()} == first


def test_a_server_that_does_not_answer_is_noticed_before_the_work(
    folders: list[Path], settings: config.Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    said: list[str] = []
    with pytest.raises(TrackingError, match=r"http://127\.0\.0\.1:9 cannot be used .* nothing was begun"):
        run.train(
            InauthenticTask(),
            settings,
            TrainingInputs(folders),
            tmp_path / "out",
            uri="http://127.0.0.1:9",
            say=said.append,
        )
    assert said == []


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"parts": {}}, r"no part is to be learnt; write \[parts.NAME\]"),
        ({"parts": {"pool": {"floor": 0.4}}}, "parts.pool is not a part of inauthentic"),
        (
            {"parts": {"postz": {"floor": 0.4}}},
            "parts.postz is not a part of inauthentic. .* Did you mean posts?",
        ),
        (
            {"parts": {"profile": {"floor": 0.4, "exclude": ["profile_folowers_count"]}}},
            "profile_folowers_count is not a feature.* Did you mean profile_followers_count?",
        ),
    ],
)
def test_a_part_or_feature_that_does_not_exist_is_refused_before_data_are_read(
    keys: dict[str, object], said: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=said):
        run.train(
            InauthenticTask(),
            parsed(**keys),
            TrainingInputs([tmp_path / "absent"]),
            tmp_path / "out",
            uri=f"sqlite:///{tmp_path}/ml.db",
            say=print,
        )


@dataclass(frozen=True)
class Replies:
    """What the third task learns from: replies of each account, by source."""

    rows: pl.DataFrame


class AlwaysReplying(TrainingTask[Replies, lightgbm.Booster, float]):
    """A third target, all of it in this class: accounts that only reply."""

    target = "replying"
    parts = ("posts",)
    options: ClassVar[Mapping[str, str]] = {"topics": "a text file with one topic a line"}

    def load(self, inputs: TrainingInputs, config: Config, say: Progress) -> Replies:
        tables = [dataset.open(folder).accounts().collect() for folder in inputs.folders]
        say(f"{len(inputs.options['topics'].read_text().splitlines())} topics")
        return Replies(pl.concat(tables).with_columns(y=pl.col("account_id").hash(seed=1) % 2 == 0))

    def fit(self, data: Replies, config: Config, searches: Path, say: Progress) -> lightgbm.Booster:
        y = data.rows["y"].to_numpy()
        ones = np.ones(len(y))
        x = np.column_stack([y + 0.1 * np.arange(len(y)) % 1])
        rows = np.arange(len(y), dtype=np.uint32)
        table = booster.Table(
            ("content_reply_share",), x, y, rows, np.full(len(y), "a"), ones.astype(bool), ones
        )
        return booster.fit(table, config, 2, 10)

    def evaluate(self, data: Replies, model: lightgbm.Booster, config: Config, say: Progress) -> float:
        return 0.75

    def bundle(
        self, data: Replies, model: lightgbm.Booster, evaluation: float, config: Config
    ) -> BundleContent:
        part = {
            "features": ["content_reply_share"],
            "members": [],
            "without": [],
            "calibration": {"slope": 1.0, "intercept": 0.0, "variance": [0.0, 0.0, 0.0]},
            "gains": [1.0],
            "floor": 0.1,
        }
        index = {
            "name": config.name, "target": self.target, "assumed_prevalence": config.assumed_prevalence,
            "bands": config.bands, **leave_source_out.scoring_index(config), "parts": {"posts": part},
            "reference": {}, "config": config.model_dump(exclude={"gates"}), "data": [],
        }  # fmt: skip
        return BundleContent(index, {"posts.txt": model.model_to_string()})

    def cards(
        self, data: Replies, model: lightgbm.Booster, evaluation: float, content: BundleContent
    ) -> dict[str, str]:
        return {"card.md": f"# Replying: {evaluation}\n"}

    def examine(
        self,
        data: Replies,
        model: lightgbm.Booster,
        evaluation: float,
        bundle: Bundle,
        config: Config,
        say: Progress,
    ) -> Examination:
        result = EvaluationResult({"auc.mean": Estimate.alone(evaluation)}, {}, {})
        return Examination(result, data.rows.select("account_id", "y"))

    def evaluate_bundle(self, bundle: Bundle, inputs: TrainingInputs, say: Progress) -> EvaluationResult:
        return EvaluationResult({"auc.mean": Estimate.alone(0.5)}, {}, {})

    def headline(self, evaluation: float) -> dict[str, pl.DataFrame]:
        return {"Replies": pl.DataFrame({"auc": [evaluation]})}


@pytest.mark.filterwarnings("ignore")  # MLflow's own
def test_a_third_target_is_one_class_and_runs_to_a_tracked_bundle_and_an_evaluation(
    folders: list[Path], tmp_path: Path
) -> None:
    task = AlwaysReplying()
    (tmp_path / "topics.txt").write_text("rain\nsun\n")
    chosen = parsed(target="replying", name="vigie-replying", parts={"posts": {"floor": 0.1}})
    inputs = TrainingInputs(folders, {"topics": tmp_path / "topics.txt"})
    steps: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        made = run.train(
            task, chosen, inputs, tmp_path / "out", uri=f"sqlite:///{tmp_path}/ml.db", say=steps.append
        )
    loaded = bundle.load(tmp_path / "out", "replying")
    assert loaded.identity() == made.identity
    assert loaded.card == "# Replying: 0.75\n"
    assert "2 topics" in steps
    assert run_record.read(made.record)["figures"]["auc.mean"]["value"] == 0.75
    assert made.registered == "1"
    assert made.headline["Replies"]["auc"].to_list() == [0.75]
    assert run.evaluate(task, loaded, inputs, print).metrics["registry.flagged"].value == 0


def test_a_missing_or_unknown_file_of_the_target_is_refused_before_the_work(tmp_path: Path) -> None:
    task, chosen = AlwaysReplying(), parsed(target="replying", parts={"posts": {"floor": 0.1}})
    for options, message in (
        ({}, "the target replying needs a file of topics: a text file with one topic a line"),
        ({"topic": tmp_path}, "takes no file of topic; leave it out. .* Did you mean topics?"),
    ):
        with pytest.raises(ConfigError, match=message):
            run.train(task, chosen, TrainingInputs([], options), tmp_path / "out", uri=None, say=print)


# Ends of what a metric may be, by how its name begins; others are shares.
RANGES = {
    "gain": DIFFERENCE, "champion": DIFFERENCE, "recall_change": DIFFERENCE, "average_precision_change": DIFFERENCE,
    "lift": NOT_NEGATIVE, "ratio": NOT_NEGATIVE, "audit.worst": NOT_NEGATIVE, "explanations": ANY, "rise": ANY, "robustness.rise": ANY,
    "lost": ANY, "false_positives": ANY, "leaks": SHARE,
}  # fmt: skip
# Which figure the columns "low" and "high" are the ends of.
OF_TABLE = {"means": "auc", "gains": "auc", "audit": "rate", "backgrounds": "flagged"}


def intervals(record: Path) -> Iterator[tuple[str, float, float, float]]:
    """Yield every figure of a record that has an interval, with its ends."""
    for name, metric in run_record.read(record)["figures"].items():
        value, low, high = metric["value"], metric["low"], metric["high"]
        if value is not None and low is not None and high is not None:
            yield name, value, low, high
    for file in sorted((record / "tables").glob("*.csv")):
        table = pl.read_csv(file, infer_schema_length=None)
        pairs = {name.removesuffix("_low"): name for name in table.columns if name.endswith("_low")}
        pairs |= {OF_TABLE[file.stem]: "low"} if "low" in table.columns else {}
        for figure, lower in pairs.items():
            ends = table.select(figure, lower, lower.replace("low", "high")).drop_nulls()
            # With more wrong labels than there can be, an AUC is above 1 and a rate below 0: the report says so.
            label = {"gains": "gain", "label_noise": "rise"}.get(file.stem, figure)
            yield from ((label, *row) for row in ends.iter_rows())


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("training", ["inauthentic_run", "coordinated_run"])
def test_every_interval_of_a_record_holds_its_figure_and_stays_in_its_range(
    training: str, request: pytest.FixtureRequest
) -> None:
    made = request.getfixturevalue(training)
    record = (made[0] if isinstance(made, tuple) else made.result).record
    found = list(intervals(record))
    assert len(found) > 100
    for name, value, low, high in found:
        within = next((ends for start, ends in RANGES.items() if name.startswith(start)), SHARE)
        assert low - 1e-6 <= value <= high + 1e-6, (name, value, low, high)
        assert within[0] <= low, (name, value, low, high)
        assert high <= within[1], (name, value, low, high)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("training", ["inauthentic_run", "coordinated_run"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_column_of_a_report_is_a_code(
    training: str, language: Language, request: pytest.FixtureRequest
) -> None:
    made = request.getfixturevalue(training)
    record = (made[0] if isinstance(made, tuple) else made.result).record
    page = (record / run_record.REPORTS[language]).read_text()
    titles = re.findall(r"<th[^>]*>(.*?)</th>", page)
    assert len(titles) > 50
    assert [title for title in titles if "_" in title] == []
