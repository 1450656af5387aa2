"""Answers have the shape that the document describes, with the identity of the model beside a score."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from vigie.features.coordination.report.types import NetworkReport
from vigie.models.engine import Models
from vigie.serving.api.schemas.responses import (
    Change,
    Health,
    ModelDescription,
    ModelIdentity,
    ModelResponse,
    NetworkResponse,
    ScoreResponse,
)


def test_a_model_is_identified_by_its_name_its_digest_and_its_features(models: Models) -> None:
    for bundle in models.bundles.values():
        said = ModelIdentity.of(bundle)
        assert (said.name, said.version, said.feature_set) == (
            bundle.name, bundle.version, bundle.feature_set,
        )  # fmt: skip
    assert ModelIdentity.of(models.inauthentic) != ModelIdentity.of(models.coordinated)


def test_descriptions_of_fields_are_in_the_schema() -> None:
    said = TypeAdapter(ScoreResponse).json_schema()
    assert said["properties"]["notes"]["description"] == "What was capped, skipped or left out."
    assert said["$defs"]["ModelIdentity"]["properties"]["version"]["description"] == "Digest of the model."


def test_a_network_answer_is_the_report_and_what_the_request_left_out() -> None:
    report, answer = (set(TypeAdapter(kind).json_schema()["properties"]) for kind in (NetworkReport, NetworkResponse))  # fmt: skip
    assert answer - report == {"language", "note", "refused", "ignored_fields"}
    assert report < answer


def test_a_model_is_described_with_its_identity_and_speaks_of_the_third_criterion_alone() -> None:
    identity, description, response = (
        TypeAdapter(kind).json_schema()["properties"] for kind in (ModelIdentity, ModelDescription, ModelResponse)
    )  # fmt: skip
    assert set(identity) < set(description) < set(response)
    assert response["criterion_3_only"]["const"] is True


def test_a_sign_of_life_is_one_of_two_words() -> None:
    shape = TypeAdapter(Health)
    assert shape.validate_python({"status": "ready"}) == Health("ready")
    with pytest.raises(ValidationError):
        shape.validate_python({"status": "well"})


def test_an_answer_cannot_be_changed_once_it_is_made() -> None:
    change = Change("low", "high", 3)
    with pytest.raises(AttributeError):
        change.accounts = 4  # type: ignore[misc]  # the point of the test
