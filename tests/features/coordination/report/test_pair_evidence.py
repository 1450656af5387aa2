"""The proof has every object of a pair, no other, each with its posts, and is fit to be read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import numpy as np
import polars as pl
import pytest

from vigie.features import schema
from vigie.features.coordination import detector, traces
from vigie.features.coordination.report import pair_evidence
from vigie.features.coordination.trace_comparison import Bounds

START = datetime(2024, 5, 1, tzinfo=UTC)
KEY = ["trace", "window", "first", "second"]
WORDS = ["harbour", "ferry", "market", "council", "storm", "bridge", "lantern", "orchard", "signal", "winter"]
EVERYTHING = 1_000_000


def table(rows: list[dict[str, object]]) -> pl.DataFrame:
    columns = {
        name: dtype
        for name, dtype in schema.schema("posts").items()
        if name not in ("platform", "account_id")
    }
    return pl.DataFrame(rows, schema={"row": pl.UInt32, **columns})


def post(row: int, seconds: float, **more: object) -> dict[str, object]:
    when = START + timedelta(seconds=seconds)
    return {"row": row, "post_id": f"{row}-{seconds}", "created_at": when, "kind": "original"} | more


def mixed(seed: int, accounts: int = 12, acts: int = 40) -> pl.DataFrame:
    """Accounts that repost, link, tag, answer, copy and show pictures at random, often the same."""
    generator = np.random.default_rng(seed)

    def act(row: int) -> dict[str, object]:
        thing = int(generator.integers(0, 6))
        words = " ".join(np.random.default_rng(thing).permutation(WORDS))
        kinds: list[dict[str, object]] = [
            {"kind": "repost", "target_post_id": f"p{thing}", "target_account_id": f"a{thing % 3}"},
            {"text": f"see https://news{thing}.example/a?utm_source={row} and https://other.example/{thing}"},
            {"text": f"#one{thing} #two #three"},
            {"kind": "reply", "target_post_id": f"p{thing}"},
            {"text": f"Today {words} {row % 2} says it all"},
            {"media_hashes": ["", f"{thing:016x}".replace("0", "a"), "phash:7"]},
            {"kind": "repost", "text": f"RT @somebody: {words}"},
        ]
        return post(row, int(generator.integers(0, 4_000)), **kinds[int(generator.integers(0, len(kinds)))])

    return table([act(row) for row, _ in product(range(accounts), range(acts))])


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("cap", "meetings"), [(200, None), (3, None), (200, 100)])
def test_a_pair_has_a_row_for_each_object_in_every_trace_and_window(
    seed: int, cap: int, meetings: int | None
) -> None:
    posts = mixed(seed)
    found = detector.detect_pairs(posts, bounds=Bounds(cap, meetings))
    assert (min(found.caps.values()) < cap) == (meetings is not None)
    assert found.pairs["trace"].n_unique() >= 6
    proof = pair_evidence.shared(found, posts, found.pairs, most=EVERYTHING)
    counted = proof.group_by(KEY).agg(
        rows=pl.len(), objects_right=pl.struct("object_trace", "object").n_unique()
    )
    both = found.pairs.join(counted, on=KEY, how="full", coalesce=True)
    assert both["rows"].equals(both["objects_right"])
    # Objects of the same two posts are one act, and a row each.
    posts_of = proof.group_by(KEY).agg(pl.col("first_post", "second_post").n_unique())
    acts = found.pairs.join(posts_of, on=KEY).select(
        [*KEY, "objects"], least=pl.min_horizontal("first_post", "second_post").cast(pl.Int64)
    )
    assert acts["objects"].equals(acts["least"])
    leads = proof.group_by(KEY).agg(
        first_leads=(pl.col("first_time") < pl.col("second_time")).sum().cast(pl.Int64),
        second_leads=(pl.col("first_time") > pl.col("second_time")).sum().cast(pl.Int64),
    )
    columns = [*KEY, "first_leads", "second_leads"]
    assert leads.select(columns).sort(KEY).equals(found.pairs.select(columns).sort(KEY))


def test_every_row_names_posts_of_both_accounts_at_their_times_within_the_window() -> None:
    posts = mixed(7)
    found = detector.detect_pairs(posts)
    proof = pair_evidence.shared(found, posts, found.pairs)
    seconds = posts["created_at"].dt.epoch("s")
    for side in ("first", "second"):
        assert posts["row"].cast(pl.Int64).gather(proof[f"{side}_post"]).to_list() == proof[side].to_list()
        assert seconds.gather(proof[f"{side}_post"]).to_list() == proof[f"{side}_time"].to_list()
    assert ((proof["first_time"] - proof["second_time"]).abs() <= proof["window"]).all()
    assert set(proof.filter(pl.col("trace") != traces.ANY).select("trace", "object_trace").unique().rows()) == {
        (name, name) for name in proof["trace"].unique() if name != traces.ANY
    }  # fmt: skip


def test_only_the_pairs_asked_for_are_proven() -> None:
    posts = mixed(1)
    found = detector.detect_pairs(posts)
    wanted = found.pairs.sample(5, seed=1)
    proof = pair_evidence.shared(found, posts, wanted, most=EVERYTHING)
    assert set(proof.select(KEY).rows()) == set(wanted.select(KEY).rows())
    whole = pair_evidence.shared(found, posts, found.pairs, most=EVERYTHING)
    assert proof.equals(whole.join(wanted, on=KEY, how="semi", maintain_order="left"))


def test_the_rarest_objects_stand_first_and_the_rest_is_cut() -> None:
    links = [("common", range(6)), ("rare", range(2)), ("known", range(4)), ("other", range(4, 6))]
    posts = table(
        [
            post(row, 100 * place + row, urls=[f"https://{name}.example/page"])
            for place, (name, rows) in enumerate(links)
            for row in rows
        ]
    )
    found = detector.detect_pairs(posts)
    wanted = found.pairs.filter(trace="co_url", window=60, first=0, second=1)
    proof = pair_evidence.shared(found, posts, wanted, most=2)
    assert proof.select("object", "accounts").rows() == [("rare.example/page", 2), ("known.example/page", 4)]


def test_of_a_post_with_two_things_the_one_shared_is_named_with_the_right_post() -> None:
    posts = table(
        [
            post(0, 0, urls=["https://a.example/1", "https://b.example/1"]),
            post(1, 5, urls=["https://b.example/1"]),
            post(1, 6, urls=["https://a.example/1"]),
            post(0, 5_000, urls=["https://c.example/1"]),
            post(1, 5_001, urls=["https://c.example/1"]),
        ]
    )
    found = detector.detect_pairs(posts)
    proof = pair_evidence.shared(found, posts, found.pairs.filter(trace="co_url", window=60))
    assert set(proof.select("object", "first_post", "second_post").rows()) == {
        ("b.example/1", 0, 1),
        ("a.example/1", 0, 2),
        ("c.example/1", 3, 4),
    }


def test_a_near_duplicate_text_is_shown_by_the_start_of_the_earliest() -> None:
    texts = [f"calm\x07 sea {' '.join(WORDS)}" * 2, f"high wind {' '.join(WORDS[::-1])}" * 2]
    posts = table(
        [
            post(row, 1_000 * act + 10 * row, text=f"Version {row},\n\u202e{words}")
            for act, words in enumerate(texts)
            for row in (3, 2)
        ]
    )
    found = detector.detect_pairs(posts)
    proof = pair_evidence.shared(found, posts, found.pairs.filter(trace="text_duplicate", window=60))
    first, second = proof["object"].to_list()
    assert first == f"Version 2, {texts[0]}".replace("\x07", "\ufffd")[:119] + "…"
    assert second == f"Version 2, {texts[1]}"[:119] + "…"


def test_a_template_is_shown_by_its_words() -> None:
    shown = pl.DataFrame({"trace": [traces.TEMPLATE], "object": [f"{traces.TEMPLATE} … we will not go …"]})
    posts = mixed(1)
    names = pair_evidence.object_names(detector.detect_pairs(posts), posts, shown)
    assert names["name"].to_list() == ["… we will not go …"]


def test_a_picture_is_shown_by_its_own_hash_though_the_post_has_several() -> None:
    pictures = ["f0e1d2c3b4a59687", "0123456789abcdef"]
    posts = table(
        [
            post(row, 1_000 * act + row, media_hashes=[" ", *order])
            for act, order in enumerate((pictures[:1], pictures[::-1]))
            for row in (1, 2)
        ]
    )
    found = detector.detect_pairs(posts)
    proof = pair_evidence.shared(found, posts, found.pairs.filter(trace="media_duplicate", window=600))
    assert sorted(proof["object"].to_list()) == sorted(pictures)


def test_objects_read_as_what_they_are() -> None:
    said = " ".join(WORDS)
    posts = table(
        [
            post(row, 5_000 * act + row, **what)
            for act, what in enumerate(
                [
                    {"kind": "reply", "target_post_id": "77", "text": "yes"},
                    {"kind": "reply", "target_post_id": "78", "text": "yes"},
                    {"text": "#Spring #Harbour #Run"},
                    {"text": "#Spring #Harbour #Walk"},
                    {"kind": "repost", "text": f"RT @somebody: {said} {said}"},
                    {"kind": "repost", "target_post_id": "9" * 2_000},
                ]
            )
            for row in range(2)
        ]
    )
    found = detector.detect_pairs(posts)
    proof = pair_evidence.shared(found, posts, found.pairs.filter(window=3600))
    shown = dict(proof.filter(pl.col("trace") == traces.ANY).select("object", "object_trace").rows())
    assert shown == {
        "77": "co_reply",
        "78": "co_reply",
        "#spring #harbour #run": "hashtag_sequence",
        "#spring #harbour #walk": "hashtag_sequence",
        f"RT @somebody: {said} {said}"[:119] + "…": "co_repost",
        "9" * 499 + "…": "co_repost",
    }


def test_no_pair_asked_for_is_no_proof() -> None:
    posts = mixed(2)
    found = detector.detect_pairs(posts)
    assert pair_evidence.shared(found, posts, found.pairs.clear()).equals(
        pl.DataFrame(schema=pair_evidence.SCHEMA)
    )
    nothing = detector.detect_pairs(table([]))
    assert pair_evidence.shared(nothing, table([]), nothing.pairs).is_empty()


SAID = "The whole harbour will be closed tomorrow because of the storm, stay at home"


@pytest.mark.parametrize(
    ("texts", "languages", "kind"),
    [
        ((SAID, SAID), ("en", "fr"), "copypasta"),
        ((SAID, f"RT: {SAID.upper()}! https://a.example/1 #storm"), ("en", "en"), "copypasta"),
        ((SAID, SAID.replace("tomorrow", "on Monday")), (None, None), "copypasta"),
        ((SAID, "Do stay in: a storm shuts the port entirely from tomorrow on"), ("en", "en-GB"), "rewording"),
        ((SAID, "Do stay in: a storm shuts the port entirely from tomorrow on"), ("en", None), "rewording"),
        ((SAID, "Tout le port sera fermé demain à cause de la tempête, restez chez vous"), ("en", "fr"), "translation"),
        ((SAID, None), ("en", "fr"), None),
    ],
)  # fmt: skip
def test_two_texts_of_one_meaning_are_a_copy_a_rewording_or_a_translation(
    texts: tuple[str, str | None], languages: tuple[str | None, str | None], kind: str | None
) -> None:
    posts = table(
        [
            post(row, 5_000 * act + row, text=text, lang=lang, embedding=[1.0, 3.0 * act])
            for act in range(2)
            for row, (text, lang) in enumerate(zip(texts, languages, strict=True))
        ]
    )
    found = detector.detect_pairs(posts)
    proof = pair_evidence.shared(found, posts, found.pairs.filter(trace="text_meaning", window=600))
    assert proof.select("object", "kind").rows() == [(SAID, kind)] * 2


def test_what_is_no_text_has_no_kind() -> None:
    posts = mixed(3)
    found = detector.detect_pairs(posts)
    proof = pair_evidence.shared(found, posts, found.pairs)
    of_texts = pl.col("object_trace") == "text_duplicate"
    assert set(proof.filter(of_texts)["kind"]) == {"copypasta"}
    assert set(proof.filter(~of_texts)["kind"]) == {None}
