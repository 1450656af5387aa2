"""CPU seconds of the features of accounts, beside hand-written SQL for the same features and the mere reading of the Parquet.

FOLDER is a dataset (benchmarks/invented.py makes one). The SQL computes the features of COMMON, a third of the catalogue of posts,
of every kind: shares, text stripped by regular expressions, equal texts, distinct words, gaps, days, entropies, sequences. It takes
the latest 200 posts of an account up to its observation, as vigie does, and leaves out what is dear in vigie and without effect on
this data: checks of the contract, posts that come twice, kinds and platforms in other spellings, clocks of coarse resolution.
Every process is measured as a whole, start included.

Run: python benchmarks/features.py FOLDER --duckdb peers/duckdb/bin/python [--write]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from dated import shown
from network import Cost, measured

# Polars and vigie are imported by the processes that are measured: Linux hands the peak memory of a parent down to its children.
if TYPE_CHECKING:
    from rich.table import Table

# Computed by both: the expression in SQL over the columns of _SEEN, and the posts needed.
COMMON = {
    "content_repost_share": ("avg(repost::int)", 5),
    "content_reply_share": ("avg((kind = 'reply')::int)", 5),
    "content_hashtag_mean_count": ("case when own >= 5 then avg(len(tags)) filter (not repost) end", 5),
    "content_mention_mean_count": ("case when own >= 5 then avg(len(mentioned)) filter (not repost) end", 5),
    "content_url_share": ("case when own >= 5 then avg((len(links) > 0)::int) filter (not repost) end", 5),
    "content_length_mean": ("case when own >= 5 then avg(length(prose)) filter (not repost) end", 5),
    "content_question_share": (
        "case when own >= 5 then avg(regexp_matches(prose, '[?؟？]')::int) filter (not repost) end", 5,
    ),
    "content_exclamation_share": (
        "case when own >= 5 then avg(regexp_matches(prose, '[!！]')::int) filter (not repost) end", 5,
    ),
    "content_duplicate_share": (
        "case when count(key) >= 5 then avg((alike > 1)::int) filter (key is not null) end", 5,
    ),
    "rhythm_gap_median_s": ("median(gap)", 5),
    "rhythm_gap_variation": ("case when avg(gap) > 0 then stddev_samp(gap) / avg(gap) end", 20),
    "rhythm_short_gap_share": ("avg((gap <= 60)::int)", 5),
    "rhythm_hour_entropy_bits": (
        "entropy(hour(created_at)) + (count(distinct hour(created_at)) - 1) / (2 * count(*) * ln(2))", 20,
    ),
    "rhythm_active_day_share": (
        "count(distinct created_at::date) / (max(created_at::date) - min(created_at::date) + 1)", 20,
    ),
    "sequence_action_entropy_bits": ("entropy(kind)", 20),
    "sequence_switch_share": ("avg((kind <> earlier)::int)", 20),
}  # fmt: skip
# Those that count something of an account first: the table, and the posts needed.
COUNTED = {
    "rhythm_posts_per_active_day": ("days", "median(posts)", 20),
    "rhythm_busiest_day_posts_count": ("days", "max(posts)", 20),
    "rhythm_minute_collision": (
        "minutes", "60 * sum(posts * (posts - 1)) / (sum(posts) * (sum(posts) - 1))", 20,
    ),
    "content_vocabulary_richness": (
        "words", "case when sum(used) >= 50 then ln(count(*)) / ln(sum(used)) end", 10,
    ),
    "content_hashtag_entropy_bits": (
        "tagged", "case when sum(used) >= 5 then log2(sum(used)) - sum(used * log2(used)) / sum(used) end", 10,
    ),
}  # fmt: skip
_SQL = r"""
import duckdb, sys
folder, out, columns, counted, needed = sys.argv[1:]
duckdb.execute("set threads = 2; set enable_progress_bar = false; set TimeZone = 'UTC'")
pattern = r"https?://[^\s<>\"]+|@[A-Za-z0-9_.]{1,30}|#[\p{L}\p{N}_]+"
invisible = r"[\x{0}\x{AD}\x{61C}\x{180E}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2064}\x{2066}-\x{206F}\x{FEFF}]"
duckdb.execute(f'''
    create temp table seen as
    with latest as (
        select posts.*, row_number() over (partition by account_id order by created_at desc, post_id desc) as rank
        from read_parquet('{folder}/posts*.parquet') posts
        join (select account_id, observed_at from read_parquet('{folder}/accounts*.parquet')) using (account_id)
        where created_at <= observed_at),
    clean as (
        select account_id, post_id, created_at, kind, kind = 'repost' as repost, hashtags, mentions, urls,
            regexp_replace(text[:20000], '{invisible}', '', 'g') as text
        from latest where rank <= 200),
    read as (
        select account_id, post_id, created_at, kind, repost,
            coalesce(hashtags, regexp_extract_all(text, '#[\\p{{L}}\\p{{N}}_]+')) as tags,
            coalesce(mentions, regexp_extract_all(text, '@[A-Za-z0-9_.]{{1,30}}')) as mentioned,
            coalesce(urls, regexp_extract_all(text, 'https?://[^\\s<>"]+')) as links,
            trim(regexp_replace(regexp_replace(text, '{pattern}', ' ', 'g'), '\\s+', ' ', 'g')) as prose
        from clean),
    spelt as (select *, trim(regexp_replace(lower(prose), '[^\\p{{L}}\\p{{M}}]+', ' ', 'g')) as letters from read),
    keyed as (select *, case when not repost and length(letters) >= 12 then letters end as key from spelt)
    select *, count(*) over (partition by account_id, key) as alike,
        lag(kind) over consecutive as earlier,
        60 * (epoch(created_at)::bigint // 60 - lag(epoch(created_at)::bigint // 60) over consecutive) as gap,
        count(prose) filter (not repost) over (partition by account_id) as own
    from keyed window consecutive as (partition by account_id order by created_at, post_id)''')
