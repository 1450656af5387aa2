"""The last section of a card says what is promised, what was measured, and of whom nothing is promised."""

from __future__ import annotations

import numpy as np
import polars as pl

from vigie.models.conformal import Group, KnownAccounts
from vigie.training.report.model_card.known_accounts import section, with_section

KNOWN = KnownAccounts(
    0.01,
    {"elevated": 0.05, "high": 0.005},
    (Group("town", False, "profile", np.array([0.0]), np.array([250])),),
)


def row(source: str, accounts: int, *, inauthentic: bool = False) -> dict[str, object]:
    return {
        "source": source, "inauthentic": inauthentic, "shown": "as it is", "tier": "profile", "accounts": accounts,
        "suspect": 0.004, "suspect_low": 0.0001, "suspect_high": 0.0221, "only_ordinary": 0.1, "only_inauthentic": 0.004,
        "both": 0.896, "neither": 0.0, "elevated": 0.03, "elevated_low": 0.01, "elevated_high": 0.06, "high": 0.0,
        "high_low": 0.0, "high_high": 0.0147,
    }  # fmt: skip


REALISED = pl.DataFrame([row("town", 250), row("hamlet", 40), row("farm", 40, inauthentic=True)])


def test_the_section_states_level_bands_measured_shares_with_intervals_and_who_is_too_few() -> None:
    text = section(KNOWN, REALISED)["card.md"]
    assert "at most 1.0% of the ordinary people" in text
    assert "- *elevated*: 5.0%\n- *high*: 0.5%\n" in text
    assert "| town | ordinary | as it is | profile | 250 | .004 [.000, .022] |" in text
    assert "hamlet (profile: 40)" in text
    assert "farm" not in text


def test_the_section_is_told_in_french_with_its_own_numbers() -> None:
    text = section(KNOWN, REALISED)["card.fr.md"]
    assert "| town | ordinaire | tel quel |" in text
    assert "1,0\u202f%" in text


def test_a_measured_share_above_the_promise_is_told_with_whether_chance_explains_it() -> None:
    chance = row("port", 719) | {"high": 0.0056, "high_low": 0.0015, "high_high": 0.0142}
    fault = row("dock", 900) | {"high": 0.02, "high_low": 0.012, "high_high": 0.031}
    told = section(KNOWN, pl.DataFrame([*REALISED.to_dicts(), chance, fault]))
    assert (
        "- port (profile), *high* or above: 0.6% of 719 people, exact interval 0.1% to 1.4%; the 0.5% that is promised lies inside"
        in told["card.md"]
    )
    assert "1.2% to 3.1%; more than chance explains" in told["card.md"]
    assert "0,5\u202f% de l’engagement sont dans l’intervalle" in told["card.fr.md"]
    assert "by chance" not in section(KNOWN, REALISED)["card.md"]


def test_a_section_takes_the_place_of_an_older_one() -> None:
    new = section(KNOWN, REALISED)
    first = with_section({"card.md": "# m\n\nText.\n", "card.fr.md": "# m\n\nTexte.\n"}, new)
    again = with_section(first, new)
    assert again == first
    assert again["card.md"].startswith("# m\n\nText.\n\n## Held")
