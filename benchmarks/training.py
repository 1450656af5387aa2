"""What a training takes: both targets, from invented collections to a registered model, by the commands that a person would type.

Collections of the target inauthentic are worlds of accounts; of the target coordinated, publics of whom some act in coordination, cut
into windows by ``vigie windows``. The configurations are those of the shipped models, with one size and fewer draws: what the search for a
size and the intervals cost grows with what is asked for. Costs are those of the process of a command, start included.

Run: python benchmarks/training.py [--accounts 400] [--write]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from dated import shown
from network import measured
from rich.table import Table

if TYPE_CHECKING:
    import polars as pl

COLLECTIONS = 3
# What two targets have in common, and what accounts are cut into beside.
_COMMON = """
bootstrap_draws = 50
[size]
leaves = [8]
trees = [60]
[booster]
min_data_in_leaf = 20
"""
_VIEWS = """
[views]
truncations = [20]
windows = 1
"""
_CAMPAIGNS = ("mutual_repost", "reply_seeding", "one_author_boost")


def write(folder: Path, accounts: int) -> None:
    """Write the collections of both targets, each of some accounts."""
    from vigie.training.synthetic.accounts import generate
    from vigie.training.synthetic.campaigns import Campaign
    from vigie.training.synthetic.corpus import corpus

    half = accounts // 2
    for seed, kind in enumerate(_CAMPAIGNS, 1):
        world = generate(ordinary=half, inauthentic=half, seed=seed)
        _write(folder / f"world-{seed}", world.accounts, world.posts, world.labels)
        campaign = Campaign(kind, accounts=max(8, accounts // 10), start_day=0)
        public = corpus(organic=accounts, days=12, seed=seed, campaigns=[campaign])
        _write(folder / f"public-{seed}", public.accounts, public.posts, public.labels)


def _write(folder: Path, accounts: pl.DataFrame, posts: pl.DataFrame, labels: pl.DataFrame) -> None:
    """Write a collection as a dataset directory."""
    import polars as pl

    from vigie.features.ingest import dataset
    from vigie.features.ingest.reader import Log
    from vigie.training.synthetic.accounts import OBSERVED_AT

    named = labels.with_columns(source=pl.lit(folder.name))
    read = Log().read(accounts, posts, named)
    dataset.write(read, folder, name=folder.name, form="invented", now=OBSERVED_AT)


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--accounts", type=int, default=400, help="of each collection (default 400)")
    parser.add_argument("--write", action="store_true", help="put the table into the documentation")
    parser.add_argument("--alone", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        write(options.alone, options.accounts)
        return
    table = Table(
        title="Training",
        caption=f"{COLLECTIONS} collections of {options.accounts:,} accounts for each target.",
        title_justify="left",
    )
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        # By a process of its own: Linux hands the peak memory of a parent down to its children.
        measured(sys.executable, __file__, "--accounts", str(options.accounts), "--alone", folder)
        (folder / "one.toml").write_text(_COMMON + _VIEWS)
        (folder / "two.toml").write_text(_COMMON)
        tracked = ("--tracking-uri", f"sqlite:///{folder}/mlflow.db")
        worlds = [f"world-{number}" for number in range(1, COLLECTIONS + 1)]
        publics = [f"public-{number}" for number in range(1, COLLECTIONS + 1)]
        jobs = {
            "vigie train inauthentic": (
                "train", "inauthentic", *data(worlds), "--config", "one.toml", *tracked, "--out", "one.vigie",
            ),
            "vigie windows": ("windows", *publics, "--out", "windows.parquet"),
            "vigie train coordinated": (
                "train", "coordinated", *data(publics), "--pools", "windows.parquet", "--config", "two.toml", *tracked,
                "--out", "two.vigie",
            ),
        }  # fmt: skip
        for name in ("command", "seconds", "CPU s", "peak MB"):
            table.add_column(name, justify="left" if name == "command" else "right")
        for name, words in jobs.items():
            # MLflow leaves its files in the folder.
            cost = measured(sys.executable, "-m", "vigie", *words, cwd=folder)
            table.add_row(name, f"{cost.wall:.0f}", f"{cost.cpu:.0f}", f"{cost.peak / 1e6:,.0f}")
    shown(table, write=options.write)


def data(names: list[str]) -> list[str]:
    """Return the options that name collections."""
    return [word for name in names for word in ("--data", name)]


if __name__ == "__main__":
    main()
