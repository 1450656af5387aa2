"""``vigie demo``: the service, started for real, asked about synthetic accounts."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, cast

import typer

from vigie.cli.serve import BundleFolder, CoordinatedFolder, Port, listen, run
from vigie.features.json_object import JsonObject

if TYPE_CHECKING:
    import polars as pl
    from rich.console import Console
    from rich.table import Table

_HELP = """Start the service, score synthetic accounts through it, print the answers, and keep serving.

Nobody in the example exists. Who is what is known, and stands beside each answer: first the groups of accounts that act
together, then the accounts that look inauthentic.
"""
_HOST = "127.0.0.1"
_PATIENCE_S = 60.0
_REASONS = 2
# Rows of the table.
_ROWS = 4
_PEOPLE = "ordinary people"
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
    """Send the examples once the service is ready, and print what came back."""
    from rich.console import Console

    from vigie.training.synthetic.accounts import example

    console = Console()
    if not console.is_terminal:
        console = Console(width=_PAGE)
    _wait(f"{address}/readyz")

    compared, kinds = _compared_accounts()
    answer, seconds = _asked(address, {"accounts": compared, "targets": ["coordinated"], "top_reasons": 0})
    posts = sum(len(account["posts"]) for account in compared)
    _print(
        console,
        f"1. Who acts together: {len(compared)} synthetic accounts with {posts:,} posts of 72 hours, compared over HTTP in "
        f"{seconds:.1f} s.",
        *_groups(answer, kinds),
        answer["note"],
        "",
    )

    world = example()
    alone = requests(world.accounts, world.posts)
    answer, seconds = _asked(
        address, {"accounts": alone, "targets": ["inauthentic"], "top_reasons": _REASONS}
    )
    truth = {row["account_id"]: (row["kind"], row["value"]) for row in world.labels.iter_rows(named=True)}
    handles = {account["account_id"]: account.get("handle") for account in alone}
    _print(
        console,
        f"2. Which accounts look inauthentic: {len(alone)} other synthetic accounts, scored in {seconds:.1f} s; the four "
        "of the highest probability. Intervals are wide: what the models learnt from differs from source to source.",
    )
    console.print(_table(answer, handles, truth))
    _print(console, *_counts(answer, truth))
    body = json.dumps(_SMALL, separators=(",", ":"))
    _print(
        console,
        "Nobody here exists: this shows how answers look, not how good the models are. That is in the model cards, at "
        "/v1/model.",
        "",
        "Try next (source .venv/bin/activate puts vigie on the path):",
        f"  the API, described:    {address}/docs",
        "  score a file or a dataset directory:  vigie score --help",
        "  who acts together in your data:       vigie network --help",
        "  score one account:",
        "",
        f"curl -s {address}/v1/score -H 'Content-Type: application/json' -d '{body}'",
        "",
        "Serving until Ctrl-C.",
    )


def _print(console: Console, *lines: str) -> None:
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _compared_accounts() -> tuple[list[JsonObject], dict[str, str]]:
    """Return accounts in a request's shape, and what those of planted groups are, by id.

    A campaign that reposts its own accounts and the fans of one idol hide among people.
    """
    from vigie.training.synthetic.campaigns import Campaign
    from vigie.training.synthetic.corpus import corpus

    planted = corpus(
        organic=240, campaigns=[Campaign("mutual_repost", accounts=14)], benign=["fans"], days=3, seed=7
    )
    titles = {"mutual_repost": "accounts of a campaign", "fans": "fans of one idol"}
    kinds = {row["account_id"]: titles[row["kind"]] for row in planted.groups.iter_rows(named=True)}
    return requests(planted.accounts, planted.posts), kinds


def _asked(address: str, request: JsonObject) -> tuple[JsonObject, float]:
    """Return the answer of the service to a request for scores, and the seconds it took."""
    start = time.perf_counter()
    answer = _post(f"{address}/v1/score", request)
    return answer, time.perf_counter() - start


def _groups(answer: JsonObject, kinds: dict[str, str]) -> Iterator[str]:
    """Yield each group in some lines, campaigns first, then who is scored how in truth.

    A group is told by what it did, one pair with its posts, and what else may explain it or speaks against that.
    """
    results = {result["account_id"]: result for result in answer["results"]}
    high = {name for name, result in results.items() if result["coordinated"].get("band") == "high"}
    members = {
        group["group"]: [member["account_id"] for member in group["accounts"]] for group in answer["groups"]
    }
    # Groups are listed by strength; readers look for the campaign first.
    ordered = sorted(answer["groups"], key=lambda group: -len(high.intersection(members[group["group"]])))
    for group in ordered:
        names = members[group["group"]]
        truth = Counter(kinds.get(name, _PEOPLE) for name in names)
        told = ", ".join(f"{count} {kind}" for kind, count in truth.most_common())
        yield f"\nGroup {group['group'] + 1}. {group['sentence']}"
        for account, partner in _first_pair(results, names):
            shared = partner["shared"][0]
            yield f"  One pair: account {account}. {partner['sentence']}"
            yield (
                f"  Their posts: {shared['post_id']} at {shared['time']} and {shared['partner_post_id']} at "
                f"{shared['partner_time']}."
            )
        for each in group["benign_alternatives"]:
            yield f"  Possible ordinary explanation: {each['sentence']}. {' '.join(each['for'])}"
            if each["against"]:
                yield f"  Against it: {' '.join(each['against'])}"
        yield f"  In truth: {told}. Scored high: {len(high.intersection(names))}."
    yield "\nIn truth, of all accounts sent:"
    for kind, names in _by_kind(results, kinds).items():
        bands = Counter(results[name]["coordinated"].get("band", "abstained") for name in names)
        scored = ", ".join(f"{count} {band}" for band, count in sorted(bands.items()))
        yield f"  {len(names)} {kind}: {scored}."


def _by_kind(results: dict[str, JsonObject], kinds: dict[str, str]) -> dict[str, list[str]]:
    """Return the ids of the accounts of each kind, ordinary people last."""
    found: dict[str, list[str]] = {kind: [] for kind in (*dict.fromkeys(kinds.values()), _PEOPLE)}
    for name in results:
        found[kinds.get(name, _PEOPLE)].append(name)
    return found


def _first_pair(results: dict[str, JsonObject], members: list[str]) -> Iterator[tuple[str, JsonObject]]:
    """Yield the first member that names a partner, with that partner."""
    for name in members:
        if partners := results[name]["coordinated"]["partners"]:
            yield name, partners[0]
            return


def requests(accounts: pl.DataFrame, posts: pl.DataFrame) -> list[JsonObject]:
    """Return tables of the contract as accounts of a request, ready for JSON."""
    from vigie.features.ingest.parsing import FROM_ACCOUNT

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


def _counts(answer: JsonObject, truth: dict[str, tuple[str, bool]]) -> Iterator[str]:
    """Yield how many of the inauthentic and of the ordinary accounts are in which band."""
    for is_inauthentic, title in ((True, "inauthentic"), (False, "ordinary")):
        bands = Counter(
            result["inauthentic"].get("band", "abstained")
            for result in answer["results"]
            if truth[result["account_id"]][1] is is_inauthentic
        )
        scored = ", ".join(f"{count} {band}" for band, count in sorted(bands.items()))
        yield f"In truth, of {bands.total()} {title} accounts: {scored}."


def _table(answer: JsonObject, handles: dict[str, str | None], truth: dict[str, tuple[str, bool]]) -> Table:
    """Return the answers as a table, highest probability first."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD)
    table.add_column("account and truth", max_width=24)
    table.add_column("probability if 10% are inauthentic (90% interval)", min_width=20, max_width=22)
    table.add_column("first reasons", ratio=1)
    scored = [result for result in answer["results"] if result["inauthentic"]["status"] == "scored"]
    for result in sorted(scored, key=lambda each: -each["inauthentic"]["probability"])[:_ROWS]:
        name, verdict = result["account_id"], result["inauthentic"]
        kind, is_inauthentic = truth[name]
        who = Text(f"{handles[name]}\n").append(
            f"inauthentic: {kind}" if is_inauthentic else f"ordinary: {kind}",
            "magenta" if is_inauthentic else "green",
        )
        low, high = verdict["interval"]
        chance = Text(f"{verdict['probability']:.0%} ({low:.0%} to {high:.0%})\n{verdict['band']}")
        reasons = "\n".join(f"• {reason['sentence']}" for reason in verdict["reasons"])
        table.add_row(who, chance, Text(reasons + "\n"))
    return table


def register(app: typer.Typer) -> None:
    """Add the command to an application."""
    app.command("demo", help=_HELP)(demo)
