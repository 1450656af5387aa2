"""Texts meet when an exact Jaccard similarity in plain Python says so, in any script and order."""

from __future__ import annotations

import time
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
import pytest

from vigie.features.similarity import (
    candidates,
    jaccard,
    medoid_clustering,
    minhash,
    near_duplicate_text,
    text_forms,
)
from vigie.features.similarity.near_duplicate_text import near, similar

from .wordings import LONG, WORDS, held, shingles, together, variants


def brute(forms: list[str]) -> list[int]:
    """Every pair of distinct forms, set by set."""
    distinct = sorted(set(forms))
    close: list[tuple[int, int, int]] = []
    for a, b in combinations(range(len(distinct)), 2):
        one, two = shingles(distinct[a]), shingles(distinct[b])
        shared, union = len(one & two), len(one | two)
        if 10 * shared >= 7 * union:
            close.append((a, b, shared * 1_000_000 // union))
    columns = np.array(close, np.int64).reshape(-1, 3).T
    label = medoid_clustering.groups(columns[0], columns[1], columns[2], len(distinct))
    return [int(label[distinct.index(one)]) for one in forms]


@pytest.mark.parametrize("seed", range(12))
def test_clusters_are_those_of_brute_force(seed: int) -> None:
    given = variants(seed, templates=8, count=150)
    assert together([*given]) == brute(given)


def test_brute_force_finds_something_to_compare() -> None:
    found = brute(variants(0, templates=8, count=150))
    assert 8 <= len(set(found)) < 120


@pytest.mark.parametrize("seed", range(3))
def test_blocks_do_not_matter(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    given = variants(seed, templates=8, count=150)
    expected = together([*given])
    spans = medoid_clustering.spans
    monkeypatch.setattr(medoid_clustering, "spans", lambda start, end: spans(start, end, 5))
    monkeypatch.setattr(minhash, "_BLOCK", 1)
    monkeypatch.setattr(jaccard, "_VERIFIED", 500)
    assert together([*given]) == expected
    monkeypatch.setattr(jaccard, "_HELD", 0)
    assert together([*given]) == expected


def test_order_of_the_rows_does_not_matter() -> None:
    given = pl.Series([*variants(4, templates=5, count=200), None, "short"])
    order = np.random.default_rng(1).permutation(len(given))
    assert (
        near_duplicate_text.clusters(given)[order].to_list()
        == near_duplicate_text.clusters(given[order]).to_list()
    )


def test_links_mentions_digits_signs_and_case_do_not_matter() -> None:
    a, b, c = together([LONG, f"@ann {LONG.upper()}!!! 12 https://t.example/x #tag", f"\u200b{LONG}\u200b."])
    assert a == b == c


def test_styled_letters_are_letters() -> None:
    bold = "".join(chr(0x1D41A + ord(letter) - 97) if letter != " " else letter for letter in LONG)
    a, b = together([LONG, bold])
    assert a == b


def test_texts_of_nothing_in_common_do_not_meet() -> None:
    a, b = together([LONG, "prices of water will rise tomorrow in every market of this ministry, people say"])
    assert a != b


def test_a_chain_is_broken() -> None:
    words = [f"{one}{other}zz" for one in "abcdefgh" for other in "klmno"]
    fresh = [f"{one}{other}yy" for one in "abcdefgh" for other in "klmno"]
    chain = [" ".join(fresh[:step] + words[step:]) for step in range(0, 41, 2)]
    found = together([*chain])
    assert found == brute(chain)
    assert len(set(found)) > 2


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "😀",
        "😀" * 60,
        "1234567890 " * 10,
        "too short a text",
        "fourverylongwordsindeed areveryfew whatevertheirlength says",
        "a b c d e f g",
        "https://a.example/a-very-long-path @someone #one #two #three #four #five #six #seven",
        "这里的水很贵",
    ],
)
def test_what_says_too_little_is_null(given: str | None) -> None:
    assert together([given, LONG]) == [None, 0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("这座老桥已经没有人再提起了,他们把一切都隐瞒起来。", "这座老桥已经没有人再提起了!他们把一切都隐瞒起来 https://a.example"),
        ("誰も古い橋のことを話さないし、彼らはすべてを隠しています", "誰も古い橋のことを話さないし 彼らはすべてを隠しています!!"),
        ("ไม่มีใครพูดถึงสะพานเก่าและพวกเขาปิดบังทุกอย่าง", "@ann ไม่มีใครพูดถึงสะพานเก่าและพวกเขาปิดบังทุกอย่าง 12"),
    ],
)  # fmt: skip
def test_scripts_without_spaces_need_no_words(one: str, other: str) -> None:
    a, b = together([one, other])
    assert a is not None
    assert a == b


