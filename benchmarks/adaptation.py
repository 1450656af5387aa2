"""What some labels of a collection bring on collections that the model never saw: AUC against the number of labels.

Reads dataset directories with labels of inauthentic accounts, and takes each as somebody's own collection. A data set that the
model learnt from is judged by its members that were fitted without it. Half of the accounts of either class, drawn anew each time,
are never labelled. So many of the others are labelled, a head is fitted, and both are judged on the half that could not be chosen:
on accounts that a way of choosing left over, it would be judged by what it leaves over. Only accounts that the model scores count.

Columns: AUC of the model as it is; gain in AUC of the head, with an interval at 95 % over the draws of labels, and the worst draw;
in how many draws there were enough labels of each class to fit a head, in how many vigie adapt would have written it (the gain is above
0 with 95 % confidence, to one side), and in how many with an interval to both sides; how many written heads made it worse; the
gain over all draws where a head that is not written counts as 0; and the gain that cross-validation on the labels alone states.

Ways of choosing whom to label: at random; as vigie adapt --suggest does; or those of whom the model is least sure. --share keeps
so many inauthentic accounts that they are that share of each collection. --ceiling prints what a LightGBM reaches that learns from all
labels of a collection, in five folds, instead: more than any head can be expected to.

Examples:
  python benchmarks/adaptation.py data/nyu-2017 data/tweetbotornot-2018
  python benchmarks/adaptation.py data/nyu-2017 --labels 50 --way random suggested unsure --draws 20
  python benchmarks/adaptation.py data/nyu-2017 --share 0.05 --way random suggested
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from lightgbm import LGBMClassifier
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.model_selection import cross_val_predict

from vigie.errors import LabelError
from vigie.features.pipeline import compute
from vigie.models.adaptation.fitting import Bools, Collection, adapt
from vigie.models.adaptation.suggestions import suggest
from vigie.models.bundle import Bundle, load
from vigie.models.metrics import Estimate, auc
from vigie.models.scoring import score
from vigie.training.data import corpus
from vigie.training.evaluation.external import excluding

Places = NDArray[np.int64]
Floats = NDArray[np.float64]


def _random(log_odds: Floats, number: int, seed: int) -> Places:
    return np.random.default_rng(seed).choice(len(log_odds), number, replace=False)


def _suggested(log_odds: Floats, number: int, seed: int) -> Places:
    nobody = np.zeros(len(log_odds), dtype=bool)
    return np.array([each.place for each in suggest(log_odds, nobody, number, seed)])


def _unsure(log_odds: Floats, number: int, seed: int) -> Places:
    return np.argsort(np.abs(log_odds))[:number]


# From the log-odds of those that may be labelled to their places.
WAYS: dict[str, Callable[[Floats, int, int], Places]] = {
    "random": _random,
    "suggested": _suggested,
    "unsure": _unsure,
}


def read(folder: Path, shipped: Bundle, share: float | None) -> tuple[Collection, Bools]:
    """Return the accounts of a data set that the model scores, and whether each is inauthentic."""
    found = corpus.read([folder], "inauthentic", ())
    own = ["source", "y", "kind", "campaign", "strength", "trust"]
    model = excluding(shipped, found.sources[0])
    scores = score(model, compute(found.accounts.drop(own), found.posts))
    keep = scores.status == "scored"
    truth = found.accounts["y"].to_numpy()
    if share is not None:
        keep &= ~truth | np.isin(np.arange(len(truth)), _rare(keep, truth, share))
    kept = scores.where(keep)
    return Collection(kept.features, kept.heard(model), kept.log_odds), truth[keep]


def _rare(keep: Bools, truth: Bools, share: float) -> Places:
    inauthentic, ordinary = np.flatnonzero(keep & truth), int((keep & ~truth).sum())
    number = min(len(inauthentic), int(ordinary * share / (1 - share)))
    return np.random.default_rng(0).choice(inauthentic, number, replace=False)


def _halves(truth: Bools, seed: int) -> tuple[Places, Places]:
    """Return the accounts that may be labelled and those that judge, half of either class each."""
    random = np.random.default_rng(seed)
    of_class = [random.permutation(np.flatnonzero(truth == value)) for value in (False, True)]
    judges = np.concatenate([places[: len(places) // 2] for places in of_class])
    return np.setdiff1d(np.arange(len(truth)), judges), judges


def _auc(truth: Bools, log_odds: Floats) -> float:
    return float(auc(truth, log_odds, np.ones((1, len(truth))))[0])


def ceiling(collection: Collection, truth: Bools) -> float:
    """Return the AUC of a LightGBM on the parent's log-odds and the features, learnt from the other four fifths of the labels."""
    x = np.column_stack([collection.parent, collection.values])
    model = LGBMClassifier(n_estimators=150, num_leaves=7, learning_rate=0.06, verbose=-1, n_jobs=1)
    return _auc(truth, cross_val_predict(model, x, truth, cv=5, method="predict_proba")[:, 1])


