"""From a batch to its results, in order: what the service sends and ``vigie score`` writes."""

from __future__ import annotations

import gc
import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from vigie.errors import ContractError, DuplicateAccountError, MissingObservationTimeError, VigieError
from vigie.features import schema
from vigie.features.coordination.report.network import partners, report
from vigie.features.coordination.report.profile_tests import Reference
from vigie.features.i18n.languages import Language
from vigie.features.ingest.parsing import Batch, Fault
from vigie.features.pipeline import FeatureMatrix, compute
from vigie.features.window import windows
from vigie.features.window.windows import ComparisonWindow
from vigie.models import coordination_scoring
from vigie.models.bundle import Bundle
from vigie.models.scoring import Scores, score
from vigie.models.verdict import answers
from vigie.serving.api import problems
from vigie.serving.network import Compared, compare

Stage = Callable[[str], AbstractContextManager[None]]

# LightGBM keeps its number of threads in one variable of the process, sets it in each call and sizes its
# buffers by it: two calls at once with different numbers could write past the end. One at a time, then; the
# model is a small part of a request, and the features run side by side.
ONE_AT_A_TIME = threading.Lock()
# Objects made before a young collection: a request makes a hundred thousand that all live until it is
# answered, and looking through them again and again triples the time to read it.
_YOUNG = 100_000


@dataclass(frozen=True)
class Models:
    """The model of each target."""

    inauthentic: Bundle
    coordinated: Bundle

    def identities(self) -> dict[str, dict[str, str]]:
        """Return the name, version and feature set of each, by target."""
        return {"inauthentic": self.inauthentic.identity(), "coordinated": self.coordinated.identity()}

    def population(self) -> Reference:
        """Return the ordinary accounts that profiles of a group are compared with."""
        return Reference.from_json(self.coordinated.index["population"])


@dataclass(frozen=True)
class AccountScores:
    """Accounts judged each by itself.

    Attributes:
        matrix: Their features.
        scores: What the model of inauthenticity makes of them.
    """

    matrix: FeatureMatrix
    scores: Scores


@dataclass(frozen=True)
class CoordinationResult:
    """Accounts compared with each other, and what that says of each.

    Attributes:
        compared: Their network; None where fewer than two accounts have posts.
        pools: The windows they were judged in, with their features.
        verdicts: By row, the verdict on coordination, with group and partners.
    """

    compared: Compared | None
    pools: list[ComparisonWindow]
    verdicts: dict[int, dict[str, Any]]


def corpus(
    models: Models, accounts: pl.DataFrame, posts: pl.DataFrame, *, top: int, language: Language
) -> CoordinationResult:
    """Return accounts compared with each other, each with its verdict on coordination.

    Args:
        models: The models.
        accounts: Contract columns and ``row``.
        posts: Contract columns (without platform and account_id) and ``row`` of the author.
        top: Reasons per account.
        language: Language of the sentences.
    """
    found, near, pools = None, {}, []
    if posts["row"].n_unique() > 1:
        found = compare(accounts, posts)
        near = partners(found.network, found.together, accounts, found.posts, language)
        pools = windows.compute(accounts, posts)
    rows = accounts["row"].to_list()
    with ONE_AT_A_TIME:
        pools = coordination_scoring.prepared(models.coordinated, pools)
        judged = coordination_scoring.judge(models.coordinated, pools, rows, top=top, language=language)
    alone: dict[str, Any] = {"group": None, "partners": [], "partners_left_out": 0}
    return CoordinationResult(
        found,
        pools,
        {row: verdict | near.get(row, alone) for row, verdict in zip(rows, judged, strict=True)},
    )


def described(found: CoordinationResult, models: Models, language: Language) -> list[dict[str, Any]]:
    """Return the groups of a corpus in figures and words; the proof stands with each account's partners."""
    compared = found.compared
    if compared is None or compared.together.is_empty():
        return []
    said = report(
        compared.network, compared.together, compared.accounts, compared.posts, language, models.population()
    )
    return [
        {name: value for name, value in group.items() if name not in ("pairs", "pairs_left_out")}
        for group in said["groups"]
    ]


