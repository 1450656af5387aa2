"""``vigie score``: files of accounts to a file of answers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from vigie.errors import InputError, choices

_HELP = """Score the accounts of a dataset directory, a JSONL or a Parquet file, as the service would.

PATH is a folder made by vigie import, a .jsonl with one account per line as the service takes them (with
their posts inside), or a .parquet of the same shape. --out ends in .parquet, .csv (nested columns as JSON
text) or .jsonl.

Examples:

* vigie score data/cresci-2015 --out scores.parquet

* vigie score accounts.jsonl --out scores.csv --language fr --top-reasons 3
"""


def score(
    path: Annotated[Path, typer.Argument(help="Dataset directory, .jsonl or .parquet.")],
    out: Annotated[Path, typer.Option(help="File to write: .parquet, .csv or .jsonl.")],
    language: Annotated[str, typer.Option(help="Language of the sentences: en or fr.")] = "en",
    top_reasons: Annotated[int, typer.Option(help="Reasons per account; 0 is fastest.", min=0, max=50)] = 5,
    bundle: Annotated[
        Path | None, typer.Option(help="Folder of the model. Default: the shipped one.")
    ] = None,
) -> None:
    """Score every account, in order, in bounded memory."""
    from collections import Counter

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    from vigie.features.sentences import LANGUAGES
    from vigie.models.bundle import load
    from vigie.serving import bulk, output, scoring

    spoken = next((known for known in LANGUAGES if known == language), None)
    if spoken is None:
        raise InputError(f"--language is {language}. {choices(language, LANGUAGES)}")
    if out.exists() and (out.is_dir() or out.samefile(path)):
        raise InputError(f"--out {out} is a folder, or the input itself; name another file")
    output.check_suffix(out)
    start = perf_counter()
    given = bulk.find(path, datetime.now(UTC))
    model = load(bundle)
    scoring.tune_process()
    counts: Counter[str] = Counter()
    console = Console(stderr=True)
    columns = (TextColumn("scoring"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with (
        output.opened(out, model.identity()) as sink,
        Progress(*columns, console=console, disable=not console.is_terminal) as progress,
    ):
        task = progress.add_task("scoring", total=given.total)
        for batch, share in given.batches:
            found = scoring.results(model, batch, top=top_reasons, language=spoken)
            sink.write(found)
            counts.update(scoring.outcomes(found))
            progress.advance(task, share)
    seconds = perf_counter() - start
    if counts.total() and counts["refused"] == counts.total():
        reason = found[0]["error"]["detail"]
        raise InputError(f"all {counts.total():,} accounts were refused (see {out}); the first: {reason}")
    typer.echo(
        ", ".join(f"{outcome} {counts[outcome]:,}" for outcome in ("scored", "abstained", "refused"))
        + f": {counts.total() / seconds:,.0f} accounts per second ({seconds:.1f} s), in {out}"
    )


def register(app: typer.Typer) -> None:
    """Add the command to an application."""
    app.command("score", help=_HELP)(score)
