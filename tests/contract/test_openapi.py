"""What the OpenAPI document promises is what the service does."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from vigie.features.schema import ACCOUNT_FIELDS, POST_FIELDS
from vigie.serving.api.app import create_app
from vigie.serving.api.schemas.responses import EXAMPLE
from vigie.serving.service import load_models
from vigie.serving.settings import Settings

app = create_app(Settings())
app.state.service.start(load_models(None, None))
schema = schemathesis.openapi.from_asgi("/openapi.json", app)
_CHECKS: Any = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)


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


@pytest.mark.parametrize("path", ["/v1/score", "/v1/model", "/v1/features", "/livez", "/readyz", "/metrics"])
def test_every_route_has_a_summary(path: str) -> None:
    assert all(operation["summary"] for operation in app.openapi()["paths"][path].values())
