"""Reasons are tested: they carry the score, models agree on them, and they name posts that are there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from vigie.features.coordination.report import network
from vigie.features.pipeline import FeatureMatrix, compute
from vigie.models import bundle, verdict
from vigie.models.bundle import Bundle
from vigie.models.scoring import score
from vigie.training.evaluation import explanation_checks
from vigie.training.synthetic.accounts import generate
from vigie.training.synthetic.campaigns import Campaign
from vigie.training.synthetic.corpus import corpus

KEYS = ["platform", "account_id"]


def rows(accounts: pl.DataFrame, posts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    table = accounts.with_row_index("row")
    return table, posts.join(table.select("row", *KEYS), on=KEYS).drop(KEYS)


@pytest.fixture(scope="module")
def model() -> Bundle:
    return bundle.load()


@pytest.fixture(scope="module")
def tables() -> tuple[pl.DataFrame, pl.DataFrame]:
    world = generate(ordinary=30, inauthentic=60, seed=6, posts_per_account=60)
    return rows(world.accounts, world.posts)


@pytest.fixture(scope="module")
def matrix(tables: tuple[pl.DataFrame, pl.DataFrame]) -> FeatureMatrix:
    return compute(*tables)


@pytest.fixture(scope="module")
def flagged(model: Bundle, matrix: FeatureMatrix) -> Any:
    log_odds = score(model, matrix).log_odds
    return np.nan_to_num(log_odds, nan=-np.inf) >= np.nanmedian(log_odds)


@pytest.fixture(scope="module")
def planted() -> tuple[pl.DataFrame, pl.DataFrame]:
    made = corpus(organic=30, days=3, seed=2, campaigns=[Campaign("mutual_repost", accounts=12, start_day=0)])
    return rows(made.accounts, made.posts)


class TestDeletion:
    def test_the_first_reasons_carry_more_of_a_score_than_others(
        self, model: Bundle, matrix: FeatureMatrix, flagged: Any
    ) -> None:
        lost = explanation_checks.deletion(model, matrix, flagged, seed=1)
        assert 0.8 * flagged.sum() <= lost.height <= flagged.sum()
        assert lost["reasons"].null_count() == 0
        gained = explanation_checks.gain([lost], draws=100, seed=1)
        assert gained is not None
        assert gained.value == pytest.approx((lost["reasons"] - lost["others"]).mean())
        assert gained.low > 0.3

    def test_what_is_lost_is_the_score_without_the_three_that_raise_it_most(
        self, model: Bundle, matrix: FeatureMatrix, flagged: Any
    ) -> None:
        lost = explanation_checks.deletion(model, matrix, flagged, seed=1)
        scores = score(model, matrix)
        place = next(
            place
            for place, row in enumerate(matrix.table["row"])
            if row in set(lost["row"]) and all(spoke[place] for spoke in scores.spoke.values())
        )
        row = matrix.table["row"][place]
        raising = np.where(np.isnan(scores.values[place]), -np.inf, scores.contributions[place])
        names = [scores.features[column] for column in np.argsort(-raising)[:3]]
        hidden = pl.when(pl.col("row") != row)
        bare = replace(
            matrix, table=matrix.table.with_columns(hidden.then(name).alias(name) for name in names)
        )
        after = score(model, bare)
        assert all(spoke[place] for spoke in after.spoke.values())
        assert lost.filter(pl.col("row") == row)["reasons"].item() == pytest.approx(
            scores.log_odds[place] - after.log_odds[place]
        )

    def test_lifting_the_floors_makes_no_silent_part_speak(
        self, model: Bundle, matrix: FeatureMatrix
    ) -> None:
        missing = [name for name in matrix.table.columns if name.startswith("profile_f")]
        thin = replace(
            matrix, table=matrix.table.with_columns(pl.lit(None, pl.Float64).alias(name) for name in missing)
        )
        served = score(model, thin)
        assert not served.spoke["profile"].all()
        quiet = explanation_checks._hiding(thin, served.features, explanation_checks._silent(model, served))
        lifted = score(explanation_checks._without_floors(model), quiet).log_odds
        known = served.status == "scored"
        assert lifted[known] == pytest.approx(served.log_odds[known])

    def test_nobody_flagged_is_no_gain(self, model: Bundle, matrix: FeatureMatrix, flagged: Any) -> None:
        lost = explanation_checks.deletion(model, matrix, np.zeros_like(flagged), seed=1)
        assert lost.is_empty()
        assert explanation_checks.gain([lost], draws=100, seed=1) is None

    def test_reasons_no_better_than_others_gain_nothing(self) -> None:
        rng = np.random.default_rng(1)
        same = pl.DataFrame({"reasons": rng.normal(size=200), "others": rng.normal(size=200)})
        gained = explanation_checks.gain([same], draws=200, seed=1)
        assert gained is not None
        assert gained.low < 0 < gained.high

    def test_sources_weigh_alike_whatever_their_size(self) -> None:
        small, large = (
            pl.DataFrame({"reasons": [value] * size, "others": [0.0] * size})
            for value, size in ((1.0, 10), (3.0, 90))
        )
        gained = explanation_checks.gain([small, large, small.clear()], draws=50, seed=1)
        assert gained is not None
        assert gained.value == 2.0


class TestStability:
    def test_the_same_model_twice_ranks_alike(self, model: Bundle, matrix: FeatureMatrix) -> None:
        twins = {
            name: replace(part, members=(part.booster, part.booster)) for name, part in model.parts.items()
        }
        found = explanation_checks.stability(replace(model, parts=twins), matrix, draws=20, seed=1)
        assert found.table["tau"].to_list() == pytest.approx([1.0, 1.0])
        assert found.table["first_ten_shared"].to_list() == [10, 10]

    def test_members_that_saw_other_sources_rank_less_alike(
        self, model: Bundle, matrix: FeatureMatrix
    ) -> None:
        found = explanation_checks.stability(model, matrix, draws=20, seed=1)
        pairs = {name: len(part.members) * (len(part.members) - 1) // 2 for name, part in model.parts.items()}
        assert dict(found.table.group_by("part").len().iter_rows()) == pairs
        assert found.mean is not None
        assert found.mean.value == pytest.approx(found.table["tau"].mean())
        assert 0 < found.mean.value < 0.95
        assert found.mean.low < found.mean.high

    def test_a_model_without_members_says_nothing(self, model: Bundle, matrix: FeatureMatrix) -> None:
        alone = {name: replace(part, members=()) for name, part in model.parts.items()}
        found = explanation_checks.stability(replace(model, parts=alone), matrix, draws=20, seed=1)
        assert found.table.is_empty()
        assert found.mean is None

    def test_one_feature_has_no_order(self, model: Bundle, matrix: FeatureMatrix) -> None:
        single = {name: replace(part, features=part.features[:1]) for name, part in model.parts.items()}
        found = explanation_checks.stability(replace(model, parts=single), matrix, draws=20, seed=1)
        assert found.table.is_empty()
        assert found.mean is None


class TestReasons:
    def test_every_reason_names_posts_of_the_account_or_has_none_to_show(
        self, model: Bundle, matrix: FeatureMatrix, tables: tuple[pl.DataFrame, pl.DataFrame]
    ) -> None:
        found = explanation_checks.reasons(model, matrix, tables[1], top=50)
        assert set(found["state"]) == {"resolved", "nothing_to_show"}
        assert found.filter(pl.col("state") == "resolved")["named"].min() == 1
        assert found.filter(pl.col("state") == "nothing_to_show")["named"].max() == 0
        assert explanation_checks.metrics(None, explanation_checks.Stability(pl.DataFrame(), None), [found])[
            "explanations.unresolved"
        ].value == 0  # fmt: skip

    def test_a_named_post_that_is_not_there_is_found_out(
        self, model: Bundle, matrix: FeatureMatrix, tables: tuple[pl.DataFrame, pl.DataFrame]
    ) -> None:
        whole = explanation_checks.reasons(model, matrix, tables[1])
        row = whole.filter(pl.col("state") == "resolved")["row"][0]
        found = explanation_checks.reasons(model, matrix, tables[1].filter(pl.col("row") != row))
        gone = found.filter(pl.col("state") == "posts_not_there")
        assert gone["row"].unique().to_list() == [row]
        assert gone.height == whole.filter((pl.col("row") == row) & (pl.col("named") > 0)).height
        assert explanation_checks.metrics(None, explanation_checks.Stability(pl.DataFrame(), None), [whole, found])[
            "explanations.unresolved"
        ].value == gone.height  # fmt: skip

    def test_a_reason_that_should_name_posts_and_does_not_is_found_out(
        self,
        model: Bundle,
        matrix: FeatureMatrix,
        tables: tuple[pl.DataFrame, pl.DataFrame],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        whole = explanation_checks.reasons(model, matrix, tables[1])
        monkeypatch.setattr(verdict, "_evidence", lambda posts, wanted: {})
        found = explanation_checks.reasons(model, matrix, tables[1])
        assert set(found["state"]) <= {"no_posts_named", "nothing_to_show"}
        lost, resolved = (
            table.filter(pl.col("state") == state).height
            for table, state in ((found, "no_posts_named"), (whole, "resolved"))
        )
        assert lost == resolved > 0


class TestProofs:
    def test_every_partner_is_proven_by_posts_of_both(
        self, planted: tuple[pl.DataFrame, pl.DataFrame]
    ) -> None:
        found = explanation_checks.proofs(*planted)
        assert found.height >= 12
        assert set(found["state"]) == {"resolved"}
        assert found.filter(pl.col("named") == 0).is_empty()
        assert found.filter(pl.col("row") == pl.col("partner")).is_empty()

    @pytest.mark.parametrize(
        ("spoil", "state"),
        [
            (lambda partner: replace(partner, shared=[]), "no_posts_named"),
            (
                lambda partner: replace(
                    partner,
                    shared=[replace(action, partner_post_id="elsewhere") for action in partner.shared],
                ),
                "posts_not_there",
            ),
        ],
    )
    def test_a_partner_without_posts_or_with_others_is_found_out(
        self,
        planted: tuple[pl.DataFrame, pl.DataFrame],
        monkeypatch: pytest.MonkeyPatch,
        spoil: Any,
        state: str,
    ) -> None:
        given = network.companions

        def spoilt(*arguments: Any) -> Any:
            return {
                row: replace(beside, partners=[spoil(partner) for partner in beside.partners])
                for row, beside in given(*arguments).items()
            }

        monkeypatch.setattr(network, "companions", spoilt)
        assert set(explanation_checks.proofs(*planted)["state"]) == {state}

    def test_an_account_without_partners_is_nothing_to_prove(
        self, planted: tuple[pl.DataFrame, pl.DataFrame]
    ) -> None:
        accounts, posts = planted
        alone = accounts.head(1)
        assert explanation_checks.proofs(
            alone, posts.join(alone.select("row"), on="row", how="semi")
        ).is_empty()
