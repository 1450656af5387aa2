"""Accounts that publish hardly anything but the contents of a group belong to it; those that pass some on do not."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom

from vigie.features.coordination import adherents

PEOPLE, FLOOD, PICTURES = 1_000, 300, 50
# The flood's accounts come after the people.
MEMBERS = range(PEOPLE, PEOPLE + FLOOD)


def table(posts: list[tuple[int, str]]) -> pl.DataFrame:
    """Return who published what, as contents are told."""
    made = pl.DataFrame(posts, schema={"account": pl.Int64, "object": pl.String}, orient="row")
    return made.with_row_index("post").with_columns(shared=pl.col("account").n_unique().over("object") > 1)


def collection(seed: int, copied: float = 0.02) -> list[tuple[int, str]]:
    """Return people with one to six posts, some of them pictures of a flood, and its accounts with one to four pictures."""
    rng = np.random.default_rng(seed)
    posts = []
    for person in range(PEOPLE):
        for number in range(int(rng.integers(1, 7))):
            own = rng.random() >= copied
            posts.append((person, f"own {person} {number}" if own else f"picture {rng.integers(PICTURES)}"))
    for account in MEMBERS:
        pictures = rng.permutation(PICTURES)[: int(rng.integers(1, 5))]
        posts += [(account, f"picture {number}") for number in pictures]
    return posts


def seeds(count: int) -> pl.DataFrame:
    return pl.DataFrame({"account": list(MEMBERS)[:count], "part": [7] * count})


@pytest.mark.parametrize("seed", range(3))
def test_a_group_finds_the_rest_of_its_flood_and_nobody_else(seed: int) -> None:
    posts = collection(seed)
    found = adherents.joined(table(posts), seeds(60))
    assert found.head(60).equals(seeds(60))
    assert (found["part"] == 7).all()
    assert found["account"].is_unique().all()
    new = found["account"][60:].to_list()
    assert all(account in MEMBERS for account in new)
    published = pl.DataFrame(posts, orient="row", schema=["account", "object"])["account"].value_counts()
    several = set(published.filter((pl.col("count") > 1) & (pl.col("account") >= PEOPLE + 60))["account"])
    assert len(several & set(new)) > 0.85 * len(several)
    assert set(new) <= several, "one post tells nothing"


def test_people_who_pass_on_what_is_popular_are_no_adherents() -> None:
    found = adherents.joined(table(collection(4, copied=0.35)), seeds(60))
    assert all(account in MEMBERS for account in found["account"])


def test_two_groups_find_each_their_own() -> None:
    posts = collection(5)
    other = [
        (account + 10_000, thing.replace("picture", "video")) for account, thing in posts if account >= PEOPLE
    ]
    both = pl.concat(
        [seeds(40), seeds(40).with_columns(pl.col("account") + 10_000, part=pl.lit(3, pl.Int64))]
    )
    found = adherents.joined(table([*posts, *other]), both)
    assert set(found.filter(pl.col("account") >= 10_000)["part"]) == {3}
    assert set(found.filter(pl.col("account") < 10_000)["part"]) == {7}
    assert all(count > 150 for count in found["part"].value_counts()["count"])


def test_a_member_of_which_others_publish_little_is_not_confirmed() -> None:
    posts = collection(6)
    lone = PEOPLE + FLOOD
    posts += [(lone, "picture 1"), *((lone, f"its own {number}") for number in range(9))]
    members = pl.concat([seeds(FLOOD), pl.DataFrame({"account": [lone], "part": [7]})])
    kept = adherents.confirmed(table(posts), members)
    assert lone not in kept["account"]
    assert set(kept["account"]) < set(members["account"])
    assert kept.height > 150


def test_no_group_has_no_adherents() -> None:
    none = seeds(0)
    assert adherents.joined(table(collection(7)), none).is_empty()
    assert adherents.confirmed(table(collection(7)), none).is_empty()


def test_the_share_of_false_ones_is_that_of_counting_each_outcome() -> None:
    count, posts = np.array([2, 3, 2, 4, 3]), np.array([2, 3, 3, 5, 4])
    of_all, rate = np.array([2, 2, 2, 3, 3, 4, 5, 5, 9] * 20), 0.05
    found = adherents._false_share(count, posts, of_all, rate, 0.5)
    p = binom.sf(count - 1, posts, rate)
    raw = []
    for bound in p:
        expected = 0.0
        for n in of_all:
            # More than half of the posts, and two at least.
            outcomes = [binom.sf(k - 1, n, rate) for k in range(max(2, n // 2 + 1), n + 1)]
            expected += max((one for one in outcomes if one <= bound * (1 + 1e-12)), default=0.0)
        raw.append(expected / (p <= bound * (1 + 1e-12)).sum())
    wanted = [
        min(share for share, other in zip(raw, p, strict=True) if other >= one * (1 - 1e-12)) for one in p
    ]
    assert found == pytest.approx(wanted)


def test_accounts_of_many_posts_are_counted_by_their_likeliest_outcomes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    count, posts = np.array([2, 3, 3, 30]), np.array([2, 3, 5, 40])
    of_all = np.array([2, 3, 5, 40, 700, 20_000])
    for mostly in (0.0, 0.5):
        found = adherents._false_share(count, posts, of_all, 0.02, mostly)
        with monkeypatch.context() as patched:
            patched.setattr(adherents, "OUTCOMES", 100_000)
            exact = adherents._false_share(count, posts, of_all, 0.02, mostly)
        assert (found >= exact * (1 - 1e-12)).all(), "no account is found more easily"
        assert found == pytest.approx(exact, rel=0.01, abs=1e-2)
