"""The types of answers follow the document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vigie.serving.api.app import create_app
from vigie.serving.api.typed_dicts import module
from vigie.serving.settings import Settings

TYPES = Path(__file__).parents[3] / "src" / "vigie" / "client" / "types.py"


def test_the_types_of_the_client_are_those_of_the_document() -> None:
    assert module(create_app(Settings()).openapi()) == TYPES.read_text(encoding="utf-8"), "run make docs"


def test_only_objects_of_answers_have_a_type_and_names_that_are_words_of_python_are_kept() -> None:
    text = {"type": "string"}
    schemas: dict[str, Any] = {
        "Problem": {"properties": {"status": {"type": "integer"}}, "required": ["status"]},
        "Answer": {
            "description": "An answer. More of it.",
            "properties": {"from": text, "kind": {"const": "a"}, "parts": {"items": {"$ref": "#/x/Part-Output"}, "type": "array"}},
            "required": ["from"],
        },
        "Part-Output": {
            "properties": {"p": {"anyOf": [{"type": "number"}, {"type": "null"}]}, "any": {}},
            "required": ["p"],
        },
        "Made": {"properties": {"id": text}, "required": ["id"]},
        "Request": {"properties": {"accounts": text}},
    }  # fmt: skip

    def answered(status: str, name: str) -> dict[str, Any]:
        return {"responses": {status: {"content": {"application/json": {"schema": {"$ref": f"#/x/{name}"}}}}}}

    methods = {"get": answered("200", "Answer"), "post": answered("201", "Made")}
    written = module({"paths": {"/a": methods}, "components": {"schemas": schemas}})
    names: dict[str, Any] = {}
    exec(written, names)  # noqa: S102 - what is tested is that it is Python
    assert set(names["Answer"].__annotations__) == {"from", "kind", "parts"}
    assert "An answer." in written
    assert "More of it" not in written
    assert "list[Part]" in written
    assert "class Part(TypedDict)" in written
    assert "p: float | None" in written
    assert "any: NotRequired[Any]" in written
    assert set(names["Made"].__annotations__) == {"id"}
    assert "Request" not in names
