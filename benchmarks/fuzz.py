"""What the service answers to requests that nobody means: real servers with a store, all routes evenly.

Schemathesis makes cases of each route of the OpenAPI document, half of them against it. Then valid bodies of each route that
takes one are mutated: bytes flipped, cut, nested, numbers out of range, wrong types, names twice or unknown, other encodings.
Half of the requests name an operation, a group and a webhook that are there. An answer from 500 on that is no 503 with
Retry-After, or no answer at all, is a fault: it is printed with its request, and the exit code is 1. The routes are shared out
between two processes, each with a server of its own.

Run: python benchmarks/fuzz.py [--cases 5000] [--mutated 2000] [--seed 1] [--routes TEXT]
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import random
import sys
import tempfile
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import schemathesis
import zstandard
from hypothesis import HealthCheck, Phase, given, seed, settings
from rich.console import Console
from rich.progress import track
from rich.table import Table
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from serving import serving  # noqa: TID251 - the benchmark beside this one

from vigie.client import Client
from vigie.serving.api.schemas.cases import EXAMPLE as CASE
from vigie.serving.api.schemas.decisions import EXAMPLE as DECISION
from vigie.serving.api.schemas.operations import EXAMPLE as OPERATION
from vigie.serving.api.schemas.operations import SELECTION_EXAMPLE
from vigie.serving.api.schemas.requests import EXAMPLE, GROUP_TEST_EXAMPLE, NETWORK_EXAMPLE

# Processes that ask, each a server of its own.
PARTS = 2
ACCOUNTS: list[Any] = json.loads(
    (Path(__file__).parents[1] / "examples" / "first-request.json").read_bytes()
)["accounts"]
_POST = {
    "platform": "x",
    "account_id": "7",
    "post_id": "70",
    "created_at": "2024-05-19T08:00:00Z",
    "text": "words",
}
_SAID = {"by": "a", "why": "b"}
_SUBJECT = {"kind": "account", "platform": "x", "account_id": ACCOUNTS[0]["account_id"]}
_DECISION = DECISION | {"subject": _SUBJECT}
# Of a planted flood: accounts, and the contents that they all publish.
_FLOOD, _CONTENTS = 16, 6
_WORDS = (
    "harbour", "bridge", "night", "voices", "water", "council", "lights", "market", "river", "storm", "train", "garden",
    "letter", "winter", "stone", "field",
)  # fmt: skip
# A valid body of each route that takes one.
BODIES: dict[str, Any] = {
    "POST /v1/score": EXAMPLE,
    "POST /v1/network": NETWORK_EXAMPLE,
    "POST /v1/group-tests": GROUP_TEST_EXAMPLE,
    "POST /v1/operations": OPERATION,
    "PATCH /v1/operations/{operation}": OPERATION,
    "POST /v1/operations/{operation}/accounts": {"accounts": ACCOUNTS[:3]},
    "POST /v1/operations/{operation}/posts": {"posts": [_POST]},
    "POST /v1/operations/{operation}/decisions": _DECISION,
    "POST /v1/operations/{operation}/decisions/several": {"decisions": [_DECISION]},
    "POST /v1/operations/{operation}/decisions/withdrawals": {"decisions": [1], **_SAID},
    "POST /v1/operations/{operation}/group-tests": SELECTION_EXAMPLE,
    "POST /v1/operations/{operation}/cases": CASE,
    "POST /v1/operations/{operation}/cases/{case}/entries": {
        "by": "a", "note": "b", "after": 1, "state": "investigating",
        "files": [{"name": "c", "url": "https://archive.example/c"}],
    },
    "PUT /v1/operations/{operation}/{found}/{track}/assessment": {
        "criterion": "foreign_involvement", "answer": "cannot_tell", **_SAID,
    },
    "PUT /v1/operations/{operation}/{found}/{track}/assessment/fields": {
        "fields": {"author": "Watch unit", "targets": "The vote of 9 June"}, "by": "a", "after": None,
    },
    "POST /v1/operations/{operation}/webhooks": {"url": "https://93.184.216.34/hook"},
    "POST /v1/operations/{operation}/{plural}/{track}/remember": {"name": "Harbour"},
    "POST /v1/known-campaigns": {
        "type": "bundle",
        "id": "bundle--0f4c3a52-6a2c-4b54-9f41-5d7ae6f0a001",
        "objects": [
            {
                "type": "user-account",
                "id": "user-account--0f4c3a52-6a2c-4b54-9f41-5d7ae6f0a002",
                "account_login": "quay_watch",
                "account_type": "twitter",
            },
            {"type": "domain-name", "id": "domain-name--0f4c3a52-6a2c-4b54-9f41-5d7ae6f0a003", "value": "quay.example"},
        ],
    },
}  # fmt: skip
# What the address of a mutated body says.
_OPTIONS = {"POST /v1/known-campaigns": {"format": "json", "name": "Quay", "source": "invented"}}
# Routes that end what is there: one in so many of their requests names an operation of its own.
_ENDING = ("DELETE /v1/operations/{operation}", "POST /v1/operations/{operation}/close")
_ENDED_EVERY = 20
# Numbers that JSON can write, and that no field takes.
_NUMBERS = (
    "1e400",
    "-1",
    "9223372036854775808",
    "18446744073709551616",
    "1e-400",
    "NaN",
    "-Infinity",
    "-0.0",
    "1" * 5000,
)
_VALUES: tuple[Any, ...] = (
    None, True, [], {}, "", "\x00", "\ud800", "a" * 100_000, [[]], {"a": None}, 0, 1.5, "2024-99-99T99:99:99Z", "\u202e",
)  # fmt: skip
_NESTED = (1, 10, 1_000, 100_000)
_TIMEOUT_S = 120
_SHOWN_BYTES = 300

Rng = random.Random
Body = tuple[bytes, dict[str, str]]


@dataclass
class Seen:
    """What a route answered.

    Attributes:
        cases: Requests that schemathesis made.
        mutated: Requests with a mutated body.
        statuses: How often each status was answered.
        faults: What must not be, in words.
    """

    cases: int = 0
    mutated: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def __add__(self, other: Seen) -> Seen:
        return Seen(
            self.cases + other.cases, self.mutated + other.mutated, self.statuses + other.statuses, self.faults + other.faults
        )  # fmt: skip


@dataclass(frozen=True)
class Real:
    """What is there, and what makes more of it.

    Attributes:
        vigie: A client of the service.
        names: Path parameters by name.
    """

    vigie: Client
    names: dict[str, Any]

    @classmethod
    def made(cls, vigie: Client) -> Real:
        """Return an operation that was judged, with a webhook and a case."""
        operation = opened(vigie)
        watch = vigie.operation(operation)
        watch.observe([*ACCOUNTS, *flood()])
        watch.judge()
        group, campaign = (tracks["found"][0]["track"] for tracks in (watch.groups(), watch.campaigns()))
        case = watch.cases.open("Fuzzed", by="a", note="b")["id"]
        content = watch.contents().content[0]["id"]
        url = BODIES["POST /v1/operations/{operation}/webhooks"]["url"]
        names = {
            "operation": operation, "track": group, "campaign": campaign, "case": case, "content": content,
            "webhook": watch.webhooks.add(url)["webhook"]["id"], "found": "groups", "plural": "groups",
            "platform": "x", "account_id": ACCOUNTS[0]["account_id"],
        }  # fmt: skip
        return cls(vigie, names)

    def parameters(self, route: str, number: int) -> dict[str, Any]:
        """Return path parameters for a request of a route; empty: it goes on with its own."""
        if route in _ENDING:
            return {"operation": opened(self.vigie)} if number % _ENDED_EVERY == 0 else {}
        # A webhook that is removed is not there for what follows.
        kept = {
            name: value
            for name, value in self.names.items()
            if not (route.startswith("DELETE") and name == "webhook")
        }
        if "/campaigns/" in route:
            kept["track"] = kept["campaign"]
        return kept if number % 2 else {}


def flood() -> Iterator[dict[str, Any]]:
    """Yield accounts that publish the same contents within two days."""
    start, rng = datetime(2024, 5, 3, 8, tzinfo=UTC), Rng(1)
    texts = [f"Share this {' '.join(rng.sample(_WORDS, 12))}" for _ in range(_CONTENTS)]
    for row in range(_FLOOD):
        posts = [
            {
                "post_id": f"{row}-{content}",
                "created_at": (start + timedelta(minutes=300 * content + 2 * row)).isoformat(),
                "text": text,
            }
            for content, text in enumerate(texts)
            if (row + content) % 4
        ]
        times = {"observed_at": "2024-05-07T08:00:00Z", "created_at": f"2024-04-20T0{row % 3}:00:00Z"}
        yield {
            "platform": "x",
            "account_id": f"flood{row}",
            "handle": f"voice_{row}",
            **times,
            "posts": posts,
        }


def opened(vigie: Client) -> str:
    """Return a new operation."""
    later = datetime.now(UTC) + timedelta(days=1)
    return vigie.open_operation("Fuzzed", "an invented decree", later)["id"]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the paths of all values within one."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """Return a value with another one at a place."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


