"""What the OpenAPI document promises is what the service does."""

import json
import tempfile
from functools import cache
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

from vigie.cli.demo import requests
from vigie.features.schema import ACCOUNT_FIELDS, POST_FIELDS
from vigie.models.engine import Models
from vigie.serving.api.app import create_app
from vigie.serving.api.schemas.operations import EXAMPLE as OPERATION_EXAMPLE
from vigie.serving.api.schemas.requests import EXAMPLE, GROUP_TEST_EXAMPLE, NETWORK_EXAMPLE
from vigie.serving.settings import Settings
from vigie.training.synthetic.example_collection import example_collection

app = create_app(Settings(store=tempfile.mkdtemp(prefix="vigie-contract-")))
app.state.models_in_use.start(Models.load(None, None))
schema = schemathesis.openapi.from_asgi("/openapi.json", app)
OBSERVED = {
    "platform": "x",
    "account_id": "7",
    "post_id": "70",
    "created_at": "2024-05-19T08:00:00Z",
    "text": "words",
}
_CHECKS: Any = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)


def opened() -> str:
    """Return a new operation that has seen one post."""
    client = TestClient(app)
    name = str(client.post("/v1/operations", json=OPERATION_EXAMPLE).json()["id"])
    assert client.post(f"/v1/operations/{name}/posts", json={"posts": [OBSERVED]}).status_code == 200
    return name


@cache
def judged() -> str:
    """Return an operation that has seen a flood among people, and was judged."""
    world, name = example_collection(), opened()
    client = TestClient(app)
    sent = client.post(
        f"/v1/operations/{name}/accounts", json={"accounts": requests(world.accounts, world.posts)}
    )
    assert sent.status_code == 200, sent.text
    assert client.post(f"/v1/operations/{name}/judgements").status_code == 200
    return name


