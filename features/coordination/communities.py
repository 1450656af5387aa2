"""Groups of accounts that stay together: multiplex communities, one layer per trace, stable over seeds.

The layers are not flattened into one network: that loses the accounts that matter [Mannocci2025]. A
node is an account in a layer; pairs link accounts inside a layer, and an account is linked to itself in its
other layers with :data:`COUPLING`. Every layer weighs the same per pair, so a trace with loud counts does not
drown the others. Communities are those of the Louvain method with refinement (PLM of NetworKit [Staudt2016], resolution 1).

Two rules turn communities of nodes into groups of accounts:

* Communities of different layers are one where they are mostly the same accounts: their common accounts are
  more than half of the smaller and more than a fifth of the larger. One account in two layers bridges nothing.
* An account's home in a run is the one of its communities in which it weighs most (sum of the weights of its
  pairs inside it). Two accounts share a community in a run when they have the same home.

Groups are the connected components of the pairs that share a home in at least 80 % of the runs. In a large
corpus, modularity makes one of small groups that a single pair joins (its resolution limit); so each group is
searched again on its own, and split while stable parts hold at least 90 % of its accounts and of the weight of
its pairs.
"""

from __future__ import annotations

import threading

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Weight of the link between an account and itself in another layer; pairs weigh 1 on average.
COUPLING = 0.1
RESOLUTION = 1.0
# Runs of the community search, each with its own order of the nodes.
RUNS = 20
# Share of the runs in which two accounts must share a home.
STABLE = 0.8
# Accounts below which a group is none.
LEAST = 3
# Share of a group's accounts, and of the weight of its pairs, that its parts hold where it is split.
_SPLIT = 0.9
_OF_SMALLER, _OF_LARGER = 1 / 2, 1 / 5
# Pairs times runs whose homes are found at once: bounds memory at some tens of megabytes.
_AT_ONCE = 1_000_000
# NetworKit keeps its seed and its number of threads in variables of the process.
_ONE_AT_A_TIME = threading.Lock()

SCHEMA = pl.Schema({"group": pl.Int64(), "account": pl.Int64(), "stability": pl.Float64()})


