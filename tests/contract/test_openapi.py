"""What the OpenAPI document promises is what the service does."""

import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from jsonschema_rs import Draft202012Validator
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from vigie.features.schema import ACCOUNT_FIELDS, POST_FIELDS
from vigie.models.engine import Models
from vigie.serving.api.app import create_app
from vigie.serving.api.schemas.requests import EXAMPLE, GROUP_TEST_EXAMPLE, NETWORK_EXAMPLE
from vigie.serving.settings import Settings

app = create_app(Settings())
app.state.models_in_use.start(Models.load(None, None))
schema = schemathesis.openapi.from_asgi("/openapi.json", app)
_CHECKS: Any = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)


@schemathesis.serializer("application/x-ndjson")
def one_line(_: Any, value: Any) -> bytes:
    return json.dumps(value).encode() + b"\n"


@schema.parametrize()
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_one_that_is_declared(case: Any) -> None:
    answer = case.call()
    case.validate_response(answer, checks=_CHECKS)
    if answer.status_code >= 300:
        assert answer.headers["content-type"] == ["application/problem+json"]


def test_every_field_of_the_contract_is_in_the_document() -> None:
    schemas = app.openapi()["components"]["schemas"]
    assert {field.name for field in ACCOUNT_FIELDS} | {"posts"} == set(schemas["Account"]["properties"])
    assert {field.name for field in POST_FIELDS} - {"platform", "account_id"} == set(
        schemas["Post"]["properties"]
    )
    assert set(schemas["Account"]["required"]) == {"platform", "account_id", "observed_at"}
    assert set(schemas["Post"]["required"]) == {"created_at"}


def test_the_document_holds_the_example() -> None:
    content = app.openapi()["paths"]["/v1/score"]["post"]["requestBody"]["content"]["application/json"]
    assert content["example"] == EXAMPLE


ROUTES = [
    (path, method)
    for path, operations in app.openapi()["paths"].items()
    for method in operations
    if path != "/metrics"  # text for Prometheus
]


@pytest.mark.parametrize(("path", "method"), ROUTES)
def test_every_route_declares_the_shape_of_its_answer_and_a_real_answer_has_it(
    path: str, method: str
) -> None:
    document = app.openapi()
    shape = document["paths"][path][method]["responses"]["200"]["content"]["application/json"]["schema"]
    assert "$ref" in shape or "$ref" in shape.get("items", {})
    examples = {
        "/v1/score": EXAMPLE,
        "/v1/network": NETWORK_EXAMPLE,
        "/v1/group-tests": GROUP_TEST_EXAMPLE,
    }
    address = path.format(name="vigie-inauthentic")
    answer = TestClient(app).request(method, address, json=examples.get(path))
    assert answer.status_code == 200
    whole = {**shape, "components": document["components"]}
    Draft202012Validator(whole).validate(answer.json())
    assert unknown(answer.json(), shape, document) == []


def unknown(value: Any, shape: dict[str, Any], document: dict[str, Any], at: str = "") -> list[str]:
    """Return the fields of an answer that no schema names; tables that differ from model to model may hold any."""
    if "$ref" in shape:
        return unknown(
            value, document["components"]["schemas"][shape["$ref"].rsplit("/", 1)[-1]], document, at
        )
    for part in shape.get("anyOf", shape.get("oneOf", [])):
        found = unknown(value, part, document, at)
        whole = {**part, "components": document["components"]}
        if Draft202012Validator(whole).is_valid(value):
            return found
    if isinstance(value, list) and "items" in shape:
        return [name for one in value for name in unknown(one, shape["items"], document, at)]
    if isinstance(value, dict) and "properties" in shape:
        fields = shape["properties"]
        strange = [f"{at}.{name}" for name in value.keys() - fields.keys()]
        return strange + [
            name
            for key in value.keys() & fields.keys()
            for name in unknown(value[key], fields[key], document, f"{at}.{key}")
        ]
    return []


@pytest.mark.parametrize("path", ["/v1/score", "/v1/model", "/v1/features", "/livez", "/readyz", "/metrics"])
def test_every_route_has_a_summary(path: str) -> None:
    assert all(operation["summary"] for operation in app.openapi()["paths"][path].values())
