"""``vigie drift``: what was seen, beside what the model learnt on."""

from __future__ import annotations

import io
import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vigie.cli.language import LanguageName
from vigie.cli.language import spoken as language_of
from vigie.errors import (
    EmptyInputError,
    HistogramError,
    InputError,
    MalformedInputError,
    UnknownFormatError,
    choices,
    counted,
)
from vigie.features.json_object import JsonObject

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from vigie.features.i18n import Language
    from vigie.models.bundle import Bundle
    from vigie.models.drift.histograms import Histogram
    from vigie.models.drift.report import DriftComparison, FeatureDrift, ScoreDrift, TargetDrift

_HELP = """Tell how far accounts are from those the model learnt on, and what to do about it.

SOURCE is the address of a service (it tells what it saw in the last hours), a saved answer of its GET /v1/drift or file
of --out, or accounts: a dataset directory, a .jsonl or a .parquet. Only counts are compared, never an account.

Per feature: PSI, the population stability index over the deciles of the reference, beside its mean by chance, and the
share of accounts in which it is missing. The reference is the mix of both classes the model learnt on that fits the
scores seen best. Drift is no error: the exit code is 0, or 1 with --fail-above.

Examples:

* vigie drift http://127.0.0.1:8000

* vigie drift data/telegram --out drift.html

* vigie drift drift.json --bundle my.vigie --fail-above 0.25
"""
_PATIENCE_S = 30.0
_LARGEST = 100_000_000
_SHOWN = 12
_SURE = 0.01
# Columns of the table where there is no terminal to fit.
_PAGE = 120
_STYLES = {"large": "red", "moderate": "yellow", "stable": "green", "unknown": "dim"}
_LEVELS = {"act": "bold red", "watch": "bold yellow", "none": "bold green", "unknown": "dim"}


def drift(
    source: Annotated[str, typer.Argument(help="Address of a service, saved answer, or accounts.")],
    bundle: Annotated[
        Path | None, typer.Option(help="Folder of the model of inauthenticity. Default: the shipped one.")
    ] = None,
    coordinated_bundle: Annotated[
        Path | None, typer.Option(help="Folder of the model of coordination. Default: the shipped one.")
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option(
            help="inauthentic or coordinated; repeat for both. Default: both; of accounts the first."
        ),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            envvar="VIGIE_KEY", show_envvar=True, help="Key of scope model, where the service asks for one."
        ),
    ] = None,
    language: LanguageName = "en",
    out: Annotated[
        Path | None, typer.Option(help="File to write: .json (report and sketch) or .html.")
    ] = None,
    fail_above: Annotated[
        float | None,
        typer.Option(help="Exit with 1 if a feature or the score moved by more than this PSI.", min=0),
    ] = None,
) -> None:
    """Compare (see the module for the help text)."""
    from rich.console import Console

    from vigie.features.schema import TARGETS

    spoken = language_of(language)
    for name in target or ():
        if name not in TARGETS:
            raise InputError(f"--target is {name}. {choices(name, TARGETS)}")
    if out is not None and out.suffix.lower() not in (".json", ".html"):
        raise UnknownFormatError(
            f"{out} ends in {out.suffix or 'nothing'}. {choices(out.suffix, ['.json', '.html'])}"
        )
    folders = {"inauthentic": bundle, "coordinated": coordinated_bundle}
    if source.startswith(("http://", "https://")):
        given = _asked(source, key)
    elif source.lower().endswith(".json"):
        given = _saved(Path(source), folders)
    else:
        given = _sketched(Path(source), folders, target or TARGETS[:1])
    drifts = {name: given[name] for name in target or TARGETS if name in given}
    if not drifts:
        raise HistogramError(
            f"{source} holds no sketch of {', '.join(target or TARGETS)}; it has {', '.join(given)}"
        )
    console = Console()
    _show(console if console.is_terminal else Console(width=_PAGE), drifts, spoken)
    if out is not None:
        _write(out, drifts, spoken)
        typer.echo(f"Written to {out}.")
    if fail_above is not None and (over := sorted(_over(drifts, fail_above))):
        typer.echo(f"Moved by more than {fail_above:g}: {', '.join(over)}.", err=True)
        raise typer.Exit(1)


