"""From a batch to its results, in order: what the service sends and ``vigie score`` writes."""

from __future__ import annotations

import gc
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from typing import Any

from vigie.errors import ContractError, DuplicateAccountError, MissingObservationTimeError, VigieError
from vigie.features.batch import Batch, Fault
from vigie.features.pipeline import compute
from vigie.features.sentences import Language
from vigie.models.answer import answers
from vigie.models.bundle import Bundle
from vigie.models.score import score
from vigie.serving import problems

Stage = Callable[[str], AbstractContextManager[None]]

# LightGBM keeps its number of threads in one variable of the process, sets it in each call and sizes its
# buffers by it: two calls at once with different numbers could write past the end. One at a time, then; the
# model is a small part of a request, and the features run side by side.
_ONE_AT_A_TIME = threading.Lock()
# Objects made before a young collection: a request makes a hundred thousand that all live until it is
# answered, and looking through them again and again triples the time to read it.
_YOUNG = 100_000


def results(
    bundle: Bundle,
    batch: Batch,
    *,
    top: int,
    language: Language,
    stage: Stage = lambda _: nullcontext(),
) -> list[dict[str, Any]]:
    """Return one result per account handed in, in order: coverage and verdict, or an error.

    Args:
        bundle: The model.
        batch: What was handed in.
        top: Reasons per account.
        language: Language of the sentences.
        stage: Called with the name of each stage; what it returns surrounds the work.
    """
    found: list[dict[str, Any]] = [
        {"platform": platform, "account_id": account_id} for platform, account_id in batch.names
    ]
    for index in batch.refused:
        found[index]["error"] = refusal(batch, index)
    for index in batch.repeated:
        found[index]["error"] = refusal(batch, index)
    if batch.accounts.is_empty():
        return found
    with stage("features"):
        matrix = compute(batch.accounts, batch.posts)
    with stage("model"), _ONE_AT_A_TIME:
        scores = score(bundle, matrix)
    with stage("explanation"):
        given = answers(bundle, matrix, scores, top=top, language=language)
        for index, answer in zip(batch.accounts["row"].to_list(), given, strict=True):
            coverage = answer["coverage"]
            dropped = batch.dropped.get(index, [])
            coverage["posts_supplied"] += sum(posts.count for posts in dropped)
            coverage["dropped_posts"] = [
                *({"count": posts.count, "field": posts.field, "reason": posts.reason} for posts in dropped),
                *({"field": None, **posts} for posts in coverage["dropped_posts"]),
            ]
            coverage["ignored_fields"] = [asdict(ignored) for ignored in batch.ignored.get(index, [])]
            found[index] |= answer
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
    """Return how many accounts were scored, abstained from and refused."""
    return Counter(
        "refused" if "error" in result else str(result["inauthentic"]["status"]) for result in found
    )


def _kind(faults: list[Fault]) -> type[VigieError]:
    unseen = [fault.field for fault in faults] == ["observed_at"] and "is missing" in faults[0].detail
    return MissingObservationTimeError if unseen else ContractError
