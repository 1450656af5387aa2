"""``vigie baseline``: how soon ordinary accounts meet, measured, merged and compared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from vigie.features.coordination.baselines import Baseline

_HELP = """Rates of ordinary accounts, by which vigie judges who meets too often.

A collection gathered by the hashtags of a campaign is mostly that campaign: its own rates prove nothing. A baseline holds
the rates of ordinary collections, by platform, way of collecting, trace, window and popularity: a few hundred numbers, and
nobody's data. One that was measured on X ships with vigie; measure your own where you collect elsewhere or otherwise.

Examples:

* vigie baseline build data/election data/strike --way hashtag --out ordinary.json

* vigie baseline merge ordinary.json theirs.json --out both.json

* vigie baseline diff ordinary.json both.json

* vigie network data/mine --out network --baseline both.json
"""
_ROWS_SHOWN = 20
_Out = Annotated[Path, typer.Option(help="File to write; must not exist.")]
_File = Annotated[Path, typer.Argument(help="Baseline made by vigie baseline.")]

app = typer.Typer(help=_HELP, no_args_is_help=True)


@app.command()
def build(
    data: Annotated[
        list[Path], typer.Argument(help="Dataset directories, .jsonl or .parquet of ordinary accounts.")
    ],
    out: _Out,
    way: Annotated[str, typer.Option(help="How they were collected: hashtag, event, links or timelines.")],
) -> None:
    """Measure the rates of ordinary collections in which nobody acts in concert, as far as you know."""
    from vigie.cli.corpus import read
    from vigie.errors import BaselineError, InputError, choices
    from vigie.features.coordination.baselines import WAYS, measure, merge

    if way not in WAYS:
        raise InputError(f"--way is {way}. {choices(way, WAYS)}")
    _refuse_existing(out)
    console = Console(stderr=True)
    measured: list[Baseline] = []
    for path in data:
        console.print(f"measuring {path}", style="dim", markup=False, highlight=False, soft_wrap=True)
        accounts, posts = read(path, console)
        for (platform,), people in accounts.group_by("platform", maintain_order=True):
            try:
                own = posts.join(people.select("row"), on="row", how="semi")
                measured.append(measure(str(platform), way, own))
            except BaselineError as error:
                raise BaselineError(f"{path}, {platform}: {error}") from None
    _write(merge(measured), out)


@app.command("merge")
def merge_(files: Annotated[list[Path], typer.Argument(help="Baselines to add up.")], out: _Out) -> None:
    """Add up baselines; the same platform and way of collecting become one."""
    from vigie.features.coordination.baselines import merge, read

    _refuse_existing(out)
    _write(merge([read(path) for path in files]), out)


@app.command()
def diff(one: _File, other: _File) -> None:
    """Print where the rates of two baselines differ most."""
    from vigie.features.coordination.baselines import difference, read

    table = Table(
        "platform", "collected by", "trace", "window (s)", "accounts on it", "rate", "other rate", "ratio"
    )
    found = difference(read(one), read(other))
    for row in found.head(_ROWS_SHOWN).iter_rows(named=True):
        rates = ("" if row[name] is None else f"{row[name]:.4g}" for name in ("rate", "rate_other", "ratio"))
        least = 1 << row["grade"]
        popularity = f"{least} to {2 * least - 1}"
        table.add_row(row["platform"], row["way"], row["trace"], str(row["window"]), popularity, *rates)
    Console().print(table)
    if found.height > _ROWS_SHOWN:
        typer.echo(f"{found.height - _ROWS_SHOWN:,} more rates differ less.")


@app.command()
def show(
    file: Annotated[Path | None, typer.Argument(help="Baseline; default: the one that ships.")] = None,
) -> None:
    """Print what a baseline was measured on."""
    from vigie.features.coordination.baselines import read, shipped

    baseline = read(file) if file else shipped()
    table = Table(
        "platform", "collected by", "collections", "accounts", "posts", "copies per million pairs of posts"
    )
    for row in baseline.sources.iter_rows(named=True):
        copied = f"{1e6 * row['copies'] / row['pairs']:.3g}" if row["pairs"] else ""
        counts = (f"{row[name]:,}" for name in ("collections", "accounts", "posts"))
        table.add_row(row["platform"], row["way"], *counts, copied)
    Console().print(table)
    typer.echo(f"{baseline.rates.height:,} rates, by trace, window and popularity of the content.")


def _refuse_existing(out: Path) -> None:
    from vigie.errors import InputError

    if out.exists():
        raise InputError(f"{out} exists; name a file that does not")


def _write(baseline: Baseline, out: Path) -> None:
    from vigie.features import whole_files

    with whole_files.new_file(out) as fresh:
        fresh.write_text(json.dumps(baseline.to_json()) + "\n", encoding="utf-8")
    accounts = int(baseline.sources["accounts"].sum())
    typer.echo(
        f"{baseline.rates.height:,} rates of {accounts:,} accounts, in {out}; use them with --baseline {out}, or with "
        f"VIGIE_BASELINE={out} for the service."
    )


def register(root: typer.Typer) -> None:
    """Add the commands to an application."""
    root.add_typer(app, name="baseline")
