"""Actions compared on an engine give the pairs and the p-values of this machine, to the last digit."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from vigie.features.cluster import by_object
from vigie.features.cluster.by_object import ClusterEngine
from vigie.features.cluster.session import connected
from vigie.features.coordination import layers, pairs
from vigie.features.coordination.layers import Layer
from vigie.features.coordination.parts import ONE

SPAN = 40_000


def layer(window: int, seed: int, *, referred: bool = False, cap: int = pairs.CAP) -> Layer:
    """Return a layer in which everybody acts on one object, and some accounts act on thousands."""
    generator = np.random.default_rng(seed)
    size = 8_000
    table = pl.DataFrame(
        {
            "account": (generator.pareto(1.1, size) * 20).astype(np.int64) % 400,
            "object": np.where(generator.random(size) < 0.3, 0, generator.integers(1, 700, size)),
            "time": generator.integers(0, SPAN, size),
        }
    ).with_columns(
        post=pl.int_range(pl.len()) // 2,
        author=pl.when(pl.col("object") % 3 == 0).then(pl.col("object") % 40 + (1 << 60)),
    )
    found = pairs.actions(table)
    reference = generator.random(found.objects) / 50 if referred else None
    return Layer(f"trace {seed}", window, found, np.full(1, cap), reference)


@pytest.fixture
def _many_lots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_object, "WORK", 2_000)
    monkeypatch.setattr(by_object, "MEETINGS", 3_000)
    monkeypatch.setattr(by_object, "PAIRS", 400)


@pytest.mark.usefixtures("_many_lots")
def test_layers_are_compared_to_the_digit(remote: str) -> None:
    given = [
        layer(600, 1, referred=True),
        layer(3_600, 2),
        layer(3_600, 3, cap=20),
        layer(60, 4, referred=True),
    ]
    expected, far = layers.compared(given, ONE, SPAN)
    with connected(remote) as session:
        found, deviations = layers.compared(given, ONE, SPAN, ClusterEngine(session))
    assert expected.height > 1_000
    assert expected["authors"].n_unique() > 1
    assert found.equals(expected)
    assert deviations == far


@pytest.mark.usefixtures("_many_lots")
def test_actions_that_never_meet_make_no_pair(remote: str) -> None:
    alone = layer(1, 5, cap=0)
    with connected(remote) as session:
        counted, shared = ClusterEngine(session).pairs(
            alone.actions, *(np.full(alone.actions.objects, n) for n in (1, 0))
        )
    assert counted.equals(pairs.counted(alone.actions, 1, 0))
    assert counted.is_empty()
    assert list(shared) == []


def test_lots_hold_whole_objects_and_are_about_as_large() -> None:
    found = layer(600, 1).actions
    each = np.bincount(found.object)
    window, cap = (np.full(found.objects, number) for number in (600, pairs.CAP))
    lots = list(by_object._lots(found, window, cap, np.cumsum(each) // 100))
    assert pl.concat(lots)["account"].to_list() == found.account.tolist()
    whole = [lot["object"].unique().to_list() for lot in lots]
    assert sum(map(len, whole)) == found.objects, "no object is in two lots"
    assert len(lots) > 20
    assert whole[0][0] == 0
    assert max(lot.height for lot in lots[1:]) < 100 + each[1:].max()


def test_less_than_a_lot_is_compared_here() -> None:
    few = layer(60, 2)
    engine = ClusterEngine(session=None)
    counted, _ = engine.pairs(few.actions, *(np.full(few.actions.objects, n) for n in (60, pairs.CAP)))
    assert counted.equals(pairs.counted(few.actions, 60))
