"""``vigie pin``: the line by which a service is told that it may use a bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_HELP = """Print the line that allows a bundle in a file of pins: the digest of all that it holds, its name and version.

The bundle is checked first, as a service does: its files, its models in a process of their own, its rehearsal.

Examples:

* vigie pin my.vigie >> pins.txt

* vigie serve --bundle my.vigie --pins pins.txt
"""


def pin(bundle: Annotated[Path, typer.Argument(help="Folder of the bundle.")]) -> None:
    """Print the line of a bundle."""
    from vigie.models import bundle as bundles
    from vigie.models import pins, rehearsal

    loaded = bundles.load(bundle, target=None, tried=True)
    rehearsal.check(loaded)
    typer.echo(pins.line(bundles.digest_of(loaded.index), loaded.name, loaded.version))


def register(app: typer.Typer) -> None:
    """Add the command to an application."""
    app.command("pin", help=_HELP)(pin)
