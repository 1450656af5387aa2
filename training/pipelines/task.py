"""What a target of training is: the steps that differ between targets, in the order in which ``run.py`` takes them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

import polars as pl

from vigie.errors import ConfigError, choices
from vigie.features.i18n import Message
from vigie.features.json_object import JsonObject
from vigie.models.bundle import Bundle
from vigie.training.config import Config
from vigie.training.evaluation.suite import EvaluationResult
from vigie.training.result import Evaluation, Progress

Data = TypeVar("Data")
Model = TypeVar("Model")


@dataclass(frozen=True)
class TrainingInputs:
    """Where the data of a training or an evaluation are.

    Attributes:
        folders: Dataset directories.
        options: Further files that a target asks for, by the name of the option.
        false_positives: Folder of confirmed false positives, never learnt from and always replayed; None for none.
    """

    folders: Sequence[Path]
    options: Mapping[str, Path] = field(default_factory=dict)
    false_positives: Path | None = None


@dataclass(frozen=True)
class BundleContent:
    """What a bundle is made of, besides its cards.

    Attributes:
        index: Entries of ``bundle.json``; :func:`vigie.models.bundle.save` adds format, digests and version.
        files: Text of the models by file name.
    """

    # The shape of ``bundle.json`` differs between targets and is checked when a bundle is loaded.
    index: JsonObject
    files: Mapping[str, str]


@dataclass(frozen=True)
class Examination:
    """How a saved bundle does, as its record keeps it.

    Attributes:
        result: Metrics, tables, plots and notes.
        held_out: Every account with its held-out score, see :mod:`vigie.training.evaluation.held_out`.
    """

    result: EvaluationResult
    held_out: pl.DataFrame


class TrainingTask(ABC, Generic[Data, Model, Evaluation]):
    """One target: what is loaded, fitted, measured and told for it.

    A new target is a subclass and its line in :data:`vigie.training.pipelines.tasks.TASKS`.

    Attributes:
        target: Value of ``target`` in configurations, labels and bundles.
        parts: Parts that a configuration may name.
        options: Further files that the target needs: name and what the file holds.
    """

    target: ClassVar[str]
    parts: ClassVar[tuple[str, ...]]
    options: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    def load(self, inputs: TrainingInputs, config: Config, say: Progress) -> Data:
        """Return the rows to learn from, with the group of each row that is held out whole.

        Raises:
            LabelError: The labels cannot carry the model.
            DatasetError: A folder is not a dataset directory, or was changed.
            ConfigError: A file of the options cannot be read.
        """

    @abstractmethod
    def fit(self, data: Data, config: Config, searches: Path, say: Progress) -> Model:
        """Return the model fitted on all rows and without each hold-out group.

        Args:
            data: What :meth:`load` returned.
            config: The configuration.
            searches: File in which a search of parameters is kept, so that it can be continued.
            say: Called with each step as it begins.
        """

    @abstractmethod
    def evaluate(self, data: Data, model: Model, config: Config, say: Progress) -> Evaluation:
        """Return how the model does on the accounts of each hold-out group."""

    @abstractmethod
    def bundle(self, data: Data, model: Model, evaluation: Evaluation, config: Config) -> BundleContent:
        """Return the entries of the bundle's index and the files of the models."""

    @abstractmethod
    def cards(
        self, data: Data, model: Model, evaluation: Evaluation, content: BundleContent
    ) -> dict[str, str]:
        """Return the model card in every language, Markdown, by its file name in a bundle."""

    @abstractmethod
    def examine(
        self, data: Data, model: Model, evaluation: Evaluation, bundle: Bundle, config: Config, say: Progress
    ) -> Examination:
        """Return the metrics, tables and plots of the record, and the held-out scores."""

    @abstractmethod
    def evaluate_bundle(self, bundle: Bundle, inputs: TrainingInputs, say: Progress) -> EvaluationResult:
        """Return how a bundle does on labelled data, without fitting anything.

        Raises:
            LabelError: There is no label of the target, or of one class only.
            DatasetError: A folder is not a dataset directory, or was changed.
            ConfigError: A file of the options cannot be read.
        """

    @abstractmethod
    def headline(self, evaluation: Evaluation) -> dict[str, pl.DataFrame]:
        """Return the tables that sum up an evaluation on a terminal, by title."""

    def notes(self, data: Data) -> tuple[Message, ...]:
        """Return what a reader must know of the data before they rely on a metric."""
        del data
        return ()

    def check_options(self, options: Mapping[str, Path]) -> None:
        """Refuse files that the target does not read, and ask for those that it needs.

        Raises:
            ConfigError: An option is missing or unknown.
        """
        for name in options:
            if name not in self.options:
                raise ConfigError(
                    f"the target {self.target} takes no file of {name}; leave it out"
                    + (f". {choices(name, self.options)}" if self.options else "")
                )
        for name, content in self.options.items():
            if name not in options:
                raise ConfigError(f"the target {self.target} needs a file of {name}: {content}")
