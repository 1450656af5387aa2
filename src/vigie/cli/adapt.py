"""``vigie adapt``: a model adapted to one collection by labels of one's own, or the accounts to label for it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

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
account_id (or handle) and value (inauthentic or ordinary), or the labels of the dataset directory itself. With --operation the
collection is what an operation has seen, and its decisions are the labels. The adapted model is judged on labels that it did not
see, and written only where it surely ranks better.

Examples:

  vigie adapt data/mine --suggest 50 --out to-label.csv

  vigie adapt data/mine --labels to-label.csv --out mine.vigie

  vigie adapt --operation op_0123456789abcdef --store watches --out mine.vigie

  vigie serve --bundle mine.vigie
"""


@dataclass(frozen=True)
class _Collection:
    """What a model is adapted to.

    Attributes:
        name: What it is called.
        given: The words of the command that name it.
        accounts: Contract columns and ``row``.
        posts: Contract columns (without platform and account_id) and ``row`` of the author.
        labels: Those that it holds itself; None: none.
    """

    name: str
    given: str
    accounts: pl.DataFrame
    posts: pl.DataFrame
    labels: pl.DataFrame | None


def adapt(
    out: Annotated[Path, typer.Option(help="Folder of the bundle to write; with --suggest, a new CSV file.")],
    data: Annotated[Path | None, typer.Argument(help="Dataset directory, .jsonl or .parquet.")] = None,
    labels: Annotated[
        Path | None, typer.Option(help="CSV file of labels. Default: those of DATA, or the decisions.")
    ] = None,
    operation: Annotated[
        str | None, typer.Option(help="Id of an operation: what it has seen, instead of DATA.")
    ] = None,
    store: Annotated[
        str | None,
        typer.Option(
            envvar="VIGIE_STORE", help="Where the operation is kept: a folder, or a PostgreSQL database."
        ),
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
    from vigie.features.ingest import own_labels
    from vigie.training import accounts_to_label, adapt_model

    if suggest and out.exists():
        raise InputError(f"{out} is there already, perhaps with labels; name a new file")
    if (data is None) == (operation is None):
        raise InputError("name one collection: DATA, or --operation with --store")
    found = _held(operation, store) if operation else _read(cast("Path", data))
    given = found.labels if labels is None else own_labels.read(labels)
    if given is None and not suggest:
        raise InputError(
            f"{found.name} holds no labels; give a CSV file with --labels, or ask whom to label with --suggest 50"
        )
    if suggest:
        chosen = accounts_to_label(found.accounts, found.posts, suggest, labels=given, parent=bundle)
        if chosen.is_empty():
            raise InputError(
                f"every account of {found.name} that the model scores is labelled; adapt it without --suggest"
            )
        _write(chosen, out)
        typer.echo(
            f"{chosen.height:,} accounts in {out}: write inauthentic or ordinary as the value of each, leave it empty where you "
            f"cannot tell, then: vigie adapt {found.given} --labels {out} --out mine.vigie"
        )
        return
    assert given is not None  # noqa: S101 - refused above
    with steps() as say:
        made = adapt_model(
            found.accounts, found.posts, given, out, name=found.name, parent=bundle, say=say
        )  # fmt: skip
    _show(made)


def _read(data: Path) -> _Collection:
    """Return a collection in a file or a dataset directory, and say which of its accounts cannot be read."""
    from vigie.features.ingest import dataset
    from vigie.serving.batch import inputs

    labels = dataset.open(data).labels().collect() if data.is_dir() else None
    corpus = inputs.find(data, datetime.now(UTC)).corpus(lambda _: None)
    console = Console(stderr=True)
    for line in told(corpus.refused):
        console.print(line, soft_wrap=True, markup=False, highlight=False)
    return _Collection(data.stem, str(data), corpus.accounts, corpus.posts, _own(labels))


def _held(operation: str, store: str | None) -> _Collection:
    """Return what an operation has seen, and its decisions as labels."""
    from vigie.cli.operations import catalogue
    from vigie.serving.operations import corpus, labels

    if store is None:
        raise InputError("say where the operation is kept: --store")
    kept = catalogue(store)
    with closing(kept.store), kept.database(operation).reading() as connection:
        held, decided = corpus.read(connection), labels.labels(connection, operation)
    given = f"--operation {operation} --store {store}"
    return _Collection(operation, given, held.accounts.drop("key"), held.posts, _own(decided))


def _own(labels: pl.DataFrame | None) -> pl.DataFrame | None:
    """Return labels in the shape that an adaptation reads; None where there are none of its target."""
    from vigie.features.ingest import own_labels

    if labels is None:
        return None
    held = own_labels.of_table(labels)
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
