"""What a clumsy or hostile data scientist brings is refused in one sentence before a fit, or told as a note."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from vigie.errors import BundlePlaceError, ConfigError, LabelError
from vigie.features.ingest import dataset
from vigie.features.ingest.reader import REJECT_SCHEMA, Read
from vigie.models import bundle
from vigie.training import config, train_model
from vigie.training.data import corpus as data
from vigie.training.fitting import booster, leave_source_out
from vigie.training.fitting.calibration import fit_calibration
from vigie.training.pipelines import inauthentic
from vigie.training.synthetic.accounts import World, generate

PARTS = {"profile": {"floor": 0.5}}


@pytest.fixture(scope="module")
def world() -> World:
    return generate(ordinary=26, inauthentic=26, seed=1, posts_per_account=2)


@pytest.fixture(scope="module")
def other() -> World:
    return generate(ordinary=26, inauthentic=26, seed=2, posts_per_account=2)


def settings(**keys: object) -> config.Config:
    return config.parse({"parts": PARTS} | keys)


def write(world: World, folder: Path, name: str, labels: pl.DataFrame | None = None) -> Path:
    labels = world.labels.with_columns(source=pl.lit(name)) if labels is None else labels
    seen = {"accounts": world.accounts.height, "posts": world.posts.height, "labels": labels.height}
    read = Read(
        world.accounts, world.posts, labels, rejects=pl.DataFrame(schema=REJECT_SCHEMA), notes=(), seen=seen
    )
    dataset.write(read, folder, name=name, form="generic", now=datetime(2024, 6, 1, tzinfo=UTC))
    return folder


def without_accounts(world: World) -> World:
    return World(world.accounts.head(0), world.posts.head(0), world.labels)


def test_labels_of_absent_accounts_are_counted_in_the_refusal(world: World, tmp_path: Path) -> None:
    absent = write(without_accounts(world), tmp_path / "absent", "absent")
    with pytest.raises(LabelError, match="absent: 52 accounts are labelled and not among the accounts"):
        data.load([absent], settings())


def test_a_data_set_that_no_source_names_is_used_after_those_that_are(
    world: World, other: World, tmp_path: Path
) -> None:
    folders = [write(world, tmp_path / "mine", "mine"), write(other, tmp_path / "public", "public")]
    corpus = data.load(folders, settings(sources=["public", "not-given"]))
    assert corpus.sources == ("public", "mine")


def test_two_data_sets_of_one_name_are_refused(world: World, other: World, tmp_path: Path) -> None:
    first, second = write(world, tmp_path / "a", "same"), write(other, tmp_path / "b", "same")
    with pytest.raises(LabelError, match=r"a and .*b are both named same; .* --name NAME"):
        data.load([first, second], settings())


def test_no_data_set_is_refused(world: World) -> None:
    with pytest.raises(LabelError, match="no data set is given"):
        data.load([], settings())


def test_labels_of_a_strength_that_weighs_nothing_are_told(
    world: World, other: World, tmp_path: Path
) -> None:
    labels = world.labels.with_columns(
        source=pl.lit("a"), strength=pl.when(pl.int_range(pl.len()) < 4).then(pl.lit("weak")).otherwise(pl.lit("expert"))
    )  # fmt: skip
    experts = other.labels.with_columns(source=pl.lit("b"), strength=pl.lit("expert"))
    folders = [write(world, tmp_path / "a", "a", labels), write(other, tmp_path / "b", "b", experts)]
    corpus = data.load(folders, settings(strengths={"weak": 0.0}))
    assert corpus.accounts.height == 100
    assert "a: 4 accounts have labels of a strength that weighs nothing, and are left out" in corpus.notes


def test_labels_against_those_of_an_earlier_set_are_left_out_and_told(
    world: World, other: World, tmp_path: Path
) -> None:
    flipped = world.labels.with_columns(source=pl.lit("flipped"), value=~pl.col("value"))
    folders = [
        write(world, tmp_path / "a", "a"),
        write(world, tmp_path / "flipped", "flipped", flipped),
        write(other, tmp_path / "b", "b"),
    ]
    corpus = data.load(folders, settings())
    assert corpus.sources == ("a", "b")
    assert any(
        note.startswith("flipped: 52 accounts have another label in an earlier") for note in corpus.notes
    )


def test_two_sources_are_said_to_be_judged_too_surely(world: World, other: World, tmp_path: Path) -> None:
    corpus = data.load([write(world, tmp_path / "a", "a"), write(other, tmp_path / "b", "b")], settings())
    assert any("too sure; a third source would mend it" in note for note in corpus.notes)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"parts": {}}, r"no part is to be learnt; write \[parts.NAME\]"),
        ({"parts": {"pool": {"floor": 0.4}}}, "parts.pool is not a part of inauthentic"),
        (
            {"parts": {"postz": {"floor": 0.4}}},
            "parts.postz is not a part of inauthentic. .* Did you mean posts?",
        ),
        (
            {"parts": {"profile": {"floor": 0.4, "exclude": ["profile_folowers_count"]}}},
            "profile_folowers_count is not a feature.* Did you mean profile_followers_count?",
        ),
    ],
)
def test_a_part_or_feature_that_does_not_exist_is_refused_before_data_are_read(
    keys: dict[str, object], said: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=said):
        inauthentic.train(
            settings(**keys),
            [tmp_path / "absent"],
            tmp_path / "out",
            uri=f"sqlite:///{tmp_path}/ml.db",
            say=print,
        )


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"size": {"leaves": []}}, "size.leaves: list should have at least 1 item"),
        ({"size": {"trees": []}}, "size.trees: list should have at least 1 item"),
        ({"seed": -1}, "seed: .* greater than or equal to 0"),
        ({"seed": 2**70}, "seed: .* less than"),
        ({"name": "a/b"}, "name: "),
        ({"name": ""}, "name: "),
        ({"bands": {"low": 0.0, "hihg": 0.5}}, "bands: .* seen: low, hihg"),
        ({"bands": {"high": 1.5}}, "bands.high: .* less than or equal to 1"),
    ],
)
def test_a_value_that_would_fail_late_is_refused_at_once(keys: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        settings(**keys)


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_is_no_bundle_is_not_replaced_by_one(kind: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    kept = out if kind == "file" else out / "thesis.txt"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text("years of work")
    with pytest.raises(BundlePlaceError, match="name a new folder, or one of a bundle"):
        train_model("inauthentic", [tmp_path / "absent"], out)
    with pytest.raises(BundlePlaceError):
        bundle.save(out, {}, {})
    assert kept.read_text() == "years of work"


def table(classes: dict[str, tuple[int, int]]) -> booster.Table:
    """Return a table of two features, one of which tells the classes apart, with so many accounts of each by source."""
    rng = np.random.default_rng(3)
    y = np.concatenate([np.repeat([True, False], counts) for counts in classes.values()])
    source = np.repeat(list(classes), [sum(counts) for counts in classes.values()])
    x = np.stack([y + rng.normal(0, 0.7, len(y)), rng.normal(size=len(y))], axis=1)
    features = ("profile_followers_count", "profile_following_count")
    every = np.ones(len(y))
    return booster.Table(
        features, x, y, np.arange(len(y), dtype=np.uint32), source, every.astype(bool), every
    )


@pytest.mark.parametrize(
    ("classes", "said"),
    [
        ({"a": (0, 0)}, r"too few accounts show what it reads \(none\)"),
        ({"a": (30, 9), "b": (9, 30)}, r"too few accounts show what it reads \(a: 30 and 9; b: 9 and 30\)"),
        ({"a": (30, 30), "b": (0, 30)}, r"without a there are no accounts of both classes"),
    ],
)
def test_a_part_that_cannot_be_learnt_says_who_is_there_and_what_to_do(
    classes: dict[str, tuple[int, int]], said: str
) -> None:
    with pytest.raises(LabelError, match=said) as refused:
        booster.require(table(classes), "profile")
    assert r"copy the configuration without [parts.profile]" in str(refused.value)


def test_a_part_is_learnt_beside_a_source_of_one_class_or_one_account() -> None:
    booster.require(table({"a": (30, 30), "b": (30, 30), "people": (0, 30), "one": (1, 0)}), "profile")


def test_the_second_of_two_sources_is_judged_by_boosters_that_did_not_see_the_account() -> None:
    whole = table({"a": (60, 60), "b": (60, 60)})
    small = settings(booster={"min_data_in_leaf": 5, "learning_rate": 0.2})
    both = {"profile": leave_source_out.crossfit(whole, small, 4, 20, lambda: None)}
    rest = leave_source_out.without(both, "a")["profile"]
    assert rest.held_out == {}
    assert set(rest.table.source) == {"b"}
    seen = np.asarray(rest.booster.predict(rest.table.x, raw_score=True))
    # It ranks others' accounts, and less well than those it saw.
    unseen_gap, seen_gap = (m[rest.table.y].mean() - m[~rest.table.y].mean() for m in (rest.margin, seen))
    assert 0 < unseen_gap < seen_gap
    assert np.isfinite([rest.calibration("b").slope, rest.calibration("b").intercept]).all()


def test_a_calibration_never_leaves_out_the_only_source_of_both_classes() -> None:
    truth = np.array([True, False] * 20 + [False] * 20)
    source = np.array(["both"] * 40 + ["people"] * 20)
    found = fit_calibration(np.where(truth, 1.0, -1.0) + np.linspace(-1.5, 1.5, 60), truth, source)
    assert np.isfinite([found.slope, found.intercept, *found.variance]).all()
