"""Texts of one meaning meet at the thresholds, within a day or two, in bounded work, whatever their order."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from vigie.features.similarity import embeddings

HOUR, DAY = 3_600, 86_400


def texts(vectors: list[list[float] | None], times: list[int], languages: list[str | None]) -> pl.DataFrame:
    return pl.DataFrame(
        {"embedding": vectors, "time": times, "lang": languages},
        schema={"embedding": pl.List(pl.Float32), "time": pl.Int64, "lang": pl.String},
    )


def at(cosine: float, length: float = 1.0) -> list[float]:
    """Return a vector with that cosine to [1, 0]."""
    return [length * cosine, length * float(np.sqrt(1 - cosine**2))]


def meet(cosine: float, languages: list[str | None], apart: int = 60, length: float = 1.0) -> bool:
    first, second = embeddings.clusters(texts([[1.0, 0.0], at(cosine, length)], [0, apart], languages))
    return bool(first == second)


@pytest.mark.parametrize(
    ("languages", "least"),
    [
        (["en", "en"], 0.85), (["en", "en-GB"], 0.85), (["EN", "en_us"], 0.85), ([None, "en"], 0.85),
        (["und", "en"], 0.85), (["", "fr"], 0.85), (["en", "fr"], 0.7),
    ],
)  # fmt: skip
def test_the_threshold_is_that_of_the_languages(languages: list[str | None], least: float) -> None:
    assert meet(least, languages)
    assert meet(least + 0.01, languages[::-1])
    assert not meet(least - 0.01, languages)
    assert not meet(-1.0, languages)


@pytest.mark.parametrize("length", [1e-30, 1e30])
def test_the_length_of_a_vector_says_nothing(length: float) -> None:
    assert meet(0.9, ["en", "en"], length=length)
    assert not meet(0.5, ["en", "en"], length=length)


def test_all_within_a_day_are_compared_and_those_far_apart_are_not() -> None:
    assert meet(0.9, ["en", "en"], apart=DAY)
    assert not meet(0.9, ["en", "en"], apart=2 * DAY)


def test_a_chain_is_broken_at_its_medoid() -> None:
    angles = np.arccos(0.9) * np.arange(4)
    chain: list[list[float] | None] = [[float(np.cos(angle)), float(np.sin(angle))] for angle in angles]
    label = embeddings.clusters(texts(chain, [0, 1, 2, 3], ["en"] * 4))
    assert label.n_unique() == 2
    assert label[0] == label[1]


def test_copies_are_one_text_and_no_embedding_is_no_object() -> None:
    label = embeddings.clusters(texts([[1.0, 0.0]] * 500 + [None], [*range(500), 3], ["en"] * 501))
    assert label.to_list() == [0] * 500 + [None]
    nothing = embeddings.clusters(texts([None, None], [0, 1], ["en", None]))
    assert nothing.to_list() == [None, None]
    assert embeddings.clusters(texts([], [], [])).to_list() == []


def planted(seed: int, said: int = 40, ways: int = 6) -> tuple[pl.DataFrame, list[int]]:
    """Sayings in random directions, each in several ways near it, on five days."""
    generator = np.random.default_rng(seed)
    middles = np.repeat(generator.normal(size=(said, 64)), ways, axis=0)
    vectors = middles + 0.2 * generator.normal(size=middles.shape)
    times = np.repeat(generator.integers(0, 5 * DAY, said), ways) + generator.integers(0, HOUR, said * ways)
    return texts(vectors.tolist(), times.tolist(), ["en"] * len(vectors)), np.repeat(
        range(said), ways
    ).tolist()


def partition(label: pl.Series, truth: list[int]) -> bool:
    both = pl.DataFrame({"label": label, "truth": truth}).unique()
    return bool(both["label"].is_unique().all() and both["truth"].is_unique().all())


@pytest.mark.parametrize("seed", range(3))
def test_planted_sayings_are_the_clusters_whatever_the_order(seed: int) -> None:
    table, truth = planted(seed)
    assert partition(embeddings.clusters(table), truth)
    order = np.random.default_rng(seed).permutation(table.height)
    assert partition(embeddings.clusters(table[order]), [truth[place] for place in order])


def test_blocks_and_a_crowd_of_one_meaning_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    table, truth = planted(5, said=4, ways=300)
    assert partition(embeddings.clusters(table), truth)
    monkeypatch.setattr(embeddings, "_BLOCK", 7)
    assert partition(embeddings.clusters(table), truth)


def test_of_more_texts_than_are_compared_the_latest_are_and_the_rest_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(embeddings, "REACH", 10)
    vectors: list[list[float] | None] = [np.eye(30)[place].tolist() for place in range(30)]
    vectors += [(np.eye(30)[place] + 0.1).tolist() for place in (29, 0)]
    table = texts(vectors, list(range(32)), ["en"] * 32)
    assert embeddings.crowded(table) == 32 - 11
    label = embeddings.clusters(table)
    assert label[30] == label[29]
    assert label[31] != label[0]
