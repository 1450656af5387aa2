"""What is the same content, and what of it sets accounts apart."""

from __future__ import annotations

import polars as pl
import pytest
from tests.features.coordination.floods import crowd, events, flood, posts_of, worded

from vigie.features.coordination import published_contents


def test_the_days_of_most_copies_are_looked_at_alone_and_only_copies_within_them_count() -> None:
    day = 86_400
    acts = [
        (1, "a", 0), (2, "a", 9 * day), (1, "b", 100 * day), (2, "b", 101 * day), (3, "b", 102 * day),
        (4, "c", 102 * day), (1, "c", 200 * day),
    ]  # fmt: skip
    published = events([(account, thing) for account, thing, _ in acts]).with_columns(
        time=pl.Series([time for *_, time in acts])
    )
    contents = published_contents.contents(published)
    days = published_contents.busiest(contents)
    assert days is not None
    assert days.select("account", "object", "shared").rows() == [
        (1, "media_duplicate b", True), (2, "media_duplicate b", True),
        (3, "media_duplicate b", True), (4, "media_duplicate c", False),
    ]  # fmt: skip
    assert published_contents.busiest(days) is None
    assert published_contents.busiest(days.clear()) is None


def test_four_hashtags_in_any_order_are_one_content_under_the_order_of_most_posts() -> None:
    sequences = [
        "fire port now sea",
        "port fire now sea",
        "now sea fire port",
        "port fire now sea",
        "fire port now late",
    ]
    contents = published_contents.contents(events(list(enumerate(sequences)), "hashtag_sequence")).sort(
        "account"
    )
    assert contents["object"].to_list()[:4] == ["hashtag_sequence port fire now sea"] * 4
    assert contents["wording"].equals(contents["object"].alias("wording"))
    assert contents["shared"].to_list() == [True] * 4 + [False]
    three = published_contents.contents(
        events([(0, "fire port now"), (1, "port fire now")], "hashtag_sequence")
    )
    assert not three["shared"].any()
    assert not published_contents.contents(events(list(enumerate(sequences[:3]))))["shared"].any()


def test_the_title_of_a_page_is_not_an_accounts_own_text() -> None:
    texts = [(account, f"headline-{thing}") for account in range(12) for thing in range(6)]
    told = events(texts, "text_duplicate")
    links = events([(account, f"news.example/{thing}") for account, thing in texts], "co_url")
    assert published_contents.contents(told)["shared"].all()
    assert not published_contents.contents(pl.concat([told, links]))["shared"].any()
    elsewhere = links.with_columns(object=pl.format("site-{}.example/a", pl.col("post") % 7))
    assert published_contents.contents(pl.concat([told, elsewhere]))["shared"].all()


def test_a_post_counts_once_by_the_content_that_others_share() -> None:
    both = pl.concat([events([(0, "a"), (1, "b")]), events([(0, "words"), (1, "words")], "text_duplicate")])
    contents = published_contents.contents(both)
    assert contents["post"].to_list() == [0, 1]
    assert contents["object"].to_list() == ["text_duplicate words"] * 2


def test_a_text_that_mostly_comes_with_one_picture_is_the_picture_also_where_it_stands_alone() -> None:
    said, shown = {"text_duplicate": "1"}, {"media_duplicate": "7"}
    both = [(account, said | shown) for account in range(6)]
    published = [*both, *((account, said) for account in range(6, 10)), *((10, shown) for _ in range(2))]
    contents = published_contents.contents(posts_of(published)).sort("post")
    assert contents["object"].unique().to_list() == ["media_duplicate 7"]
    assert contents["wording"].to_list() == [
        *["media_duplicate 7"] * 6, *["text_duplicate 1"] * 4, *["media_duplicate 7"] * 2,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "published",
    [
        # A logo on every text.
        [
            (account, {"text_duplicate": str(text), "media_duplicate": "7"})
            for text in range(4)
            for account in range(10 * text, 10 * text + 5)
        ],
        # A text with any picture.
        [
            (account, {"text_duplicate": "0", "media_duplicate": str(picture)})
            for picture in range(4)
            for account in range(10 * picture, 10 * picture + 5)
        ],
        # Two accounts.
        [(account, {"text_duplicate": "0", "media_duplicate": "7"}) for account in range(2)],
    ],
)
def test_a_text_and_a_picture_that_come_with_others_too_stay_two_contents(
    published: list[tuple[int, dict[str, str]]],
) -> None:
    alone = [(account, {"text_duplicate": "0"}) for account in range(100, 104)]
    contents = published_contents.contents(posts_of(published + alone))
    assert contents.filter(pl.col("account") >= 100)["object"].unique().to_list() == ["text_duplicate 0"]


def test_fillings_of_a_template_are_one_content_that_tells_its_words() -> None:
    told, texts = worded(30, 8)
    assert not published_contents.contents(told)["shared"].any()
    contents = published_contents.contents(told, texts)
    assert contents["shared"].all()
    assert contents["object"].n_unique() == 8
    assert contents["object"].str.contains(r"^text_template … (\w+ ){7}… (\w+ ?){6}$").all()
    assert contents["wording"].n_unique() == contents.height


def test_a_template_around_the_links_of_one_site_is_its_title() -> None:
    told, texts = worded(12, 5)
    links = told.with_columns(trace=pl.lit("co_url"), object=pl.format("news.example/{}", "post"))
    assert not published_contents.contents(pl.concat([told, links]), texts)["shared"].any()


def test_what_most_accounts_published_sets_nobody_apart() -> None:
    everywhere = [(account, "everywhere") for account in [*range(60), *range(1_000, 1_100)]]
    contents = published_contents.contents(events(everywhere + flood(60) + crowd(1_000, 100)))
    assert "media_duplicate everywhere" not in set(contents.filter("shared")["object"])
    # Few accounts prove nothing: a small collection may be the campaign alone.
    few = published_contents.contents(events([(account, "everywhere") for account in range(15)]))
    assert few["shared"].all()


def test_what_most_accounts_published_is_not_shared_however_few_of_them_are_given() -> None:
    held = pl.DataFrame({"account": range(150), "object": 1})
    assert published_contents.with_shared(held, 400)["shared"].all()
    assert not published_contents.with_shared(held, 200)["shared"].any()
