# ruff: noqa: INP001, T201 - a script, not a package, that prints
"""Open an operation with the client, send what a collector saw, and ask who acts in coordination.

From the root of the repository, with ``vigie serve --store watches`` running:

    python examples/operation.py http://127.0.0.1:8000

The accounts are those of ``examples/first-request.json``; nobody there exists. Where the service asks for an API key, set
``VIGIE_KEY``.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from vigie.client import Client

ACCOUNTS = Path(__file__).with_name("first-request.json")


def main(url: str) -> None:
    """Print what an operation finds among the accounts, and forget it."""
    accounts = json.loads(ACCOUNTS.read_bytes())["accounts"]
    with Client(url, os.environ.get("VIGIE_KEY")) as vigie:
        opened = vigie.open_operation(
            "An invented watch",
            "an invented decree",
            expires_at=datetime.now(UTC) + timedelta(days=1),
            theme={"platforms": ["x"]},
        )
        watch = vigie.operation(opened["id"])
        for _ in range(2):  # what is sent twice is kept once
            observed = watch.observe(accounts).content["posts"]
            print(f"{observed.get('new')} posts are new, {observed.get('known')} are known.")
        watch.judge()
        for alert in watch.alerts():
            print(alert["sentence"])
        first, *_ = watch.accounts(most=1).content
        dossier = watch.account(first["platform"], first["account_id"])
        print(f"{dossier['handle']} is of group {dossier['group']} and has {len(dossier['posts'])} posts.")
        print(f"The operation is {watch.purge()['state']}.")


if __name__ == "__main__":
    main(*sys.argv[1:])
