"""Times as collectors write them."""

from datetime import UTC, datetime

import polars as pl
import pytest

from vigie.features.ingest import timestamps

MOMENT = datetime(2013, 2, 24, 15, 4, 4, tzinfo=UTC)


def parsed(text: str | None) -> datetime | None:
    found: datetime | None = (
        pl.DataFrame({"t": [text]}, schema={"t": pl.String}).select(timestamps.parse(pl.col("t"))).item()
    )
    return found


def reason(text: str | None) -> str | None:
    found: str | None = (
        pl.DataFrame({"t": [text]}, schema={"t": pl.String}).select(timestamps.reason(pl.col("t"))).item()
    )
    return found


@pytest.mark.parametrize(
    "text",
    [
        "2013-02-24T15:04:04Z",
        "2013-02-24T15:04:04.000Z",
        "2013-02-24T15:04:04",
        "2013-02-24 15:04:04",
        "2013-02-24 15:04:04 UTC",
        "2013-02-24 15:04:04 GMT",
        "2013-02-24 16:04:04+01:00",
        "2013-02-24 16:04:04 +0100",
        "2013-02-24T10:34:04-04:30",
        "Sun Feb 24 15:04:04 +0000 2013",
        "Sun Feb 24 16:04:04 +0100 2013",
        "1361718244",
        "1361718244.0",
        "1361718244000",
        "1361718244000L",
        "  1361718244 ",
    ],
)
def test_every_form_says_the_same_moment(text: str) -> None:
    assert parsed(text) == MOMENT
    assert reason(text) is None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2013-02-24 15:04", datetime(2013, 2, 24, 15, 4, tzinfo=UTC)),
        ("2013-02-24", datetime(2013, 2, 24, tzinfo=UTC)),
        ("2013-02-24T15:04:04.25Z", datetime(2013, 2, 24, 15, 4, 4, 250_000, tzinfo=UTC)),
    ],
)
def test_coarser_and_finer_times_are_kept_as_fine_as_they_are(text: str, wanted: datetime) -> None:
    assert parsed(text) == wanted


@pytest.mark.parametrize("zone", ["CEST", "EST", "PDT"])
def test_zone_names_are_not_guessed(zone: str) -> None:
    assert parsed(f"2013-02-24 15:04:04 {zone}") is None
    assert f"time zone {zone}" in (reason(f"2013-02-24 15:04:04 {zone}") or "")


@pytest.mark.parametrize("text", ["24/02/2013", "2013-13-45", "soon", "42", "", "2013-02-30 10:00", "Feb 24"])
def test_what_is_no_time_is_null_with_a_reason(text: str) -> None:
    assert parsed(text) is None
    assert "is not a time we read" in (reason(text) or "")


def test_no_text_is_no_time_and_no_fault() -> None:
    assert parsed(None) is None
    assert reason(None) is None


def test_the_newest_of_no_time_is_none() -> None:
    assert timestamps.newest(pl.Series([None], dtype=pl.Datetime("us", "UTC"))) is None
