"""What lower floors of evidence would bring and whom they would accuse: coverage, ranking and people flagged, against the floors.

Reads dataset directories with labels of inauthentic accounts. A data set that the model learnt from is judged by its members that
were fitted without it. Nothing is fitted: the floors alone are lowered, those of posts and of acts apart from each other, then every
floor at once, also that of what must be known of an account. A person in two data sets counts in the one that the model prefers;
give one data set alone to see all of its people.

Columns: the floor; share of accounts judged; AUC of those judged, and of all where those that are not judged rank last; recall at
1 % false positives, likewise; accounts judged by this floor and not by the one that ships (ordinary and inauthentic), AUC among
them, and the share of the ordinary ones that score above what 1 % of the ordinary people reach whom the shipped floors judge.
Where that share is far above 1 %, the floor buys its coverage from people who post little. The last rows are means over the sets;
"chosen by the others" takes, for each set, the floor at which the mean AUC of the other sets is highest, abstentions last. The
lines below a table give the means with intervals at 95 %: accounts of either class of each set drawn anew, the sets as they are.

Examples:
  python benchmarks/floors.py data/cresci-2015 data/nyu-2017 data/bot-or-not-en
  python benchmarks/floors.py data/nyu-2017 --acts 5 3 1 0 --posts 20
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from vigie.features.pipeline import FeatureMatrix, compute
from vigie.models.bundle import Bundle, load
from vigie.models.metrics import Estimate, auc, draws, recall_at_fpr
from vigie.models.scoring import score
from vigie.training.data import corpus
from vigie.training.evaluation.external import config_of, excluding

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
NONE = "–"
RATE = 0.01
DRAWS, SEED = 500, 7


@dataclass(frozen=True)
class Floors:
    """Floors of a model, lowered.

    Attributes:
        name: What they are called in the table.
        least: Floor to the fewest posts that it asks for; those that are absent stay as they ship.
        known: Whether enough must be known of an account, as it ships.
    """

    name: str
    least: dict[str, float]
    known: bool = True

    def of(self, model: Bundle) -> Bundle:
        """Return a model with these floors."""
        parts = (
            model.parts
            if self.known
            else {name: replace(part, floor=0.0) for name, part in model.parts.items()}
        )
        return replace(model, parts=parts, index=model.index | {"floors": model.index["floors"] | self.least})


@dataclass(frozen=True)
class Labelled:
    """A data set, and the model that did not see it.

    Attributes:
        name: Of the data set.
        matrix: Features of its accounts.
        truth: Whether each is inauthentic.
        model: The model.
    """

    name: str
    matrix: FeatureMatrix
    truth: Bools
    model: Bundle

    def log_odds(self, floors: Floors) -> Floats:
        """Return log-odds with some floors lowered, minus infinity where the model abstains."""
        return np.nan_to_num(score(floors.of(self.model), self.matrix).log_odds, nan=-np.inf)


@dataclass(frozen=True)
class Outcome:
    """What a floor does on a data set.

    Attributes:
        covered: Share of accounts judged.
        area: AUC of those judged.
        area_last: AUC of all, abstentions last.
        recall_last: Recall at 1 % false positives of all, abstentions last.
        people: Ordinary accounts judged by this floor alone.
        others: Inauthentic ones.
        area_new: AUC among these; NaN where one class is missing.
        flagged: Share of those people above the score that 1 % of the people judged anyway reach; NaN without any.
    """

    covered: float
    area: float
    area_last: float
    recall_last: float
    people: int
    others: int
    area_new: float
    flagged: float


def read(folders: Sequence[Path], shipped: Bundle) -> list[Labelled]:
    """Return the accounts of data sets with their labels, a person found in two once, as in a training."""
    found = corpus.read(folders, "inauthentic", config_of(shipped).sources)
    own = ["source", "y", "kind", "campaign", "strength", "trust"]
    matrix = compute(found.accounts.drop(own), found.posts)
    labels = found.accounts.select("row", "source", "y")
    return [
        Labelled(name, matrix.of(rows["row"]), rows["y"].to_numpy(), excluding(shipped, name))
        for name in found.sources
        for rows in [labels.filter(pl.col("source") == name)]
    ]


def outcome(truth: Bools, before: Floats, after: Floats) -> Outcome:
    """Return what a floor does, from the log-odds by the shipped floors and by this one."""
    judged = np.isfinite(after)
    new = judged & ~np.isfinite(before)
    people = new & ~truth
    # Abstentions are people too: they are never flagged, and do not set the threshold.
    threshold = np.quantile(before[np.isfinite(before) & ~truth], 1 - RATE)
    return Outcome(
        float(judged.mean()),
        _area(truth[judged], after[judged]),
        _area(truth, after),
        float(recall_at_fpr(truth, after, np.ones((1, len(truth))), rate=RATE)[0]),
        int(people.sum()),
        int((new & truth).sum()),
        _area(truth[new], after[new]),
        float((after[people] > threshold).mean()) if people.any() else np.nan,
    )


def _area(truth: Bools, log_odds: Floats) -> float:
    if truth.all() or not truth.any():
        return np.nan
    return float(auc(truth, log_odds, np.ones((1, len(truth))))[0])


def chosen_by_others(areas: Floats) -> float:
    """Return the mean over data sets of the figure at the floor that the others choose.

    Args:
        areas: Figure of each floor (rows) on each data set (columns).

    >>> round(chosen_by_others(np.array([[0.5, 0.9], [0.6, 0.7]])), 2)
    0.55
    """
    places = [int(np.delete(areas, column, axis=1).mean(axis=1).argmax()) for column in range(areas.shape[1])]
    return float(np.mean([areas[place, column] for column, place in enumerate(places)]))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", nargs="+", type=Path)
    parser.add_argument("--acts", nargs="+", type=int, default=[5, 1, 0], help="fewest posts ever")
    parser.add_argument("--posts", nargs="+", type=int, default=[20, 10, 5], help="fewest posts supplied")
    options = parser.parse_args()
    shipped = load()
    sets = read(options.data, shipped)
    for floor, values in (("acts", options.acts), ("posts", options.posts)):
        _print(floor, [Floors(str(value), {floor: value}) for value in values], sets)
    none = Floors("none", {"acts": 0, "posts": 0}, known=False)
    _print("every floor", [Floors("as shipped", {}), none], sets)


def means(floors: Floors, sets: Sequence[Labelled]) -> tuple[Estimate, Estimate]:
    """Return the mean AUC over the data sets, abstentions last, and the mean recall at 1 % false positives of those judged."""
    areas, recalls = [], []
    for each in sets:
        weights, log_odds = draws(each.truth, DRAWS, SEED), each.log_odds(floors)
        judged = np.isfinite(log_odds)
        areas.append(auc(each.truth, log_odds, weights))
        recalls.append(recall_at_fpr(each.truth[judged], log_odds[judged], weights[:, judged], rate=RATE))
    return Estimate.of(np.mean(areas, axis=0)), Estimate.of(np.mean(recalls, axis=0))


def _print(title: str, lowered: Sequence[Floors], sets: Sequence[Labelled]) -> None:
    table = Table(
        title, "collection", "judged", "AUC", "AUC, rest last", "recall at 1 %", "new people", "new inauthentic", "AUC among them",
        "people above 1 %",
    )  # fmt: skip
    before = [each.log_odds(Floors("as shipped", {})) for each in sets]
    areas = np.zeros((len(lowered), len(sets)))
    for row, floors in enumerate(lowered):
        found = [
            outcome(each.truth, old, each.log_odds(floors)) for each, old in zip(sets, before, strict=True)
        ]
        areas[row] = [each.area_last for each in found]
        for each, of in zip(found, sets, strict=True):
            table.add_row(
                floors.name, of.name, _say(each.covered), _say(each.area), _say(each.area_last), _say(each.recall_last),
                str(each.people), str(each.others), _say(each.area_new), _say(each.flagged),
            )  # fmt: skip
        table.add_row(
            floors.name, "mean", _say(np.mean([each.covered for each in found])), _say(np.mean([each.area for each in found])),
            _say(areas[row].mean()), _say(np.mean([each.recall_last for each in found])), end_section=True,
        )  # fmt: skip
    Console(width=150).print(table)
    for floors in lowered:
        area, recall = means(floors, sets)
        print(
            f"{title} {floors.name}: AUC with abstentions last {area}, recall at 1 % of those judged {recall}"
        )
    if len(sets) > 1:
        print(f"{title}, chosen by the others: AUC with abstentions last {chosen_by_others(areas):.3f}\n")


def _say(figure: float | np.floating) -> str:
    return NONE if np.isnan(figure) else f"{figure:.3f}"


if __name__ == "__main__":
    main()
