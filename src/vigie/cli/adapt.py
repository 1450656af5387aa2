"""``vigie adapt``: a model adapted to one collection by labels of one's own, or the accounts to label for it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from vigie.cli.refused import told
from vigie.cli.training import require_training, steps
from vigie.errors import InputError

if TYPE_CHECKING:
    import polars as pl

    from vigie.training.pipelines.adapt import AdaptedModel

_HELP = """Adapt the model of inauthenticity to one collection, with 20 to 500 labels of your own.

DATA is a dataset directory, a JSONL or a Parquet file, as vigie score takes them. The labels are a CSV file with the columns
account_id (or handle) and value (inauthentic or ordinary), or the labels of the dataset directory itself. The adapted model is
judged on labels that it did not see, and written only where it surely ranks better.

Examples:

  vigie adapt data/mine --suggest 50 --out to-label.csv

  vigie adapt data/mine --labels to-label.csv --out mine.vigie

  vigie serve --bundle mine.vigie
"""


def adapt(
    data: Annotated[Path, typer.Argument(help="Dataset directory, .jsonl or .parquet.")],
    out: Annotated[Path, typer.Option(help="Folder of the bundle to write; with --suggest, a new CSV file.")],
    labels: Annotated[
        Path | None, typer.Option(help="CSV file of labels. Default: those of the dataset directory.")
    ] = None,
    bundle: Annotated[
        Path | None, typer.Option(help="Folder of the model to adapt. Default: the shipped one.")
    ] = None,
    suggest: Annotated[
        int | None, typer.Option(help="Write so many accounts to label next instead, and why.", min=1)
    ] = None,
) -> None:
    """Adapt a model, or say whom to label."""
    require_training()
    from vigie.serving.batch import inputs
    from vigie.training import accounts_to_label, adapt_model

    if suggest and out.exists():
        raise InputError(f"{out} is there already, perhaps with labels; name a new file")
    given = _labels(data, labels)
    if given is None and not suggest:
        raise InputError(
            f"{data} holds no labels; give a CSV file with --labels, or ask whom to label with --suggest 50"
        )
    console = Console(stderr=True)
    corpus = inputs.find(data, datetime.now(UTC)).corpus(lambda _: None)
    for line in told(corpus.refused):
        console.print(line, soft_wrap=True, markup=False, highlight=False)
    if suggest:
        chosen = accounts_to_label(corpus.accounts, corpus.posts, suggest, labels=given, parent=bundle)
        if chosen.is_empty():
            raise InputError(
                f"every account of {data} that the model scores is labelled; adapt it without --suggest"
            )
        _write(chosen, out)
        typer.echo(
            f"{chosen.height:,} accounts in {out}: write inauthentic or ordinary as the value of each, leave it empty where you "
            f"cannot tell, then: vigie adapt {data} --labels {out} --out mine.vigie"
        )
        return
    assert given is not None  # noqa: S101 - refused above
    with steps() as say:
        made = adapt_model(corpus.accounts, corpus.posts, given, out, name=data.stem, parent=bundle, say=say)
    _show(made)


def _labels(data: Path, file: Path | None) -> pl.DataFrame | None:
    """Return the labels of a file, or those of a dataset directory; None where there are none."""
    from vigie.features.ingest import dataset
    from vigie.training.data import own_labels

    if file is not None:
        return own_labels.read(file)
    if not data.is_dir():
        return None
    held = own_labels.of_table(dataset.open(data).labels().collect())
    return None if held.is_empty() else held


def _write(chosen: pl.DataFrame, out: Path) -> None:
    from vigie.features import whole_files

    with whole_files.new_file(out) as fresh:
        chosen.write_csv(fresh)


def _show(made: AdaptedModel) -> None:
    labels, judged = made.labels, made.adaptation
    typer.echo(
        f"On {labels.inauthentic} inauthentic and {labels.ordinary} ordinary accounts that it did not see: AUC {judged.after}, "
        f"the model as it is {judged.before}, gain {judged.gain}"
    )
    for note in made.notes:
        typer.echo(f"Note: {note.say('en')}")
    typer.echo(
        f"Bundle {made.identity['name']} {made.identity['version']} in {made.folder}. Read {made.folder}/card.md, then: "
        f"vigie serve --bundle {made.folder}"
    )


def register(app: typer.Typer) -> None:
    """Add the command to an application."""
    app.command("adapt", help=_HELP)(adapt)
