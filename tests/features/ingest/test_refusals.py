"""Why something was not taken is a problem of its kind, with the fields at fault."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter

from vigie.errors import ContractError, EmptyInputError
from vigie.features.ingest.parsing import from_requests
from vigie.features.ingest.refusals import FieldProblem, Problem, problem_of, refusal

GOOD = {"platform": "x", "account_id": "1", "observed_at": "2024-05-16T12:00:00Z"}


def refused(*accounts: Any, index: int = 0) -> Problem:
    return refusal(from_requests(list(accounts), datetime.now(UTC)), index)


def test_a_problem_has_the_slug_title_and_status_of_its_error() -> None:
    problem = problem_of(EmptyInputError("the body is empty"))
    assert (problem.type, problem.status) == ("/problems/empty-input", 422)
    assert problem.title == EmptyInputError.title
    assert problem.detail == "the body is empty"
    assert problem.errors is None
    fault = FieldProblem("a", "b")
    assert problem_of(ContractError("c"), [fault]).errors == [fault]


@pytest.mark.parametrize(
    ("account", "slug", "fields"),
    [
        ({"observed_at": None}, "missing-observed-at", ["observed_at"]),
        ({"observed_at": "yesterday"}, "contract", ["observed_at"]),
        ({"observed_at": None, "followers_count": -1}, "contract", ["observed_at", "followers_count"]),
        ({"followers_count": -1}, "contract", ["followers_count"]),
    ],
)
def test_an_account_is_refused_by_kind_with_every_field_at_fault(
    account: dict[str, Any], slug: str, fields: list[str]
) -> None:
    problem = refused({name: value for name, value in (GOOD | account).items() if value is not None})
    assert problem.type == f"/problems/{slug}"
    assert problem.errors is not None
    assert sorted(fault.field for fault in problem.errors) == sorted(fields)
    assert all(fault.detail in problem.detail for fault in problem.errors)


def test_an_account_given_twice_is_named() -> None:
    problem = refused(GOOD, GOOD, index=1)
    assert problem.type == "/problems/duplicate-account"
    assert "account 1 of x" in problem.detail


def test_what_is_not_known_is_left_out_of_the_json() -> None:
    plain = TypeAdapter(Problem).dump_python(problem_of(ContractError("c"), [FieldProblem("a", "b")]))
    assert plain["errors"] == [{"field": "a", "detail": "b"}]
    assert "errors" not in TypeAdapter(Problem).dump_python(problem_of(ContractError("c")))