def at(value: Any, path: tuple[Any, ...]) -> Any:
    """Return what is at a place."""
    for key in path:
        value = value[key]
    return value


def plain(value: Any) -> bytes:
    """Return a value as JSON; lone surrogates stay escaped."""
    return json.dumps(value).encode()


def flipped(rng: Rng, value: Any) -> Body:
    """Return a body with some bytes of other values."""
    body = bytearray(plain(value))
    for _ in range(rng.choice((1, 2, 8, 64))):
        body[rng.randrange(len(body))] = rng.randrange(256)
    return bytes(body), {}


def cut(rng: Rng, value: Any) -> Body:
    """Return a body without its end, or with one that is too much."""
    body = plain(value)
    return (
        body[: rng.randrange(len(body))] if rng.random() < 0.7 else body + rng.choice((b"}", b"\x00", body))
    ), {}


def nested(rng: Rng, value: Any) -> Body:
    """Return a body in which a value lies deep in lists or objects."""
    depth, is_list = rng.choice(_NESTED), rng.random() < 0.5
    begin, end = ("[", "]") if is_list else ('{"a":', "}")
    return _written(rng, value, lambda old: begin * depth + json.dumps(old) + end * depth), {}


def beyond(rng: Rng, value: Any) -> Body:
    """Return a body with a number that no field takes."""
    return _written(rng, value, lambda _: rng.choice(_NUMBERS)), {}


