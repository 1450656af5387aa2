"""Who lives in an invented world."""

from __future__ import annotations

import numpy as np
import pytest

from vigie.training.synthetic.accounts import generate
from vigie.training.synthetic.personas import CAMPAIGNS, PERSONAS, choose, gather


def test_smallest_full_cast_has_every_kind() -> None:
    truth = {persona.kind: persona.inauthentic for persona in PERSONAS}
    inauthentic = sum(truth.values())
    made = generate(ordinary=len(truth) - inauthentic, inauthentic=inauthentic, seed=1, posts_per_account=5)
    assert dict(made.labels.select("kind", "value").rows()) == truth


@pytest.mark.parametrize(("inauthentic", "campaigns"), [(1, 1), (60, 2), (1_000, len(CAMPAIGNS))])
def test_inauthentic_accounts_alone_act_in_campaigns_of_about_thirty(
    inauthentic: int, campaigns: int
) -> None:
    crowd = gather(np.random.default_rng(4), 50, inauthentic)
    assert len(crowd) == 50 + inauthentic
    assert ((crowd.campaign >= 0) == crowd.inauthentic).all()
    assert crowd.campaign.max() == campaigns - 1


def test_acts_of_an_account_are_shares_of_its_posts() -> None:
    conduct = gather(np.random.default_rng(5), 200, 200).conduct
    acts = conduct["repost"] + conduct["reply"] + conduct["quote"]
    assert (acts <= 1 + 1e-9).all()
    assert min(conduct[name].min() for name in ("repost", "reply", "quote")) >= 0


def test_personas_of_one_side_borrow_conduct_of_the_other() -> None:
    crowd = gather(np.random.default_rng(6), 400, 400)
    night = crowd.conduct["night"]
    assert night[crowd.inauthentic].mean() > 1.3 * night[~crowd.inauthentic].mean()
    assert night[crowd.inauthentic].min() < np.median(night[~crowd.inauthentic])


def test_a_column_is_chosen_by_the_weights_of_its_row() -> None:
    weights = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 3.0], [1.0, 0.0, 0.0]])
    assert choose(np.random.default_rng(1), weights).tolist() == [1, 2, 0]
    drawn = choose(np.random.default_rng(1), np.tile([1.0, 3.0], (4_000, 1)))
    assert drawn.mean() == pytest.approx(0.75, abs=0.03)
