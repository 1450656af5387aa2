"""One content that many accounts publish within a minute is found; a text that many publish over hours is not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from vigie.features import on_disk, schema
from vigie.features.coordination import baselines, one_object, published_contents
from vigie.features.coordination.traces import MINUTE

HOUR, DAY = 3_600, 86_400
SCHEMA = {
    "trace": pl.String, "account": pl.Int64, "object": pl.String, "time": pl.Int64, "post": pl.Int64, "author": pl.Int64,
}  # fmt: skip
Acts = list[tuple[int, str, int]]


def crowd(people: int, span: int = DAY) -> Acts:
    """Return people who each publish one text of their own at any time."""
    times = np.random.default_rng(1).integers(0, span, people).tolist()
    return [(10_000 + number, f"own-{number}", time) for number, time in enumerate(times)]


def at_once(copiers: int, within: int, start: int = 40_000) -> Acts:
    times = np.random.default_rng(2).integers(0, within, copiers).tolist()
    return [(number, "call", start + time) for number, time in enumerate(times)]


def detect(
    acts: Acts, resolution: int = 1, trace: str = "text_duplicate", links: bool = False
) -> pl.DataFrame:
    rows = [(trace, account, thing, time, post, None) for post, (account, thing, time) in enumerate(acts)]
    if links:
        rows += [
            ("co_url", account, "site.example/a", time, post, None)
            for post, (account, _, time) in enumerate(acts)
        ]
    table = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    posts = pl.DataFrame(
        [(datetime.fromtimestamp(time, UTC), "original") for _, _, time in acts],
        schema={"created_at": schema.TIME, "kind": pl.String},
        orient="row",
    ).with_columns(
        pl.lit(None, pl.String).alias(name) for name in ("text", "target_post_id", "target_account_id")
    )
    return one_object.detect(table, posts, baselines.shipped(), ("x",), resolution)


def remarks(people: int, within: int, start: int = 40_000) -> Acts:
    """Return people who each publish words of their own within so many seconds."""
    times = np.random.default_rng(3).integers(0, within, people).tolist()
    return [(20_000 + number, f"remark-{number}", start + time) for number, time in enumerate(times)]


@pytest.mark.parametrize("people", [0, 300, 3_000])
def test_a_text_of_thirty_accounts_within_seconds_is_found_among_any_number(people: int) -> None:
    found = detect(at_once(30, 5) + crowd(people) + [(1, "early", 0), (2, "late", DAY)])
    assert set(found["account"]) == set(range(30))
    assert found["object"].unique().to_list() == ["text_duplicate call"]
    assert (found["p"] < one_object.ALPHA).all()


@pytest.mark.parametrize(("copiers", "any_found"), [(one_object.LEAST, True), (one_object.LEAST - 1, False)])
def test_ten_accounts_are_the_least(copiers: int, any_found: bool) -> None:
    assert bool(detect(at_once(copiers, 5) + crowd(300)).height) is any_found


def test_a_text_that_hundreds_publish_over_a_day_is_nothing() -> None:
    assert detect(at_once(400, DAY, start=0) + crowd(300)).is_empty()


def test_only_the_accounts_of_the_densest_minute_are_named() -> None:
    later = [(500 + number, "call", 60_000 + 900 * number) for number in range(20)]
    found = detect(at_once(30, 5) + later + crowd(300))
    assert set(found["account"]) == set(range(30))
    assert found["holders"].unique().to_list() == [50]


def test_an_account_that_repeats_itself_counts_once() -> None:
    repeated = [(number % 9, "call", 40_000 + number) for number in range(40)]
    assert detect(repeated + crowd(300)).is_empty()


def test_the_title_of_a_page_and_a_coarse_clock_found_nothing() -> None:
    assert detect(at_once(30, 5), links=True).is_empty()
    assert detect(at_once(30, 5) + crowd(300), resolution=DAY).is_empty()


def test_in_a_collection_of_an_hour_a_minute_holds_more_by_chance() -> None:
    short = at_once(12, 50, start=0) + [(100 + number, "call", 60 * number) for number in range(60)]
    assert detect(short + crowd(100, span=HOUR)).is_empty()


def test_the_busiest_minute_of_what_everybody_passes_on_is_no_burst() -> None:
    """A meme peaks at twenty accounts a minute; as many alone in their minute are a burst."""
    minutes = np.random.default_rng(4).normal(30, 8, 400)
    meme = [(number, "meme", 40_000 + int(60 * minute)) for number, minute in enumerate(minutes.tolist())]
    busiest = max(sum(time <= act[2] < time + 60 for act in meme) for _, _, time in meme)
    assert busiest > 20
    assert detect(meme + crowd(3_000)).is_empty()
    alone = [(number, "call", 40_000 + number) for number in range(busiest)]
    later = [(400 + number, "call", 60_000 + 100 * number) for number in range(300)]
    assert detect(alone + later + crowd(3_000)).height == busiest


@pytest.mark.parametrize(("people", "any_found"), [(0, True), (5, True), (60, False)])
def test_a_moment_at_which_more_people_post_in_their_own_words_explains_a_text(
    people: int, any_found: bool
) -> None:
    line = at_once(40, 60)
    assert bool(detect(line + remarks(people, 60) + crowd(3_000)).height) is any_found


def test_people_who_post_much_all_the_time_explain_no_text() -> None:
    busy = remarks(3_000, 20 * MINUTE, start=40_000 - 10 * MINUTE)
    assert detect(at_once(40, 20) + busy).height == 40


def test_what_others_copy_at_that_moment_explains_no_text() -> None:
    other = [(30_000 + number, "other call", time) for number, (_, _, time) in enumerate(at_once(60, 20))]
    assert detect(at_once(40, 20) + other + crowd(300))["object"].n_unique() == 2


def test_nothing_more_is_looked_at_where_no_content_has_as_many_accounts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(published_contents, "is_title", lambda *_: pytest.fail("titles were looked for"))
    assert detect(at_once(one_object.LEAST - 1, 5) + crowd(300)).is_empty()


def test_posts_looked_at_some_at_a_time_give_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts = at_once(30, 5) + crowd(300) + remarks(40, 600)
    whole = detect(acts)
    monkeypatch.setattr(on_disk, "ROWS", 16)
    with on_disk.within(tmp_path):
        assert detect(acts).equals(whole)
    assert whole.height == 30
