"""Clusters are those of taking stars away one by one, and chains do not hold."""

from __future__ import annotations

import time

import numpy as np
import pytest

from vigie.features.similarity import medoid_clustering

Edges = dict[tuple[int, int], int]


def found(edges: Edges, size: int) -> list[int]:
    first, second = (np.array([pair[side] for pair in edges], np.int64) for side in (0, 1))
    label = medoid_clustering.groups(first, second, np.array(list(edges.values()), np.int64), size)
    return [int(one) for one in label]


def components(things: set[int], edges: Edges) -> list[set[int]]:
    left, parts = set(things), []
    while left:
        part, todo = set[int](), [min(left)]
        while todo:
            thing = todo.pop()
            if thing in left:
                left.remove(thing)
                part.add(thing)
                todo += [b if a == thing else a for a, b in edges if thing in (a, b)]
        parts.append(part)
    return parts


def brute(things: set[int], edges: Edges) -> dict[int, int]:
    """The definition: component, medoid, those similar to it; then the rest, as if nothing else existed."""
    label: dict[int, int] = {}
    for part in components(things, edges):
        inside = {pair: value for pair, value in edges.items() if set(pair) <= part}
        total = {thing: sum(v for pair, v in inside.items() if thing in pair) for thing in part}
        centre = min(part, key=lambda thing: (-total[thing], thing))
        star = {centre} | {thing for pair in inside if centre in pair for thing in pair}
        label |= dict.fromkeys(star, min(star))
        rest = part - star
        label |= brute(rest, {pair: value for pair, value in inside.items() if set(pair) <= rest})
    return label


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("number", [5, 30, 60])
def test_clusters_are_those_of_the_definition(seed: int, number: int) -> None:
    generator = np.random.default_rng(seed)
    size = 30
    pairs = generator.integers(0, size, (number, 2)).tolist()
    edges = {(min(a, b), max(a, b)): int(generator.integers(1, 5)) for a, b in pairs if a != b}
    expected = brute(set(range(size)), edges)
    assert found(edges, size) == [expected[thing] for thing in range(size)]


def test_a_chain_is_broken_at_the_medoid() -> None:
    assert found({(0, 1): 9, (1, 2): 9}, 3) == [0, 0, 0]
    assert found({(0, 1): 9, (1, 2): 9, (2, 3): 9}, 4) == [0, 0, 0, 3]


def test_without_pairs_everything_is_alone() -> None:
    assert found({}, 3) == [0, 1, 2]
    assert found({}, 0) == []


def test_a_long_chain_of_growing_similarity_takes_seconds_at_most() -> None:
    size = 100_000
    start = time.perf_counter()
    label = medoid_clustering.groups(np.arange(size - 1), np.arange(1, size), np.arange(1, size), size)
    assert time.perf_counter() - start < 20
    assert np.bincount(label).max() == 3


@pytest.mark.parametrize("block", [1, 7, 1_000])
def test_spans_are_all_pairs_once_in_blocks(block: int) -> None:
    generator = np.random.default_rng(block)
    start = generator.integers(0, 20, 50)
    end = start + generator.integers(-3, 6, 50)
    blocks = list(medoid_clustering.spans(start, end, block))
    assert all(len(index) <= block or len(np.unique(index)) == 1 for index, _ in blocks)
    seen = [pair for index, place in blocks for pair in zip(index.tolist(), place.tolist(), strict=True)]
    assert seen == [(i, p) for i in range(50) for p in range(start[i], end[i])]
