"""Do the reasons given explain the score? Tests of explanations, by the code that serves.

Deletion: taking away what the first reasons name lowers a flagged score more than taking away as many other known
features (after the deletion curves of Samek et al. 2017). Stability: models fitted without one source each rank
features alike. Evidence: every reason that can name posts names posts that are there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import kendalltau

from vigie.features.catalogue import CATALOGUE
from vigie.features.coordination.comparison import Limits, compare
from vigie.features.coordination.report import network as report
from vigie.features.coordination.report.types import PartnerAction
from vigie.features.pipeline import FeatureMatrix
from vigie.models.bundle import Bundle, Part
from vigie.models.metrics import DIFFERENCE, Bools, Estimate, Floats
from vigie.models.scoring import Scores, contributions, score
from vigie.models.verdict import Verdict, verdicts

TOP = 3
# Sets of other features taken away from each account.
_REPEATS = 5
_FIRST = 10
# Share of a part's gain that is above nothing.
_ANYTHING = 1e-12
_UNRESOLVED = ("no_posts_named", "posts_not_there")


@dataclass(frozen=True)
class Stability:
    """How alike models that each miss one source rank the features of a part.

    Attributes:
        table: One row per part and pair of members: ``part``, ``first`` and ``second`` (their numbers), ``tau``
            (Kendall's, of mean |contribution|), ``first_ten_shared`` (features among the ten first of both).
        mean: Mean tau over pairs and parts, with its interval over accounts; None where no part has two members that read
            two features.
    """

    table: pl.DataFrame
    mean: Estimate | None


def deletion(
    bundle: Bundle, matrix: FeatureMatrix, flagged: Bools, *, seed: int, top: int = TOP
) -> pl.DataFrame:
    """Return what is lost of each flagged score without its first reasons, and without others.

    Floors of evidence are lifted, since a part that falls silent would be mistaken for a reason that mattered; parts
    that were silent before stay so.

    Args:
        bundle: The model.
        matrix: Features of accounts.
        flagged: Which accounts are flagged.
        seed: Of the choice of others.
        top: Reasons taken away at once.

    Returns:
        One row per flagged account that has so many reasons that raise its score: ``row``, ``reasons`` (log-odds lost
        without the features that raise it most) and ``others`` (without as many known features at random, mean over
        some draws).
    """
    keep = pl.Series(flagged)
    chosen = replace(matrix, table=matrix.table.filter(keep), coverage=matrix.coverage.filter(keep))
    if chosen.table.is_empty():
        return pl.DataFrame(schema={"row": pl.UInt32, "reasons": pl.Float64, "others": pl.Float64})
    served = score(bundle, chosen)
    chosen = _hiding(chosen, served.features, _silent(bundle, served))
    judge = _without_floors(bundle)
    before = score(judge, chosen)
    known = ~np.isnan(before.values)
    raising = np.where(known, before.contributions, -np.inf)
    order = np.argsort(-raising, axis=1, kind="stable")[:, :top]
    enough = (np.take_along_axis(raising, order, axis=1) > 0).all(axis=1)
    rng = np.random.default_rng(seed)
    # Known features come first, in random order.
    draws = [
        np.argsort(np.where(known, rng.random(known.shape), 2.0), axis=1)[:, :top] for _ in range(_REPEATS)
    ]

    def lost(columns: NDArray[np.int64]) -> Floats:
        hidden = np.zeros(known.shape, dtype=bool)
        np.put_along_axis(hidden, columns, values=True, axis=1)
        return before.log_odds - score(judge, _hiding(chosen, before.features, hidden)).log_odds

    return pl.DataFrame(
        {
            "row": chosen.table["row"],
            "reasons": lost(order),
            "others": np.mean([lost(columns) for columns in draws], axis=0),
        }
    ).filter(pl.Series(enough))


def gain(lost: Sequence[pl.DataFrame], *, draws: int, seed: int) -> Estimate | None:
    """Return how much more of a flagged score the reasons carry than other features do: the paired mean difference.

    Args:
        lost: What :func:`deletion` returned, per source; sources weigh alike, those with nobody flagged not at all.
        draws: Of the bootstrap over accounts.
        seed: Of the draws.

    Returns:
        Log-odds with their interval; None where nobody is flagged.
    """
    rng = np.random.default_rng(seed)
    differences = [(table["reasons"] - table["others"]).to_numpy() for table in lost if not table.is_empty()]
    if not differences:
        return None
    drawn = [
        np.r_[one.mean(), one[rng.integers(0, len(one), (draws, len(one)))].mean(axis=1)]
        for one in differences
    ]
    return Estimate.of(np.mean(drawn, axis=0), min(map(len, differences)))


def stability(bundle: Bundle, matrix: FeatureMatrix, *, draws: int, seed: int) -> Stability:
    """Return how alike the members of a bundle rank features by mean |contribution|.

    Args:
        bundle: The model; its members were fitted without one source or campaign each.
        matrix: Features of accounts; those with anything known to a part count for it.
        draws: Of the bootstrap over accounts.
        seed: Of the draws.
    """
    records: list[dict[str, object]] = []
    drawn: list[Floats] = []
    for name, part in bundle.parts.items():
        # One feature has no order.
        if len(part.features) < 2:
            continue
        strengths = _strengths(part, matrix, draws, seed)
        for first, second in combinations(range(len(strengths)), 2):
            one, other = strengths[first], strengths[second]
            taus = np.array([kendalltau(a, b).statistic for a, b in zip(one, other, strict=True)])
            tops = (set(np.argsort(-ranked[0], kind="stable")[:_FIRST]) for ranked in (one, other))
            records.append(
                {"part": name, "first": first, "second": second, "tau": float(taus[0]),
                 "first_ten_shared": len(set.intersection(*tops))}
            )  # fmt: skip
            drawn.append(taus)
    schema = {
        "part": pl.String,
        "first": pl.Int64,
        "second": pl.Int64,
        "tau": pl.Float64,
        "first_ten_shared": pl.Int64,
    }
    mean = Estimate.of(np.nanmean(drawn, axis=0), within=DIFFERENCE) if drawn else None
    return Stability(pl.DataFrame(records, schema=schema), mean)


def reasons(bundle: Bundle, matrix: FeatureMatrix, posts: pl.DataFrame, *, top: int = 5) -> pl.DataFrame:
    """Return every reason that can name posts, and whether it does.

    Args:
        bundle: A whole model, as it ships.
        matrix: Features of accounts, with their prepared posts.
        posts: The posts of the accounts as supplied: ``row``, ``post_id``.
        top: Reasons per account.

    Returns:
        ``row``, ``feature``, ``named`` (number of posts) and ``state``: ``resolved``, ``nothing_to_show`` (no post of the
        account shows it, as for a share of nought), ``no_posts_named`` (posts show it, none is named) or
        ``posts_not_there`` (a named post is not the account's).
    """
    given = verdicts(bundle, matrix, score(bundle, matrix), top=top, language="en")
    listed = [
        {
            "row": row,
            "feature": reason.feature,
            "flag": CATALOGUE[reason.feature].evidence,
            "post_id": reason.post_ids,
        }
        for row, verdict in zip(matrix.table["row"], given, strict=True)
        if isinstance(verdict, Verdict)
        for reason in verdict.reasons
        if CATALOGUE[reason.feature].evidence
    ]
    schema = pl.Schema(
        {"row": pl.UInt32(), "feature": pl.String(), "flag": pl.String(), "post_id": pl.List(pl.String())}
    )
    told = pl.DataFrame(listed, schema=schema).with_columns(named=pl.col("post_id").list.len())
    showing = _showing(matrix.posts, told["flag"].unique().to_list())
    missing = (
        told.select("row", "feature", "post_id")
        .explode("post_id", empty_as_null=True)
        .drop_nulls("post_id")
        .join(posts.select("row", "post_id"), on=["row", "post_id"], how="anti")
        .select("row", "feature", absent=True)
        .unique()
    )
    return (
        told.join(showing, on=["row", "flag"], how="left", maintain_order="left")
        .join(missing, on=["row", "feature"], how="left", maintain_order="left")
        .select(
            "row", "feature", "named",
            state=pl.when("absent").then(pl.lit("posts_not_there"))
            .when(pl.col("named") > 0).then(pl.lit("resolved"))
            .when(pl.col("showing").fill_null(value=False)).then(pl.lit("no_posts_named"))
            .otherwise(pl.lit("nothing_to_show")),
        )
    )  # fmt: skip


def proofs(accounts: pl.DataFrame, posts: pl.DataFrame) -> pl.DataFrame:
    """Return every partner that coordination names, and whether the posts behind each are there.

    Args:
        accounts: Contract columns and ``row``: accounts compared with each other.
        posts: Their posts: contract columns (without platform and account_id) and ``row`` of the author.

    Returns:
        ``row``, ``partner`` (its row), ``named`` (number of objects shared) and ``state``, as :func:`reasons` says it.
    """
    compared = compare(accounts, posts, Limits())
    near = report.companions(compared, "en")
    numbers = {
        (platform, name): row
        for platform, name, row in accounts.select("platform", "account_id", "row").iter_rows()
    }
    there = set(posts.select("row", "post_id").iter_rows())
    listed = []
    for row, beside in near.items():
        for one in beside.partners:
            other = numbers[str(one.partner.platform), str(one.partner.account_id)]
            listed.append((row, other, len(one.shared), _state(row, other, one.shared, there)))
    return pl.DataFrame(
        listed,
        schema={"row": pl.UInt32, "partner": pl.UInt32, "named": pl.UInt32, "state": pl.String},
        orient="row",
    )


def metrics(gained: Estimate | None, stable: Stability, named: Sequence[pl.DataFrame]) -> dict[str, Estimate]:
    """Return the metrics of a record.

    Args:
        gained: What :func:`gain` returned.
        stable: What :func:`stability` returned.
        named: What :func:`reasons` and :func:`proofs` returned; how many reasons do not resolve is counted over all.
    """
    told = {"explanations.deletion_gain": gained, "explanations.stability": stable.mean}
    unresolved = sum(int(table["state"].is_in(_UNRESOLVED).sum()) for table in named)
    return {name: figure for name, figure in told.items() if figure} | {
        "explanations.unresolved": Estimate.alone(float(unresolved))
    }


def _without_floors(bundle: Bundle) -> Bundle:
    """Return a model whose parts speak wherever anything of theirs is known."""
    floors = bundle.index["floors"] | {"acts": 0}
    parts = {name: replace(part, floor=_ANYTHING) for name, part in bundle.parts.items()}
    return replace(bundle, index=bundle.index | {"floors": floors}, parts=parts)


def _silent(bundle: Bundle, scores: Scores) -> Bools:
    """Return which values belong to a part that did not speak, shape (accounts, features)."""
    return np.hstack(
        [
            np.repeat(~scores.spoke[name][:, None], len(part.features), axis=1)
            for name, part in bundle.parts.items()
        ]
    )


def _hiding(matrix: FeatureMatrix, features: Sequence[str], hidden: Bools) -> FeatureMatrix:
    """Return a matrix with some values missing: ``hidden`` has the shape (accounts, features)."""
    table = matrix.table.with_columns(
        pl.when(pl.Series(~hidden[:, column])).then(name).alias(name) for column, name in enumerate(features)
    )
    return replace(matrix, table=table)


def _strengths(part: Part, matrix: FeatureMatrix, draws: int, seed: int) -> list[Floats]:
    """Return the mean |contribution| of each feature by each member, shape (draws + 1, features); none without rows."""
    seen = matrix.values(part.features)
    seen = seen[~np.isnan(seen).all(axis=1)]
    size = len(seen)
    if not size:
        return []
    drawn = np.random.default_rng(seed).multinomial(size, np.full(size, 1 / size), draws)
    weights = np.vstack([np.ones(size), drawn]) / size
    known = ~np.isnan(seen)
    return [np.asarray(weights @ np.abs(contributions(member, seen, known)[0])) for member in part.members]


def _showing(posts: pl.DataFrame, flags: list[str]) -> pl.DataFrame:
    """Return per account and evidence column whether any post shows it: ``row``, ``flag``, ``showing``."""
    found = posts.select("row", *flags).group_by("row").agg(pl.col(flags).any())
    return found.unpivot(flags, index="row", variable_name="flag", value_name="showing")


def _state(row: int, partner: int, shared: Sequence[PartnerAction], there: set[tuple[int, str]]) -> str:
    """Return whether both posts of every shared object are there."""
    if not shared:
        return "no_posts_named"
    resolved = all((row, one.post_id) in there and (partner, one.partner_post_id) in there for one in shared)
    return "resolved" if resolved else "posts_not_there"