def edges(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return one row per trace and pair of accounts: that of the window in which it is most surprising.

    Args:
        pairs: Significant pairs of all traces and windows.

    Returns:
        The columns of ``pairs`` for that window, with ``excess``, (objects - expected) / sqrt(expected + 1),
        and ``weight``, the excess over its mean in the trace; sorted by trace, first and second. Pairs that
        meet no more often than expected are left out.
    """
    expected = pl.col("expected").fill_null(0.0)
    return (
        pairs.lazy()
        .with_columns(
            pl.col("first", "second", "window").cast(pl.Int64),
            excess=(pl.col("objects") - expected) / (expected + 1).sqrt(),
        )
        .filter((pl.col("excess") > 0) & (pl.col("first") != pl.col("second")))
        .sort("trace", "first", "second", "excess", "window", descending=[False, False, False, True, False])
        .unique(["trace", "first", "second"], keep="first", maintain_order=True)
        .with_columns(weight=pl.col("excess") / pl.col("excess").mean().over("trace"))
        .collect(engine="in-memory")
    )


def detect_groups(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the groups among significant pairs; the order of the rows given does not matter.

    Args:
        pairs: Significant pairs of all traces and windows.

    Returns:
        ``group`` (0 is the strongest: the largest mean, over its accounts, of the excess of their pairs
        inside it), ``account``, and ``stability`` of the group (mean share of the runs in which two of its
        accounts share a home); sorted by group and account. No row where there is no group.
    """
    linked = edges(pairs)
    if linked.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    ends = np.column_stack([linked["first"].to_numpy(), linked["second"].to_numpy()])
    accounts, ends = np.unique(ends, return_inverse=True)
    ends = ends.reshape(-1, 2)
    layer = linked["trace"].rle_id().to_numpy().astype(np.int64)
    weight, excess = linked["weight"].to_numpy(), linked["excess"].to_numpy()
    part, stability = _split(ends, layer, weight, len(accounts))
    size = np.bincount(part)
    inside = part[ends[:, 0]] == part[ends[:, 1]]
    strength = 2 * np.bincount(part[ends[inside, 0]], excess[inside], minlength=len(size)) / size
    smallest = np.full(len(size), len(accounts))
    np.minimum.at(smallest, part, np.arange(len(accounts)))
    ranked = [int(name) for name in np.lexsort((smallest, -strength.round(9))) if size[name] >= LEAST]
    order = np.full(len(size), -1)
    order[ranked] = np.arange(len(ranked))
    group = order[part]
    # Accounts ascend, so a stable sort by group leaves them in order.
    placed = np.argsort(group, kind="stable")
    placed = placed[group[placed] >= 0]
    return pl.DataFrame(
        {"group": group[placed], "account": accounts[placed], "stability": stability[placed]}, schema=SCHEMA
    )


def outside_groups(pairs: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Return the accounts that significant pairs join across groups or outside any, each set of them as one group.

    Where many people do the same thing, some pairs of them stand out, and too few of these to make a group. What explains
    the people explains the pair.

    Args:
        pairs: Significant pairs.
        groups: What :func:`detect_groups` returned for them.

    Returns:
        As :func:`detect_groups`; no account is in two sets, nor left out, and ``stability`` is 1.
    """
    home = dict(groups.select("account", "group").iter_rows())
    ends = pairs.select("first", "second").unique(maintain_order=True).to_numpy().reshape(-1, 2)
    across = [home.get(first, -1) != home.get(second, -2) for first, second in ends.tolist()]
    accounts, ends = np.unique(ends[np.array(across, dtype=bool)], return_inverse=True)
    if not len(accounts):
        return pl.DataFrame(schema=SCHEMA)
    ends = ends.reshape(-1, 2)
    graph = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), (len(accounts), len(accounts)))
    _, part = connected_components(graph, False)
    return pl.DataFrame(
        {"group": part.astype(np.int64), "account": accounts, "stability": np.ones(len(accounts))},
        schema=SCHEMA,
    ).sort("group", "account")


def _split(ends: Ints, layer: Ints, weight: Floats, width: int) -> tuple[Ints, Floats]:
    """Return the final component of every account and its stability; groups are searched again and split."""
    part, stability = _components(ends, layer, weight, width, RUNS)
    size = np.bincount(part)
    waiting = _by_part(ends, part, np.flatnonzero(size >= 2 * LEAST))
    while waiting:
        members, mine = waiting.pop()
        here = np.searchsorted(members, ends[mine])
        inner = (here, layer[mine], weight[mine], len(members))
        # Most groups hold together at the first look.
        if not _parts(here, weight[mine], len(members), _components(*inner, 1)[0]):
            continue
        parts, steady = _components(*inner, RUNS)
        if not _parts(here, weight[mine], len(members), parts):
            continue
        part[members] = int(part.max()) + 1 + parts
        stability[members] = steady
        apart = _by_part(here, parts, np.flatnonzero(np.bincount(parts) >= 2 * LEAST))
        waiting.extend((members[some], mine[among]) for some, among in apart)
    _, part = np.unique(part, return_inverse=True)
    return part, stability


def _by_part(ends: Ints, part: Ints, wanted: Ints) -> list[tuple[Ints, Ints]]:
    """Return the accounts and the pairs inside each of the wanted components."""
    accounts = np.argsort(part, kind="stable")
    inside = np.flatnonzero(part[ends[:, 0]] == part[ends[:, 1]])
    inside = inside[np.argsort(part[ends[inside, 0]], kind="stable")]
    of_account, of_pair = part[accounts], part[ends[inside, 0]]
    return [
        (
            accounts[slice(*np.searchsorted(of_account, [name, name + 1]))],
            inside[slice(*np.searchsorted(of_pair, [name, name + 1]))],
        )
        for name in wanted
    ]


def _parts(ends: Ints, weight: Floats, width: int, part: Ints) -> bool:
    """Return whether there are several parts that hold nearly all accounts and weight."""
    size = np.bincount(part)
    real = size >= LEAST
    inside = (part[ends[:, 0]] == part[ends[:, 1]]) & real[part[ends[:, 0]]]
    return bool(
        real.sum() > 1
        and size[real].sum() >= _SPLIT * width
        and weight[inside].sum() >= _SPLIT * weight.sum()
    )


def _components(ends: Ints, layer: Ints, weight: Floats, width: int, runs: int) -> tuple[Ints, Floats]:
    """Return the component of every account among stable pairs, and the stability of that component."""
    homes = _homes(ends, layer, weight, width, runs)
    together = np.zeros(len(ends), np.int64)
    for home in homes:
        together += home[ends[:, 0]] == home[ends[:, 1]]
    kept = ends[together / runs >= STABLE - 1e-9]
    graph = coo_matrix((np.ones(len(kept)), (kept[:, 0], kept[:, 1])), (width, width))
    _, part = connected_components(graph, False)
    part = part.astype(np.int64)
    return part, _stability(homes, part, np.bincount(part))[part]


def _homes(ends: Ints, layer: Ints, weight: Floats, width: int, runs: int) -> Ints:
    """Return the home of every account in every run, shape (runs, width)."""
    # Takes seconds: only who searches groups pays.
    with _ONE_AT_A_TIME:
        import networkit  # type: ignore[import-untyped, unused-ignore]  # it ships no types

    # Nodes are the pairs (layer, account) that occur, sorted by account so that its layers are neighbours.
    layers = int(layer.max()) + 1
    node, place = np.unique(ends * layers + layer[:, None], return_inverse=True)
    place = place.reshape(-1, 2)
    owner = node // layers
    start, coupled = _layers_of(owner)
    source = np.concatenate([place[:, 0], start])
    target = np.concatenate([place[:, 1], coupled])
    weights = np.concatenate([weight, np.full(len(start), COUPLING)])

    with _ONE_AT_A_TIME:
        threads = networkit.getMaxNumberOfThreads()
        communities = np.empty((runs, len(node)), np.int64)
        try:
            networkit.setNumberOfThreads(1)
            for seed in range(runs):
                networkit.setSeed(seed, False)
                # PLM visits nodes in the order of their numbers: each run numbers them anew.
                number = np.random.default_rng(seed).permutation(len(node))
                graph = networkit.GraphFromCoo(
                    (weights, (number[source].astype(np.uint64), number[target].astype(np.uint64))),
                    n=len(node),
                    weighted=True,
                )
                search = networkit.community.PLM(graph, refine=True, gamma=RESOLUTION, par="none")
                search.run()
                communities[seed] = np.asarray(search.getPartition().getVector(), np.int64)[number]
        finally:
            networkit.setNumberOfThreads(threads)
    blocks = np.array_split(communities, min(runs, len(weight) * runs // _AT_ONCE + 1))
    return np.concatenate([_home_of_each_run(block, owner, place, weight, width) for block in blocks])


def _home_of_each_run(communities: Ints, owner: Ints, place: Ints, weight: Floats, width: int) -> Ints:
    """Return the home of every account in every run: the runs are one, whose accounts and communities are apart.

    Args:
        communities: Community of each node, shape (runs, nodes).
        owner: Account of each node.
        place: Nodes that pairs link.
        weight: Weight of each pair.
        width: Number of accounts.
    """
    runs, nodes = communities.shape
    run = np.arange(runs)[:, None]
    _, community = np.unique(run * (int(communities.max()) + 1) + communities, return_inverse=True)
    owners = (run * width + owner).ravel()
    places = (run[:, :, None] * nodes + place).reshape(-1, 2)
    folded = _folded(owners, community.ravel(), runs * width)
    return _home(owners, folded, places, np.tile(weight, runs), runs * width).reshape(runs, width)


def _layers_of(owner: Ints) -> tuple[Ints, Ints]:
    """Return every two nodes of the same account; ``owner`` is sorted."""
    found: list[tuple[Ints, Ints]] = []
    lag = 1
    left = np.arange(len(owner))
    while len(left):
        left = left[left + lag < len(owner)]
        left = left[owner[left + lag] == owner[left]]
        found.append((left, left + lag))
        lag += 1
    return np.concatenate([a for a, _ in found]), np.concatenate([b for _, b in found])


def _folded(owner: Ints, community: Ints, width: int) -> Ints:
    """Return the communities with those made one that are mostly the same accounts."""
    count = int(community.max()) + 1
    member = csr_matrix((np.ones(len(owner)), (owner, community)), shape=(width, count))
    member.data[:] = 1
    size = np.asarray(member.sum(axis=0)).ravel()
    common = (member.T @ member).tocoo()
    smaller = np.minimum(size[common.row], size[common.col])
    larger = np.maximum(size[common.row], size[common.col])
    same = (common.data > _OF_SMALLER * smaller) & (common.data > _OF_LARGER * larger)
    graph = coo_matrix((np.ones(int(same.sum())), (common.row[same], common.col[same])), (count, count))
    _, part = connected_components(graph, False)
    return np.asarray(part[community], np.int64)


def _home(owner: Ints, community: Ints, place: Ints, weight: Floats, width: int) -> Ints:
    """Return the community of each account in which it weighs most, the first of equals."""
    inside = community[place[:, 0]] == community[place[:, 1]]
    both = place[inside].ravel()
    strength = np.bincount(both, np.repeat(weight[inside], 2), minlength=len(owner))
    count = int(community.max()) + 1
    key, where = np.unique(owner * count + community, return_inverse=True)
    total = np.bincount(where, strength).round(9)
    account = key // count
    order = np.lexsort((key, -total, account))
    home = np.empty(width, np.int64)
    first = np.r_[True, np.diff(account[order]) > 0]
    home[account[order][first]] = key[order][first] % count
    return home


def _stability(homes: Ints, part: Ints, size: Ints) -> Floats:
    """Return, per component, the mean share of runs in which two of its accounts share a home."""
    shared = np.zeros(len(size))
    for home in homes:
        key, count = np.unique(part * (int(home.max()) + 1) + home, return_counts=True)
        np.add.at(shared, key // (int(home.max()) + 1), count * (count - 1) / 2)
    possible = np.maximum(size * (size - 1) / 2, 1)
    return np.asarray(shared / possible / len(homes))
