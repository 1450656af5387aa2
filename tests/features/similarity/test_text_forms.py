"""The normal form keeps what a text says, in any script, and nothing of how it is drawn."""

from __future__ import annotations

import polars as pl

from vigie.features.similarity import text_forms


def test_a_text_of_one_script_keeps_its_letters() -> None:
    texts = pl.Series(
        ["мы давно знали что в порту текут старые баки", "το λιμάνι κάηκε και κανείς δεν μίλησε γι αυτό"]
    )
    assert text_forms.normal_form(texts).to_list() == texts.to_list()