def curve(
    collection: Collection, truth: Bools, number: int, way: str, draws: int
) -> tuple[list[str], float] | None:
    """Return a row of the table and the mean gain; None where no draw had enough labels of each class."""
    gains, written, both_sides, stated, before = [], [], [], [], []
    for seed in range(draws):
        open_to_labels, judges = _halves(truth, seed)
        places = open_to_labels[WAYS[way](collection.parent[open_to_labels], number, seed)]
        try:
            made = adapt(collection, places, truth[places])
        except LabelError:
            continue
        columns = [collection.features.index(name) for name in made.head.features]
        adapted = made.head.log_odds(collection.parent, collection.values[:, columns])
        before.append(_auc(truth[judges], collection.parent[judges]))
        gains.append(_auc(truth[judges], adapted[judges]) - before[-1])
        written.append(made.surely > 0)
        both_sides.append(made.gain.low > 0)
        stated.append(made.gain.value)
    if not gains:
        return None
    mean = float(np.mean(gains))
    error = 1.96 * float(np.std(gains)) / np.sqrt(len(gains))
    row = [
        f"{np.mean(before):.3f}", str(Estimate(mean, mean - error, mean + error)), f"{min(gains):+.3f}",
        f"{len(gains)}",
        f"{sum(written)}", f"{sum(both_sides)}", f"{sum(gain < 0 for gain, kept in zip(gains, written, strict=True) if kept)}",
        f"{np.mean(np.where(written, gains, 0.0)):+.3f}", f"{np.mean(stated):+.3f}",
    ]  # fmt: skip
    return row, mean


def main() -> None:
    """Print the curve."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", nargs="+", type=Path)
    parser.add_argument("--labels", nargs="+", type=int, default=[20, 50, 100, 200])
    parser.add_argument("--way", nargs="+", choices=list(WAYS), default=["random"])
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--share", type=float)
    parser.add_argument("--ceiling", action="store_true")
    options = parser.parse_args()
    shipped = load()
    table = Table(
        "collection", "labels", "chosen", "AUC as it is", "gain [95 %]", "worst", "fitted", "written", "both sides", "worse",
        "gain if refused is 0", "gain stated",
    )  # fmt: skip
    means: dict[tuple[int, str], list[float]] = {}
    for folder in options.data:
        collection, truth = read(folder, shipped, options.share)
        if options.ceiling:
            print(
                f"{folder.name}: {_auc(truth, collection.parent):.3f} as it is, {ceiling(collection, truth):.3f} of all labels"
            )
            continue
        for number in options.labels:
            # Of the half that may be labelled, enough must be left to choose from.
            if number > 0.4 * len(truth):
                continue
            for way in options.way:
                found = curve(collection, truth, number, way, options.draws)
                if found is not None:
                    table.add_row(folder.name, str(number), way, *found[0])
                    means.setdefault((number, way), []).append(found[1])
    if not options.ceiling:
        Console(width=150).print(table)
    for (number, way), gains in means.items():
        print(f"{number} labels, {way}: mean gain {np.mean(gains):+.3f} over {len(gains)} collections")


if __name__ == "__main__":
    main()
