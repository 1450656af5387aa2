"""Layers: each trace within each window, many of them compared at once.

What a comparison costs beyond its actions is paid once for all of them: a request of some thousand posts has forty layers
of a few hundred actions each. Layers are stacked as parts are: no account and no object is in two, so rates and tests
are those of each alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl

from vigie.features.coordination import null_models, pairs
from vigie.features.coordination.null_models import Floats
from vigie.features.coordination.pairs import Ints
from vigie.features.coordination.parts import Parts
from vigie.features.coordination.sharing import Shared, Sharing


class Engine(Protocol):
    """Where actions are compared with each other: on this machine, or beyond it.

    Attributes:
        together: Actions of the layers that are compared at once; a layer of more is compared alone.
    """

    @property
    def together(self) -> int: ...  # noqa: D102 - an attribute

    def pairs(self, found: pairs.Actions, window: Ints, cap: Ints) -> tuple[pl.DataFrame, Iterable[Shared]]:
        """Return what :func:`vigie.features.coordination.pairs.counted` does, and the objects that these pairs share.

        Args:
            found: The actions.
            window: The window of each object, in seconds.
            cap: The cap of each object.
        """


@dataclass(frozen=True)
class LocalEngine:
    """This machine: layers are compared so many at once that memory is that of the largest (see :class:`Engine`)."""

    together: int = 50_000

    def pairs(self, found: pairs.Actions, window: Ints, cap: Ints) -> tuple[pl.DataFrame, Iterable[Shared]]:
        """Return pairs and what they share, see :class:`Engine`."""
        counted = pairs.counted(found, window, cap)
        return counted, Sharing(found, counted) if counted.height else ()


HERE = LocalEngine()


@dataclass(frozen=True)
class Layer:
    """A trace within a window.

    Attributes:
        trace: The trace.
        window: Seconds.
        actions: The actions on it.
        caps: Cap of each part, see :func:`vigie.features.coordination.pairs.crowded`.
        reference: Rate of ordinary accounts on each object; None where the trace is referred to none.
    """

    trace: str
    window: int
    actions: pairs.Actions
    caps: Ints
    reference: Floats | None = None

    @property
    def size(self) -> int:
        """Number of actions."""
        return len(self.actions.account)


@dataclass(frozen=True)
class Deviation:
    """How far a collection is from ordinary ones on one trace and window.

    Attributes:
        trace: The trace.
        window: Seconds.
        met: Meetings of two accounts on one content.
        ratio: Those over what the reference rates expect.
        left_out: Share of the accounts active on the trace that ordinary rates do not explain.
    """

    trace: str
    window: int
    met: int
    ratio: float
    left_out: float


def compared(
    layers: Sequence[Layer], parts: Parts, span: int, engine: Engine = HERE
) -> tuple[pl.DataFrame, list[Deviation]]:
    """Return the pairs of layers, tested against chance, and how far those that are referred are from ordinary ones.

    Args:
        layers: The layers; those with a reference are of one part.
        parts: The collections that the accounts are of.
        span: Seconds from the first to the last post.
        engine: Where actions are compared.

    Returns:
        ``trace``, ``window``, and the columns of :func:`vigie.features.coordination.null_models.compared` and, where a layer
        is referred, of :func:`vigie.features.coordination.null_models.referred`, layer by layer; and one deviation for each
        that is.
    """
    tables, deviations = [], []
    for is_referred in (False, True):
        places = [place for place, each in enumerate(layers) if (each.reference is not None) is is_referred]
        if not places:
            continue
        chosen = [layers[place] for place in places]
        found = pairs.stacked([layer.actions for layer in chosen], parts.count)
        window, cap = (
            np.concatenate(numbers)
            for numbers in (
                [np.full(layer.actions.objects, layer.window) for layer in chosen],
                [layer.caps[layer.actions.part] for layer in chosen],
            )
        )
        counted, sharing = engine.pairs(found, window, cap)
        tested = null_models.compared(found, counted, window, cap, sharing)
        if is_referred:
            reference = np.concatenate([layer.reference for layer in chosen if layer.reference is not None])
            judged = null_models.referred(found, tested, window, reference, span, cap, len(chosen), sharing)
            tested = judged.pairs
            figures = zip(judged.met.tolist(), judged.ratio.tolist(), judged.left_out.tolist(), strict=True)
            deviations = [
                Deviation(layer.trace, layer.window, *of_layer)
                for layer, of_layer in zip(chosen, figures, strict=True)
            ]
        width = pairs.width_of([layer.actions for layer in chosen])
        place = tested["first"].to_numpy() // width
        tables.append(
            tested.with_columns(
                pl.col("first", "second") % width, layer=pl.Series(np.array(places)[place], dtype=pl.Int64)
            )
        )
    together = pl.concat(tables, how="diagonal").sort("layer", maintain_order=True)
    of_layer = together["layer"]
    names = pl.Series("trace", [layer.trace for layer in layers], pl.String).gather(of_layer)
    windows = pl.Series("window", [layer.window for layer in layers], pl.Int64).gather(of_layer)
    return together.select(names, windows, pl.exclude("layer")), deviations
