"""A head is drawn to its parent, sees no label of those that it is judged on, and respects what may never lower a score."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from vigie.errors import LabelError
from vigie.models.adaptation.fitting import Adaptation, Bools, Collection, adapt, fit_line
from vigie.models.calibration import Floats
from vigie.models.metrics import auc

# More duplicates may never lower a score; the other two may do as they like.
FEATURES = ("profile_listed_count", "profile_posts_per_day", "content_duplicate_share")


def collection(seed: int = 1, size: int = 400) -> tuple[Collection, Bools]:
    """Return invented accounts whose class the first feature tells, and the parent hardly."""
    random = np.random.default_rng(seed)
    truth = random.random(size) < 0.4
    listed = np.exp(random.normal(size=size) + 2.0 * truth)
    values = np.column_stack([listed, np.exp(random.normal(size=size)), random.random(size)])
    return Collection(FEATURES, values, random.normal(size=size) + 0.3 * truth), truth


def curve_of(made: Adaptation, feature: str) -> list[float]:
    heights: list[float] = made.head.curves.heights[made.head.features.index(feature)].tolist()
    return heights


def chosen(truth: Bools, number: int) -> NDArray[np.int64]:
    return np.random.default_rng(2).choice(len(truth), number, replace=False)


def test_labels_bring_what_the_parent_lacks() -> None:
    people, truth = collection()
    places = chosen(truth, 60)
    made = adapt(people, places, truth[places])
    assert made.before.value < 0.7 < 0.85 < made.after.value
    assert made.gain.low > 0
    listed = curve_of(made, "profile_listed_count")
    assert listed[-1] - listed[0] > 1.0


def test_labels_find_that_the_middle_of_a_feature_is_inauthentic() -> None:
    random = np.random.default_rng(3)
    per_day = np.exp(random.normal(size=600))
    truth = (per_day > np.quantile(per_day, 0.3)) & (per_day < np.quantile(per_day, 0.7))
    people = Collection(("profile_posts_per_day",), per_day[:, None], 0.1 * random.normal(size=600))
    places = chosen(truth, 80)
    made = adapt(people, places, truth[places])
    lowest, *_, highest = curve = curve_of(made, "profile_posts_per_day")
    assert max(curve) > max(lowest, highest) + 1.0
    # A line over this feature ranks by chance.
    assert made.after.value > 0.8


def test_a_curve_is_0_in_the_mean_of_the_collection() -> None:
    people, truth = collection()
    places = chosen(truth, 60)
    head = adapt(people, places, truth[places]).head
    added = head.curves.additions(head.knots, people.values)
    np.testing.assert_allclose(added.mean(axis=0), 0.0, atol=1e-6)
    assert added.std(axis=0).max() > 0.5


def test_a_feature_that_is_all_alike_is_not_read() -> None:
    people, truth = collection()
    values = people.values.copy()
    values[:, 1] = 7.0 + 1e-9 * np.arange(len(values))
    places = chosen(truth, 40)
    made = adapt(Collection(FEATURES, values, people.parent), places, truth[places])
    assert made.head.features == ("profile_listed_count", "content_duplicate_share")


def test_where_no_feature_is_known_the_parent_alone_is_calibrated() -> None:
    people, truth = collection()
    parent = people.parent + truth
    places = chosen(truth, 60)
    made = adapt(Collection(FEATURES, np.full((400, 3), np.nan), parent), places, truth[places])
    assert made.head.features == ()
    ranked = made.head.log_odds(parent, np.empty((400, 0)))
    np.testing.assert_array_equal(np.argsort(ranked), np.argsort(parent))


def test_the_same_labels_give_the_same_head() -> None:
    people, truth = collection()
    places = chosen(truth, 40)
    first, second = (adapt(people, places, truth[places]) for _ in range(2))
    assert first.head.to_json() == second.head.to_json()
    assert first.gain == second.gain


def test_labels_enter_the_heights_alone_and_no_knot() -> None:
    people, truth = collection()
    places = chosen(truth, 40)
    one, other = (adapt(people, places, each).head for each in (truth[places], ~truth[places]))
    assert one.features == other.features
    for first, second in zip(one.knots, other.knots, strict=True):
        np.testing.assert_array_equal(first, second)


def test_labels_at_random_bring_nothing() -> None:
    people, truth = collection()
    places = chosen(truth, 60)
    made = [
        adapt(people, places, np.random.default_rng(seed).permutation(truth[places])) for seed in range(6)
    ]
    assert sum(each.gain.low > 0 for each in made) <= 1
    assert np.mean([each.after.value for each in made]) < 0.6


def test_without_evidence_the_line_is_the_parent() -> None:
    parent, nothing = np.linspace(-2, 2, 40), np.zeros((40, 1))
    truth = np.arange(40) % 2 == 0
    line = fit_line(parent, nothing, truth, 1e6, [(None, None)])
    assert line.slope == pytest.approx(1.0)
    assert line.rises.tolist() == [0.0]


def test_classes_weigh_alike_whatever_their_number() -> None:
    random = np.random.default_rng(4)
    truth = np.arange(200) < 20
    parent = random.normal(size=200) + np.where(truth, 1.5, -1.5)
    line = fit_line(parent, np.empty((200, 0)), truth, float(parent.std()), [])
    # Where both classes are as far off the middle, equal classes have log-odds about 0 there, whatever their counts.
    assert abs(line.intercept) < 0.5


def test_what_may_never_lower_a_score_does_not() -> None:
    people, truth = collection()
    against = people.values.copy()
    against[:, 2] = np.where(truth, 0.0, 1.0)
    places = chosen(truth, 60)
    made = adapt(Collection(FEATURES, against, people.parent), places, truth[places])
    assert np.ptp(curve_of(made, "content_duplicate_share")) == 0.0


def test_a_parent_that_ranks_the_wrong_way_is_not_turned_round() -> None:
    people, truth = collection()
    places = chosen(truth, 60)
    made = adapt(Collection(FEATURES, people.values, np.where(truth, -3.0, 3.0)), places, truth[places])
    assert made.head.curves.slope >= 0


@pytest.mark.parametrize("hidden", [0.6, 1.0])
def test_a_feature_that_most_accounts_lack_is_not_read(hidden: float) -> None:
    people, truth = collection()
    values: Floats = people.values.copy()
    values[: int(hidden * len(values)), 0] = np.nan
    places = chosen(truth, 40)
    made = adapt(Collection(FEATURES, values, people.parent), places, truth[places])
    assert "profile_listed_count" not in made.head.features


@pytest.mark.parametrize(("inauthentic", "ordinary"), [(0, 30), (30, 0), (4, 40), (9, 9)])
def test_too_few_labels_or_one_class_are_refused_with_their_counts(inauthentic: int, ordinary: int) -> None:
    people, _ = collection()
    truth = np.arange(inauthentic + ordinary) < inauthentic
    with pytest.raises(
        LabelError, match=f"{inauthentic} are inauthentic and {ordinary} ordinary; at least 20"
    ):
        adapt(people, np.arange(len(truth)), truth)


def test_what_is_stated_holds_for_the_collection_where_high_scores_were_labelled_most() -> None:
    people, truth = collection(size=4000)
    parent = people.parent + 1.5 * truth
    order = np.argsort(-parent)
    random = np.random.default_rng(6)
    places = np.concatenate([random.choice(order[:400], 200, False), random.choice(order[400:], 200, False)])
    made = adapt(Collection(FEATURES, people.values, parent), places, truth[places])
    one = np.ones((1, len(truth)))
    everybody = float(auc(truth, parent, one)[0])
    chosen_alone = float(auc(truth[places], parent[places], one[:, :400])[0])
    assert abs(made.before.value - everybody) < 0.03 < abs(chosen_alone - everybody)


def test_labels_of_one_range_of_scores_are_refused_with_its_share() -> None:
    people, truth = collection()
    places = np.argsort(np.abs(people.parent))[:60]
    with pytest.raises(LabelError, match=r"score where only \d\d% of the collection does"):
        adapt(people, places, truth[places])
