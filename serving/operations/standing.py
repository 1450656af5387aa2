"""Verdicts on accounts by themselves that go on standing: those of accounts that are as they were at the last judgement.

Such a verdict is made of the account, its own posts, the model and the words of this version of vigie, and of nothing else. A
digest of all of them is kept with it; where a judgement finds the same digest, it takes the verdict over as it was kept, in
every language. What is compared among accounts is judged anew each time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

import polars as pl
from sqlalchemy import Connection, select

from vigie.features.i18n import Language
from vigie.features.i18n.languages import LANGUAGES
from vigie.models.bundle import Bundle
from vigie.models.engine import ScoringResult
from vigie.models.verdict import Abstention, AccountResult, Coverage, Verdict
from vigie.serving.operations import result_pages
from vigie.serving.operations.corpus import Corpus
from vigie.serving.operations.tables import verdicts
from vigie.version import VERSION

# Coverage of an account and the verdict on its inauthenticity.
Alone = tuple[Coverage, Verdict | Abstention]


@dataclass(frozen=True)
class Standing:
    """What stands of the last judgement.

    Attributes:
        basis: Digest of what each account is judged by, in the order of the accounts.
        kept: Verdicts that stand, by language and row.
    """

    basis: list[bytes]
    kept: Mapping[Language, Mapping[int, Alone]] = field(default_factory=dict)

    def changed(self, held: Corpus) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the accounts that are to be judged anew, without their keys, and their posts."""
        stands = list(self.kept[LANGUAGES[0]])
        return (
            held.accounts.filter(~pl.col("row").is_in(stands)).drop("key"),
            held.posts.filter(~pl.col("row").is_in(stands)),
        )

    def with_new(self, judged: ScoringResult, language: Language, top: int) -> list[Alone]:
        """Return coverage and verdict of every account, in order.

        Args:
            judged: What the models make of the accounts that changed.
            language: Language of the sentences.
            top: Reasons per account.
        """
        new = zip(judged.coverages(language), judged.verdicts(top=top, language=language), strict=True)
        every = {**self.kept[language], **dict(zip(judged.rows, new, strict=True))}
        return [every[row] for row in sorted(every)]


def read(connection: Connection, held: Corpus, model: Bundle) -> Standing:
    """Return what stands of the last judgement.

    Args:
        connection: Of the operation; it sees the state that is held.
        held: What is judged.
        model: What judges accounts by themselves.
    """
    basis = _basis(held, model)
    before = {
        row.account: row
        for row in connection.execute(select(verdicts.c.account, verdicts.c.basis, verdicts.c.part))
    }
    stands: dict[tuple[str, str], int] = {}
    parts: set[int] = set()
    for key, digest, row, platform, account_id in zip(
        held.accounts["key"], basis, *held.accounts.select("row", "platform", "account_id"), strict=True
    ):
        known = before.get(key)
        if known is not None and known.basis == digest:
            stands[platform, account_id] = row
            parts.add(known.part)
    return Standing(basis, {
        language: dict(_alone(result_pages.read(connection, sorted(parts), language), stands)) for language in LANGUAGES
    })  # fmt: skip


def _alone(
    results: Sequence[AccountResult], stands: Mapping[tuple[str, str], int]
) -> Iterator[tuple[int, Alone]]:
    for each in results:
        row = stands.get((each.platform or "", each.account_id or ""))
        if row is not None and each.coverage is not None and each.inauthentic is not None:
            yield row, (each.coverage, each.inauthentic)


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