def test_near_duplicates_meet_in_scripts_without_spaces() -> None:
    text = "这座老桥已经没有人再提起了他们把一切都隐瞒起来明天水价还要上涨孩子们不知道真相"
    a, b = together([text, text.replace("孩子们", "老人们")])
    assert a == b


def test_a_text_of_50_000_characters_is_cut_and_costs_nothing() -> None:
    start = time.perf_counter()
    monster = " ".join(np.random.default_rng(1).choice(WORDS, 9_000))
    assert len(monster) > 50_000
    a, b, c = together([monster, monster + " more", "x" * 50_000 + " a b c d e f"])
    assert a == b
    assert c is None
    assert time.perf_counter() - start < 10


def test_a_thousand_variants_of_one_text_are_one_cluster() -> None:
    words = f"{LONG} and nobody asks where the money of the harbour went or who signed for it".split()
    draw = np.random.default_rng(2)
    made = []
    for _ in range(1_000):
        changed = list(words)
        changed[draw.integers(len(words))] = "".join(draw.choice(list("abcdefgh"), 6))
        made.append(" ".join(changed))
    assert set(together([*made])) == {0}


def test_texts_of_one_emoji_are_no_objects_however_many() -> None:
    assert set(together(["😀"] * 100_000)) == {None}


def test_equal_texts_shared_by_everyone_are_one_cluster() -> None:
    assert set(together([LONG] * 100_000)) == {0}


def test_the_same_five_letters_over_and_over_are_one_shingle() -> None:
    a, b = together(["aaaaaaa " * 8, "aaaaaaa " * 9])
    assert a == b


def test_nothing_gives_nothing() -> None:
    assert together([]) == []
    assert near_duplicate_text.clusters(pl.Series([None, None])).to_list() == [None, None]
    assert near_duplicate_text.clusters(pl.Series("words", ["no"])).name == "words"


@pytest.mark.parametrize("seed", range(4))
def test_clusters_of_some_of_the_texts_are_those_of_these_alone(seed: int) -> None:
    given = pl.Series([None, "no", *variants(seed, templates=6, count=200)])
    whole = near_duplicate_text.similar(given)
    for some in (given[::3], given.filter(given.str.len_chars() > 90), given.head(0), given.head(2)):
        assert held(whole, some)
        assert whole.clusters(some).equals(near_duplicate_text.clusters(some))
    assert not held(whole, pl.Series([LONG]))


def compared(found: near_duplicate_text.SimilarTexts) -> list[object]:
    """Return all that comparing texts found, whatever the order of the texts."""
    pairs = (found.first, found.second, found.similarity, *found.unlike)
    arrays = (*pairs, found.sketch.keys, found.sketch.bits)
    return [
        found.places.sort("text").rows(),
        found.forms.to_list(),
        found.crowded,
        found.verified,
        *(part.tolist() for part in arrays),
    ]


