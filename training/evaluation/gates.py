"""Gates: tests, written as data, that a challenger must pass to become champion.

A gate that fails is an answer, not an error: every gate is evaluated, so that a person sees all that is wrong at once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Protocol

from vigie.features.i18n import Message, message
from vigie.models.metrics import MetricEntry
from vigie.training.config import Gate

# Likeness of two names from which one is taken for the other misspelt. Figures that a small data set does not have are like none.
_MISSPELT = 0.8


class EstimateLike(Protocol):
    """A figure, with the ends of its interval where it has one."""

    @property
    def value(self) -> float | None:
        """The figure itself."""

    @property
    def low(self) -> float | None:
        """Lower end of its interval."""

    @property
    def high(self) -> float | None:
        """Upper end of its interval."""


@dataclass(frozen=True)
class Reading:
    """A figure as a run's record holds it; null where it could not be computed, or has no interval."""

    value: float | None
    low: float | None = None
    high: float | None = None


def readings(metrics: Mapping[str, MetricEntry]) -> dict[str, Reading]:
    """Return the metrics of a record by name.

    >>> readings({"auc.mean": {"value": 0.9, "low": None, "high": None}})
    {'auc.mean': Reading(value=0.9, low=None, high=None)}
    """
    return {
        name: Reading(metric["value"], metric.get("low"), metric.get("high"))
        for name, metric in metrics.items()
    }


@dataclass(frozen=True)
class Verdict:
    """What became of one gate.

    Attributes:
        gate: The gate.
        seen: The end of the metric that was tested; null where there is none.
        room: How far it lies on the passing side of the limit; negative: by how much it fails.
        because: Why there is nothing to test; None where there is.
    """

    gate: Gate
    seen: float | None = None
    room: float | None = None
    because: Message | None = None

    @property
    def passed(self) -> bool:
        """Whether the challenger passed."""
        return self.room is not None and self.room >= 0

    def __str__(self) -> str:
        """Return one sentence: what was tested, what was seen, by how much it passed or failed, and why it matters."""
        gate = self.gate
        limit = f"at least {gate.at_least:g}" if gate.at_least is not None else f"at most {gate.at_most:g}"
        tested = gate.figure if gate.end == "value" else f"{gate.figure}, {gate.end} end of its interval"
        if self.seen is None or self.room is None:
            sentence = f"{tested}, {limit}: {self.because.say('en') if self.because else ''}"
        elif self.passed:
            sentence = f"{tested}, {limit}: {self.seen:.4g}, with {self.room:.4g} to spare"
        else:
            sentence = f"{tested}, {limit}: {self.seen:.4g}, fails by {-self.room:.4g}"
        return sentence if self.passed or not gate.why else f"{sentence}. Why this gate: {gate.why}"


def check(gates: Sequence[Gate], metrics: Mapping[str, EstimateLike]) -> list[Verdict]:
    """Return the verdict on every gate, in order; a gate with nothing to test fails."""
    return [_judge(gate, metrics) for gate in gates]


def _judge(gate: Gate, metrics: Mapping[str, EstimateLike]) -> Verdict:
    if gate.figure not in metrics:
        return Verdict(gate, because=_absent(gate.figure, metrics))
    figure = metrics[gate.figure]
    ends = {"low": figure.low, "value": figure.value, "high": figure.high}
    value = ends[gate.end]
    if value is None or math.isnan(value):
        key = "training.gate_not_computed" if gate.end == "value" else "training.gate_no_interval"
        return Verdict(gate, because=message(key))
    room = value - gate.at_least if gate.at_least is not None else _limit(gate) - value
    return Verdict(gate, seen=value, room=room)


def _limit(gate: Gate) -> float:
    """Return the largest value that passes; a gate has one limit, as its model checks."""
    return math.inf if gate.at_most is None else gate.at_most


def _absent(name: str, metrics: Mapping[str, EstimateLike]) -> Message:
    """Return that there is no such figure, and which was meant where the name looks misspelt."""
    near = get_close_matches(name, metrics, n=1, cutoff=_MISSPELT)
    if near:
        return message("training.gate_no_figure_nearest", figure=near[0])
    return message("training.gate_no_figure")


def in_force(offers: Sequence[tuple[Message, Sequence[Gate]]]) -> tuple[Message, list[Gate]] | None:
    """Return the first gates that are not empty, and where they come from; None if there is no gate anywhere.

    Args:
        offers: Where gates may come from and what is there, the one that counts most first.
    """
    return next(((where, list(gates)) for where, gates in offers if gates), None)