def _written(rng: Rng, value: Any, write: Callable[[Any], str]) -> bytes:
    """Return a body in which a value is written otherwise."""
    path = rng.choice(list(places(value)))
    marked = json.dumps(replaced(value, path, "\u0001"))
    return marked.replace(json.dumps("\u0001"), write(at(value, path)), 1).encode()


def mistyped(rng: Rng, value: Any) -> Body:
    """Return a body with a value of another type or shape."""
    return plain(replaced(value, rng.choice(list(places(value))), rng.choice(_VALUES))), {}


def renamed(rng: Rng, value: Any) -> Body:
    """Return a body with a name that is there twice, is unknown, or is missing."""
    objects = [path for path in places(value) if isinstance(at(value, path), dict) and at(value, path)]
    path = rng.choice(objects)
    found = at(value, path)
    name = rng.choice(list(found))
    match rng.randrange(3):
        case 0:
            # Names twice are no Python object: the second is written with another first letter, which is then put back.
            doubled = replaced(value, path, {**found, f"\u0001{name}": rng.choice(_VALUES)})
            return plain(doubled).replace(b"\\u0001", b""), {}
        case 1:
            return plain(
                replaced(value, path, {**found, rng.choice(("x" * 10_000, "\x00", "__proto__", "é")): 1})
            ), {}
        case _:
            return plain(replaced(value, path, {key: item for key, item in found.items() if key != name})), {}


def repeated(rng: Rng, value: Any) -> Body:
    """Return a body with a list that is empty, or holds its items many times."""
    lists = [path for path in places(value) if isinstance(at(value, path), list)] or [()]
    path = rng.choice(lists)
    found = at(value, path)
    return plain(
        replaced(value, path, (found if isinstance(found, list) else [found]) * rng.choice((0, 2, 50)))
    ), {}


