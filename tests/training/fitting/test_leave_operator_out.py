"""What a model says of accounts, operators and publics that it did not see: that it did not see them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import polars as pl
import pytest

from vigie.features.window.windows import WINDOW_FEATURES
from vigie.training import config
from vigie.training.fitting import leave_operator_out
from vigie.training.fitting.booster import Table, fit
from vigie.training.fitting.leave_operator_out import (
    ACCOUNTS,
    FOLDS,
    OPERATOR,
    PUBLIC,
    Floats,
    Ints,
    Predict,
    Strings,
)

SETTINGS = config.parse(
    {
        "target": "coordinated",
        "size": {"leaves": [4], "trees": [10]},
        "booster": {"min_data_in_leaf": 5, "learning_rate": 0.3, "lambda_l2": 0.1, "feature_fraction": 1.0},
        "parts": {"pool": {"floor": 0.3}},
    }
)
# Every operator is hidden among both publics.
OPERATORS = ("a", "b", "c")
PUBLICS = ("town", "village")
AS_IT_STANDS = leave_operator_out.TunedConfig(SETTINGS, {}, pl.DataFrame())


def table(seed: int = 1, accounts: int = 60) -> Table:
    """Return rows of accounts in the windows of three operators; the first feature tells, the others are noise."""
    chance = np.random.default_rng(seed)
    rows = accounts * len(OPERATORS)
    y = np.tile(np.arange(accounts) % 3 == 0, len(OPERATORS))
    x = chance.normal(size=(rows, 3)) + np.outer(y, [2, 0, 0])
    x[chance.random(x.shape) < 0.1] = np.nan
    return Table(
        features=WINDOW_FEATURES[:3],
        x=x,
        y=y,
        row=np.tile(np.arange(accounts, dtype=np.uint32), len(OPERATORS)),
        source=np.repeat(np.array(OPERATORS), accounts),
        full=np.ones(rows, np.bool_),
        weight=np.ones(rows),
    )


def folds_of(rows: Table) -> Ints:
    return leave_operator_out.folds([str(row) for row in rows.row])


def publics_of(rows: Table) -> Strings:
    """Return the public of each row: half of the windows of each operator stand among either."""
    return np.where(np.arange(len(rows.y)) % 2 == 0, *PUBLICS)


def held_out(rows: Table, make: Callable[[Table], Predict]) -> dict[str, Floats]:
    return leave_operator_out.margins(rows, folds_of(rows), publics_of(rows), make, lambda: None)


@dataclass
class Recorder:
    """A model that learns nothing: it notes what it was shown, and scores with the number of its fit."""

    shown: list[Table] = field(default_factory=list)

    def __call__(self, table: Table) -> Predict:
        self.shown.append(table)
        number = float(len(self.shown) - 1)
        return lambda x: np.full(len(x), number)


class TestFolds:
    def test_an_account_is_in_one_fold_whoever_else_is_there(self) -> None:
        names = [f"account-{number}" for number in range(200)]
        whole = leave_operator_out.folds(names)
        assert leave_operator_out.folds([*names, *names]).tolist() == [*whole, *whole]
        assert leave_operator_out.folds(names[::-1]).tolist() == whole[::-1].tolist()
        assert leave_operator_out.folds(names[50:60]).tolist() == whole[50:60].tolist()

    def test_folds_are_of_about_a_fifth_each(self) -> None:
        sizes = Counter(leave_operator_out.folds([str(number) for number in range(5_000)]).tolist())
        assert sorted(sizes) == list(range(FOLDS))
        assert max(sizes.values()) - min(sizes.values()) < 200


class TestMargins:
    @pytest.fixture
    def recorded(self) -> tuple[Table, Recorder, dict[str, Floats], list[int]]:
        rows, make, ticks = table(), Recorder(), list[int]()
        found = leave_operator_out.margins(
            rows, folds_of(rows), publics_of(rows), make, lambda: ticks.append(1)
        )
        return rows, make, found, ticks

    def test_accounts_and_operators_are_scored_by_models_that_never_saw_the_account(
        self, recorded: tuple[Table, Recorder, dict[str, Floats], list[int]]
    ) -> None:
        rows, make, found, _ = recorded
        assert set(found) == {ACCOUNTS, OPERATOR, PUBLIC}
        for scheme in (ACCOUNTS, OPERATOR):
            for row, number in zip(rows.row, found[scheme], strict=True):
                assert row not in make.shown[int(number)].row

    def test_with_the_operator_unseen_its_windows_are_not_shown_and_all_others_are(
        self, recorded: tuple[Table, Recorder, dict[str, Floats], list[int]]
    ) -> None:
        rows, make, found, _ = recorded
        fold = folds_of(rows)
        for source, number, mine in zip(rows.source, found[OPERATOR], fold, strict=True):
            shown = make.shown[int(number)]
            assert set(shown.source) == set(OPERATORS) - {source}
            assert len(shown.y) == ((fold != mine) & (rows.source != source)).sum()

    def test_with_the_accounts_unseen_all_operators_are_shown(
        self, recorded: tuple[Table, Recorder, dict[str, Floats], list[int]]
    ) -> None:
        rows, make, found, _ = recorded
        fold = folds_of(rows)
        for number, mine in zip(found[ACCOUNTS], fold, strict=True):
            assert len(make.shown[int(number)].y) == (fold != mine).sum()
            assert set(make.shown[int(number)].source) == set(OPERATORS)

    def test_each_fit_is_told(self, recorded: tuple[Table, Recorder, dict[str, Floats], list[int]]) -> None:
        rows, make, _, ticks = recorded
        assert len(ticks) == len(make.shown) == FOLDS * (1 + len(OPERATORS)) + len(PUBLICS)
        assert len(ticks) == leave_operator_out.fits(rows, publics_of(rows))

    def test_a_public_that_is_held_out_is_never_learnt_from_and_all_else_is(
        self, recorded: tuple[Table, Recorder, dict[str, Floats], list[int]]
    ) -> None:
        rows, make, found, _ = recorded
        public = publics_of(rows)
        # Rows are told apart by their first feature, which no two share.
        public_of = dict(zip(np.nan_to_num(rows.x[:, 0], nan=np.inf).tolist(), public, strict=True))
        for name in PUBLICS:
            (number,) = set(found[PUBLIC][public == name])
            shown = make.shown[int(number)]
            seen = np.nan_to_num(shown.x[:, 0], nan=np.inf)
            assert {public_of[value] for value in seen[np.isfinite(seen)].tolist()} == {*PUBLICS} - {name}
            assert len(shown.y) == (public != name).sum()
            assert set(shown.source) == set(OPERATORS)

    def test_a_fold_without_rows_of_an_operator_is_no_fault(self) -> None:
        rows = table(accounts=3)
        found = held_out(rows, leave_operator_out.boosted(AS_IT_STANDS, served=True))
        assert all(np.isfinite(margin).all() for margin in found.values())


class TestModels:
    def test_what_tells_is_learnt_and_carries_over_to_the_unseen(self) -> None:
        rows = table()
        for make in (leave_operator_out.boosted(AS_IT_STANDS, served=True), leave_operator_out.logistic):
            for margin in held_out(rows, make).values():
                assert margin[rows.y].mean() > margin[~rows.y].mean() + 0.5

    def test_a_missing_feature_never_adds(self) -> None:
        rows = table()
        score = leave_operator_out.boosted(AS_IT_STANDS, served=True)(rows)
        missing = np.full((1, 3), np.nan)
        booster = fit(rows, SETTINGS, 4, 10)
        raw = booster.predict(missing, pred_contrib=True)
        assert score(missing) == pytest.approx(raw[0, -1] + np.minimum(raw[0, :-1], 0).sum())

    def test_a_regression_reads_a_feature_that_is_never_known_as_nothing(self) -> None:
        rows = table()
        rows.x[:, 2] = np.nan
        score = leave_operator_out.logistic(rows)
        turned = rows.x.copy()
        turned[:, 2] = 5.0
        assert np.isfinite(score(rows.x)).all()
        assert score(turned) == pytest.approx(score(rows.x))

    def test_the_same_rows_give_the_same_models_and_members_miss_their_operator(self) -> None:
        rows = table()
        one, two = (
            leave_operator_out.fit_held_out(
                rows, folds_of(rows), publics_of(rows), AS_IT_STANDS, lambda: None
            )
            for _ in range(2)
        )
        assert one.booster.model_to_string() == two.booster.model_to_string()
        assert sorted(one.excluding) == list(OPERATORS)
        again = fit(rows.where(rows.source != "b"), SETTINGS, 4, 10)
        assert one.excluding["b"].model_to_string() == again.model_to_string()
        for scheme in leave_operator_out.SCHEMES:
            assert one.margin[scheme].tolist() == two.margin[scheme].tolist()
