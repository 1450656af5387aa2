"""``vigie demo``: the service, started for real, asked about an invented operation."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import typer

from vigie.cli.serve import BundleFolder, CoordinatedFolder, Port, listen, run

if TYPE_CHECKING:
    import polars as pl
    from rich.table import Table

_HELP = """Start the service, score an invented operation through it, print the answers, and keep serving.

Nobody in the example exists; who is what is known, so the table shows it beside the score.
"""
_HOST = "127.0.0.1"
_PATIENCE_S = 60.0
_REASONS = 2
# Columns of the table where there is no terminal to fit.
_PAGE = 120
_SMALL = {
    "accounts": [
        {
            "platform": "x",
            "account_id": "7",
            "handle": "lantern_4471",
            "created_at": "2024-04-20T08:00:00Z",
            "observed_at": "2024-05-16T12:00:00Z",
            "followers_count": 3,
            "following_count": 1480,
            "posts_count": 2900,
            "likes_given_count": 4,
            "posts": [
                {
                    "post_id": "1",
                    "created_at": "2024-05-16T09:00:00Z",
                    "text": "Only 12 left! https://example.org",
                },
                {
                    "post_id": "2",
                    "created_at": "2024-05-16T09:10:00Z",
                    "text": "Only 11 left! https://example.org",
                },
            ],
        }
    ]
}


def demo(
    port: Port = 8000, bundle: BundleFolder = None, coordinated_bundle: CoordinatedFolder = None
) -> None:
    """Show the service at work."""
    bound = listen(_HOST, port)
    address = f"http://{_HOST}:{bound.getsockname()[1]}"
    # The server needs the main thread, for Ctrl-C; the client is the visitor.
    visitor = threading.Thread(target=_visit, args=(address,), daemon=True)
    visitor.start()
    run(bound, {"bundle": bundle, "coordinated_bundle": coordinated_bundle}, quiet=True)


def _visit(address: str) -> None:
    """Send the example once the service is ready, and print what came back."""
    from rich.console import Console

    from vigie.training.synthetic.accounts import example

    world = example()
    request: dict[str, Any] = {"accounts": requests(world.accounts, world.posts), "top_reasons": _REASONS}
    _wait(f"{address}/readyz")
    start = time.perf_counter()
    answer = _post(f"{address}/v1/score", request)
    seconds = time.perf_counter() - start
    kinds = {row["account_id"]: row["kind"] for row in world.labels.iter_rows(named=True)}
    truth = {row["account_id"]: row["value"] for row in world.labels.iter_rows(named=True)}
    handles = {account["account_id"]: account.get("handle") for account in request["accounts"]}
    console = Console()
    if not console.is_terminal:
        console = Console(width=_PAGE)
    console.print(_table(answer, handles, kinds, truth))
    posts = sum(len(account["posts"]) for account in request["accounts"])
    body = json.dumps(_SMALL, separators=(",", ":"))
    lines = (
        f"{len(request['accounts'])} accounts and {posts:,} posts, scored over HTTP in {seconds:.2f} s by "
        f"{answer['model']['name']} {answer['model']['version']}. They are invented: the table shows how "
        "answers look, not how good the model is; that is in the model card, at /v1/model.",
        "",
        "Try next (source .venv/bin/activate puts vigie on the path):",
        f"  the API, described:    {address}/docs",
        "  score a file or a dataset directory:  vigie score --help",
        "  score one account:",
        "",
        f"curl -s {address}/v1/score -H 'Content-Type: application/json' -d '{body}'",
        "",
        "Serving until Ctrl-C.",
    )
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def requests(accounts: pl.DataFrame, posts: pl.DataFrame) -> list[dict[str, Any]]:
    """Return tables of the contract as accounts of a request, ready for JSON."""
    from vigie.features.ingest.parsing import FROM_ACCOUNT

    by_account: dict[str, list[dict[str, Any]]] = {}
    for post in posts.iter_rows(named=True):
        by_account.setdefault(post["account_id"], []).append(
            {name: value for name, value in _plain(post).items() if name not in FROM_ACCOUNT}
        )
    return [
        _plain(account) | {"posts": by_account.get(account["account_id"], [])}
        for account in accounts.iter_rows(named=True)
    ]


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row without what is not known, its times as text."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row.items()
        if value is not None
    }


def _wait(url: str) -> None:
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own address
                return
        except OSError:
            time.sleep(0.1)


def _post(url: str, request: dict[str, Any]) -> dict[str, Any]:
    body = json.dumps(request).encode()
    sent = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - our own address
    with urllib.request.urlopen(sent, timeout=_PATIENCE_S) as answer:  # noqa: S310
        return cast("dict[str, Any]", json.load(answer))


def _table(
    answer: dict[str, Any], handles: dict[str, Any], kinds: dict[str, str], truth: dict[str, bool]
) -> Table:
    """Return the answers as a table, highest probability first, abstentions last."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title="An invented operation among ordinary accounts", title_justify="left", box=SIMPLE_HEAD
    )
    table.add_column("account and truth", max_width=24)
    table.add_column("answer: probability at 10 % (90 % interval)", min_width=20, max_width=22)
    table.add_column("first reasons", ratio=1)
    ordered = sorted(
        answer["results"], key=lambda result: -result.get("inauthentic", {}).get("probability", -1.0)
    )
    for result in ordered:
        identity, verdict = result["account_id"], result["inauthentic"]
        who = Text(f"{handles[identity]}\n").append(
            kinds[identity], "magenta" if truth[identity] else "green"
        )
        if verdict["status"] == "abstained":
            table.add_row(who, "abstained", Text(verdict["why"] + "\n"))
            continue
        low, high = verdict["interval"]
        chance = Text(f"{verdict['probability']:.0%} ({low:.0%} to {high:.0%})\n{verdict['band']}")
        said = "\n".join(f"• {reason['sentence']}" for reason in verdict["reasons"])
        table.add_row(who, chance, Text(said + "\n"))
    return table


def register(app: typer.Typer) -> None:
    """Add the command to an application."""
    app.command("demo", help=_HELP)(demo)
