"""What is read of posts: once each, never an act on oneself, a bounded number of things, and said what is not."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from vigie.features import schema
from vigie.features.coordination import detector, traces
from vigie.features.i18n import LANGUAGES, Message, message
from vigie.features.i18n.formatting import number
from vigie.features.similarity import candidates, embeddings, jaccard, minhash

START = datetime(2024, 5, 1, tzinfo=UTC)


def table(rows: list[dict[str, object]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"row": pl.UInt32, **schema.schema("posts")}).drop("platform")


def post(row: int, seconds: float, **more: object) -> dict[str, object]:
    when = START + timedelta(seconds=seconds)
    return {
        "row": row,
        "post_id": f"{row}-{seconds}",
        "account_id": f"a{row}",
        "created_at": when,
        "kind": "original",
    } | more


def reposts(row: int, *, author: str | None, known: bool) -> list[dict[str, object]]:
    """Five posts of account 1, if known, and their reposts by an account, at the same moments."""
    own = [post(1, 1_000 * act, post_id=f"p{act}", text="so") for act in range(5)] if known else []
    return own + [
        post(row, 1_000 * act + 5 + row, kind="repost", target_post_id=f"p{act}", target_account_id=author)
        for act in range(5)
    ]


def left_out(why: str, count: int) -> Message:
    """Return the note that so many posts were not read."""
    return Message(f"coordination.left_out.{why}", {"count": count, "most": traces.MOST_OF_AN_ACCOUNT})


@pytest.mark.parametrize(("author", "known"), [("a1", False), (None, True), ("a1", True)])
def test_an_account_that_reposts_its_own_posts_meets_nobody_who_reposts_them_too(
    author: str | None, known: bool
) -> None:
    posts = table(
        reposts(1, author=author, known=known) + reposts(2, author=author, known=False) + reposts(3, author=author, known=False)
    )  # fmt: skip
    found = detector.detect_pairs(posts)
    reposting = found.pairs.filter(trace="co_repost", window=60)
    assert reposting.select("first", "second", "objects").rows() == [(2, 3, 5)]
    assert set(found.events.filter(trace="co_repost")["account"]) == {2, 3}
    assert left_out("own_repost", 5) in found.notes


def test_an_answer_to_a_post_of_its_own_answers_nobody_but_stays_an_own_post() -> None:
    said = "The second part of what I saw at the harbour this morning"
    thread = [post(1, 0, post_id="p0", text="I saw something at the harbour this morning, listen to it")]
    answers = [
        post(row, 10 * row, kind="reply", target_post_id="p0", text=said, urls=["https://a.example/1"])
        for row in (1, 2)
    ]
    prepared, notes, _ = traces.read(table(thread + answers))
    assert notes == ()
    assert traces.co_reply(prepared)["account"].to_list() == [2]
    assert traces.co_url(prepared).drop_nulls("object")["account"].to_list() == [1, 2]
    assert traces.text_duplicate(prepared)["object"].n_unique() == 2


def test_posts_of_others_with_the_same_id_are_not_ones_own() -> None:
    rows = [post(1, 0, post_id="p0"), post(2, 5, kind="repost", target_post_id="p0")]
    prepared, notes, _ = traces.read(table(rows).drop("account_id"))
    assert traces.co_repost(prepared)["account"].to_list() == [2]
    assert notes == ()


def test_an_edited_post_counts_once_as_it_was_first() -> None:
    rows = [
        post(1, 90, post_id="p", text="an edit"),
        post(1, 20, post_id="p", text="the first words"),
        post(2, 30, post_id="p", text="of another account"),
        post(1, 20, post_id="p", text="the same second"),
        post(1, 10, post_id=None, text="no id"),
        post(1, 11, post_id=None, text="no id either"),
    ]
    prepared, notes, _ = traces.read(table(rows))
    assert prepared["text"].to_list() == ["the first words", "of another account", "no id", "no id either"]
    assert prepared["post"].to_list() == [1, 2, 4, 5]
    assert notes == (left_out("repeated_id", 2),)
    assert notes[0].say("en").startswith("2 posts whose post_id")


def test_of_an_account_the_latest_posts_are_read_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traces, "MOST_OF_AN_ACCOUNT", 3)
    rows = [post(1, second) for second in (5, 1, 4, 2, 3)] + [post(2, 0)]
    prepared, notes, _ = traces.read(table(rows))
    assert prepared["post"].to_list() == [0, 2, 4, 5]
    assert notes == (left_out("before_latest", 2),)
    for language in LANGUAGES:
        assert re.findall(r"\d+", notes[0].say(language)) == ["2", "3"]


def test_of_each_kind_of_thing_a_post_brings_ten_at_most_and_it_is_said() -> None:
    many = 1_000
    stated = post(
        1,
        0,
        urls=[f"https://a.example/{place}" for place in range(many)],
        hashtags=[f"t{place}" for place in range(many)],
        mentions=[f"m{place}" for place in range(many)],
        media_hashes=[f"phash:{place}" for place in range(many)],
    )
    written = post(
        2, 0, text=" ".join(f"https://b.example/{place} #t{place} @m{place}" for place in range(many))
    )
    few = post(3, 0, urls=["https://c.example/1"] * traces.MOST_OF_A_POST)
    prepared, notes, _ = traces.read(table([stated, written, few]))
    for name in ("url_list", "hashtag_list", "mention_list"):
        assert prepared[name].list.len().to_list()[:2] == [traces.MOST_OF_A_POST] * 2
    assert prepared["url_list"][0].to_list()[:2] == ["https://a.example/0", "https://a.example/1"]
    assert prepared["url_list"][2].len() == traces.MOST_OF_A_POST
    assert notes == tuple(
        traces.shortened(count, traces.MOST_OF_A_POST, field)
        for count, field in ((2, "urls"), (1, "media_hashes"), (2, "hashtags"), (2, "mentions"))
    )
    for language, words in {
        "en": ("links", "media hashes", "hashtags", "mentions"),
        "fr": ("liens", "empreintes", "mots-dièse", "mentions"),
    }.items():
        for note, word in zip(notes, words, strict=True):
            assert word in note.say(language)  # type: ignore[arg-type]  # a language
            assert "10" in note.say(language)  # type: ignore[arg-type]


def test_a_hundred_links_shared_by_everyone_make_no_more_meetings_than_ten() -> None:
    links = [f"https://a.example/{place}" for place in range(100)]
    found = detector.detect_pairs(
        table([post(row, row + 5_000 * act, urls=links[act:]) for row in range(20) for act in (0, 50)])
    )
    assert found.events.filter(trace="co_url").height == 2 * 20 * traces.MOST_OF_A_POST
    # Links of the same two posts are one act.
    assert set(found.pairs.filter(trace="co_url", window=60)["objects"]) == {2}


@pytest.mark.parametrize(
    "bad", [[0.0, 0.0], [1.0], [float("nan"), 1.0], [float("inf"), 1.0], [], [1.0, 2.0, 3.0], [None, 1.0]]
)
def test_an_embedding_that_cannot_be_compared_is_left_out_and_said(bad: list[float | None]) -> None:
    rows = [post(row, row, embedding=[0.6, 0.8]) for row in range(3)]
    prepared, notes, _ = traces.read(table([*rows, post(3, 3, embedding=bad), post(4, 4)]))
    assert traces.text_meaning(prepared)["account"].to_list() == [0, 1, 2]
    assert notes == (message("coordination.left_out.embedding", count=1),)


@pytest.mark.parametrize("late", [1, 2_000])
def test_texts_compared_with_the_latest_before_them_only_are_said(
    late: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embeddings, "crowded", lambda _: late)
    _, (note,), _ = traces.read(table([post(row, row, embedding=[0.6, 0.8]) for row in range(2)]))
    assert note == message("coordination.embedding_reach", count=late, reach=embeddings.REACH)
    for language in LANGUAGES:
        said = note.say(language)
        assert number(late, language, 0) in said
        assert number(embeddings.REACH, language, 0) in said


def test_texts_of_which_the_most_similar_alone_were_compared_are_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = ["market", "bridge", "harbour", "people", "water", "children"]
    said = [f"what we saw at the old {one} and the new {two} this morning" for one in words for two in words]
    posts = table([post(row, row, text=text) for row, text in enumerate(said)])
    assert traces.read(posts).notes == ()
    monkeypatch.setattr(candidates, "VERIFIED", 0)
    monkeypatch.setattr(candidates, "VERIFIED_AT_LEAST", 40)
    _, (note,), texts = traces.read(posts)
    assert texts.verified
    assert note == message("coordination.alike_texts", count=texts.verified)
    for language in LANGUAGES:
        assert str(texts.verified) in note.say(language)


def test_texts_that_were_compared_are_not_compared_again(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "what we saw at the old bridge of the harbour this morning"
    posts = table(
        [post(row, row, text=text) for row, text in enumerate([said, said.upper(), f"{said}!", "no"])]
    )
    whole = traces.read(posts)
    for room, step in ((minhash, "sketched"), (candidates, "of_sketch"), (jaccard, "similarity")):
        monkeypatch.setattr(room, step, lambda *_: pytest.fail("they were compared again"))
    part = traces.read(posts.tail(2), whole.texts)
    assert part.texts.among(posts.select("text").tail(2).unique()) is not None
    assert part.posts["text_cluster"].to_list() == [0, None]


def test_posts_without_embeddings_or_without_the_column_have_no_meaning_to_share() -> None:
    rows = [post(row, row, text="the same words of the harbour market for all of us") for row in range(2)]
    for posts in (table(rows), table(rows).drop("embedding")):
        prepared, *_ = traces.read(posts)
        assert traces.text_meaning(prepared).is_empty()


def test_texts_that_say_too_little_share_no_meaning_and_reposts_none() -> None:
    said = [
        "😀 ok",
        "多くの人が港の市場に集まっていたよ",
        "enough was said at the harbour market today",
        None,
        "x" * 40,
    ]
    rows = [post(row, row, text=text, embedding=[1.0, 2.0]) for row, text in enumerate(said)]
    rows[4]["kind"] = "repost"
    prepared, *_ = traces.read(table(rows))
    assert traces.text_meaning(prepared)["account"].to_list() == [1, 2, 3]


TONGUES = ("en", "fr", "de", "es")
SENTENCES = (
    "The harbour will be closed tomorrow because of the storm, they say",
    "Le port sera fermé demain en raison de la tempête, dit-on en ville",
    "Morgen bleibt der Hafen wegen des Sturms geschlossen, heißt es dort",
    "Mañana el puerto estará cerrado por la tormenta, según dicen todos",
)


def translators(acts: int) -> list[dict[str, object]]:
    """Four accounts that say each thing at about one time, each in its own language."""
    things = np.random.default_rng(1).normal(size=(acts, 32))
    return [
        post(
            row,
            9 * 3_600 * act + 40 * row,
            text=f"{SENTENCES[row]} {'abcdefgh'[act] * 9}",
            lang=TONGUES[row],
            embedding=(things[act] + 0.2 * np.eye(32)[row]).tolist(),
        )
        for act in range(acts)
        for row in range(4)
    ]


def test_translations_meet_by_meaning_and_not_by_words() -> None:
    found = detector.detect_pairs(table(translators(5)))
    met = found.pairs.filter(trace="text_meaning", window=600)
    assert met["objects"].to_list() == [5] * 6
    assert found.pairs.filter(trace="text_duplicate").is_empty()
    assert found.pairs.filter(trace=traces.ANY, window=600)["objects"].to_list() == [5] * 6


def test_a_text_copied_word_by_word_counts_once_though_it_has_a_meaning_too() -> None:
    copied = [one | {"text": SENTENCES[place // 4]} for place, one in enumerate(translators(4))]
    found = detector.detect_pairs(table(copied))
    for trace in ("text_meaning", "text_duplicate", traces.ANY):
        assert found.pairs.filter(trace=trace, window=600)["objects"].to_list() == [4] * 6
    assert "text_meaning" not in " ".join(detector.any_trace(found.events)["object"])


def test_the_author_of_a_repost_is_read_from_its_text_where_no_id_names_it() -> None:
    texts = {
        "RT @Idol_1: a song for the road": "one", "RT @idol_1: another song tonight": "one",
        "RT @Idol_2: a song for the road at dawn": "other", "a song for the road, they say": "nobody",
    }  # fmt: skip
    rows = [
        post(account, 100 * place, kind="repost", text=words)
        for account in (1, 2)
        for place, words in enumerate(texts)
    ]
    prepared = traces.read(table(rows)).posts
    found = traces.acts(prepared, "co_repost").join(prepared.select("post", "text"), on="post")
    authors = {
        texts[words]: set(part["author"])
        for (words,), part in found.group_by("text")
        if isinstance(words, str)
    }
    assert authors["nobody"] == {None}
    assert len(authors["one"] | authors["other"]) == 2
    assert found.filter(pl.col("text").str.to_lowercase().str.contains("@idol_1"))["author"].n_unique() == 1


def test_who_reposts_one_author_in_one_sitting_is_explained_by_waiting_for_it() -> None:
    """Fans go through the posts of one day, each in a sitting of minutes, on one evening; other people repost other things."""
    songs = [f"song number {letter} of the tour of the year" for letter in "abcdefghijkl"]
    generator = np.random.default_rng(3)

    def collection(prefix: str) -> pl.DataFrame:
        fans = [
            post(fan, 36_000 + int(start) + 15 * place, kind="repost", text=prefix + songs[place])
            for fan, start in enumerate(generator.integers(0, 3_600, 20))
            for place in range(12)
        ]
        people = [
            post(100 + number, int(second), kind="repost", text=f"RT @v{thing}: thing {'abcdefghij'[thing]} of the days of the year")
            for number in range(60)
            for thing, second in zip(generator.choice(10, 5, replace=False), generator.integers(0, 200_000, 5), strict=True)
        ]  # fmt: skip
        return table(fans + people)

    named, unnamed = (
        detector.detect_pairs(collection(prefix)).significant().height for prefix in ("RT @Idol: ", "")
    )
    assert unnamed > 100
    assert named < unnamed / 5


def test_a_post_that_acts_on_another_in_a_way_not_stated_is_neither_an_own_post_nor_a_repost() -> None:
    known = [
        post(
            row,
            100 * turn + row,
            kind=None,
            text=f"{turn} all come to the quay at seven",
            target_post_id=f"p{turn}",
        )
        for row in (1, 2)
        for turn in range(4)
    ]
    prepared = traces.read(table(known))
    assert prepared.posts["act"].to_list() == [None] * 8
    assert left_out("unknown_act", 8) in prepared.notes
    for name in ("co_repost", "co_reply", "text_duplicate"):
        assert traces.acts(prepared.posts, name).is_empty()
    same = traces.read(table([one | {"target_post_id": None} for one in known]))
    assert traces.acts(same.posts, "text_duplicate").height == 8


def test_hashes_of_different_kinds_make_no_pair_though_their_digits_are_equal() -> None:
    kinds = {1: "pdq:", 2: "", 3: "sha256:", 4: "dhash:", 5: "sha256:", 6: "phash:"}
    posts = table([
        post(row, 1_000 * act + row, media_hashes=[kind + hashlib.sha256(bytes([act])).hexdigest()])
        for row, kind in kinds.items()
        for act in range(5)
    ])  # fmt: skip
    found = detector.detect_pairs(posts).pairs.filter(trace="media_duplicate", window=60)
    assert found.select("first", "second", "objects").sort("first").rows() == [(1, 2, 5), (3, 5, 5)]


def test_templates_are_named_though_no_window_looks_for_them() -> None:
    assert traces.TEMPLATE not in traces.registered()
    assert traces.title(traces.TEMPLATE).say("en") == "texts made from one template"


def test_of_the_posts_is_kept_what_the_traces_here_read_and_all_where_others_are_looked_at() -> None:
    rows = reposts(1, author="a9", known=False) + [
        post(row, 10 * row, text="#one #two #three @somebody", client="web", urls=["https://a.example/1"]) for row in (1, 2)
    ]  # fmt: skip
    own = traces.read(table(rows), names=traces.BUILT_IN).posts
    every = traces.read(table(rows)).posts
    assert "client" in every.columns
    assert not {"client", "post_id", "urls", "like_count"} & set(own.columns)
    for name in traces.BUILT_IN:
        assert traces.acts(own, name).equals(traces.acts(every, name))
