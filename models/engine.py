"""The scoring engine: accounts and posts in, typed results out.

Whatever scores goes through :meth:`ScoringEngine.score`: the API, ``vigie score``, the MLflow model, the warm-up of a new
bundle, drift, and the replay of confirmed false positives. Limits, and notes on what was cut by them, are part of
the result, so that no way of asking can answer otherwise than another.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

import polars as pl

from vigie.features.coordination.baselines import Baseline
from vigie.features.coordination.comparison import Comparison, Limits, compare
from vigie.features.coordination.report.campaign import describe as describe_campaigns
from vigie.features.coordination.report.network import companions_in
from vigie.features.coordination.report.profile_tests import Reference
from vigie.features.coordination.report.types import Campaign, GroupDescription
from vigie.features.i18n import Language, Message, message
from vigie.features.ingest.parsing import Batch
from vigie.features.ingest.refusals import refusal
from vigie.features.pipeline import MODEL_FEATURES, FeatureMatrix, compute
from vigie.features.schema import TARGETS
from vigie.features.similarity.near_duplicate_text import SimilarTexts
from vigie.features.window import windows
from vigie.models import rehearsal
from vigie.models.bundle import Bundle, load
from vigie.models.collection_evidence import CollectionEvidence
from vigie.models.coordination_scoring import (
    CoordinationScores,
    coordination_verdicts,
    score_windows,
)
from vigie.models.known_match import KnownMatch
from vigie.models.scoring import Scores, score
from vigie.models.verdict import (
    Abstention,
    AccountResult,
    CoordinationAbstention,
    CoordinationVerdict,
    Coverage,
    UnusedPosts,
    Verdict,
    coverages,
    verdicts_in,
)


@dataclass(frozen=True)
class Models:
    """One bundle per target; a target without one cannot be asked.

    Attributes:
        bundles: By target.
    """

    bundles: Mapping[str, Bundle]

    @classmethod
    def load(cls, inauthentic: Path | None, coordinated: Path | None) -> Models:
        """Return the models in two folders (default: those that ship), after checking them.

        Raises:
            BundleError: A bundle is absent, altered, of another target, feature set or version, or tells nobody apart.
        """
        models = cls.of(load(inauthentic, "inauthentic"), load(coordinated, "coordinated"))
        for bundle in models.bundles.values():
            rehearsal.check(bundle)
        return models

    @classmethod
    def of(cls, *bundles: Bundle) -> Models:
        """Return the models that bundles are."""
        return cls({bundle.target: bundle for bundle in bundles})

    @property
    def inauthentic(self) -> Bundle:
        """The model of inauthenticity."""
        return self.bundles["inauthentic"]

    @property
    def coordinated(self) -> Bundle:
        """The model of coordination."""
        return self.bundles["coordinated"]

    def replacing(self, bundle: Bundle) -> Models:
        """Return the models with another one for the target of a bundle."""
        return Models({**self.bundles, bundle.target: bundle})

    def population(self) -> Reference:
        """Return the ordinary accounts that profiles of a group are compared with."""
        return Reference.from_json(self.coordinated.index["population"])


@dataclass(frozen=True)
class AccountScores:
    """Accounts judged each by itself.

    Attributes:
        matrix: Their features that models may read.
        scores: What the model of inauthenticity makes of them.
    """

    matrix: FeatureMatrix
    scores: Scores


@dataclass(frozen=True)
class CoordinationResult:
    """Accounts compared with each other.

    Attributes:
        comparison: Pairs and groups; None where fewer than two accounts have posts.
        scores: Their scores of coordination.
    """

    comparison: Comparison | None
    scores: CoordinationScores


@dataclass(frozen=True)
class ScoringResult:
    """What the models make of accounts, in numbers; sentences are made when they are asked for.

    Attributes:
        models: The models that scored.
        rows: ``row`` of each account, in order.
        accounts: Each judged by itself; None where that was not asked.
        coordination: All compared with each other; None where that was not asked.
        notes: What was cut, capped or left out.
        seconds: Time spent, by stage: ``network``, ``features``, ``model``.
    """

    models: Models
    rows: tuple[int, ...]
    accounts: AccountScores | None
    coordination: CoordinationResult | None
    notes: tuple[Message, ...]
    seconds: Mapping[str, float]

    def verdicts(self, *, top: int, language: Language) -> list[Verdict | Abstention]:
        """Return the verdict on inauthenticity of each account, in order; none where that was not asked.

        Args:
            top: Reasons per account; 0 for none.
            language: Language of the sentences.
        """
        return self.verdicts_in([language], top=top)[language]

    def verdicts_in(
        self, languages: Sequence[Language], *, top: int
    ) -> dict[Language, list[Verdict | Abstention]]:
        """Return the verdicts in several languages, as :meth:`verdicts` returns them in one."""
        if self.accounts is None:
            return {language: [] for language in languages}
        judged = self.accounts
        return verdicts_in(languages, self.models.inauthentic, judged.matrix, judged.scores, top=top)

    def coverages(self, language: Language) -> list[Coverage]:
        """Return what there was to judge each account by, in order; none where no account was judged by itself."""
        if self.accounts is None:
            return []
        return coverages(self.models.inauthentic, self.accounts.matrix, self.accounts.scores, language)

    def coordination_verdicts(
        self, *, top: int, language: Language
    ) -> list[CoordinationVerdict | CoordinationAbstention]:
        """Return the verdict on coordination of each account, in order; none where that was not asked."""
        return self.coordination_verdicts_in([language], top=top)[language]

    def coordination_verdicts_in(
        self, languages: Sequence[Language], *, top: int
    ) -> dict[Language, list[CoordinationVerdict | CoordinationAbstention]]:
        """Return the verdicts in several languages, as :meth:`coordination_verdicts` returns them in one."""
        if self.coordination is None:
            return {language: [] for language in languages}
        found = self.coordination.comparison
        near = {language: {} for language in languages} if found is None else companions_in(found, languages)
        return coordination_verdicts(
            self.models.coordinated, self.coordination.scores, self.rows, near, top=top
        )

    def campaigns(self, language: Language) -> list[Campaign]:
        """Return the campaigns among the accounts."""
        found = self.coordination
        if found is None or found.comparison is None:
            return []
        judged = found.scores.evidence.campaigns
        return describe_campaigns(found.comparison, judged, language, self.models.population())

    def groups(self, language: Language) -> list[GroupDescription]:
        """Return the groups among the accounts; the pairs that prove them stand with each account."""
        found = self.coordination
        if found is None or found.comparison is None or found.scores.evidence.groups is None:
            return []
        return found.scores.evidence.groups.describe(language, self.models.population())


class _Clock:
    """Takes the time of stages that follow each other."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._since = perf_counter()

    def lap(self, stage: str) -> None:
        """Note the time since the last stage."""
        now = perf_counter()
        self.seconds[stage] = now - self._since
        self._since = now


