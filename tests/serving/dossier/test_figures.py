"""Figures are those of the answers, and each that comes out otherwise is named."""

from __future__ import annotations

import json

import pytest

from vigie.errors import DossierError
from vigie.serving.dossier import figures
from vigie.serving.dossier.figures import Difference
from vigie.serving.dossier.sealing import FIGURES, Finding


def test_every_member_of_the_campaign_has_both_scores(finding: Finding, members: dict[str, bytes]) -> None:
    held = json.loads(members[FIGURES])
    (campaign,) = held["network"]["campaigns"]
    scored = {(each["platform"], each["account_id"]) for each in held["scores"]}
    assert {(each["platform"], each["account_id"]) for each in campaign["accounts"]} <= scored
    assert held["network"]["counts"]["accounts"] == finding.compared.accounts.height


def test_a_figure_that_comes_out_otherwise_is_named_and_words_are_no_figures(
    members: dict[str, bytes],
) -> None:
    again = json.loads(members[FIGURES])
    (campaign,) = again["network"]["campaigns"]
    campaign["sentence"] = "Otherwise said."
    again["network"]["notes"].append("a note")
    assert figures.differences(members[FIGURES], json.dumps(again).encode()) == []
    campaign["size"] += 1
    dropped = again["scores"].pop()
    size, score = figures.differences(members[FIGURES], json.dumps(again).encode())
    assert size == Difference("network.campaigns.0.size", str(campaign["size"] - 1), str(campaign["size"]))
    assert score.place == f"scores.{len(again['scores'])}"
    assert (score.again, dropped["account_id"] in score.sealed) == ("nothing", True)


def test_what_are_no_figures_is_refused(members: dict[str, bytes]) -> None:
    with pytest.raises(DossierError, match=r"figures\.json does not parse"):
        figures.differences(b'{"network": []}', members[FIGURES])