for name, what in {
    "days": "select account_id, created_at::date as of, count(*) as posts from seen group by all",
    "minutes": "select account_id, minute(created_at) as of, count(*) as posts from seen group by all",
    "words": "select account_id, word, count(*) as used from (select account_id, unnest(string_split(letters, ' ')) as word "
        "from seen where not repost and letters <> '') group by all",
    "tagged": "select account_id, tag, count(*) as used from (select account_id, unnest(list_transform(tags, lambda x: lower(x))) "
        "as tag from seen) group by all",
}.items():
    duckdb.execute(f"create temp view {name} as {what}")
joins = " ".join(
    f"left join (select account_id, {made} from {table} group by account_id) {table} using (account_id)"
    for table, made in (pair.split("=", 1) for pair in counted.split(";")))
duckdb.execute(f'''copy (
    select account_id, {needed} from (select account_id, count(*) as supplied, {columns} from seen group by account_id, own) {joins}
    ) to '{out}' (format parquet)''')
"""


def sql(python: Path, folder: Path, out: Path) -> Cost:
    """Return the cost of :data:`COMMON` and :data:`COUNTED` by DuckDB."""
    columns = ", ".join(f"{made} as {name}" for name, (made, _) in COMMON.items())
    tables: dict[str, list[str]] = {}
    for name, (table, made, _) in COUNTED.items():
        tables.setdefault(table, []).append(f"{made} as {name}")
    counted = ";".join(f"{table}={', '.join(made)}" for table, made in tables.items())
    least = {name: given[-1] for name, given in {**COMMON, **COUNTED}.items()}
    needed = ", ".join(
        f"case when supplied >= {posts} then {name} end as {name}" for name, posts in least.items()
    )
    return measured(python, "-c", _SQL, folder, out, columns, counted, needed)


def compute(folder: Path, out: Path) -> None:
    """Write the features that SQL computes too, by vigie."""
    from datetime import UTC, datetime

    import polars as pl

    from vigie.features import pipeline
    from vigie.serving.batch import inputs

    parts = []
    with tempfile.TemporaryDirectory(dir=out.parent) as scratch:
        for batch, _ in inputs.find(folder, datetime.now(UTC), Path(scratch)).batches():
            made = pipeline.compute(batch.accounts, batch.posts, [*COMMON, *COUNTED]).table
            parts.append(batch.accounts.select("account_id").hstack(made.drop("row")))
    pl.concat(parts).write_parquet(out)


def read(folder: Path) -> None:
    """Decode every column of the posts, and keep none."""
    import polars as pl

    for rows in pl.scan_parquet(folder / "posts*.parquet").collect_batches(chunk_size=500_000):
        del rows


def disagreement(ours: Path, theirs: Path) -> str:
    """Return on how many values the two differ by more than a billionth, of how many."""
    import polars as pl

    names = [*COMMON, *COUNTED]
    one, two = (
        pl.read_parquet(path).sort("account_id").select(pl.col(names).cast(pl.Float64)).unpivot()
        for path in (ours, theirs)
    )
    near = (one["value"] - two["value"]).abs() <= 1e-9 * (1 + one["value"].abs())
    same = (near | (one["value"].is_null() & two["value"].is_null())).fill_null(value=False)
    worst = one.filter(~same)["variable"].unique().to_list()
    return f"{(~same).sum():,} of {one.height:,}" + (f" ({', '.join(worst)})" if worst else "")


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="dataset directory")
    parser.add_argument("--duckdb", type=Path, help="Python that has duckdb")
    parser.add_argument(
        "--rounds", type=int, default=3, help="times each is run, in turns; the least CPU counts"
    )
    parser.add_argument("--write", action="store_true", help="put the table into the documentation")
    parser.add_argument("--alone", choices=("compute", "read"), help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone == "compute":
        compute(options.folder, options.out)
        return
    if options.alone == "read":
        read(options.folder)
        return
    with tempfile.TemporaryDirectory() as scratch:
        table = compared(options.folder, options.duckdb, options.rounds, Path(scratch))
    shown(table, write=options.write)


def compared(folder: Path, duckdb: Path | None, rounds: int, scratch: Path) -> Table:
    """Return the table.

    Args:
        folder: The dataset.
        duckdb: Python that has DuckDB; None: without it.
        rounds: How often each is run.
        scratch: Where files are written.
    """
    from rich.table import Table

    ours, theirs = scratch / "ours.parquet", scratch / "theirs.parquet"
    itself = (sys.executable, __file__, folder, "--alone")
    count = len(COMMON) + len(COUNTED)
    jobs = {
        "reading the Parquet": lambda: measured(*itself, "read"),
        f"vigie, {count} features": lambda: measured(*itself, "compute", "--out", ours),
        "vigie features, every feature": lambda: measured(
            sys.executable, "-m", "vigie", "features", folder, "--out", scratch / "all.parquet"
        ),
    }
    if duckdb:
        jobs[f"DuckDB, {count} features"] = lambda: sql(duckdb, folder, theirs)
    costs: dict[str, list[Cost]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, job in jobs.items():
            costs[name].append(job())
    posts = json.loads((folder / "manifest.json").read_text())["tables"]["posts"]["rows"]
    least = {name: min(found, key=lambda cost: cost.cpu) for name, found in costs.items()}
    peer = least.get(f"DuckDB, {count} features")
    caption = f"{posts:,} posts. The least of {rounds} rounds in turns."
    if duckdb:
        caption += f" Values on which vigie and DuckDB differ: {disagreement(ours, theirs)}."
    table = Table(title="Features of accounts beside SQL", caption=caption, title_justify="left")
    for name in ("what", "CPU s", "peak MB", "CPU to DuckDB"):
        table.add_column(name, justify="left" if name == "what" else "right")
    for name, cost in least.items():
        ratio = f"{cost.cpu / peer.cpu:.2f}" if peer else ""
        table.add_row(name, f"{cost.cpu:.1f}", f"{cost.peak / 1e6:,.0f}", ratio)
    return table


if __name__ == "__main__":
    main()
