"""All accounts of an input scored: what ``vigie score`` writes to a file and ``vigie.score`` returns as a table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

import polars as pl

from vigie.features.i18n import Language
from vigie.features.ingest.parsing import Batch
from vigie.models.engine import ScoringEngine, ScoringResult, answers
from vigie.models.verdict import AccountResult, CoordinationAbstention, CoordinationVerdict
from vigie.serving.batch.inputs import Accounts
from vigie.serving.known_campaigns.matching import Matches


@dataclass(frozen=True)
class Comparison:
    """All accounts of an input compared with each other.

    Attributes:
        result: What the model of coordination makes of them.
        verdicts: Verdict of each of its rows.
    """

    result: ScoringResult
    verdicts: list[CoordinationVerdict | CoordinationAbstention]


@dataclass(frozen=True)
class BulkScoring:
    """How the accounts of an input are scored.

    Attributes:
        engine: The models.
        targets: What is asked.
        top: Reasons per account.
        language: Language of the sentences.
        matches: From accounts and posts to what they share with known campaigns; None where they are compared with none.
    """

    engine: ScoringEngine
    targets: Collection[str]
    top: int
    language: Language
    matches: Callable[[pl.DataFrame, pl.DataFrame], Matches] | None = None

    def compare(self, given: Accounts, tick: Callable[[int], None]) -> Comparison:
        """Compare all accounts of an input, for which all posts are held at once.

        Args:
            given: The input.
            tick: Called with how much of the total was read since.
        """
        corpus = given.corpus(tick)
        result = self.engine.score(corpus.accounts, corpus.posts, ["coordinated"])
        return Comparison(result, result.coordination_verdicts(top=self.top, language=self.language))

    def answers(
        self, given: Accounts, compared: Comparison | None
    ) -> Iterator[tuple[list[AccountResult], int]]:
        """Yield the results of all accounts in order, with how much of the total each part of them stands for.

        Args:
            given: The input.
            compared: What :meth:`compare` returned for it; None where that is not asked.
        """
        coordinated = dict(zip(compared.result.rows, compared.verdicts, strict=True)) if compared else {}
        place = 0
        for alone, share in given.judged(self.judge):
            yield (
                [
                    replace(result, coordinated=coordinated.get(row))
                    for row, result in enumerate(alone, place)
                ],
                share,
            )
            place += len(alone)

    def judge(self, batch: Batch) -> list[AccountResult]:
        """Return the results of the accounts of a batch, each judged by itself."""
        # Coverage is that of an account by itself, whatever was asked.
        result = self.engine.score(batch.accounts, batch.posts, ["inauthentic"])
        inauthentic = "inauthentic" in self.targets
        return answers(
            batch,
            result.rows,
            result.coverages(self.language),
            result.verdicts(top=self.top, language=self.language) if inauthentic else [],
            [],
            self.matches(batch.accounts, batch.posts).by_account(self.language) if self.matches else None,
        )
