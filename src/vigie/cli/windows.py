"""``vigie windows``: comparison windows that hide known campaigns among other people, to train and to judge on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

_HELP = """Hide accounts of known campaigns among ordinary people of other days: the windows that a model of coordination learns on.

Each window holds some accounts of one campaign that were active in the same 72 hours, and ordinary accounts of one data set,
all their posts moved by the same whole days. In placebo windows the accounts of a campaign come from days of their own: they
never met, and a model that is sound finds nobody.

DATA are dataset directories made by vigie import. Labels of the target coordinated say who is who, and their campaign which
campaign it is.

Examples:

* vigie windows data/coordination data/archives --out windows.parquet

* vigie windows data/operation data/election --unlabelled election --cohorts 5,20 --out windows.parquet

* vigie windows data/operation data/town data/invented --apart invented --most 400 --out windows.parquet

Then: vigie train coordinated --data data/coordination --data data/archives --pools windows.parquet --out my-coordinated
"""


def windows(
    data: Annotated[list[Path], typer.Argument(help="Dataset directories made by vigie import.")],
    out: Annotated[Path, typer.Option(help="Parquet file to write; must not exist.")],
    unlabelled: Annotated[
        list[str] | None,
        typer.Option(
            help="Name of a data set whose accounts without a label count as ordinary; repeat for more."
        ),
    ] = None,
    apart: Annotated[
        list[str] | None,
        typer.Option(
            help="Name of a data set whose campaigns hide among its own people alone; repeat for more. For "
            "invented worlds and other platforms."
        ),
    ] = None,
    cohorts: Annotated[
        str, typer.Option(help="How many accounts of a campaign are hidden, a window for each number.")
    ] = "3,5,10,20,40",
    most: Annotated[int, typer.Option(min=1, help="Most ordinary accounts of a window.")] = 800,
    seed: Annotated[int, typer.Option(min=0, help="Of who is drawn.")] = 7,
) -> None:
    """Hide campaigns (see the module for the help text)."""
    from vigie.errors import InputError, counted
    from vigie.features import whole_files
    from vigie.training.data.hidden_cohorts import Plan, hide

    if out.exists():
        raise InputError(f"{out} exists; name a file that does not")
    plan = Plan(cohorts=_sizes(cohorts), most=most, seed=seed)
    table = hide(data, plan, unlabelled=unlabelled or [], apart=apart or [])
    with whole_files.new_file(out) as fresh:
        table.write_parquet(fresh)
    windows_made, campaigns = (table.n_unique(key) for key in ("scenario", ["operator", "campaign"]))
    publics = ", ".join(table["public"].unique().sort())
    told = Console()
    told.print(
        f"{counted(windows_made, 'window')} of {counted(campaigns, 'campaign')} among the people of {publics}, in {out}.",
        markup=False, highlight=False, soft_wrap=True,
    )  # fmt: skip
    named = " ".join(f"--data {folder}" for folder in data)
    told.print(
        f"Next: vigie train coordinated {named} --pools {out} --out my-coordinated",
        markup=False, highlight=False, soft_wrap=True,
    )  # fmt: skip
    if unlabelled:
        told.print(
            f"Its configuration (--config) must name {', '.join(unlabelled)} under [unlabelled] too.",
            markup=False, highlight=False, soft_wrap=True,
        )  # fmt: skip


def _sizes(text: str) -> tuple[int, ...]:
    """Return numbers of accounts, in the order given.

    Raises:
        InputError: One is not a number of accounts.
    """
    from vigie.errors import InputError

    sizes = [part.strip() for part in text.split(",")]
    if not all(size.isdecimal() and int(size) > 1 for size in sizes):
        raise InputError(f"--cohorts is {text}; give numbers of accounts, two at least each: 3,5,10")
    return tuple(dict.fromkeys(map(int, sizes)))


def register(app: typer.Typer) -> None:
    """Add the command to an application."""
    app.command("windows", help=_HELP)(windows)
