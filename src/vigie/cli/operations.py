"""``vigie operations``: protective watches on a theme, opened, listed, judged, closed and forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from vigie.cli.language import LanguageName
from vigie.cli.language import spoken as language_of
from vigie.errors import counted

if TYPE_CHECKING:
    from vigie.serving.operations.catalogue import Catalogue, Operation
    from vigie.serving.operations.corpus import Corpus
    from vigie.serving.operations.labels import Cleared

_HELP = """Operations: what a protective watch on a theme has seen, judged together, and forgotten when it expires.

They lie in a store: a folder, or a PostgreSQL database. vigie serve --store answers from the same store, and judges and
purges by itself; these commands do the same where no service runs.

Examples:

* vigie operations open "Harbour election" --legal-basis "Decree 2021-922, article 1" --expires 2030-06-30 --store watches

* vigie operations list --store watches

* vigie observe op_0123456789abcdef data/march --store watches

* vigie operations judge op_0123456789abcdef --store watches --language fr

* vigie operations labels op_0123456789abcdef --store watches --out labels.csv --registry confirmed

* vigie operations verify --store watches

* vigie operations purge op_0123456789abcdef --store watches
"""
Name = Annotated[str, typer.Argument(metavar="OPERATION", help="Its id, from vigie operations list.")]
StoreAddress = Annotated[
    str,
    typer.Option(
        "--store",
        envvar="VIGIE_STORE",
        help="Folder in which operations are kept, or the address of a PostgreSQL database.",
    ),
]

app = typer.Typer(help=_HELP, no_args_is_help=True)


def catalogue(store: str) -> Catalogue:
    """Return the operations of a store.

    Raises:
        StoreError: It cannot be opened.
    """
    from vigie.serving.operations.catalogue import Catalogue
    from vigie.serving.operations.store import Store

    return Catalogue(Store(store))


@app.command("open")
def open_(
    title: Annotated[str, typer.Argument(help="What is watched, in a few words.")],
    legal_basis: Annotated[str, typer.Option(help="What allows the collection: the text and the article.")],
    expires: Annotated[
        datetime, typer.Option(help="Day on which all that is of persons is forgotten.", formats=["%Y-%m-%d"])
    ],
    store: StoreAddress,
    hashtag: Annotated[
        list[str] | None, typer.Option(help="A hashtag of the theme; repeat for more.")
    ] = None,
    keyword: Annotated[list[str] | None, typer.Option(help="A word of the theme; repeat for more.")] = None,
    platform: Annotated[list[str] | None, typer.Option(help="A platform; repeat for more.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="A language; repeat for more.")] = None,
    retention_days: Annotated[
        int | None,
        typer.Option(help="Days after which posts are forgotten before the expiry.", min=1),
    ] = None,
    by: Annotated[str, typer.Option(help="Who opens it.")] = "",
) -> None:
    """Open an operation and print its id."""
    from datetime import UTC

    from vigie.serving.operations.catalogue import Opening, Theme

    theme = Theme(keyword or [], hashtag or [], platform or [], language or [])
    opening = Opening(title, theme, legal_basis, expires.replace(tzinfo=UTC), retention_days)
    told = catalogue(store).create(opening, by)
    typer.echo(told.id)
    typer.echo(f"Next: vigie observe {told.id} PATH --store {store}", err=True)


@app.command("list")
def list_(store: StoreAddress) -> None:
    """List the operations, the newest first."""
    table = Table("operation", "title", "state", "expires", "accounts", "posts", box=None)
    for told in catalogue(store).all():
        held = told.holdings
        counts = (f"{held.accounts:,}", f"{held.posts:,}") if held else ("", "")
        table.add_row(told.id, told.title, told.state, f"{told.expires_at:%Y-%m-%d}", *counts)
    Console().print(table)


@app.command()
def judge(name: Name, store: StoreAddress, language: LanguageName = "en") -> None:
    """Judge all that an operation holds, and print what changed and its groups and campaigns."""
    from vigie.features.coordination.comparison import Limits
    from vigie.models.engine import Models, ScoringEngine
    from vigie.serving.operations import alerts, judgement, questions
    from vigie.serving.operations.recall import recall

    spoken = language_of(language)
    kept = catalogue(store)
    database = kept.database(name)
    console = Console(stderr=True)
    with database.reading() as connection:
        before = alerts.last(connection)
    with console.status(f"judging {name}"):
        known = recall(kept.store.catalogue, name)
        engine = ScoringEngine(Models.load(None, None))
        judgement.judge(database, engine, Limits(), kept.clock(), recall=known)
    with database.reading() as connection:
        told = judgement.judged(connection, spoken)
        changed = alerts.since(connection, before, alerts.MOST, spoken)
        campaigns = questions.tracked(connection, "campaign", spoken)
        groups = questions.tracked(connection, "group", spoken)
    lines = [*(told.notes if told else ()), *(alert.sentence for alert in changed)]
    lines += [each.campaign.sentence for each in campaigns if each.campaign]
    lines += [each.group.sentence for each in groups if each.group]
    for line in lines:
        Console().print(line, markup=False, highlight=False, soft_wrap=True)


@app.command()
def close(name: Name, store: StoreAddress) -> None:
    """Close an operation: it takes nothing more, and is kept until it expires."""
    _say(catalogue(store).close(name))


@app.command()
def purge(
    name: Annotated[
        str | None, typer.Argument(metavar="OPERATION", help="One of them; none: those that have expired.")
    ] = None,
    *,
    store: StoreAddress,
) -> None:
    """Forget all that is of persons in an operation, or in every one that has expired."""
    kept = catalogue(store)
    purged = [name] if name else kept.forget()
    for each in purged:
        _say(kept.purge(each))
    if not purged:
        typer.echo("no operation has expired")


@app.command()
def labels(
    name: Name,
    store: StoreAddress,
    out: Annotated[Path, typer.Option(help="File to write: CSV, one label a line.")],
    registry: Annotated[
        Path | None,
        typer.Option(
            help="Folder of confirmed false positives: those of the operation are added with their posts, so that every later "
            "model is replayed on them (vigie registry)."
        ),
    ] = None,
) -> None:
    """Write the decisions of an operation as labels of accounts, to train or evaluate with."""
    from vigie.serving.operations import corpus
    from vigie.serving.operations.labels import cleared
    from vigie.serving.operations.labels import labels as labels_of

    with catalogue(store).database(name).reading() as connection:
        found = labels_of(connection, name)
        wrong = list(cleared(connection))
        held = corpus.read(connection) if registry and wrong else None
    found.write_csv(out)
    typer.echo(f"{counted(found.height, 'label')} in {out}")
    if registry and held:
        typer.echo(f"{counted(_register(registry, held, wrong), 'account')} added to {registry}")


def _register(registry: Path, held: Corpus, wrong: Sequence[Cleared]) -> int:
    """Add accounts to confirmed false positives, those of one decision together, and return how many were not there yet."""
    import polars as pl

    from vigie.errors import DatasetNotFoundError
    from vigie.features import schema
    from vigie.training.data import confirmed_false_positives

    keys = ["platform", "account_id"]
    try:
        known = confirmed_false_positives.entries(registry)
    except DatasetNotFoundError:
        known = pl.DataFrame(schema={**dict.fromkeys([*keys, "target"], pl.String), "at": schema.TIME})
    added = 0
    for each in wrong:
        said = each.decision
        there = known.filter(target=said.target, at=said.at)
        named = pl.DataFrame(each.accounts, schema=dict.fromkeys(keys, pl.String), orient="row")
        accounts = held.accounts.drop("key").join(named, on=keys, how="semi").join(there, on=keys, how="anti")
        if accounts.is_empty():
            continue
        posts = held.posts.join(accounts, on="row", how="semi")
        confirmed_false_positives.add(
            registry, accounts, posts, target=said.target, reason=said.why, by=said.by, now=said.at
        )
        added += accounts.height
    return added


@app.command()
def verify(
    store: StoreAddress,
    receipt: Annotated[
        str | None,
        typer.Option(help="Receipt of a decision that was kept elsewhere: it must be in the chain."),
    ] = None,
) -> None:
    """Check that no decision was changed, removed or inserted."""
    from vigie.serving.operations import decision_chain

    chain = decision_chain.verify(catalogue(store), receipt)
    typer.echo(
        f"{counted(chain.lines, 'decision')} in the chain, all in order; {chain.checked:,} of them lie in operations that are not "
        f"forgotten, and fit their lines; {chain.waiting:,} wait for theirs. Last receipt: {chain.head}"
    )


def _say(told: Operation) -> None:
    typer.echo(f"{told.id} is {told.state}: {told.title}")


def register(root: typer.Typer) -> None:
    """Add the commands to an application."""
    root.add_typer(app, name="operations")
