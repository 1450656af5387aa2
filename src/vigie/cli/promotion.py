"""``vigie promote``, ``rollback`` and ``pull``: which model is champion, and where a service finds it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from vigie.errors import (
    ConfigError,
    InputError,
    RegistryError,
    counted,
)

if TYPE_CHECKING:
    from vigie.training.evaluation.gates import Verdict
    from vigie.training.registry.comparison import Comparison
    from vigie.training.registry.model_registry import PromotionEvent, Registry, Version

_PROMOTE = """Make a trained model the champion, if it passes its gates.

RUN_OR_VERSION is the id of an MLflow run, the number of a version, or an alias such as challenger. The challenger is
compared with the champion on the accounts both were judged on, then every gate is tested. Exit code 1: refused.

Examples:

* vigie promote challenger --name vigie-inauthentic --tracking-uri http://mlflow:5000

* vigie promote 7 --name vigie-inauthentic --dry-run

* vigie promote 7 --name vigie-inauthentic --install /srv/vigie/inauthentic

* vigie promote 7 --name vigie-inauthentic --force --reason "the champion calls all of a newsroom bots"
"""
_ROLLBACK = """Make the champion before the present one champion again; once more, the one before that.

Example:

* vigie rollback vigie-inauthentic --install /srv/vigie/inauthentic --reason "too many false positives in German"
"""
_PULL = """Put the bundle of the champion where a service watches for it. Doing it again changes nothing.

Example, every five minutes on the machine of a service:

* vigie pull vigie-inauthentic --tracking-uri http://mlflow:5000 --install /srv/vigie/inauthentic
"""
_Uri = Annotated[
    str | None,
    typer.Option(help="MLflow server or store; default: MLFLOW_TRACKING_URI, else sqlite:///mlflow.db."),
]
_Place = typer.Option(
    help="Where a service watches for the bundle: becomes a link to a folder beside it, swapped at once."
)


_BreakLock = Annotated[
    bool,
    typer.Option(
        "--break-lock", help="Take over the lock of another promotion that was cut off and runs no longer."
    ),
]


def promote(
    run_or_version: Annotated[str, typer.Argument(help="Id of a run, number of a version, or an alias.")],
    name: Annotated[
        str | None, typer.Option(help="Registered model; needed where there are several.")
    ] = None,
    tracking_uri: _Uri = None,
    gates: Annotated[
        Path | None,
        typer.Option(
            help="TOML with [[gates]]; default: the champion's, else the challenger's, else the shipped ones."
        ),
    ] = None,
    install: Annotated[Path | None, _Place] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Promote although gates fail; needs --reason.")
    ] = False,
    reason: Annotated[
        str, typer.Option(help="Why; kept in the registry with who, when and the gates that failed.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge, and change nothing.")] = False,
    break_lock: _BreakLock = False,
) -> None:
    """Judge a challenger and, if it passes, make it champion."""
    if force and not reason.strip():
        raise InputError(
            "--force needs --reason: say why the gates do not count this time; it is kept with the version"
        )
    registry = _registry(tracking_uri)
    challenger = registry.find(run_or_version, name)
    with ExitStack() as locks:
        if not dry_run:
            # The champion that the gates compare with must still be the champion when it is replaced.
            locks.enter_context(registry.lock(challenger.name, _user(), break_lock=break_lock))
            if install is not None:
                locks.enter_context(_exclusive(install))
        _promote(
            registry, challenger, gates, install, force=force, reason=reason, dry_run=dry_run
        )  # fmt: skip


def _promote(
    registry: Registry,
    challenger: Version,
    gates: Path | None,
    install: Path | None,
    *,
    force: bool,
    reason: str,
    dry_run: bool,
) -> None:
    """Judge a challenger and, if it passes, make it champion; the locks are held."""
    from vigie.training.registry.mlflow_tracking import CHAMPION

    console = Console()
    champion = registry.holder(challenger.name, CHAMPION)
    if champion == challenger:
        _say(console, f"{challenger} is the champion already.")
        if install is not None and not dry_run:
            _install(registry, challenger, install, console)
        return
    verdicts = _judge(registry, challenger, champion, gates, force=force, console=console)
    failing = [str(verdict) for verdict in verdicts if not verdict.passed]
    if failing and not force:
        _say(
            console,
            f"Refused: {len(failing)} of {len(verdicts)} gates failed; {champion or 'nothing'} stays champion.",
        )
        raise typer.Exit(1)
    overruled = f" against {len(failing)} failed gates, because: {reason}" if failing else ""
    if dry_run:
        _say(console, f"{challenger} would become champion{overruled}. Nothing was changed (--dry-run).")
        return
    with _bundle(registry, challenger) as folder:
        registry.promote(challenger, _event(reason, failing))
        _say(console, f"{challenger} is champion{overruled}; before it: {champion or 'none'}.")
        if install is not None:
            _put(folder, install, console)


def rollback(
    name: Annotated[str, typer.Argument(help="Registered model.")],
    tracking_uri: _Uri = None,
    install: Annotated[Path | None, _Place] = None,
    reason: Annotated[str, typer.Option(help="Why; kept in the registry with who and when.")] = "",
    break_lock: _BreakLock = False,
) -> None:
    """Go back to the champion before."""
    console = Console()
    registry = _registry(tracking_uri)
    with ExitStack() as locks:
        locks.enter_context(registry.lock(name, _user(), break_lock=break_lock))
        if install is not None:
            locks.enter_context(_exclusive(install))
        before = registry.champion(name)
        champion = registry.rollback(name, _event(reason, []))
        _say(console, f"{champion} is champion again; {before} no longer is.")
        if install is not None:
            _install(registry, champion, install, console)


def pull(
    name: Annotated[str, typer.Argument(help="Registered model.")],
    install: Annotated[Path, _Place],
    tracking_uri: _Uri = None,
) -> None:
    """Install the champion's bundle."""
    registry = _registry(tracking_uri)
    with _exclusive(install):
        _install(registry, registry.champion(name), install, Console())


