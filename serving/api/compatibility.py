"""Whether a service still keeps the contract of a released one: two OpenAPI documents, compared.

What a client may rely on is said in docs/reference/stability.md. Objects of answers are open: a new field breaks nothing. A
request that was allowed must stay allowed, and an answer must stay one that the released document describes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vigie.features.json_object import JsonObject

# Limits by the keyword of JSON Schema: what is above or below them is not allowed.
_HIGHEST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_LOWEST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")


def breaks(released: JsonObject, current: JsonObject) -> list[str]:
    """Return what of a released contract the current one does not keep, each as a sentence.

    Args:
        released: OpenAPI document that clients were written for.
        current: OpenAPI document of the service as it is.
    """
    return list(dict.fromkeys(_Comparison(released, current).operations()))


@dataclass(frozen=True)
class _Comparison:
    released: JsonObject
    current: JsonObject

    def operations(self) -> Iterator[str]:
        for path, methods in self.released["paths"].items():
            for method, was in methods.items():
                at, now = f"{method.upper()} {path}", self.current["paths"].get(path, {}).get(method)
                if now is None:
                    yield f"{at} is gone"
                    continue
                yield from self._parameters(at, was, now)
                yield from self._bodies(at, was, now)
                yield from self._answers(at, was, now)

    def _parameters(self, at: str, was: JsonObject, now: JsonObject) -> Iterator[str]:
        before, after = ({(p["in"], p["name"]): p for p in o.get("parameters", [])} for o in (was, now))
        for key, parameter in before.items():
            name = f"{at}: parameter {key[1]}"
            if key not in after:
                yield f"{name} is gone"
            else:
                yield from self._taken(name, parameter["schema"], after[key]["schema"])
        for key, parameter in after.items():
            if parameter.get("required") and not before.get(key, {}).get("required"):
                yield f"{at}: parameter {key[1]} is required now"

    def _bodies(self, at: str, was: JsonObject, now: JsonObject) -> Iterator[str]:
        before, after = (each.get("requestBody", {}) for each in (was, now))
        if after.get("required") and not before.get("required"):
            yield f"{at}: a body is required now"
        for kind, content in before.get("content", {}).items():
            if kind not in after.get("content", {}):
                yield f"{at}: bodies of {kind} are not read any more"
            else:
                yield from self._taken(f"{at}: request", content["schema"], after["content"][kind]["schema"])

    def _answers(self, at: str, was: JsonObject, now: JsonObject) -> Iterator[str]:
        for status, answer in was["responses"].items():
            after = now["responses"].get(status, {}).get("content", {})
            if not status.startswith("2"):
                continue  # every problem has one shape, which the answers of success share
            for kind, content in answer.get("content", {}).items():
                if kind not in after:
                    yield f"{at}: no answer {status} of {kind} any more"
                else:
                    yield from self._given(f"{at}: answer", content["schema"], after[kind]["schema"])

    def _taken(self, at: str, was: JsonObject, now: JsonObject) -> Iterator[str]:
        """Yield what of a request was allowed and is not any more."""
        was, now = _resolved(was, self.released), _resolved(now, self.current)
        if was.get("default") != now.get("default"):
            yield f"{at}: the default is {now.get('default')!r}, no longer {was.get('default')!r}"
        options = _variants(now)
        for variant in _variants(was):
            faults = [list(self._taken_as(at, variant, other)) for other in options]
            yield from min(faults, key=len)

    def _taken_as(self, at: str, was: JsonObject, now: JsonObject) -> Iterator[str]:
        was, now = _resolved(was, self.released), _resolved(now, self.current)
        yield from _narrowed(at, was, now)
        before, after = was.get("properties", {}), now.get("properties", {})
        for name, schema in before.items():
            if name not in after:
                yield f"{at}.{name} is not read any more"
            else:
                yield from self._taken(f"{at}.{name}", schema, after[name])
        for name in now.get("required", []):
            if name not in was.get("required", []):
                yield f"{at}.{name} is required now"
        if "items" in was and "items" in now:
            yield from self._taken(f"{at}[]", was["items"], now["items"])

    def _given(self, at: str, was: JsonObject, now: JsonObject) -> Iterator[str]:
        """Yield what an answer may be now that it was not, and what it held and does not any more."""
        was, now = _resolved(was, self.released), _resolved(now, self.current)
        options = _variants(was)
        for variant in _variants(now):
            faults = [list(self._given_as(at, other, variant)) for other in options]
            yield from min(faults, key=len)

    def _given_as(self, at: str, was: JsonObject, now: JsonObject) -> Iterator[str]:
        was, now = _resolved(was, self.released), _resolved(now, self.current)
        yield from _narrowed(at, now, was)
        after = now.get("properties", {})
        for name, schema in was.get("properties", {}).items():
            if name not in after:
                yield f"{at}.{name} is gone"
                continue
            if name in was.get("required", []) and name not in now.get("required", []):
                yield f"{at}.{name} may be absent now"
            yield from self._given(f"{at}.{name}", schema, after[name])
        for key, shown in (("items", "[]"), ("additionalProperties", ".*")):
            if isinstance(was.get(key), dict) and isinstance(now.get(key), dict):
                yield from self._given(f"{at}{shown}", was[key], now[key])


def _resolved(schema: JsonObject, document: JsonObject) -> JsonObject:
    """Return a schema, looked up where it is a reference; what stands beside the reference counts too."""
    if "$ref" not in schema:
        return schema
    named: JsonObject = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    return named | {key: value for key, value in schema.items() if key != "$ref"}


def _variants(schema: JsonObject) -> list[JsonObject]:
    """Return the schemas one of which a value keeps."""
    variants: list[JsonObject] = schema.get("anyOf") or schema.get("oneOf") or [schema]
    return variants


def _narrowed(at: str, wide: JsonObject, narrow: JsonObject) -> Iterator[str]:
    """Yield in what a schema, by itself, allows less than another."""
    types = (wide.get("type"), narrow.get("type"))
    if types[1] is not None and types[0] != types[1] and types != ("integer", "number"):
        yield f"{at} is {types[1]} in one document and {types[0]} in the other"
        return
    few, many = (
        schema.get("enum", [schema["const"]] if "const" in schema else None) for schema in (narrow, wide)
    )
    if few is not None:
        for value in [None] if many is None else many:
            if value not in few:
                yield f"{at}: {'any value' if many is None else repr(value)} is not among {few}"
    for key in _HIGHEST:
        if key in narrow and wide.get(key, float("inf")) > narrow[key]:
            yield f"{at}: {key} is {narrow[key]} in one document and {wide.get(key, 'open')} in the other"
    for key in _LOWEST:
        if key in narrow and wide.get(key, float("-inf")) < narrow[key]:
            yield f"{at}: {key} is {narrow[key]} in one document and {wide.get(key, 'open')} in the other"
    for key in ("pattern", "format"):
        if key in narrow and wide.get(key) != narrow[key]:
            yield f"{at}: {key} is {narrow[key]} in one document and {wide.get(key, 'open')} in the other"
