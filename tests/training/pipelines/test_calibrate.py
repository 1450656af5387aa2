"""A bundle is held against more people without any score changing, and says in its card what that is worth."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vigie.errors import LabelError
from vigie.features.pipeline import compute
from vigie.models import bundle
from vigie.models.scoring import score
from vigie.models.verdict import Verdict, verdicts
from vigie.training.pipelines.calibrate import CalibratedModel, calibrate_bundle
from vigie.training.result import Progress
from vigie.training.synthetic.accounts import World, generate


def quiet(step: str) -> None:
    """Show no step."""


SAY: Progress = quiet


@pytest.fixture(scope="module")
def town() -> World:
    return generate(ordinary=330, inauthentic=0, seed=21, posts_per_account=30)


@pytest.fixture(scope="module")
def unlabelled(
    town: World, write_dataset: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    return write_dataset(town, tmp_path_factory.mktemp("people"), "town", town.labels.head(0))


@pytest.fixture(scope="module")
def made(unlabelled: Path, tmp_path_factory: pytest.TempPathFactory) -> CalibratedModel:
    out = tmp_path_factory.mktemp("calibrated") / "mine.vigie"
    return calibrate_bundle(bundle.default_folder(), [unlabelled], out, SAY)


def test_the_people_are_suspect_no_more_often_than_stated_and_no_score_changes(
    made: CalibratedModel, town: World
) -> None:
    accounts = town.accounts.with_row_index("row")
    keys = ["platform", "account_id"]
    matrix = compute(accounts, town.posts.join(accounts.select("row", *keys), on=keys).drop(keys))
    before, after = bundle.load(), bundle.load(made.folder)
    scores = score(after, matrix)
    np.testing.assert_array_equal(scores.log_odds, score(before, matrix).log_odds)
    given = [one for one in verdicts(after, matrix, scores, top=0, language="en") if isinstance(one, Verdict)]
    suspect = [one.looks_like is not None and "ordinary" not in one.looks_like.kinds for one in given]
    assert len(given) > 100
    assert np.mean(suspect) <= 0.01


def test_the_card_ends_in_what_was_measured_of_the_people_in_either_language(made: CalibratedModel) -> None:
    cards = bundle.load(made.folder).cards
    assert cards["en"].count("## Held against known accounts") == 1
    assert cards["fr"].count("## Comparaison aux comptes connus") == 1
    assert "| town | ordinary |" in cards["en"]
    assert "| town | ordinaire |" in cards["fr"]


def test_a_source_that_is_given_again_stands_once(
    made: CalibratedModel, unlabelled: Path, tmp_path: Path
) -> None:
    again = bundle.load(calibrate_bundle(made.folder, [unlabelled], tmp_path / "again.vigie", SAY).folder)
    assert again.index["known_accounts"] == bundle.load(made.folder).index["known_accounts"]
    assert again.cards["en"].count("## Held against known accounts") == 1


def test_too_few_people_are_refused_with_how_many_are_needed(
    write_dataset: Callable[..., Path], tmp_path: Path
) -> None:
    few = generate(ordinary=40, inauthentic=0, seed=2, posts_per_account=30)
    folder = write_dataset(few, tmp_path, "hamlet", few.labels.head(0))
    with pytest.raises(LabelError, match=r"hamlet cannot be held against: at 0\.01, 99 accounts"):
        calibrate_bundle(bundle.default_folder(), [folder], tmp_path / "out.vigie", SAY)
    assert not (tmp_path / "out.vigie").exists()