def encoded(rng: Rng, value: Any) -> Body:
    """Return a body in an encoding that is another than it says, is unknown, or breaks off."""
    body = plain(value)
    packed = {"gzip": gzip.compress(body), "zstd": zstandard.compress(body)}
    name = rng.choice(list(packed))
    match rng.randrange(6):
        case 0:
            return packed[name][: rng.randrange(len(packed[name]))], {"Content-Encoding": name}
        case 1:
            return body, {"Content-Encoding": name}
        case 2:
            return packed[name], {"Content-Encoding": rng.choice(("br", "deflate", "gzip, zstd", "x"))}
        case 3:
            return body.decode().encode(rng.choice(("utf-16", "utf-32", "utf-8-sig", "utf-7"))), {}
        case 4:
            charset = rng.choice(
                (
                    "application/json; charset=latin-1",
                    "text/plain",
                    "application/x-ndjson",
                    "multipart/form-data",
                )
            )
            return body, {"Content-Type": charset}
        case _:
            return packed[name] + packed[name], {"Content-Encoding": name}


MUTATIONS = (flipped, cut, nested, beyond, mistyped, renamed, repeated, encoded)


class Asking:
    """Sends requests and notes what is answered.

    Attributes:
        seen: By route.
    """

    def __init__(self, url: str) -> None:
        self.seen: defaultdict[str, Seen] = defaultdict(Seen)
        self._http = httpx2.Client(base_url=url, timeout=_TIMEOUT_S)

    def send(self, route: str, path: str, **request: Any) -> None:
        """Send a request of a route."""
        seen, (method, _, _) = self.seen[route], route.partition(" ")
        try:
            answer = self._http.request(method, path, **request)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            seen.statuses[0] += 1
            seen.faults.append(f"{type(error).__name__} {error}: {_told(method, path, request)}")
            return
        seen.statuses[answer.status_code] += 1
        told = answer.status_code == 503 and answer.headers.get("retry-after", "").isdecimal()
        if answer.status_code >= 500 and not told:
            seen.faults.append(f"{answer.status_code} {answer.text[:200]}: {_told(method, path, request)}")


def _told(method: str, path: str, request: dict[str, Any]) -> str:
    body = request.get("content") or b""
    return f"{method} {path} {request.get('params') or ''} {request.get('headers') or ''} {body[:_SHOWN_BYTES]!r} ({len(body):,} bytes)"


