"""An adapted bundle answers for its collection, names its parent, and is written only where it ranks better."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from vigie.errors import AdaptationRefusedError, BundlePlaceError, ConfigError
from vigie.features.pipeline import compute
from vigie.models import bundle, installation
from vigie.models.adaptation.collection import ScoredCollection
from vigie.models.engine import Models, ScoringEngine
from vigie.models.scoring import score
from vigie.training.pipelines.adapt import adapt_bundle
from vigie.training.result import Progress


@pytest.fixture(scope="module")
def collection(labelled_collection: Any) -> ScoredCollection:
    scored: ScoredCollection = labelled_collection.scored
    return scored


def quiet(step: str) -> None:
    """Show no step."""


SAY: Progress = quiet


@pytest.fixture(scope="module")
def adapted(labelled_collection: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("adapted") / "harbour.vigie"
    adapt_bundle(labelled_collection.scored, labelled_collection.labels(), out, bundle.default_folder(), SAY)
    return out


def test_an_adapted_bundle_ranks_its_collection_by_what_its_labels_say(
    labelled_collection: Any, adapted: Path
) -> None:
    collection, truth = labelled_collection.scored, labelled_collection.truth.to_numpy()
    scores = score(bundle.load(adapted), compute(collection.accounts, collection.posts))
    known = scores.status == "scored"
    apart = [np.median(each.log_odds[known & truth]) - np.median(each.log_odds[known & ~truth])
             for each in (collection.scores, scores)]  # fmt: skip
    assert abs(apart[0]) < 1 < apart[1]


def test_an_adapted_bundle_names_its_parent_its_labels_and_its_gain(
    collection: ScoredCollection, adapted: Path
) -> None:
    found = bundle.load(adapted)
    entry = found.index["adaptation"]
    assert entry["parent"] == collection.parent.identity()
    assert entry["collection"] == "harbour"
    assert found.version != collection.parent.version
    counted = entry["labels"]
    assert counted["inauthentic"] + counted["ordinary"] + counted["abstained"] + counted["repeated"] == 120
    rows = {row["model"]: row for row in found.index["figures"]["adaptation"]}
    assert rows["gain"]["low"] > 0
    assert (
        f"{collection.parent.name} {collection.parent.version}, adapted to one collection"
        in found.cards["en"]
    )
    assert "ne vaut que pour cette collecte" in found.cards["fr"]


def test_an_adapted_bundle_can_be_served(collection: ScoredCollection, adapted: Path, tmp_path: Path) -> None:
    installation.install(adapted, tmp_path / "place")
    engine = ScoringEngine(Models.load(tmp_path / "place", None))
    result = engine.score(collection.accounts.head(20), collection.posts, ["inauthentic"])
    first = next(each for each in result.verdicts(top=3, language="fr") if each.status == "scored")
    assert all(reason.sentence for reason in first.reasons)


def test_a_collection_whose_labels_say_nothing_is_refused_and_nothing_is_written(
    labelled_collection: Any, tmp_path: Path
) -> None:
    collection = labelled_collection.scored
    noise = pl.Series(np.random.default_rng(8).random(collection.accounts.height) < 0.5)
    labels = labelled_collection.labels(truth=noise)
    with pytest.raises(
        AdaptationRefusedError, match=r"is not above 0 with 95 % confidence\. Nothing was written"
    ):
        adapt_bundle(collection, labels, tmp_path / "no", bundle.default_folder(), SAY)
    assert not (tmp_path / "no").exists()


def test_a_place_that_holds_something_else_is_refused_before_the_work(
    labelled_collection: Any, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(BundlePlaceError):
        adapt_bundle(labelled_collection.scored, labelled_collection.labels(), tmp_path, tmp_path, SAY)


def test_an_adapted_bundle_is_not_adapted_again(collection: ScoredCollection, adapted: Path) -> None:
    with pytest.raises(ConfigError, match="was adapted from vigie-inauthentic"):
        ScoredCollection.of("x", collection.accounts, collection.posts, bundle.load(adapted))
