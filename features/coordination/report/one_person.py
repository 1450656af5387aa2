"""One person on several networks, under one name on each: who posts everywhere at once hides nothing."""

from __future__ import annotations

import polars as pl

# Letters and digits of a name, at least, from which it tells one person from another.
_LEAST = 4


def one_name(members: pl.DataFrame) -> str | None:
    """Return the handle, or the name shown, that accounts share, each on a platform of its own; None where they do not.

    Capitals and signs do not count, nor what follows the name of a server in a handle.

    Args:
        members: ``platform``, ``handle`` and ``display_name`` of each.
    """
    platforms = members["platform"]
    if members.height < 2 or platforms.null_count() or platforms.n_unique() < members.height:
        return None
    local = pl.col("handle").str.strip_chars_start("@").str.extract(r"^([^@.]+)")
    for name in (local, pl.col("display_name")):
        plain = members.select(name.str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]", "")).to_series()
        if plain.n_unique() == 1 and len(plain[0] or "") >= _LEAST:
            return str(plain[0])
    return None
