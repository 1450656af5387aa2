"""Things are compared in one form, and what says too little has none."""

from __future__ import annotations

import pytest

from vigie.serving.known_campaigns import normal_forms
from vigie.serving.known_campaigns.types import IndicatorKind


@pytest.mark.parametrize(
    ("kind", "value", "form"),
    [
        ("handle", "@Ann_Other ", "ann_other"),
        ("account_id", " 77", "77"),
        ("media", "F0E1D2C3B4A59687", "phash:f0e1d2c3b4a59687"),
        ("media", "sha256:ab", "sha256:ab"),
        (
            "text",
            "The harbour will close tomorrow, 3 people say!",
            "the harbour will close tomorrow people say",
        ),
        ("text", "Good morning!", None),
        ("biography", "Love. Peace.", None),
    ],
)
def test_a_value_has_a_form_or_says_too_little(kind: IndicatorKind, value: str, form: str | None) -> None:
    assert normal_forms.of_one(kind, value) == form
