"""``vigie demo``: the service, started for real, asked about invented accounts."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from textwrap import wrap
from typing import TYPE_CHECKING, cast

import typer

from vigie.cli.language import LanguageName, spoken
from vigie.cli.serve import BundleFolder, CoordinatedFolder, Port, listen, run
from vigie.features.json_object import JsonObject

if TYPE_CHECKING:
    import polars as pl
    from rich.console import Console

    from vigie.features.i18n import Language

_HELP = """Start the service, send invented accounts to it, print the answers, and keep serving.

Nobody in the example exists. Who is what is known, and stands beside each answer: first the campaign and the groups of
accounts that act together, then the accounts that look inauthentic. vigie example writes the same accounts as files.

Examples:

* vigie demo

* vigie demo --port 8001 --language fr
"""
_HOST = "127.0.0.1"
_PATIENCE_S = 60.0
# What the last command sends.
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
        }
    ]
}


def demo(
    port: Port = 8000,
    bundle: BundleFolder = None,
    coordinated_bundle: CoordinatedFolder = None,
    language: LanguageName = "en",
) -> None:
    """Show the service at work."""
    chosen = spoken(language)
    bound = listen(_HOST, port)
    address = f"http://{_HOST}:{bound.getsockname()[1]}"
    # The server needs the main thread, for Ctrl-C; the client is the visitor.
    visitor = threading.Thread(target=_visit, args=(address, chosen), daemon=True)
    visitor.start()
    run(bound, {"bundle": bundle, "coordinated_bundle": coordinated_bundle}, quiet=True)


def _visit(address: str, language: Language) -> None:
    """Send the examples once the service is ready, and print what came back."""
    from rich.console import Console

    console = Console()
    _wait(f"{address}/readyz")
    for part in (_together, _alone, _next_steps):
        for line in part(address, language):
            _print(console, line)


def _together(address: str, language: Language) -> Iterator[str]:
    """Yield what the service says of the accounts of the example collection together."""
    from vigie.cli import demo_answers
    from vigie.features.i18n import Decimal, message
    from vigie.training.synthetic.example_collection import example_collection, roles

    made = example_collection()
    sent = requests(made.accounts, made.posts)
    body, seconds = _asked(
        address, {"accounts": sent, "targets": ["coordinated"], "top_reasons": 0, "language": language}
    )
    yield message(
        "example.compared", accounts=len(sent), posts=made.posts.height, seconds=Decimal(seconds, 1)
    ).say(language)
    truth = dict(roles(made).select("account_id", "role").iter_rows())
    yield from demo_answers.together(demo_answers.Answer(body, truth, _handles(made.accounts), language))
    yield body["note"]
    yield ""


def _alone(address: str, language: Language) -> Iterator[str]:
    """Yield what the service says of accounts, each judged by itself."""
    from vigie.cli import demo_answers
    from vigie.features.i18n import Decimal, Percent, message
    from vigie.training.synthetic.accounts import example

    world = example()
    sent = requests(world.accounts, world.posts)
    body, seconds = _asked(
        address, {"accounts": sent, "targets": ["inauthentic"], "top_reasons": 1, "language": language}
    )
    prevalence = Percent(body["results"][0]["inauthentic"]["assumed_prevalence"])
    yield message(
        "example.judged", accounts=len(sent), seconds=Decimal(seconds, 1), prevalence=prevalence
    ).say(language)
    truth = {
        name: "inauthentic" if value else "ordinary"
        for name, value in world.labels.select("account_id", "value").iter_rows()
    }
    yield from demo_answers.alone(demo_answers.Answer(body, truth, _handles(world.accounts), language))
    yield message("example.not_a_test").say(language)
    yield ""


def _next_steps(address: str, language: Language) -> Iterator[str]:
    """Yield the commands to try next."""
    from vigie.features.i18n import message

    commands = {
        "files": "vigie example --out example", "yours": "vigie network --help; vigie score --help",
        "api": f"{address}/docs",
    }  # fmt: skip
    yield message("example.next_demo").say(language)
    for name, command in commands.items():
        yield message(f"example.next_{name}", command=command).say(language)
    body = json.dumps(_SMALL, separators=(",", ":"))
    yield f"curl -s {address}/v1/score -H 'Content-Type: application/json' -d '{body}'"
    yield message("example.serving").say(language)


def _print(console: Console, line: str) -> None:
    """Print a line, in a terminal broken between words under its own indentation; a command stays whole, to be copied."""
    if console.is_terminal and not line.startswith("curl "):
        # Not the breaks of rich, which takes a no-break space for one.
        indent = " " * (len(line) - len(line.lstrip(" ")))
        width = max(console.width, len(indent) + 20)
        parts = (
            wrap(part, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
            for part in line.split("\n")
        )
        line = "\n".join("\n".join(part) for part in parts)
    console.print(line, markup=False, highlight=False, soft_wrap=True)


def _handles(accounts: pl.DataFrame) -> dict[str, str]:
    return dict(accounts.select("account_id", "handle").iter_rows())


def _asked(address: str, request: JsonObject) -> tuple[JsonObject, float]:
    """Return the answer of the service to a request for scores, and the seconds it took."""
    start = time.perf_counter()
    answer = _post(f"{address}/v1/score", request)
    return answer, time.perf_counter() - start


def requests(accounts: pl.DataFrame, posts: pl.DataFrame) -> list[JsonObject]:
    """Return tables of the contract as accounts of a request, ready for JSON."""
    from vigie.features.ingest.nested_posts import FROM_ACCOUNT

    by_account: dict[str, list[JsonObject]] = {}
    for post in posts.iter_rows(named=True):
        by_account.setdefault(post["account_id"], []).append(
            {name: value for name, value in _plain(post).items() if name not in FROM_ACCOUNT}
        )
    return [
        _plain(account) | {"posts": by_account.get(account["account_id"], [])}
        for account in accounts.iter_rows(named=True)
    ]


def _plain(row: JsonObject) -> JsonObject:
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


def _post(url: str, request: JsonObject) -> JsonObject:
    body = json.dumps(request).encode()
    sent = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - our own address
    with urllib.request.urlopen(sent, timeout=_PATIENCE_S) as answer:  # noqa: S310
        return cast("JsonObject", json.load(answer))


def register(app: typer.Typer) -> None:
    """Add the command to an application."""
    app.command("demo", help=_HELP)(demo)
