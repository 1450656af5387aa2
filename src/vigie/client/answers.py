"""What comes back: answers as the service sends them, and as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import httpx2
import polars as pl

from vigie.client.requests import Request
from vigie.client.types import (
    AccountResult,
    FieldProblem,
    GroupTestResponse,
    NetworkResponse,
    Observation,
    ObservedItem,
    Problem,
    ScoreResponse,
    StatusCounts,
)
from vigie.errors import AnswerError, EmptyInputError

if TYPE_CHECKING:
    import pandas as pd

_Content = TypeVar("_Content")
_Row = TypeVar("_Row")
Rows = Callable[[_Content], list[dict[str, Any]]]
_TEXT, _NUMBER, _COUNT = pl.String(), pl.Float64(), pl.Int64()
_NAMES = ("platform", "account_id", "handle")
# Of what a verdict holds: a column of its own for each, under the names that ``vigie score`` gives them.
_OF_VERDICT = {
    "status": _TEXT,
    "probability": _NUMBER,
    "interval_low": _NUMBER,
    "interval_high": _NUMBER,
    "band": _TEXT,
    "code": _TEXT,
    "why": _TEXT,
}
_TARGETS = {"inauthentic": "", "coordinated": "coordinated_"}
_SCORES = {
    **dict.fromkeys(_NAMES, _TEXT),
    **{prefix + name: dtype for prefix in _TARGETS.values() for name, dtype in _OF_VERDICT.items()},
    "coordinated_campaign": _COUNT,
    "coordinated_group": _COUNT,
    "posts": _COUNT,
    "error": _TEXT,
    "model_version": _TEXT,
    "coordinated_model_version": _TEXT,
}

_STATUSES = ("new", "known", "changed", "rejected")
_OBSERVED = {
    "index": _COUNT,
    **dict.fromkeys(("platform", "account_id", "post_id", "status"), _TEXT),
    **{f"posts_{status}": _COUNT for status in _STATUSES},
    "error": _TEXT,
}


@dataclass(frozen=True)
class Answer(Generic[_Content]):
    """An answer of the service.

    Attributes:
        content: All of it, as it was sent.
    """

    content: _Content
    _rows: Rows[_Content]
    _schema: Mapping[str, pl.DataType] | None = None

    def to_polars(self) -> pl.DataFrame:
        """Return its rows as a table: see the method of the client for what a row is."""
        return pl.DataFrame(self._rows(self.content), schema=self._schema, infer_schema_length=None)

    def to_pandas(self) -> pd.DataFrame:
        """Return :meth:`to_polars` for pandas."""
        import pandas as pd

        table = self.to_polars()
        return pd.DataFrame({name: table[name].to_list() for name in table.columns}, columns=table.columns)


def read(response: httpx2.Response) -> Any:
    """Return the JSON of an answer.

    Raises:
        AnswerError: It is a problem, or no JSON.
    """
    content = _json(response)
    if not response.is_success or content is None:
        raise _refusal(response)
    return content


def file(response: httpx2.Response) -> bytes:
    """Return the bytes of an answer that is a file, or that holds nothing.

    Raises:
        AnswerError: It is a problem.
    """
    if not response.is_success:
        raise _refusal(response)
    return response.content


def _json(response: httpx2.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def _refusal(response: httpx2.Response) -> AnswerError:
    content = _json(response)
    problem = content if isinstance(content, dict) else {}
    return AnswerError(response.status_code, problem, response.headers.get("x-request-id"))


def results(request: Request, response: httpx2.Response) -> ScoreResponse | list[AccountResult]:
    """Return the scores of one chunk; where none of its accounts can be read, only why, account by account.

    Raises:
        AnswerError: It is another problem, or no JSON.
    """
    try:
        answer: ScoreResponse = read(response)
    except AnswerError as error:
        faults = error.problem.get("errors") or ()
        if not any("account" in fault for fault in faults):
            raise
        return [_refused(request, error.problem, index) for index in range(request.accounts)]
    for result in answer["results"]:
        if problem := result.get("error"):
            problem["errors"] = [_placed(request, fault) for fault in problem.get("errors") or ()]
    return answer


def _refused(request: Request, problem: Mapping[str, Any], index: int) -> AccountResult:
    """Return the result for one account of a request that was refused for all of its accounts."""
    faults = [fault for fault in problem["errors"] if fault.get("account") == index]
    said = "; ".join(fault["detail"] for fault in faults) or problem["detail"]
    own = {**problem, "detail": said, "errors": [_placed(request, fault) for fault in faults]}
    return {
        "platform": None,
        "account_id": faults[0].get("account_id") if faults else None,
        "handle": None,
        "error": cast("Problem", own),
    }


def _placed(request: Request, fault: Mapping[str, Any]) -> FieldProblem:
    """Return a fault of an account with its line among all accounts that were given."""
    own = {name: value for name, value in fault.items() if name not in ("account", "account_id")}
    return cast("FieldProblem", own | ({"line": own["line"] + request.first} if "line" in own else {}))


def joined(parts: Sequence[ScoreResponse | list[AccountResult]]) -> Answer[ScoreResponse]:
    """Return the scores of all chunks as one answer.

    Args:
        parts: Of each chunk its answer, or why none of its accounts could be read.

    Raises:
        EmptyInputError: There was no account.
        AnswerError: None of all accounts can be read.
    """
    if not parts:
        raise EmptyInputError("there is no account to send; give at least one")
    answers = [part for part in parts if not isinstance(part, list)]
    every = [result for part in parts for result in (part if isinstance(part, list) else part["results"])]
    if not answers:
        raise AnswerError(422, cast("Mapping[str, Any]", every[0].get("error")), None)
    return scores(
        {
            **answers[0],
            "results": every,
            "notes": _each_once(note for answer in answers for note in answer["notes"]),
            "ignored_fields": _each_once(name for answer in answers for name in answer["ignored_fields"]),
        }
    )


def _each_once(values: Iterator[str]) -> list[str]:
    return list(dict.fromkeys(values))


def scores(content: ScoreResponse) -> Answer[ScoreResponse]:
    """Return scores with one row per account."""
    return Answer(content, _score_rows, _SCORES)


def _score_rows(content: ScoreResponse) -> list[dict[str, Any]]:
    models = {
        "model_version": content["model"]["version"],
        "coordinated_model_version": content["coordinated_model"]["version"],
    }
    return [dict.fromkeys(_SCORES) | _score_row(result) | models for result in content["results"]]


def _score_row(result: AccountResult) -> dict[str, Any]:
    row: dict[str, Any] = {name: result.get(name) for name in _NAMES}
    for target, prefix in _TARGETS.items():
        verdict: dict[str, Any] = dict(cast("Mapping[str, Any]", result.get(target) or {}))
        verdict["interval_low"], verdict["interval_high"] = verdict.get("interval", (None, None))
        if result.get("error"):
            verdict["status"] = "refused"
        row |= {prefix + name: verdict.get(name) for name in _OF_VERDICT}
    together = cast("Mapping[str, Any]", result.get("coordinated") or {})
    row |= {f"coordinated_{name}": together.get(name) for name in ("campaign", "group")}
    coverage, problem = result.get("coverage"), result.get("error")
    return row | {"posts": coverage and coverage["posts"], "error": problem and problem["detail"]}


def network(content: NetworkResponse) -> Answer[NetworkResponse]:
    """Return a network with one row per account of a group."""
    return Answer(content, _member_rows)


def _member_rows(content: NetworkResponse) -> list[dict[str, Any]]:
    return [
        {"group": group["group"], "verdict": group["verdict"], **member}
        for group in content["groups"]
        for member in group["accounts"]
    ]


def group_test(content: GroupTestResponse) -> Answer[GroupTestResponse]:
    """Return a test of a group with one row per trait."""
    return Answer(content, _trait_rows)


def _trait_rows(content: GroupTestResponse) -> list[dict[str, Any]]:
    nested = ("spans", "members")
    return [{name: value for name, value in test.items() if name not in nested} for test in content["tests"]]


def observed(parts: Sequence[Observation]) -> Answer[Observation]:
    """Return what became of all chunks as one answer, with one row per account or post that was sent.

    Args:
        parts: Of each chunk its answer, with the places of its items among all that were sent.

    Raises:
        EmptyInputError: Nothing was sent.
    """
    if not parts:
        raise EmptyInputError("there is nothing to send; give at least one account or post")
    content: Observation = {
        **parts[-1],
        "accounts": _sum(part["accounts"] for part in parts),
        "posts": _sum(part["posts"] for part in parts),
        "items": [item for part in parts for item in part["items"]],
    }
    return Answer(content, lambda told: list(map(_observed_row, told["items"])), _OBSERVED)


def _sum(counts: Iterator[StatusCounts]) -> StatusCounts:
    several = [cast("dict[str, int]", each) for each in counts]
    return cast(
        "StatusCounts", {status: sum(each.get(status, 0) for each in several) for status in _STATUSES}
    )


def _observed_row(item: ObservedItem) -> dict[str, Any]:
    posts, problem = cast("Mapping[str, int]", item.get("posts") or {}), item.get("error")
    names = ("index", "platform", "account_id", "post_id", "status")
    return {
        **{name: item.get(name) for name in names},
        **{f"posts_{status}": posts.get(status) for status in _STATUSES},
        "error": problem and problem["detail"],
    }


def rows(content: list[_Row]) -> Answer[list[_Row]]:
    """Return objects with one row each."""
    return Answer(content, lambda every: [dict(cast("Mapping[str, Any]", each)) for each in every])
