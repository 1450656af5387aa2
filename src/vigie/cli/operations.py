"""``vigie operations``: protective watches on a theme, opened, listed, judged, closed and forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from vigie.cli.language import LanguageName
from vigie.cli.language import spoken as language_of

if TYPE_CHECKING:
    from vigie.serving.operations.catalogue import Catalogue, Operation

_HELP = """Operations: what a protective watch on a theme has seen, judged together, and forgotten when it expires.

They lie in a store: a folder, or a PostgreSQL database. vigie serve --store answers from the same store, and judges and
purges by itself; these commands do the same where no service runs.

Examples:

* vigie operations open "Harbour election" --legal-basis "Decree 2021-922, article 1" --expires 2030-06-30 --store watches

* vigie operations list --store watches

* vigie observe op_0123456789abcdef data/march --store watches

* vigie operations judge op_0123456789abcdef --store watches --language fr

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

    spoken = language_of(language)
    kept = catalogue(store)
    database = kept.database(name)
    console = Console(stderr=True)
    with database.reading() as connection:
        before = alerts.last(connection)
    with console.status(f"judging {name}"):
        judgement.judge(database, ScoringEngine(Models.load(None, None)), Limits(), kept.clock())
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


def _say(told: Operation) -> None:
    typer.echo(f"{told.id} is {told.state}: {told.title}")


def register(root: typer.Typer) -> None:
    """Add the commands to an application."""
    root.add_typer(app, name="operations")
