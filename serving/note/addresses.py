"""Addresses of posts and profiles that are certain: those collected, or those that platform and ids leave no doubt about.

An id alone is no proof: archives number posts by their place in a file, and hash ids and handles. X writes the time into
the id of a post, so an address is built where that time is the time of the post.
"""

from __future__ import annotations

import polars as pl

from vigie.features.ingest.validation import ADDRESS

# What would end an attribute, or change the line that an address stands in.
_UNSAFE = r"[\p{Cc}\p{Cf}\s\"'<>\\]"
# Milliseconds since 1970 from which X counts, and by how much it multiplies them in an id.
_X_EPOCH_MS, _X_STEP = 1_288_834_974_657, 2**22
# Hours added to a platform's clock (--shift) and archives that keep days leave no more between id and time.
_TOLERANCE_MS = 86_400_000
_X_ID, _X_HANDLE = r"^[1-9]\d{14,18}$", r"^[A-Za-z0-9_]{1,15}$"


def safe(address: pl.Expr) -> pl.Expr:
    """Return addresses that a page may link to: http or https, without a sign that would end a link; others are null."""
    return pl.when(address.str.contains(ADDRESS) & ~address.str.contains(_UNSAFE)).then(address)


def of_posts() -> pl.Expr:
    """Return the address of each post of a table with ``platform``, ``permalink``, ``post_id`` and ``created_at``."""
    number = pl.when(pl.col("post_id").str.contains(_X_ID)).then(pl.col("post_id"))
    written = number.cast(pl.Int64, strict=False) // _X_STEP + _X_EPOCH_MS
    certain = (written - pl.col("created_at").dt.epoch("ms")).abs() <= _TOLERANCE_MS
    built = pl.when((pl.col("platform") == "x") & certain).then(
        pl.concat_str(pl.lit("https://x.com/i/status/"), number)
    )
    return pl.coalesce(safe(pl.col("permalink")), built)


def of_profiles() -> pl.Expr:
    """Return the address of each profile of a table with ``platform`` and ``handle``."""
    named = (pl.col("platform") == "x") & pl.col("handle").str.contains(_X_HANDLE)
    return pl.when(named).then(pl.concat_str(pl.lit("https://x.com/"), "handle"))
