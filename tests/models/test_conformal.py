"""On every known source at most the stated share of ordinary people is called suspect, whatever the scores are worth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from vigie.models.calibration import Floats
from vigie.models.conformal import NOTHING, Group, KnownAccounts

LEVEL = 0.1
BANDS = {"elevated": 0.2, "high": 0.05}


def group(
    source: str, log_odds: Sequence[float] | Floats, *, inauthentic: bool = False, tier: str = "profile"
) -> Group:
    values, accounts = np.unique(np.asarray(log_odds, dtype=float), return_counts=True)
    return Group(source, inauthentic, tier, values, accounts.astype(np.int64))


def known(*groups: Group) -> KnownAccounts:
    return KnownAccounts(LEVEL, BANDS, groups)


def tiers(number: int, tier: str = "profile") -> np.ndarray:
    return np.full(number, tier)


def p_value(others: Floats, one: float, *, inauthentic: bool) -> float:
    """Return a conformal p-value as it is defined: the rank of an account among the others and itself."""
    beyond = sum(other <= one if inauthentic else other >= one for other in others)
    return (1 + int(beyond)) / (1 + len(others))


@pytest.mark.parametrize("inauthentic", [False, True])
def test_a_p_value_is_the_rank_among_the_others_and_itself(inauthentic: bool) -> None:
    random = np.random.default_rng(1)
    others, ones = random.normal(size=150).round(1), random.normal(size=60).round(1)
    got = group("town", others, inauthentic=inauthentic).p_values(ones)
    assert got.tolist() == pytest.approx([p_value(others, one, inauthentic=inauthentic) for one in ones])


def test_the_set_is_the_one_of_the_definition_with_the_largest_p_value_over_sources() -> None:
    random = np.random.default_rng(2)
    town, club, farm = random.normal(0, 1, 80), random.normal(1, 1, 80), random.normal(2, 1, 80)
    ones = random.normal(1, 2, 100)
    found = known(group("town", town), group("club", club), group("farm", farm, inauthentic=True)).likeness(
        tiers(100), ones, {}
    )
    ordinary = [max(p_value(each, one, inauthentic=False) for each in (town, club)) for one in ones]
    assert found.ordinary.tolist() == pytest.approx(ordinary)
    assert found.inauthentic.tolist() == pytest.approx([p_value(farm, one, inauthentic=True) for one in ones])
    assert (found.suspecting[found.ordinary <= LEVEL] == 2).all()
    assert set(found.sources) == {2}


def test_of_no_source_more_people_than_the_level_are_called_suspect_though_one_scores_high() -> None:
    random = np.random.default_rng(3)
    means, draws, size, judged = {"town": 0.0, "club": 3.0}, 400, 60, 20
    suspect = dict.fromkeys(means, 0)
    for _ in range(draws):
        judge = known(*(group(name, random.normal(mean, 1, size)) for name, mean in means.items()))
        for name, mean in means.items():
            found = judge.likeness(tiers(judged), random.normal(mean, 1, judged), {})
            suspect[name] += int((found.ordinary <= LEVEL).sum())
    number = draws * judged
    # People judged by one draw of the others share its luck: four standard errors of draws, not of people.
    assert all(count / number <= LEVEL + 4 * np.sqrt(LEVEL / size / draws * 3) for count in suspect.values())
    assert suspect["club"] > 0.5 * LEVEL * number


def test_a_source_ranks_what_the_model_without_it_says() -> None:
    judge = known(group("town", np.arange(50.0)))
    seen_by_member = judge.likeness(tiers(1), np.array([100.0]), {"town": np.array([10.0])})
    assert seen_by_member.ordinary[0] == pytest.approx(41 / 51)
    assert judge.likeness(tiers(1), np.array([100.0]), {}).ordinary[0] == pytest.approx(1 / 51)


def test_a_thin_profile_is_held_against_whole_ones_too_and_never_reaches_a_higher_band() -> None:
    judge = known(
        group("town", np.linspace(-3, -1, 60), tier="counts"), group("town", np.linspace(-2, 2, 60))
    )
    scores = np.linspace(-4, 4, 81)
    order = {"low": 0, "elevated": 1, "high": 2}
    thin, whole = (
        [order[band] for band in judge.reached(tiers(81, tier), scores, {})] for tier in ("counts", "profile")
    )
    assert all(one <= other for one, other in zip(thin, whole, strict=True))
    assert max(thin) == 2


def test_bands_rise_with_the_score_and_hold_their_shares_on_every_source() -> None:
    random = np.random.default_rng(4)
    people = {"town": random.normal(0, 1, 400), "club": random.normal(1, 0.5, 400)}
    judge = known(*(group(name, scores) for name, scores in people.items()))
    for scores in people.values():
        reached = judge.reached(tiers(400), scores, {})
        assert (reached != "low").mean() <= BANDS["elevated"]
        assert (reached == "high").mean() <= BANDS["high"]
    assert judge.reached(tiers(1), np.array([9.0]), {})[0] == "high"


def test_a_source_too_small_for_a_level_does_not_keep_others_from_reaching_it() -> None:
    judge = known(group("town", np.zeros(60)), group("hamlet", np.zeros(12)))
    assert judge.reached(tiers(1), np.array([1.0]), {})[0] == "high"


@pytest.mark.parametrize("tier", ["posts", NOTHING])
def test_where_nobody_of_like_evidence_is_known_nobody_is_suspect(tier: str) -> None:
    judge = known(group("town", np.zeros(60)))
    found = judge.likeness(tiers(1, tier), np.array([np.nan if tier == NOTHING else 9.0]), {})
    assert not (found.ordinary <= LEVEL).any()
    assert (found.suspecting[0], found.sources[0]) == (0, 0)
    assert judge.reached(tiers(1, tier), np.array([9.0]), {})[0] == "low"


def test_a_score_between_all_ordinary_and_all_inauthentic_accounts_is_like_neither() -> None:
    judge = known(
        group("town", np.linspace(-3, -1, 60)), group("farm", np.linspace(1, 3, 60), inauthentic=True)
    )
    found = judge.likeness(tiers(1), np.array([0.0]), {})
    assert found.ordinary[0] <= LEVEL
    assert found.inauthentic[0] <= LEVEL


def test_known_accounts_come_back_from_json_as_they_were() -> None:
    judge = known(group("town", [-1.0, -1.0, 0.5]), group("farm", [2.0], inauthentic=True, tier="posts"))
    again = KnownAccounts.from_json(judge.to_json())
    assert again.to_json() == judge.to_json()
    assert [each.size for each in again.groups] == [3, 1]
