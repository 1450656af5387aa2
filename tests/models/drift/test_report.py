"""What is said of drift is JSON in a shape that the document describes, and is read back as it was."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from vigie.models.drift.report import (
    AbstentionDrift,
    BandShares,
    DriftComparison,
    DriftReport,
    FeatureDrift,
    ScoreDrift,
    Sentence,
    TargetDrift,
)

SHAPE = TypeAdapter(TargetDrift)


@pytest.fixture
def said() -> TargetDrift:
    """Return what a model says that saw 400 accounts, of which little is known."""
    moved = FeatureDrift("content_url_share", 390, 0.31, 0.02, 0.001, 0.1, 0.025, None, "large", False)
    score = ScoreDrift(
        psi=None, psi_by_chance=None, psi_p=None, ks=None, level="unknown", mean_then=-1.0,
        mean_expected=None, mean_now=-0.5, bands={"high": BandShares(0.2, None, 0.3)},
    )  # fmt: skip
    abstained = AbstentionDrift(then=0.1, now=0.2, p=None, codes={"too_little": 0.2})
    everybody = DriftComparison(
        name="all", accounts=400, trained=None, mix=None, features=[moved], score=score, abstained=abstained
    )
    report = DriftReport(
        model={"name": "invented"}, reference="labelled accounts", reference_accounts=900, level="watch",
        advice=Sentence("Watch it.", "À suivre."), comparisons=[everybody],
    )  # fmt: skip
    return TargetDrift(report, {"counts": [1, 2]})


def test_a_report_is_read_back_from_its_json_as_it_was(said: TargetDrift) -> None:
    assert SHAPE.validate_json(SHAPE.dump_json(said)) == said


def test_accounts_of_a_file_have_no_time_since_which_they_are_counted(said: TargetDrift) -> None:
    assert said.since is None
    assert SHAPE.dump_python(said)["since"] is None


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("level",), "alarm"),
        (("reference",), "a guess"),
        (("advice",), {"en": "In one language alone."}),
        (("comparisons", 0, "score", "level"), "none"),
        (("comparisons", 0, "features", 0, "level"), "act"),
    ],
)
def test_a_level_or_reference_of_no_such_name_is_refused(
    said: TargetDrift, path: tuple[Any, ...], value: object
) -> None:
    given = SHAPE.dump_python(said)
    part = given["report"]
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    with pytest.raises(ValidationError):
        SHAPE.validate_python(given)


def test_descriptions_of_fields_are_in_the_schema() -> None:
    shapes = SHAPE.json_schema()["$defs"]
    described = shapes["DriftComparison"]["properties"]
    assert described["features"]["description"] == "The most moved first."
    assert described["name"]["description"] == "all, platform NAME or language CODE."
    assert shapes["FeatureDrift"]["properties"]["level"]["enum"] == ["stable", "moderate", "large", "unknown"]
