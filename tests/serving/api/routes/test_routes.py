"""A route that reads accounts says in the document what it takes and in which language it answers."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from vigie.features.i18n import LANGUAGES
from vigie.serving.api.routes import ACCEPT_LANGUAGE, takes
from vigie.serving.api.schemas.requests import ScoreOptions
from vigie.serving.settings import MOST_REASONS


def test_a_body_is_required_and_has_the_shape_and_the_example_given() -> None:
    said = takes("ScoreRequest", {"accounts": [1]}, ScoreOptions)
    assert said["requestBody"]["required"] is True
    assert said["requestBody"]["content"] == {
        "application/json": {
            "schema": {"$ref": "#/components/schemas/ScoreRequest"},
            "example": {"accounts": [1]},
        },
        "application/x-ndjson": {"schema": {"$ref": "#/components/schemas/Account"}, "example": 1},
    }
    assert said["parameters"][0] == ACCEPT_LANGUAGE


def test_options_of_a_body_of_lines_are_declared_in_the_address() -> None:
    said = takes("ScoreRequest", {"accounts": [1]}, ScoreOptions)["parameters"][1:]
    assert {each["name"] for each in said} == set(ScoreOptions.model_fields)
    assert {each["in"] for each in said} == {"query"}
    top = next(each for each in said if each["name"] == "top_reasons")
    assert (top["schema"]["type"], top["schema"]["maximum"]) == ("integer", MOST_REASONS)


def test_the_header_names_every_language() -> None:
    assert ACCEPT_LANGUAGE["in"] == "header"
    assert str(ACCEPT_LANGUAGE["description"]).endswith(f": {' or '.join(LANGUAGES)}.")


@pytest.mark.parametrize(
    ("path", "shape"), [("/v1/score", "ScoreRequest"), ("/v1/network", "NetworkRequest")]
)
def test_both_routes_that_read_accounts_declare_their_request(
    client: TestClient, path: str, shape: str
) -> None:
    said = client.get("/openapi.json").json()["paths"][path]["post"]
    content = said["requestBody"]["content"]["application/json"]
    assert content["schema"] == {"$ref": f"#/components/schemas/{shape}"}
    assert {"Accept-Language", "language"} <= {parameter["name"] for parameter in said["parameters"]}
    assert said["requestBody"]["content"]["application/x-ndjson"]["schema"] == {
        "$ref": "#/components/schemas/Account"
    }
