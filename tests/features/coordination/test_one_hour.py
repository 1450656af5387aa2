"""Sentences that more accounts publish within an hour than people do are found; slogans, titles and what takes days are not."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from vigie.features import schema
from vigie.features.coordination import campaigns, one_hour, one_object
from vigie.features.coordination.comparison import Limits, compare
from vigie.features.coordination.report.network import report

HOUR, DAY = 3_600, 86_400
CLAIM = "Witnesses say that the dam above the town is about to break and nobody tells us #dam"
SLOGAN = "The dam must be closed at once #dam"


def detect(
    times: list[int], said: str = CLAIM, others: int = 300, trace: str = "text_duplicate", links: bool = False,
    resolution: int = 1, span: int = HOUR,
) -> pl.DataFrame:  # fmt: skip
    """Return what is found of accounts that publish one text at these seconds, among people with words of their own."""
    own = np.random.default_rng(1).integers(0, span, others).tolist()
    acts = [(account, "said", time) for account, time in enumerate(times)]
    acts += [(10_000 + number, f"own-{number}", time) for number, time in enumerate(own)]
    rows = [(trace, account, thing, time, post) for post, (account, thing, time) in enumerate(acts)]
    if links:
        rows += [
            ("co_url", account, "site.example/a", time, post) for post, (account, _, time) in enumerate(acts)
        ]
    published = pl.DataFrame(rows, schema=["trace", "account", "object", "time", "post"], orient="row")
    posts = pl.DataFrame(
        [(account, datetime.fromtimestamp(time, UTC), said) for account, _, time in acts],
        schema={"row": pl.UInt32, "created_at": schema.TIME, "text": pl.String},
        orient="row",
    )
    return one_hour.detect(published, posts, resolution)


def spread(accounts: int, seconds: int = 3_000) -> list[int]:
    return [seconds * place // accounts for place in range(accounts)]


@pytest.mark.parametrize("others", [0, 300, 3_000])
def test_a_sentence_of_thirty_accounts_within_an_hour_is_found_where_nothing_is_before_or_after(
    others: int,
) -> None:
    found = detect(spread(30), others=others)
    assert set(found["account"]) == set(range(30))
    assert found["object"].unique().to_list() == ["text_duplicate said"]
    assert found.schema == one_object.SCHEMA


@pytest.mark.parametrize(("accounts", "any_found"), [(one_hour.LEAST, True), (one_hour.LEAST - 1, False)])
def test_more_accounts_are_asked_than_any_collection_of_people_had(accounts: int, any_found: bool) -> None:
    assert bool(detect(spread(accounts)).height) is any_found


def test_among_many_posts_of_the_hour_more_say_the_same() -> None:
    assert detect(spread(30), others=6_000).is_empty()
    assert not detect(spread(30), others=6_000, span=10 * DAY).is_empty()


@pytest.mark.parametrize(("busy", "any_found"), [(15, True), (16, False)])
def test_a_text_that_goes_round_is_of_accounts_that_publish_other_things(busy: int, any_found: bool) -> None:
    acts = [(account, "said", time) for account, time in enumerate(spread(30))]
    acts += [(account, f"other-{account}", 10) for account in range(busy)]
    rows = [
        ("text_duplicate", account, thing, time, post) for post, (account, thing, time) in enumerate(acts)
    ]
    published = pl.DataFrame(rows, schema=["trace", "account", "object", "time", "post"], orient="row")
    posts = pl.DataFrame(
        [(account, datetime.fromtimestamp(time, UTC), CLAIM) for account, _, time in acts],
        schema={"row": pl.UInt32, "created_at": schema.TIME, "text": pl.String},
        orient="row",
    )
    assert bool(one_hour.detect(published, posts, 1).height) is any_found


def test_neither_slogans_nor_pictures_titles_or_what_is_said_for_days_count() -> None:
    assert detect(spread(30), said=SLOGAN).is_empty()
    assert detect(spread(30), trace="media_duplicate").is_empty()
    assert detect(spread(30), links=True).is_empty()
    assert detect(spread(30) + [DAY + 100_000 * place for place in range(31)], span=DAY).is_empty()
    assert detect(spread(30), resolution=DAY).is_empty()


def test_its_accounts_are_a_campaign_though_each_has_one_post() -> None:
    rng = np.random.default_rng(4)
    words = ["".join(letters) for letters in rng.choice(list("abdeilmnorstu"), (300, 6))]
    start = datetime(2024, 5, 14, 8, tzinfo=UTC).timestamp()
    posts = pl.DataFrame(
        [
            {
                "row": row, "post_id": str(row), "kind": "original",
                "text": CLAIM if row < 30 else " ".join(rng.choice(words, 12)),
                "created_at": datetime.fromtimestamp(start + 100 * row % 3_500 + row % 7, UTC),
            }
            for row in range(400)
        ],
        schema_overrides={"row": pl.UInt32},
    )  # fmt: skip
    columns = {name: dtype for name, dtype in schema.schema("posts").items() if name not in posts.columns}
    whole = posts.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in columns.items())
    seen = datetime.fromtimestamp(start + DAY, UTC)
    accounts = pl.DataFrame(
        [{"row": row, "platform": "x", "account_id": str(row), "observed_at": seen} for row in range(400)],
        schema={"row": pl.UInt32, **schema.schema("accounts")},
    )
    compared = compare(accounts, whole.drop("platform", "account_id"), Limits())
    found = compared.campaigns.members
    assert set(found["account"]) == set(range(30))
    assert not found["one_content"].any()
    assert found.select(campaigns.founded_on().unique()).to_series().to_list() == ["one_hour"]
    (told,) = report(compared, "en").campaigns
    assert (told.founded_on, told.founded_within) == ("contents", "hour")
