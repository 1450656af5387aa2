"""What the published rules see, and what they do not, on small windows made by hand."""

from __future__ import annotations

from collections.abc import Iterable

import networkx as nx
import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from polars.testing import assert_frame_equal
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity

from vigie.features.coordination import detector, traces
from vigie.training import published_methods
from vigie.training.synthetic.corpus import corpus

START = 1_700_000_040  # a whole minute
MINUTE, HOUR = 60, 3_600
Act = tuple[str, int, str, int]  # trace, account, object, seconds after the start


def acts(rows: Iterable[Act]) -> pl.DataFrame:
    """Return events as a network holds them, each with a post of its own."""
    table = pl.DataFrame(
        list(rows),
        schema={"trace": pl.String, "account": pl.Int64, "object": pl.String, "time": pl.Int64},
        orient="row",
    )
    return table.select(
        "trace",
        "account",
        "object",
        pl.col("time") + START,
        pl.int_range(pl.len(), dtype=pl.Int64).alias("post"),
        pl.lit(None, pl.Int64).alias("author"),
    )


def together(
    members: Iterable[int], objects: Iterable[str], *, trace: str = "co_repost", apart: int = 0
) -> list[Act]:
    """Return acts of members on each object, an hour from object to object, so far apart from member to member."""
    things = list(objects)
    return [
        (trace, member, thing, HOUR * place + apart * turn)
        for turn, member in enumerate(members)
        for place, thing in enumerate(things)
    ]


def held_out(rows: Iterable[Act], accounts: Iterable[int], rule: str) -> tuple[list[float], list[bool]]:
    """Return the scores and flags of a rule, in the order of the accounts."""
    table = published_methods.evaluate(acts(rows), pl.Series(list(accounts), dtype=pl.Int64))
    return table[rule].to_list(), table[f"{rule}_flagged"].to_list()


def names(count: int, prefix: str = "post") -> list[str]:
    return [f"{prefix} {number}" for number in range(count)]


class TestEvaluate:
    def test_one_row_per_account_in_the_order_given_with_the_columns_of_every_rule(self) -> None:
        found = published_methods.evaluate(acts(together([7, 3], names(10))), pl.Series([7, 5, 3]))
        assert found["account"].to_list() == [7, 5, 3]
        assert set(found.columns) == {"account"} | {
            name + end for name in published_methods.RULES for end in ("", "_flagged")
        }
        for name in published_methods.RULES:
            assert found[name].dtype == pl.Float64
            assert found[f"{name}_flagged"].dtype == pl.Boolean
        assert found.null_count().sum_horizontal().item() == 0

    def test_an_account_without_events_scores_zero_and_is_not_flagged(self) -> None:
        found = published_methods.evaluate(acts(together([7, 3], names(12))), pl.Series([7, 5, 3]))
        quiet = found.row(1, named=True)
        assert all(quiet[name] == 0 and not quiet[f"{name}_flagged"] for name in published_methods.RULES)
        assert all(found.row(0, named=True)[name] > 0 for name in published_methods.RULES)

    @pytest.mark.parametrize("accounts", [[], [4], [4, 5, 6]])
    def test_a_pool_without_events_gives_zeros(self, accounts: list[int]) -> None:
        found = published_methods.evaluate(acts([]), pl.Series(accounts, dtype=pl.Int64))
        assert found.height == len(accounts)
        assert all(
            (found[name] == 0).all() and not found[f"{name}_flagged"].any()
            for name in published_methods.RULES
        )

    def test_an_event_of_an_account_outside_the_pool_is_refused(self) -> None:
        with pytest.raises(ValueError, match="events of accounts outside the window: 10"):
            published_methods.evaluate(acts(together([1, 2], names(10))), pl.Series([1]))

    def test_the_order_of_the_events_changes_nothing(self) -> None:
        accounts = pl.Series(range(12))
        rows = acts(together(range(8), names(12)) + together(range(4, 12), names(9, "tags"), trace="co_url"))
        shuffled = rows.sample(fraction=1, shuffle=True, seed=1)
        assert_frame_equal(
            published_methods.evaluate(rows, accounts),
            published_methods.evaluate(shuffled, accounts),
            rel_tol=1e-6,
        )

    def test_rules_read_the_network_of_a_corpus(self) -> None:
        made = corpus(organic=60, days=3, seed=2, campaigns=[], benign=["fans"])
        rows = (
            made.accounts.select("account_id")
            .with_row_index("row")
            .with_columns(pl.col("row").cast(pl.Int64))
        )
        posts = made.posts.join(rows, on="account_id").drop("platform", "account_id")
        found = published_methods.evaluate(detector.detect_pairs(posts).events, rows["row"])
        assert found.height == rows.height
        assert found.null_count().sum_horizontal().item() == 0


