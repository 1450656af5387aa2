"""The form in which something known and something seen are compared, by what it is."""

from __future__ import annotations

import polars as pl

from vigie.features.similarity import perceptual_hash, text_forms
from vigie.serving.known_campaigns.types import IndicatorKind


def of(kind: IndicatorKind, values: pl.Series) -> pl.Series:
    """Return values in normal form; null where one says too little to be known again.

    Texts and biographies are letters only (:mod:`vigie.features.similarity.text_forms`), so that short or generic
    ones never meet; handles are in lower case, as platforms compare them; media hashes carry their kind.

    >>> of("handle", pl.Series(["@Ann_Other"])).to_list()
    ['ann_other']
    """
    match kind:
        case "handle":
            return values.str.strip_chars().str.strip_chars_start("@").str.to_lowercase()
        case "text" | "biography":
            return text_forms.normal_form(values)
        case "media":
            return perceptual_hash.normal_form(values)
        case _:
            return values.str.strip_chars()


def of_one(kind: IndicatorKind, value: str) -> str | None:
    """Return one value in normal form, see :func:`of`."""
    form: str | None = of(kind, pl.Series([value], dtype=pl.String)).item()
    return form or None
