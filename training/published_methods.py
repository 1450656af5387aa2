"""Published coordination rules, as they are: what the ``coordinated`` model must beat on the same windows.

Each rule reads the events of one window and gives every account a score to rank it by, and whether the published
threshold flags it. Their percentile thresholds always flag somebody, in a quiet window too.

Times of the windows are to the minute. Archives that keep no id of the reposted post tell a repost by its words
(:func:`vigie.features.coordination.traces.co_repost`), so two posts with the same words are one object, and an
account that reposted itself cannot be told: the published exclusion of self-reposts is not made. All events are
those of accounts with the least number of objects of their trace (two or three).

Networks are dense matrices of accounts by accounts: windows hold at most about a thousand accounts (8 MB).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.stats import rankdata
from sklearn.feature_extraction.text import TfidfTransformer

from vigie.features.coordination.traces import MINUTE
from vigie.features.similarity import medoid_clustering

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

# Schoch et al. 2022: reposts of the same post within a minute of each other, this many times with one partner.
LEAST_CO_REPOSTS = 10
# CooRTweet: defaults of detect_groups and generate_coordinated_network.
SECONDS, LEAST_MEETINGS, WEIGHT_QUANTILE = 10, 2, 0.5
# Pacheco et al. 2021: acts an account needs per trace, accounts an object needs, seconds of a bin of activity.
LEAST_ACTS = {"co_repost": 10, "hashtag_sequence": 5, "activity": 8}
LEAST_ACCOUNTS, BIN_S = 3, 30 * MINUTE
# Luceri et al. 2024: traces fused, and accounts an object needs.
FUSED = ("co_repost", "co_url", "hashtag_sequence", "text_duplicate")
SHARED = 2
# The top 0.5 %: of the edges (Pacheco), of the nodes (Luceri).
TOP_QUANTILE = 0.995
# Power iteration: tolerance per account, and turns at most.
_TOLERANCE, _TURNS = 1e-6, 500
# Decimals to which weights are compared, so that equal ones tie whatever the order of their sums.
_DECIMALS = 9


@dataclass(frozen=True)
class Verdict:
    """What a rule says of the accounts of a window, in their order.

    Attributes:
        score: To rank by; 0 where the rule sees nothing.
        flagged: Whether the published threshold is met.
    """

    score: Floats
    flagged: Bools


@dataclass(frozen=True)
class Rule:
    """A published rule.

    Attributes:
        name: Its name, that of its columns.
        source: Paper, and repository where there is one.
        evaluate: From events (``trace``, ``account`` as a place 0 … n - 1, ``thing`` as a number, ``time``,
            ``post``) and the number n of accounts to the verdict.
    """

    name: str
    source: str
    evaluate: Callable[[pl.DataFrame, int], Verdict]


def evaluate(acts: pl.DataFrame, accounts: pl.Series) -> pl.DataFrame:
    """Return what every rule says of the accounts of a window.

    Args:
        acts: ``trace``, ``account``, ``object``, ``time`` (seconds) and ``post``:
            :attr:`vigie.features.coordination.detector.Network.events`.
        accounts: Rows of all accounts of the window, each once, with or without events.

    Returns:
        ``account``, in the order given, and per rule ``<rule>`` (Float64, never null) and ``<rule>_flagged``.

    Raises:
        ValueError: An event is of an account that is not in the window.
    """
    numbered = _numbered(acts, accounts)
    columns: dict[str, pl.Series | Floats | Bools] = {"account": accounts}
    for rule in RULES.values():
        verdict = rule.evaluate(numbered, len(accounts))
        columns |= {rule.name: verdict.score, f"{rule.name}_flagged": verdict.flagged}
    return pl.DataFrame(columns)


def schoch(acts: pl.DataFrame, size: int) -> Verdict:
    """Score by the most reposts that one partner made within a minute of the account's own; flag from 10.

    Schoch, Keller, Stier and Yang 2022 (Scientific Reports 12:4572), after Keller et al. 2020 (Political
    Communication 37). Theirs is the repost of one post within 60 s; here the difference of two whole minutes is at
    most one, so up to just under two minutes pass. Posts with the same words count as one post, once a pair.
    """
    meetings = _meetings(acts.filter(pl.col("trace") == "co_repost"), MINUTE)
    edges = meetings.group_by("first", "second").agg(weight=pl.col("thing").n_unique())
    score = _largest(edges, size)
    return Verdict(score, score >= LEAST_CO_REPOSTS)


def coortweet(acts: pl.DataFrame, size: int) -> Verdict:
    """Score by the heaviest edge over the traces; flag accounts with an edge above the median weight of its trace.

    CooRTweet (Righetti and Balluff 2025; repository nicolarighetti/CooRTweet) by its defaults: one network per kind
    of object, 10 s, two acts that met, weights above the median. A weight counts pairs of posts, as there, so
    repeating oneself adds to it. To the minute, 10 s means the same minute: acts up to 59 s apart meet, and acts a
    second apart across the turn of a minute do not. Reposts told by words: see the module.
    """
    meetings = _meetings(acts, SECONDS)
    sides = [
        meetings.select("trace", "thing", account=side, post=f"{side}_post") for side in ("first", "second")
    ]
    often = (
        pl.concat(sides)
        .unique()
        .group_by("trace", "account")
        .len()
        .filter(pl.col("len") >= LEAST_MEETINGS)
        .select("trace", pl.col("account"), often=pl.lit(value=True))
    )
    # As in the package, it is enough that one of the two met often.
    kept = (
        meetings.join(often, left_on=["trace", "first"], right_on=["trace", "account"], how="left")
        .join(often, left_on=["trace", "second"], right_on=["trace", "account"], how="left", suffix="_second")
        .filter(pl.coalesce("often", "often_second"))
    )
    edges = kept.group_by("trace", "first", "second").agg(weight=pl.len())
    above = edges.filter(
        pl.col("weight") > pl.col("weight").quantile(WEIGHT_QUANTILE, "linear").over("trace")
    )
    return Verdict(_largest(edges, size), _largest(above, size) > 0)


def pacheco(acts: pl.DataFrame, size: int) -> Verdict:
    """Score by the largest TF-IDF cosine over three traces; flag ends of the top 0.5 % of the edges of a trace.

    Pacheco et al. 2021 (ICWSM 15; repository osome-iu/coordination-detection): reposts of accounts with ten or more,
    bins of 30 minutes of accounts with eight posts or more, objects of three accounts or more if there are any. An
    account with fewer has no edge on that trace and scores 0 there, whatever it shares. Their case study of
    hashtags draws an edge where the whole sequence of a day is the same, without weights; here, as for the other
    traces and as Luceri et al. do, sequences of single posts are compared by cosine, for accounts with five or
    more. Bins carry times to the minute as they are, and hold the posts with an event only. Reposts told by words:
    see the module.
    """
    posts = acts.unique(["account", "post"], maintain_order=True)
    active = posts.with_columns(trace=pl.lit("activity"), thing=pl.col("time") // BIN_S)
    binned = active.with_columns(thing=pl.col("thing") - pl.col("thing").min())
    score, flagged = np.zeros(size), np.zeros(size, np.bool_)
    for trace, least in LEAST_ACTS.items():
        done = (binned if trace == "activity" else acts).filter(pl.col("trace") == trace)
        network = _cosines(done.filter(pl.len().over("account") >= least), size, LEAST_ACCOUNTS)
        score = np.maximum(score, network.max(axis=1, initial=0))
        weights = network[np.triu(network) > 0]
        if len(weights):
            flagged |= (network >= np.quantile(weights, TOP_QUANTILE)).any(axis=1)
    return Verdict(score, flagged)


def luceri(acts: pl.DataFrame, size: int) -> Verdict:
    """Score by the rank of the eigenvector centrality in the fused network, over the window; flag the top 0.5 %.

    Luceri et al. 2024 (WWW; repository ValeriaPante/coordinatedActivity): TF-IDF cosines of accounts by the objects
    that two or more share, one network per trace, fused by the largest weight. The repository fixes no quantile of
    pruning: 0.995 is the one of Pacheco et al., here of the nodes with an edge. Its centrality as shipped leaves
    the weights out; here they count, as they are what the fusion keeps. Its least of 20 reposts is meant for months
    and not applied to 72 hours; sequences hold three hashtags or more, not five; near-duplicate clusters stand for
    its sentence embeddings. No trace has a window (fast reposts, which need seconds, are left out), so times to the
    minute change nothing. Reposts told by words: see the module.
    """
    once = acts.unique(["account", "thing"], maintain_order=True)
    fused = np.zeros((size, size))
    for trace in FUSED:
        np.maximum(fused, _cosines(once.filter(pl.col("trace") == trace), size, SHARED), out=fused)
    centrality = _centrality(fused)
    central = centrality > 0
    if not central.any():
        return Verdict(centrality, central)
    score = np.where(central, rankdata(centrality) / size, 0.0)
    return Verdict(score, central & (centrality >= np.quantile(centrality[central], TOP_QUANTILE)))


RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule("schoch_2022", "Schoch et al. 2022, after Keller et al. 2020", schoch),
        Rule("coortweet", "Righetti and Balluff 2025, nicolarighetti/CooRTweet", coortweet),
        Rule("pacheco_2021", "Pacheco et al. 2021, osome-iu/coordination-detection", pacheco),
        Rule("luceri_2024", "Luceri et al. 2024, ValeriaPante/coordinatedActivity", luceri),
    )
}


def _numbered(acts: pl.DataFrame, accounts: pl.Series) -> pl.DataFrame:
    """Return the events with places for accounts and, as ``thing``, a number per trace and object."""
    places = pl.DataFrame({"account": accounts}).with_row_index("place")
    things = acts.select("trace", "object").unique(maintain_order=True).with_row_index("thing")
    numbered = acts.join(places, on="account", how="left", maintain_order="left").join(
        things, on=["trace", "object"], how="left", maintain_order="left"
    )
    if strangers := numbered["place"].null_count():
        raise ValueError(
            f"events of accounts outside the window: {strangers:,}; give all accounts of the window, or its events only"
        )
    return numbered.select(
        "trace", "time", "post", account=pl.col("place").cast(pl.Int64), thing=pl.col("thing").cast(pl.Int64)
    )


def _meetings(acts: pl.DataFrame, window: int) -> pl.DataFrame:
    """Return the pairs of acts of two accounts on one thing within the window, in seconds.

    Returns:
        ``trace``, ``thing``, ``first``, ``second`` (first < second), ``first_post`` and ``second_post``; an act
        given twice counts once.
    """
    ordered = acts.unique().sort("thing", "time", "account", "post")
    time = ordered["time"].to_numpy() - (ordered["time"].min() or 0)
    # Things further apart than any window, so that one search finds how far each act reaches.
    key = ordered["thing"].to_numpy() * (int(time.max(initial=0)) + window + 1) + time
    following = np.arange(1, len(key) + 1)
    reached = medoid_clustering.spans(following, np.searchsorted(key, key + window, "right"))
    account, post = ordered["account"].to_numpy(), ordered["post"].to_numpy()
    tables = [_NO_MEETING]
    for earlier, later in reached:
        ascending = account[earlier] < account[later]
        low, high = np.where(ascending, earlier, later), np.where(ascending, later, earlier)
        tables.append(
            ordered[low].select(
                "trace",
                "thing",
                first="account",
                second=pl.Series(account[high]),
                first_post="post",
                second_post=pl.Series(post[high]),
            )
        )
    return pl.concat(tables).filter(pl.col("first") != pl.col("second"))


_NO_MEETING = pl.DataFrame(
    schema={
        "trace": pl.String,
        **dict.fromkeys(("thing", "first", "second", "first_post", "second_post"), pl.Int64),
    }
)


def _largest(edges: pl.DataFrame, size: int) -> Floats:
    """Return the largest weight among the edges of each account, 0 without any."""
    largest = np.zeros(size)
    for side in ("first", "second"):
        np.maximum.at(largest, edges[side].to_numpy(), edges["weight"].to_numpy())
    return largest


def _cosines(acts: pl.DataFrame, size: int, least_accounts: int) -> Floats:
    """Return the TF-IDF cosines of accounts by the things they acted on: shape (size, size), diagonal zero.

    Counts c weigh 1 + ln c. Things of fewer accounts than ``least_accounts`` are left out, unless all are.
    Documents are the accounts of ``acts``.
    """
    if acts.is_empty():
        return np.zeros((size, size))
    rows, row = np.unique(acts["account"].to_numpy(), return_inverse=True)
    counts = csr_matrix((np.ones(len(row)), (row, acts["thing"].to_numpy())))
    counts.sum_duplicates()
    popular = np.flatnonzero(counts.getnnz(axis=0) >= least_accounts)
    vectors = TfidfTransformer(sublinear_tf=True).fit_transform(
        counts[:, popular] if len(popular) else counts
    )
    # Spread over all accounts while sparse: cheaper than to copy the dense matrix into a larger one.
    spread = csr_matrix((np.ones(len(rows)), (rows, np.arange(len(rows)))), shape=(size, len(rows))) @ vectors
    network = np.asarray((spread @ spread.T).toarray())
    np.round(network, _DECIMALS, out=network)
    np.fill_diagonal(network, 0)
    return network


def _centrality(network: Floats) -> Floats:
    """Return the eigenvector centrality of each node, 0 where it has no edge.

    Power iteration on the network plus the identity from equal values, as NetworkX does it: networks of two
    sides converge too, and equal components get equal values. After 500 turns it is taken as it stands.
    """
    nodes = np.flatnonzero(network.any(axis=1))
    weights = network[np.ix_(nodes, nodes)]
    value = np.full(len(nodes), 1 / max(1, len(nodes)))
    for _ in range(_TURNS):
        before, value = value, value + weights @ value
        value = value / (np.linalg.norm(value) or 1)
        if np.abs(value - before).sum() <= len(nodes) * _TOLERANCE:
            break
    centrality = np.zeros(len(network))
    centrality[nodes] = value.round(_DECIMALS)
    return centrality
