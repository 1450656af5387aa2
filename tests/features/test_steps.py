"""A step that was done is not done again by the next run, and counts as it did; elsewhere nothing of this is felt."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from vigie.features import on_disk, steps

TABLE = pl.DataFrame(
    {"name": ["a", None, "ß"], "held": [[1, 2], [], None], "p": [0.1, None, float("nan")], "at": [1, 2, 3]},
    schema={"name": pl.String, "held": pl.List(pl.Int64), "p": pl.Float64, "at": pl.Int64},
).with_columns(pl.from_epoch("at").dt.replace_time_zone("UTC"))
SHARES = {"texts": 10, "groups": 5}


class Made:
    """Makes a table, and counts how often; fails where it is told to."""

    def __init__(self, *, fails: bool = False) -> None:
        self.times, self.fails = 0, fails

    def __call__(self) -> pl.DataFrame:
        self.times += 1
        if self.fails:
            raise RuntimeError
        return TABLE


@pytest.fixture(autouse=True)
def _every_step_is_worth_keeping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "LEAST_S", 0.0)


def test_what_a_run_made_the_next_one_takes(tmp_path: Path) -> None:
    made = Made()
    told: list[int] = []
    for _ in range(2):
        with steps.within(tmp_path, SHARES, told.append):
            for part in range(3):
                assert steps.kept("texts", made, part, 3).equals(TABLE, null_equal=True)
        assert steps.done(tmp_path) == 10
    assert made.times == 3
    assert told == [3, 3, 4]


def test_a_step_may_make_several_tables_with_no_rows_among_them(tmp_path: Path) -> None:
    for _ in range(2):
        with steps.within(tmp_path, {}, lambda _: None):
            first, second = steps.kept_tables("groups", lambda: (TABLE, TABLE.clear()))
        assert first.equals(TABLE)
        assert second.schema == TABLE.schema
        assert second.is_empty()


def test_a_table_is_read_the_same_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_disk, "find_spec", lambda _: None)
    with steps.within(tmp_path, {}, lambda _: None):
        assert steps.kept("groups", Made()).equals(TABLE)


def test_a_step_that_fails_leaves_nothing_and_runs_again(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), steps.within(tmp_path, SHARES, lambda _: None):
        steps.kept("groups", Made(fails=True))
    assert not list(tmp_path.iterdir())
    (tmp_path / "draft").mkdir()
    (tmp_path / "draft" / "1.arrow").write_bytes(b"what a kill left")
    made = Made()
    with steps.within(tmp_path, SHARES, lambda _: None):
        assert steps.kept("groups", made).equals(TABLE)
    assert made.times == 1
    assert [file.name for file in tmp_path.rglob("*.arrow")] == ["0.arrow"]


def test_two_steps_of_one_name_are_a_mistake(tmp_path: Path) -> None:
    with steps.within(tmp_path, SHARES, lambda _: None):
        steps.kept("groups", Made())
        with pytest.raises(ValueError, match="two steps called groups"):
            steps.kept("groups", Made())


def test_what_is_made_at_once_is_not_kept_and_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "LEAST_S", 60.0)
    told: list[int] = []
    with steps.within(tmp_path, SHARES, told.append):
        assert steps.kept("groups", Made()).equals(TABLE)
        steps.passed("texts", 0, 4)
        steps.passed("unnamed")
    assert told == [5, 2, 0]
    assert not list(tmp_path.iterdir())
    assert steps.done(tmp_path) == 0


def test_where_nobody_named_a_folder_steps_run_as_they_are() -> None:
    made = Made()
    assert steps.kept("groups", made) is TABLE
    assert steps.kept("groups", made) is TABLE
    steps.passed("groups")
    assert made.times == 2
