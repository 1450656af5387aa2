"""What a training leaves beside its bundle: everything a reader or a promotion needs, without the data.

::

    my.vigie/            the bundle
    my.vigie.run/        its record
      record.json        what was trained with what; metrics by flat name; gates; run and version once tracked
      judged.parquet     every evaluated account with its held-out score (see vigie.training.evaluation.held_out)
      tables/*.csv       every table of the evaluation
      plots/*.png
      report.html        all of it on one page; report.fr.html: in French
      card.md card.html  the model card; card.fr.md, card.fr.html: in French

It is whole on disk before anything is tracked: a server that goes away loses nothing.
"""

from __future__ import annotations

import json
import math
from importlib.metadata import version
from pathlib import Path
from typing import TypedDict, cast

import polars as pl

from vigie.errors import RecordError
from vigie.features import whole_files
from vigie.features.i18n import Language, Listing, Percent, message
from vigie.models.bundle import CARDS, Bundle
from vigie.models.metrics import Estimate, MetricEntry
from vigie.training.config import Config
from vigie.training.data.corpus import target_name
from vigie.training.evaluation.suite import EvaluationResult
from vigie.training.report.html_report import report
from vigie.training.report.markdown import page
from vigie.training.report.summary import Standing, summary

_FILE = "record.json"
# File of the report by language.
REPORTS: dict[Language, str] = {"en": "report.html", "fr": "report.fr.html"}
_LIBRARIES = ("vigie", "lightgbm", "numpy", "polars", "scikit-learn", "scipy")


class StandingEntry(TypedDict):
    """How the model stood when it was trained.

    Attributes:
        champion: The champion of its name; null where there was none.
        gain: Its average precision less the champion's; null where they were not compared.
        passed: Gates that it passed, as sentences.
        failed: Gates that it failed.
    """

    champion: str | None
    gain: MetricEntry | None
    passed: list[str]
    failed: list[str]


class RecordContent(TypedDict):
    """What ``record.json`` holds.

    Attributes:
        target: What the model scores.
        name: Registered name.
        version: Version of the bundle.
        feature_set: Fingerprint of its features.
        config: The configuration, as :func:`vigie.training.config.parse` reads it.
        gates: Its gates.
        manifests: What the bundle keeps of the manifests of its data.
        notes: What a reader must know, in English.
        libraries: Versions of the libraries.
        figures: Metrics by flat name; gates are tests on them.
        standing: Beside the champion and before the gates.
        run_id: MLflow run, once tracked.
        registered: Registered version, once tracked.
    """

    target: str
    name: str
    version: str
    feature_set: str
    config: dict[str, object]
    gates: list[dict[str, object]]
    manifests: list[dict[str, object]]
    notes: list[str]
    libraries: dict[str, str]
    figures: dict[str, MetricEntry]
    standing: StandingEntry
    run_id: str | None
    registered: str | None


def record_path(bundle: Path) -> Path:
    """Return the folder of the record of a bundle.

    >>> record_path(Path("models/my.vigie")).name
    'my.vigie.run'
    """
    return bundle.with_name(f"{bundle.name}.run")


def write(
    folder: Path,
    loaded: Bundle,
    config: Config,
    result: EvaluationResult,
    held_out: pl.DataFrame,
    standing: Standing,
) -> None:
    """Write the record of a training whole or not at all, replacing one that is there.

    Args:
        folder: Where to; see :func:`record_path`.
        loaded: The bundle that was made.
        config: What it was made with.
        result: Metrics, tables, plots and notes.
        held_out: Accounts with their held-out scores.
        standing: Beside the champion, and before the gates.
    """
    content: RecordContent = {
        "target": loaded.target,
        "name": loaded.name,
        "version": loaded.version,
        "feature_set": loaded.feature_set,
        "config": config.model_dump(),
        "gates": [gate.model_dump() for gate in config.gates],
        "manifests": loaded.index["data"],
        "notes": [note.say("en") for note in result.notes],
        "libraries": {name: version(name) for name in _LIBRARIES},
        "figures": {name: _entry(metric) for name, metric in sorted(result.metrics.items())},
        "standing": {
            "champion": standing.champion,
            "gain": _entry(standing.gain) if standing.gain else None,
            "passed": [str(verdict) for verdict in standing.verdicts if verdict.passed],
            "failed": [str(verdict) for verdict in standing.verdicts if not verdict.passed],
        },
        "run_id": None,
        "registered": None,
    }
    with whole_files.new_folder(folder, replace=True) as fresh:
        for part in ("tables", "plots"):
            (fresh / part).mkdir(parents=True)
        held_out.write_parquet(fresh / "judged.parquet")
        for name, table in result.tables.items():
            if table.is_empty():
                continue
            table.write_csv(fresh / "tables" / f"{name}.csv")
        for name, plot in result.plots.items():
            (fresh / "plots" / name).write_bytes(plot)
        for language, name in REPORTS.items():
            (fresh / name).write_text(html(loaded, result, language, standing), encoding="utf-8")
        for language, card in loaded.cards.items():
            path = fresh / CARDS[language]
            path.write_text(card, encoding="utf-8")
            path.with_suffix(".html").write_text(page(card, loaded.name, language=language), encoding="utf-8")
        _write(fresh, content)


def html(
    loaded: Bundle, result: EvaluationResult, language: Language = "en", standing: Standing | None = None
) -> str:
    """Return the report on a model as one self-contained page.

    Args:
        loaded: The model.
        result: What its evaluation found.
        language: Of the text.
        standing: Beside the champion, of a model that was just trained.
    """
    title = f"{loaded.name} {loaded.version}"
    lead = message(
        "training.report_lead",
        target=target_name(loaded.target),
        sources=Listing(tuple(str(entry["name"]) for entry in loaded.index["data"])),
        prevalence=Percent(loaded.index["assumed_prevalence"], 1),
        feature_set=loaded.feature_set,
        seed=str(loaded.index["config"]["seed"]),
    )
    first = summary(result.metrics, standing, language)
    text = report(title, first, lead, result.notes, result.tables, tuple(result.plots), language)
    images = {f"plots/{name}": plot for name, plot in result.plots.items()}
    contents = message("training.report_contents").say(language)
    return page(text, title, language=language, images=images, contents=contents)


def _entry(metric: Estimate) -> MetricEntry:
    """Return a metric as JSON holds it, which knows no NaN."""
    return {"value": _known(metric.value), "low": _known(metric.low), "high": _known(metric.high)}


def _known(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)


def read(folder: Path) -> RecordContent:
    """Return what ``record.json`` in a folder holds.

    Raises:
        RecordError: It is absent or does not parse.
    """
    try:
        content = json.loads((folder / _FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RecordError(
            f"no {_FILE} to be read in {folder}: vigie train writes one beside every bundle; train it anew"
        ) from error
    if not isinstance(content, dict):
        raise RecordError(f"{_FILE} in {folder} does not hold an object; train it anew")
    return cast("RecordContent", content)


def set_tracking(folder: Path, run_id: str, registered: str | None) -> None:
    """Note in a record under which run and version it is tracked."""
    _write(folder, {**read(folder), "run_id": run_id, "registered": registered})


def _write(folder: Path, content: RecordContent) -> None:
    with whole_files.new_file(folder / _FILE) as fresh:
        fresh.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