class ScoringEngine:
    """Scores accounts with one bundle per target, from any number of threads.

    Attributes:
        models: The bundles.
        baseline: Rates of ordinary accounts that accounts are compared by; None: those that ship.
    """

    def __init__(self, models: Models, baseline: Baseline | None = None) -> None:
        self.models = models
        self.baseline = baseline

    def score(
        self,
        accounts: pl.DataFrame,
        posts: pl.DataFrame,
        targets: Collection[str] = TARGETS,
        limits: Limits = Limits(),  # noqa: B008 - immutable
        progress: Callable[[str], None] = lambda _: None,
        texts: SimilarTexts | None = None,
    ) -> ScoringResult:
        """Return what the models make of accounts.

        Args:
            accounts: Contract columns plus ``row`` (UInt32, unique).
            posts: Contract columns (without platform and account_id) plus ``row`` of the author.
            targets: What is asked: ``inauthentic`` (each account by itself), ``coordinated`` (all of them compared).
            limits: How much is looked at.
            progress: Called with the name of each step of a comparison as it begins.
            texts: Texts that were compared before: what is known of them is not found out again, and changes no result.
        """
        coordination: CoordinationResult | None = None
        alone: AccountScores | None = None
        notes: tuple[Message, ...] = ()
        clock = _Clock()
        if "coordinated" in targets:
            coordination, notes = self._compared(accounts, posts, limits, progress, texts)
            clock.lap("network")
        if "inauthentic" in targets and not accounts.is_empty():
            matrix = compute(accounts, posts, MODEL_FEATURES).for_reasons()
            clock.lap("features")
            alone = AccountScores(matrix, score(self.models.inauthentic, matrix))
            clock.lap("model")
        rows = tuple(accounts["row"].to_list())
        return ScoringResult(self.models, rows, alone, coordination, notes, clock.seconds)

    def _compared(
        self,
        accounts: pl.DataFrame,
        posts: pl.DataFrame,
        limits: Limits,
        progress: Callable[[str], None],
        texts: SimilarTexts | None,
    ) -> tuple[CoordinationResult, tuple[Message, ...]]:
        if posts["row"].n_unique() < 2:
            return CoordinationResult(None, CoordinationScores(())), ()
        found = compare(accounts, posts, limits, baseline=self.baseline, texts=texts, progress=progress)
        progress("windows")
        measured = windows.compute(accounts, posts, limits, found)
        notes = found.notes
        if measured.left_out:
            left_out = message(
                "verdict.windows_left_out", count=measured.left_out, windows=len(measured.windows)
            )
            notes = (*notes, left_out)
        evidence = CollectionEvidence.of(found, self.models.population())
        scores = score_windows(self.models.coordinated, measured.windows, evidence)
        told = replace(found, campaigns=found.campaigns.without(evidence.campaigns.copiers))
        return CoordinationResult(told, replace(scores, too_costly=measured.too_costly)), notes