@schema.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Ask half of the time of an operation that is there, but for what would end it."""
    ends = context.operation.method == "delete" or context.operation.path.endswith("/close")
    if path_parameters and not ends and len(str(path_parameters.get("operation", ""))) % 2:
        return path_parameters | {"operation": judged()}
    return path_parameters


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
    for method, operation in operations.items()
    # Files and texts have no schema.
    if "application/json" in operation["responses"][min(operation["responses"])].get("content", {})
]
_SUBJECT = {"kind": "account", "platform": "x", "account_id": "7"}
_DECISION = {"target": "coordinated", "decision": "cannot_tell", "by": "a", "why": "b", "subject": _SUBJECT}
# What is sent, by method and path.
SENT: dict[tuple[str, str], Any] = {
    ("post", "/v1/score"): EXAMPLE,
    ("post", "/v1/network"): NETWORK_EXAMPLE,
    ("post", "/v1/group-tests"): GROUP_TEST_EXAMPLE,
    ("post", "/v1/operations"): OPERATION_EXAMPLE,
    ("patch", "/v1/operations/{operation}"): {"title": "Other"},
    ("post", "/v1/operations/{operation}/accounts"): {"accounts": EXAMPLE["accounts"]},
    ("post", "/v1/operations/{operation}/posts"): {"posts": [OBSERVED]},
    ("post", "/v1/operations/{operation}/decisions"): _DECISION,
    ("post", "/v1/operations/{operation}/decisions/several"): {
        "decisions": [_DECISION, _DECISION | {"target": "inauthentic"}],
    },
    ("post", "/v1/operations/{operation}/group-tests"): {"subjects": [_SUBJECT]},
    ("post", "/v1/operations/{operation}/cases"): {
        "title": "Harbour", "subjects": [_SUBJECT], "by": "a", "note": "b",
    },
    ("put", "/v1/operations/{operation}/{found}/{track}/assessment"): {
        "criterion": "foreign_involvement", "answer": "cannot_tell", "by": "a", "why": "b",
    },
    ("put", "/v1/operations/{operation}/{found}/{track}/assessment/fields"): {"fields": {"author": "Unit A"}, "by": "a"},
    ("post", "/v1/operations/{operation}/webhooks"): {"url": "https://93.184.216.34/hook"},
    ("post", "/v1/operations/{operation}/{plural}/{track}/remember"): {"name": "Harbour"},
}  # fmt: skip


@pytest.fixture(scope="module")
def decided(labelled_collection: Any) -> str:
    """Return an operation with decisions that a head can be fitted on."""
    scored, client = labelled_collection.scored, TestClient(app)
    names = scored.accounts.select("row", "platform", "account_id")
    sent = requests(scored.accounts.drop("row"), scored.posts.join(names, on="row").drop("row"))
    decisions = [
        _DECISION
        | {
            "target": "inauthentic",
            "decision": "confirmed" if row["y"] else "false_positive",
            "subject": _SUBJECT | {"platform": row["platform"], "account_id": row["name"]},
        }
        for row in labelled_collection.labels().iter_rows(named=True)
    ]
    name = opened()
    for place, body in (("accounts", {"accounts": sent}), ("decisions/several", {"decisions": decisions})):
        answer = client.post(f"/v1/operations/{name}/{place}", json=body)
        assert answer.is_success, answer.text
    return name


@pytest.mark.parametrize(("path", "method"), ROUTES)
def test_every_route_declares_the_shape_of_its_answer_and_a_real_answer_has_it(
    path: str, method: str, request: pytest.FixtureRequest
) -> None:
    document = app.openapi()
    responses = document["paths"][path][method]["responses"]
    status = min(responses)
    shape = responses[status]["content"]["application/json"]["schema"]
    assert "$ref" in shape or "$ref" in shape.get("items", {})
    client = TestClient(app)
    if path == "/v1/known-campaigns" and method != "get":
        asked = {"format": "csv", "name": "Harbour", "source": "invented"}
        answer = client.request("post", path, params=asked, content=b"platform,handle\nx,harbour_1\n")
        if method == "delete":
            answer = client.delete(path, params=asked)
    elif path.endswith("/adaptation"):
        place = path.format(operation=request.getfixturevalue("decided"))
        answer = client.post(place)
        if method != "post":
            answer = client.request(method, place)
    else:
        place = address(path, method)
        answer = client.request(method, place, json=body(path, method, place))
    assert str(answer.status_code) == status, answer.text
    whole = {**shape, "components": document["components"]}
    Draft202012Validator(whole).validate(answer.json())
    assert unknown(answer.json(), shape, document) == []


def address(path: str, method: str) -> str:
    """Return the address of something that is there."""
    if "{operation}" not in path:
        return path.format(name="vigie-inauthentic")
    client = TestClient(app)
    name = judged() if method == "get" or "{track}" in path else opened()
    known: dict[str, Any] = {"operation": name, "found": "groups", "plural": "groups"}
    if "{account_id}" in path:
        first = client.get(f"/v1/operations/{name}/accounts").json()["accounts"][0]
        known |= {"platform": first["platform"], "account_id": first["account_id"]}
    if "{track}" in path:
        plural = "campaigns" if "/campaigns/" in path else "groups"
        known["track"] = client.get(f"/v1/operations/{name}/{plural}").json()["found"][0]["track"]
    if "{content}" in path:
        known["content"] = client.get(f"/v1/operations/{name}/contents").json()["contents"][0]["id"]
    if "{case}" in path:
        sent = SENT["post", "/v1/operations/{operation}/cases"]
        known["case"] = client.post(f"/v1/operations/{name}/cases", json=sent).json()["id"]
    if "{webhook}" in path:
        sent = SENT["post", "/v1/operations/{operation}/webhooks"]
        known["webhook"] = client.post(f"/v1/operations/{name}/webhooks", json=sent).json()["webhook"]["id"]
    return path.format(**known)


def body(path: str, method: str, place: str) -> Any:
    """Return what is sent there, with the id of the decision or of the case entry that it builds on."""
    client = TestClient(app)
    if path.endswith("/decisions/withdrawals"):
        made = client.post(place.removesuffix("/withdrawals"), json=_DECISION).json()
        return {"decisions": [made["id"]], "by": "a", "why": "b"}
    if path.endswith("/{case}/entries"):
        case = client.get(place.removesuffix("/entries")).json()
        file = {"name": "Pictures", "url": "https://example.org/pictures"}
        return {"by": "a", "note": "b", "after": case["entries"][-1]["id"], "files": [file]}
    return SENT.get((method, path))


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
