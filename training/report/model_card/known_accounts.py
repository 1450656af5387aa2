"""The last section of a card: how often accounts of each source are in each set and band."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from vigie.features.i18n import message
from vigie.models.conformal import KnownAccounts, least_accounts
from vigie.training.evaluation.publics import LEAST_PEOPLE
from vigie.training.fitting.known_accounts import WHOLE
from vigie.training.report.model_card.render import Table, render


def section(known: KnownAccounts, realised: pl.DataFrame) -> dict[str, str]:
    """Return the section in every language, Markdown, by the file name of its card.

    Args:
        known: The accounts that the bundle is held against.
        realised: See :func:`vigie.training.fitting.known_accounts.realised`.
    """
    least = least_accounts(known.level)
    large = pl.col("accounts") >= least
    kinds = pl.when("inauthentic").then(pl.lit("inauthentic")).otherwise(pl.lit("ordinary"))
    people = realised.filter(~pl.col("inauthentic"), pl.col("shown") == WHOLE, ~large)
    large_publics = realised.filter(
        ~pl.col("inauthentic"), pl.col("shown") == WHOLE, pl.col("accounts") >= LEAST_PEOPLE
    )
    titles = {
        "source": message("training.column_source"),
        "label": message("training.column_label"),
        "shown": message("training.column_profile_shown"),
        "tier": message("training.column_tier"),
        "accounts": message("training.column_accounts"),
        "suspect": message("training.column_suspect"),
        "only_ordinary": message("training.column_only_ordinary"),
        "only_inauthentic": message("training.column_only_inauthentic"),
        "both": message("training.column_both"),
        "neither": message("training.column_neither"),
        **{name: message("training.band_or_above", name=name) for name in known.bands},
    }
    values = {
        "level": known.level,
        "bands": [
            {"name": name, "level": level}
            for name, level in sorted(known.bands.items(), key=lambda item: -item[1])
        ],
        "table": Table(realised.filter(large).with_columns(label=kinds), titles),
        "small": [
            f"{row['source']} ({row['tier']}: {row['accounts']})" for row in people.iter_rows(named=True)
        ],
        "least": least,
        "above": [
            {"source": row["source"], "tier": row["tier"], "people": row["accounts"], "band": name, "level": level,
             "share": row[name], "low": row[f"{name}_low"], "high": row[f"{name}_high"]}
            for name, level in known.bands.items()
            for row in large_publics.filter(pl.col(name) > level).iter_rows(named=True)
        ],
    }  # fmt: skip
    return render("known_accounts", values)


def with_section(cards: Mapping[str, str], added: Mapping[str, str]) -> dict[str, str]:
    """Return cards that end in a section, in place of the one of that title that a card may have."""
    return {
        name: card.split(added[name].splitlines()[0])[0].rstrip() + "\n\n" + added[name]
        for name, card in cards.items()
    }
