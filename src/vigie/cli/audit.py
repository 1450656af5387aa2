"""``vigie audit``: whether an audit log is as it was written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vigie.errors import counted

_HELP = "Check the audit log of the service."
_VERIFY = """Say whether the lines of an audit log are all there, in order and unchanged, or name the first that is not.

Give all files of one log; their order does not matter. The log of the service told the last digest at each start and at each
full file: compare it with what is printed, since whoever can write the files can also write a new chain. Exit code 2: a line
does not fit.

Example:

* vigie audit verify audit.jsonl*
"""
# What lies beside an audit log and is none.
_BESIDE = (".lock", ".torn")


def verify(
    files: Annotated[list[Path], typer.Argument(help="Files of one log.", exists=True, dir_okay=False)],
) -> None:
    """Check the lines of files."""
    from vigie.serving.access import audit_chain

    chain = audit_chain.verify([file for file in files if file.suffix not in _BESIDE])
    lines = chain.end.sequence - chain.start.sequence
    typer.echo(f"{counted(lines, 'line')} in {counted(len(chain.files), 'file')}, all as written.")
    if lines:
        typer.echo(
            f"Lines {chain.start.sequence + 1:,} to {chain.end.sequence:,}, {chain.first_time} to {chain.last_time}."
        )
        typer.echo(f"Last digest: {chain.end.digest}")
    if chain.start.sequence:
        typer.echo(
            f"Lines before {chain.start.sequence + 1:,} are in no file that was given; their last digest is {chain.start.digest}."
        )
    if chain.torn:
        typer.echo(
            "The last line is not whole: the service is writing it, or was killed and sets it aside at its next start."
        )


def register(app: typer.Typer) -> None:
    """Add the commands to an application."""
    group = typer.Typer(help=_HELP, no_args_is_help=True)
    group.command("verify", help=_VERIFY)(verify)
    app.add_typer(group, name="audit")
