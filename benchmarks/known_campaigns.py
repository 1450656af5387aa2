"""How many ordinary accounts match known campaigns, by way of matching: the shares of ``ordinary_shares.py``.

python benchmarks/known_campaigns.py MEMORY FOLDER…: a memory made by vigie known import; folders with accounts.parquet and
posts.parquet of ordinary accounts. Texts and biographies are tried against those of the other folders, as published bundles hold
none: a quarter of the accounts of each folder stands for a campaign, and the accounts of the others are matched with it.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from time import perf_counter

import polars as pl
from scipy.stats import beta

from vigie.features import schema
from vigie.serving.known_campaigns import addresses, matching, memory_file, normal_forms
from vigie.serving.known_campaigns.types import Indicator, KnownAccount, KnownCampaign, Memory, Source


def tables(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the accounts of a folder with ``row``, authors known by their posts alone included, and their posts."""
    keys = ["platform", "account_id"]
    posts = conformed(pl.read_parquet(folder / "posts.parquet"), "posts")
    accounts = conformed(pl.read_parquet(folder / "accounts.parquet"), "accounts")
    strangers = posts.select(keys).unique(maintain_order=True).join(accounts, on=keys, how="anti")
    every = pl.concat([accounts, strangers], how="diagonal").unique(keys, keep="first", maintain_order=True)
    rows = every.with_row_index("row")
    return rows, posts.join(rows.select("row", *keys), on=keys)


def conformed(table: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return a table with the columns of the contract, of its types."""
    types = schema.schema(name)
    return table.select(
        pl.col(column).cast(dtype, strict=False)
        if column in table.columns
        else pl.lit(None, dtype).alias(column)
        for column, dtype in types.items()
    )


def contents(accounts: pl.DataFrame, posts: pl.DataFrame) -> KnownCampaign:
    """Return a quarter of the accounts of a folder as if they were a campaign."""
    chosen = accounts.filter(pl.col("row") % 4 == 0)
    own = posts.join(chosen.select("row"), on="row", how="semi").filter(
        pl.col("kind").fill_null("original") != "repost"
    )
    return KnownCampaign(
        name="none",
        source=Source(name="ordinary accounts"),
        accounts=tuple(
            KnownAccount(description=text)
            for text in chosen["description"].drop_nulls().unique(maintain_order=True)
        ),
        indicators=tuple(
            Indicator(kind="text", value=text)
            for text in own["text"].drop_nulls().unique(maintain_order=True)
        )
        + tuple(
            Indicator(kind="media", value=text)
            for text in own["media_hashes"].explode().drop_nulls().unique(maintain_order=True)
        ),
    )


def able(accounts: pl.DataFrame, posts: pl.DataFrame) -> Counter[str]:
    """Return how many accounts have something by which they could match, by way of matching."""
    seen = pl.concat(list(matching.seen(accounts, posts, None)))
    counts = Counter[str]()
    for (kind,), part in seen.group_by("kind"):
        if kind == "domain":
            own = part.filter(
                ~pl.col("value").is_in(list(addresses.SHARED_HOSTS))
                & pl.col("value").str.contains(r"^[a-z0-9.-]+\.[a-z]{2,}$")
            )
        else:
            own = part.with_columns(form=normal_forms.of(kind, part["value"])).drop_nulls("form")
        counts[kind] = own["row"].n_unique()
    counts["lookalike_domain"] = counts["domain"]
    return counts


def main(memory: Memory, folders: list[Path]) -> None:
    """Print the share of accounts with a match, by folder and way, and over all."""
    read = {folder.name: tables(folder) for folder in folders}
    hits, of = Counter[str](), Counter[str]()
    for name, (accounts, posts) in read.items():
        started = perf_counter()
        others = Memory(campaigns=tuple(contents(*each) for other, each in read.items() if other != name))
        found = pl.concat(
            [
                matching.matches(accounts, posts, memory).table,
                matching.matches(accounts, posts, others).table.filter(
                    pl.col("how").is_in(("text", "biography", "media"))
                ),
            ]
        )
        counts = dict(found.group_by("how").agg(pl.col("row").n_unique()).iter_rows())
        hits.update(counts)
        of.update(able(accounts, posts))
        known = sum(len(each.indicators) + len(each.accounts) for each in others.campaigns)
        print(
            f"{name}: {accounts.height:,} accounts, {posts.height:,} posts, {known:,} contents and biographies of others; "
            f"{perf_counter() - started:.1f} s: {counts or 'none'}"
        )
        for row in (
            found.filter(pl.col("how").is_in(("domain", "lookalike_domain", "page")))
            .group_by("how", "role", "value")
            .len()
            .iter_rows()
        ):
            print("   ", *row)
    for how, count in sorted(of.items()):
        bound = beta.ppf(0.95, hits[how] + 1, count - hits[how]) if count else float("nan")
        print(f"{how}: {hits[how]} of {count:,}, at most {bound:.5f}")


if __name__ == "__main__":
    main(memory_file.read(Path(sys.argv[1])), [Path(name) for name in sys.argv[2:]])
