"""The tables that a comparison read, as a dossier holds them: what it takes to compare them again, and nothing else."""

from __future__ import annotations

from io import BytesIO

import polars as pl

from vigie.errors import DossierError
from vigie.features import schema
from vigie.features.coordination.comparison import Comparison
from vigie.serving.dossier.manifest import Inputs

ACCOUNTS, POSTS = "inputs/accounts.parquet", "inputs/posts.parquet"
# More than anybody has compared in one process, and few enough that a table fits into memory.
MOST_ROWS = 20_000_000
_AUTHOR = ["platform", "account_id"]


def written(compared: Comparison) -> dict[str, bytes]:
    """Return the accounts and posts of a comparison in the columns of the contract, in its order, by member."""
    names = compared.accounts.select("row", *_AUTHOR)
    posts = compared.posts.drop(_AUTHOR, strict=False).join(
        names, on="row", how="left", maintain_order="left"
    )
    return {
        ACCOUNTS: _parquet(schema.conform(compared.accounts, "accounts")),
        POSTS: _parquet(schema.conform(posts, "posts")),
    }


def summed_up(compared: Comparison) -> Inputs:
    """Return how much a comparison read."""
    seen, posted = compared.accounts["observed_at"], compared.posts["created_at"]
    return Inputs(
        accounts=compared.accounts.height,
        posts=compared.posts.height,
        first_observed_at=seen.min(),  # type: ignore[arg-type]  # columns of times
        last_observed_at=seen.max(),  # type: ignore[arg-type]
        first_post_at=posted.min(),  # type: ignore[arg-type]
        last_post_at=posted.max(),  # type: ignore[arg-type]
    )


def read(accounts: bytes, posts: bytes, *, platform_of_posts: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return accounts with ``row``, and posts with the row and the id of their author, as they were compared.

    Args:
        accounts: A Parquet file.
        posts: The same.
        platform_of_posts: Whether posts keep the platform of their author.

    Raises:
        DossierError: A file is none, has other columns or too many rows, or a post has no author.
    """
    numbered = _table(accounts, ACCOUNTS, "accounts").with_row_index("row")
    held = _table(posts, POSTS, "posts").join(
        numbered.select("row", *_AUTHOR), on=_AUTHOR, how="left", maintain_order="left"
    )
    if held.height and (
        held["row"].null_count() or numbered.select(pl.struct(_AUTHOR).is_duplicated().any()).item()
    ):
        raise DossierError(f"{POSTS}: a post is not by exactly one of the accounts; get the file again")
    return numbered, held if platform_of_posts else held.drop("platform")


def _table(content: bytes, name: str, table: str) -> pl.DataFrame:
    expected = schema.schema(table)
    try:
        scanned = pl.scan_parquet(BytesIO(content))
        rows = scanned.select(pl.len()).collect().item()
        if scanned.collect_schema() != expected:
            raise DossierError(
                f"{name} does not have the columns of the contract, see docs/reference/contract.md"
            )
        if rows > MOST_ROWS:
            raise DossierError(f"{name} has {rows:,} rows; a dossier has at most {MOST_ROWS:,}")
        return scanned.collect()
    except pl.exceptions.PolarsError as error:
        raise DossierError(f"{name} is no Parquet file that can be read ({str(error)[:80]})") from error


def _parquet(table: pl.DataFrame) -> bytes:
    file = BytesIO()
    table.write_parquet(file, compression="zstd")
    return file.getvalue()
