"""A challenger judged: compared with the champion, and tested by the gates in force."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from vigie.errors import (
    BundleTargetError,
    ComparisonError,
    MissingColumnError,
    RecordError,
    RegistryError,
)
from vigie.features.i18n import Message, message
from vigie.features.json_object import JsonObject
from vigie.training import config
from vigie.training.config import Config, Gate
from vigie.training.evaluation.gates import EstimateLike, Verdict, check, in_force, readings
from vigie.training.registry.comparison import PREFIX, Candidate, Comparison, compare
from vigie.training.registry.model_registry import Registry, Version
from vigie.training.report.summary import Standing

# The gain over the champion that a report states.
GAIN = f"{PREFIX}gain.average_precision"


@dataclass(frozen=True)
class Contender:
    """A model that is, or may become, champion.

    Attributes:
        label: What it is called.
        index: Its ``bundle.json``.
        settings: The configuration that it was trained with, gates included.
        metrics: Of its record, by flat name.
        held_out: Reads what it said of labelled accounts that it had not seen.
    """

    label: str
    index: JsonObject
    settings: Config
    metrics: Mapping[str, EstimateLike]
    held_out: Callable[[], pl.DataFrame]

    @classmethod
    def registered(cls, registry: Registry, version: Version) -> Contender:
        """Return a version of a registry.

        Raises:
            RegistryError: The registry does not answer, or lacks its record.
            RecordError: Its record does not parse.
        """
        record = registry.record(version)
        content = {**record["config"], "gates": record.get("gates", [])}
        return cls(
            str(version),
            registry.index(version),
            config.parse(content, f"the record of {version}"),
            readings(record["figures"]),
            lambda: registry.held_out(version),
        )


@dataclass(frozen=True)
class Judgement:
    """What was found of a challenger.

    Attributes:
        comparison: With the champion; None where there is none, or where it failed.
        because: Why the comparison failed; empty where it did not.
        gates_of: A sentence on where the gates in force come from.
        inapplicable: Gates that compare with a champion, left out since there is none.
        verdicts: What became of every gate in force.
    """

    comparison: Comparison | None
    because: str
    gates_of: Message
    inapplicable: int
    verdicts: list[Verdict]


def judge(
    registry: Registry,
    challenger: Contender,
    champion: Version | None,
    *,
    shipped: Sequence[Gate],
    chosen: tuple[Path, Sequence[Gate]] | None = None,
    tolerant: bool = False,
) -> Judgement:
    """Return what becomes of a challenger.

    Args:
        registry: Where the champion is.
        challenger: The model that may become champion.
        champion: The one in use; None if there is none yet.
        shipped: Gates that count where no configuration has any.
        chosen: A file of gates that count instead of those of the configurations, and what it holds.
        tolerant: Whether a comparison that fails is an answer instead of an error.

    Raises:
        BundleTargetError: The two models are of different targets.
        ComparisonError: The two models have too little in common.
        RegistryError: The registry does not answer, or lacks the champion's record.
        RecordError: The champion's record does not parse.
    """
    theirs, comparison, because = None, None, ""
    if champion is not None:
        try:
            theirs = Contender.registered(registry, champion)
            comparison = _compare(challenger, theirs)
        except (ComparisonError, MissingColumnError, RecordError, RegistryError) as error:
            if not tolerant:
                raise
            because = str(error)
    gates_of, gates = _in_force(challenger, theirs, shipped, chosen)
    applicable = [gate for gate in gates if champion is not None or not gate.figure.startswith(PREFIX)]
    metrics = {**challenger.metrics, **(comparison.metrics if comparison else {})}
    return Judgement(comparison, because, gates_of, len(gates) - len(applicable), check(applicable, metrics))


def standing(uri: str | None, challenger: Contender, shipped: Sequence[Gate], promotion: str) -> Standing:
    """Return how a model that was just trained stands; what cannot be asked or compared is said and stops nothing.

    Args:
        uri: MLflow tracking server or store; None for the default.
        challenger: The model.
        shipped: Gates that count where no configuration has any.
        promotion: The command that would make it champion.
    """
    champion = None
    try:
        registry = Registry(uri)
        champion = registry.champion_if_any(challenger.settings.name)
        found = judge(registry, challenger, champion, shipped=shipped, tolerant=True)
    except (BundleTargetError, RegistryError) as error:
        gates_of, gates = _in_force(challenger, None, shipped, None)
        verdicts = check(gates, challenger.metrics)
        return Standing(_named(champion), None, str(error), gates_of, tuple(verdicts), promotion)
    gain = found.comparison.metrics[GAIN] if found.comparison else None
    return Standing(_named(champion), gain, found.because, found.gates_of, tuple(found.verdicts), promotion)


def _named(version: Version | None) -> str | None:
    return None if version is None else str(version)


def _compare(challenger: Contender, champion: Contender) -> Comparison:
    """Return the comparison of two models, with the draws and the seed of the challenger's configuration."""
    targets = [each.index["target"] for each in (challenger, champion)]
    if targets[0] != targets[1]:
        raise BundleTargetError(
            f"{challenger.label} is for {targets[0]!r} and {champion.label} for {targets[1]!r}: register each target under "
            "its own name"
        )
    ours, theirs = (Candidate.of(each.held_out(), each.index) for each in (challenger, champion))
    return compare(ours, theirs, challenger.settings)


def _in_force(
    challenger: Contender,
    champion: Contender | None,
    shipped: Sequence[Gate],
    chosen: tuple[Path, Sequence[Gate]] | None,
) -> tuple[Message, list[Gate]]:
    """Return the gates in force, and a sentence on where they come from.

    A challenger does not set its own if there is a champion.
    """
    if chosen is not None:
        offers = [(message("training.gates_of_file", file=str(chosen[0])), chosen[1])]
    else:
        offers = [
            (message("training.gates_of_champion"), champion.settings.gates if champion else []),
            (message("training.gates_of_challenger"), challenger.settings.gates),
            (message("training.gates_of_vigie"), shipped),
        ]
    return in_force(offers) or (message("training.gates_none"), [])
