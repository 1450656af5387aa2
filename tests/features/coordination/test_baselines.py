"""A baseline holds rates of ordinary accounts: measured, kept, merged, compared, and refused where it is none."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from vigie.errors import BaselineError
from vigie.features import schema
from vigie.features.coordination import baselines, copies
from vigie.features.coordination.baselines import Baseline, difference, measure, merge

START = datetime(2024, 5, 1, tzinfo=UTC)
ACCOUNTS, PAGES = 300, 60


def collection(seed: int = 1, accounts: int = ACCOUNTS, hours: float = 48.0) -> pl.DataFrame:
    """Return posts of accounts that link to a few pages each, at any time of a span."""
    generator = np.random.default_rng(seed)
    rows = [
        (account, f"{account}-{page}", START + timedelta(hours=float(generator.uniform(0, hours))), page)
        for account in range(accounts)
        for page in generator.choice(PAGES, 4, replace=False)
    ]
    empty = schema.empty("posts").drop("platform")
    return pl.concat(
        [
            empty.with_columns(row=pl.lit(None, pl.UInt32)).select("row", *empty.columns),
            pl.DataFrame(
                {
                    "row": pl.Series([row[0] for row in rows], dtype=pl.UInt32),
                    "account_id": [str(row[0]) for row in rows],
                    "post_id": [row[1] for row in rows],
                    "created_at": pl.Series([row[2] for row in rows]).cast(schema.TIME),
                    "kind": ["original"] * len(rows),
                    "urls": [[f"https://site{row[3]}.example/a"] for row in rows],
                }
            ),
        ],
        how="diagonal_relaxed",
    )


@pytest.fixture(scope="module")
def baseline() -> Baseline:
    return measure("x", "hashtag", collection())


def test_a_rate_is_the_share_of_pairs_of_acts_within_the_window(baseline: Baseline) -> None:
    hour = baseline.rates.filter((pl.col("trace") == "co_url") & (pl.col("window") == 3_600))
    met, possible = hour.select(pl.col("met", "possible").sum()).row(0)
    # Two moments of 48 hours are within an hour of each other in 4 of 100 cases; the highest rates are trimmed.
    assert met / possible == pytest.approx(1 - (47 / 48) ** 2, rel=0.15)
    # Each page is on about 20 of the accounts.
    assert set(hour["grade"]) <= {3, 4, 5}


def test_fillings_of_a_template_are_copies_of_each_other() -> None:
    generator = np.random.default_rng(4)
    said = collection().with_columns(urls=pl.lit([], pl.List(pl.String)))

    def measured(most: int) -> float:
        """Return the copies where so many posts fill one template."""
        words = [
            " ".join("".join(generator.choice(list("abdegklmno"), 7)) for _ in range(8))
            for _ in range(said.height)
        ]
        kept = " and nobody at the town hall wants to talk of it"
        texts = [word + kept if number < most else word for number, word in enumerate(words)]
        found = measure("x", "hashtag", said.with_columns(text=pl.Series(texts)))
        return float(found.sources["copies"].item())

    assert measured(0) == 0
    # Forty posts of ten accounts.
    assert measured(40) == 10 * 9 / 2


def test_rates_of_a_class_that_nothing_proves_are_those_of_the_nearest(baseline: Baseline) -> None:
    near, far = (
        baseline.of("co_url", 3_600, np.array([grade]), platforms=["x"]).typical[0] for grade in (4, 12)
    )
    assert near == pytest.approx(far, rel=0.2)
    assert 0 < near < 0.1


def test_what_no_collection_holds_has_the_rates_of_texts_or_an_error(baseline: Baseline) -> None:
    with pytest.raises(BaselineError, match="no rate of media_duplicate within 60 s"):
        baseline.of("media_duplicate", 60, np.array([3]), platforms=["x"])
    shipped = baselines.shipped()
    texts, pictures = (
        shipped.of(trace, 600, np.array([2, 3]), platforms=["x"]).typical.tolist()
        for trace in ("text_duplicate", "media_duplicate")
    )
    assert texts == pictures


def test_a_file_gives_the_baseline_back(baseline: Baseline, tmp_path: Path) -> None:
    path = tmp_path / "ordinary.json"
    path.write_text(json.dumps(baseline.to_json()))
    read = baselines.read(path)
    assert read.rates.equals(baseline.rates)
    assert read.sources.equals(baseline.sources)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"version": 99}, "version 99"),
        ({"rates": {"columns": ["met"], "rows": [[1]]}}, "no baseline"),
        ({"rates": []}, "no baseline"),
        ({"sources": []}, "at least one source"),
    ],
)
def test_what_is_no_baseline_is_refused(baseline: Baseline, change: dict[str, object], told: str) -> None:
    with pytest.raises(BaselineError, match=told):
        Baseline.from_json(baseline.to_json() | change)


def test_rates_beyond_one_are_refused(baseline: Baseline) -> None:
    doubled = Baseline(baseline.sources, baseline.rates.with_columns(met=pl.col("possible") * 2))
    with pytest.raises(BaselineError, match="between 0 and 1"):
        Baseline.from_json(doubled.to_json())


def test_a_file_that_is_no_json_or_absent_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{")
    for name in ("a.json", "absent.json"):
        with pytest.raises(BaselineError, match="cannot be read as a baseline"):
            baselines.read(tmp_path / name)


def test_few_accounts_are_no_baseline() -> None:
    with pytest.raises(BaselineError, match="200 accounts with dated posts at least, not on 199"):
        measure("x", "hashtag", collection(accounts=199))


def test_merging_adds_collections_of_one_kind_and_keeps_others_apart(baseline: Baseline) -> None:
    other = measure("x", "hashtag", collection(seed=2))
    elsewhere = measure("telegram", "timelines", collection(seed=3))
    merged = merge([baseline, other, elsewhere])
    assert merged.sources.select("platform", "way", "collections", "accounts").rows() == [
        ("telegram", "timelines", 1, ACCOUNTS), ("x", "hashtag", 2, 2 * ACCOUNTS),
    ]  # fmt: skip
    assert merged.platforms == ("telegram", "x")
    total = sum(each.rates["possible"].sum() for each in (baseline, other, elsewhere))
    assert merged.rates["possible"].sum() == pytest.approx(total)
    with pytest.raises(BaselineError, match="at least one"):
        merge([])


def test_rates_are_those_of_the_platform_where_it_is_covered(baseline: Baseline) -> None:
    hot = measure("telegram", "event", collection(seed=3, hours=2.0))
    both = merge([baseline, hot])
    grades = np.array([4])
    alone = baseline.of("co_url", 600, grades, platforms=["x"]).typical
    assert both.of("co_url", 600, grades, platforms=["x", None]).typical == pytest.approx(alone)
    assert both.of("co_url", 600, grades, platforms=["telegram"]).typical > 5 * alone
    # Nobody of that platform was measured: all stand in.
    assert not both.covers(["vk"])
    assert both.of("co_url", 600, grades, platforms=["vk"]).typical > alone


def test_a_difference_names_what_differs_most_first(baseline: Baseline) -> None:
    hot = measure("x", "hashtag", collection(seed=3, hours=2.0))
    table = difference(baseline, hot)
    assert table["ratio"][0] > 5
    assert difference(baseline, baseline)["ratio"].unique().to_list() == [1.0]


def test_the_shipped_one_holds_a_few_hundred_numbers_and_no_account() -> None:
    shipped = baselines.shipped()
    assert 50 < shipped.rates.height < 500
    assert set(shipped.sources["way"]) <= set(baselines.WAYS)
    assert set(shipped.rates.columns) == {
        "platform", "way", "trace", "window", "grade", "met", "possible", "upper",
    }  # fmt: skip
    # Below what is taken at least: it lowers no bar.
    assert 0 < shipped.copy_rate < copies.LAMBDA
