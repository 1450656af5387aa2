"""Accounts that share contents are found whenever they publish them, and people who pass on what everybody does are not."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from tests.features.coordination.floods import crowd, events, flood, kit, memes, worded

from vigie.features.coordination import copies, copy_groups, published_contents, shared_contents


def found(published: list[tuple[int, str]]) -> pl.DataFrame:
    contents = published_contents.contents(events(published))
    return copy_groups.groups(contents, copy_groups.detect(contents))


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


def test_a_large_group_needs_more_contents_or_wordings_that_several_published() -> None:
    # Six templates are too few for 200 accounts, who pass on a popular phrase with words of their own.
    alone, texts = worded(200, 6)
    contents = published_contents.contents(alone, texts)
    assert copy_groups.groups(contents, copy_groups.detect(contents)).is_empty()
    # The same in forty wordings, each by several accounts.
    several = contents.with_columns(wording=pl.format("{} {}", "object", pl.col("post") % 7))
    group = copy_groups.groups(several, copy_groups.detect(several))
    assert group.height > 100


def test_the_rate_is_that_of_accounts_outside_the_groups_within_bounds() -> None:
    assert copy_groups.detect(published_contents.contents(events(crowd(0, 50)))).rate == copies.LAMBDA
    # What a flood copies tells nothing of how often others do.
    assert copy_groups.detect(published_contents.contents(events(flood(60)))).rate == copies.LAMBDA
    # All the people of a collection pass on the same.
    assert copy_groups.detect(published_contents.contents(events(memes(0, 300, 60)))).rate > copies.LAMBDA
    assert (
        copy_groups.detect(published_contents.contents(events(memes(0, 300, 20)))).rate == copies.MOST_LAMBDA
    )


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
    contents = published_contents.contents(events(published))
    tested = copy_groups.detect(contents)
    assert tested.rate > 4 * copies.LAMBDA
    group = copy_groups.groups(contents, tested)
    assert group["group"].n_unique() == 1
    assert group.height >= 50
    assert (group["account"] < 60).all()
    # With the rate of the collection alone nobody is.
    assert (
        copy_groups.groups(contents, copies.at_rate(shared_contents.pairs(contents), tested.rate)).height < 10
    )


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


def test_a_flood_too_large_for_all_pairs_is_found_whole_and_what_stands_beside_it_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    contents = published_contents.contents(events(flood(400) + kit() + crowd(1_000, 600)))
    whole = copy_groups.detect(contents)
    monkeypatch.setattr(shared_contents, "MEETINGS", 20_000)
    bounded = copy_groups.detect(contents)
    assert (whole.bounded, bounded.bounded, bounded.following) == (0, 12, shared_contents.LEAST_NEXT)
    assert 2 * bounded.pairs.height < whole.pairs.height
    members = set(copy_groups.groups(contents, bounded)["account"])
    assert len(members & set(range(400))) >= 0.95 * 400
    assert members - set(range(400)) == set(copy_groups.groups(contents, whole)["account"]) - set(range(400))


def test_pairs_looked_at_at_once_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    published = flood(60) + kit() + memes(2_000, 60, 20)
    expected = found(published)
    monkeypatch.setattr(shared_contents, "_BLOCK", 50)
    for name, size in (("_PAIRS", 7), ("_IN_COMMON", 3)):
        monkeypatch.setattr(copy_groups, name, size)
    assert found(published).equals(expected)
    monkeypatch.setattr(shared_contents, "MEETINGS", 0)
    assert found(published)["account"].is_in(expected["account"].implode()).all()


def test_a_group_whose_holdings_squared_take_more_than_32_bits_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shared_contents, "MEETINGS", 0)
    rows = [(account, f"picture-{(account + each) % 120}") for account in range(660) for each in range(100)]
    assert found(rows + crowd(1_000, 700, posts=1)).height == 660


def test_nothing_published_is_nothing_found() -> None:
    assert found([]).is_empty()
    assert copy_groups.detect(published_contents.contents(events([]))).pairs.is_empty()


def test_accounts_that_fill_templates_with_words_of_their_own_are_a_group() -> None:
    contents = published_contents.contents(*worded(30, 8))
    group = copy_groups.groups(contents, copy_groups.detect(contents))
    assert group["account"].to_list() == list(range(30))
