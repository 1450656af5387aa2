"""CPU seconds, memory and pairs of the synchrony network, beside those of peers on the same file.

Reads FOLDER/posts.csv, one message a row: message_id, user_id, username, repost_id, reply_id, message, timestamp
(seconds), urls (one or none); without a folder, the posts of an invented crowd (``crowd.py``). Every figure is that of
one process, or of several added up, start and reading of the file included: vigie's hold pairs and both p-values, those
of the peers pairs alone. Of texts the toolkit finds those that are equal but for case, mentions and white space: that is
same_text, which vigie runs here for comparison's sake. Its own trace, text_duplicate, finds near-duplicates too; the
ratio against same_text of the toolkit is given as well.

Examples:
    python benchmarks/network.py posts/d300k
    python benchmarks/network.py posts/d300k --qut peers/qut/bin/compute_networks --duckdb peers/duckdb/bin/python
    python benchmarks/network.py posts/d300k --qut peers/qut/bin/compute_networks --agreement
    python benchmarks/network.py posts/d3m --traces all
    python benchmarks/network.py --posts 300_000 --qut peers/qut/bin/compute_networks --write

The peers are installed elsewhere: coordination-network-toolkit 1.5.2 and duckdb, each in an environment of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

# Polars and vigie are imported by the processes that are measured: Linux hands the peak memory of a parent down to
# its children, so the parent stays small. The table is drawn by the parent alone.
if TYPE_CHECKING:
    import polars as pl
    from rich.table import Table

# Traces that the peers have too: name in vigie, in the toolkit, and what DuckDB joins on.
TRACES = {
    "co_url": ("co_link", "urls", "urls is not null and repost_id is null"),
    "co_repost": ("co_retweet", "repost_id", "repost_id is not null"),
    "same_text": ("co_tweet", "message", "repost_id is null"),
}
NEAR, ALL, COPIES = "text_duplicate", "all", "ordinary rates and copies too"
# What some are called where ordinary rates are looked up, and copies looked for.
REFERRED = {"co_url": "co_url", "same_text": NEAR}

_JOIN = """
import duckdb, sys
file, thing, where, window = sys.argv[1:]
duckdb.execute("set threads = 2; set enable_progress_bar = false")
print(duckdb.execute(f'''
    with acted as (select user_id, timestamp, {thing} as thing from read_csv('{file}', nullstr='') where {where})
    select count(*) from (
        select one.user_id, two.user_id from acted one join acted two
        on one.thing = two.thing and one.user_id < two.user_id
        and two.timestamp between one.timestamp - {window} and one.timestamp + {window}
        group by 1, 2 having count(distinct one.thing) >= 2)
''').fetchone()[0])
"""


@dataclass(frozen=True)
class Cost:
    """What a process took, its own children included.

    Attributes:
        cpu: CPU seconds.
        wall: Seconds.
        peak: Bytes of the largest process at its largest.
        said: Its standard output.
    """

    cpu: float
    wall: float
    peak: int
    said: str

    def then(self, other: Cost) -> Cost:
        """Return the cost of this and then another."""
        return Cost(
            self.cpu + other.cpu, self.wall + other.wall, max(self.peak, other.peak), self.said + other.said
        )


def measured(*command: str | Path, cwd: Path | None = None) -> Cost:
    """Return the cost of a command, run in a folder; None: in this one."""
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as wrong:
        process = subprocess.Popen([str(part) for part in command], stdout=said, stderr=wrong, cwd=cwd)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - start
        said.seek(0)
        if process.returncode:
            wrong.seek(0)
            sys.exit(f"{command[0]} ended with {process.returncode}: {wrong.read()[-2_000:]}")
        peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        return Cost(used.ru_utime + used.ru_stime, wall, peak, said.read())


def read(file: Path) -> pl.DataFrame:
    """Return the posts in the columns of the contract, with ``row`` of the author."""
    import polars as pl

    from vigie.features import schema

    read = ("message_id", "user_id", "repost_id", "reply_id", "message", "timestamp", "urls")
    raw = pl.read_csv(file, infer_schema=False, columns=list(read))
    repost, reply = pl.col("repost_id"), pl.col("reply_id")
    posts = raw.select(
        row=pl.col("user_id").cast(pl.Categorical).to_physical(),
        post_id="message_id",
        created_at=pl.from_epoch(pl.col("timestamp").cast(pl.Int64), "s").cast(schema.TIME),
        time_resolution=pl.lit("second"),
        text="message",
        kind=pl.when(repost.is_not_null()).then(pl.lit("repost"))
        .when(reply.is_not_null()).then(pl.lit("reply")).otherwise(pl.lit("original")),
        target_post_id=pl.coalesce(repost, reply),
        urls=pl.when(pl.col("urls").is_not_null()).then(pl.concat_list("urls"))
        .otherwise(pl.lit([], pl.List(pl.String))),
    )  # fmt: skip
    missing = {
        name: dtype
        for name, dtype in schema.schema("posts").items()
        if name not in {"platform", "account_id", *posts.columns}
    }
    return posts.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in missing.items())


def find(file: Path, traces: list[str], window: int, *, copied: bool) -> int:
    """Return the number of synchronous pairs of some traces in one window; of ``all``, in every window.

    Args:
        file: The posts.
        traces: Names of :data:`TRACES`, or ``all``.
        window: Seconds.
        copied: Whether pairs are referred to ordinary rates too, and copies looked for.
    """
    import numpy as np
    import polars as pl

    from vigie.features.coordination import (
        baselines,
        copy_groups,
        detector,
        layers,
        null_models,
        pairs,
        published_contents,
    )
    from vigie.features.coordination import traces as events
    from vigie.features.coordination.parts import ONE

    posts = read(file)
    ordinary = baselines.shipped() if copied else None
    if traces == [ALL]:
        network = detector.detect_pairs(posts, baseline=ordinary, platforms=["x"])
        if ordinary is not None:
            copy_groups.detect(
                published_contents.contents(network.published, network.texts), ordinary.copy_rate
            )
        return network.pairs.height
    prepared, *_ = events.read(posts, names=[trace for trace in traces if trace != "same_text"])
    compared, published = [], []
    for trace in traces:
        happened = same_text(prepared) if trace == "same_text" else events.events(prepared, trace)
        acted = pairs.actions(happened)
        reference = None
        if ordinary is not None and trace in REFERRED:
            name = REFERRED[trace]
            reference = ordinary.of(name, window, null_models.grades(acted), platforms=["x"]).typical
            published.append(
                happened.select(pl.lit(name).alias("trace"), "account", "object", "time", "post")
            )
        compared.append(layers.Layer(trace, window, acted, np.array([pairs.CAP]), reference))
    span = int(prepared["time"].max() - prepared["time"].min())
    if ordinary is not None:
        copy_groups.detect(published_contents.contents(pl.concat(published)), ordinary.copy_rate)
    return layers.compared(compared, ONE, span)[0].height


def same_text(posts: pl.DataFrame) -> pl.DataFrame:
    """Return the events of own posts, what they act on being their text as the toolkit compares it."""
    import polars as pl

    own = posts.lazy().filter((pl.col("act") != "repost") & pl.col("text").is_not_null())
    unknown = pl.lit(None, pl.Int64)
    # As one query, like the traces of vigie: no other column is read.
    happened = own.select(
        "account", "time", "post", object=folded(pl.col("text")), author=unknown
    ).collect(engine="in-memory")  # fmt: skip
    return happened.filter(pl.col("object").n_unique().over("account") >= 2)


def folded(text: pl.Expr) -> pl.Expr:
    """Return the text in lower case, without mentions, white space folded: what the toolkit compares."""
    unnamed = text.str.to_lowercase().str.replace_all(r"@\S*", "")
    # Lone spaces stay as they are.
    return unnamed.str.replace_all(r"\s{2,}|[^\S ]", " ").str.strip_chars()


def toolkit(program: Path, file: Path, window: int, least: int, folder: Path) -> dict[str, Cost]:
    """Return the cost of each network of the coordination-network-toolkit, and leave them in ``folder/qut.db``.

    Rows without a link are dropped before the links are joined, unmeasured: the toolkit would take them for posts of
    one and the same page, at a multiple of the cost.
    """
    database = folder / "qut.db"
    costs = {"preprocess": measured(program, database, "preprocess", file)}
    with sqlite3.connect(database) as opened:
        opened.execute("delete from message_url where url = ''")
    opened.close()
    for trace, (detector, _, _) in TRACES.items():
        settings = ("--time_window", str(window), "--min_edge_weight", str(least))
        costs[trace] = measured(program, database, "compute", detector, *settings)
    return costs


def edges(database: Path, trace: str) -> dict[tuple[str, str], int]:
    """Return the weight of each pair of accounts that the toolkit found."""
    with sqlite3.connect(database) as opened:
        table = f"{TRACES[trace][0]}_network"
        query = f"select user_1, user_2, weight from {table} where user_1 < user_2"  # noqa: S608  # a name from TRACES
        found = {(one, two): weight for one, two, weight in opened.execute(query)}
    opened.close()
    return found


def agreement(program: Path, file: Path, window: int, folder: Path) -> Table:
    """Return how the pairs of vigie and of the toolkit agree.

    The toolkit counts messages, vigie objects, by the earliest action of an account on each; and vigie leaves bursts
    out. Both are therefore given the earliest message of each account on each object alone, and vigie no cap, any
    account however little it did, and one object per pair: then every pair should be found by both, on as many
    objects.
    """
    import polars as pl
    from rich.table import Table

    from vigie.features.coordination import pairs

    table = Table(title=f"Pairs within {window} s: vigie and the toolkit", title_justify="left")
    for name in (
        "trace",
        "messages",
        "both, same objects",
        "both, other objects",
        "only vigie",
        "only toolkit",
    ):
        table.add_column(name, justify="left" if name == "trace" else "right")
    raw = pl.read_csv(file, infer_schema=False).with_columns(time=pl.col("timestamp").cast(pl.Int64))
    for trace, (_, column, _) in TRACES.items():
        reposted = pl.col("repost_id").is_not_null()
        acted = raw.filter(pl.col(column).is_not_null() & (reposted if trace == "co_repost" else ~reposted))
        thing = folded(pl.col(column)) if trace == "same_text" else pl.col(column)
        earliest = (
            acted.with_columns(thing=thing)
            .sort("time", maintain_order=True)
            .unique(["user_id", "thing"], keep="first", maintain_order=True)
        )
        given, scratch = folder / f"{trace}.csv", folder / trace
        scratch.mkdir()
        earliest.drop("time", "thing").write_csv(given)
        toolkit(program, given, window, 1, scratch)
        theirs = edges(scratch / "qut.db", trace)
        names = earliest["user_id"].unique().sort()
        happened = earliest.with_row_index("post").select(
            pl.col("user_id").cast(pl.Enum(names)).to_physical().cast(pl.Int64).alias("account"),
            pl.col("thing").alias("object"), "time", pl.col("post").cast(pl.Int64),
            pl.lit(None, pl.Int64).alias("author"),
        )  # fmt: skip
        found = pairs.counted(pairs.actions(happened), window, cap=earliest.height, least=1)
        ours = {
            (names[one], names[two]): count
            for one, two, count in found.select("first", "second", "objects").iter_rows()
        }
        both = ours.keys() & theirs.keys()
        same = sum(ours[pair] == theirs[pair] for pair in both)
        counts = (earliest.height, same, len(both) - same, len(ours) - len(both), len(theirs) - len(both))
        table.add_row(trace, *(f"{count:,}" for count in counts))
    return table


def main() -> None:
    """Print one table of costs, or of the pairs that both find."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?", help="folder that holds posts.csv")
    parser.add_argument(
        "--posts", type=int, default=300_000, help="of the crowd, without a folder (default 300,000)"
    )
    parser.add_argument(
        "--window", type=int, default=60, help="seconds within which actions meet (default 60)"
    )
    parser.add_argument("--qut", type=Path, help="compute_networks of the coordination-network-toolkit")
    parser.add_argument("--duckdb", type=Path, help="Python that has duckdb: a self-join, as a floor")
    parser.add_argument(
        "--agreement", action="store_true", help="compare the pairs with those of --qut instead"
    )
    parser.add_argument(
        "--traces", nargs="+", choices=[*TRACES, NEAR, ALL], metavar="TRACE",
        help=f"run vigie alone, here, on these ({', '.join(TRACES)}, {NEAR}; or all, in every window), and print the pairs",
    )  # fmt: skip
    parser.add_argument("--copies", action="store_true", help="with --traces: ordinary rates and copies too")
    parser.add_argument("--write", action="store_true", help="put the table into the documentation")
    options = parser.parse_args()
    if options.agreement and not options.qut:
        parser.error("--agreement needs --qut")
    if options.folder and not (options.folder / "posts.csv").exists():
        parser.error(f"{options.folder / 'posts.csv'} does not exist")
    with tempfile.TemporaryDirectory() as temporary:
        scratch = Path(temporary)
        if options.folder:
            file, called = options.folder / "posts.csv", options.folder.name
        else:
            file, called = scratch / "posts.csv", f"{options.posts:,} posts of a crowd"
            # By a process of its own: the parent stays small.
            measured(
                sys.executable, Path(__file__).with_name("crowd.py"), file, "--posts", str(options.posts)
            )
        if options.traces:
            print(json.dumps({"pairs": find(file, options.traces, options.window, copied=options.copies)}))
            return
        if options.agreement:
            table = agreement(options.qut, file, options.window, scratch)
        else:
            table = costs(file, called, options.window, options.qut, options.duckdb, scratch)
    from dated import shown

    shown(table, write=options.write)


