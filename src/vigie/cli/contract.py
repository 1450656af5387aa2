"""``vigie contract``: the fields of accounts, posts and labels, and the interface of the service."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from vigie.errors import MalformedInputError
from vigie.features.json_object import JsonObject


def contract(
    markdown: Annotated[bool, typer.Option("--markdown", help="As the page of the reference.")] = False,
    openapi: Annotated[
        bool, typer.Option("--openapi", help="The OpenAPI document of the service instead.")
    ] = False,
    types: Annotated[
        bool, typer.Option("--types", help="The types of the service's answers for Python instead.")
    ] = False,
    against: Annotated[
        Path | None,
        typer.Option(
            help="A released OpenAPI document: print what of it this version does not keep, and end with 1."
        ),
    ] = None,
) -> None:
    """Print every field of accounts, posts and labels with its type and meaning."""
    from vigie.features.schema import TABLES

    if against:
        _compare(against)
    if openapi:
        typer.echo(json.dumps(_document(), indent=1, ensure_ascii=False))
    if types:
        from vigie.serving.api.typed_dicts import module

        typer.echo(module(_document()), nl=False)
    if against or openapi or types:
        return
    if markdown:
        typer.echo(page(), nl=False)
        return
    from rich.console import Console
    from rich.table import Table

    for name, fields in TABLES.items():
        table = Table("field", "unit", "required", "meaning", title=name)
        for item in fields:
            table.add_row(item.name, item.unit, "yes" if item.required else "", item.doc)
        Console().print(table)


def page() -> str:
    """Return the page of the reference."""
    from vigie.features.schema import TABLES

    lines = [
        "# The data contract",
        "",
        "Written by `make docs` from the code. Ids are text; times are UTC; what was not seen is null or left out,",
        "never a default. In a request the posts of an account stand in its `posts`, without platform and",
        "account_id. Names of other collectors in the last column are accepted too.",
    ]
    for name, fields in TABLES.items():
        lines += [
            "",
            f"## {name.capitalize()}",
            "",
            "| field | unit | required | meaning | also accepted |",
            "|---|---|---|---|---|",
        ]
        lines += [
            f"| `{item.name}` | {item.unit} | {'yes' if item.required else ''} | {item.doc} | {', '.join(item.aliases)} |"
            for item in fields
        ]
    return "\n".join(lines) + "\n"


def _document() -> JsonObject:
    from vigie.serving.api.app import create_app
    from vigie.serving.settings import Settings

    return create_app(Settings()).openapi()


def _compare(released: Path) -> None:
    """End the command where this version breaks a released contract."""
    from vigie.serving.api.compatibility import breaks

    try:
        found = breaks(json.loads(released.read_bytes()), _document())
    except (OSError, ValueError, KeyError) as error:
        raise MalformedInputError(
            f"{released} is no OpenAPI document ({type(error).__name__}); vigie contract --openapi writes one"
        ) from error
    for fault in found:
        typer.echo(fault, err=True)
    if found:
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Add the command to an application."""
    app.command("contract")(contract)
