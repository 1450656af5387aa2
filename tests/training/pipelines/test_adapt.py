"""An adapted bundle answers for its collection, names its parent, and is written only where it ranks better."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from vigie.errors import AdaptationRefusedError, BundlePlaceError, ConfigError
from vigie.features.pipeline import compute
from vigie.models import bundle, installation
from vigie.models.engine import Models, ScoringEngine
from vigie.models.scoring import score
from vigie.training.data import own_labels
from vigie.training.pipelines.adapt import ScoredCollection, adapt_bundle, suggest
from vigie.training.result import Progress
from vigie.training.synthetic.accounts import generate


@pytest.fixture(scope="module")
def collection(models: Models) -> ScoredCollection:
    made = generate(ordinary=110, inauthentic=110, seed=6, posts_per_account=30)
    accounts = made.accounts.with_row_index("row")
    keys = ["platform", "account_id"]
    posts = made.posts.join(accounts.select("row", *keys), on=keys).drop(keys)
    return ScoredCollection.of("harbour", accounts, posts, models.inauthentic)


def labels(collection: ScoredCollection, truth: pl.Series, number: int = 120) -> pl.DataFrame:
    accounts = collection.accounts.with_columns(y=truth).sample(number, seed=2)
    return accounts.select(line="row", name="account_id", by=pl.lit("account_id"), platform="platform", y="y")


def long_handles(collection: ScoredCollection) -> pl.Series:
    """Return a class that a feature tells and that the parent knows nothing of."""
    length = collection.accounts["handle"].str.len_chars()
    return length > length.median()


def quiet(step: str) -> None:
    """Show no step."""


SAY: Progress = quiet


@pytest.fixture(scope="module")
def adapted(collection: ScoredCollection, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("adapted") / "harbour.vigie"
    adapt_bundle(collection, labels(collection, long_handles(collection)), out, bundle.default_folder(), SAY)
    return out


def test_an_adapted_bundle_ranks_its_collection_by_what_its_labels_say(
    collection: ScoredCollection, adapted: Path
) -> None:
    truth = long_handles(collection).to_numpy()
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
    collection: ScoredCollection, tmp_path: Path
) -> None:
    noise = pl.Series(np.random.default_rng(8).random(collection.accounts.height) < 0.5)
    with pytest.raises(
        AdaptationRefusedError, match=r"is not above 0 with 95 % confidence\. Nothing was written"
    ):
        adapt_bundle(collection, labels(collection, noise), tmp_path / "no", bundle.default_folder(), SAY)
    assert not (tmp_path / "no").exists()


def test_a_place_that_holds_something_else_is_refused_before_the_work(
    collection: ScoredCollection, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(BundlePlaceError):
        adapt_bundle(collection, labels(collection, long_handles(collection)), tmp_path, tmp_path, SAY)


def test_an_adapted_bundle_is_not_adapted_again(collection: ScoredCollection, adapted: Path) -> None:
    with pytest.raises(ConfigError, match="was adapted from vigie-inauthentic"):
        ScoredCollection.of("x", collection.accounts, collection.posts, bundle.load(adapted))


def test_one_person_under_two_ids_is_learnt_from_once(collection: ScoredCollection, tmp_path: Path) -> None:
    first = collection.accounts.head(1).with_columns(account_id=pl.lit("again"), row=pl.lit(9_999, pl.UInt32))
    doubled = ScoredCollection.of(
        "harbour", pl.concat([collection.accounts, first]), collection.posts, collection.parent
    )
    truth = long_handles(doubled)
    every = labels(doubled, truth, doubled.accounts.height)
    made = adapt_bundle(doubled, every, tmp_path / "a", bundle.default_folder(), SAY)
    assert made.labels.repeated >= 1
    assert any("labelled already under another id" in note.say("en") for note in made.notes)


def test_suggestions_are_scored_and_not_labelled(collection: ScoredCollection) -> None:
    known = labels(collection, long_handles(collection))
    suggested = suggest(collection, known, 30)
    rows = {row for row, _, _ in suggested}
    assert len(rows) == 30
    assert not rows & set(own_labels.attach(collection.accounts, known)[0]["row"])
