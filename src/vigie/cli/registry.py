"""``vigie registry``: confirmed false positives, on which every later model is replayed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from vigie.cli.serve import BundleFolder, CoordinatedFolder
from vigie.errors import InputError, counted

_HELP = "Keep confirmed false positives, and replay every later model on them."
_ADD = """Add accounts that were flagged and are confirmed to be no case, all of the file or none.

PATH is a .jsonl with one account per line as the service takes them, a .parquet of the same shape, or a folder made by
vigie import. Accounts wrongly flagged as coordinated are given with the accounts they were compared with, all of them
confirmed: those of one file are compared with each other again.

Example:

* vigie registry add flagged.jsonl --registry confirmed --by "A. Martin" --reason "supporters of a club, met in person"
"""
_LIST = """List the confirmed false positives: who confirmed each, when and why.

Example:

* vigie registry list --registry confirmed
"""
_REPLAY = """Say which confirmed false positives a model flags again. Exit code 1: one or more.

Example:

* vigie registry replay --registry confirmed --bundle my-model
"""

RegistryFolder = Annotated[Path, typer.Option("--registry", help="Folder of the registry.")]


def add(
    path: Annotated[Path, typer.Argument(help=".jsonl, .parquet or dataset directory.")],
    registry: RegistryFolder,
    by: Annotated[str, typer.Option(help="Who confirmed it.")],
    reason: Annotated[str, typer.Option(help="Why they are no case.")],
    target: Annotated[
        str, typer.Option(help="What they were flagged as: inauthentic or coordinated.")
    ] = "inauthentic",
) -> None:
    """Add the accounts of a file, after checking all of them."""
    from vigie.cli.refused import told
    from vigie.serving.batch import inputs
    from vigie.training.data import confirmed_false_positives

    now = datetime.now(UTC)
    corpus = inputs.find(path, now).corpus(lambda _: None)
    if corpus.refused:
        raise InputError(f"nothing was added; {next(told(corpus.refused))}")
    entries = confirmed_false_positives.add(
        registry, corpus.accounts, corpus.posts, target=target, reason=reason, by=by, now=now
    )
    typer.echo(
        f"{counted(corpus.accounts.height, 'account')} with {counted(corpus.posts.height, 'post')} added; {registry} holds "
        f"{counted(entries.height, 'confirmed false positive')}. It holds people's posts: keep it as you keep those."
    )


def list_(registry: RegistryFolder) -> None:
    """Print the entries of a registry."""
    from vigie.training.data import confirmed_false_positives

    entries = confirmed_false_positives.entries(registry)
    table = Table("platform", "account", "wrongly flagged as", "because", "says", "on")
    for entry in entries.iter_rows(named=True):
        table.add_row(
            entry["platform"], entry["account_id"], entry["target"], entry["reason"], entry["by"],
            f"{entry['at']:%Y-%m-%d}",
        )  # fmt: skip
    console = Console()
    console.print(table)
    console.print(f"{entries.height:,} confirmed false positives in {registry}", highlight=False)


def replay(
    registry: RegistryFolder, bundle: BundleFolder = None, coordinated_bundle: CoordinatedFolder = None
) -> None:
    """Replay the model of each target that the registry has entries of."""
    from vigie.models.bundle import load
    from vigie.training.data import confirmed_false_positives

    folders = {"inauthentic": bundle, "coordinated": coordinated_bundle}
    targets = confirmed_false_positives.entries(registry)["target"].unique().sort()
    console = Console()
    again = 0
    for target in targets:
        model = load(folders[target], target)
        found = confirmed_false_positives.replay(model, registry)
        flagged = found.filter("flagged")
        again += flagged.height
        if flagged.height:
            table = Table("platform", "account", "probability", "band", "because", "says")
            for entry in flagged.iter_rows(named=True):
                table.add_row(
                    entry["platform"], entry["account_id"], f"{entry['probability']:.3f}", entry["band"],
                    entry["reason"], entry["by"],
                )  # fmt: skip
            console.print(table)
        abstained = int((found["status"] == "abstained").sum())
        console.print(
            f"{model.name} {model.version}: {flagged.height:,} of {counted(found.height, 'confirmed false positive')} flagged as "
            f"{target}, {abstained:,} not judged",
            highlight=False,
            soft_wrap=True,
        )
    if again:
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Add the commands to an application."""
    group = typer.Typer(help=_HELP, no_args_is_help=True)
    group.command("add", help=_ADD)(add)
    group.command("list", help=_LIST)(list_)
    group.command("replay", help=_REPLAY)(replay)
    app.add_typer(group, name="registry")
