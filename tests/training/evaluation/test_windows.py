"""Figures of a model of windows against numbers found by hand, and what noise gives."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import polars as pl
import pytest

from vigie.models.evidence_basis import FEATURE, log_bayes_factor
from vigie.models.metrics import average_precision
from vigie.training.evaluation import windows as subject
from vigie.training.evaluation.windows import (
    HIDDEN,
    LEAST_ROWS,
    MODEL,
    MOST_ELEVATED,
    MOST_FALSE,
    PROVEN,
    Evaluation,
    Flags,
    band_starts,
    evaluate,
    flaggable,
    threshold_of,
    with_evidence,
)
from vigie.training.fitting.leave_operator_out import ACCOUNTS, OPERATOR, SCHEMES, Floats

POOLS, COHORT, PEOPLE = 4, 10, 150


def rows(pools: int = POOLS, cohort: int = COHORT, people: int = PEOPLE) -> pl.DataFrame:
    """Return accounts in windows of two campaigns, people of two backgrounds who stand in every window."""
    parts = []
    for number in range(pools):
        campaign = "ab"[number % 2]
        coordinated = [f"{campaign}-{place:03}" for place in range(cohort)]
        ordinary = [f"person-{place:03}" for place in range(people)]
        parts.append(
            pl.DataFrame(
                {
                    "scenario": f"pool-{number}",
                    "account_id": coordinated + ordinary,
                    "y": [True] * cohort + [False] * people,
                    "background": [None] * cohort
                    + ["town" if place % 2 else "village" for place in range(people)],
                    "campaign": campaign,
                    "operator": f"operator {campaign}",
                    "cohort": cohort,
                    "ordinary": people,
                    "is_lone": False,
                    "placebo": False,
                    # Anything can be shown of everybody, unless a test says otherwise.
                    "evidence_strong": True,
                    "evidence": pl.Series([None] * (cohort + people), dtype=pl.String),
                    "group": [0] * cohort + [None] * people,
                    "rule": 0.0,
                    "rule_flagged": [place % 2 == 0 for place in range(cohort)]
                    + [place < 15 for place in range(people)],
                }
            ).sort("account_id")
        )
    return pl.concat(parts)


def both(values: Floats) -> dict[str, Floats]:
    return dict.fromkeys(SCHEMES, values)


def of_table(table: pl.DataFrame) -> tuple[Flags, Flags]:
    """Return which rows have nobody to act in concert with, and which are of windows in which nothing was taken apart."""
    alone = pl.col("is_lone") | pl.col("placebo")
    isolated, regular = table.select(a=alone & pl.col("y"), b=~alone).get_columns()
    return isolated.to_numpy(), regular.to_numpy()


def held_out(table: pl.DataFrame, log_odds: Floats, **others: Floats) -> Evaluation:
    scores = {
        (name, scheme): value for name, value in ({MODEL: log_odds} | others).items() for scheme in SCHEMES
    }
    return evaluate(table, scores, both(log_odds), *of_table(table), seed=3)


def noise(table: pl.DataFrame, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).normal(size=table.height)


@pytest.fixture(scope="module")
def perfect() -> Evaluation:
    """Return what a model that is always right gets; it abstains on one account in ten of either class."""
    table = rows()
    score = np.where(table["y"], 5.0, -5.0) + noise(table) / 10
    score[np.arange(table.height) % 10 == 0] = np.nan
    return held_out(table, score)


class TestRanking:
    def test_a_perfect_order_scores_one(self) -> None:
        table = rows()
        found = held_out(table, np.where(table["y"], 5.0, -5.0) + noise(table) / 10).table
        assert found["scheme"].to_list() == [*SCHEMES]
        for name in ("average_precision", "auc", "recall_at_1", "recall_at_01"):
            assert found[name].to_list() == found[f"{name}_low"].to_list() == [1.0] * 3

    def test_noise_is_as_good_as_a_coin(self) -> None:
        table = rows(pools=12)
        found = held_out(table, noise(table)).table.row(0, named=True)
        assert found["auc"] == pytest.approx(0.5, abs=0.06)
        assert found["auc_low"] < 0.5 < found["auc_high"]
        assert found["average_precision"] < 0.15

    def test_permuted_labels_leave_a_model_nothing(self) -> None:
        table = rows(pools=12)
        score = np.where(table["y"], 5.0, -5.0) + noise(table)
        accounts = table.select("account_id", "y").unique("account_id", maintain_order=True)
        permuted = accounts.with_columns(pl.col("y").shuffle(seed=4))
        blind = table.drop("y").join(permuted, on="account_id", how="left", maintain_order="left")
        labelled = blind.with_columns(background=pl.when(~pl.col("y")).then(pl.lit("town")))
        assert held_out(labelled, score).table["auc"][0] == pytest.approx(0.5, abs=0.12)

    def test_figures_are_means_over_pools_whatever_their_level(self) -> None:
        table = rows()
        score = noise(table)
        place = table["scenario"].rank("dense").to_numpy()
        # Another level in each window changes no order inside one.
        assert (
            held_out(table, score + 100 * place).table["auc"].to_list()
            == held_out(table, score).table["auc"].to_list()
        )
        each = [
            average_precision(
                part["y"].to_numpy(), part["score"].to_numpy(), np.ones((1, part.height))
            ).item()
            for part in table.with_columns(score=score).partition_by("scenario", maintain_order=True)
        ]
        assert held_out(table, score).table["average_precision"][0] == pytest.approx(np.mean(each))

    def test_abstentions_rank_last(self) -> None:
        table = rows(pools=2)
        score = np.where(table["y"], 1.0, 0.0)
        silent = np.where(table["y"], np.nan, score)
        assert held_out(table, silent).table["auc"].to_list() == [0.0] * 3
        # An abstention on half of the cohort costs half of the pairs.
        half = np.where(table["rule_flagged"] & table["y"], np.nan, score)
        assert held_out(table, half).table["auc"].to_list() == pytest.approx([0.5] * 3)

    def test_every_model_is_judged_on_the_same_draws(self) -> None:
        table = rows()
        score = noise(table)
        found = held_out(table, score, twin=score * 3).table.drop("model")
        assert found.filter(pl.col("scheme") == ACCOUNTS)[0].equals(
            found.filter(pl.col("scheme") == ACCOUNTS)[1]
        )

    def test_the_same_seed_gives_the_same_figures(self) -> None:
        table = rows(pools=2)
        assert held_out(table, noise(table)).table.equals(held_out(table, noise(table)).table)


class TestWeights:
    def test_an_account_weighs_alike_in_all_its_pools_and_the_first_draw_is_the_data(self) -> None:
        table = rows()
        weights = subject._weights(table, 3)
        assert (weights[0] == 1).all()
        frame = table.select("account_id").with_columns(pl.Series("weight", list(weights.T)))
        assert (frame.group_by("account_id").agg(pl.col("weight").n_unique())["weight"] == 1).all()

    def test_accounts_are_drawn_within_their_class(self) -> None:
        table = rows(pools=2)
        once = table.unique("account_id", keep="first", maintain_order=True)
        weights = subject._weights(once, 3)
        assert (weights[:, once["y"].to_numpy()].sum(axis=1) == 2 * COHORT).all()
        assert (weights[:, ~once["y"].to_numpy()].sum(axis=1) == PEOPLE).all()


class TestParts:
    def test_operators_campaigns_and_cohorts_are_over_their_own_pools(self) -> None:
        table = pl.concat([rows(), rows(cohort=5).with_columns(pl.format("small-{}", "scenario"))])
        score = np.where(table["y"] & (table["campaign"] == "a"), 5.0, 0.0) + noise(table)
        found = held_out(table, score)
        operators = found.operators.filter(pl.col("scheme") == OPERATOR)
        assert operators.select("operator", "pools").rows() == [("operator a", 4), ("operator b", 4)]
        campaigns = found.campaigns.filter(pl.col("scheme") == OPERATOR)
        assert campaigns["auc"].to_list() == operators["auc"].to_list()
        assert campaigns.select("campaign", "pools").rows() == [("a", 4), ("b", 4)]
        assert campaigns["auc"][0] > 0.95 > 0.7 > campaigns["auc"][1]
        assert found.cohorts.filter(pl.col("scheme") == ACCOUNTS).select("cohort", "pools").rows() == [(5, 4), (10, 4)]  # fmt: skip

    def test_a_draw_without_a_cohort_says_nothing_and_spoils_no_interval(self) -> None:
        # Of a cohort of two, one draw in seven draws neither.
        table = rows(pools=2, cohort=2)
        found = held_out(table, noise(table)).cohorts
        for name in ("auc", "auc_low", "auc_high"):
            assert found[name].is_finite().all()

    def test_abstentions_are_counted_per_class(self, perfect: Evaluation) -> None:
        assert perfect.abstained["y"].to_list() == [False, True]
        assert perfect.abstained["rows"].to_list() == [POOLS * PEOPLE, POOLS * COHORT]
        assert perfect.abstained["abstained"].to_list() == pytest.approx([0.1, 0.1])

    def test_rules_are_shown_with_what_they_flag(self, perfect: Evaluation) -> None:
        assert perfect.rules.rows() == [("rule", 0.5, pytest.approx(0.1))]


class TestThreshold:
    SIZE = 2_000

    def people(self, **values: Floats) -> tuple[pl.DataFrame, Floats]:
        """Return ordinary accounts of backgrounds, and their log-odds."""
        names = [name for name, scores in values.items() for _ in scores]
        table = pl.DataFrame(
            {"account_id": [f"{place:05}" for place in range(len(names))], "y": False, "background": names}
        )
        return table, np.concatenate(list(values.values()))

    def test_it_is_the_least_at_which_no_more_than_the_share_is_flagged(self) -> None:
        table, score = self.people(town=noise(pl.DataFrame({"n": range(self.SIZE)})))
        limit = threshold_of(table, both(score), MOST_FALSE)
        assert (score >= limit).mean() == MOST_FALSE < (score >= np.nextafter(limit, -np.inf)).mean()

    def test_the_worst_public_and_scheme_decide(self) -> None:
        table, score = self.people(town=np.linspace(0, 1, 1_000), village=np.linspace(0, 3, 1_000))
        alone = {ACCOUNTS: score}
        assert threshold_of(table, alone, MOST_FALSE) > 2.9
        assert threshold_of(table, alone | {OPERATOR: score + 1}, MOST_FALSE) > 3.9
        silent = np.where(table["background"] == "village", np.nan, score)
        assert threshold_of(table, {ACCOUNTS: silent}, MOST_FALSE) < 1.0

    def test_small_publics_count_as_one(self) -> None:
        quiet = np.zeros(LEAST_ROWS - 1)
        loud = quiet.copy()
        loud[:5] = 9.0
        small, score = self.people(a=loud, b=quiet, c=quiet)
        # Five in 199 are too many of one public, and not of the three together.
        assert threshold_of(small, both(score), MOST_FALSE) < 9.0
        large, score = self.people(a=np.append(loud, 0.0), b=quiet, c=quiet)
        assert threshold_of(large, both(score), MOST_FALSE) > 9.0

    def test_equal_scores_are_flagged_all_or_none(self) -> None:
        tied = np.zeros(1_000)
        tied[:21] = 1.0
        table, score = self.people(town=tied)
        # Twenty-one in a thousand are too many.
        assert threshold_of(table, both(score), MOST_FALSE) == np.nextafter(1.0, 2.0)
        score[3:21] = 0.5
        assert 0.5 < threshold_of(table, both(score), MOST_FALSE) < 1.0

    def test_abstentions_are_never_flagged(self) -> None:
        table, score = self.people(town=np.full(100, np.nan))
        assert threshold_of(table, both(score), MOST_FALSE) > -np.inf

    def test_no_more_than_its_share_of_any_public_is_elevated_and_high_is_never_below(
        self, perfect: Evaluation
    ) -> None:
        assert perfect.elevated < perfect.threshold
        table = rows()
        score = noise(table)
        ordinary = ~table["y"].to_numpy()
        for strong in (True, False):
            found = held_out(table.with_columns(evidence_strong=pl.lit(strong)), score)
            for name in ("town", "village"):
                of_public = ordinary & (table["background"] == name).fill_null(value=False).to_numpy()
                assert (score[of_public] >= found.elevated).mean() <= MOST_ELEVATED
            assert found.elevated <= found.threshold
        # Where nobody ordinary can be flagged, the band does not begin below all scores.
        assert found.threshold == found.elevated > score.min()

    def test_accounts_of_whom_something_is_shown_do_not_set_what_is_elevated(self) -> None:
        table, score = self.people(town=np.linspace(-9, 0, 1_000))
        shown = table.with_columns(
            evidence=pl.Series(["group" if value > -1 else None for value in score], dtype=pl.String),
            evidence_strong=pl.lit(value=False),
        )
        nothing = table.with_columns(evidence=pl.lit(None, pl.String), evidence_strong=pl.lit(value=False))
        assert band_starts(shown, both(score))[0] < -1 < band_starts(nothing, both(score))[0]

    def test_rings_among_people_do_not_raise_the_band_above_what_is_proven(self) -> None:
        table, score = self.people(town=np.full(1_000, 9.0))
        ring = table.with_columns(evidence=pl.lit("group"), evidence_strong=pl.lit(value=True))
        assert threshold_of(ring, both(score), MOST_FALSE) > 9
        assert band_starts(ring, both(score))[1] == pytest.approx(log_bayes_factor(np.array([PROVEN]))[0])

    def test_a_public_of_one_has_a_share_and_an_interval(self) -> None:
        alone = pl.when(pl.col("account_id") == "person-001").then(pl.lit("hermit")).otherwise("background")
        table = rows().with_columns(background=alone)
        hermit = held_out(table, noise(table)).backgrounds.filter(pl.col("accounts of") == "hermit")
        assert hermit.select(pl.col("flagged", "low", "high").is_finite().all()).row(0) == (True,) * 3

    def test_false_positives_are_judged_at_the_threshold_of_the_other_half(self, perfect: Evaluation) -> None:
        found = perfect.backgrounds.filter(pl.col("scheme") == OPERATOR)
        assert found["accounts of"].to_list() == ["town", "village", "operation"]
        assert found["rows"].to_list() == [POOLS * PEOPLE // 2, POOLS * PEOPLE // 2, POOLS * COHORT]
        assert found["flagged"][2] == pytest.approx(0.9)
        assert (found["flagged"].head(2) < 0.05).all()

    def test_an_outlier_does_not_choose_the_threshold_it_is_judged_at(self) -> None:
        table = rows()
        score = np.where(table["account_id"] == "person-001", 9.0, noise(table) / 10)
        found = held_out(table, score).backgrounds.filter(pl.col("scheme") == ACCOUNTS)
        assert found.filter(pl.col("accounts of") == "town")["flagged"].item() >= 1 / (PEOPLE / 2)


class TestRecovery:
    def test_pairs_are_those_counted_one_by_one(self) -> None:
        chance = np.random.default_rng(7)
        for _ in range(30):
            truth, label = chance.random(25) < 0.4, chance.integers(-1, 4, 25)
            said = {pair for pair in combinations(range(25), 2) if label[pair[0]] == label[pair[1]] >= 0}
            wanted = set(combinations(np.flatnonzero(truth).tolist(), 2))
            right = len(said & wanted)
            precision, recall = right / len(said), right / len(wanted)
            f1 = 2 * right / (len(said) + len(wanted))
            assert subject._pairwise(truth, label) == pytest.approx((f1, precision, recall, True))

    @pytest.mark.parametrize(
        ("label", "expected"),
        [
            ([0, 0, 0, -1, -1], (1.0, 1.0, 1.0, True)),
            ([0, 0, 1, 1, -1], (2 * 0.5 / 3 / (0.5 + 1 / 3), 0.5, 1 / 3, True)),
            ([-1, -1, 0, -1, -1], (0.0, 0.0, 0.0, False)),
            ([-1, -1, -1, 0, 0], (0.0, 0.0, 0.0, True)),
            ([-1] * 5, (0.0, 0.0, 0.0, False)),
        ],
    )
    def test_pairs_by_hand(self, label: list[int], expected: tuple[float, float, float, bool]) -> None:
        truth = np.array([True, True, True, False, False])
        assert subject._pairwise(truth, np.array(label)) == pytest.approx(expected)

    def test_groups_and_flags_are_compared_with_the_cohort_in_every_pool(self, perfect: Evaluation) -> None:
        found = {row["by"]: row for row in perfect.recovery.iter_rows(named=True)}
        assert set(found) == {f"flagged accounts, {scheme}" for scheme in SCHEMES} | {"synchronous groups"}
        groups = found["synchronous groups"]
        assert (groups["f1"], groups["precision"], groups["recall"]) == (1.0, 1.0, 1.0)
        assert groups["pools with a group"] == groups["pools"] == POOLS
        flagged = found[f"flagged accounts, {OPERATOR}"]
        # One in ten abstained, so nine of ten accounts make 36 of 45 pairs.
        assert flagged["recall"] == pytest.approx(36 / 45)


class TestEvidence:
    def test_of_whom_nothing_can_be_shown_is_never_flagged_whatever_its_score(self) -> None:
        shown = pl.int_range(pl.len()) % 2 == 0
        table = rows().with_columns(evidence_strong=pl.when(shown).then(pl.lit(True)))
        score = np.where(table["y"], 5.0, -5.0) + noise(table) / 10
        found = held_out(table, score)
        flagged = found.backgrounds.filter(pl.col("accounts of") == "operation")["flagged"]
        share = table.filter("y")["evidence_strong"].fill_null(value=False).mean()
        assert flagged.to_list() == pytest.approx([share] * 3)
        # The ranking is that of the scores, and knows nothing of it.
        assert found.table["average_precision"].to_list() == [1.0] * 3

    def test_only_strong_evidence_can_be_flagged(self) -> None:
        table = pl.DataFrame({"evidence_strong": [True, False, None]})
        found = flaggable(table, {ACCOUNTS: np.array([1.0, 9.0, 9.0])})
        np.testing.assert_array_equal(found[ACCOUNTS], [1.0, np.nan, np.nan])

    def test_log_odds_with_evidence_are_those_that_serving_gives(self) -> None:
        table = pl.DataFrame(
            {
                FEATURE: [None, None, None, 5.0, 5.0],
                "evidence": [None, "partner", "group", "group", "campaign"],
                "evidence_rarity": [None, 6.0, 4.0, 2.0, 6.0],
            }
        )
        value = np.full(5, -3.0)
        found = with_evidence(table, value)
        proof = log_bayes_factor(np.array([4.0, 5.0, 6.0]))
        # Nothing, and a partner, which the trees read already; a group of the collection; the better of two groups; a
        # campaign, which is proof of its own.
        assert found == pytest.approx([-3.0, -3.0, proof[0], proof[1], proof[2]])

    def test_who_is_abstained_on_stays_so(self) -> None:
        table = pl.DataFrame({FEATURE: [4.0], "evidence": ["group"], "evidence_rarity": [4.0]})
        assert np.isnan(with_evidence(table, np.array([np.nan]))).all()


class TestHidden:
    def test_windows_in_which_the_campaign_is_the_most_are_told_apart(self) -> None:
        crowd = rows(pools=2, cohort=40, people=20).with_columns(pl.format("crowd-{}", "scenario"))
        table = pl.concat([crowd, rows()])
        right = np.where(table["y"], 5.0, -5.0)
        wrong_in_crowds = np.where(table["scenario"].str.starts_with("crowd"), -right, right) + noise(table)
        found = held_out(table, wrong_in_crowds)
        # Figures over hidden campaigns know nothing of them, those by ratio do.
        assert found.table["auc"].to_list() == [1.0] * 3
        assert found.cohorts["cohort"].unique().to_list() == [10]
        of_operator = found.ratios.filter(pl.col("scheme") == OPERATOR)
        assert of_operator.select("ratio", "pools").rows() == [("up to 1:8", 4), ("up to 2:1", 2)]
        assert of_operator["auc"].to_list() == [1.0, 0.0]
        assert of_operator["flagged_ordinary"][1] > of_operator["flagged_ordinary"][0]

    def test_where_no_campaign_is_hidden_all_windows_count(self) -> None:
        table = rows(cohort=40, people=HIDDEN * 40 - 1)
        found = held_out(table, np.where(table["y"], 5.0, -5.0) + noise(table))
        assert found.operators["pools"].to_list() == [2] * 6

    @pytest.mark.parametrize(
        ("cohort", "people", "expected"),
        [
            (10, 80, "up to 1:8"),
            (10, 79, "up to 1:2"),
            (10, 5, "up to 2:1"),
            (16, 1, "up to 16:1"),
            (33, 1, "more"),
        ],
    )
    def test_a_window_is_in_the_class_of_its_ratio(self, cohort: int, people: int, expected: str) -> None:
        table = rows(cohort=cohort, people=people)
        assert held_out(table, noise(table)).ratios["ratio"].unique().to_list() == [expected]


class TestAlone:
    def table(self) -> pl.DataFrame:
        """Return whole windows, rows of two accounts without their campaign, and a placebo."""
        whole = rows()
        lone = whole.filter(pl.col("y") & (pl.col("scenario") == "pool-0")).head(2)
        placebo = rows(pools=1).with_columns(placebo=pl.lit(value=True), scenario=pl.lit("placebo-0"))
        return pl.concat([whole, placebo, lone.with_columns(is_lone=pl.lit(value=True))])

    def test_what_is_said_of_them_is_told_apart_and_touches_no_other_figure(self) -> None:
        table = self.table()
        isolated, regular = of_table(table)
        score = np.where(table["y"], 5.0, -5.0) + noise(table) / 10
        score[isolated] = 50.0
        found = held_out(table, score)
        assert found.threshold < 5
        assert found.table["auc"].to_list() == [1.0] * 3
        own = held_out(table.filter(pl.Series(regular)), score[regular])
        assert found.operators.equals(own.operators)
        assert found.threshold == own.threshold
        alone = found.alone.filter(pl.col("scheme") == OPERATOR)
        assert alone.select("control", "rows", "flagged").rows() == [
            ("lone", 2, 1.0),
            ("placebo", COHORT, 1.0),
        ]

    def test_a_placebo_is_ranked_among_its_own_people_and_prevalence_is_what_chance_gives(self) -> None:
        table = self.table()
        isolated, _ = of_table(table)
        for value, expected in ((9.0, 1.0), (-9.0, COHORT / (COHORT + PEOPLE))):
            score = noise(table)
            score[isolated] = value
            placebo = (
                held_out(table, score).alone.filter(control="placebo", scheme=OPERATOR).row(0, named=True)
            )
            assert placebo["average_precision"] == pytest.approx(expected)
            assert placebo["prevalence"] == pytest.approx(COHORT / (COHORT + PEOPLE))

    def test_who_has_nothing_to_show_is_not_flagged_alone(self) -> None:
        table = self.table()
        isolated, _ = of_table(table)
        score = np.where(table["y"], 5.0, -5.0) + noise(table) / 10
        shown = table.with_columns(evidence_strong=~pl.Series(isolated))
        assert held_out(shown, score).alone["flagged"].to_list() == [0.0] * 6

    def test_without_any_the_table_is_empty(self) -> None:
        table = rows(pools=2)
        assert held_out(table, noise(table)).alone.is_empty()


def test_what_learns_nothing_is_measured_once_for_all_schemes(monkeypatch: pytest.MonkeyPatch) -> None:
    table = rows()
    measured: list[Floats] = []
    measure = subject._per_window

    def counted(of: pl.DataFrame, score: Floats, weights: Floats) -> dict[str, Floats]:
        measured.append(score)
        return measure(of, score, weights)

    monkeypatch.setattr(subject, "_per_window", counted)
    learnt = [np.where(table["y"].to_numpy(), 1.0, place / 10) for place in range(len(SCHEMES))]
    log_odds = dict(zip(SCHEMES, learnt, strict=True))
    scores = {(MODEL, scheme): value for scheme, value in log_odds.items()}
    scores |= dict.fromkeys((("rule", scheme) for scheme in SCHEMES), np.zeros(table.height))
    found = evaluate(table, scores, log_odds, *of_table(table), seed=1)
    assert len(measured) == len(SCHEMES) + 1
    of_rule = found.table.filter(model="rule")
    assert of_rule["scheme"].to_list() == list(SCHEMES)
    assert of_rule.drop("scheme").n_unique() == 1
