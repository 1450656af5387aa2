"""The confirmed false positives grows, keeps who said so, replays models, and is never learnt from."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from vigie.errors import DatasetCorruptError, DatasetError, DatasetNotFoundError, InputError
from vigie.features.ingest import dataset
from vigie.features.pipeline import compute
from vigie.models import bundle
from vigie.models.calibration import probability
from vigie.models.scoring import score
from vigie.training.data import confirmed_false_positives
from vigie.training.data import corpus as data
from vigie.training.data.confirmed_false_positives import FORM, KIND
from vigie.training.synthetic.accounts import generate
from vigie.training.synthetic.campaigns import Campaign
from vigie.training.synthetic.corpus import corpus

Tables = tuple[pl.DataFrame, pl.DataFrame]
NOW = datetime(2024, 6, 1, 9, tzinfo=UTC)
KEYS = ["platform", "account_id"]


def rows(accounts: pl.DataFrame, posts: pl.DataFrame) -> Tables:
    """Return tables of the contract as what reads requests gives them."""
    table = accounts.with_row_index("row")
    return table, posts.join(table.select("row", *KEYS), on=KEYS).drop(KEYS)


@pytest.fixture(scope="module")
def people() -> Tables:
    world = generate(ordinary=6, inauthentic=10, seed=5, posts_per_account=60)
    return rows(world.accounts, world.posts)


def some(tables: Tables, start: int, stop: int) -> Tables:
    accounts, posts = tables
    chosen = accounts.slice(start, stop - start)
    return chosen, posts.join(chosen.select("row"), on="row", how="semi")


def add(folder: Path, tables: Tables, *, target: str = "inauthentic", reason: str = "met them", by: str = "Ann",
        now: datetime = NOW) -> pl.DataFrame:  # fmt: skip
    return confirmed_false_positives.add(folder, *tables, target=target, reason=reason, by=by, now=now)


class TestAdd:
    def test_it_grows_and_keeps_who_said_so_when_and_why(self, people: Tables, tmp_path: Path) -> None:
        add(tmp_path / "r", some(people, 0, 3))
        entries = add(
            tmp_path / "r", some(people, 3, 5), reason=" a newsroom ", by="Bob", now=NOW + timedelta(days=1)
        )
        assert entries["account_id"].to_list() == people[0]["account_id"].head(5).to_list()
        assert entries["reason"].to_list() == ["met them"] * 3 + ["a newsroom"] * 2
        assert entries["by"].to_list() == ["Ann"] * 3 + ["Bob"] * 2
        assert entries["at"].to_list() == [NOW] * 3 + [NOW + timedelta(days=1)] * 2
        assert_frame_equal(entries, confirmed_false_positives.entries(tmp_path / "r"))

    def test_the_people_are_a_dataset_whose_labels_say_no(self, people: Tables, tmp_path: Path) -> None:
        add(tmp_path / "r", some(people, 0, 3))
        add(tmp_path / "r", some(people, 3, 5))
        held = dataset.open(tmp_path / "r" / "people")
        labels = held.labels().collect()
        assert labels["value"].to_list() == [False] * 5
        assert labels["kind"].unique().to_list() == [KIND]
        assert held.accounts().collect().height == 5
        assert held.posts().collect().height == some(people, 0, 5)[1].height
        assert held.manifest["format"] == FORM

    def test_an_account_added_again_is_there_once_as_it_was_observed_last(
        self, people: Tables, tmp_path: Path
    ) -> None:
        accounts, posts = some(people, 0, 1)
        later = accounts.with_columns(
            pl.col("observed_at") + timedelta(days=2), followers_count=pl.lit(9_999)
        )
        add(tmp_path / "r", (accounts, posts.head(5)))
        entries = add(tmp_path / "r", (later, posts.tail(4).head(3)), reason="asked again")
        assert entries["reason"].to_list() == ["asked again"]
        held = dataset.open(tmp_path / "r" / "people")
        assert held.accounts().collect()["followers_count"].to_list() == [9_999]
        assert held.posts().collect().height == 8

    def test_it_may_be_no_case_of_either_target(self, people: Tables, tmp_path: Path) -> None:
        add(tmp_path / "r", some(people, 0, 1))
        entries = add(tmp_path / "r", some(people, 0, 1), target="coordinated")
        assert entries["target"].to_list() == ["inauthentic", "coordinated"]

    @pytest.mark.parametrize("bad", [{"by": " "}, {"reason": ""}])
    def test_without_a_name_or_a_reason_nothing_is_added(
        self, people: Tables, tmp_path: Path, bad: dict[str, str]
    ) -> None:
        with pytest.raises(InputError, match="who confirmed"):
            add(tmp_path / "r", some(people, 0, 1), **bad)  # type: ignore[arg-type]  # both are texts
        assert not (tmp_path / "r").exists()

    def test_an_unknown_target_is_refused_with_the_nearest(self, people: Tables, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="Did you mean inauthentic"):
            add(tmp_path / "r", some(people, 0, 1), target="inauthentik")

    def test_a_folder_of_other_things_is_left_alone(self, people: Tables, tmp_path: Path) -> None:
        (tmp_path / "note.txt").write_text("mine")
        with pytest.raises(DatasetError, match="is no folder of confirmed false positives"):
            add(tmp_path, some(people, 0, 1))
        assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]

    def test_an_addition_cut_short_before_its_confirmation_is_no_entry_and_can_be_made_again(
        self, people: Tables, tmp_path: Path
    ) -> None:
        add(tmp_path / "r", some(people, 0, 2))
        (tmp_path / "r" / "confirmations.parquet").unlink()
        assert add(tmp_path / "r", some(people, 0, 1)).height == 1


class TestEntries:
    def test_no_registry_says_how_to_make_one(self, tmp_path: Path) -> None:
        with pytest.raises(DatasetNotFoundError, match="vigie registry add"):
            confirmed_false_positives.entries(tmp_path)

    def test_damage_is_told(self, people: Tables, tmp_path: Path) -> None:
        add(tmp_path / "r", some(people, 0, 1))
        (tmp_path / "r" / "confirmations.parquet").write_bytes(b"PAR1 no more")
        with pytest.raises(DatasetCorruptError, match="was changed or cut short"):
            confirmed_false_positives.entries(tmp_path / "r")


class TestTraining:
    def test_a_registry_is_no_dataset_to_train_on(self, people: Tables, tmp_path: Path) -> None:
        add(tmp_path / "r", people)
        with pytest.raises(DatasetNotFoundError):
            data.read([tmp_path / "r"], "inauthentic", [])

    def test_its_people_are_left_out_wherever_they_stand(self, people: Tables, tmp_path: Path) -> None:
        add(tmp_path / "r", some(people, 2, 4))
        left = confirmed_false_positives.without_registered(people[0], tmp_path / "r")
        assert left["row"].to_list() == [row for row in people[0]["row"] if row not in (2, 3)]


class TestReplay:
    def test_it_flags_exactly_whom_the_model_scores_high(self, people: Tables, tmp_path: Path) -> None:
        model = bundle.load()
        stated = probability(score(model, compute(*people)).log_odds, model.index["assumed_prevalence"])
        middle = float(np.nanmedian(stated))
        strict = replace(model, index=model.index | {"bands": {"low": 0.0, "high": middle}}, known=None)
        add(tmp_path / "r", people)
        found = confirmed_false_positives.replay(strict, tmp_path / "r")
        high = np.nan_to_num(stated) >= middle
        assert found["flagged"].to_list() == high.tolist()
        assert 0 < high.sum() < len(high)
        told = found["probability"].fill_null(float("nan")).to_numpy()
        assert told == pytest.approx(stated, nan_ok=True)
        metrics = confirmed_false_positives.metrics(found)
        assert metrics["registry.accounts"].value == 16
        assert metrics["registry.flagged"].value == high.sum()

    def test_bands_of_known_accounts_go_before_those_of_probabilities(
        self, people: Tables, tmp_path: Path
    ) -> None:
        model = bundle.load()
        assert model.known is not None
        add(tmp_path / "r", people)
        for levels, flagged in (({"elevated": 0.999, "high": 0.998}, True), ({"high": 1e-9}, False)):
            held = replace(model, known=replace(model.known, level=0.5, bands=levels))
            found = confirmed_false_positives.replay(held, tmp_path / "r")
            assert found["flagged"].any() == flagged

    def test_whom_it_abstains_on_is_not_flagged(self, people: Tables, tmp_path: Path) -> None:
        accounts, _ = some(people, 0, 1)
        unknown = accounts.with_columns(
            pl.lit(None, accounts.schema[name]).alias(name)
            for name in accounts.columns
            if name.endswith("_count") or name == "created_at"
        )
        add(tmp_path / "r", (unknown, people[1].clear()))
        found = confirmed_false_positives.replay(bundle.load(), tmp_path / "r").row(0, named=True)
        assert (found["status"], found["probability"], found["flagged"]) == ("abstained", None, False)

    def test_entries_of_another_target_are_not_replayed(self, people: Tables, tmp_path: Path) -> None:
        add(tmp_path / "r", some(people, 0, 2), target="coordinated")
        found = confirmed_false_positives.replay(bundle.load(), tmp_path / "r")
        assert found.is_empty()
        assert confirmed_false_positives.metrics(found)["registry.flagged"].value == 0

    def test_coordination_is_judged_among_those_added_together(self, tmp_path: Path) -> None:
        made = corpus(
            organic=30, days=3, seed=2, campaigns=[Campaign("mutual_repost", accounts=16, start_day=0)]
        )
        flagged = made.labels.filter("value").select(KEYS)
        model = bundle.load(target="coordinated")
        add(tmp_path / "whole", rows(made.accounts, made.posts), target="coordinated")
        found = confirmed_false_positives.replay(model, tmp_path / "whole")
        assert found.filter("flagged").join(flagged, on=KEYS, how="anti").is_empty()
        assert found["flagged"].sum() >= 6

        accounts, posts = rows(made.accounts, made.posts)
        for start in range(0, accounts.height, 6):
            add(tmp_path / "apart", some((accounts, posts), start, start + 6), target="coordinated")
        apart = confirmed_false_positives.replay(model, tmp_path / "apart")
        assert set(apart["status"]) == {"abstained"}