def costs(file: Path, called: str, window: int, qut: Path | None, duckdb: Path | None, folder: Path) -> Table:
    """Return what each trace costs vigie, and the peers that were named."""
    from rich.table import Table

    table = Table(
        title="Synchrony and copies beside peers",
        title_justify="left",
        caption=f"{called}: pairs with two objects or more within {window} s, start and reading included. CPU ratio: how many "
        "times the CPU seconds of vigie on the same trace. Peak: the largest process.",
    )
    for name in ("tool", "trace", "CPU s", "wall s", "peak MB", "pairs", "CPU ratio"):
        table.add_column(name, justify="left" if name in {"tool", "trace"} else "right")
    ours: dict[str, float] = {}

    def add(tool: str, trace: str, cost: Cost, pairs: int | None, against: str | None = None) -> None:
        compared = against or trace
        ratio = cost.cpu / ours[compared] if compared in ours else None
        table.add_row(
            tool, trace, f"{cost.cpu:.2f}", f"{cost.wall:.2f}", f"{cost.peak / 1e6:,.0f}",
            "" if pairs is None else f"{pairs:,}", "" if ratio is None else f"{ratio:.1f}",
        )  # fmt: skip

    together = " + ".join(TRACES)
    jobs = {
        **{trace: (trace,) for trace in (*TRACES, NEAR)},
        together: tuple(TRACES),
        f"{together}, {COPIES}": (*TRACES, "--copies"),
        "all, every window": (ALL,),
        f"all, every window, {COPIES}": (ALL, "--copies"),
    }
    for name, traces in jobs.items():
        options = ("--window", str(window), "--traces", *traces)
        cost = measured(sys.executable, __file__, file.parent, *options)
        add("vigie", name, cost, json.loads(cost.said)["pairs"])
        ours[name] = cost.cpu
    if qut:
        found = toolkit(qut, file, window, 2, folder)
        total = found["preprocess"]
        for trace in TRACES:
            pairs = len(edges(folder / "qut.db", trace))
            add("toolkit", trace, found["preprocess"].then(found[trace]), pairs)
            if trace == "same_text":
                add(
                    "toolkit", f"{trace}, against {NEAR}", found["preprocess"].then(found[trace]), pairs, NEAR
                )
            total = total.then(found[trace])
        add("toolkit", together, total, None)
        add("toolkit", f"{together}, against {COPIES}", total, None, f"{together}, {COPIES}")
    if duckdb:
        for trace, (_, thing, where) in TRACES.items():
            cost = measured(duckdb, "-c", _JOIN, file, thing, where, str(window))
            add("DuckDB", trace, cost, int(cost.said))
    return table


if __name__ == "__main__":
    main()
