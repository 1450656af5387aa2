"""``vigie contract``: the fields of accounts, posts and labels."""

from __future__ import annotations

from typing import Annotated

import typer


def contract(
    markdown: Annotated[bool, typer.Option("--markdown", help="As the page of the reference.")] = False,
) -> None:
    """Print every field of accounts, posts and labels with its type and meaning."""
    from vigie.features.schema import TABLES

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


def register(app: typer.Typer) -> None:
    """Add the command to an application."""
    app.command("contract")(contract)
