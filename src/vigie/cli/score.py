"""``vigie score``: files of accounts to a file of answers."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from vigie.cli.engine import EngineName, Remote
from vigie.cli.known import KeyFile, KnownFile
from vigie.cli.language import LanguageName
from vigie.cli.language import spoken as language_of
from vigie.errors import InputError, choices

if TYPE_CHECKING:
    from vigie.features.i18n import Message
    from vigie.models.engine import ScoringResult
    from vigie.models.verdict import AccountResult, CoordinationAbstention, CoordinationVerdict

_HELP = """Score the accounts of a dataset directory, a JSONL or a Parquet file, as the service would.

Each account gets two scores: inauthentic, by its own profile and posts, in bounded memory; and coordinated, compared
with all the others of the file, for which all posts are held at once (--target inauthentic leaves it out).

PATH is a folder made by vigie import, a .jsonl with one account per line as the service takes them (with
their posts inside), or a .parquet of the same shape. --out ends in .parquet, .csv (nested columns as JSON
text) or .jsonl.

Examples:

* vigie score data/cresci-2015 --out scores.parquet

* vigie score accounts.jsonl --out scores.csv --language fr --top-reasons 3

* vigie score accounts.jsonl --out scores.jsonl --known memory.json

* vigie score s3://lake/march --out scores.parquet --engine spark --remote sc://spark.example

--known adds what each account shares with the campaigns of a memory (vigie known). It changes no score.
--engine spark judges each account where the data lie; comparing them needs all posts on this machine.
"""


def score(
    path: Annotated[str, typer.Argument(help="Dataset directory, .jsonl or .parquet.")],
    out: Annotated[Path, typer.Option(help="File to write: .parquet, .csv or .jsonl.")],
    language: LanguageName = "en",
    top_reasons: Annotated[int, typer.Option(help="Reasons per account; 0 is fastest.", min=0, max=50)] = 5,
    bundle: Annotated[
        Path | None, typer.Option(help="Folder of the model of inauthenticity. Default: the shipped one.")
    ] = None,
    coordinated_bundle: Annotated[
        Path | None, typer.Option(help="Folder of the model of coordination. Default: the shipped one.")
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(help="Rates of ordinary accounts, made by vigie baseline. Default: those that ship."),
    ] = None,
    target: Annotated[
        list[str] | None, typer.Option(help="inauthentic or coordinated; repeat for both, the default.")
    ] = None,
    known: KnownFile = None,
    known_key: KeyFile = None,
    engine: EngineName = "local",
    remote: Remote = None,
) -> None:
    """Score every account, in order."""
    from collections import Counter

    from rich.console import Console

    from vigie.cli.engine import accounts_of, check
    from vigie.cli.known import opened
    from vigie.cli.progress import reported, told_of_earlier
    from vigie.cli.refused import told
    from vigie.features.coordination import baselines
    from vigie.features.i18n import Decimal, message
    from vigie.features.ingest.stored_dataset import digest
    from vigie.features.schema import TARGETS
    from vigie.models.engine import Models, ScoringEngine
    from vigie.models.verdict import outcomes
    from vigie.serving.batch import writers
    from vigie.serving.batch.scoring import BulkScoring
    from vigie.serving.process import tune_process

    spoken = language_of(language)
    targets = tuple(target or TARGETS)
    for name in targets:
        if name not in TARGETS:
            raise InputError(f"--target is {name}. {choices(name, TARGETS)}")
    check(engine, remote, path)
    if known and remote:
        raise InputError(
            "--known goes with no --engine spark: the key of a memory does not leave this machine"
        )
    if out.exists() and (out.is_dir() or (remote is None and out.samefile(path))):
        raise InputError(f"--out {out} is a folder, or the input itself; name another file")
    writers.check_suffix(out)
    memory = opened(known, known_key, Path(path)) if known else None
    start = perf_counter()
    scoring = ScoringEngine(
        Models.load(bundle, coordinated_bundle), baselines.read(baseline) if baseline else None
    )
    bulk = BulkScoring(scoring, targets, top_reasons, spoken, memory.matches if memory else None)
    tune_process()
    counts: Counter[str] = Counter()
    console = Console(stderr=True)
    secrets = [digest(file) for file in (known, known_key) if file]
    key = [
        "score",
        *targets,
        str(top_reasons),
        spoken,
        scoring.models.bundles["inauthentic"].version,
        *secrets,
    ]
    with accounts_of(path, remote, out, key) as given, writers.opened(out, scoring.models) as sink:
        told_of_earlier(console, given.done, given.total, spoken)
        compared = None
        if "coordinated" in targets:
            with reported(console, message("cli.reading"), given.total, spoken) as advance:
                compared = bulk.compare(given, advance)
            for note in compared.result.notes:
                said = message("cli.note", text=note.say(spoken))
                console.print(said.say(spoken), style="dim", soft_wrap=True, markup=False)
            console.print(
                _compared(compared.result, compared.verdicts).say(spoken), highlight=False, soft_wrap=True
            )
        refused: list[AccountResult] = []
        with reported(console, message("cli.scoring"), given.total, spoken, given.done) as advance:
            for answered, share in bulk.answers(given, compared):
                sink.write(answered)
                counts.update(outcomes(answered))
                refused += (one for one in answered if one.error)
                advance(share)
    seconds = perf_counter() - start
    for line in told(refused):
        console.print(line, soft_wrap=True, markup=False, highlight=False)
    if counts.total() and counts["refused"] == counts.total():
        raise InputError(f"no account of {counts.total():,} could be read; {out} names the fault of each")
    written = message(
        f"cli.scored.{targets[0]}",
        scored=counts["scored"],
        abstained=counts["abstained"],
        refused=counts["refused"],
        rate=Decimal(counts.total() / seconds, 0),
        seconds=Decimal(seconds, 1),
        file=str(out),
    )
    typer.echo(written.say(spoken))
    if memory:
        typer.echo(message("known.caution").say(spoken))


def _compared(result: ScoringResult, verdicts: list[CoordinationVerdict | CoordinationAbstention]) -> Message:
    """Return in a line what comparing found."""
    from vigie.features.i18n import message
    from vigie.models.verdict import CoordinationVerdict

    scored = [verdict for verdict in verdicts if isinstance(verdict, CoordinationVerdict)]
    high = sum(verdict.band == "high" for verdict in scored)
    comparison = result.coordination.comparison if result.coordination else None
    groups = 0 if comparison is None else comparison.groups["group"].n_unique()
    return message(
        "cli.compared", scored=len(scored), high=high, abstained=len(verdicts) - len(scored), count=groups
    )


def register(app: typer.Typer) -> None:
    """Add the command to an application."""
    app.command("score", help=_HELP)(score)