class TestSchoch:
    @pytest.mark.parametrize(("objects", "flagged"), [(9, False), (10, True)])
    def test_ten_co_reposts_with_one_partner_are_flagged(self, objects: int, flagged: bool) -> None:
        found = held_out(together([1, 2], names(objects)), [1, 2], "schoch_2022")
        assert found == ([objects, objects], [flagged, flagged])

    def test_meetings_with_several_partners_do_not_add_up(self) -> None:
        rows = together([1, 2], names(6)) + together([1, 3], names(6, "other"))
        assert held_out(rows, [1, 2, 3], "schoch_2022") == ([6, 6, 6], [False] * 3)

    @pytest.mark.parametrize(("apart", "score"), [(MINUTE, 10), (2 * MINUTE, 0)])
    def test_next_minutes_meet_and_those_after_do_not(self, apart: int, score: int) -> None:
        assert held_out(together([1, 2], names(10), apart=apart), [1, 2], "schoch_2022")[0] == [score, score]

    def test_only_reposts_count(self) -> None:
        assert held_out(together([1, 2], names(12), trace="co_url"), [1, 2], "schoch_2022")[0] == [0, 0]

    def test_one_post_reposted_again_and_again_counts_once(self) -> None:
        rows = [("co_repost", account, "same", HOUR * turn) for account in (1, 2) for turn in range(12)]
        assert held_out(rows, [1, 2], "schoch_2022")[0] == [1, 1]


class TestCooRTweet:
    def test_an_edge_above_the_median_is_flagged_and_one_at_it_is_not(self) -> None:
        rows = (
            together([1, 2], names(2, "a"), trace="co_url")
            + together([3, 4], names(2, "b"), trace="co_url")
            + together([5, 6], names(5, "c"), trace="co_url")
        )
        assert held_out(rows, range(1, 7), "coortweet") == (
            [2, 2, 2, 2, 5, 5],
            [False, False, False, False, True, True],
        )

    def test_every_trace_has_a_median_of_its_own(self) -> None:
        # Over both traces the median would be 4 and flag the accounts of links alone.
        rows = (
            together([1, 2], names(2, "a"))
            + together([3, 4], names(3, "b"))
            + together([5, 6], names(5, "c"), trace="co_url")
            + together([7, 8], names(6, "d"), trace="co_url")
        )
        flagged = held_out(rows, range(1, 9), "coortweet")[1]
        assert flagged == [False, False, True, True, False, False, True, True]

    def test_the_next_minute_is_not_the_same_ten_seconds(self) -> None:
        assert held_out(together([1, 2], names(5), apart=MINUTE), [1, 2], "coortweet")[0] == [0, 0]

    def test_two_accounts_that_met_once_each_are_left_out(self) -> None:
        assert held_out(together([1, 2], names(1)), [1, 2], "coortweet")[0] == [0, 0]

    def test_one_who_met_often_keeps_those_it_met_once(self) -> None:
        rows = together([1, 2], names(1)) + together([1, 3], names(1, "other"))
        assert held_out(rows, [1, 2, 3], "coortweet")[0] == [1, 1, 1]

    def test_repeated_posts_add_to_the_weight(self) -> None:
        rows = [("text_duplicate", account, "same", HOUR * turn) for account in (1, 2) for turn in range(3)]
        assert held_out(rows, [1, 2], "coortweet")[0] == [3, 3]


