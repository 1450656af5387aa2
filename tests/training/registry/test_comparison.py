"""Two judged tables are compared on their common rows, paired, with campaigns resampled whole."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn import metrics as oracle

from vigie.errors import ComparisonError, MissingColumnError
from vigie.models.metrics import cluster_draws
from vigie.training import config
from vigie.training.registry.comparison import Candidate, Comparison, compare

HIGH = 1.0


def held_out(
    source: str = "a", *, seed: int = 0, accounts: int = 200, scheme: str = "unseen source"
) -> pl.DataFrame:
    """Return a table of accounts, a quarter positive in five campaigns, ranked with some skill."""
    generator = np.random.default_rng(seed)
    truth = np.arange(accounts) % 4 == 0
    return pl.DataFrame(
        {
            "scheme": scheme, "source": source, "scenario": pl.Series([None] * accounts, dtype=pl.String),
            "platform": "x", "account_id": [f"{source}-{number}" for number in range(accounts)], "y": truth,
            "kind": pl.Series(["troll" if value else None for value in truth], dtype=pl.String),
            "campaign": [f"c{number % 5}" if value else None for number, value in enumerate(truth)],
            "strength": "weak", "log_odds": truth * 1.5 + generator.normal(size=accounts),
        }
    )  # fmt: skip


def better(table: pl.DataFrame, by: float = 2.0) -> pl.DataFrame:
    return table.with_columns(log_odds=pl.col("log_odds") + by * pl.col("y"))


def run(challenger: pl.DataFrame, champion: pl.DataFrame, draws: int = 100) -> Comparison:
    return compare(
        Candidate(challenger, HIGH),
        Candidate(champion, HIGH),
        config.parse({"parts": {}, "bootstrap_draws": draws, "seed": 1}),
    )


def test_figures_are_those_of_scikit_learn_on_the_common_rows() -> None:
    champion = held_out()
    challenger = better(champion).slice(20, 150)
    found = run(challenger, champion)
    assert found.rows == {"challenger": 150, "champion": 200, "common": 150}
    both = champion.slice(20, 150)
    row = found.sources.filter(figure="auc").row(0, named=True)
    assert row["challenger"] == pytest.approx(oracle.roc_auc_score(challenger["y"], challenger["log_odds"]))
    assert row["champion"] == pytest.approx(oracle.roc_auc_score(both["y"], both["log_odds"]))
    row = found.sources.filter(figure="average_precision").row(0, named=True)
    assert row["champion"] == pytest.approx(oracle.average_precision_score(both["y"], both["log_odds"]))


def test_a_model_against_itself_gains_nothing_and_the_interval_has_no_width() -> None:
    found = run(held_out(), held_out())
    for name in ("gain.auc", "gain.average_precision", "gain.recall_at_1", "false_positives"):
        figure = found.metrics[f"champion.{name}"]
        assert (figure.value, figure.low, figure.high) == (0, 0, 0)


def test_paired_draws_see_a_small_gain_that_the_two_intervals_hide() -> None:
    champion = held_out(accounts=400)
    found = run(better(champion, by=0.3), champion, draws=300)
    row = found.means.filter(figure="auc").row(0, named=True)
    assert row["challenger_low"] < row["champion_high"]
    assert row["gain_low"] > 0


def test_the_mean_is_over_sources_and_each_source_has_its_own_figure() -> None:
    champion = pl.concat([held_out("a", seed=1), held_out("b", seed=2, accounts=80)])
    challenger = pl.concat([better(held_out("a", seed=1)), held_out("b", seed=2, accounts=80)])
    found = run(challenger, champion)
    gains = {name: found.metrics[f"champion.gain.auc{name}"].value for name in ("", ".a", ".b")}
    assert gains[".b"] == 0
    assert gains[""] == pytest.approx(gains[".a"] / 2)


def test_the_order_of_rows_changes_nothing() -> None:
    champion, challenger = held_out(), better(held_out())
    mixed = challenger.sample(fraction=1.0, shuffle=True, seed=3)
    assert run(mixed, champion).metrics == run(challenger, champion.reverse()).metrics


def test_labels_that_differ_are_reported_and_left_out() -> None:
    champion = held_out()
    other = champion.with_columns(y=pl.when(pl.int_range(pl.len()) < 7).then(~pl.col("y")).otherwise("y"))
    found = run(other, champion)
    assert found.disagreeing.rows() == [("a", 7)]
    assert found.rows["common"] == 193


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_abstentions_rank_last(missing: float | None) -> None:
    champion = held_out()
    silent = champion.with_columns(log_odds=pl.when("y").then(pl.lit(missing)).otherwise("log_odds"))
    row = run(silent, champion).means.filter(figure="auc").row(0, named=True)
    assert row["challenger"] == 0.0


def test_false_positives_are_counted_at_the_band_of_each_model() -> None:
    table = held_out()
    strict, loose = Candidate(table, 2.0), Candidate(table, 0.0)
    found = compare(loose, strict, config.parse({"parts": {}, "bootstrap_draws": 50}))
    ordinary = table.filter(~pl.col("y"))["log_odds"]
    expected = (ordinary >= 0).mean() - (ordinary >= 2).mean()  # type: ignore[operator]
    assert found.metrics["champion.false_positives"].value == pytest.approx(expected)


def test_a_model_that_is_held_against_known_accounts_flags_whom_its_answers_flag() -> None:
    index = {"known_accounts": {}, "bands": {"low": 0.0, "high": 0.5}, "assumed_prevalence": 0.1}
    known = index | {"known_accounts": {"level": 0.01}}
    assert Candidate.of(held_out(), index).high is not None
    ours, theirs = (
        Candidate.of(held_out().with_columns(flagged=~pl.col("y") & (pl.int_range(pl.len()) < most)), known)
        for most in (20, 4)
    )
    found = compare(ours, theirs, config.parse({"parts": {}, "bootstrap_draws": 50}))
    assert found.metrics["champion.false_positives"].value == pytest.approx(12 / 150)
    with pytest.raises(MissingColumnError, match="lacks flagged"):
        compare(Candidate.of(held_out(), known), theirs, config.parse({"parts": {}}))


def test_of_whom_nothing_can_be_shown_nobody_is_flagged() -> None:
    table = held_out()
    alone = table.with_columns(flaggable=pl.lit(False))
    row = run(alone, table).means.filter(figure="false_positives").row(0, named=True)
    assert row["challenger"] == 0
    assert row["champion"] > 0


def test_the_band_high_is_read_off_the_bundle_as_log_odds_at_equal_classes() -> None:
    index = {"bands": {"low": 0.0, "high": 0.5}, "assumed_prevalence": 0.1}
    assert Candidate.of(held_out(), index).high == pytest.approx(np.log(9))


def test_too_few_common_rows_say_how_many_each_has_and_what_to_do() -> None:
    with pytest.raises(ComparisonError) as raised:
        run(held_out("a"), held_out("b", accounts=120))
    said = str(raised.value)
    assert "200 rows and the champion on 120; both on 0" in said
    assert "Train the champion's configuration on the challenger's data" in said


def test_a_source_with_few_of_a_class_has_no_ranking_but_its_false_positives_count() -> None:
    calm = held_out("calm", seed=5).filter(~pl.col("y"))
    table = pl.concat([held_out("a"), calm])
    found = run(table, table)
    assert found.sources.filter(figure="auc")["source"].to_list() == ["a"]
    assert found.sources.filter(figure="false_positives")["source"].to_list() == ["a", "calm"]


def test_the_hardest_scheme_that_both_were_judged_under_counts() -> None:
    pools = [held_out(scheme=scheme) for scheme in ("accounts unseen", "operator unseen")]
    assert run(pl.concat(pools), pl.concat(pools)).scheme == "operator unseen"
    assert run(pools[0], pl.concat(pools)).scheme == "accounts unseen"
    with pytest.raises(ComparisonError, match="not judged in the same way"):
        run(held_out(), pools[0])


def test_pools_are_matched_by_their_name() -> None:
    table = held_out().with_columns(scenario=pl.lit("p1"))
    both = pl.concat([table, table.with_columns(scenario=pl.lit("p2"))])
    assert run(both, both).rows["common"] == 400
    assert run(both, table).rows["common"] == 200


def test_a_row_given_twice_and_a_missing_column_are_refused() -> None:
    with pytest.raises(ComparisonError, match="of the champion holds 200 rows twice"):
        run(held_out(), pl.concat([held_out(), held_out()]))
    with pytest.raises(MissingColumnError, match="of the challenger lacks campaign, log_odds"):
        run(held_out().drop("campaign", "log_odds"), held_out())


def test_draws_resample_campaigns_whole_and_accounts_inside_them() -> None:
    truth = np.array([True] * 30 + [False] * 30)
    campaign = np.r_[np.repeat([0, 1, 2], 10), np.zeros(30, dtype=np.int64)]
    weights = cluster_draws(truth, np.arange(60), campaign, number=200, seed=4)
    assert (weights[0] == 1).all()
    per_campaign = weights[1:, :30].reshape(200, 3, 10).sum(axis=2)
    assert set(np.unique(per_campaign)) == {0, 10, 20, 30}
    assert (weights[1:, :30].max(axis=1) > 1).all()  # accounts inside are resampled too
    assert (weights[:, 30:].sum(axis=1) == 30).all()


def test_an_account_weighs_alike_in_all_its_pools() -> None:
    truth = np.array([True, False] * 20)
    account = np.tile(np.arange(10), 4)
    weights = cluster_draws(truth, account, np.zeros(40, dtype=np.int64), number=30, seed=4)
    for number in range(10):
        mine = weights[:, account == number]
        assert (mine == mine[:, :1]).all()


def test_intervals_are_wider_when_accounts_come_in_campaigns() -> None:
    generator = np.random.default_rng(2)
    strength = generator.normal(size=6)[np.arange(240) % 6]  # campaigns differ in how well they are caught
    table = held_out(accounts=480).sort("y", descending=True, maintain_order=True)
    positives = table.filter("y").height
    shift = np.r_[2 * strength[:positives], np.zeros(table.height - positives)]
    told = table.with_columns(
        log_odds=pl.col("log_odds") + shift,
        campaign=pl.when("y").then(pl.format("c{}", pl.int_range(pl.len()) % 6)),
    )
    alone = told.with_columns(campaign=pl.when("y").then(pl.lit("one")))
    wide, narrow = (
        run(one, one, draws=400).means.filter(figure="auc").row(0, named=True) for one in (told, alone)
    )
    width = wide["challenger_high"] - wide["challenger_low"]
    assert width > 1.5 * (narrow["challenger_high"] - narrow["challenger_low"])