def judge(models: Models, batch: Batch, *, stage: Stage = lambda _: nullcontext()) -> AccountScores | None:
    """Return the accounts of a batch judged each by itself, None if none can be read; ``stage`` as in :func:`results`."""
    if batch.accounts.is_empty():
        return None
    with stage("features"):
        matrix = compute(batch.accounts, batch.posts)
    with stage("model"), ONE_AT_A_TIME:
        return AccountScores(matrix, score(models.inauthentic, matrix))


def results(
    models: Models,
    batch: Batch,
    judged: AccountScores | None,
    *,
    targets: Collection[str] = schema.TARGETS,
    top: int,
    language: Language,
    verdicts: Mapping[int, dict[str, Any]],
    stage: Stage = lambda _: nullcontext(),
) -> list[dict[str, Any]]:
    """Return one result per account handed in, in order: coverage and verdicts, or an error.

    Args:
        models: The models.
        batch: What was handed in.
        judged: What :func:`judge` made of it.
        targets: What is asked: ``inauthentic``, ``coordinated`` or both.
        top: Reasons per account.
        language: Language of the sentences.
        verdicts: By row, the verdicts of :func:`corpus` on coordination; empty where they are not asked.
        stage: Called with the name of each stage; what it returns surrounds the work.
    """
    found: list[dict[str, Any]] = [
        {"platform": platform, "account_id": account_id} for platform, account_id in batch.names
    ]
    for index in (*batch.refused, *batch.repeated):
        found[index]["error"] = refusal(batch, index)
    if judged is None:
        return found
    with stage("explanation"):
        given = answers(models.inauthentic, judged.matrix, judged.scores, top=top, language=language)
    for index, answer in zip(batch.accounts["row"].to_list(), given, strict=True):
        coverage = answer["coverage"]
        dropped = batch.dropped.get(index, [])
        coverage["posts_supplied"] += sum(posts.count for posts in dropped)
        coverage["dropped_posts"] = [
            *({"count": posts.count, "field": posts.field, "reason": posts.reason} for posts in dropped),
            *({"field": None, **posts} for posts in coverage["dropped_posts"]),
        ]
        coverage["ignored_fields"] = [asdict(ignored) for ignored in batch.ignored.get(index, [])]
        found[index]["coverage"] = coverage
        if "inauthentic" in targets:
            found[index]["inauthentic"] = answer["inauthentic"]
        if "coordinated" in targets:
            found[index]["coordinated"] = verdicts[index]
    return found


def refusal(batch: Batch, index: int) -> dict[str, Any]:
    """Return the problem details of an account that was not taken."""
    if index in batch.repeated:
        platform, account_id = batch.names[index]
        repeated = DuplicateAccountError(
            f"the account {account_id} of {platform} stands earlier already; give it once, with all its posts"
        )
        return problems.details(repeated, [{"field": "account_id", "detail": str(repeated)}])
    faults = batch.refused[index]
    errors = [{"field": fault.field, "detail": fault.detail} for fault in faults]
    return problems.details(_kind(faults)("; ".join(fault.detail for fault in faults)), errors)


def tune_process() -> None:
    """Set the garbage collector of this process for accounts as Python objects; once, when the model is loaded."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 20)


def outcomes(found: list[dict[str, Any]]) -> Counter[str]:
    """Return how many accounts were scored, abstained from and refused, by the first target asked."""
    return Counter(
        "refused"
        if "error" in result
        else str(result.get("inauthentic", result.get("coordinated", {}))["status"])
        for result in found
    )


def _kind(faults: list[Fault]) -> type[VigieError]:
    unseen = [fault.field for fault in faults] == ["observed_at"] and "is missing" in faults[0].detail
    return MissingObservationTimeError if unseen else ContractError