@pytest.mark.parametrize("bounds", [{}, {"CROWD": 6, "FIRST": 2}, {"VERIFIED": 0, "VERIFIED_AT_LEAST": 90}])
@pytest.mark.parametrize("seed", range(4))
def test_what_is_known_of_texts_changes_nothing_that_is_found(
    seed: int, bounds: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in bounds.items():
        monkeypatch.setattr(candidates, name, value)
    given = pl.Series([None, "no", "so", *variants(seed, templates=6, count=200)]).shuffle(seed)
    known = None
    for start, end in ((0, 0), (0, 60), (0, 120), (40, 160), (40, 160), (90, 110), (10, 203), (0, 2)):
        known = near_duplicate_text.similar(given[start:end], known)
        assert compared(known) == compared(near_duplicate_text.similar(given[start:end]))


def test_what_is_known_of_texts_is_not_found_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "CROWD", 6)
    given = pl.Series(variants(3, templates=4, count=200))
    known = near_duplicate_text.similar(given)
    assert known.crowded
    done: dict[str, int] = {}
    for room, name in ((text_forms, "normal_form"), (minhash, "sketched"), (jaccard, "similarity")):
        work = getattr(room, name)

        def counting(*what: Any, name: str = name, work: Any = work) -> Any:
            done[name] = len(what[-1])
            return work(*what)

        monkeypatch.setattr(room, name, counting)
    again = near_duplicate_text.similar(pl.concat([given, pl.Series([LONG])]), known)
    assert done["normal_form"] == done["sketched"] == 1
    assert done["similarity"] < 0.05 * (len(again.first) + len(again.unlike[0]))


def test_a_cluster_has_the_place_of_the_first_of_its_forms() -> None:
    texts = pl.Series(variants(3, templates=6, count=200))
    known = near_duplicate_text.similar(texts)
    place = texts.to_frame("text").join(known.places, on="text", how="left", maintain_order="left")["place"]
    table = pl.DataFrame({"cluster": known.clusters(texts), "place": place})
    assert table["cluster"].n_unique() < table["place"].n_unique()
    first = table.group_by("cluster").agg(pl.col("place").min())
    assert first["cluster"].to_list() == first["place"].to_list()
    assert known.forms[place].to_list() == texts.to_list()


def test_composed_letters_meet_plain_ones_among_texts_in_ascii() -> None:
    wide = LONG.translate({ord(letter): ord(letter) + 0xFEE0 for letter in "abcdefghijklmnopqrstuvwxyz"})
    other = "the children of the market speak about water and the border again tomorrow"
    assert together([other, wide, None, LONG, other]) == [1, 0, None, 0, 1]


def test_a_text_is_near_a_known_one_where_both_say_enough_and_nearly_the_same() -> None:
    known = pl.Series(
        ["The harbour will close tomorrow and nobody tells the people why", "Good morning!", None]
    )
    given = pl.Series(
        [
            "the HARBOUR will close tomorrow, and nobody tells the people why!",
            "The harbour will close today and nobody tells the people why",
            "A garden needs water, sun and somebody who weeds it every week",
            "Good morning!",
        ]
    )
    found = dict(near(given, known).select("text", "similarity").iter_rows())
    assert set(found) == set(given[:2])
    assert found[given[0]] == 1
    assert near(given.clear(), known).is_empty()


def test_near_finds_the_pairs_that_comparing_all_texts_finds() -> None:
    rng = np.random.default_rng(3)
    words = [f"word{number}" for number in range(40)]
    bases = [" ".join(rng.choice(words, 14)) for _ in range(20)]
    given = pl.Series(
        [base.replace(words[0], "other") for base in bases]
        + [" ".join(rng.choice(words, 14)) for _ in range(200)]
    )
    found = near(given, pl.Series(bases))
    texts = similar(pl.concat([given, pl.Series(bases)]))
    place = dict(texts.places.iter_rows())
    pairs = {frozenset(pair) for pair in zip(texts.first.tolist(), texts.second.tolist(), strict=True)}
    wanted = {
        (text, base)
        for text in given for base in bases
        if place[text] == place[base] or frozenset((place[text], place[base])) in pairs
    }  # fmt: skip
    assert set(found.select("text", "known").iter_rows()) == wanted


def test_letters_of_another_script_and_signs_that_show_nothing_hide_no_copy() -> None:
    said = "people of the harbour have known about the leaking tanks since autumn"
    hidden = said.replace("e", "\u0435").replace("o", "\u043e")
    filled = said.replace("a", "a\ufe0f").replace("n ", "n\u3164 ").replace("t", "t\u034f")
    greek = "\u03a1eople of the harb\u03bfur have kn\u03bfwn ab\u03bfut the leaking tanks since autumn"
    assert near_duplicate_text.clusters(pl.Series([said, hidden, filled, greek])).to_list() == [0, 0, 0, 0]
