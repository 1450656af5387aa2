"""Accounts that share contents are found whenever they publish them, and people who pass on what everybody does are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.stats import poisson

from vigie.features import on_disk
from vigie.features.coordination import copies
from vigie.features.similarity import near_duplicate_text
from vigie.features.similarity.near_duplicate_text import SimilarTexts

SCHEMA = {
    "trace": pl.String, "account": pl.Int64, "object": pl.String, "time": pl.Int64, "post": pl.Int64, "author": pl.Int64,
}  # fmt: skip


def events(published: list[tuple[int, str]], trace: str = "media_duplicate") -> pl.DataFrame:
    rows = [
        {
            "trace": trace,
            "account": account,
            "object": thing,
            "time": 1_000 * post,
            "post": post,
            "author": None,
        }
        for post, (account, thing) in enumerate(published)
    ]
    return pl.DataFrame(rows, schema=SCHEMA)


def crowd(first: int, count: int, posts: int = 6) -> list[tuple[int, str]]:
    return [
        (account, f"own-{account}-{each}") for account in range(first, first + count) for each in range(posts)
    ]


def flood(members: int, contents: int = 12, each: int = 4) -> list[tuple[int, str]]:
    rng = np.random.default_rng(5)
    return [
        (account, f"picture-{thing}")
        for account in range(members)
        for thing in rng.choice(contents, each, replace=False)
    ] + [(account, f"alone-{account}") for account in range(members)]


def found(published: list[tuple[int, str]]) -> pl.DataFrame:
    contents = copies.contents(events(published))
    return copies.groups(contents, copies.detect(contents))


@pytest.mark.parametrize("ordinary", [0, 30, 600])
def test_a_flood_is_one_group_whatever_the_number_of_others(ordinary: int) -> None:
    group = found(flood(60) + crowd(1_000, ordinary))
    assert group["group"].n_unique() == 1
    assert group.height >= 57
    assert (group["account"] < 60).all()


def test_a_flood_of_forty_accounts_is_found_among_thousands() -> None:
    group = found(flood(40, each=3) + crowd(1_000, 2_500))
    assert group["group"].n_unique() == 1
    assert group.height >= 35
    assert (group["account"] < 40).all()


def test_accounts_that_copy_two_contents_each_are_one_group_whichever_two_they_chose() -> None:
    few = [
        (account, f"picture-{thing}")
        for account in range(60)
        for thing in np.random.default_rng(account).choice(6, 2, replace=False)
    ]
    group = found(few + crowd(1_000, 600))
    assert group["group"].n_unique() == 1
    assert group.height >= 45
    assert (group["account"] < 60).all()


def test_groups_with_a_content_in_common_that_others_pass_on_stay_apart() -> None:
    one = flood(40)
    other = [(account + 100, thing.replace("picture", "poster")) for account, thing in one]
    meme = [(account, "meme") for account in [*range(40), *range(100, 140), *range(1_000, 1_300)]]
    found_apart = found(one + other + meme + crowd(1_000, 600))
    assert found_apart["group"].n_unique() == 2
    of_group = found_apart.group_by("group").agg((pl.col("account") < 100).n_unique())
    assert of_group["account"].to_list() == [1, 1]


def test_the_days_of_most_copies_are_looked_at_alone_and_only_copies_within_them_count() -> None:
    day = 86_400
    acts = [
        (1, "a", 0), (2, "a", 9 * day), (1, "b", 100 * day), (2, "b", 101 * day), (3, "b", 102 * day),
        (4, "c", 102 * day), (1, "c", 200 * day),
    ]  # fmt: skip
    published = events([(account, thing) for account, thing, _ in acts]).with_columns(
        time=pl.Series([time for *_, time in acts])
    )
    contents = copies.contents(published)
    days = copies.busiest(contents)
    assert days is not None
    assert days.select("account", "object", "shared").rows() == [
        (1, "media_duplicate b", True), (2, "media_duplicate b", True),
        (3, "media_duplicate b", True), (4, "media_duplicate c", False),
    ]  # fmt: skip
    assert copies.busiest(days) is None
    assert copies.busiest(days.clear()) is None


def test_times_do_not_matter() -> None:
    published = flood(40) + crowd(1_000, 40)
    turned = [published[place] for place in np.random.default_rng(2).permutation(len(published))]
    assert found(published).equals(found(turned))


def test_a_meme_that_hundreds_pass_on_makes_no_group() -> None:
    rng = np.random.default_rng(3)
    passed_on = [
        (account, f"meme-{thing}") for account in range(500) for thing in rng.choice(4, 2, replace=False)
    ]
    assert found(passed_on + crowd(0, 500, posts=20)).is_empty()


def test_contents_that_most_others_publish_too_are_not_a_groups_own() -> None:
    shared = [(account, f"picture-{thing}") for account in range(12) for thing in range(6)]
    elsewhere = [(account, f"picture-{account % 6}") for account in range(100, 400)]
    assert found(shared + crowd(0, 12, 3) + crowd(100, 300, 12)).height == 12
    assert found(shared + elsewhere + crowd(0, 12, 3) + crowd(100, 300, 12)).is_empty()


def test_four_hashtags_in_any_order_are_one_content_under_the_order_of_most_posts() -> None:
    sequences = [
        "fire port now sea",
        "port fire now sea",
        "now sea fire port",
        "port fire now sea",
        "fire port now late",
    ]
    contents = copies.contents(events(list(enumerate(sequences)), "hashtag_sequence")).sort("account")
    assert contents["object"].to_list()[:4] == ["hashtag_sequence port fire now sea"] * 4
    assert contents["wording"].equals(contents["object"].alias("wording"))
    assert contents["shared"].to_list() == [True] * 4 + [False]
    three = copies.contents(events([(0, "fire port now"), (1, "port fire now")], "hashtag_sequence"))
    assert not three["shared"].any()
    assert not copies.contents(events(list(enumerate(sequences[:3]))))["shared"].any()


def test_the_title_of_a_page_is_not_an_accounts_own_text() -> None:
    texts = [(account, f"headline-{thing}") for account in range(12) for thing in range(6)]
    told = events(texts, "text_duplicate")
    links = events([(account, f"news.example/{thing}") for account, thing in texts], "co_url")
    assert copies.contents(told)["shared"].all()
    assert not copies.contents(pl.concat([told, links]))["shared"].any()
    elsewhere = links.with_columns(object=pl.format("site-{}.example/a", pl.col("post") % 7))
    assert copies.contents(pl.concat([told, elsewhere]))["shared"].all()


def test_a_post_counts_once_by_the_content_that_others_share() -> None:
    both = pl.concat([events([(0, "a"), (1, "b")]), events([(0, "words"), (1, "words")], "text_duplicate")])
    contents = copies.contents(both)
    assert contents["post"].to_list() == [0, 1]
    assert contents["object"].to_list() == ["text_duplicate words"] * 2


def worded(members: int, templates: int, each: int = 3) -> tuple[pl.DataFrame, SimilarTexts]:
    """Return accounts that fill some of a few templates with words of their own, and their texts compared."""
    rng = np.random.default_rng(6)

    def some(count: int) -> str:
        return " ".join("".join(rng.choice(list("abdegklmnorstu"), 6)) for _ in range(count))

    clauses = [(some(7), some(6)) for _ in range(templates)]
    said = [
        (account, f"{some(5)} {first} {some(4)} {second}")
        for account in range(members)
        for first, second in (clauses[thing] for thing in rng.choice(templates, each, replace=False))
    ]
    texts = near_duplicate_text.similar(pl.Series([text for _, text in said]))
    clusters = texts.clusters(pl.Series([text for _, text in said]))
    return events(
        [(account, str(cluster)) for (account, _), cluster in zip(said, clusters, strict=True)],
        "text_duplicate",
    ), texts


def posts_of(published: list[tuple[int, dict[str, str]]]) -> pl.DataFrame:
    """Return posts of accounts, each with what it holds by trace."""
    rows = [
        (trace, account, thing, 1_000 * post, post, None)
        for post, (account, held) in enumerate(published)
        for trace, thing in held.items()
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def test_a_text_that_mostly_comes_with_one_picture_is_the_picture_also_where_it_stands_alone() -> None:
    said, shown = {"text_duplicate": "1"}, {"media_duplicate": "7"}
    both = [(account, said | shown) for account in range(6)]
    published = [*both, *((account, said) for account in range(6, 10)), *((10, shown) for _ in range(2))]
    contents = copies.contents(posts_of(published)).sort("post")
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
    contents = copies.contents(posts_of(published + alone))
    assert contents.filter(pl.col("account") >= 100)["object"].unique().to_list() == ["text_duplicate 0"]


def test_fillings_of_a_template_are_one_content_that_tells_its_words() -> None:
    told, texts = worded(30, 8)
    assert not copies.contents(told)["shared"].any()
    contents = copies.contents(told, texts)
    assert contents["shared"].all()
    assert contents["object"].n_unique() == 8
    assert contents["object"].str.contains(r"^text_template … (\w+ ){7}… (\w+ ?){6}$").all()
    assert contents["wording"].n_unique() == contents.height
    group = copies.groups(contents, copies.detect(contents))
    assert group["account"].to_list() == list(range(30))


def test_a_template_around_the_links_of_one_site_is_its_title() -> None:
    told, texts = worded(12, 5)
    links = told.with_columns(trace=pl.lit("co_url"), object=pl.format("news.example/{}", "post"))
    assert not copies.contents(pl.concat([told, links]), texts)["shared"].any()


def test_a_large_group_needs_more_contents_or_wordings_that_several_published() -> None:
    # Six templates are too few for 200 accounts, who pass on a popular phrase with words of their own.
    alone, texts = worded(200, 6)
    contents = copies.contents(alone, texts)
    assert copies.groups(contents, copies.detect(contents)).is_empty()
    # The same in forty wordings, each by several accounts.
    several = contents.with_columns(wording=pl.format("{} {}", "object", pl.col("post") % 7))
    group = copies.groups(several, copies.detect(several))
    assert group.height > 100


def test_p_is_that_of_a_poisson_count() -> None:
    contents = copies.contents(events(flood(20) + crowd(1_000, 500)))
    tested = copies.detect(contents)
    for pair in tested.pairs.head(20).iter_rows(named=True):
        expected = tested.rate * pair["posts_first"] * pair["posts_second"]
        assert pair["expected"] == pytest.approx(expected)
        assert pair["p"] == pytest.approx(poisson.sf(pair["objects"] - 1, expected))


def memes(first: int, people: int, contents: int, posts: int = 6) -> list[tuple[int, str]]:
    """Return people who each pass on some of a few contents beside posts of their own."""
    rng = np.random.default_rng(8)
    passed_on = [
        (account, f"meme-{thing}")
        for account in range(first, first + people)
        for thing in rng.choice(contents, 2, replace=False)
    ]
    return passed_on + crowd(first, people, posts - 2)


def test_the_rate_is_that_of_accounts_outside_the_groups_within_bounds() -> None:
    assert copies.detect(copies.contents(events(crowd(0, 50)))).rate == copies.LAMBDA
    # What a flood copies tells nothing of how often others do.
    assert copies.detect(copies.contents(events(flood(60)))).rate == copies.LAMBDA
    # All the people of a collection pass on the same.
    assert copies.detect(copies.contents(events(memes(0, 300, 60)))).rate > copies.LAMBDA
    assert copies.detect(copies.contents(events(memes(0, 300, 20)))).rate == copies.MOST_LAMBDA


def memes_beside(first: int, people: int) -> list[tuple[int, str]]:
    """Return people of whom some pass on one of a few memes, beside posts of their own."""
    rng = np.random.default_rng(11)
    passed_on = [(account, f"meme-{rng.integers(12)}") for account in range(first, first + people, 2)]
    return passed_on + crowd(first, people, 3)


def test_a_small_flood_beside_people_with_memes_is_found_though_these_set_the_rate() -> None:
    rng = np.random.default_rng(12)
    squads = [
        (account, f"picture-{thing}") for account in range(60) for thing in rng.choice(14, 3, replace=False)
    ]
    published = squads + crowd(0, 60, 2) + memes_beside(1_000, 600)
    contents = copies.contents(events(published))
    tested = copies.detect(contents)
    assert tested.rate > 4 * copies.LAMBDA
    group = copies.groups(contents, tested)
    assert group["group"].n_unique() == 1
    assert group.height >= 50
    assert (group["account"] < 60).all()
    # With the rate of the collection alone nobody is.
    assert copies.groups(contents, copies.tested(contents, tested.rate)).height < 10


def test_many_who_share_few_popular_contents_are_no_group() -> None:
    everybody = memes(0, 200, 3) + crowd(1_000, 400)
    assert found(everybody).is_empty()


def few_contents(members: int = 150) -> list[tuple[int, str]]:
    """Return accounts that publish two or three of three contents and, one in three of them, something of their own."""
    rng = np.random.default_rng(9)
    pushed = [
        (account, f"clip-{thing}")
        for account in range(members)
        for thing in rng.choice(3, rng.integers(2, 4), replace=False)
    ]
    return pushed + [(account, f"own-{account}") for account in range(0, members, 3)]


def test_few_contents_join_many_accounts_that_publish_hardly_anything_else() -> None:
    passed_on = [(account, f"clip-{account % 3}") for account in range(1_000, 1_020)]
    assert set(found(few_contents() + passed_on + crowd(1_000, 200))["account"]) == set(range(150))


def test_what_accounts_publish_beside_few_contents_says_nothing_without_others() -> None:
    assert found(few_contents() + crowd(1_000, 80)).is_empty()


def test_few_contents_are_no_group_where_everybody_publishes_copies_alone() -> None:
    rng = np.random.default_rng(10)
    copied = [
        (account, f"link-{thing}")
        for account in range(1_000, 1_200)
        for thing in rng.choice(90, 3, replace=False)
    ]
    assert not set(found(few_contents() + copied)["account"]) & set(range(150))


def test_few_contents_of_accounts_with_posts_of_their_own_are_no_group() -> None:
    assert found(few_contents() + crowd(0, 150, posts=4) + crowd(1_000, 200)).is_empty()


def test_a_group_is_found_by_its_own_pairs_whatever_stands_beside_it() -> None:
    kit = [
        (5_000 + account, f"kit-{thing}")
        for account in range(12)
        for thing in ((account, account + 1, account + 2))
    ]
    kit += crowd(5_000, 12, posts=5)
    alone = found(kit + crowd(1_000, 600))
    beside = found(flood(300, contents=40) + kit + crowd(1_000, 600))
    assert set(beside["account"]) - set(range(300)) == set(alone["account"])


def test_one_pair_does_not_join_two_groups() -> None:
    first, second = flood(30), [(account + 100, f"other-{thing}") for account, thing in flood(30)]
    bridge = [(0, f"other-{name}") for name in ("picture-1", "picture-2")]
    members = found(
        first + second + bridge[:1] + [(130, "picture-3"), (130, "other-picture-4"), (130, "own")]
    )
    assert members["group"].n_unique() == 2
    apart = (
        members.group_by("group")
        .agg(pl.col("account").min(), highest=pl.col("account").max())
        .sort("account")
    )
    assert apart["highest"][0] < 100 <= apart["account"][1]


def test_what_most_accounts_published_sets_nobody_apart() -> None:
    everywhere = [(account, "everywhere") for account in [*range(60), *range(1_000, 1_100)]]
    contents = copies.contents(events(everywhere + flood(60) + crowd(1_000, 100)))
    assert "media_duplicate everywhere" not in set(contents.filter("shared")["object"])
    # Few accounts prove nothing: a small collection may be the campaign alone.
    few = copies.contents(events([(account, "everywhere") for account in range(15)]))
    assert few["shared"].all()


def kit(members: int = 12) -> list[tuple[int, str]]:
    """Return accounts that publish material of their own, three contents each."""
    material = [(5_000 + account, f"kit-{account + each}") for account in range(members) for each in range(3)]
    return material + crowd(5_000, members, posts=5)


def test_a_flood_too_large_for_all_pairs_is_found_whole_and_what_stands_beside_it_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    contents = copies.contents(events(flood(400) + kit() + crowd(1_000, 600)))
    whole = copies.detect(contents)
    monkeypatch.setattr(copies, "MEETINGS", 20_000)
    bounded = copies.detect(contents)
    assert (whole.bounded, bounded.bounded, bounded.following) == (0, 12, copies.LEAST_NEXT)
    assert 2 * bounded.pairs.height < whole.pairs.height
    members = set(copies.groups(contents, bounded)["account"])
    assert len(members & set(range(400))) >= 0.95 * 400
    assert members - set(range(400)) == set(copies.groups(contents, whole)["account"]) - set(range(400))


def test_pairs_that_are_compared_count_all_that_they_share(monkeypatch: pytest.MonkeyPatch) -> None:
    contents = copies.contents(events(flood(200) + crowd(1_000, 100)))
    whole = copies.detect(contents)
    monkeypatch.setattr(copies, "MEETINGS", 0)
    bounded = copies.detect(contents)
    told = ["first", "second", "objects", "posts_first", "posts_second", "expected", "p"]
    assert 0 < bounded.pairs.height < whole.pairs.height
    assert bounded.tests == whole.tests
    assert bounded.pairs.select(told).join(whole.pairs, on=told, how="anti").is_empty()


def test_pairs_next_to_each_other_are_found_some_at_a_time_and_laid_on_disk(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    contents = copies.contents(events(flood(200) + kit() + crowd(1_000, 100)))
    monkeypatch.setattr(copies, "MEETINGS", 0)
    whole = copies.detect(contents).pairs
    monkeypatch.setattr(copies, "_BLOCK", 500)
    monkeypatch.setattr(copies, "_SAMPLED", 7)
    laid: list[int] = []

    def watched(table: pl.DataFrame, least: int) -> pl.DataFrame:
        laid.append(table.height)
        return table

    monkeypatch.setattr(on_disk, "laid", watched)
    with on_disk.within(tmp_path):
        assert copies.detect(contents).pairs.equals(whole)
    assert len(laid) > 5
    assert max(laid) < whole.height


def test_pairs_looked_at_at_once_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    published = flood(60) + kit() + memes(2_000, 60, 20)
    expected = found(published)
    for name, size in (("_BLOCK", 50), ("_PAIRS", 7), ("_IN_COMMON", 3)):
        monkeypatch.setattr(copies, name, size)
    assert found(published).equals(expected)
    monkeypatch.setattr(copies, "MEETINGS", 0)
    assert found(published)["account"].is_in(expected["account"].implode()).all()


def test_a_group_whose_holdings_squared_take_more_than_32_bits_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(copies, "MEETINGS", 0)
    rows = [(account, f"picture-{(account + each) % 120}") for account in range(660) for each in range(100)]
    assert found(rows + crowd(1_000, 700, posts=1)).height == 660


def test_nothing_published_is_nothing_found() -> None:
    assert found([]).is_empty()
    assert copies.detect(copies.contents(events([]))).pairs.is_empty()


def test_what_most_accounts_published_is_not_shared_however_few_of_them_are_given() -> None:
    held = pl.DataFrame({"account": range(150), "object": 1})
    assert copies.with_shared(held, 400)["shared"].all()
    assert not copies.with_shared(held, 200)["shared"].any()