def _registry(uri: str | None) -> Registry:
    """Open the registry."""
    if find_spec("mlflow") is None:
        raise RegistryError(
            "this command needs mlflow, which a server does without; install it: pip install 'vigie[train]'"
        )
    from vigie.training.registry.model_registry import Registry

    return Registry(uri)


def _judge(
    registry: Registry,
    challenger: Version,
    champion: Version | None,
    chosen: Path | None,
    *,
    force: bool,
    console: Console,
) -> list[Verdict]:
    """Compare, test every gate in force, print it all, and return the verdicts."""
    from vigie.training.api import configuration
    from vigie.training.config import load_gates
    from vigie.training.registry.judgement import Contender, judge

    ours = Contender.registered(registry, challenger)
    with Console(stderr=True).status(f"judging {challenger}"):
        found = judge(
            registry,
            ours,
            champion,
            shipped=configuration(str(ours.index["target"])).gates,
            chosen=None if chosen is None else (chosen, load_gates(chosen)),
            tolerant=force,
        )
    if not found.verdicts and not found.inapplicable:
        raise ConfigError(
            f"no gate is in force: {chosen or 'neither configuration'} has none. Write some: [[gates]] with figure, at_least or "
            "at_most, and why"
        )
    if found.because:
        _say(console, f"{challenger} was not compared with {champion}: {found.because}")
    if found.comparison is not None:
        _show(found.comparison, f"{challenger} (challenger) and {champion} (champion)", console)
    if champion is None:
        _say(
            console,
            f"{challenger.name} has no champion: {found.inapplicable} gates that compare with one do not apply.",
        )
    _say(console, found.gates_of.say("en"))
    for verdict in found.verdicts:
        _say(
            console,
            f"{'passed' if verdict.passed else 'FAILED'}  {verdict}",
            style="green" if verdict.passed else "red",
        )
    return found.verdicts


@contextmanager
def _bundle(registry: Registry, version: Version) -> Iterator[Path]:
    """Lend the bundle of a version, checked by loading it."""
    from vigie.models import bundle

    with tempfile.TemporaryDirectory() as scratch:
        folder = registry.bundle(version, Path(scratch))
        bundle.load(folder, target=None)
        yield folder


def _install(registry: Registry, version: Version, place: Path, console: Console) -> None:
    """Download the bundle of a version and put it at a place, unless it is there."""
    from vigie.models.installation import installed

    if installed(place) == registry.index(version)["version"]:
        _say(console, f"{place} holds {version} already.")
        return
    with _bundle(registry, version) as folder:
        _put(folder, place, console)


def _put(folder: Path, place: Path, console: Console) -> None:
    from vigie.models.installation import install

    _say(console, f"{place} is now {install(folder, place)}.")


def _event(reason: str, failing: list[str]) -> PromotionEvent:
    """Return who does what, now."""
    from vigie.training.registry.model_registry import PromotionEvent

    return PromotionEvent(at=datetime.now(UTC), by=_user(), reason=reason, failing=failing)


def _user() -> str:
    """Return the name of the user, or their number in a container whose user has no name."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def _exclusive(place: Path) -> AbstractContextManager[None]:
    """Return the lock on a place where bundles are installed."""
    from vigie.models.installation import exclusive

    return exclusive(place)


def _show(found: Comparison, title: str, console: Console) -> None:
    """Print both models' figures and paired differences."""
    import polars as pl

    rows = found.rows
    _say(
        console,
        f"Under “{found.scheme}” the challenger was judged on {counted(rows['challenger'], 'row')}, the champion on "
        f"{rows['champion']:,}; compared on the {rows['common']:,} they share.",
    )
    for source, number in found.disagreeing.iter_rows():
        _say(
            console,
            f"{counted(number, 'row')} of {source} left out: the two models were given different labels.",
        )
    _say(console, f"{title}; in brackets positive and all rows, then 95 % intervals:")
    for (figure,), measure_window in found.sources.group_by("figure", maintain_order=True):
        table = Table("source", title=str(figure), title_justify="left", box=box.SIMPLE)
        for column in ("challenger", "champion", "difference"):
            table.add_column(column, no_wrap=True)
        for row in measure_window.iter_rows(named=True):
            table.add_row(f"{row['source']} ({row['positives']:,}/{row['rows']:,})", *_cells(row))
        mean = found.means.row(by_predicate=pl.col("figure") == figure, named=True)
        table.add_row(f"mean of {mean['sources']}", *_cells(mean), style="bold")
        console.print(table)


def _cells(row: Mapping[str, Any]) -> list[str]:
    from vigie.models.metrics import Estimate

    return [
        str(Estimate(row[name], row[f"{name}_low"], row[f"{name}_high"]))
        for name in ("challenger", "champion", "gain")
    ]


def _say(console: Console, text: str, style: str | None = None) -> None:
    """Print a line as it is."""
    console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)


def register(app: typer.Typer) -> None:
    """Add the commands to an application."""
    app.command("promote", help=_PROMOTE)(promote)
    app.command("rollback", help=_ROLLBACK)(rollback)
    app.command("pull", help=_PULL)(pull)
