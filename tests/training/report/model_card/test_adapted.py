"""The card of an adapted model says its parent, its labels, what it gains, and for what it holds."""

from __future__ import annotations

import numpy as np
import pytest

from vigie.models.adaptation.head import Curves, Head
from vigie.training.report.model_card.adapted import cards

FEATURES = tuple(f"feature_{number}" for number in range(18))
CURVES = Curves(1.25, 0.1, tuple(np.array([-0.1, 1.0, 0.3]) * size for size in np.linspace(0.9, 0.05, 18)))
HEAD = Head(FEATURES, tuple(np.arange(3.0) for _ in FEATURES), CURVES, (CURVES, CURVES))
INDEX = {
    "name": "m-adapted",
    "assumed_prevalence": 0.1,
    "adaptation": {
        "parent": {"name": "m", "version": "abc"},
        "collection": "harbour <b>",
        "accounts": 1200,
        "labels": {"inauthentic": 31, "ordinary": 42, "abstained": 5, "repeated": 2, "unmatched": 1},
    },
    "figures": {
        "adaptation": [
            {"model": "parent", "auc": 0.61, "low": 0.5, "high": 0.7},
            {"model": "adapted", "auc": 0.78, "low": 0.7, "high": 0.85},
            {"model": "gain", "auc": 0.17, "low": 0.05, "high": 0.28},
        ]
    },
}


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("card.md", ["m abc, adapted to one collection", "1,200 accounts", "31 inauthentic, 42 ordinary", "gain | .170 [.050, .280]",
                     "holds for that collection only", "10.0%", "3 further features"]),
        ("card.fr.md", ["m abc, adapté à une seule collecte", "31 inauthentiques, 42 ordinaires", "gain | 0,170 [0,050\u202f; 0,280]",
                        "ne vaut que pour cette collecte", "10,0\u202f%", "3 autres mesures"]),
    ],
)  # fmt: skip
def test_a_card_says_what_the_model_rests_on(file: str, said: list[str]) -> None:
    card = cards(INDEX, HEAD)[file]
    assert [sentence for sentence in said if sentence not in card] == []


def test_the_widest_curves_are_shown_first_and_names_are_not_read_as_html() -> None:
    card = cards(INDEX, HEAD)["card.md"]
    assert card.index("feature_0") < card.index("feature_14")
    assert "feature_17" not in card
    assert "| feature_0 | −0.090 | 0.900 | 0.270 |" in card
    assert "<b>" not in card
