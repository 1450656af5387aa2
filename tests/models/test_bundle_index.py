"""An index that scoring could stumble over is refused with the place at fault."""

from __future__ import annotations

import json
from typing import Any

import pytest

from vigie.models import bundle, bundle_index
from vigie.models.engine import Models


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("parts.profile.calibration.slope", 0),
        ("parts.profile.calibration.slope", -0.5),
        ("parts.profile.calibration.slope", "1"),
        ("parts.profile.calibration.intercept", float("nan")),
        ("parts.profile.calibration.variance", [0.0]),
        ("parts.profile.features", "ab"),
        ("parts.profile.members", None),
        ("parts.profile.gains", [0.5]),
        ("parts.profile.floor", 7),
        ("parts.profile.rehearsal", {"ordinary": [1.0], "flagged": [2.0], "log_odds": [0.0, 1.0]}),
        ("parts", []),
        ("parts", {}),
        ("weights", {}),
        ("weights.profile", -1.0),
        ("weights.profile", float("inf")),
        ("discount", {"posts": [1.0, 2.0], "log_odds": [0.0]}),
        ("discount", {"posts": [2.0, 1.0], "log_odds": [0.0, 0.0]}),
        ("discount", {"posts": [1.0], "log_odds": [-3.0]}),
        ("missing_fields", {"a": {"features": [], "log_odds": -1.0}}),
        ("reference", {"content_url_share": [1.0, 0.0]}),
        ("floors.posts", "many"),
        ("floors", {"posts": 1}),
        ("weights.profile", 1e300),
        ("bands", {}),
        ("assumed_prevalence", 0),
        ("files", []),
        ("fingerprints", {}),
    ],
)
def test_what_scoring_would_stumble_over_is_refused_by_its_place(
    models: Models, place: str, value: Any
) -> None:
    index = json.loads(json.dumps(models.inauthentic.index))
    *parents, name = place.split(".")
    within = index
    for parent in parents:
        within = within[parent]
    within[name] = value
    with pytest.raises(ValueError, match=parents[0] if parents else name):
        bundle_index.check(index, bundle.PARTS)


def test_each_entry_that_is_read_must_be_there(models: Models) -> None:
    bundle_index.check(models.inauthentic.index, bundle.PARTS)
    for name in ("parts", "weights", "discount", "missing_fields", "reference", "bands", "floors", "files"):
        index = {key: value for key, value in models.inauthentic.index.items() if key != name}
        with pytest.raises(ValueError, match=f"{name}: field required"):
            bundle_index.check(index, bundle.PARTS)


@pytest.mark.parametrize("population", [None, {}, {"account_age_days": 1}])
def test_a_population_that_profiles_cannot_be_compared_with_is_refused(
    models: Models, population: Any
) -> None:
    with pytest.raises(ValueError, match="population: "):
        bundle_index.check(models.coordinated.index | {"population": population}, bundle.PARTS)


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"a": NaN}', '{"a": -Infinity}', "[" * 200_000, '{"a": ' + "9" * 5_000 + "}"]
)
def test_what_is_no_object_of_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        bundle_index.parse(text)


def _curves(*heights: list[float], slope: float = 1.0) -> dict[str, Any]:
    return {"slope": slope, "intercept": 0.0, "heights": list(heights)}


def _head(**changed: Any) -> dict[str, Any]:
    fitted = {
        "features": ["profile_listed_count"],
        "knots": [[0.0, 1.0]],
        "members": [_curves([-0.1, 0.1]), _curves([-0.2, 0.2])],
    }
    return _curves([-0.3, 0.3]) | fitted | changed


@pytest.mark.parametrize(
    "head",
    [
        _head(slope=-0.1),
        _head(knots=[[1.0, 1.0]]),
        _head(knots=[[1.0]]),
        _head(knots=[[0.0, float("inf")]]),
        _head(knots=[]),
        _head(heights=[[-0.1, float("nan")]]),
        _head(heights=[[-0.1, 0.0, 0.1]]),
        _head(heights=[[-0.1, 0.1], [-0.1, 0.1]]),
        _head(members=[_curves([-0.1, 0.1])]),
        _head(members=[_curves([-0.1, 0.1]), _curves([-0.1, 0.1], slope=-1.0)]),
        _head(members=[_curves([-0.1, 0.1]), _curves()]),
        _head(features=["profile_of_nobody"]),
    ],
)
def test_a_head_that_scoring_would_stumble_over_is_refused(models: Models, head: dict[str, Any]) -> None:
    index = models.inauthentic.index | {"adaptation": {"parent": {"name": "a"}, "head": head}}
    with pytest.raises(ValueError, match=r"adaptation\.head"):
        bundle_index.check(index, bundle.PARTS)


def test_a_head_that_fits_its_parts_is_taken(models: Models) -> None:
    bundle_index.check(
        models.inauthentic.index | {"adaptation": {"parent": {"name": "a"}, "head": _head()}}, bundle.PARTS
    )
