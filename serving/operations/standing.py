"""Verdicts on accounts by themselves that go on standing: those of accounts that are as they were at the last judgement.

Such a verdict is made of the account, its own posts, the model and the words of this version of vigie, and of nothing else. A
digest of all of them is kept with it; where a judgement finds the same digest, it takes the verdict over as it was kept, in
every language, without reading it. What is compared among accounts is judged anew each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

import polars as pl
from sqlalchemy import Connection, select

from vigie.features.i18n import Language
from vigie.features.i18n.languages import LANGUAGES
from vigie.models.bundle import Bundle
from vigie.models.engine import ScoringResult
from vigie.models.verdict import ABSTAINED
from vigie.serving.operations import result_pages
from vigie.serving.operations.corpus import Corpus
from vigie.serving.operations.result_pages import Alone
from vigie.serving.operations.tables import verdicts
from vigie.version import VERSION


@dataclass(frozen=True, slots=True)
class Stood:
    """What an account is by itself, as it is kept.

    Attributes:
        probability: That it is inauthentic; None where the model abstains.
        band: Of that probability.
        lines: By language, see :func:`vigie.serving.operations.result_pages.line`.
    """

    probability: float | None
    band: str
    lines: Mapping[Language, bytes]


@dataclass(frozen=True)
class Standing:
    """What stands of the last judgement.

    Attributes:
        basis: Digest of what each account is judged by, in the order of the accounts.
        kept: What stands, by row.
    """

    basis: list[bytes]
    kept: Mapping[int, Stood] = field(default_factory=dict)

    def changed(self, held: Corpus) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the accounts that are to be judged anew, without their keys, and their posts."""
        stands = list(self.kept)
        return (
            held.accounts.filter(~pl.col("row").is_in(stands)).drop("key"),
            held.posts.filter(~pl.col("row").is_in(stands)),
        )

    def with_new(self, held: Corpus, judged: ScoringResult, top: int) -> list[Stood]:
        """Return what every account is by itself, in order.

        Args:
            held: What is judged.
            judged: What the models make of the accounts that changed.
            top: Reasons per account.
        """
        keys = held.accounts["key"].gather(list(judged.rows)) if judged.rows else ()
        told = judged.verdicts_in(LANGUAGES, top=top)
        lines = {
            language: [
                result_pages.line(key, Alone(coverage, verdict))
                for key, coverage, verdict in zip(keys, judged.coverages(language), made, strict=True)
            ]
            for language, made in told.items()
        }
        every = dict(self.kept)
        for place, (row, verdict) in enumerate(zip(judged.rows, told[LANGUAGES[0]], strict=True)):
            every[row] = Stood(
                getattr(verdict, "probability", None),
                getattr(verdict, "band", ABSTAINED),
                {language: lines[language][place] for language in LANGUAGES},
            )
        return [every[row] for row in held.accounts["row"]]


def read(connection: Connection, held: Corpus, model: Bundle) -> Standing:
    """Return what stands of the last judgement.

    Args:
        connection: Of the operation; it sees the state that is held.
        held: What is judged.
        model: What judges accounts by themselves.
    """
    basis = _basis(held, model)
    columns = ("account", "basis", "part", "inauthentic", "inauthentic_band")
    before = {row.account: row for row in connection.execute(select(*(verdicts.c[name] for name in columns)))}
    stands = {
        row: before[key]
        for row, key, digest in zip(held.accounts["row"], held.accounts["key"], basis, strict=True)
        if key in before and before[key].basis == digest
    }
    parts = sorted({each.part for each in stands.values()})
    lines = {language: result_pages.alone(connection, parts, language) for language in LANGUAGES}
    return Standing(
        basis,
        {
            row: Stood(
                each.inauthentic,
                each.inauthentic_band,
                {language: known[each.account] for language, known in lines.items()},
            )
            for row, each in stands.items()
            # An earlier version kept no lines.
            if all(each.account in known for known in lines.values())
        },
    )


def _basis(held: Corpus, model: Bundle) -> list[bytes]:
    """Return the digest of what each account is judged by, in order."""
    posts = (
        held.posts.select("row", said=pl.struct(pl.exclude("row")).struct.json_encode())
        .group_by("row", maintain_order=True)
        .agg(pl.col("said").str.join("\n"))
    )
    told = held.accounts.select("row", account=pl.struct(pl.exclude("row", "key")).struct.json_encode()).join(
        posts, on="row", how="left", maintain_order="left"
    )
    judge = f"{VERSION} {model.version} "
    return [
        blake2b(f"{judge}{account}\n{said or ''}".encode(), digest_size=16).digest()
        for account, said in told.select("account", "said").iter_rows()
    ]
