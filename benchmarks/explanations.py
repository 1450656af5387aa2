"""CPU of a score with its reasons, beside what LightGBM takes for the mere prediction and for contributions.

The features of invented accounts are computed once. Then, in turns: ``Booster.predict`` of every part of the shipped model of
inauthenticity; ``Booster.predict(pred_contrib=True)`` of every part; the score, with its interval and contributions; and the
answer with five reasons in words. One thread, which is what a request gets.

Run: python benchmarks/explanations.py [--rows 100] [--write]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from statistics import median

import numpy as np
from dated import shown
from rich.table import Table

from vigie.cli.demo import requests
from vigie.features.ingest.parsing import from_requests
from vigie.features.pipeline import compute
from vigie.models import bundle, scoring
from vigie.models.verdict import verdicts
from vigie.training.synthetic.accounts import OBSERVED_AT, generate


def spent(work: Callable[[], object]) -> float:
    """Return the CPU seconds of a piece of work: as often as fills a twentieth of a second."""
    times, begin = 0, time.process_time()
    while (seconds := time.process_time() - begin) < 0.05:
        work()
        times += 1
    return seconds / times


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--rows", type=int, nargs="+", default=[1, 100, 1_000], help="accounts scored together"
    )
    parser.add_argument(
        "--rounds", type=int, default=9, help="times each is run, in turns; the median counts"
    )
    parser.add_argument("--write", action="store_true", help="put the table into the documentation")
    options = parser.parse_args()
    model = bundle.load()
    table = Table(
        title="A score with its reasons beside LightGBM",
        caption=f"Milliseconds of CPU, the median of {options.rounds} rounds in turns; in brackets, times the prediction. "
        f"{len(model.parts)} parts of {', '.join(str(len(part.features)) for part in model.parts.values())} features, "
        f"and {sum(len(part.members) for part in model.parts.values())} more models for the interval.",
        title_justify="left",
    )
    for name in ("accounts", "predict", "predict(pred_contrib)", "score and interval", "with five reasons"):
        table.add_column(name, justify="right")
    half = max(options.rows)
    world = generate(ordinary=half, inauthentic=half, seed=1, posts_per_account=40)
    entries = requests(world.accounts, world.posts)
    for rows in options.rows:
        batch = from_requests(entries[:: 2 * half // rows][:rows], OBSERVED_AT)
        matrix = compute(batch.accounts, batch.posts)
        seen = [(part.booster, matrix.values(part.features)) for part in model.parts.values()]
        scores = scoring.score(model, matrix)
        jobs: dict[str, Callable[[], object]] = {
            "predict": lambda seen=seen: [one.predict(values, num_threads=1) for one, values in seen],
            "contributions": lambda seen=seen: [
                one.predict(values, pred_contrib=True, num_threads=1) for one, values in seen
            ],
            "score": lambda matrix=matrix: scoring.score(model, matrix),
            "reasons": lambda matrix=matrix, scores=scores: verdicts(
                model, matrix, scores, top=5, language="en"
            ),
        }
        found: dict[str, list[float]] = {name: [] for name in jobs}
        for _ in range(options.rounds):
            for name, job in jobs.items():
                found[name].append(spent(job))
        took = {name: median(seconds) for name, seconds in found.items()}
        took["reasons"] += took["score"]
        plain = took["predict"]
        cells = (f"{1_000 * each:.2f} ({each / plain:.1f})" for each in took.values())
        table.add_row(f"{np.unique(matrix.table['row']).size:,}", *cells)
    shown(table, write=options.write)


if __name__ == "__main__":
    main()
