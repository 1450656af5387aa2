"""From dataset directories to one corpus: each person once, and what is refused or noted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from vigie.errors import LabelError
from vigie.training import config
from vigie.training.data import corpus as data
from vigie.training.synthetic.accounts import World, generate

PARTS = {"profile": {"floor": 0.5}}


def parsed(**keys: object) -> config.Config:
    return config.parse({"parts": PARTS} | keys)


@pytest.fixture(scope="module")
def world() -> World:
    return generate(ordinary=26, inauthentic=26, seed=1, posts_per_account=2)


@pytest.fixture(scope="module")
def other() -> World:
    return generate(ordinary=26, inauthentic=26, seed=2, posts_per_account=2)


def test_a_person_in_two_sets_is_kept_in_the_first_only(
    folders: list[Path], settings: config.Config, tmp_path: Path, write_dataset: Any
) -> None:
    world = generate(ordinary=120, inauthentic=120, seed=1, posts_per_account=60)
    hashed = {"account_id": pl.format("hashed-{}", "account_id")}
    other = World(
        accounts=world.accounts.with_columns(**hashed, handle=pl.lit(None, pl.String)),
        posts=world.posts.with_columns(**hashed, post_id=pl.format("other-{}", "post_id")),
        labels=world.labels.with_columns(**hashed),
    )
    copy = write_dataset(other, tmp_path, "again")
    corpus = data.load([*folders, copy], settings)
    left = corpus.accounts.filter(pl.col("source") == "again").height
    assert left < 0.15 * world.accounts.height
    assert corpus.removed.filter(pl.col("source") == "again")["reason"].to_list() == ["same_posts"]


def test_labels_of_one_class_are_refused_with_the_count(
    settings: config.Config, tmp_path: Path, write_dataset: Any
) -> None:
    alone = write_dataset(
        generate(ordinary=40, inauthentic=0, seed=9, posts_per_account=20), tmp_path, "ordinary-only"
    )
    with pytest.raises(LabelError, match="accounts labelled inauthentic=True: 0; at least 20"):
        data.load([alone], settings)


def notes(corpus: data.Corpus) -> list[str]:
    return [note.say("en") for note in corpus.notes]


def without_accounts(world: World) -> World:
    return World(world.accounts.head(0), world.posts.head(0), world.labels)


def test_labels_of_absent_accounts_are_counted_in_the_refusal(
    world: World, tmp_path: Path, write_dataset: Any
) -> None:
    absent = write_dataset(without_accounts(world), tmp_path / "absent", "absent")
    with pytest.raises(LabelError, match=r"absent: 52 accounts are labelled and not among the accounts"):
        data.load([absent], parsed())


def test_a_data_set_that_no_source_names_is_used_after_those_that_are(
    world: World, other: World, tmp_path: Path, write_dataset: Any
) -> None:
    folders = [
        write_dataset(world, tmp_path / "mine", "mine"),
        write_dataset(other, tmp_path / "public", "public"),
    ]
    corpus = data.load(folders, parsed(sources=["public", "not-given"]))
    assert corpus.sources == ("public", "mine")


def test_two_data_sets_of_one_name_are_refused(
    world: World, other: World, tmp_path: Path, write_dataset: Any
) -> None:
    first, second = write_dataset(world, tmp_path / "a", "same"), write_dataset(other, tmp_path / "b", "same")
    with pytest.raises(LabelError, match=r"a/same and .*b/same are both named same; .* --name NAME"):
        data.load([first, second], parsed())


def test_no_data_set_is_refused(world: World) -> None:
    with pytest.raises(LabelError, match="no data set is given"):
        data.load([], parsed())


def test_labels_of_a_strength_that_weighs_nothing_are_told(
    world: World, other: World, tmp_path: Path, write_dataset: Any
) -> None:
    labels = world.labels.with_columns(
        source=pl.lit("a"), strength=pl.when(pl.int_range(pl.len()) < 4).then(pl.lit("weak")).otherwise(pl.lit("expert"))
    )  # fmt: skip
    experts = other.labels.with_columns(source=pl.lit("b"), strength=pl.lit("expert"))
    folders = [
        write_dataset(world, tmp_path / "a", "a", labels),
        write_dataset(other, tmp_path / "b", "b", experts),
    ]
    corpus = data.load(folders, parsed(strengths={"weak": 0.0}))
    assert corpus.accounts.height == 100
    assert "a: 4 accounts have labels of a quality that weighs nothing, and are left out." in notes(corpus)


def test_labels_against_those_of_an_earlier_set_are_left_out_and_told(
    world: World, other: World, tmp_path: Path, write_dataset: Any
) -> None:
    flipped = world.labels.with_columns(source=pl.lit("flipped"), value=~pl.col("value"))
    folders = [
        write_dataset(world, tmp_path / "a", "a"),
        write_dataset(world, tmp_path / "flipped", "flipped", flipped),
        write_dataset(other, tmp_path / "b", "b"),
    ]
    corpus = data.load(folders, parsed())
    assert corpus.sources == ("a", "b")
    assert any(
        note.startswith("flipped: 52 accounts have another label in an earlier") for note in notes(corpus)
    )


def test_two_sources_are_said_to_be_judged_too_surely(
    world: World, other: World, tmp_path: Path, write_dataset: Any
) -> None:
    corpus = data.load(
        [write_dataset(world, tmp_path / "a", "a"), write_dataset(other, tmp_path / "b", "b")], parsed()
    )
    assert any("A third source would correct this." in note for note in notes(corpus))


def test_few_labels_of_a_class_are_told_with_the_name_of_the_class(
    world: World, other: World, tmp_path: Path, write_dataset: Any
) -> None:
    corpus = data.load(
        [write_dataset(world, tmp_path / "a", "a"), write_dataset(other, tmp_path / "b", "b")], parsed()
    )
    assert [note.partition(".")[0] for note in notes(corpus)[:2]] == [
        "Only 52 accounts are labelled inauthentic",
        "Only 52 accounts are labelled ordinary",
    ]
    french = [note.say("fr").partition(".")[0] for note in corpus.notes[:2]]
    assert french == [
        f"52 comptes seulement sont étiquetés «\u202f{name}\u202f»" for name in ("inauthentique", "ordinaire")
    ]


def test_data_without_a_label_cannot_be_judged_and_say_so() -> None:
    nobody = pl.DataFrame(schema={"source": pl.String, "y": pl.Boolean})
    with pytest.raises(LabelError, match="no account has a label of inauthentic"):
        data.require_judgeable(nobody, "inauthentic")