def _asked(address: str, key: str | None) -> dict[str, TargetDrift]:
    """Return what a service tells.

    Raises:
        InputError: It does not answer, or not as a service of this version.
    """
    from pydantic import TypeAdapter, ValidationError

    from vigie.models.drift.report import TargetDrift

    url = f"{address.rstrip('/')}/v1/drift"
    request = urllib.request.Request(url)  # noqa: S310 - http or https, as checked
    if key:
        # Not sent on to where an answer may lead.
        request.add_unredirected_header("Authorization", f"Bearer {key}")
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE_S) as answer:  # noqa: S310 - the same
            document = json.loads(answer.read(_LARGEST))
    except urllib.error.HTTPError as error:
        with error:  # it is an open answer
            asked = "give a key of scope model: --key, or VIGIE_KEY"
            doubted = "is it a service of this version, and ready?"
            said = (
                f"{url} answers {error.code} {error.reason}; {asked if error.code in (401, 403) else doubted}"
            )
        raise InputError(said) from error
    except (OSError, ValueError) as error:
        raise InputError(
            f"{url} does not answer ({error}); start a service with vigie serve, or correct the address"
        ) from error
    shape = TypeAdapter(TargetDrift)
    try:
        return {name: shape.validate_python(part) for name, part in _targets(document, url).items()}
    except ValidationError as error:
        raise InputError(f"{url} does not answer as a service of this version; upgrade either") from error


def _targets(document: Any, where: str) -> dict[str, JsonObject]:
    """Return the reports and histograms of a document by target; of a bare histogram, that alone.

    Raises:
        HistogramError: It is neither.
    """
    if isinstance(document, Mapping) and isinstance(document.get("bundle"), Mapping):
        document = {document["bundle"].get("target"): {"sketch": document}}
    if isinstance(document, Mapping):
        parts = {
            str(name): dict(part)
            for name, part in document.items()
            if isinstance(part, Mapping) and "sketch" in part
        }
        if parts:
            return parts
    raise HistogramError(
        f"{where} holds no sketch; save the answer of GET /v1/drift, or write one with vigie drift SOURCE --out report.json"
    )


def _saved(path: Path, folders: Mapping[str, Path | None]) -> dict[str, TargetDrift]:
    """Return what a file's histograms tell beside the bundles.

    Raises:
        MalformedInputError: It is not JSON.
        HistogramError: It holds no histogram, or one of another bundle.
    """
    from vigie.models.bundle import load
    from vigie.models.drift.histograms import read

    try:
        parts = _targets(json.loads(path.read_text(encoding="utf-8")), str(path))
    except ValueError as error:
        if isinstance(error, HistogramError):
            raise
        raise MalformedInputError(
            f"{path} is not JSON ({error}); name a file of vigie drift --out"
        ) from error
    return {
        name: _compared(model, read(parts[name]["sketch"], model))
        for name, folder in folders.items()
        if name in parts
        for model in [load(folder, name)]
    }


