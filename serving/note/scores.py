"""Both scores of some accounts: band and probability, as the scoring engine gives them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import polars as pl

from vigie.features.i18n import Language, Message
from vigie.features.similarity.near_duplicate_text import SimilarTexts
from vigie.models.engine import ScoringEngine
from vigie.models.verdict import ABSTAINED, AbstentionReason, ScoredVerdict

# No score is a certainty: the largest probability that is written.
_MOST = 0.999
# The bands from which an account is said to be likely what it is scored as.
LIKELY = ("high", "very high")
TARGETS = ("inauthentic", "coordinated")
SCHEMA = pl.Schema(
    {
        "account": pl.Int64(), "inauthentic_band": pl.String(), "inauthentic": pl.Float64(),
        "coordinated_band": pl.String(), "coordinated": pl.Float64(),
    }
)  # fmt: skip


def of(
    engine: ScoringEngine,
    accounts: pl.DataFrame,
    posts: pl.DataFrame,
    members: Collection[int],
    language: Language,
    texts: SimilarTexts | None = None,
) -> pl.DataFrame:
    """Return the scores of some accounts: of inauthenticity each by itself, of coordination beside all that were compared.

    Accounts whose profile nobody saw (no ``observed_at``) have none: scores are as of a time.

    Args:
        engine: What scores.
        accounts: Contract columns and ``row``: all that were compared.
        posts: Contract columns and ``row`` of the author.
        members: Rows of the accounts asked for.
        language: Of the models' sentences.
        texts: Texts that were compared before: what is known of them is not found out again, and changes no score.

    Returns:
        The columns of :data:`SCHEMA`; a probability is null where the model abstains, and the band says so.
    """
    seen = accounts.drop_nulls("observed_at")
    wanted = seen.filter(pl.col("row").is_in(list(members)))
    if wanted.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    bare = posts.drop("account_id", strict=False).join(seen.select("row"), on="row", how="semi")
    alone = engine.score(wanted, bare.join(wanted.select("row"), on="row", how="semi"), ["inauthentic"])
    beside = engine.score(seen, bare, ["coordinated"], texts=texts)
    judged = (
        _table("inauthentic", alone.rows, alone.verdicts(top=0, language=language)),
        _table("coordinated", beside.rows, beside.coordination_verdicts(top=0, language=language)),
    )
    table = wanted.select(account=pl.col("row").cast(pl.Int64))
    for scores in judged:
        table = table.join(scores, on="account", how="left", maintain_order="left")
    return table.select(SCHEMA.names())


def told(scores: pl.DataFrame, size: int) -> Iterator[Message]:
    """Yield how many accounts are likely inauthentic, and how many coordinated; nothing where none was scored.

    Args:
        scores: What :func:`of` returned for them.
        size: How many accounts they are, those that were not scored included.
    """
    if scores.height:
        for target in TARGETS:
            band = scores[f"{target}_band"]
            scored = int((band.drop_nulls() != ABSTAINED).sum())
            yield from likely(target, int(band.is_in(LIKELY).sum()), size, size - scored)


def likely(target: str, count: int, size: int, unscored: int) -> Iterator[Message]:
    """Yield how many of some accounts are likely what they are scored as, and how many could not be scored.

    Args:
        target: What they are scored as.
        count: Those of a band in :data:`LIKELY`.
        size: All of them.
        unscored: Those of which the model says nothing.
    """
    if unscored < size:
        yield Message(
            f"note.likely_{target}" if count else f"note.likely_{target}_none", {"count": count, "of": size}
        )
    if unscored:
        yield Message(f"note.unscored_{target}", {"count": unscored, "of": size})


def _table(
    target: str, rows: Sequence[int], verdicts: Sequence[ScoredVerdict | AbstentionReason]
) -> pl.DataFrame:
    scored = [verdict if isinstance(verdict, ScoredVerdict) else None for verdict in verdicts]
    return pl.DataFrame(
        {
            "account": rows,
            f"{target}_band": [ABSTAINED if verdict is None else verdict.band for verdict in scored],
            target: [None if verdict is None else min(verdict.probability, _MOST) for verdict in scored],
        },
        schema={"account": pl.Int64, f"{target}_band": pl.String, target: pl.Float64},
    )
