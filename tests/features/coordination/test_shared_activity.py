"""What the other accounts of a window did on the same objects, by hand on windows of a few accounts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import log2, log10

import polars as pl
import pytest

from vigie.features import schema as contract
from vigie.features.coordination import communities, detector, null_models
from vigie.features.coordination import shared_activity as subject
from vigie.features.coordination.shared_activity import shared_activity_table

START = datetime(2024, 5, 1, tzinfo=UTC)
MINUTE, HOUR = 60, 3_600
Values = dict[str, object]
# Accounts of the windows below.
SIZE = 8


def post(row: int, at: float | None, **columns: object) -> Values:
    """Return one post of an account, so many seconds after the start."""
    when = None if at is None else START + timedelta(seconds=at)
    return {"row": row, "created_at": when, "kind": "original", **columns}


def tagged(row: int, at: float | None, *tags: str) -> Values:
    return post(row, at, hashtags=list(tags))


def linked(row: int, at: float | None, page: str) -> Values:
    return post(row, at, urls=[f"https://pages.example/{page}"])


def repost(row: int, at: float | None, of: str) -> Values:
    return post(row, at, kind="repost", target_post_id=of, target_account_id="author")


def silent(accounts: int) -> list[Values]:
    """Return accounts of one post that shares nothing, to fill the window."""
    return [post(100 + row, 50 * HOUR + row * HOUR, text=f"{row}") for row in range(accounts)]


def table(posts: list[Values]) -> pl.DataFrame:
    """Return posts as a window reads them, numbered by their order."""
    schema = {name: kind for name, kind in contract.schema("posts").items() if name not in ("platform", "account_id")}  # fmt: skip
    numbered = [{"post_id": f"p{place}"} | one for place, one in enumerate(posts)]
    return pl.DataFrame(numbered, schema={"row": pl.UInt32, **schema})


def told(posts: list[Values]) -> pl.DataFrame:
    frame = table(posts)
    built = detector.detect_pairs(frame)
    return shared_activity_table(frame, built, communities.detect_groups(built.significant()))


OF_POSTS = {
    "row", "post_id", "is_shared", "near_s", "shared_bits", "co_action_bits", "text_bits", "text_co_action_bits",
    "repost_co_action_bits", "is_text_shared", "is_repost_shared", "is_hashtag_shared", "is_mention_shared",
    "shows_shared_activity",
}  # fmt: skip


def of(found: pl.DataFrame, row: int) -> dict[str, float | None]:
    """Return what is told of an account, which is the same on each of its posts."""
    own = found.filter(pl.col("row") == row).select(pl.exclude(OF_POSTS)).unique()
    return own.row(0, named=True) if own.height == 1 else pytest.fail("posts of one account differ")


# 1 and 2 link to two pages within minutes; 3 links to the first of them a day later, and to one of its own.
PAGES = [
    linked(1, 0, "a"), linked(2, 30, "a"), linked(3, 24 * HOUR, "a"),
    linked(1, 5 * HOUR, "b"), linked(2, 5 * HOUR + 20 * MINUTE, "b"),
    linked(3, 30 * HOUR, "own"),
]  # fmt: skip
POOL = [*PAGES, *silent(SIZE - 3)]


class TestPosts:
    def test_posts_with_a_time_keep_their_order(self) -> None:
        found = told([linked(1, None, "a"), *POOL])
        assert found["post_id"].to_list() == [f"p{place}" for place in range(1, len(POOL) + 1)]
        assert found.select(pl.col("row").n_unique()).item() == SIZE

    def test_sharers_make_rarity_and_a_lone_page_none(self) -> None:
        found = told(POOL).head(6)
        assert found["is_shared"].to_list() == [True] * 5 + [False]
        a, b = log2(SIZE / 3), log2(SIZE / 2)
        assert found["shared_bits"].to_list() == pytest.approx([a, a, a, b, b, 0])

    def test_co_action_is_the_nearest_other_within_an_hour(self) -> None:
        found = told(POOL).head(6)
        a, b = log2(SIZE / 3), log2(SIZE / 2)
        assert found["near_s"].to_list() == [30, 30, 24 * HOUR - 30, 20 * MINUTE, 20 * MINUTE, None]
        assert found["co_action_bits"].to_list() == pytest.approx([a, a, 0, b, b, 0])
        assert found["shows_shared_activity"].to_list() == [True, True, False, True, True, False]

    def test_only_the_first_act_of_an_account_on_an_object_is_a_co_action(self) -> None:
        again = [linked(1, 2 * HOUR, "a"), linked(1, 3 * HOUR, "a")]
        found = told([*PAGES, *again, *silent(SIZE - 3)])
        repeated = found.filter(pl.col("post_id").is_in(["p6", "p7"]))
        assert repeated["is_shared"].to_list() == [True, True]
        assert repeated["near_s"].to_list() == [None, None]
        assert repeated["shows_shared_activity"].to_list() == [False, False]
        # Nor do repetitions make the page less rare, or the pair closer. The joint standing allows for who posts more.
        joint = "joint_standing"
        assert found.head(6).drop(joint).equals(told(POOL).head(6).drop(joint))
        more, once = (of(each, 1)[joint] for each in (found, told(POOL)))
        assert more is not None
        assert once is not None
        assert more < once

    def test_an_account_alone_shares_nothing_with_itself(self) -> None:
        found = told([linked(1, HOUR * turn, page) for page in "ab" for turn in range(3)] + silent(SIZE - 1))
        assert not found["is_shared"].any()
        assert found["near_s"].null_count() == found.height

    def test_kinds_of_objects_that_a_post_lacks_are_missing_and_not_false(self) -> None:
        found = told([
            repost(1, 0, "x"), repost(2, 10, "x"), repost(1, HOUR, "y"), repost(2, HOUR, "z"),
            *POOL,
        ])  # fmt: skip
        assert found.head(4)["is_repost_shared"].to_list() == [True, True, False, False]
        assert found.head(4)["repost_co_action_bits"].to_list() == pytest.approx([2, 2, 0, 0])
        assert found["is_repost_shared"].tail(len(POOL)).null_count() == len(POOL)
        for name in ("is_text_shared", "is_mention_shared", "is_hashtag_shared"):
            assert found.head(4)[name].null_count() == 4

    def test_texts_have_bits_of_their_own(self) -> None:
        words = "the ferry to the island leaves from the old pier at noon on sundays"
        other = "nobody at the market has seen the blue van since thursday afternoon"
        found = told([
            post(1, 0, text=words), post(2, 40 * MINUTE, text=words), post(3, 20 * HOUR, text=words),
            *[post(row, 30 * HOUR * row, text=other + str(row) * 30) for row in (1, 2, 3)],
            *silent(SIZE - 3),
        ])  # fmt: skip
        bits = log2(SIZE / 3)
        assert found.head(3)["is_text_shared"].to_list() == [True, True, True]
        assert found.head(3)["text_bits"].to_list() == pytest.approx([bits] * 3)
        assert found.head(3)["text_co_action_bits"].to_list() == pytest.approx([bits, bits, 0])


class TestPartners:
    def test_what_two_share_adds_up_to_the_closest_and_a_pair_is_no_third(self) -> None:
        found = told(POOL)
        a, b = log2(SIZE / 3), log2(SIZE / 2)
        for row, closest, partners in ((1, a + b, 1), (2, a + b, 1), (3, a, 0), (100, 0, 0)):
            values = of(found, row)
            assert values["any_closest_bits"] == pytest.approx(closest)
            assert values["any_third_bits"] == 0
            assert values["any_partners"] == partners

    def test_the_third_is_the_third_closest(self) -> None:
        # 1 shares three pages with 2, two with 3, one with 4.
        pages = [
            linked(row, HOUR * place + row * 10, page)
            for place, (page, rows) in enumerate({"a": (1, 2, 3, 4), "b": (1, 2, 3), "c": (1, 2)}.items())
            for row in rows
        ]
        pages += [linked(row, 40 * HOUR + row * 5 * HOUR, f"own-{row}") for row in (3, 4)]
        found = told(pages + silent(SIZE - 4))
        a, b, c = (log2(SIZE / sharers) for sharers in (4, 3, 2))
        values = of(found, 1)
        assert values["any_closest_bits"] == pytest.approx(a + b + c)
        assert values["any_third_bits"] == pytest.approx(a)
        assert values["any_partners"] == 2
        assert of(found, 4)["any_third_bits"] == pytest.approx(a)
        assert of(found, 4)["any_partners"] == 0

    def test_the_cosine_is_one_for_those_who_share_the_same_and_less_for_others(self) -> None:
        found = told(POOL)
        a, b = log2(SIZE / 3), log2(SIZE / 2)
        assert of(found, 1)["any_closest_cosine"] == pytest.approx(1)
        assert of(found, 3)["any_closest_cosine"] == pytest.approx(a / (a * (a + b)) ** 0.5)
        assert of(found, 100)["any_closest_cosine"] == 0

    def test_a_post_counts_with_each_thing_it_holds_so_that_a_copy_of_one_hides_no_partner_of_another(
        self,
    ) -> None:
        both = [
            post(row, turn * HOUR + row, urls=[f"https://pages.example/{turn}"], media_hashes=[f"{turn}f" * 8])
            for turn in range(2)
            for row in (1, 2)
        ]  # fmt: skip
        values = of(told(both + silent(SIZE - 2)), 1)
        assert values["any_partners"] == 1
        assert values["any_closest_bits"] == pytest.approx(4 * log2(SIZE / 2))
        links = [linked(3, turn * HOUR + 9, f"{turn}") for turn in range(2)]
        assert of(told([*both, *links, *silent(SIZE - 3)]), 1)["any_partners"] == 2

    def test_repeating_oneself_brings_nobody_closer(self) -> None:
        again = [linked(1, (10 + turn) * HOUR, "a") for turn in range(5)]
        # A p-value grows with what could have been shared, and the joint standing allows for who posts more.
        aside = {"log_rarity": 0, "joint_standing": 0}
        assert of(told([*PAGES, *again, *silent(SIZE - 3)]), 1) | aside == of(told(POOL), 1) | aside

    def test_objects_of_everybody_bring_nobody_closer(self) -> None:
        everybody = [linked(row, 40 * HOUR + row, f"news-{turn}") for turn in range(3) for row in (1, 2, 3)]
        found = told(everybody)
        assert found["is_shared"].all()
        assert found["shared_bits"].to_list() == [0.0] * 9
        values = of(found, 1)
        assert (values["any_closest_bits"], values["any_partners"]) == (0, 0)

    def test_objects_of_a_crowd_bring_nobody_closer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(subject, "_CROWD", 2)
        values = of(told(POOL), 3)
        assert values["any_closest_bits"] == 0

    def test_hashtags_and_mentions_have_partners_of_their_own(self) -> None:
        tags = [tagged(row, HOUR * turn + row, f"tag{turn}") for turn in range(3) for row in (1, 2)]
        named = [
            post(row, 30 * HOUR + HOUR * turn + row, mentions=[f"person{turn}"]) for turn in range(2) for row in (1, 3)
        ]  # fmt: skip
        found = told(tags + named + silent(SIZE - 3))
        bits = log2(SIZE / 2)
        assert of(found, 1)["hashtag_closest_bits"] == pytest.approx(3 * bits)
        assert of(found, 1)["mention_closest_bits"] == pytest.approx(2 * bits)
        assert of(found, 2)["mention_closest_bits"] == 0
        assert of(found, 3)["hashtag_closest_bits"] == 0
        assert of(found, 1)["any_partners"] == 2
        assert found.head(6)["is_hashtag_shared"].to_list() == [True] * 6
        assert found.slice(6, 4)["is_mention_shared"].to_list() == [True] * 4

    def test_blocks_change_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        whole = told(POOL)
        monkeypatch.setattr(subject, "_BLOCK", 1)
        assert told(POOL).equals(whole)


PAIRS = {
    "trace": ["co_url", "co_repost", "any", "co_url"],
    "window": [60, 60, 60, 600],
    "first": [1, 1, 1, 1],
    "second": [2, 2, 2, 3],
    "objects": [5, 3, 8, 2],
    "days": [1, 1, 1, 1],
    "authors": [None, 1, None, None],
    "first_leads": [4, 1, 6, 1],
    "second_leads": [1, 0, 2, 1],
    "p_class": [1e-6, 1e-4, 1e-9, 0.5],
    "p_author": [1e-6, 0.9, 1e-3, 0.5],
}


NO_GROUP = pl.DataFrame(schema=communities.SCHEMA)


def insignificant() -> pl.DataFrame:
    """Return the pairs above with the columns of a network, none of them significant."""
    none = dict.fromkeys(("p_class_corrected", "p_author_corrected"), 1.0)
    unknown = dict.fromkeys(null_models.REFERRED, None)
    return pl.DataFrame(PAIRS).with_columns(expected=0.0, expected_author=0.0, **none, **unknown)


class TestGroups:
    def of_group(self, authors: int | None) -> dict[str, float | None]:
        """Return what is told of account 1, in a group with 2 whose pair meets on objects of that many authors."""
        frame = table(POOL)
        built = detector.detect_pairs(frame)
        pair = {
            "trace": "co_url", "window": 60, "first": 1, "second": 2, "objects": 9, "days": 4, "authors": authors,
            "first_leads": 9, "second_leads": 0, "p_class": 1e-12, "p_author": 1e-3, "p_class_corrected": 1e-9,
            "p_author_corrected": 1e-3, "expected": 0.0, "expected_author": 1.0,
        }  # fmt: skip
        pairs = pl.DataFrame([pair], schema=built.pairs.schema)
        together = pl.DataFrame({"group": [0, 0], "account": [1, 2], "stability": [1.0, 1.0]})
        return of(shared_activity_table(frame, detector.Network(pairs, built.events, ()), together), 1)

    def test_in_a_group_the_class_null_speaks_where_authors_are_unknown_or_three(self) -> None:
        for authors in (None, 3):
            assert self.of_group(authors)["group_log_rarity"] == pytest.approx(-log10(1e-12 * SIZE))

    def test_of_one_author_only_what_waiting_for_it_leaves_counts(self) -> None:
        assert self.of_group(1)["group_log_rarity"] == pytest.approx(-log10(1e-3 * SIZE))

    def test_outside_a_group_there_is_none(self) -> None:
        assert of(told(POOL), 1)["group_log_rarity"] is None


class TestSynchrony:
    @pytest.fixture
    def found(self) -> pl.DataFrame:
        """Return the shared activity of a window of eight accounts with the pairs above."""
        frame = table(POOL)
        built = detector.detect_pairs(frame)
        pairs = insignificant()
        return shared_activity_table(
            frame, detector.Network(pairs.select(built.pairs.columns), built.events, ()), NO_GROUP
        )

    def test_log_rarity_is_the_largest_of_the_pairs_under_each_null(self, found: pl.DataFrame) -> None:
        assert of(found, 1)["log_rarity"] == pytest.approx(-log10(1e-9 * SIZE))
        assert of(found, 1)["author_log_rarity"] == pytest.approx(-log10(1e-6 * SIZE))
        assert of(found, 3)["log_rarity"] == pytest.approx(-log10(0.5 * SIZE))

    def test_partners_and_traces_count_where_the_pair_is_telling(self, found: pl.DataFrame) -> None:
        one, three = of(found, 1), of(found, 3)
        # All traces together are no trace of their own.
        assert (one["synchronous_partners"], one["layers"]) == (1, 2)
        assert (three["synchronous_partners"], three["layers"]) == (0, 0)

    def test_lead_is_the_share_of_meetings_in_telling_pairs_in_which_it_came_first(
        self, found: pl.DataFrame
    ) -> None:
        assert of(found, 1)["lead"] == pytest.approx(11 / 14)
        assert of(found, 2)["lead"] == pytest.approx(3 / 14)
        assert of(found, 3)["lead"] is None

    def test_an_account_of_no_pair_is_least_surprising(self, found: pl.DataFrame) -> None:
        values = of(found, 100)
        assert values["log_rarity"] == values["author_log_rarity"] == pytest.approx(-log10(SIZE))
        assert values["synchronous_partners"] == values["layers"] == 0

    def test_log_rarity_is_capped(self) -> None:
        frame = table(POOL)
        built = detector.detect_pairs(frame)
        pairs = insignificant().with_columns(p_class=0.0)
        found = shared_activity_table(
            frame, detector.Network(pairs.select(built.pairs.columns), built.events, ()), NO_GROUP
        )
        assert of(found, 1)["log_rarity"] == 30


class TestActivity:
    def test_two_of_one_scheduler_share_rare_minutes(self) -> None:
        moments = [HOUR * 3 * turn + 17 * MINUTE * (turn % 3) for turn in range(20)]
        found = told(
            [post(row, at + 5 * row, text=f"{row} {at}") for at in moments for row in (1, 2)] + silent(6)
        )
        one, idle = of(found, 1), of(found, 100)
        assert one["minute_log_rarity"] > 10  # type: ignore[operator]  # a number
        assert one["active_partners"] == 1
        assert idle["minute_log_rarity"] == pytest.approx(-log10(SIZE))
        assert idle["active_partners"] == 0

    def test_a_bin_finer_than_the_clock_tells_nothing(self) -> None:
        def shared(resolution: str) -> dict[str, float | None]:
            moments = [HOUR * 3 * turn for turn in range(20)]
            posts = [
                post(row, at, text=f"{row} {at}", time_resolution=resolution) for at in moments for row in range(5)
            ]  # fmt: skip
            return of(told(posts), 1)

        least = pytest.approx(-log10(5))
        assert shared("minute")["minute_log_rarity"] != least
        assert shared("day")["minute_log_rarity"] == shared("day")["half_hour_log_rarity"] == least
        assert shared("minute")["schedule_closest"] is not None
        assert shared("day")["schedule_closest"] is None

    def test_a_clock_of_days_has_no_co_action_within_a_minute(self) -> None:
        found = told([one | {"time_resolution": "day", "created_at": START} for one in POOL])
        assert not found["shows_shared_activity"].any()
        assert found["co_action_bits"].sum() == 0


class TestNothing:
    def test_posts_that_act_on_nothing_share_nothing(self) -> None:
        found = told(silent(SIZE))
        assert found.height == SIZE
        assert not found["is_shared"].any()
        assert found["shared_bits"].to_list() == [0.0] * SIZE
        assert found["near_s"].null_count() == SIZE
        assert found["log_rarity"].to_list() == pytest.approx([-log10(SIZE)] * SIZE)

    @pytest.mark.parametrize("posts", [[], [post(1, None, text="whenever")]])
    def test_no_posts_with_a_time_give_no_rows_with_the_same_columns(self, posts: list[Values]) -> None:
        found = told(posts)
        assert found.is_empty()
        assert found.columns == told(POOL).columns


def test_accounts_that_share_nothing_do_not_make_others_stand_out() -> None:
    # Each links to a page that one other links to, and to four of its own.
    people = [
        linked(row, turn * HOUR + row, f"{row if turn else row // 2}-{turn}")
        for row in range(60)
        for turn in range(5)
    ]
    flood = [
        post(200 + row, turn * HOUR + row, text=f"word{row} other{turn}") for row in range(100) for turn in range(5)
    ]  # fmt: skip
    for posts in (people, people + flood):
        values = of(told(posts), 1)
        assert (values["partner_standing"], values["joint_standing"]) == pytest.approx((0, 0))
