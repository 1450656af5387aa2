"""How an account writes, against counts made by hand: kinds, parts, copies, words and targets."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence

import pytest

Values = dict[str, float | None]
OfPosts = Callable[..., Values]


def entropy_bits(symbols: Sequence[str]) -> float:
    """Shannon's definition."""
    shares = [count / len(symbols) for count in Counter(symbols).values()]
    return -sum(share * math.log2(share) for share in shares)


def test_kinds_are_shares_of_all_posts(of_posts: OfPosts) -> None:
    values = of_posts(count=10, kind=["repost"] * 5 + ["reply"] * 3 + ["quote"] + ["original"])
    for name, share in {"repost": 0.5, "reply": 0.3, "quote": 0.1}.items():
        assert values[f"content_{name}_share"] == share, name


def test_parts_are_counted_in_own_posts_only(of_posts: OfPosts) -> None:
    texts = [
        "#a #b hello there",
        "@ana hello 😀😀",
        "see https://a.example",
        "hello",
        "hello you",
        "RT @x: #a #b #c @y",
    ]
    values = of_posts(count=6, text=texts, media_hashes=[["ab"], [], [], [], ["cd"], ["ef"]])
    expected = {
        "hashtag_mean_count": 2 / 5, "mention_mean_count": 1 / 5, "emoji_mean_count": 2 / 5, "url_share": 1 / 5,
        "media_share": 2 / 5, "repost_share": 1 / 6, "reply_share": 1 / 6,
    }  # fmt: skip
    assert {name: values[f"content_{name}"] for name in expected} == pytest.approx(expected)


def test_lengths_are_those_of_the_words_without_links_mentions_and_hashtags(of_posts: OfPosts) -> None:
    lengths = [4, 8, 8, 12, 12, 12, 12, 16, 16, 20]
    texts = ["a" * length + " #tag https://a.example/x @ana" for length in lengths]
    values = of_posts(count=10, text=texts)
    mean = sum(lengths) / 10
    deviation = math.sqrt(sum((length - mean) ** 2 for length in lengths) / 9)
    assert values["content_length_mean"] == mean
    assert values["content_length_variation"] == pytest.approx(deviation / mean)


def test_duplicates_are_seen_through_links_digits_and_addressees(of_posts: OfPosts) -> None:
    copies = [
        f"Only {place} tickets left for the show, hurry https://t.example/{place} @friend{place}"
        for place in range(15)
    ]
    others = [
        f"wholly other words number {word} here today" for word in ("red", "blue", "green", "grey", "pink")
    ]
    assert of_posts(count=20, text=copies + others)["content_duplicate_share"] == pytest.approx(0.75)


def test_texts_that_open_with_the_same_three_words_share_a_template(of_posts: OfPosts) -> None:
    opened = [f"breaking news today about {word} again" for word in ("fish", "bread", "trains", "rain")]
    others = [f"{word} is what they talk about" for word in ("fish", "bread", "trains", "rain")]
    values = of_posts(count=8, text=opened + others)
    assert values["content_template_share"] == 0.5
    assert values["content_duplicate_share"] == 0


def test_short_texts_are_no_duplicates_of_each_other(of_posts: OfPosts) -> None:
    assert of_posts(count=20, text="good day")["content_duplicate_share"] is None


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("question", ["why?", "لماذا؟", "so"]), ("exclamation", ["now!", "今！", "so"]),
        ("shouting", ["this is GREAT news", "ЭТО ПРАВДА", "from the USA"]),
        ("lowercase_start", ["hello", "… hello", "Hello"]), ("full_stop", ["It is.", "So. It is.", "wait..."]),
        ("repeated_sign", ["wait...", "what??", "what?"]),
    ],
)  # fmt: skip
def test_habits_of_writing_are_shares_of_the_posts_that_show_them(
    of_posts: OfPosts, name: str, texts: list[str]
) -> None:
    assert of_posts(count=6, text=texts * 2)[f"content_{name}_share"] == pytest.approx(2 / 3)


def test_vocabulary_is_the_ratio_of_logarithms_of_fifty_words_or_more(of_posts: OfPosts) -> None:
    words = ["one", "two", "three", "four", "five", "six"]
    values = of_posts(count=10, text=" ".join(words))
    assert values["content_vocabulary_richness"] == pytest.approx(math.log(6) / math.log(60))
    assert of_posts(count=10, text="one two")["content_vocabulary_richness"] is None


def test_hashtags_and_links_are_concentrated_or_not(of_posts: OfPosts) -> None:
    tags = ["A", "a", "a", "b", "b", "c"] * 2
    hosts = ["www.a.example", "a.example", "a.example", "b.example", "bit.ly", "bit.ly"] * 2
    values = of_posts(
        count=12, hashtags=[[tag] for tag in tags], urls=[[f"https://{host}/1"] for host in hosts]
    )
    lower = [tag.lower() for tag in tags]
    sites = [host.removeprefix("www.") for host in hosts]
    expected = {
        "hashtag_entropy_bits": entropy_bits(lower), "top_hashtag_share": 0.5,
        "domain_entropy_bits": entropy_bits(sites), "top_domain_share": 0.5, "shortener_share": 1 / 3,
    }  # fmt: skip
    assert {name: values[f"content_{name}"] for name in expected} == pytest.approx(expected)


def test_targets_are_the_accounts_reposted_answered_or_named_first(of_posts: OfPosts) -> None:
    targets = ["1", "1", "1", "2", None, None, None, None, None, None]
    mentions = [[], [], [], [], ["Ana", "bob"], ["ana"], ["bob"], [], [], []]
    values = of_posts(count=10, target_account_id=targets, mentions=mentions)
    reached = ["1", "1", "1", "2", "ana", "ana", "bob"]
    corrected = entropy_bits(reached) + 3 / (2 * 7 * math.log(2))
    assert values["content_target_entropy_bits"] == pytest.approx(corrected)
    assert values["content_top_target_share"] == pytest.approx(3 / 7)


def test_languages_are_counted_as_the_platform_tells_them(of_posts: OfPosts) -> None:
    assert of_posts(count=10, lang=["en", "fr", None, "en"] * 2 + ["de", "en"])["content_language_count"] == 3
    assert of_posts(count=10)["content_language_count"] is None
