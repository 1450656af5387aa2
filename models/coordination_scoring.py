"""The verdict on coordination: each account in the window in which it looks most coordinated.

An account that is in several windows is judged by the one with the highest log-odds, less the logarithm of the
number of windows looked at: who looks often finds something. Where there is nobody to compare it with, or too
few of its own posts, the model abstains.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl

from vigie.features.i18n.languages import Language
from vigie.features.window.neighbours import NEIGHBOUR_FEATURES
from vigie.features.window.windows import ComparisonWindow
from vigie.models.bundle import Bundle
from vigie.models.evidence_basis import FEATURE, basis, log_bayes_factor
from vigie.models.neighbour_features import added
from vigie.models.scoring import Scores, score
from vigie.models.verdict import abstention, answers


def prepared(bundle: Bundle, pools: Sequence[ComparisonWindow]) -> list[ComparisonWindow]:
    """Return pools with the features of resemblance that a model reads, whatever they had of another model's.

    :func:`judge` does it where it was not done: do it before where the features are wanted too, or where some accounts
    of a pool are judged apart, since who resembles whom is a matter of all of them.
    """
    return [replace(pool, matrix=added(bundle, pool.matrix)) for pool in pools]


def judge(
    bundle: Bundle, pools: Sequence[ComparisonWindow], rows: Sequence[int], *, top: int, language: Language
) -> list[dict[str, Any]]:
    """Return the verdict on each account, in order.

    Args:
        bundle: A bundle of the target ``coordinated``.
        pools: What :func:`vigie.features.window.windows.compute` returned for the corpus, or :func:`prepared` for both.
        rows: Rows of the accounts to judge.
        top: Reasons per account; 0 for none.
        language: Language of the sentences.

    Returns:
        Per account ``status`` and the rest of :func:`vigie.models.verdict.answers`; where scored also
        ``basis`` (:func:`vigie.models.evidence_basis.basis`; on ``conduct`` alone the band is never ``high``) and ``window``
        (start and end, UTC, and the number of accounts compared in it).
    """
    bare = any(name not in pool.matrix.table.columns for pool in pools for name in NEIGHBOUR_FEATURES)
    pools = prepared(bundle, pools) if bare else pools
    scored = [_scored(bundle, pool) for pool in pools]
    chosen = _chosen(pools, scored)
    code = "hardly_present" if pools else "nobody_to_compare"
    found: dict[int, dict[str, Any]] = {}
    for number, (pool, scores) in enumerate(zip(pools, scored, strict=True)):
        mine = chosen.filter((pl.col("pool") == number) & pl.col("row").is_in(list(rows)))
        matrix = pool.matrix.of(mine["row"])
        keep = pool.matrix.table["row"].is_in(mine["row"].implode()).to_numpy()
        order = matrix.table.select("row").join(mine, on="row", how="left", maintain_order="left")
        lowered = scores.where(keep).lowered(np.log(order["windows"].to_numpy()))
        window = {
            "start": datetime.fromtimestamp(pool.start, UTC).isoformat(),
            "end": datetime.fromtimestamp(pool.end, UTC).isoformat(),
            "accounts": pool.matrix.table.height,
        }
        given = answers(bundle, matrix, lowered, top=top, language=language)
        rests_on = basis(matrix.table)
        for row, answer, rests in zip(matrix.table["row"].to_list(), given, rests_on, strict=True):
            verdict = answer[bundle.target]
            if rests == "behaviour" and verdict["band"] == "high":
                verdict["band"] = "elevated"
            found[row] = verdict | {
                "basis": str(rests), "window": window, "posts": answer["coverage"]["posts"],
            }  # fmt: skip
    return [found.get(row) or abstention(bundle, code, language) for row in rows]


def _scored(bundle: Bundle, pool: ComparisonWindow) -> Scores:
    """Return the scores of a pool, what its groups prove included."""
    surprise = pool.matrix.values([FEATURE])[:, 0]
    return score(bundle, pool.matrix).raised(FEATURE, surprise, log_bayes_factor(surprise))


def _chosen(pools: Sequence[ComparisonWindow], scored: Sequence[Scores]) -> pl.DataFrame:
    """Return ``row``, ``pool`` (the one in which it looks most coordinated) and ``windows`` (those it is scored in)."""
    each = [
        pool.matrix.table.select("row", pool=pl.lit(number), log_odds=pl.Series(scores.log_odds)).filter(
            pl.Series(scores.status == "scored")
        )
        for number, (pool, scores) in enumerate(zip(pools, scored, strict=True))
    ]
    none = pl.DataFrame(schema={"row": pl.UInt32, "pool": pl.Int32, "log_odds": pl.Float64})
    return (
        pl.concat([none, *each], how="vertical_relaxed")
        .sort("row", "log_odds", "pool", descending=[False, True, False])
        .group_by("row", maintain_order=True)
        .agg(pl.col("pool").first(), windows=pl.len())
    )
