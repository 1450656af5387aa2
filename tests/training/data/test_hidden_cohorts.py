"""Windows that hide known campaigns among other people: who is in them, when, and that the placebo never met."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from vigie.errors import ConfigError, DatasetError, LabelError
from vigie.features import schema
from vigie.training.data import windows
from vigie.training.data.hidden_cohorts import DAY, LEAST_POSTS, Plan, hide
from vigie.training.synthetic.accounts import World

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Windows of three days begin on these days since 1970.
ALPHA, BETA, TOWN, VILLAGE = 15_000, 15_300, 15_600, 15_900
PLAN = Plan(cohorts=(3, 6), placebos=(), ratios=(), most=800)


def account(
    name: str, days: Iterable[int], *, y: bool | None, campaign: str | None = None
) -> dict[str, object]:
    """Return an account that posts twice on each of some days: enough for a window of three."""
    return {"account_id": name, "days": list(days), "y": y, "campaign": campaign}


def world(accounts: list[dict[str, object]]) -> World:
    types: dict[str, pl.DataType | type[pl.DataType]] = {
        "account_id": pl.String,
        "days": pl.List(pl.Int64),
        "y": pl.Boolean,
        "campaign": pl.String,
    }
    table = pl.DataFrame(accounts, schema=types)
    people = table.select(
        platform=pl.lit("x"), account_id="account_id", observed_at=EPOCH + timedelta(days=16_500)
    )
    posts = (
        table.explode("days")
        .with_columns(hour=pl.lit([1, 13]))
        .explode("hour")
        .select(
            platform=pl.lit("x"), account_id="account_id", post_id=pl.format("{}-{}-{}", "account_id", "days", "hour"),
            created_at=pl.lit(EPOCH) + pl.duration(days="days", hours="hour"), text=pl.lit("the ferry was late"),
        )
    )  # fmt: skip
    labels = table.drop_nulls("y").select(
        platform=pl.lit("x"), account_id="account_id", target=pl.lit("coordinated"), value="y", campaign="campaign",
        source=pl.lit("invented"),
    )  # fmt: skip
    return World(
        schema.conform(people, "accounts"), schema.conform(posts, "posts"), schema.conform(labels, "labels")
    )


def three(day: int) -> range:
    return range(day, day + 3)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory, write_dataset: Callable[..., Path]) -> list[Path]:
    """Return an operation of two campaigns, a town whose people are labelled and a village whose people are not."""
    root = tmp_path_factory.mktemp("hidden")
    operation = [
        # The eight of alpha meet once; later each is there when no other is.
        *(account(f"alpha-{n}", [*three(ALPHA), *three(ALPHA + 60 + 3 * n)], y=True, campaign="alpha") for n in range(8)),
        *(account(f"beta-{n}", three(BETA), y=True, campaign="beta") for n in range(4)),
        # Too few posts in any window.
        account("alpha-idle", [ALPHA], y=True, campaign="alpha"),
    ]  # fmt: skip
    town = [account(f"town-{n}", three(TOWN), y=False) for n in range(30)]
    village = [account(f"village-{n}", three(VILLAGE), y=None) for n in range(25)]
    return [
        write_dataset(made, root, name, made.labels)
        for name, made in (
            ("operation", world(operation)),
            ("town", world(town)),
            ("village", world(village)),
        )
    ]


def cohort(table: pl.DataFrame, scenario: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows of the coordinated and of the ordinary accounts of a window."""
    own = table.filter(pl.col("scenario") == scenario)
    coordinated = pl.col("account").str.contains("alpha|beta")
    return own.filter(coordinated), own.filter(~coordinated)


def test_each_campaign_is_hidden_in_each_size_among_each_public(folders: list[Path]) -> None:
    table = hide(folders, PLAN, unlabelled=["village"])
    assert table["scenario"].unique().sort().to_list() == [
        f"operation/{campaign}/{public}/k{size}"
        for campaign, sizes in (("alpha", (3, 6)), ("beta", (3,)))
        for public in ("town", "village")
        for size in sizes
    ]
    assert table["hours"].unique().to_list() == [72]
    assert not table["placebo"].any()
    members, people = cohort(table, "operation/alpha/village/k6")
    assert (members.height, people.height) == (6, 25)
    assert "alpha-idle" not in table["account"]


def test_people_are_moved_by_whole_days_into_the_window_and_the_campaign_stays(folders: list[Path]) -> None:
    table = hide(folders, PLAN)
    members, people = cohort(table, "operation/beta/town/k3")
    assert members["shift_minutes"].unique().to_list() == [0]
    (shift,) = people["shift_minutes"].unique()
    assert shift % (24 * 60) == 0
    start = members["start"][0]
    posts = EPOCH + timedelta(days=TOWN, hours=1) + timedelta(minutes=shift)
    assert start <= posts < start + timedelta(days=3)
    assert table["account"].str.starts_with("village").sum() == 0


def test_it_is_what_training_reads_and_everybody_has_posts_in_it(folders: list[Path], tmp_path: Path) -> None:
    table = hide(folders, PLAN, unlabelled=["village"])
    table.write_parquet(tmp_path / "windows.parquet")
    corpus = windows.load(folders, tmp_path / "windows.parquet", unlabelled=["village"])
    jobs = list(windows.each_window(corpus))
    assert len(jobs) == table["scenario"].n_unique()
    for name, _, _, accounts, posts in jobs:
        written = posts.group_by("account_id").len()
        assert written.height == accounts.height == table.filter(pl.col("scenario") == name).height
        assert (written["len"] >= LEAST_POSTS).all()
    assert corpus.accounts.filter(~pl.col("y"))["source"].unique().sort().to_list() == ["town", "village"]


