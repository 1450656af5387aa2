"""How long each page of the console takes on an operation of 300,000 invented posts.

Beside its people the operation has campaigns of several kinds, and a flood: by default of so many accounts that its network is
the largest that a page draws. It is observed and judged in a real store: ``--store`` names a folder where it is kept, and used
again. Each page is asked of ``vigie serve`` over HTTP, once before it counts. Wall is the median of what a browser waits, CPU
the mean of what the service spends; the size is that of the page as it is sent.

Run: python benchmarks/console.py [--store FOLDER] [--people 1400] [--flood 10500] [--turns 9] [--files]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from typing import Any
from urllib.parse import urlencode

import httpx2
import numpy as np
from operations import OPENING, serving
from rich.console import Console
from rich.table import Table
from serving import processor  # noqa: TID251 - the benchmark beside this one

from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.observation import observe_tables
from vigie.serving.operations.store import Store
from vigie.training.synthetic.accounts import OBSERVED_AT
from vigie.training.synthetic.campaigns import Campaign
from vigie.training.synthetic.corpus import corpus
from vigie.training.synthetic.floods import flooded

CAMPAIGNS = ("reply_seeding", "mutual_repost", "lookalike_links", "slow_drip", "one_author_boost")
BENIGN = ("fans", "newsroom", "union_kit", "diaspora")
DAYS, PATIENCE_S, TARGET_MS = 14, 3_600, 300
BROWSER = {"accept": "text/html", "accept-encoding": "gzip, zstd"}


def observed(store: str, people: int, flood: int) -> None:
    """Observe an invented operation into a store."""
    around = corpus(
        organic=people, campaigns=[Campaign(kind) for kind in CAMPAIGNS], benign=BENIGN, days=DAYS, seed=1
    )
    made = flooded(around, "waves", accounts=flood, seed=1)
    catalogue = Catalogue(Store(store), lambda: OBSERVED_AT)
    name = catalogue.create(OPENING, "").id
    with catalogue.observing(name) as connection:
        observe_tables(connection, made.accounts, made.posts, OBSERVED_AT)


def judged(client: httpx2.Client, operation: str) -> dict[str, Any]:
    """Judge an operation unless that is done, and return what it holds."""
    at = f"/v1/operations/{operation}"
    held: dict[str, Any] = client.get(at).json()["holdings"]
    if held["judged_revision"] < held["revision"]:
        start = time.perf_counter()
        client.post(f"{at}/judgements").raise_for_status()
        print(f"judged in {time.perf_counter() - start:.0f} s")
    return held


def pages(client: httpx2.Client, operation: str) -> dict[str, str]:
    """Return the address of each page, the largest of its kind."""
    api, at = f"/v1/operations/{operation}", f"/console/operations/{operation}"
    first, second = client.get(f"{api}/accounts", params={"limit": 2}).json()["accounts"]
    total = client.get(f"{api}/accounts").json()["total"]
    content = client.get(f"{api}/contents", params={"limit": 1}).json()["contents"][0]["id"]
    one = urlencode({"platform": first["platform"], "id": first["account_id"]})
    other = urlencode({"with_platform": second["platform"], "with_id": second["account_id"]})
    busy = client.get(f"{api}/accounts", params={"sort": "posts", "limit": 1}).json()["accounts"][0]
    busiest = urlencode({"platform": busy["platform"], "id": busy["account_id"]})
    opened = {"title": "Invented", "subjects": [], "by": "Ann", "note": "to look at"}
    case = client.post(f"{api}/cases", json=opened).json()["id"]
    largest = {
        kind: max(client.get(f"{api}/{kind}").json()["found"], key=lambda each: each["members"])["track"]
        for kind in ("campaigns", "groups")
    }
    hours = client.get(f"{api}/timeline").json()["hours"]
    most = max(hours, key=lambda each: each["posts"])
    hour = urlencode(
        {
            "since": most["start"],
            "until": most["start"].replace(":00:00", ":59:59"),
            "platform": most["platform"],
        }
    )
    tag = max((tag for each in hours for tag in each["hashtags"].items()), key=lambda used: used[1])[0]
    posts_of = urlencode({"platform": busy["platform"], "account_id": busy["account_id"]})
    return {
        "operations": "/console/", "operation": at, "accounts": f"{at}/accounts",
        "accounts, last": f"{at}/accounts?offset={total // 100 * 100}", "accounts, by handle": f"{at}/accounts?handle=ba",
        "accounts as CSV": f"{at}/accounts.csv", "account": f"{at}/account?{one}", "account, busiest": f"{at}/account?{busiest}",
        "pair": f"{at}/pair?{one}&{other}", "posts": f"{at}/posts", "posts of a hashtag": f"{at}/posts?{urlencode({'hashtag': tag})}",
        "posts of a content": f"{at}/posts?content={content}", "posts of the busiest": f"{at}/posts?{posts_of}",
        "posts of an hour": f"{at}/posts?{hour}",
        "posts of the largest campaign": f"{at}/posts?campaign={largest['campaigns']}&sort=views",
        "contents": f"{at}/contents", "contents as CSV": f"{at}/contents.csv",
        "content": f"{at}/contents/{content}", "review": f"{at}/review", "review of 1,000": f"{at}/review?budget=1000",
        "review, inauthentic": f"{at}/review?target=inauthentic", "cases": f"{at}/cases", "case": f"{at}/cases/{case}",
        "adaptation": f"{at}/adaptation", "model": "/console/model", "try": "/console/try",
        **{f"largest of {kind}": f"{at}/{kind}/{track}" for kind, track in largest.items()},
        "network of the largest campaign": f"{at}/campaigns/{largest['campaigns']}/network",
    }  # fmt: skip


def files(addresses: dict[str, str]) -> dict[str, str]:
    """Return the address of each file of the largest campaign: these compare all accounts again."""
    at = addresses["largest of campaigns"]
    return {name: f"{at}/files/{name}" for name in ("note", "note.zip", "stix", "network.graphml", "dossier")}


def measured(client: httpx2.Client, addresses: dict[str, str], process: int, turns: int) -> Table:
    """Return the table of what each address costs."""
    table = Table(title=f"Pages, in turns of {turns}", title_justify="left")
    for column in ("page", "wall ms", "CPU ms", "KB sent", f"within {TARGET_MS} ms"):
        table.add_column(column, justify="left" if column == "page" else "right")
    for name, address in addresses.items():
        waited = []
        first = client.get(address)
        if first.status_code != 200:
            sys.exit(f"{address} answered {first.status_code}: {first.text[:300]}")
        sent, before = client.get(address).num_bytes_downloaded, processor(process)
        for _ in range(turns):
            start = time.perf_counter()
            client.get(address)
            waited.append(time.perf_counter() - start)
        wall, cpu = 1_000 * float(np.median(waited)), 1_000 * (processor(process) - before) / turns
        table.add_row(
            name, f"{wall:.0f}", f"{cpu:.0f}", f"{sent / 1_000:.0f}", "yes" if wall <= TARGET_MS else "NO"
        )
    return table


def main() -> None:
    """Print the table of pages."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--store", help="a folder; default: a scratch one")
    parser.add_argument("--people", type=int, default=1_400, help="beside campaigns and flood")
    parser.add_argument("--flood", type=int, default=10_500, help="accounts of the flood")
    parser.add_argument("--turns", type=int, default=9, help="requests of each page")
    parser.add_argument(
        "--files", action="store_true", help="the files of the largest campaign too, once each"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        store = options.store or scratch
        if not Catalogue(Store(store)).all():
            observed(store, options.people, options.flood)
        name = Catalogue(Store(store)).all()[0].id
        with (
            serving(store) as service,
            httpx2.Client(base_url=service.url, headers=BROWSER, timeout=PATIENCE_S) as client,
        ):
            held, process = judged(client, name), service.process.pid
            print(f"{held['accounts']:,} accounts, {held['posts']:,} posts")
            addresses = pages(client, name)
            Console(width=120).print(measured(client, addresses, process, options.turns))
            if options.files:
                Console(width=120).print(measured(client, files(addresses), process, 1))


if __name__ == "__main__":
    main()
