"""The recipe of every training: load, fit, evaluate, write the bundle and its record, track them in MLflow."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from vigie.models import bundle
from vigie.training.config import Config, shipped_gates
from vigie.training.evaluation import suite
from vigie.training.evaluation.suite import EvaluationResult
from vigie.training.fitting.booster import check_parts
from vigie.training.pipelines.task import TrainingInputs, TrainingTask
from vigie.training.registry import judgement, mlflow_tracking
from vigie.training.registry.judgement import Contender
from vigie.training.report import run_record
from vigie.training.result import Evaluation, Progress, TrainingResult

Data = TypeVar("Data")
Model = TypeVar("Model")


def train(
    task: TrainingTask[Data, Model, Evaluation],
    config: Config,
    inputs: TrainingInputs,
    out: Path,
    *,
    uri: str | None,
    say: Progress,
) -> TrainingResult[Evaluation]:
    """Train, evaluate, write the bundle and its record, and track them.

    Args:
        task: What is particular to the target.
        config: What to train.
        inputs: Where the data are.
        out: Folder of the bundle; replaced only once the new one is whole. Its record lies beside it.
        uri: MLflow tracking server or store; None for the default.
        say: Called with each step as it begins.

    Raises:
        ConfigError: A part, a feature or a file of the options is missing or unknown.
        LabelError: The labels cannot carry the model.
        DatasetError: A folder is not a dataset directory, or was changed.
        TrackingError: The tracking server does not answer; if that comes after the work, bundle and record are kept.

    A training that fails leaves a failed run with the reason.
    """
    check_parts(config, task.parts)
    task.check_options(inputs.options)
    with mlflow_tracking.opened(uri, config) as run_id:
        record = run_record.record_path(out)
        say("reading data sets")
        data = task.load(inputs, config, say)
        notes = task.notes(data)
        for note in notes:
            say(f"note: {note.say('en')}")
        model = task.fit(data, config, record.with_suffix(".tuning"), say)
        say("evaluating on held-out accounts")
        evaluation = task.evaluate(data, model, config, say)
        say("writing the bundle")
        content = task.bundle(data, model, evaluation, config)
        bundle.save(out, content.index, {**content.files, **task.cards(data, model, evaluation, content)})
        loaded = bundle.load(out, task.target)
        examination = task.examine(data, model, evaluation, loaded, config, say)
        result = examination.result | suite.replay_false_positives(loaded, inputs.false_positives)
        say("comparing with the champion")
        contender = Contender(loaded.name, loaded.index, config, result.metrics, lambda: examination.held_out)
        standing = judgement.standing(uri, contender, shipped_gates(task.target), f"vigie promote {run_id}")
        say("writing the record")
        run_record.write(record, loaded, config, result, examination.held_out, standing)
        run_record.set_tracking(record, run_id, None)
        registered = mlflow_tracking.publish(out, uri, say)[1]
    return TrainingResult(
        out, record, loaded.identity(), evaluation, task.headline(evaluation), notes, run_id, registered
    )


def evaluate(
    task: TrainingTask[Data, Model, Evaluation], loaded: bundle.Bundle, inputs: TrainingInputs, say: Progress
) -> EvaluationResult:
    """Return how a bundle does on labelled data, and which confirmed false positives it flags again.

    Args:
        task: What is particular to the target of the bundle.
        loaded: The bundle.
        inputs: Where the data are.
        say: Called with each step as it begins.

    Raises:
        ConfigError: A file of the options is missing or unknown.
        LabelError: There is no label of the target, or of one class only.
        DatasetError: A folder is not a dataset directory, or was changed.
    """
    task.check_options(inputs.options)
    result = task.evaluate_bundle(loaded, inputs, say)
    return result | suite.replay_false_positives(loaded, inputs.false_positives)
