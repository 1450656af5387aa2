"""Traces compared within windows: caps, bounds on the cost, and layers that are tested together.

A window that would cost too much is compared with a lower cap, or not at all, and a note says so. Layers wait until they are as many
actions as are compared at once, see :mod:`vigie.features.coordination.layers`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from vigie.features import steps
from vigie.features.coordination import baselines, layers, null_models, pairs, traces
from vigie.features.coordination.baselines import Baseline
from vigie.features.coordination.layers import HERE, Deviation, Engine, Layer
from vigie.features.coordination.pairs import Ints
from vigie.features.coordination.parts import ONE, Parts
from vigie.features.i18n import Duration, Message, Value

# Cap below which no lower one is tried.
_LEAST_CAP = 2


@dataclass(frozen=True)
class Bounds:
    """How much is compared at most.

    Attributes:
        cap: Actions on one object within a window beyond which an action pairs with none.
        meetings: Most meetings of two actions that are looked at per part, trace and window. Where there are more, the
            cap is halved until there are not, and a note says so. None: no bound.
        budget: Most meetings that are looked at over all traces and windows. Where there are more, what comes after is not
            compared, and a note says so. None: no bound.
    """

    cap: int = pairs.CAP
    meetings: int | None = None
    budget: int | None = None


# All that the cap leaves.
UNBOUNDED = Bounds()


@dataclass(frozen=True)
class Scope:
    """What is compared, and with whom.

    Attributes:
        resolution: Seconds between two ticks of the clock of each part.
        span: Seconds from the first to the last post.
        parts: Collections that the accounts are of, each compared as it would be alone.
        baseline: Rates of ordinary accounts, for a corpus of one part; None: the collection alone sets the rates.
        platforms: Platforms of the accounts, for the baseline.
    """

    resolution: Ints
    span: int
    parts: Parts = ONE
    baseline: Baseline | None = None
    platforms: Collection[str | None] = ()


class TraceComparison:
    """Compares traces one after another, and holds what was found.

    Attributes:
        caps: Cap by trace and window, the lowest of all parts.
        deviations: How far the collection is from ordinary ones, by trace and window that are referred to a baseline.
        missed: Windows that were not compared, as the budget was spent.
    """

    def __init__(self, scope: Scope, bounds: Bounds, engine: Engine = HERE) -> None:
        """Compare nothing yet.

        Args:
            scope: What is compared, and with whom.
            bounds: How much is compared at most.
            engine: Where actions are compared.
        """
        self._scope, self._bounds, self._engine = scope, bounds, engine
        self._tables: list[pl.DataFrame] = [_NO_PAIR]
        self._waiting: list[Layer] = []
        self._met: list[int] = []
        self.caps: dict[tuple[str, int], int] = {}
        self.deviations: list[Deviation] = []
        self.missed = 0

    def add(self, name: str, events: pl.DataFrame, windows: Sequence[int]) -> list[Message]:
        """Compare a trace within windows, now or with the next ones.

        Args:
            name: The trace.
            events: ``account``, ``object``, ``time``, ``post``, ``author``.
            windows: Seconds, in this order.

        Returns:
            What bursts were capped.
        """
        scope, bounds, notes = self._scope, self._bounds, []
        every = pairs.actions(events, scope.parts)
        for window in windows:
            ordered = _of_fine_clocks(every, window, scope.resolution)
            bounded = _bounded_caps(ordered, window, bounds, scope.parts)
            of_object = bounded[ordered.part]
            if bounds.budget is not None:
                self._met.append(int(pairs.reach(ordered, window, of_object)[1].sum()))
                if self.missed or sum(self._met) > bounds.budget:
                    self.missed += 1
                    continue
            lowest = self.caps[name, window] = int(bounded.min())
            if burst := int(pairs.crowded(ordered, window, of_object).sum()):
                notes.append(_burst(name, window, burst, lowest, lowered=lowest < bounds.cap))
            reference = None
            if scope.baseline is not None and name in baselines.TRACES:
                grades = null_models.grades(ordered)
                reference = scope.baseline.of(name, window, grades, platforms=scope.platforms).typical
            layer = Layer(name, window, ordered, bounded, reference)
            if sum(each.size for each in (*self._waiting, layer)) > self._engine.together:
                self._test()
            self._waiting.append(layer)
        return notes

    def pairs(self) -> pl.DataFrame:
        """Return the pairs of all that was added, tested, see :attr:`vigie.features.coordination.detector.Network.pairs`."""
        self._test()
        return pl.concat(self._tables, how="diagonal")

    def too_costly(self) -> Message:
        """Return that windows were not compared, as the budget was spent."""
        values: dict[str, Value] = {
            "count": self.missed,
            "made": len(self._met) - self.missed,
            "meetings": sum(self._met[: -self.missed]),
        }
        return Message("coordination.too_costly", values)

    def _test(self) -> None:
        """Test the layers that wait."""
        if self._waiting:
            tested, far = steps.kept_tables("layers", self._tested, part=len(self._tables))
            self._tables.append(tested)
            self.deviations.extend(Deviation(**each) for each in far.iter_rows(named=True))
            self._waiting.clear()

    def _tested(self) -> Sequence[pl.DataFrame]:
        tested, far = layers.compared(self._waiting, self._scope.parts, self._scope.span, self._engine)
        return tested, pl.DataFrame([vars(each) for each in far], schema=_DEVIATION)


def _of_fine_clocks(found: pairs.Actions, window: int, resolution: Ints) -> pairs.Actions:
    """Return the actions of the parts whose clock carries a window."""
    carried = resolution <= window
    return found if carried.all() else found.where(carried[found.part[found.object]])


def _bounded_caps(ordered: pairs.Actions, window: int, bounds: Bounds, parts: Parts) -> Ints:
    """Return the cap of each part, halved as often as it takes for at most so many meetings."""
    caps = np.full(parts.count, bounds.cap)
    while bounds.meetings is not None:
        calm, after = pairs.reach(ordered, window, caps[ordered.part])
        met = np.bincount(ordered.part[ordered.object[calm]], after, minlength=parts.count)
        over = (met > bounds.meetings) & (caps > _LEAST_CAP)
        if not over.any():
            break
        caps[over] //= 2
    return caps


def _burst(name: str, window: int, burst: int, cap: int, *, lowered: bool) -> Message:
    """Return that actions in bursts pair with none."""
    key = "coordination.burst_capped" if lowered else "coordination.burst"
    values: dict[str, Value] = {
        "count": burst,
        "trace": traces.title(name),
        "window": Duration(window),
        "cap": cap,
    }
    return Message(key, values)


_DEVIATION = pl.Schema(
    {
        "trace": pl.String(),
        "window": pl.Int64(),
        "met": pl.Int64(),
        "ratio": pl.Float64(),
        "left_out": pl.Float64(),
    }
)
_NO_PAIR = pl.DataFrame(
    schema={
        "trace": pl.String,
        "window": pl.Int64,
        **dict.fromkeys(
            ("first", "second", "objects", "days", "authors", "first_leads", "second_leads"), pl.Int64
        ),
        **dict.fromkeys((*null_models.COMPARED, *null_models.REFERRED), pl.Float64),
    }
)
