"""A collection and some labels of its own: the head that they make, and the accounts to label next.

No label enters a feature: features are those of the accounts and posts, and are computed before a label is read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from vigie.errors import AdaptationRefusedError, ConfigError, LabelError
from vigie.features.i18n import Decimal, Message, message
from vigie.features.ingest import own_labels, persons
from vigie.features.json_object import JsonObject
from vigie.features.pipeline import compute
from vigie.models import bundle
from vigie.models.adaptation import suggestions
from vigie.models.adaptation.fitting import Adaptation, Collection, adapt
from vigie.models.adaptation.head import Head
from vigie.models.adaptation.suggestions import Suggestion
from vigie.models.bundle import Bundle
from vigie.models.scoring import Scores, score

# What a bundle has of its own, and not of its parent: it is made anew, or it is not measured.
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

    def left_out(self) -> tuple[Message, ...]:
        """Return which labels a head is not learnt from."""
        counts = {
            "training.note_labels_abstained": self.abstained,
            "training.note_labels_repeated": self.repeated,
            "training.note_labels_unmatched": self.unmatched,
        }
        return tuple(message(key, count=count) for key, count in counts.items() if count)

    def notes(self) -> tuple[Message, ...]:
        """Return what a reader must know before they rely on a head that they made."""
        return (*self.left_out(), message("training.note_adapted_prior"))


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


@dataclass(frozen=True)
class Fitted:
    """A head that surely ranks better than the model as it is.

    Attributes:
        collection: What it was fitted on.
        adaptation: The head, and what it is worth.
        labels: How the labels were used.
    """

    collection: ScoredCollection
    adaptation: Adaptation
    labels: Labels

    def entries(self) -> JsonObject:
        """Return the entries of an index that an adapted bundle does not have of its parent."""
        measured = (
            ("parent", self.adaptation.before), ("adapted", self.adaptation.after), ("gain", self.adaptation.gain),
        )  # fmt: skip
        return {
            "name": f"{self.collection.parent.name}-adapted",
            "adaptation": {
                "parent": self.collection.parent.identity(),
                "collection": self.collection.name,
                "accounts": self.collection.accounts.height,
                "labels": vars(self.labels),
                "head": self.adaptation.head.to_json(),
            },
            "figures": {
                "adaptation": [
                    {"model": model, "auc": round(each.value, 4), "low": round(each.low, 4), "high": round(each.high, 4)}
                    for model, each in measured
                ]
            },
        }  # fmt: skip


def fit(
    collection: ScoredCollection, labels: pl.DataFrame, say: Callable[[str], None] = lambda _: None
) -> Fitted:
    """Return the head that labels make, judged on labels that it did not see.

    Args:
        collection: The accounts.
        labels: As :func:`vigie.features.ingest.own_labels.read` returns them.
        say: Called with each step as it begins.

    Raises:
        LabelError: The labels name no account, or none that the model scores, contradict each other, are too few or of one class.
        AdaptationRefusedError: The head does not surely rank better than the parent.
    """
    labelled, unmatched = own_labels.attach(collection.accounts, labels)
    once, _ = persons.once(labelled.with_columns(source=pl.lit(collection.name)), collection.posts)
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
    if not len(truth):
        raise LabelError(message("training.labels_abstained", count=used.abstained))
    # Said before the labels may be refused as too few: who lost most of them by their ids must see it.
    say(
        "; ".join(
            [
                f"fitting and judging a head on {len(truth)} of {labels.height} labels",
                *(note.say("en") for note in used.left_out()),
            ]
        )
    )
    made = adapt(learnt_from, np.array([places[row] for row in judged["row"]], dtype=np.int64), truth)
    if not made.surely > 0:
        raise AdaptationRefusedError(
            message(
                "training.adaptation_refused",
                count=len(truth),
                after=Decimal(made.after.value, 3),
                before=Decimal(made.before.value, 3),
                gain=Decimal(made.gain.value, 3),
                low=Decimal(made.gain.low, 3),
                high=Decimal(made.gain.high, 3),
            )
        )
    return Fitted(collection, made, used)


def suggest(
    collection: ScoredCollection, labels: pl.DataFrame | None, number: int
) -> list[tuple[int, float, Suggestion]]:
    """Return accounts to label next: ``row``, log-odds by the parent, and why.

    Args:
        collection: The accounts.
        labels: Those there are, as :func:`vigie.features.ingest.own_labels.read` returns them; None, or an empty table: none.
        number: How many are wanted.
    """
    learnt_from, rows = collection.scored()
    known = (
        pl.Series([], dtype=pl.UInt32)
        if labels is None or labels.is_empty()
        else own_labels.attach(collection.accounts, labels)[0]["row"]
    )
    labelled = rows.is_in(known.implode()).to_numpy()
    return [
        (rows[each.place], float(learnt_from.parent[each.place]), each)
        for each in suggestions.suggest(learnt_from.parent, labelled, number)
    ]


def inherited(parent: Bundle) -> JsonObject:
    """Return the entries of an index that an adapted bundle has of its parent."""
    return {key: value for key, value in parent.index.items() if key not in _NOT_INHERITED}


def put_on(parent: Bundle, entries: JsonObject) -> Bundle:
    """Return a model with a head, in memory: it has the parts of its parent, and no card.

    Args:
        parent: The model that the head was fitted on.
        entries: What :meth:`Fitted.entries` returned.
    """
    own = {
        name: digest for name, digest in parent.index["files"].items() if name not in bundle.CARDS.values()
    }
    index = inherited(parent) | entries | {
        "format": bundle.ADAPTED_FORMAT,
        "feature_set": parent.feature_set,
        "fingerprints": parent.index["fingerprints"],
        "files": own,
    }  # fmt: skip
    index["version"] = bundle.version_of(index)
    head = Head.from_json(entries["adaptation"]["head"])
    return Bundle(index, parent.parts, parent.reference, {}, head)
