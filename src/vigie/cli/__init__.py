"""The command line, one module per command."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Annotated, Any, NoReturn

import polars as pl
import typer
from rich.console import Console
from typer.core import TyperGroup

from vigie.errors import VigieError
from vigie.version import VERSION

_HELP = """Say which social-media accounts are likely inauthentic and which act in coordination, with reasons; or abstain.

Examples:

* vigie demo

* vigie example --out example

* vigie import cresci downloads/cresci-2015 --out data/cresci-2015

* vigie score data/cresci-2015 --out scores.parquet

* vigie network data/mine --out network

* vigie serve --port 8000
"""
# In the order of the help.
_COMMANDS = (
    "demo",
    "example",
    "serve",
    "keys",
    "audit",
    "score",
    "drift",
    "hashing",
    "importing",
    "windows",
    "pin",
    "sign",
    "training",
    "evaluate",
    "adapt",
    "calibrate",
    "promotion",
    "registry",
    "network",
    "dossier",
    "operations",
    "observe",
    "baseline",
    "group_test",
    "known",
    "features",
    "formats",
    "contract",
)


# How polars tells of an error of the system, such as a full disk.
_SYSTEM = re.compile(r"\(os error (\d+)\)")


class _Group(TyperGroup):
    """Turns what vigie raises on purpose into one paragraph and exit code 2."""

    def invoke(self, ctx: Any) -> Any:
        try:
            with _ended_by_signal():
                result = super().invoke(ctx)
            # What waits to be written goes out here, while a reader that left can still be taken note of.
            sys.stdout.flush()
        except BrokenPipeError:
            # The reader left, as head does when it has its lines: Click ends the command without a word.
            raise
        except VigieError as error:
            console = Console(stderr=True)
            console.print(
                f"{error.title}: {error}", style="red", markup=False, highlight=False, soft_wrap=True
            )
            raise typer.Exit(2) from None
        except pl.exceptions.ComputeError as error:
            refused = _SYSTEM.search(str(error))
            if refused is None:
                raise
            _refuse(os.strerror(int(refused[1])), "")
        except OSError as error:
            place = f" ({error.filename})" if error.filename else ""
            _refuse(error.strerror or str(error), place)
        return result


@contextmanager
def _ended_by_signal() -> Iterator[None]:
    """End the body in order where the process is told to end: drafts, which hold people's data, are removed."""

    def end(*_: object) -> NoReturn:
        raise SystemExit(128 + signal.SIGTERM)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _refuse(reason: str, place: str) -> NoReturn:
    """Say what the system refused, and end."""
    said = f"The system refused: {reason}{place}. Check the path, its rights and the room left."
    Console(stderr=True).print(said, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(2) from None


app = typer.Typer(
    name="vigie",
    cls=_Group,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help=_HELP,
    pretty_exceptions_show_locals=False,  # they hold people's posts
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"vigie {VERSION}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


for _name in _COMMANDS:
    import_module(f"vigie.cli.{_name}").register(app)