def _sketched(
    path: Path, folders: Mapping[str, Path | None], targets: Sequence[str]
) -> dict[str, TargetDrift]:
    """Return what the accounts of a file or dataset directory tell.

    Raises:
        EmptyInputError: None of them can be read.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    from vigie.models.engine import Models, ScoringEngine
    from vigie.serving import drift_monitor
    from vigie.serving.batch import inputs

    given = inputs.find(path, datetime.now(UTC))
    engine = ScoringEngine(Models.load(folders["inauthentic"], folders["coordinated"]))
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("counting", total=given.total * len(set(targets)))
        sketches = drift_monitor.histograms(
            engine, given, targets, lambda share: progress.advance(task, share)
        )
    if not any(sketch.accounts for sketch in sketches.values()):
        raise EmptyInputError(f"none of the accounts of {path} can be read; vigie score {path} says why")
    bundles = engine.models.bundles
    return {name: _compared(bundles[name], drift_monitor.shown(sketch)) for name, sketch in sketches.items()}


def _compared(bundle: Bundle, histogram: Histogram) -> TargetDrift:
    """Return the report on a histogram, and the histogram."""
    from vigie.models.drift.advice import report
    from vigie.models.drift.psi import population
    from vigie.models.drift.report import TargetDrift

    return TargetDrift(report(population(bundle), histogram), histogram.to_json())


def _over(drifts: dict[str, TargetDrift], limit: float) -> Iterator[str]:
    """Yield what moved by more than a PSI above chance, surely."""
    for target, part in drifts.items():
        whole = part.report.comparisons[0]
        tested: list[tuple[str, FeatureDrift | ScoreDrift]] = [
            ("score", whole.score),
            *((each.feature, each) for each in whole.features),
        ]
        for name, each in tested:
            if each.psi is None or each.psi_by_chance is None or each.psi_p is None:
                continue
            if each.psi_p < _SURE / len(tested) and each.psi - each.psi_by_chance > limit:
                yield f"{target} {name}"


def _write(out: Path, drifts: dict[str, TargetDrift], language: Language) -> None:
    """Write drifts as JSON, or as a page that needs nothing else."""
    from pydantic import TypeAdapter
    from rich.console import Console

    from vigie.features import html_page, whole_files
    from vigie.models.drift.report import TargetDrift

    if out.suffix.lower() == ".json":
        text = TypeAdapter(dict[str, TargetDrift]).dump_json(drifts, indent=1).decode()
    else:
        console = Console(record=True, width=_PAGE, file=io.StringIO(), force_terminal=True)
        _show(console, drifts, language)
        shown = console.export_html(code_format="<pre>{code}</pre>", inline_styles=True)
        text = html_page.page(shown, "vigie drift", language)
    with whole_files.new_file(out) as fresh:
        fresh.write_text(text, encoding="utf-8")


def _show(console: Console, drifts: dict[str, TargetDrift], language: Language) -> None:
    """Print drifts: the sentences first."""
    for target, part in drifts.items():
        report = part.report
        model = report.model
        whole, *slices = report.comparisons
        console.print(
            f"\n{target}: {model['name']} {model['version']}", style="bold", markup=False, highlight=False
        )
        console.print(
            report.advice.en if language == "en" else report.advice.fr,
            style=_LEVELS[report.level],
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
        learnt = report.reference_accounts
        console.print(
            f"{counted(whole.accounts, 'account')} seen"
            + (f" since {part.since}" if part.since else "")
            + f"; reference: {report.reference}"
            + (f", {learnt:,} of them" if learnt else "")
            + (f"; scores fit a mix with {whole.mix:.1%} {target}" if whole.mix is not None else ""),
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
        if whole.accounts:
            console.print(_scores(whole))
            console.print(_features(whole))
        if slices:
            console.print(_slices(slices))


def _features(whole: DriftComparison) -> Table:
    """Return the features that moved most, those lost among them."""
    rows = whole.features[:_SHOWN]
    rows += [each for each in whole.features[_SHOWN:] if each.missing_moved][:_SHOWN]
    table = _table(
        f"features ({len(rows)} of {len(whole.features)})",
        ["feature", "known", "PSI", "by chance", "p", "missing: expected", "now", ""],
    )
    for each in rows:
        moved = "red" if each.missing_moved else None
        table.add_row(
            each.feature, f"{each.known:,}", _number(each.psi), _number(each.psi_by_chance),
            _number(each.psi_p, ".0e"), _number(each.missing_then, ".0%"),
            _styled(_number(each.missing_now, ".0%"), moved), _styled(each.level, _STYLES[each.level]),
        )  # fmt: skip
    return table


def _scores(whole: DriftComparison) -> Table:
    """Return the scores, the bands and the abstentions, then and now."""
    score, abstained = whole.score, whole.abstained
    table = _table("scores", ["", "labelled accounts", "expected mix", "now"])
    table.add_row("mean log-odds", *map(_number, (score.mean_then, score.mean_expected, score.mean_now)))
    for name, shares in score.bands.items():
        values = (shares.then, shares.expected, shares.now)
        table.add_row(f"share {name}", *(_number(value, ".1%") for value in values))
    table.add_row("share abstained", "", _number(abstained.then, ".1%"), _number(abstained.now, ".1%"))
    table.caption = f"PSI {_number(score.psi)} ({_number(score.psi_by_chance)} by chance), KS {_number(score.ks)}: {score.level}"
    return table


def _slices(slices: Sequence[DriftComparison]) -> Table:
    """Return how each platform and language fared."""
    table = _table(
        "by platform and by language",
        ["slice", "accounts", "learnt on", "features moved", "most", "score PSI", "abstained"],
    )
    for each in slices:
        moved = [one for one in each.features if one.level in ("moderate", "large")]
        table.add_row(
            _styled(each.name, None), f"{each.accounts:,}", _number(each.trained, ",d"), str(len(moved)),
            f"{moved[0].feature} ({_number(moved[0].psi)})" if moved else "-",
            _number(each.score.psi), _number(each.abstained.now, ".0%"),
        )  # fmt: skip
    return table


def _table(title: str, columns: Sequence[str]) -> Table:
    from rich.table import Table

    table = Table(title=title, title_justify="left", caption_justify="left")
    for place, name in enumerate(columns):
        table.add_column(name, justify="right" if place else "left", overflow="fold")
    return table


def _number(value: float | None, form: str = ".2f") -> str:
    return "-" if value is None else format(value, form)


def _styled(text: str, style: str | None) -> Text:
    """Return a text as it stands, whatever marks it holds."""
    from rich.text import Text

    return Text(text, style=style or "")


def register(app: typer.Typer) -> None:
    """Add the command to an application."""
    app.command("drift", help=_HELP)(drift)
