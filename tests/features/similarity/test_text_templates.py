"""Texts of one template are found by what they have in common, and texts that share a phrase are not of one."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from vigie.features import on_disk
from vigie.features.similarity import near_duplicate_text, text_templates
from vigie.features.similarity.text_templates import LEAST_RUNS, MOST_WORDS, PLACE, RUN, templates

FORMS = (
    "nadie del ayuntamiento quiere hablar de esto {} los vecinos llevan tres semanas sin agua limpia",
    "belediyede kimse bu konuyu açıkça konuşmak istemiyor {} mahalledeki insanlar haftalardır temiz su bulamıyor",
    "{} keiner im rathaus will darüber offen reden {} die leute haben seit wochen kein sauberes wasser",
)


def words(rng: np.random.Generator, count: int) -> str:
    """Return words that hardly any two texts have in common."""
    return " ".join("".join(rng.choice(list("abdegklmnorstu"), 6)) for _ in range(count))


def filled(form: str, count: int, seed: int = 1) -> list[str]:
    """Return fillings of one form, each of three to eight words of its own in every place."""
    rng = np.random.default_rng(seed)
    return [
        form.format(*(words(rng, int(rng.integers(3, 9))) for _ in range(form.count("{}"))))
        for _ in range(count)
    ]


def found(texts: list[str]) -> list[str | None]:
    return templates(pl.Series(texts, dtype=pl.String)).to_list()


@pytest.mark.parametrize("form", FORMS)
def test_fillings_that_are_no_near_duplicates_are_of_one_template(form: str) -> None:
    texts = filled(f"{{}} {form} {{}}", 8)
    assert near_duplicate_text.clusters(pl.Series(texts)).n_unique() == 8
    told = found(texts)
    assert len(set(told)) == 1
    assert told[0] == f"{PLACE} {form.replace('{}', PLACE)} {PLACE}".replace(f"{PLACE} {PLACE}", PLACE)


def test_scripts_without_spaces_have_templates_too() -> None:
    rng = np.random.default_rng(2)
    signs = list("昨天早晨我在河边看见了很多年轻朋友他们都说")
    blanks = ["".join(rng.choice(signs, 6)) for _ in range(5)]
    told = found(
        [
            f"{blank}修建水坝的钱已经全部不知去向了{blank[::-1]}所有负有责任的人都必须马上辞职"
            for blank in blanks
        ]
    )
    assert set(told) == {"…修建水坝的钱已经全部不知去向了…所有负有责任的人都必须马上辞职"}


def test_clauses_may_stand_in_any_order() -> None:
    clauses = ("the money for the dam is simply gone", "nobody at the town hall wants to talk")
    rng = np.random.default_rng(3)
    told = found([f"{words(rng, 4)} {clauses[n % 2]} {words(rng, 4)} {clauses[1 - n % 2]}" for n in range(8)])
    assert None not in told
    assert len(set(told)) == 1


def test_templates_that_share_a_shorter_clause_stay_apart() -> None:
    shared = "and nobody at the town hall wants to talk"
    texts = [
        filled(f"the money that was meant for the dam has simply gone missing {{}} {shared}", 6),
        filled(f"our wells have been full of poison since the first week of may {{}} {shared}", 6, seed=2),
    ]
    told = found([*texts[0], *texts[1]])
    assert None not in told
    assert len(set(told[:6])) == len(set(told[6:])) == 1
    assert told[0] != told[6]


def test_a_filling_that_lacks_a_place_of_several_is_of_the_template() -> None:
    parts = ("the mayor hid the report", "on the old dam by the river", "while families slept in tents",
             "and all the papers say nothing", "so share this with your friends")  # fmt: skip
    rng = np.random.default_rng(4)
    texts = [
        " ".join(part if n % 5 != place else words(rng, 5) for place, part in enumerate(parts))
        for n in range(20)
    ]
    told = found(texts)
    assert len(set(told)) == 1
    assert told[0] is not None


def test_texts_that_share_a_phrase_alone_are_of_none() -> None:
    rng = np.random.default_rng(5)
    short = "at the end of the day"
    assert len(short.split()) < LEAST_RUNS + RUN - 1
    long = "a rose by any other name would smell as sweet"
    texts = [f"{words(rng, 3)} {short} {words(rng, 3)}" for _ in range(30)]
    texts += [f"{words(rng, 20)} {long} {words(rng, 20)}" for _ in range(30)]
    assert set(found(texts)) == {None}


def test_a_chain_of_texts_is_not_one_template() -> None:
    rng = np.random.default_rng(6)
    links = [words(rng, 10) for _ in range(9)]
    told = found([f"{one} {other}" for one, other in pairwise(links)])
    counts = pl.Series(told).drop_nulls().value_counts()["count"]
    assert counts.max() == 2


def test_order_of_the_texts_does_not_matter() -> None:
    texts = [text for number, form in enumerate(FORMS) for text in filled(f"{{}} {form}", 5, seed=number)]
    texts += [words(np.random.default_rng(7), 12) for _ in range(5)]
    order = np.random.default_rng(8).permutation(len(texts))
    told, turned = found(texts), found([texts[place] for place in order])
    groups = [
        {tuple(sorted(np.flatnonzero([one == each for each in some]))) for one in some}
        for some in (told, [turned[place] for place in np.argsort(order)])
    ]
    assert groups[0] == groups[1]


def test_of_a_long_text_the_beginning_is_read() -> None:
    rng = np.random.default_rng(9)
    clause = "the money for the dam has gone missing"
    beyond, within = ([f"{words(rng, count)} {clause}" for _ in range(3)] for count in (MOST_WORDS, 8))
    assert set(found(beyond)) == {None}
    assert None not in found(within)


@pytest.mark.parametrize("texts", [[], ["one text that nobody else has ever written here"], ["", "a", "b c"]])
def test_where_nothing_is_shared_there_is_no_template(texts: list[str]) -> None:
    assert found(texts) == [None] * len(texts)


@pytest.mark.parametrize("block", [1, 300])
def test_templates_do_not_depend_on_how_many_pairs_of_runs_are_counted_at_once(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [text for number, form in enumerate(FORMS) for text in filled(form, 12, seed=number)]
    whole = found(texts)
    assert len(set(whole)) == len(FORMS)
    monkeypatch.setattr(text_templates, "_BLOCK", block)
    assert found(texts) == whole


def test_many_texts_are_looked_through_some_at_a_time_with_nothing_else_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(7)
    signs = list("昨天早晨我在河边看见了很多年轻朋友他们都说")
    solid = [
        "".join(rng.choice(signs, 6)) + "修建水坝的钱已经全部不知去向了所有负有责任的人" for _ in range(9)
    ]
    spaced = [text for form in FORMS for text in filled(f"{{}} {form} {{}}", 9)]
    texts = [*spaced, *solid, *(words(rng, 20) for _ in range(60))]
    rng.shuffle(texts)
    at_once = found(texts)
    monkeypatch.setattr(text_templates, "_TEXTS", 7)
    assert found(texts) == at_once
    assert len(set(at_once)) > len(FORMS)
    kept, _ = text_templates._likely(pl.Series(texts))
    monkeypatch.undo()
    every, _ = text_templates._likely(pl.Series(texts))
    # Most runs stand in one text: they are gone before all are sorted.
    assert kept.height < every.height / 2


def test_runs_of_words_are_worked_on_from_disk_with_nothing_else_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [text for number, form in enumerate(FORMS) for text in filled(form, 12, seed=number)]
    at_once = found(texts)
    laid: list[pl.DataFrame] = []
    written = on_disk._written

    def watched(table: pl.DataFrame, folder: Path) -> pl.DataFrame:
        laid.append(written(table, folder))
        return laid[-1]

    monkeypatch.setattr(on_disk, "_written", watched)
    monkeypatch.setattr(on_disk, "ROWS", 50)
    monkeypatch.setattr(on_disk, "KEYED", 1)
    with on_disk.within(tmp_path):
        assert found(texts) == at_once
    runs = [table for table in laid if table.columns == ["form", "at", "run"]]
    # Twice: those of several texts, and of them those that may be of a template.
    assert len(runs) > 10
    assert max(table.height for table in runs) < sum(table.height for table in runs) / 5


def test_pairs_of_one_run_are_counted_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    # A run that stands in every text, with another in two thirds of them, and one in a third.
    texts = 90
    held = [(text, 0) for text in range(texts)] + [(text, 1 + (text % 3 == 0)) for text in range(texts)]
    runs = pl.DataFrame(held, schema=["form", "run"], orient="row").sample(fraction=1, shuffle=True, seed=1)
    monkeypatch.setattr(text_templates, "_BLOCK", 7)
    pairs = list(text_templates.together(runs, np.array([90, 60, 30])))
    assert [(one.tolist(), other.tolist()) for one, other in pairs if len(one)] == [([0], [1])]