def test_a_placebo_never_met_and_is_told_so(folders: list[Path], tmp_path: Path) -> None:
    table = hide(folders, replace(PLAN, cohorts=(3,), placebos=(5,)))
    placebo = table.filter("placebo")
    assert placebo["scenario"].unique().to_list() == ["operation/alpha/town/placebo5"]
    members, people = cohort(placebo, "operation/alpha/town/placebo5")
    assert (members.height, people.height) == (5, 30)
    # No two come from the same days, and all land in the window.
    assert members["shift_minutes"].is_unique().all()
    assert people["shift_minutes"].n_unique() == 1
    table.write_parquet(tmp_path / "windows.parquet")
    corpus = windows.load(folders, tmp_path / "windows.parquet")
    assert corpus.windows.filter("placebo")["account_id"].sort().to_list() == sorted(placebo["account"])
    inside = {name: posts for name, _, _, _, posts in windows.each_window(corpus)}
    assert inside["operation/alpha/town/placebo5"]["account_id"].n_unique() == 35


def test_a_campaign_of_too_few_days_gives_no_placebo(folders: list[Path]) -> None:
    table = hide(folders, replace(PLAN, placebos=(2,)))
    # All of beta were there at once: two of them met.
    assert not table.filter("placebo")["scenario"].str.contains("beta").any()


@pytest.mark.parametrize(("ratio", "people"), [(0.25, 24), (2.0, 3), (33.0, 1)])
def test_a_ratio_says_how_many_of_the_campaign_stand_beside_each_person(
    folders: list[Path], ratio: float, people: int
) -> None:
    table = hide(folders, replace(PLAN, ratios=(ratio,)))
    members, others = cohort(table, f"operation/alpha/town/r{ratio:.3g}")
    assert (members.height, others.height) == (6, people)


def test_no_window_has_more_people_than_asked(folders: list[Path]) -> None:
    table = hide(folders, replace(PLAN, most=21))
    assert cohort(table, "operation/alpha/town/k3")[1].height == 21


def test_the_same_seed_draws_the_same_and_another_does_not(folders: list[Path]) -> None:
    assert_frame_equal(hide(folders, PLAN), hide(folders, PLAN))
    assert not hide(folders, PLAN).equals(hide(folders, replace(PLAN, seed=8)))


def test_what_is_kept_apart_meets_its_own_people_only(
    folders: list[Path], tmp_path: Path, write_dataset: Callable[..., Path]
) -> None:
    made = world(
        [
            *(account(f"gamma-{n}", three(ALPHA), y=True) for n in range(4)),
            *(account(f"crowd-{n}", three(ALPHA), y=False) for n in range(22)),
            *(account(f"passer-{n}", three(ALPHA + 30), y=False) for n in range(28)),
        ]
    )
    invented = write_dataset(made, tmp_path, "invented", made.labels)
    told = hide([*folders, invented], replace(PLAN, cohorts=(3,)), apart=["invented"])
    assert set(told.select("operator", "public").unique().rows()) == {
        ("operation", "town"),
        ("invented", "invented"),
    }
    # Without a name a campaign is called by its data set, and its own people come from its own days.
    assert "invented/invented/invented/k3" in told["scenario"]
    own = told.filter(pl.col("scenario") == "invented/invented/invented/k3")
    assert own["shift_minutes"].unique().to_list() == [0]
    assert not own["account"].str.starts_with("passer").any()
    together = hide([*folders, invented], replace(PLAN, cohorts=(3,)))
    assert "invented/invented/town/k3" in together["scenario"]


def test_an_account_that_several_label_stands_in_a_window_once(
    folders: list[Path], tmp_path: Path, write_dataset: Callable[..., Path]
) -> None:
    made = world([account(f"delta-{n}", three(ALPHA), y=True, campaign="delta") for n in range(4)])
    second = made.labels.with_columns(source=pl.lit("another archive"))
    twice = write_dataset(made, tmp_path, "twice", pl.concat([made.labels, second]))
    table = hide([twice, folders[1]], replace(PLAN, cohorts=(4,)))
    assert cohort_of(table, "delta") == [f"delta-{n}" for n in range(4)]


def cohort_of(table: pl.DataFrame, prefix: str) -> list[str]:
    return table.filter(pl.col("account").str.starts_with(prefix))["account"].sort().to_list()


def test_data_without_people_or_without_a_campaign_are_refused_with_what_is_needed(
    folders: list[Path],
) -> None:
    for few in (folders[:1], folders[1:]):
        with pytest.raises(
            LabelError, match="no window of 72 hours has 3 accounts of a campaign labelled coordinated"
        ):
            hide(few, PLAN)


def test_a_folder_that_is_no_data_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError):
        hide([tmp_path], PLAN)


@pytest.mark.parametrize("option", ["unlabelled", "apart"])
def test_a_data_set_that_is_not_there_is_refused_with_those_that_are(
    folders: list[Path], option: str
) -> None:
    with pytest.raises(
        ConfigError, match=r"named vilage\. Allowed: operation, town, village\. Did you mean village"
    ):
        hide(folders, PLAN, **{option: ["vilage"]})


def test_two_data_sets_of_one_name_are_refused(folders: list[Path]) -> None:
    with pytest.raises(ConfigError, match="two of the folders hold data sets of one name"):
        hide([*folders, folders[0]], PLAN)


def test_windows_say_whom_they_hide_among_whom(folders: list[Path]) -> None:
    told = hide(folders, PLAN).select("operator", "campaign", "public").unique().sort("campaign")
    assert told.rows() == [("operation", "alpha", "town"), ("operation", "beta", "town")]


def test_windows_begin_at_midnight(folders: list[Path]) -> None:
    assert (hide(folders, PLAN)["start"].dt.epoch("s") % DAY == 0).all()
