"""Times as collectors write them."""

from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.features.ingest import timestamps
from vigie.features.ingest.forms import PLAIN, Form
from vigie.features.ingest.timestamps import in_utc

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
        "2013-02-24t15:04:04z",
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
        "1361718244000000",
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


FORMATS = Form(formats=("%d/%m/%Y %H:%M", "%d/%m/%Y"), zone="Pacific/Noumea")


def stated(text: str, form: Form) -> tuple[datetime | None, datetime | None, str | None]:
    column = pl.col("t")
    frame = pl.DataFrame({"t": [text]})
    return frame.select(
        a=timestamps.parse(column, form), b=timestamps.seen(column, form), c=timestamps.reason(column, form)
    ).row(0)


def test_a_stated_format_and_zone_are_the_only_ones() -> None:
    eleven = datetime(2013, 2, 23, 23, 4, tzinfo=UTC)
    assert stated("24/02/2013 10:04", FORMATS) == (eleven, eleven, None)
    nothing, _, why = stated("2013-02-24", FORMATS)
    assert nothing is None
    assert why is not None
    assert "%d/%m/%Y %H:%M or %d/%m/%Y and Pacific/Noumea" in why
    offset = Form(formats=("%Y-%m-%d %H:%M %z",), zone="Europe/Paris")
    assert stated("2013-02-24 10:04 -0500", offset)[0] == datetime(2013, 2, 24, 15, 4, tzinfo=UTC)


def test_a_stated_zone_is_that_of_times_that_state_none() -> None:
    paris = Form(zone="Europe/Paris")
    assert stated("2013-02-24 16:04:04", paris)[0] == MOMENT
    assert stated("2013-02-24 15:04:04Z", paris)[0] == MOMENT
    assert stated("1361718244", paris)[0] == MOMENT


@pytest.mark.parametrize("text", ["2024-03-31 02:30", "2024-10-27 02:30"])
def test_a_local_time_that_a_change_of_clocks_skips_or_repeats_is_none(text: str) -> None:
    nothing, _, why = stated(text, Form(zone="Europe/Paris"))
    assert nothing is None
    assert why is not None


def test_a_day_of_observation_is_its_end_and_a_time_is_itself() -> None:
    assert stated("2013-02-24", PLAIN)[1] == datetime(2013, 2, 24, 23, 59, 59, tzinfo=UTC)
    assert stated("2013-02-24T00:00:00Z", PLAIN)[1] == datetime(2013, 2, 24, tzinfo=UTC)
    assert stated("24/02/2013", FORMATS)[1] == datetime(2013, 2, 24, 12, 59, 59, tzinfo=UTC)
    assert stated("2013-02-24", Form(zone="Europe/Paris"))[1] == datetime(2013, 2, 24, 22, 59, 59, tzinfo=UTC)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["2024-03-17T12:10:40Z", "2024-03-17T12:10:40+00:00", "2024-03-17T12:10:40.5+01:00"]
            ),
            st.integers(0, 24),
            st.sampled_from("0123456789+-:TZ. "),
        ),
        min_size=1,
        max_size=3,
    )
)
def test_times_that_state_their_offset_are_read_alike_alone_and_together(
    drawn: list[tuple[str, int, str]],
) -> None:
    texts = [written[:place] + sign + written[place + 1 :] for written, place, sign in drawn]
    # As numbers: Python has no years below 1.
    alone = [in_utc(pl.Series([text])).dt.epoch("us").item() for text in texts]
    assert in_utc(pl.Series(texts)).dt.epoch("us").to_list() == alone
    every = pl.Series([*texts, "2024-03-17T12:10:40.25+05:00"])
    assert in_utc(every).dt.epoch("us").to_list()[:-1] == alone
