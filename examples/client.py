# ruff: noqa: INP001, T201 - a script, not a package, that prints
"""Ask a running service with the client: scores as a table, then who acts in coordination.

From the root of the repository, with ``vigie serve`` running:

    python examples/client.py http://127.0.0.1:8000

The accounts are those of ``examples/first-request.json``; nobody there exists. Where the service asks for an API key, set
``VIGIE_KEY``.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import polars as pl

from vigie.client import Client

ACCOUNTS = Path(__file__).with_name("first-request.json")


def main(url: str) -> None:
    """Print what a service says of the accounts."""
    accounts = json.loads(ACCOUNTS.read_bytes())["accounts"]
    with Client(url, os.environ.get("VIGIE_KEY")) as vigie:
        scores = vigie.score(accounts, top_reasons=0).to_polars()
        network = vigie.network(accounts)
    judged = scores.filter(pl.col("coordinated_status") == "scored").sort(
        "coordinated_probability", descending=True
    )
    print(f"{len(judged)} of {len(scores)} accounts could be judged on coordination. The most likely:")
    for handle, probability in judged.select("handle", "coordinated_probability").head(5).iter_rows():
        print(f"  {probability:.3f}  {handle}")
    for group in network.content["groups"]:
        print(group["sentence"])


if __name__ == "__main__":
    main(*sys.argv[1:])
