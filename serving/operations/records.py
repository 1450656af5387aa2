"""Accounts and posts as a store keeps them: keys, digests, profiles as text, posts as Parquet."""

from __future__ import annotations

from hashlib import blake2b
from io import BytesIO

import polars as pl

from vigie.features import schema
from vigie.features.json_object import JsonObject

# ASCII's own separator of units.
_UNIT = "\x1f"
ACCOUNT = ("platform", "account_id")
POST = (*ACCOUNT, "post_id")
# What an account shows of itself; who it is and when it was seen stand beside it.
PROFILE = pl.Schema(
    {
        name: dtype
        for name, dtype in schema.schema("accounts").items()
        if name not in (*ACCOUNT, "observed_at")
    }
)
# Posts of a group of rows in a file: what is read at least, to read those of one account.
_GROUP = 2_000
# When a post was collected changes nothing about it.
_CONTENT = [name for name in schema.schema("posts") if name not in (*POST, "recorded_at")]
_TIMES = [name for name, dtype in PROFILE.items() if dtype == schema.TIME]
_STORED = pl.Struct({name: pl.Int64 if dtype == schema.TIME else dtype for name, dtype in PROFILE.items()})
_SEEN = pl.Struct(dict.fromkeys(PROFILE, pl.Int64))


def keys(rows: pl.DataFrame, names: tuple[str, ...]) -> pl.Series:
    """Return a digest of 16 bytes of the names of each row.

    Args:
        rows: Columns with the names, none of them null.
        names: :data:`ACCOUNT` or :data:`POST`.
    """
    return _digests(rows.select(pl.concat_str(names, separator=_UNIT)).to_series())


def contents(posts: pl.DataFrame) -> pl.Series:
    """Return a digest of 16 bytes of what each post says, whenever it was collected."""
    return _digests(posts.select(pl.struct(_CONTENT).struct.json_encode()).to_series())


def account_key(platform: str, account_id: str) -> bytes:
    """Return the key of one account."""
    return blake2b(_UNIT.join((platform, account_id)).encode(), digest_size=16).digest()


def _digests(texts: pl.Series) -> pl.Series:
    return pl.Series([blake2b(text.encode(), digest_size=16).digest() for text in texts], dtype=pl.Binary)


def profiles(accounts: pl.DataFrame) -> pl.Series:
    """Return the profile of each account as text, see :func:`profile_columns`."""
    return accounts.select(
        pl.struct(
            pl.col(name).dt.epoch("us") if name in _TIMES else pl.col(name) for name in PROFILE
        ).struct.json_encode()
    ).to_series()


def profile_columns(texts: pl.Series) -> pl.DataFrame:
    """Return profiles that are text as columns (:data:`PROFILE`)."""
    stored = texts.str.json_decode(_STORED).struct.unnest()
    return stored.with_columns(pl.from_epoch(name, "us").dt.replace_time_zone("UTC") for name in _TIMES)


def seen(times: pl.DataFrame) -> pl.Series:
    """Return when each field of profiles was seen as text; null where no field has a time.

    Args:
        times: A column of times for each field of :data:`PROFILE`.
    """
    return times.select(
        pl.when(pl.any_horizontal(pl.col(name).is_not_null() for name in PROFILE)).then(
            pl.struct(pl.col(name).dt.epoch("us") for name in PROFILE).struct.json_encode()
        )
    ).to_series()


def seen_columns(texts: pl.Series) -> pl.DataFrame:
    """Return when fields were seen as a column of times for each."""
    stored = texts.str.json_decode(_SEEN).struct.unnest()
    return stored.with_columns(pl.from_epoch(name, "us").dt.replace_time_zone("UTC") for name in PROFILE)


def parquet(posts: pl.DataFrame) -> bytes:
    """Return posts, in the columns of the contract, as a Parquet file; those of an account lie together, in order."""
    file = BytesIO()
    ordered = posts.select(list(schema.schema("posts"))).sort(ACCOUNT, maintain_order=True)
    ordered.write_parquet(file, compression="zstd", row_group_size=_GROUP)
    return file.getvalue()


def from_parquet(stored: bytes, *which: pl.Expr) -> pl.DataFrame:
    """Return the posts of a Parquet file, in the columns of the contract as it is now.

    Args:
        stored: The file.
        which: Conditions on the posts; groups of rows in which none can be are not read.
    """
    return schema.conform(pl.scan_parquet(BytesIO(stored)).filter(*which).collect(), "posts")


def known(row: JsonObject) -> JsonObject:
    """Return a row without what is not known."""
    return {name: value for name, value in row.items() if value is not None}
