"""How often ordinary accounts show clues of a foreign link: the counts in ``features/foreign_clues/ordinary.json``.

Run from the repository root, with folders of ordinary accounts and the languages each was collected in:

    python benchmarks/clues.py DATA/topic-a=en DATA/topic-b=es,pt
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import polars as pl

from vigie.features import schema
from vigie.features.foreign_clues.measures import MEASURES


def main(folders: list[str]) -> None:
    """Print the counts of each clue over all folders, and those of each folder before."""
    totals = {name: [0, 0] for name in MEASURES}
    for folder in folders:
        path, _, languages = folder.partition("=")
        accounts = schema.conform(
            pl.read_parquet(Path(path) / "accounts.parquet"), "accounts"
        ).with_row_index("row")
        posts = schema.conform(pl.read_parquet(Path(path) / "posts.parquet"), "posts").join(
            accounts.select("row", "platform", "account_id"), on=["platform", "account_id"]
        )
        for name, measure in MEASURES.items():
            # A collection that was filtered by language says nothing of others.
            if name == "other_language" and posts["lang"].drop_nulls().n_unique() < 2:
                continue
            found = measure(accounts, posts, languages.split(","))
            shows, known = int(found["shows"].sum()), found.height
            totals[name] = [totals[name][0] + shows, totals[name][1] + known]
            print(f"{Path(path).name}: {name}: {shows} of {known}", file=sys.stderr)
    print(
        json.dumps(
            {name: {"shows": shows, "known": known} for name, (shows, known) in totals.items()}, indent=2
        )
    )


if __name__ == "__main__":
    main(sys.argv[1:])
