"""Each way to break a client that was written for a released contract is found, and what breaks none is not."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from vigie.features.json_object import JsonObject
from vigie.serving.api.compatibility import breaks

RELEASED: JsonObject = {
    "paths": {
        "/v1/score": {
            "post": {
                "parameters": [
                    {"name": "top", "in": "query", "schema": {"type": "integer", "maximum": 50, "default": 5}},
                ],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Request"}},
                        "application/x-ndjson": {"schema": {"type": "object"}},
                    },
                },
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}}},
                    "422": {"content": {"application/problem+json": {"schema": {"type": "object"}}}},
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Request": {
                "type": "object",
                "required": ["accounts"],
                "properties": {
                    "accounts": {"type": "array", "minItems": 1, "items": {"type": "object"}},
                    "language": {"anyOf": [{"enum": ["en", "fr"], "type": "string"}, {"type": "null"}]},
                },
            },
            "Answer": {
                "type": "object",
                "required": ["results"],
                "properties": {
                    "results": {
                        "type": "array",
                        "items": {
                            "oneOf": [
                                {"$ref": "#/components/schemas/Verdict"},
                                {"$ref": "#/components/schemas/Abstention"},
                            ]
                        },
                    },
                    "rates": {"type": "object", "additionalProperties": {"type": "number"}},
                },
            },
            "Verdict": {
                "type": "object",
                "required": ["status", "p"],
                "properties": {
                    "status": {"const": "scored", "type": "string"},
                    "p": {"type": "number", "minimum": 0, "maximum": 1},
                },
            },
            "Abstention": {
                "type": "object",
                "required": ["status"],
                "properties": {"status": {"const": "abstained", "type": "string"}, "why": {"type": "string"}},
            },
        }
    },
}  # fmt: skip
Change = Callable[[JsonObject, JsonObject], Any]


def found(change: Change) -> list[str]:
    """Return the breaks of a change, given the operation and the schemas of a copy."""
    current = deepcopy(RELEASED)
    change(current["paths"]["/v1/score"]["post"], current["components"]["schemas"])
    return breaks(RELEASED, current)


def test_a_contract_keeps_itself() -> None:
    assert breaks(RELEASED, RELEASED) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda o, s: o["parameters"].clear(), "parameter top is gone"),
        (lambda o, s: o["parameters"][0]["schema"].update(maximum=20), "parameter top: maximum is 20"),
        (lambda o, s: o["parameters"][0]["schema"].update(default=3), "parameter top: the default is 3"),
        (lambda o, s: o["parameters"][0].update(required=True), "parameter top is required now"),
        (
            lambda o, s: o["parameters"].append({"name": "key", "in": "query", "required": True, "schema": {}}),
            "parameter key is required now",
        ),
        (lambda o, s: o["requestBody"]["content"].pop("application/x-ndjson"), "x-ndjson are not read any more"),
        (lambda o, s: s["Request"]["required"].append("language"), "request.language is required now"),
        (lambda o, s: s["Request"]["properties"].pop("language"), "request.language is not read any more"),
        (lambda o, s: s["Request"]["properties"]["accounts"].update(minItems=20), "accounts: minItems is 20"),
        (lambda o, s: s["Request"]["properties"]["accounts"].update(maxItems=9), "accounts: maxItems is 9"),
        (lambda o, s: s["Request"]["properties"]["language"]["anyOf"].pop(), "language is string in one"),
        (
            lambda o, s: s["Request"]["properties"]["language"]["anyOf"][0]["enum"].remove("fr"),
            "language: 'fr' is not among ['en']",
        ),
        (
            lambda o, s: s["Request"]["properties"]["accounts"].update(items={"type": "string"}),
            "accounts[] is string in one document and object in the other",
        ),
        (lambda o, s: o["responses"]["200"]["content"].clear(), "no answer 200 of application/json any more"),
        (lambda o, s: s["Answer"]["properties"].pop("rates"), "answer.rates is gone"),
        (lambda o, s: s["Answer"]["required"].clear(), "answer.results may be absent now"),
        (lambda o, s: s["Abstention"]["properties"].pop("why"), "answer.results[].why is gone"),
        (lambda o, s: s["Verdict"]["properties"]["p"].update(maximum=100), "results[].p: maximum is 1"),
        (lambda o, s: s["Verdict"]["properties"]["p"].update(type="string"), "results[].p is number in one"),
        (lambda o, s: s["Abstention"]["properties"]["status"].update(const="silent"), "'silent' is not among"),
        (
            lambda o, s: s["Answer"]["properties"]["rates"].update(additionalProperties={"type": "string"}),
            "answer.rates.* is number",
        ),
    ],
)  # fmt: skip
def test_what_breaks_a_client_is_named(change: Change, said: str) -> None:
    (fault, *_) = found(change)
    assert fault.startswith("POST /v1/score")
    assert said in fault


@pytest.mark.parametrize("part", ["path", "method"])
def test_a_route_that_is_gone_is_named(part: str) -> None:
    current = deepcopy(RELEASED)
    if part == "path":
        current["paths"] = {}
    else:
        current["paths"]["/v1/score"]["put"] = current["paths"]["/v1/score"].pop("post")
    assert breaks(RELEASED, current) == ["POST /v1/score is gone"]


@pytest.mark.parametrize(
    "change",
    [
        lambda o, s: o["parameters"].append({"name": "more", "in": "query", "schema": {"type": "string"}}),
        lambda o, s: o["parameters"][0]["schema"].update(maximum=100),
        lambda o, s: s["Request"]["properties"].update(extra={"type": "string"}),
        lambda o, s: s["Request"]["properties"]["language"]["anyOf"][0]["enum"].append("de"),
        lambda o, s: s["Request"]["required"].clear(),
        lambda o, s: s["Answer"]["properties"].update(extra={"type": "string"}),
        lambda o, s: s["Answer"]["required"].append("rates"),
        lambda o, s: s["Verdict"]["properties"]["p"].update(maximum=0.5),
        lambda o, s: s["Verdict"].update(description="Other words."),
        lambda o, s: o["responses"].update({"429": {"description": "Too many."}}),
    ],
)
def test_what_only_adds_or_widens_is_no_break(change: Change) -> None:
    assert found(change) == []