class TestPacheco:
    ACCOUNTS = 30

    @pytest.fixture
    def reposts(self) -> pl.DataFrame:
        """Return reposts of known and of rare posts, some repeated, no two in one bin of activity."""
        chance = np.random.default_rng(4)
        drawn = [
            ("co_repost", account, f"post {number}")
            for account in range(self.ACCOUNTS)
            for number in chance.zipf(1.3, 14) % 60
        ]
        return acts((*act, place * HOUR) for place, act in enumerate(drawn))

    @pytest.fixture
    def expected(self, reposts: pl.DataFrame) -> NDArray[np.float64]:
        """Return the cosines that the vectoriser of the repository gives, each edge once."""
        documents = reposts.group_by("account").agg("object").sort("account")["object"].to_list()
        vectors = TfidfVectorizer(analyzer=list, sublinear_tf=True, min_df=3).fit_transform(documents)
        return np.triu(cosine_similarity(vectors), 1)

    def test_the_score_is_the_largest_cosine_of_the_vectors_of_the_repository(
        self, reposts: pl.DataFrame, expected: NDArray[np.float64]
    ) -> None:
        score = published_methods.evaluate(reposts, pl.Series(range(self.ACCOUNTS)))[
            "pacheco_2021"
        ].to_numpy()
        assert score == pytest.approx(np.maximum(expected, expected.T).max(axis=1), abs=1e-8)

    def test_the_ends_of_the_top_half_percent_of_the_edges_are_flagged(
        self, reposts: pl.DataFrame, expected: NDArray[np.float64]
    ) -> None:
        edges = int((expected > 0).sum())
        top = np.argsort(expected, axis=None)[-(edges - int(np.ceil(0.995 * (edges - 1)))) :]
        found = published_methods.evaluate(reposts, pl.Series(range(self.ACCOUNTS)))
        flagged = found.filter("pacheco_2021_flagged")["account"].to_list()
        assert flagged == np.unique(np.unravel_index(top, expected.shape)).tolist()
        assert 2 <= len(flagged) <= 6

    @pytest.mark.parametrize(("objects", "score"), [(7, 0), (10, 1)])
    def test_accounts_with_too_few_posts_score_zero_whatever_they_share(
        self, objects: int, score: int
    ) -> None:
        scores, flagged = held_out(together([1, 2, 3], names(objects)), [1, 2, 3], "pacheco_2021")
        assert scores == pytest.approx([score] * 3)
        assert flagged == [bool(score)] * 3

    def test_nine_reposts_are_judged_by_activity_alone(self) -> None:
        same_bins = held_out(together([1, 2, 3], names(9)), [1, 2, 3], "pacheco_2021")[0]
        other_bins = held_out(together([1, 2, 3], names(9), apart=HOUR * 24), [1, 2, 3], "pacheco_2021")[0]
        assert same_bins == pytest.approx([1] * 3)
        assert other_bins == [0] * 3

    def test_a_post_with_two_events_is_active_once(self) -> None:
        # Were events counted, accounts of four posts would have the eight that activity asks for.
        rows = acts(together([1, 2, 3], names(4)) + together([1, 2, 3], names(4, "page"), trace="co_url"))
        halved = rows.with_columns(post=pl.col("post") % 12)
        assert published_methods.evaluate(halved, pl.Series([1, 2, 3]))["pacheco_2021"].to_list() == [0] * 3
        assert published_methods.evaluate(rows, pl.Series([1, 2, 3]))[
            "pacheco_2021"
        ].to_list() == pytest.approx([1] * 3)


class TestLuceri:
    def test_the_dense_core_is_flagged_and_ranked_first(self) -> None:
        core = together(range(6), names(8)) + together(range(6), names(4, "page"), trace="co_url")
        fringe = [
            act for pair in range(6, 20, 2) for act in together([pair, pair + 1], names(2, f"chat {pair}"))
        ]
        bridge = together([0, 6], names(1, "bridge"))
        score, flagged = held_out(core + fringe + bridge, range(20), "luceri_2024")
        assert min(score[:6]) > max(score[6:])
        assert any(flagged[:6])
        assert not any(flagged[6:])

    def test_it_needs_no_time(self) -> None:
        near = held_out(together(range(5), names(4)), range(6), "luceri_2024")
        far = held_out(together(range(5), names(4), apart=7 * HOUR), range(6), "luceri_2024")
        assert near == far
        assert near[0][:5] == pytest.approx([4 / 6] * 5)  # ranks 2 to 6 of 6, all equal

    def test_traces_that_are_not_fused_say_nothing(self) -> None:
        assert held_out(together([1, 2], names(5), trace="co_mention"), [1, 2], "luceri_2024")[0] == [0, 0]

    def test_fusion_takes_any_trace_that_links(self) -> None:
        rows = together([1, 2], names(2)) + together([3, 4], names(2), trace="hashtag_sequence")
        assert held_out(rows, [1, 2, 3, 4], "luceri_2024")[0] == pytest.approx([2.5 / 4] * 4)

    def test_centrality_is_that_of_networkx(self) -> None:
        chance = np.random.default_rng(6)
        weights = np.triu(chance.random((30, 30)) * (chance.random((30, 30)) < 0.2), 1)
        weights += weights.T
        expected = nx.eigenvector_centrality(nx.from_numpy_array(weights), max_iter=500, weight="weight")
        assert published_methods._centrality(weights) == pytest.approx(list(expected.values()), abs=1e-4)

    def test_centrality_of_a_network_of_two_sides_settles(self) -> None:
        star = nx.star_graph(6)
        expected = nx.eigenvector_centrality(star, max_iter=500)
        assert published_methods._centrality(nx.to_numpy_array(star)) == pytest.approx(
            list(expected.values()), abs=1e-4
        )


def test_the_traces_that_rules_name_exist() -> None:
    named = {"co_repost", *published_methods.FUSED, *published_methods.LEAST_ACTS} - {"activity"}
    assert named <= set(traces.TRACES)
