"""A judgement of an operation says what the engine and ``vigie network`` say of the same records; groups go on over time."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import select, update
from typer.testing import CliRunner

from vigie.cli import app
from vigie.features.coordination.comparison import Limits
from vigie.features.coordination.report.network import report
from vigie.features.i18n.languages import LANGUAGES
from vigie.features.schema import TARGETS
from vigie.models.engine import ScoringEngine
from vigie.serving.operations import alerts, copied, corpus, judgement, result_pages, tables
from vigie.serving.operations.observation import observe_tables

Tables = tuple[pl.DataFrame, pl.DataFrame]


def send(watched: Any, accounts: pl.DataFrame, posts: pl.DataFrame) -> None:
    with watched.catalogue.observing(watched.id) as connection:
        observe_tables(connection, accounts, posts, watched.catalogue.clock())


def judge(watched: Any, engine: ScoringEngine, limits: Limits) -> judgement.Judged:
    return judgement.judge(watched.catalogue.database(watched.id), engine, limits, watched.catalogue.clock())


def test_batches_in_any_order_give_what_one_run_over_everything_gives(
    watched: Any, engine: ScoringEngine, limits: Limits, records_of: Tables, reading: Callable[..., Any]
) -> None:
    accounts, posts = records_of
    shuffled = posts.sample(fraction=1.0, shuffle=True, seed=3)
    for number, some in enumerate(shuffled.iter_slices(90)):
        of = accounts.gather_every(4, number % 4)
        send(watched, of, some)
        if number % 2:
            send(watched, of.head(3), some.head(20))
    judged = judge(watched, engine, limits)
    assert (judged.accounts, judged.posts) == (accounts.height, posts.height)

    ordered = accounts.sort("platform", "account_id").with_row_index("row")
    owned = posts.join(ordered.select("row", "platform", "account_id"), on=["platform", "account_id"])
    whole = owned.drop("platform", "account_id").sort("row", "created_at", "post_id")
    expected = engine.score(ordered, whole.select("row", pl.exclude("row")), TARGETS, limits)
    compared = expected.coordination.comparison if expected.coordination else None
    assert compared is not None
    for language in LANGUAGES:
        told = report(compared, language, engine.models.population())
        assert told.groups or told.campaigns
        assert reading(judgement.network, language) == told
    results = reading(result_pages.read, range(9), "en")
    assert [(each.platform, each.account_id) for each in results] == ordered.select(
        "platform", "account_id"
    ).rows()
    assert [each.inauthentic for each in results] == expected.verdicts(top=5, language="en")
    assert [each.coordinated for each in results] == expected.coordination_verdicts(top=5, language="en")


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_a_judgement_finds_what_vigie_network_finds_in_the_same_files(
    watched: Any,
    engine: ScoringEngine,
    limits: Limits,
    records_of: Tables,
    reading: Callable[..., Any],
    tmp_path: Path,
) -> None:
    from vigie.cli.demo import requests

    accounts, posts = records_of
    file, out = tmp_path / "accounts.jsonl", tmp_path / "network"
    file.write_text("".join(json.dumps(each) + "\n" for each in requests(accounts, posts)))
    done = CliRunner().invoke(app, ["network", str(file), "--out", str(out)])
    assert done.exit_code == 0, done.output
    send(watched, accounts, posts)
    judge(watched, engine, limits)
    found = reading(judgement.network, "en")

    def members(groups: Any) -> set[frozenset[str]]:
        return {frozenset(each["account_id"] for each in group["accounts"]) for group in groups}

    assert found.campaigns
    for kind, mine in (("groups", found.groups), ("campaigns", found.campaigns)):
        made = json.loads((out / f"{kind}.json").read_text())
        theirs = made[kind] if isinstance(made, dict) else made
        ours = {frozenset(each.account_id for each in group.accounts) for group in mine}
        assert ours == members(theirs)


def test_groups_keep_their_number_while_members_come_and_tell_what_changed(
    watched: Any,
    engine: ScoringEngine,
    limits: Limits,
    records_of: Tables,
    reading: Callable[..., Any],
    clock: Any,
) -> None:
    accounts, posts = records_of
    late = accounts.filter(pl.col("handle").is_in([f"voice_{row}" for row in range(10, 16)]))
    early = accounts.join(late, on=["platform", "account_id"], how="anti")
    first, rest = (posts.join(some, on=["platform", "account_id"], how="semi") for some in (early, late))
    send(watched, early, first)
    judge(watched, engine, limits)
    born = reading(alerts.since, 0, 100, "en")
    assert {alert.kind for alert in born} <= {"group_new", "campaign_new"}
    assert "campaign_new" in {alert.kind for alert in born}
    judge(watched, engine, limits)
    assert reading(alerts.last) == born[-1].id  # nothing changed
    clock.go_on(hours=1)
    send(watched, late, rest)
    judge(watched, engine, limits)
    grew = reading(alerts.since, born[-1].id, 100, "fr")
    assert "campaign_grew" in {alert.kind for alert in grew}
    of = {alert.track for alert in born if alert.kind == "campaign_new"}
    assert {alert.track for alert in grew if alert.kind == "campaign_grew"} <= of
    assert all(alert.at == clock() for alert in grew)


def test_a_group_that_is_forgotten_rests_and_is_known_when_it_is_back(
    watched: Any,
    engine: ScoringEngine,
    limits: Limits,
    records_of: Tables,
    reading: Callable[..., Any],
    clock: Any,
) -> None:
    accounts, posts = records_of
    watched.catalogue.change(watched.id, {"retention_days": 5, "expires_at": clock() + timedelta(days=900)})
    send(watched, accounts, posts)
    judge(watched, engine, limits)
    before = reading(alerts.last)
    clock.go_on(days=6)
    watched.catalogue.forget()
    assert judge(watched, engine, limits).posts == 0
    assert reading(copied.contents) == []
    assert {alert.kind for alert in reading(alerts.since, before, 100, "en")} <= {
        "group_rested",
        "campaign_rested",
    }
    before = reading(alerts.last)
    send(watched, accounts, posts)
    judge(watched, engine, limits)
    back = reading(alerts.since, before, 100, "en")
    assert "campaign_back" in {alert.kind for alert in back}
    with watched.catalogue.database(watched.id).reading() as connection:
        found = connection.execute(select(tables.tracks)).all()
    assert len({row.id for row in found}) == len([row for row in found if row.number is not None])


def test_hours_count_posts_accounts_and_hashtags(
    watched: Any, engine: ScoringEngine, limits: Limits, records_of: Tables, reading: Callable[..., Any]
) -> None:
    send(watched, *records_of)
    judge(watched, engine, limits)
    found = reading(judgement.hours)
    _, posts = records_of
    assert sum(hour.posts for hour in found) == posts.height
    assert {hour.platform for hour in found} == {"x", "facebook"}
    counted = posts["hashtags"].explode().drop_nulls().value_counts().sort("hashtags").rows()
    tags: dict[str, int] = {}
    for hour in found:
        for tag, count in hour.hashtags.items():
            tags[tag] = tags.get(tag, 0) + count
    assert sorted(tags.items()) == counted


def test_an_operation_that_holds_nothing_is_judged(
    watched: Any, engine: ScoringEngine, limits: Limits, reading: Callable[..., Any]
) -> None:
    judged = judge(watched, engine, limits)
    assert (judged.accounts, judged.posts, judged.first_time) == (0, 0, None)
    assert reading(judgement.network, "en") is None or not reading(judgement.network, "en").groups


def test_nothing_is_told_before_the_first_judgement(watched: Any, reading: Callable[..., Any]) -> None:
    assert reading(judgement.judged, "en") is None
    assert reading(judgement.network, "en") is None
    assert reading(copied.contents) == reading(judgement.hours) == []
    assert reading(result_pages.read, range(3), "en") == []


def test_a_judgement_of_an_earlier_state_does_not_replace_one_of_a_later(
    watched: Any, engine: ScoringEngine, limits: Limits, records_of: Tables, reading: Callable[..., Any]
) -> None:
    send(watched, *(each.head(20) for each in records_of))
    with watched.catalogue.observing(watched.id) as connection:
        connection.execute(update(tables.state).values(judged_revision=9))
    judge(watched, engine, limits)
    assert reading(judgement.judged, "en") is None


def test_each_account_has_its_verdicts_in_numbers(
    watched: Any, engine: ScoringEngine, limits: Limits, records_of: Tables
) -> None:
    send(watched, *records_of)
    judge(watched, engine, limits)
    with watched.catalogue.database(watched.id).reading() as connection:
        held = corpus.read(connection)
        rows = {row.account: row for row in connection.execute(select(tables.verdicts))}
        results = result_pages.read(connection, range(9), "en")
    assert set(rows) == set(held.accounts["key"])
    counts = dict(held.posts.group_by("row").len().iter_rows())
    for key, row, result in zip(held.accounts["key"], held.accounts["row"], results, strict=True):
        assert rows[key].posts == counts.get(row, 0)
        assert rows[key].coordinated == getattr(result.coordinated, "probability", None)
        assert rows[key].inauthentic == getattr(result.inauthentic, "probability", None)
        assert rows[key].part == row // result_pages.SIZE


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_a_hashtag_that_bursts_is_told_once_and_a_post_from_the_future_hides_nothing(
    watched: Any, engine: ScoringEngine, limits: Limits, reading: Callable[..., Any], post: Any, clock: Any
) -> None:
    start = clock() - timedelta(days=12)
    ordinary = [
        post(str(number), account_id=str(number % 20), created_at=(start + timedelta(minutes=37 * number)).isoformat(),
             hashtags=["Vote"] if number % 4 == 0 else [])
        for number in range(12 * 24 * 60 // 37)
    ]  # fmt: skip
    flood = [
        post(f"f{number}", account_id=f"f{number}", created_at=(clock() - timedelta(minutes=90)).isoformat(), hashtags=["Quay"])
        for number in range(40)
    ]  # fmt: skip
    watched.posts(*ordinary, *flood, post("late", created_at=(clock() + timedelta(days=40)).isoformat()))
    judge(watched, engine, limits)
    judge(watched, engine, limits)
    told = [alert for alert in reading(alerts.since, 0, 100, "en") if alert.kind.startswith("burst")]
    assert [(alert.kind, alert.burst.peak) for alert in told] == [("burst_hashtag", 40)]
    assert "#quay" in told[0].sentence
