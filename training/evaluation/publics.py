"""What a promise to ordinary people is worth: how many of them are in each band, of every public that is large enough.

A public is the ordinary accounts of a source of which as much is known. Their bands are those of answers
(:mod:`vigie.models.conformal`), measured on accounts that did not calibrate them
(:func:`vigie.training.fitting.known_accounts.realised`).
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from vigie.models.metrics import Estimate
from vigie.training.fitting.known_accounts import WHOLE

# A rate of half a percent shows in no fewer.
LEAST_PEOPLE = 300
_POSTS = "posts"


def metrics(realised: pl.DataFrame, bands: Sequence[str]) -> dict[str, Estimate]:
    """Return the share of people in each band or above, with exact intervals.

    Args:
        realised: How often accounts are in each band.
        bands: Those above the lowest.

    Returns:
        ``people.BAND.worst`` and, of those whose posts are too few to be judged by, ``people.few_posts.BAND.worst``: of the public
        of which most are surely in the band, which is that of the largest low end; and ``people.BAND.SOURCE.TIER`` of each.
    """
    found: dict[str, Estimate] = {}
    people = realised.filter(
        ~pl.col("inauthentic"), pl.col("shown") == WHOLE, pl.col("accounts") >= LEAST_PEOPLE
    )
    for band in bands:
        rates = {
            (row["source"], row["tier"]): Estimate(row[band], row[f"{band}_low"], row[f"{band}_high"])
            for row in people.iter_rows(named=True)
        }
        found |= {f"people.{band}.{source}.{tier}": rate for (source, tier), rate in rates.items()}
        of_few_posts = [rate for (_, tier), rate in rates.items() if _POSTS not in tier]
        for whose, some in (("people", list(rates.values())), ("people.few_posts", of_few_posts)):
            if some:
                found[f"{whose}.{band}.worst"] = max(some, key=lambda rate: (rate.low, rate.value))
    return found
