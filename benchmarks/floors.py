"""What lower floors of evidence would bring and whom they would accuse: coverage, ranking and people flagged, against the floors.

Reads dataset directories with labels of inauthentic accounts. A data set that the model learnt from is judged by its members that
were fitted without it. Nothing is fitted: the floors alone are lowered, those of posts and of acts apart from each other. A person
in two data sets counts in the one that the model prefers; give one data set alone to see all of its people.

Columns: the floor; share of accounts judged; AUC of those judged, and of all where those that are not judged rank last; recall at
1 % false positives, likewise; accounts judged by this floor and not by the one that ships (ordinary and inauthentic), AUC among
them, and the share of the ordinary ones that score above what 1 % of the ordinary people reach whom the shipped floors judge.
Where that share is far above 1 %, the floor buys its coverage from people who post little. The last rows are means over the sets;
"chosen by the others" takes, for each set, the floor at which the mean AUC of the other sets is highest, abstentions last.

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
from vigie.models.metrics import auc, recall_at_fpr
from vigie.models.scoring import score
from vigie.training.data import corpus
from vigie.training.evaluation.external import config_of, excluding

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
NONE = "–"
RATE = 0.01


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

    def log_odds(self, floors: dict[str, float]) -> Floats:
        """Return log-odds with some floors lowered, minus infinity where the model abstains."""
        lowered = replace(
            self.model, index=self.model.index | {"floors": self.model.index["floors"] | floors}
        )
        return np.nan_to_num(score(lowered, self.matrix).log_odds, nan=-np.inf)


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
        _print(floor, values, sets)


def _print(floor: str, values: Sequence[int], sets: Sequence[Labelled]) -> None:
    table = Table(
        floor, "collection", "judged", "AUC", "AUC, rest last", "recall at 1 %", "new people", "new inauthentic", "AUC among them",
        "people above 1 %",
    )  # fmt: skip
    before = [each.log_odds({}) for each in sets]
    areas = np.zeros((len(values), len(sets)))
    for row, value in enumerate(values):
        found = [
            outcome(each.truth, old, each.log_odds({floor: value}))
            for each, old in zip(sets, before, strict=True)
        ]
        areas[row] = [each.area_last for each in found]
        for each, of in zip(found, sets, strict=True):
            table.add_row(
                str(value), of.name, _say(each.covered), _say(each.area), _say(each.area_last), _say(each.recall_last),
                str(each.people), str(each.others), _say(each.area_new), _say(each.flagged),
            )  # fmt: skip
        table.add_row(
            str(value), "mean", _say(np.mean([each.covered for each in found])), _say(np.mean([each.area for each in found])),
            _say(areas[row].mean()), _say(np.mean([each.recall_last for each in found])), end_section=True,
        )  # fmt: skip
    Console(width=150).print(table)
    if len(sets) > 1:
        print(f"{floor}, chosen by the others: AUC with abstentions last {chosen_by_others(areas):.3f}\n")


def _say(figure: float | np.floating) -> str:
    return NONE if np.isnan(figure) else f"{figure:.3f}"


if __name__ == "__main__":
    main()
