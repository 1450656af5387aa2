"""Traces and windows that are compared at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from vigie.features.coordination import layers, pairs
from vigie.features.coordination.layers import Layer
from vigie.features.coordination.parts import ONE, Parts

SPAN = 40_000


def layer(
    window: int, seed: int, *, parts: Parts = ONE, referred: bool = False, cap: int = pairs.CAP
) -> Layer:
    """Return a layer of accounts that act on things at random times, often within the window."""
    generator = np.random.default_rng(seed)
    size = 600 * parts.count
    acted = pl.DataFrame(
        {
            "account": generator.integers(0, 20, size) + 20 * generator.integers(0, parts.count, size),
            "object": generator.integers(0, 40 + seed, size),
            "time": generator.integers(0, SPAN, size),
        }
    ).with_columns(
        post=pl.int_range(pl.len()),
        author=pl.when(pl.col("object") % 3 == 0).then(pl.col("object") % 9 + 100),
    )
    found = pairs.actions(acted, parts)
    reference = generator.random(found.objects) / 50 if referred else None
    return Layer(f"trace {seed}", window, found, np.full(parts.count, cap), reference)


def few() -> list[Layer]:
    """Return layers unlike each other, one without any action and one in whose bursts nobody meets."""
    empty = layer(60, 5)
    return [
        layer(600, 1, referred=True),
        layer(3_600, 2),
        replace(empty, actions=empty.actions.where(np.zeros(len(empty.actions.account), np.bool_))),
        layer(3_600, 3, referred=True, cap=0),
        layer(900, 4, referred=True),
    ]


def test_layers_compared_at_once_are_each_as_they_are_alone() -> None:
    together, deviations = layers.compared(few(), ONE, SPAN)
    alone = [layers.compared([each], ONE, SPAN) for each in few()]
    assert together.equals(pl.concat([pairs for pairs, _ in alone], how="diagonal").select(together.columns))
    assert deviations == [deviation for _, each in alone for deviation in each]
    assert [(each.trace, each.window) for each in deviations] == [
        ("trace 1", 600),
        ("trace 3", 3_600),
        ("trace 4", 900),
    ]
    assert together.filter(pl.col("p_reference").is_not_null())["trace"].unique().sort().to_list() == [
        "trace 1",
        "trace 4",
    ]
    assert together["trace"].n_unique() == 3


def test_parts_of_layers_compared_at_once_are_each_as_they_are_alone() -> None:
    parts = Parts(3, 20)
    several = [layer(600, 1, parts=parts), layer(3_600, 2, parts=parts)]
    together, _ = layers.compared(several, parts, SPAN)
    alone = pl.concat(layers.compared([each], parts, SPAN)[0] for each in several)
    assert together.equals(alone)
    assert together["first"].max() == pytest.approx(58, abs=1)


def nothing() -> Layer:
    """Return a layer that is referred and on which nobody did anything."""
    columns = ("account", "object", "time", "post", "author")
    found = pairs.actions(pl.DataFrame(schema=dict.fromkeys(columns, pl.Int64)))
    return Layer("nothing", 60, found, np.full(1, pairs.CAP), np.empty(0))


@pytest.mark.parametrize("before", [0, 2])
def test_layers_without_actions_have_no_pairs_and_are_like_ordinary_ones(before: int) -> None:
    others = [layer(600, seed, referred=True) for seed in range(1, 1 + before)]
    found, deviations = layers.compared([*others, nothing()], ONE, SPAN)
    assert found["trace"].n_unique() == before
    *met, none = deviations
    assert all(deviation.met for deviation in met)
    assert (none.trace, none.met, none.ratio, none.left_out) == ("nothing", 0, 1.0, 0.0)
