"""Scores of coordination: what all accounts have in common sets nobody apart, and who looks often needs more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import polars as pl
import pytest

from vigie.features.coordination.comparison import Limits
from vigie.features.coordination.report.types import Companions
from vigie.features.pipeline import FeatureMatrix
from vigie.features.window import windows
from vigie.features.window.windows import LEAST_ACCOUNTS, ComparisonWindow
from vigie.models import coordination_scoring
from vigie.models.calibration import log_odds as log_odds_of
from vigie.models.collection_evidence import AccountEvidence, CollectionEvidence, Kind, SharedContents
from vigie.models.coordination_scoring import (
    CoordinationScores,
    coordination_verdicts,
    score_window,
    score_windows,
)
from vigie.models.engine import Models
from vigie.models.evidence_basis import CAMPAIGN, FEATURE, log_bayes_factor
from vigie.models.scoring import Scores, score
from vigie.models.verdict import ABSTAINED, CoordinationAbstention, CoordinationVerdict
from vigie.training.synthetic.campaigns import Campaign
from vigie.training.synthetic.corpus import corpus

TROUPE = Campaign("mutual_repost", accounts=30, camouflage=0.0, start_day=0)
World = tuple[pl.DataFrame, pl.DataFrame]


@cache
def world() -> World:
    """Return three days of sixty people and thirty more who repost each other at once, observed a month later."""
    made = corpus(organic=60, campaigns=[TROUPE], days=3, seed=2)
    accounts = made.accounts.with_row_index("row").with_columns(pl.col("observed_at") + timedelta(days=30))
    keys = ["platform", "account_id"]
    return accounts, made.posts.join(accounts.select("row", *keys), on=keys).drop(keys)


@cache
def measured() -> tuple[ComparisonWindow, ...]:
    return tuple(windows.compute(*world(), Limits()).windows)


def of_contributions(table: dict[str, list[float]], status: str = "scored") -> Scores:
    """Return scores made of contributions by feature, one entry per account."""
    added = np.column_stack([np.array(values) for values in table.values()])
    return Scores(
        spoke={}, status=np.full(len(added), status), log_odds=added.sum(axis=1), error=np.zeros(len(added)),
        features=tuple(table), values=np.ones_like(added), contributions=added, base=np.zeros(len(added)),
        tier=np.full(len(added), "pool"),
    )  # fmt: skip


def excluded(
    models: Models, monkeypatch: pytest.MonkeyPatch, table: dict[str, list[float]]
) -> dict[str, list[float]]:
    """Return what a window leaves of contributions, by feature."""
    scores = of_contributions(table)
    rows = len(scores.status)
    matrix = FeatureMatrix(
        pl.DataFrame({"row": range(rows), FEATURE: [None] * rows}, schema_overrides={FEATURE: pl.Float64}),
        pl.DataFrame(),
        pl.DataFrame(),
    )
    monkeypatch.setattr(coordination_scoring, "score", lambda *_, **__: scores)
    found = score_window(models.coordinated, replace(measured()[0], matrix=matrix))
    assert found.log_odds == pytest.approx(found.contributions.sum(axis=1))
    return {name: found.contributions[:, place].tolist() for place, name in enumerate(table)}


# One of each kind that the model reads: activity in the same minutes, acts on the same objects, the closest partner.
IN_COMMON = (
    "coordination_minute_activity_index", "coordination_minute_company_share", "coordination_surprise_index",
)  # fmt: skip


class TestInCommon:
    @pytest.mark.parametrize("name", IN_COMMON)
    def test_what_three_quarters_have_is_taken_off_all_and_who_differs_keeps_the_rest(
        self, models: Models, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        # 31 of 41 are three quarters, 30 are not.
        table = {name: [1.0] * 30 + [4.0] + [0.0, -0.5, 0.25] + [0.0] * 7}
        left = excluded(models, monkeypatch, table)[name]
        assert left == pytest.approx([0.0] * 30 + [3.0] + [0.0, -0.5, 0.0] + [0.0] * 7)

    @pytest.mark.parametrize("name", IN_COMMON)
    def test_what_fewer_than_three_quarters_have_stays(
        self, models: Models, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        table = {name: [1.0] * 30 + [0.0] * 11}
        assert excluded(models, monkeypatch, table) == table

    def test_what_lowers_all_stays(self, models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
        table = {IN_COMMON[0]: [-1.0] * 20}
        assert excluded(models, monkeypatch, table) == table

    @pytest.mark.parametrize("accounts", [LEAST_ACCOUNTS - 1, LEAST_ACCOUNTS])
    def test_among_fewer_accounts_than_are_compared_nothing_is_taken_off(
        self, models: Models, monkeypatch: pytest.MonkeyPatch, accounts: int
    ) -> None:
        left = excluded(models, monkeypatch, {IN_COMMON[0]: [1.0] * accounts})[IN_COMMON[0]]
        assert left == [0.0 if accounts >= LEAST_ACCOUNTS else 1.0] * accounts

    def test_accounts_that_are_not_scored_do_not_count(
        self, models: Models, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        scores = of_contributions({IN_COMMON[0]: [1.0] * 20 + [0.0] * 80})
        status = np.where(np.arange(100) < 20, "scored", "insufficient_data")
        matrix = FeatureMatrix(
            pl.DataFrame({"row": range(100), FEATURE: [0.0] * 100}), pl.DataFrame(), pl.DataFrame()
        )
        silent = replace(scores, status=status)
        monkeypatch.setattr(coordination_scoring, "score", lambda *_, **__: silent)
        found = score_window(models.coordinated, replace(measured()[0], matrix=matrix))
        assert found.log_odds[:20].tolist() == [0.0] * 20


def test_a_group_beyond_chance_adds_what_its_p_value_allows(models: Models) -> None:
    (window,) = measured()
    surprise = window.matrix.values([FEATURE])[:, 0]
    scores = score_window(models.coordinated, window)
    assert np.nanmax(surprise) > 3
    assert scores.features[-1] == FEATURE
    assert scores.contributions[:, -1] == pytest.approx(log_bayes_factor(surprise))
    total = scores.contributions.sum(axis=1) + scores.base
    known = scores.status == "scored"
    assert total[known] == pytest.approx(scores.log_odds[known])


def test_a_part_of_the_window_at_a_time_gives_the_same_scores(models: Models) -> None:
    rows = world()[0]["row"].to_list()
    whole, parts = (score_windows(models.coordinated, measured(), at_once=most) for most in (None, 7))
    np.testing.assert_allclose(parts.log_odds(rows), whole.log_odds(rows))


def test_what_cannot_be_shown_never_reaches_the_highest_band(
    models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    bands = {"low": 0.0, "elevated": 1e-6, "high": 1e-4}
    certain = replace(models.coordinated, index=models.coordinated.index | {"bands": bands})
    assert np.nanmin(score_window(certain, measured()[0]).log_odds) > log_odds_of(1e-4, 0.01)
    (judged,) = score_windows(certain, measured()).windows
    alone = np.isin(judged.basis, ["nothing_shared", "shared_activity"])
    assert alone.any()
    assert set(judged.bands[alone]) == {"elevated"}
    assert set(judged.bands[~alone]) == {"high"}


def test_a_probability_says_what_its_band_says(models: Models) -> None:
    """Nobody of whom nothing can be shown is more probable than those of whom something can; their own order stays."""
    bands = {"low": 0.0, "elevated": 1e-6, "high": 1e-4}
    certain = replace(models.coordinated, index=models.coordinated.index | {"bands": bands})
    before = score_window(certain, measured()[0])
    before = before.where(before.status == "scored")
    (judged,) = score_windows(certain, measured()).windows
    alone = np.isin(judged.basis, ["nothing_shared", "shared_activity"])
    told = judged.scores.log_odds
    assert told[alone].max() < log_odds_of(1e-4, 0.01) <= told[~alone].min()
    assert (told[~alone] == before.log_odds[~alone]).all()
    order = np.argsort(before.log_odds[alone], kind="stable")
    assert (np.diff(told[alone][order]) >= 0).all()
    assert len(set(told[alone])) > 1
    assert judged.scores.contributions.sum(axis=1) + judged.scores.base == pytest.approx(told)


def verdicts(
    models: Models, scores: CoordinationScores, rows: list[int], near: dict[int, Companions] | None = None
) -> list[CoordinationVerdict | CoordinationAbstention]:
    return coordination_verdicts(models.coordinated, scores, rows, {"en": near or {}}, top=2)["en"]


def test_a_verdict_names_window_posts_and_companions_in_the_order_asked(models: Models) -> None:
    scores = score_windows(models.coordinated, measured())
    rows = [89, 3, 41, 500]
    found = verdicts(
        models, scores, rows, {3: Companions(None, 2, [], 7), 500: Companions(None, None, [], 1)}
    )
    for row, verdict in zip(rows[:3], found, strict=False):
        assert isinstance(verdict, CoordinationVerdict)
        own = world()[1].filter(pl.col("row") == row)
        assert verdict.window is not None
        assert verdict.window.start <= own["created_at"].min() <= own["created_at"].max() < verdict.window.end  # type: ignore[operator]  # times
        assert verdict.window.accounts == measured()[0].matrix.table.height
        assert verdict.posts == own.height
        assert len(verdict.reasons) == 2
    assert (found[1].group, found[1].partners_left_out, found[0].group) == (2, 7, None)
    last = found[3]
    assert isinstance(last, CoordinationAbstention)
    assert (last.code, last.partners_left_out) == ("too_few_posts_in_window", 1)


def test_where_no_window_was_compared_the_code_says_so(models: Models) -> None:
    (verdict,) = verdicts(models, CoordinationScores(()), [0])
    assert isinstance(verdict, CoordinationAbstention)
    assert verdict.code == "no_comparison_accounts"
    assert "20 accounts" in verdict.why
    assert np.isnan(CoordinationScores(()).log_odds([0])).all()


def test_an_account_with_too_few_posts_in_the_window_is_abstained_on(models: Models) -> None:
    accounts, posts = world()
    row = 5
    one = posts.filter((pl.col("row") != row) | (pl.int_range(pl.len()).over("row") == 0))
    scores = score_windows(models.coordinated, windows.compute(accounts, one, Limits()).windows)
    (verdict,) = verdicts(models, scores, [row])
    assert isinstance(verdict, CoordinationAbstention)
    assert verdict.code == "too_few_posts_in_window"
    assert not [one for judged in scores.windows for one in judged.bands if one == ABSTAINED]


def test_who_looks_in_more_windows_needs_more(models: Models) -> None:
    """Three days thrice: the evidence of one window, less the logarithm of three."""
    accounts, posts = world()
    thrice = pl.concat(
        [
            posts.with_columns(
                pl.col("created_at") + timedelta(days=3 * turn), pl.col("target_created_at") + timedelta(days=3 * turn),
                post_id=pl.format("{}-{}", "post_id", pl.lit(turn)),
                target_post_id=pl.format("{}-{}", "target_post_id", pl.lit(turn)),
            )
            for turn in range(3)
        ]
    )  # fmt: skip
    rows = accounts["row"].to_list()
    once = score_windows(models.coordinated, measured()).log_odds(rows)
    again = windows.compute(accounts, thrice, Limits()).windows
    assert len(again) >= 3
    more = score_windows(models.coordinated, again).log_odds(rows)
    both = ~np.isnan(once) & ~np.isnan(more)
    assert both.sum() > 40
    assert (more[both] < once[both]).mean() > 0.9


def test_an_account_is_judged_in_the_window_in_which_it_looks_most_coordinated(models: Models) -> None:
    accounts, posts = world()
    # The people of the first days post again, without the thirty who act together.
    later = posts.filter(pl.col("row") < 60).with_columns(
        pl.col("created_at") + timedelta(days=3), post_id=pl.format("later-{}", "post_id")
    )
    found = windows.compute(accounts, pl.concat([posts, later]), Limits()).windows
    scores = score_windows(models.coordinated, found)
    judged = [row for each in scores.windows for row in each.matrix.table["row"]]
    assert len(judged) == len(set(judged))
    alone = [score_window(models.coordinated, one) for one in found]
    assert len(scores.windows) == len(found) > 1
    for each in scores.windows:
        for row, log_odds in zip(each.matrix.table["row"], each.scores.log_odds, strict=True):
            by_window = [
                float(one.log_odds[window.matrix.table["row"].to_list().index(row)])
                for one, window in zip(alone, found, strict=True)
                if row in window.matrix.table["row"]
            ]
            in_those = [value for value in by_window if not np.isnan(value)]
            assert log_odds == pytest.approx(max(in_those) - np.log(len(in_those)))


def test_scores_of_a_window_are_those_of_the_trees_but_for_groups_and_what_is_common(models: Models) -> None:
    (window,) = measured()
    bare, made = score(models.coordinated, window.matrix), score_window(models.coordinated, window)
    assert made.status.tolist() == bare.status.tolist()
    # What the trees give to the joint standing is shared out over what it joins.
    assert (made.contributions[:, :-1].sum(axis=1) <= bare.contributions.sum(axis=1) + 1e-12).all()
    assert datetime.fromtimestamp(window.start, UTC) < datetime.fromtimestamp(window.end, UTC)


MEMBERS = (3, 41, 500)


def shown(
    rarity: float, post_ids: tuple[str, ...] = (), kind: Kind = "campaign", *, strong: bool = True
) -> AccountEvidence:
    moment = datetime(2024, 5, 16, tzinfo=UTC)
    return AccountEvidence(kind, strong, "contents", rarity, 40, 3, "@anna", "", moment, moment, post_ids)


def in_campaign(rarity: float, kind: Kind = "campaign") -> CollectionEvidence:
    """Return that two accounts of the world and one that no window judges are in a campaign."""
    posts = {row: (f"post-{row}",) for row in MEMBERS}
    for row in (3, 41):
        own = world()[1].filter(pl.col("row") == row).sort("created_at")["post_id"]
        posts[row] = tuple(own.to_list()[-2:])
    return CollectionEvidence({row: shown(rarity, posts[row], kind) for row in MEMBERS}, {500: 3})


def test_members_of_a_campaign_are_raised_by_its_proof_at_least_and_others_stay(models: Models) -> None:
    before = score_windows(models.coordinated, measured()).log_odds([3, 41, 89])
    after = score_windows(models.coordinated, measured(), in_campaign(4.0)).log_odds([3, 41, 89])
    proof = log_bayes_factor(np.array([4.0]))[0]
    assert after[2] == before[2]
    # Looking at one window costs nothing.
    assert (after[:2] >= proof - 1e-9).all()
    # The group of account 3 proves as much already; account 41 is in none.
    assert after[0] >= before[0]
    assert after[1] > before[1]


def test_a_campaign_adds_only_what_its_groups_have_not_proven(models: Models) -> None:
    grouped = measured()[0].matrix.table.filter(pl.col(FEATURE) >= 6)["row"].to_list()
    assert grouped
    evidence = CollectionEvidence({row: shown(4.0) for row in grouped}, {})
    before = score_windows(models.coordinated, measured()).log_odds(grouped)
    after = score_windows(models.coordinated, measured(), evidence).log_odds(grouped)
    assert after == pytest.approx(np.maximum(before, log_bayes_factor(np.array([4.0]))[0]))


@pytest.mark.parametrize("kind", ["campaign", "group"])
def test_a_member_says_so_first_with_the_posts_that_show_it(models: Models, kind: Kind) -> None:
    evidence = in_campaign(6.0, kind)
    scores = score_windows(models.coordinated, measured(), evidence)
    near = {row: Companions(0, None, [], 0) for row in MEMBERS}
    for row, verdict in zip(MEMBERS, verdicts(models, scores, list(MEMBERS), near), strict=True):
        assert isinstance(verdict, CoordinationVerdict)
        assert (verdict.campaign, verdict.band, verdict.basis) == (0, "high", kind)
        first = verdict.reasons[0]
        assert tuple(first.post_ids) == evidence.accounts[row].post_ids
        assert "40" in first.sentence
        assert "16 May 2024" in first.sentence
        assert [each.feature for each in verdict.reasons].count(first.feature) == 1


def test_evidence_that_chance_explains_is_no_reason(models: Models) -> None:
    evidence = in_campaign(0.0, "group")
    scores = score_windows(models.coordinated, measured(), evidence)
    for verdict in verdicts(models, scores, list(MEMBERS)):
        assert isinstance(verdict, CoordinationVerdict)
        assert not any(tuple(each.post_ids) == ("post-500",) for each in verdict.reasons)
        assert not any("@anna" in each.sentence for each in verdict.reasons)


def test_what_explains_such_evidence_is_told_with_the_first_reason(models: Models) -> None:
    plain = in_campaign(0.0, "group")
    fans = CollectionEvidence(
        {
            row: replace(one, explanation="fan_club", strong=False, partner="@bob")
            for row, one in plain.accounts.items()
        },
        plain.posts_read,
    )
    rows = [3, 41]
    before, after = (
        verdicts(models, score_windows(models.coordinated, measured(), each), rows) for each in (plain, fans)
    )
    raised = 0
    for one, other in zip(before, after, strict=True):
        assert isinstance(one, CoordinationVerdict)
        assert isinstance(other, CoordinationVerdict)
        assert [each.feature for each in one.reasons] == [each.feature for each in other.reasons]
        if one.reasons and one.reasons[0].contribution > 0:
            raised += 1
            assert other.reasons[0].sentence.startswith(f"{one.reasons[0].sentence} The account belongs")
            assert "@bob" in other.reasons[0].sentence
            assert "Fans" in other.reasons[0].sentence
        assert one.reasons[1:] == other.reasons[1:]
    assert raised


def test_what_cannot_be_shown_is_never_high_and_a_partner_can(models: Models) -> None:
    rows = world()[0]["row"].to_list()
    alone = score_windows(models.coordinated, measured())
    (window,) = alone.windows
    suspects = [
        row for row, band in zip(window.matrix.table["row"], window.bands, strict=True) if band == "high"
    ]
    assert suspects
    nothing = score_windows(models.coordinated, measured(), CollectionEvidence({}, {}))
    assert not any(
        each.band == "high"
        for each in verdicts(models, nothing, rows)
        if isinstance(each, CoordinationVerdict)
    )
    partner = CollectionEvidence({suspects[0]: shown(3.0, ("a",), "partner")}, {})
    (verdict,) = verdicts(models, score_windows(models.coordinated, measured(), partner), suspects[:1])
    assert isinstance(verdict, CoordinationVerdict)
    assert (verdict.band, verdict.basis) == ("high", "partner")


def test_a_campaign_that_only_its_contents_join_is_elevated_at_most(models: Models) -> None:
    evidence = CollectionEvidence({row: shown(6.0, ("a",), strong=False) for row in MEMBERS}, {500: 3})
    scores = score_windows(models.coordinated, measured(), evidence)
    bands = [
        one.band for one in verdicts(models, scores, list(MEMBERS)) if isinstance(one, CoordinationVerdict)
    ]
    assert bands == ["elevated"] * len(MEMBERS)


def test_a_partner_alone_decides_nothing_outside_a_window(models: Models) -> None:
    evidence = CollectionEvidence({500: shown(6.0, ("a",), "partner")}, {500: 3})
    (verdict,) = verdicts(models, score_windows(models.coordinated, measured(), evidence), [500])
    assert isinstance(verdict, CoordinationAbstention)


def test_who_is_not_judged_is_told_what_it_published_of_a_campaign(models: Models) -> None:
    near = replace(in_campaign(6.0), beside={501: SharedContents(1, 236)})
    scores = score_windows(models.coordinated, measured(), near)
    plain, told = verdicts(models, scores, [502, 501])
    assert isinstance(plain, CoordinationAbstention)
    assert isinstance(told, CoordinationAbstention)
    assert told.why == f"{plain.why} The account published 1 of the contents of a campaign of 236 accounts."


def test_a_member_that_no_window_judges_is_judged_by_its_campaign_alone(models: Models) -> None:
    scores = score_windows(models.coordinated, measured(), in_campaign(2.0))
    (verdict,) = verdicts(models, scores, [500])
    assert isinstance(verdict, CoordinationVerdict)
    assert verdict.window is None
    assert verdict.posts == 3
    assert verdict.interval[0] == verdict.assumed_prevalence < verdict.probability == verdict.interval[1]
    assert scores.log_odds([500])[0] == pytest.approx(log_bayes_factor(np.array([2.0]))[0])


def test_the_first_reason_states_what_the_evidence_adds_however_few_are_asked(models: Models) -> None:
    scores = score_windows(models.coordinated, measured(), in_campaign(6.0))
    (judged,) = scores.windows
    place = judged.matrix.table["row"].to_list().index(41)
    adds = judged.scores.contributions[place, judged.scores.features.index(CAMPAIGN)]
    assert adds > 0
    for top in (1, 3):
        (verdict,) = coordination_verdicts(models.coordinated, scores, [41], {"en": {}}, top=top)["en"]
        assert isinstance(verdict, CoordinationVerdict)
        assert verdict.reasons[0].contribution == pytest.approx(adds)
        assert len(verdict.reasons) == top
