"""What the index of a bundle must hold, so that scoring meets nothing that it does not expect."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Annotated, Any, NoReturn

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from vigie.features.coordination.report.profile_tests import Reference
from vigie.features.json_object import JsonObject


def _rising(values: list[float]) -> list[float]:
    if any(later < earlier for earlier, later in pairwise(values)):
        raise ValueError("must not fall")
    return values


def _apart(values: list[float]) -> list[float]:
    if any(later <= earlier for earlier, later in pairwise(values)):
        raise ValueError("must rise")
    return values


_Share = Annotated[FiniteFloat, Field(ge=0, le=1)]
# Far beyond what is trained, and so that no sum of products of them is infinite.
_Modest = Annotated[FiniteFloat, Field(ge=-1e6, le=1e6)]
_NotNegative = Annotated[FiniteFloat, Field(ge=0, le=1e6)]
_Rising = Annotated[list[FiniteFloat], AfterValidator(_rising)]


class _Section(BaseModel):
    # What scoring does not read may be there: figures, data, the configuration.
    model_config = ConfigDict(extra="ignore", strict=True)


class _Calibration(_Section):
    # At 0 every account gets one score, and below it the score is turned round; a training never falls below 0.05.
    slope: Annotated[FiniteFloat, Field(gt=0, le=1e6)]
    intercept: _Modest
    variance: Annotated[list[_Modest], Field(min_length=3, max_length=3)]


class _Rehearsal(_Section):
    ordinary: list[FiniteFloat | None]
    flagged: list[FiniteFloat | None]
    log_odds: Annotated[list[_Modest], Field(min_length=2, max_length=2)]


class _Part(_Section):
    features: Annotated[list[str], Field(min_length=1)]
    members: list[str]
    without: list[str] = []
    calibration: _Calibration
    gains: list[_NotNegative]
    floor: _Share
    whole: _Share | None = None
    rehearsal: _Rehearsal | None = None


class _Discount(_Section):
    posts: Annotated[_Rising, Field(min_length=1)]
    # Few posts never raise a score.
    log_odds: Annotated[list[_NotNegative], Field(min_length=1)]


class _MissingField(_Section):
    features: list[str]
    log_odds: _NotNegative


class _Floors(_Section):
    acts: Annotated[int, Field(ge=0)]
    posts: Annotated[int, Field(ge=0)]
    posts_count_needed: bool = True


class _Group(_Section):
    source: Annotated[str, Field(min_length=1, max_length=200)]
    inauthentic: bool
    tier: Annotated[str, Field(min_length=1, max_length=50)]
    log_odds: Annotated[list[_Modest], AfterValidator(_rising), Field(min_length=1)]
    accounts: Annotated[list[Annotated[int, Field(gt=0, le=10**9)]], Field(min_length=1)]


class _KnownAccounts(_Section):
    level: Annotated[FiniteFloat, Field(gt=0, lt=1)]
    bands: dict[str, Annotated[FiniteFloat, Field(gt=0, lt=1)]]
    groups: list[_Group]


class _Curves(_Section):
    # Below 0 it would turn the score of the parent round.
    slope: Annotated[FiniteFloat, Field(ge=0, le=1e6)]
    intercept: _Modest
    heights: list[list[_Modest]]


class _Head(_Curves):
    features: list[str]
    knots: list[Annotated[list[_Modest], AfterValidator(_apart), Field(min_length=2)]]
    members: Annotated[list[_Curves], Field(min_length=2)]


class _Adaptation(_Section):
    parent: dict[str, str]
    head: _Head


class _Index(_Section):
    name: Annotated[str, Field(min_length=1, max_length=200)]
    target: str
    assumed_prevalence: Annotated[FiniteFloat, Field(gt=0, lt=1)]
    bands: Annotated[dict[str, _Share], Field(min_length=1)]
    floors: _Floors
    weights: dict[str, _NotNegative]
    discount: _Discount
    missing_fields: dict[str, _MissingField]
    parts: Annotated[dict[str, _Part], Field(min_length=1)]
    reference: dict[str, _Rising]
    feature_set: str
    fingerprints: dict[str, str]
    files: dict[str, str]
    adaptation: _Adaptation | None = None
    known_accounts: _KnownAccounts | None = None


def parse(text: str) -> JsonObject:
    """Return the object that a text of JSON holds.

    Raises:
        ValueError: It is not JSON, not an object, or holds a number that is none.
    """
    try:
        index = json.loads(text, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(index, dict):
        raise ValueError("it does not hold an object")
    return index


def check(index: JsonObject, parts: tuple[str, ...]) -> None:
    """Check all that scoring reads of an index.

    Args:
        index: What ``bundle.json`` holds.
        parts: Names that parts may have.

    Raises:
        ValueError: Something is missing or not what it may be; says what, where, and what was seen.
    """
    try:
        read = _Index.model_validate(index)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ValueError(f"{where}: {first['msg'].lower()} (seen: {str(first['input'])[:60]})") from error
    for place, fault in _mismatches(read, parts):
        raise ValueError(f"{place}: {fault}")
    if read.target == "coordinated":
        _check_population(index.get("population"))


def _mismatches(read: _Index, parts: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return places of an index that do not go with each other, and why."""
    if len(read.discount.posts) != len(read.discount.log_odds):
        return [("discount", "posts and log_odds have different lengths")]
    found = [("parts", f"{name} is none of {', '.join(parts)}") for name in read.parts if name not in parts]
    for name, part in read.parts.items():
        lengths = {len(part.features), len(part.gains)}
        if part.rehearsal:
            lengths |= {len(part.rehearsal.ordinary), len(part.rehearsal.flagged)}
        if len(lengths) > 1:
            found.append((f"parts.{name}", "there are not as many values as features"))
        if part.without and len(part.without) != len(part.members):
            found.append((f"parts.{name}", "without does not name the source of each member"))
        if name not in read.weights:
            found.append(("weights", f"lacks {name}"))
        found += [
            ("fingerprints", f"lacks {feature[:60]}, which {name} reads")
            for feature in part.features
            if feature not in read.fingerprints
        ]
    if read.adaptation:
        found += _mismatches_of_head(read, read.adaptation.head)
    if read.known_accounts:
        found += [
            (f"known_accounts.groups.{place}", "log_odds and accounts have different lengths")
            for place, group in enumerate(read.known_accounts.groups)
            if len(group.log_odds) != len(group.accounts)
        ]
    return found


def _mismatches_of_head(read: _Index, head: _Head) -> list[tuple[str, str]]:
    shape = [len(knots) for knots in head.knots]
    known = {feature for part in read.parts.values() for feature in part.features}
    found = [
        ("adaptation.head", f"{feature[:60]} is no feature of a part")
        for feature in head.features
        if feature not in known
    ]
    if len(shape) != len(head.features) or any(
        [len(heights) for heights in curves.heights] != shape for curves in (head, *head.members)
    ):
        found.append(("adaptation.head", "its curves do not have one height at each knot of each feature"))
    return found


def _check_population(population: Any) -> None:
    try:
        Reference.from_json(population)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"population: {type(error).__name__}: {str(error)[:100]}") from error


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")
