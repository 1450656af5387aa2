"""A bundle adapted to one collection: labels matched to accounts, a head fitted and judged, the bundle written.

No label enters a feature: features are those of the accounts and posts, and are computed before a label is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from vigie.errors import AdaptationRefusedError, ConfigError
from vigie.features.i18n import Message, message
from vigie.features.json_object import JsonObject
from vigie.features.pipeline import compute
from vigie.models import bundle, rehearsal
from vigie.models.bundle import Bundle
from vigie.models.scoring import Scores, score
from vigie.training.data import corpus, own_labels
from vigie.training.fitting import suggestions
from vigie.training.fitting.adaptation import Adaptation, Collection, adapt
from vigie.training.fitting.bundle_builder import table_records
from vigie.training.fitting.suggestions import Suggestion
from vigie.training.report.model_card import adapted as model_card
from vigie.training.result import Progress

# What a bundle has of its own, and not of its parent: saving makes it anew, or it is not measured.
_NOT_INHERITED = (
    "format",
    "version",
    "feature_set",
    "fingerprints",
    "files",
    "figures",
    "sketch",
    "known_accounts",
)


@dataclass(frozen=True)
class Labels:
    """How the labels of a collection were used.

    Attributes:
        inauthentic: Labelled accounts that the parent scores, each person once.
        ordinary: The same of the other class.
        abstained: Labelled accounts on which the parent abstains, and so does the head.
        repeated: Labelled accounts that are a person who is there already.
        unmatched: Labels of no account of the collection.
    """

    inauthentic: int
    ordinary: int
    abstained: int
    repeated: int
    unmatched: int


@dataclass(frozen=True)
class AdaptedModel:
    """What an adaptation made.

    Attributes:
        folder: The bundle.
        identity: Its name, version and feature set.
        adaptation: The head, and what it is worth.
        labels: How the labels were used.
        notes: What a reader must know before they rely on it.
    """

    folder: Path
    identity: dict[str, str]
    adaptation: Adaptation
    labels: Labels
    notes: tuple[Message, ...]


@dataclass(frozen=True)
class ScoredCollection:
    """All accounts of a collection, scored by the model that is to be adapted.

    Attributes:
        name: What the collection is called.
        accounts: Contract columns and ``row``.
        posts: Contract columns (without platform and account_id) and ``row`` of the author.
        parent: The model.
        scores: Its scores, in the order of ``accounts``.
    """

    name: str
    accounts: pl.DataFrame
    posts: pl.DataFrame
    parent: Bundle
    scores: Scores

    @classmethod
    def of(cls, name: str, accounts: pl.DataFrame, posts: pl.DataFrame, parent: Bundle) -> ScoredCollection:
        """Score a collection; see the class for the arguments.

        Raises:
            ConfigError: The model was adapted itself.
        """
        if parent.head is not None:
            first = parent.index["adaptation"]["parent"]
            raise ConfigError(
                f"{parent.name} {parent.version} was adapted from {first['name']} {first['version']}; adapt that one, with the "
                "labels of both collections if they are alike"
            )
        return cls(name, accounts, posts, parent, score(parent, compute(accounts, posts)))

    def scored(self) -> tuple[Collection, pl.Series]:
        """Return what a head can learn from, and the ``row`` of each of its accounts."""
        keep = self.scores.status == "scored"
        kept = self.scores.where(keep)
        return Collection(kept.features, kept.heard(self.parent), kept.log_odds), self.accounts["row"].filter(
            pl.Series(keep)
        )


def adapt_bundle(
    collection: ScoredCollection,
    labels: pl.DataFrame,
    out: Path,
    parent: Path,
    say: Progress,
) -> AdaptedModel:
    """Fit a head, judge it on labels that it did not see, and write the bundle; nothing is written where it does not help.

    Args:
        collection: The accounts.
        labels: As :func:`vigie.training.data.own_labels.read` returns them.
        out: Folder of the bundle.
        parent: Folder of the model that scored the collection.
        say: Called with each step as it begins.

    Raises:
        LabelError: The labels name no account, contradict each other, are too few or of one class.
        AdaptationRefusedError: The head does not surely rank better than the parent.
        BundlePlaceError: Something else is at ``out``.
    """
    bundle.check_place(out)
    labelled, unmatched = own_labels.attach(collection.accounts, labels)
    once, _ = corpus.once(labelled.with_columns(source=pl.lit(collection.name)), collection.posts)
    learnt_from, rows = collection.scored()
    places = {row: place for place, row in enumerate(rows)}
    judged = once.filter(pl.col("row").is_in(rows.implode()))
    truth = judged["y"].to_numpy()
    used = Labels(
        int(truth.sum()),
        int((~truth).sum()),
        once.height - judged.height,
        labelled.height - once.height,
        unmatched,
    )
    say(f"fitting and judging a head on {len(truth)} labels")
    made = adapt(learnt_from, np.array([places[row] for row in judged["row"]], dtype=np.int64), truth)
    if not made.surely > 0:
        raise AdaptationRefusedError(_refusal(made, used))
    index = _index(collection, made, used)
    texts = {name: (parent / name).read_text(encoding="utf-8") for name in collection.parent.index["files"]}
    cards = model_card.cards(index, made.head)
    bundle.save(out, index, texts | cards)
    written = bundle.load(out)
    rehearsal.check(written)
    return AdaptedModel(out, written.identity(), made, used, _notes(used))


def suggest(
    collection: ScoredCollection, labels: pl.DataFrame | None, number: int
) -> list[tuple[int, float, Suggestion]]:
    """Return accounts to label next: ``row``, log-odds by the parent, and why.

    Args:
        collection: The accounts.
        labels: Those there are, as :func:`vigie.training.data.own_labels.read` returns them; None: none.
        number: How many are wanted.
    """
    learnt_from, rows = collection.scored()
    known = (
        pl.Series([], dtype=pl.UInt32)
        if labels is None
        else own_labels.attach(collection.accounts, labels)[0]["row"]
    )
    labelled = rows.is_in(known.implode()).to_numpy()
    return [
        (rows[each.place], float(learnt_from.parent[each.place]), each)
        for each in suggestions.suggest(learnt_from.parent, labelled, number)
    ]


def _refusal(made: Adaptation, used: Labels) -> str:
    number = used.inauthentic + used.ordinary
    return (
        f"on labels that it did not see, the head ranks with an AUC of {made.after}, the model as it is with {made.before}: the gain, "
        f"{made.gain}, is not above 0 with 95 % confidence. Nothing was written. Label more than these {number} accounts (vigie adapt "
        "DATA --suggest 50 says which), or keep the model as it is"
    )


def _index(collection: ScoredCollection, made: Adaptation, used: Labels) -> JsonObject:
    parent = collection.parent
    inherited = {key: value for key, value in parent.index.items() if key not in _NOT_INHERITED}
    rows = [
        {"model": model, "auc": each.value, "low": each.low, "high": each.high}
        for model, each in (("parent", made.before), ("adapted", made.after), ("gain", made.gain))
    ]
    return inherited | {
        "name": f"{parent.name}-adapted",
        "adaptation": {
            "parent": parent.identity(),
            "collection": collection.name,
            "accounts": collection.accounts.height,
            "labels": vars(used),
            "head": made.head.to_json(),
        },
        "figures": {"adaptation": table_records(pl.DataFrame(rows))},
    }


def _notes(used: Labels) -> tuple[Message, ...]:
    counts = {
        "training.note_labels_abstained": used.abstained,
        "training.note_labels_repeated": used.repeated,
        "training.note_labels_unmatched": used.unmatched,
    }
    return (
        *(message(key, count=count) for key, count in counts.items() if count),
        message("training.note_adapted_prior"),
    )
