"""The columns of scored accounts derive from the types of results: a field added to a verdict is a column."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Annotated, Any, Literal

import polars as pl
import pytest
from pydantic import Field

from vigie.features.coordination.report.types import Partner, PartnerAction
from vigie.features.ingest.refusals import FieldProblem, Problem
from vigie.features.schema import TIME
from vigie.models.engine import Models
from vigie.models.verdict import (
    Abstention,
    AccountResult,
    CoordinationAbstention,
    CoordinationVerdict,
    Coverage,
    Reason,
    Verdict,
    Window,
)
from vigie.serving.batch import columns
from vigie.serving.batch.columns import SCHEMA, polars_type, row


@dataclass
class Inner:
    name: str
    at: datetime | None


@pytest.mark.parametrize(
    ("hint", "column"),
    [
        (str, pl.String), (float, pl.Float64), (int, pl.Int64), (bool, pl.Boolean), (datetime, TIME),
        (int | None, pl.Int64), (Literal["a", "b"], pl.String), (Literal["a", "b"] | None, pl.String),
        (Annotated[float, Field(ge=0)], pl.Float64), (Annotated[float | None, Field(ge=0)], pl.Float64),
        (list[str], pl.List(pl.String)), (list[Inner], pl.List(pl.Struct({"name": pl.String, "at": TIME}))),
        (Inner | None, pl.Struct({"name": pl.String, "at": TIME})),
    ],
)  # fmt: skip
def test_a_type_has_its_column(hint: Any, column: pl.DataType) -> None:
    assert polars_type(hint) == column


@pytest.mark.parametrize("hint", [bytes, dict[str, float], set[int], complex])
def test_a_type_that_no_column_holds_is_refused(hint: Any) -> None:
    with pytest.raises(TypeError, match="no column holds"):
        polars_type(hint)


def test_a_union_of_two_types_is_refused() -> None:
    with pytest.raises(ValueError, match="unpack"):
        polars_type(int | str)


def test_every_field_of_a_result_is_a_column() -> None:
    renamed = {"interval": "interval_low", "at_prevalence": "at_prevalence_0.1"}
    of_accounts = {
        renamed.get(item.name, item.name) for kind in (Verdict, Abstention, Coverage) for item in fields(kind)
    }
    of_coordination = {
        "coordinated_" + renamed.get(item.name, item.name)
        for kind in (CoordinationVerdict, CoordinationAbstention)
        for item in fields(kind)
    }
    assert of_accounts | of_coordination <= set(SCHEMA)
    assert SCHEMA["coordinated_window"] == polars_type(Window)
    assert SCHEMA["coordinated_partners"] == pl.List(polars_type(Partner))
    assert SCHEMA["reasons"] == pl.List(polars_type(Reason))
    assert SCHEMA["error"] == polars_type(Problem)


def test_a_field_added_to_a_verdict_is_a_column_of_its_type() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Longer(Verdict):
        novelty: Annotated[list[Inner] | None, Field(description="New.")]

    made = columns._of_verdicts(Longer)
    assert made["novelty"] == pl.List(pl.Struct({"name": pl.String, "at": TIME}))
    assert set(made) == {*columns._of_verdicts(Verdict), "novelty"}


COVERAGE = Coverage("profile", 1, 2, ["content"], [], [], [])
VERDICT = {
    "probability": 0.3, "interval": (0.1, 0.6), "assumed_prevalence": 0.1,
    "at_prevalence": {"0.1": 0.3, "0.01": 0.03, "0.001": 0.003}, "band": "elevated",
    "reasons": [Reason("name", "name_digit_share", 0.5, None, 0.2, "why", ["7"])],
}  # fmt: skip
WHEN = datetime.fromisoformat("2024-05-16T12:00:00+00:00")


def frame(result: AccountResult, models: Models) -> dict[str, Any]:
    """Return a result as it comes back from a table."""
    return pl.DataFrame([row(result, models)], schema=SCHEMA).row(0, named=True)


def test_a_verdict_of_each_target_is_one_flat_row(models: Models) -> None:
    action = PartnerAction("co_url", "a.example", None, 4, "p", WHEN, "q", WHEN)
    partner = Partner(
        trace="co_url", window=60, objects=5, days=2, authors=None, expected=0.1, p_class=1e-9,
        p_class_corrected=1e-8, expected_author=0.1, p_author=0.2, p_author_corrected=0.3,
        decided_by="collection", p=1e-9, p_reference=None, p_reference_corrected=None,
        partner=columns_partner(), sentence="both", leads=3, follows=2, shared=[action],
    )  # fmt: skip
    coordinated = CoordinationVerdict(
        **VERDICT, basis="group", window=Window(WHEN, WHEN, 40), posts=9, campaign=2, group=0, partners=[partner],  # type: ignore[arg-type]
        partners_left_out=4,
    )  # fmt: skip
    result = AccountResult("x", "1", "handle", COVERAGE, Verdict(**VERDICT), coordinated)  # type: ignore[arg-type]
    flat = frame(result, models)
    assert (flat["status"], flat["probability"], flat["interval_low"], flat["interval_high"]) == (
        "scored", 0.3, 0.1, 0.6,
    )  # fmt: skip
    assert flat["at_prevalence_0.01"] == 0.03
    assert flat["reasons"][0]["post_ids"] == ["7"]
    assert (flat["tier"], flat["posts"], flat["missing"]) == ("profile", 1, ["content"])
    assert (flat["coordinated_basis"], flat["coordinated_posts"]) == ("group", 9)
    assert (flat["coordinated_campaign"], flat["coordinated_group"]) == (2, 0)
    assert flat["coordinated_window"] == {"start": WHEN, "end": WHEN, "accounts": 40}
    assert flat["coordinated_partners"][0]["shared"][0]["partner_post_id"] == "q"
    assert flat["model_version"] == models.inauthentic.version
    assert flat["coordinated_model_version"] == models.coordinated.version
    assert (flat["why"], flat["error"]) == (None, None)


def columns_partner() -> Any:
    from vigie.features.coordination.report.types import AccountName

    return AccountName("x", "2", None)


def test_an_abstention_and_a_refusal_leave_the_rest_empty(models: Models) -> None:
    abstained = frame(
        AccountResult("x", "1", "handle", COVERAGE, Abstention(why="few", code="too_few_posts")), models
    )
    assert (abstained["status"], abstained["code"], abstained["why"]) == ("abstained", "too_few_posts", "few")
    assert abstained["probability"] is abstained["reasons"] is None
    fault = FieldProblem("platform", "is missing")
    refused = frame(
        AccountResult(None, None, None, error=Problem("/problems/contract", "a", 422, "b", [fault])), models
    )
    assert refused["status"] == refused["coordinated_status"] == "refused"
    assert refused["error"]["errors"][0]["field"] == "platform"
    assert refused["tier"] is None