def generated(asking: Asking, real: Real, operation: Any, route: str, cases: int, number: int) -> None:
    """Send so many cases of a route, half of them against the document where that is possible."""
    for mode, wanted in (
        (GenerationMode.POSITIVE, cases - cases // 2),
        (GenerationMode.NEGATIVE, cases // 2),
    ):
        end, turn = asking.seen[route].cases + wanted, number
        while asking.seen[route].cases < end:
            before = asking.seen[route].cases
            # A route that takes nothing has one case: it is asked again and again.
            for each in (mode, GenerationMode.POSITIVE):
                try:
                    _drawn(asking, real, operation.as_strategy(each), route, end, turn)
                except Exception as error:
                    if each is GenerationMode.POSITIVE:
                        raise SystemExit(f"{route}: no case can be made ({error})") from error
                if asking.seen[route].cases > before:
                    break
            turn += 1_000


def _drawn(asking: Asking, real: Real, strategy: Any, route: str, end: int, turn: int) -> None:
    seen = asking.seen[route]

    @seed(turn)
    @settings(
        max_examples=end - seen.cases, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=strategy)
    def ask(case: Any) -> None:
        if seen.cases >= end:
            return
        seen.cases += 1
        known = real.parameters(route, seen.cases)
        if known and case.path_parameters:
            case.path_parameters |= {
                name: value for name, value in known.items() if name in case.path_parameters
            }
        sent = case.as_transport_kwargs(base_url="http://service")
        path = str(sent["url"]).removeprefix("http://service")
        body = sent.get("data")
        content = body if isinstance(body, bytes) else str(body).encode() if body is not None else None
        if "json" in sent:
            content = plain(sent["json"])
        # A client of HTTP sends no value that ends with a space.
        headers = {
            name: str(value).strip().encode("utf-8", "replace")
            for name, value in (sent.get("headers") or {}).items()
        }
        asking.send(route, path or "/", params=sent.get("params"), headers=headers, content=content)

    ask()


def mutate(asking: Asking, real: Real, route: str, wanted: int, rng: Rng) -> None:
    """Send so many mutated bodies to a route, each mutation as often as the others."""
    for number in range(wanted):
        body, headers = MUTATIONS[number % len(MUTATIONS)](rng, BODIES[route])
        path = route.partition(" ")[2]
        for name, value in real.names.items():
            path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
        asking.seen[route].mutated += 1
        asking.send(
            route, path, content=body, params=_OPTIONS.get(route), headers={"Content-Type": "application/json", **headers}
        )  # fmt: skip


def table(seen: dict[str, Seen]) -> Table:
    """Return what each route answered."""
    made = Table(title="Requests by route and status (0: no answer)", title_justify="left")
    for name in ("route", "cases", "mutated", "statuses", "faults"):
        made.add_column(name, justify="left" if name in ("route", "statuses") else "right")
    whole = Seen()
    for route, each in seen.items():
        whole += each
        made.add_row(
            route, f"{each.cases:,}", f"{each.mutated:,}", _counts(each.statuses), str(len(each.faults))
        )
    made.add_section()
    made.add_row(
        f"{len(seen)} routes", f"{whole.cases:,}", f"{whole.mutated:,}", _counts(whole.statuses), str(len(whole.faults))
    )  # fmt: skip
    return made


def _counts(statuses: Counter[int]) -> str:
    return ", ".join(f"{status} × {count:,}" for status, count in sorted(statuses.items()))


@schemathesis.serializer("application/x-ndjson")
def one_line(_: Any, value: Any) -> bytes:
    """Return a line of JSON."""
    return plain(value) + b"\n"


def asked(options: argparse.Namespace, part: int) -> tuple[dict[str, Seen], bool]:
    """Ask a server of its own for one part of the routes; return what each answered, and whether the server answers still."""
    warnings.filterwarnings("ignore")
    shown = Console(width=180, quiet=part > 0)
    with tempfile.TemporaryDirectory() as store, serving(None, "--store", store) as (connection, process):
        url = f"http://127.0.0.1:{connection.port}"
        asking = Asking(url)
        with Client(url) as vigie:
            real = Real.made(vigie)
            schema = schemathesis.openapi.from_url(f"{url}/openapi.json")
            routes = {
                f"{found.ok().method.upper()} {found.ok().path}": found.ok()
                for found in schema.get_all_operations()
                if isinstance(found, Ok)
            }
            unsent = {route for route, each in routes.items() if each.body} ^ set(BODIES)
            if unsent:
                raise SystemExit(
                    f"write a valid body in BODIES for each route that takes one, and for no other: {', '.join(sorted(unsent))}"
                )
            chosen = {route: each for route, each in routes.items() if options.routes in route}
            taking = [route for route in BODIES if route in chosen]
            numbered = list(enumerate(chosen.items(), options.seed * 100))[part::PARTS]
            for number, (route, operation) in track(numbered, "routes", console=shown):
                generated(asking, real, operation, route, -(-options.cases // len(chosen)), number)
            rng = Rng(f"{options.seed} {part}")
            for route in track(taking[part::PARTS], "mutations", console=shown):
                mutate(asking, real, route, -(-options.mutated // len(taking)), rng)
            lives = vigie.ready() and Path(f"/proc/{process}").exists()
    return dict(asking.seen), lives


def main() -> None:
    """Print the table, and what must not be."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--cases", type=int, default=5_000, help="of schemathesis, shared out among the routes"
    )
    parser.add_argument(
        "--mutated", type=int, default=2_000, help="bodies, shared out among the routes that take one"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--routes", default="", help="those alone whose method and path hold this text")
    options = parser.parse_args()
    seen: dict[str, Seen] = {}
    with ProcessPoolExecutor(PARTS, multiprocessing.get_context("spawn")) as pool:
        parts = list(pool.map(partial(asked, options), range(PARTS)))
    for some, _ in parts:
        for route, each in some.items():
            seen[route] = seen[route] + each if route in seen else each
    console = Console(width=180)
    console.print(table(seen))
    faults = [f"{route}: {fault}" for route, each in seen.items() for fault in each.faults]
    for fault in faults:
        console.print(fault, markup=False, highlight=False, soft_wrap=True)
    lives = all(lives for _, lives in parts)
    if not lives:
        console.print("a service does not answer any more")
    if faults or not lives:
        sys.exit(1)


if __name__ == "__main__":
    main()