def answers(
    batch: Batch,
    rows: Sequence[int],
    coverages: Sequence[Coverage],
    inauthentic: Sequence[Verdict | Abstention],
    coordinated: Sequence[CoordinationVerdict | CoordinationAbstention],
    matches: Mapping[int, list[KnownMatch]] | None = None,
) -> list[AccountResult]:
    """Return one result per account handed in, in order: coverage and verdicts, or why it was refused.

    Args:
        batch: What was handed in.
        rows: Row of each account that was scored.
        coverages: Of each of them; empty where none was judged by itself.
        inauthentic: Verdict on each of them; empty where that was not asked.
        coordinated: The same of coordination.
        matches: What accounts share with known campaigns, by row; None where they were compared with none.
    """
    results = {
        index: AccountResult(*batch.names[index], error=refusal(batch, index))
        for index in (*batch.refused, *batch.repeated)
    }
    for place, row in enumerate(rows):
        results[row] = AccountResult(
            *batch.names[row],
            coverage=_covered(batch, row, coverages[place]) if coverages else None,
            inauthentic=inauthentic[place] if inauthentic else None,
            coordinated=coordinated[place] if coordinated else None,
            matches=None if matches is None else matches.get(row, []),
        )
    return [results[index] for index in sorted(results)]


def _covered(batch: Batch, row: int, coverage: Coverage) -> Coverage:
    """Return the coverage of an account with what reading it left out."""
    dropped = [UnusedPosts(each.count, each.field, each.reason) for each in batch.dropped.get(row, [])]
    return replace(
        coverage,
        posts_supplied=coverage.posts_supplied + sum(each.count for each in dropped),
        dropped_posts=[*dropped, *coverage.dropped_posts],
        ignored_fields=list(batch.ignored.get(row, [])),
    )
