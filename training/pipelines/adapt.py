"""A bundle adapted to one collection: a head fitted and judged, the bundle written where it helps."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from vigie.features.i18n import Message
from vigie.models import bundle, rehearsal
from vigie.models.adaptation.collection import Labels, ScoredCollection, fit, inherited
from vigie.models.adaptation.fitting import Adaptation
from vigie.training.report.model_card import adapted as model_card
from vigie.training.result import Progress


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
        labels: As :func:`vigie.features.ingest.own_labels.read` returns them.
        out: Folder of the bundle.
        parent: Folder of the model that scored the collection.
        say: Called with each step as it begins.

    Raises:
        LabelError: The labels name no account, contradict each other, are too few or of one class.
        AdaptationRefusedError: The head does not surely rank better than the parent.
        BundlePlaceError: Something else is at ``out``.
    """
    bundle.check_place(out)
    made = fit(collection, labels, say)
    index = inherited(collection.parent) | made.entries()
    texts = {name: (parent / name).read_text(encoding="utf-8") for name in collection.parent.index["files"]}
    cards = model_card.cards(index, made.adaptation.head)
    bundle.save(out, index, texts | cards)
    written = bundle.load(out)
    rehearsal.check(written)
    return AdaptedModel(out, written.identity(), made.adaptation, made.labels, made.labels.notes())
