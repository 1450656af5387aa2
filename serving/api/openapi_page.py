"""The page at /docs: the OpenAPI document as one HTML page, with no script and no request elsewhere."""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape

from vigie.features.json_object import JsonObject

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
body{color:#1b1f24;background:#fff}
h2{border-top:1px solid #d0d7de;padding-top:1rem;margin-top:2.5rem}
code,pre{font:14px/1.45 ui-monospace,monospace}
pre{background:#f4f6f8;padding:1rem;overflow:auto;border-radius:6px;max-height:30rem}
.method{background:#0b5394;color:#fff;padding:.1rem .5rem;border-radius:4px;font-size:.85rem}
table{border-collapse:collapse;width:100%;font-size:.92rem}
td,th{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #e5e8eb}
details{margin:.5rem 0}summary{cursor:pointer;font-weight:600}
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}pre{background:#161b22}
td,th{border-color:#30363d}a{color:#79b8ff}}
"""
_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def page(document: JsonObject) -> str:
    """Return an OpenAPI document as HTML."""
    operations = [
        _operation(path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    schemas = [_schema(name, schema) for name, schema in document["components"]["schemas"].items()]
    info = document["info"]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(info['title'])} {escape(info['version'])}</title>"
        f"<style>{_STYLE}</style></head><body>"
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1><p>{escape(info['description'])}</p>"
        '<p>For tools: <a href="/openapi.json">openapi.json</a>.</p>'
        f"{''.join(operations)}<h2>Schemas</h2>{''.join(schemas)}</body></html>"
    )


def _operation(path: str, method: str, operation: JsonObject) -> str:
    scopes = {scope for ways in operation.get("security", []) for held in ways.values() for scope in held}
    parts = [
        f'<h2><span class="method">{method.upper()}</span> <code>{escape(path)}</code> '
        f"{escape(operation['summary'])}</h2><p>{escape(operation.get('description', ''))}</p>"
    ]
    parts += [
        f"<p>Needs a key with the scope <code>{escape(scope)}</code>, where the service asks for keys.</p>"
        for scope in sorted(scopes)
    ]
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        parts.append(f"<p>Body: {escape(kind)} {_type(content['schema'])}</p>")
        if "example" in content:
            written = json.dumps(content["example"], indent=2, ensure_ascii=False)
            parts.append(f"<details><summary>Example</summary><pre>{escape(written)}</pre></details>")
    rows = [
        f"<tr><td>{escape(status)}</td><td>{escape(answer.get('description', ''))}</td><td>"
        + ", ".join(
            f"{escape(kind)} {_type(held.get('schema', {}))}"
            for kind, held in answer.get("content", {}).items()
        )
        + "</td></tr>"
        for status, answer in operation["responses"].items()
    ]
    parts.append(f"<table><tr><th>status</th><th>meaning</th><th>body</th></tr>{''.join(rows)}</table>")
    return "".join(parts)


def _schema(name: str, schema: JsonObject) -> str:
    required = schema.get("required", [])
    rows = [
        f"<tr><td><code>{escape(key)}</code></td><td>{_type(held)}</td>"
        f"<td>{'required' if key in required else ''}</td><td>{escape(held.get('description', ''))}</td></tr>"
        for key, held in schema.get("properties", {}).items()
    ]
    return (
        f'<h3 id="{escape(name)}">{escape(name)}</h3><p>{escape(schema.get("description", ""))}</p>'
        f"<table>{''.join(rows)}</table>"
    )


def _type(schema: JsonObject) -> str:
    """Return the type of a schema in a few words, linked where it has a name."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rsplit("/", 1)[-1])
        return f'<a href="#{name}">{name}</a>'
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return " or ".join(_type(part) for part in schema[key])
    if "enum" in schema:
        return " or ".join(f"<code>{escape(json.dumps(value))}</code>" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return escape(str(schema.get("format", schema.get("type", "any"))))
