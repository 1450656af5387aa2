"""What is asked of an operation is answered from what it holds and what was judged last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import update

from vigie.errors import OperationNotFoundError
from vigie.features.coordination.report.types import AccountName
from vigie.serving.operations import questions, tables
from vigie.serving.operations.questions import POSTS_SHOWN, Filters, Recognised
from vigie.serving.operations.records import account_key

Make = Callable[..., dict[str, Any]]


def test_accounts_are_ranked_and_paged_each_once(judged: Any, reading: Callable[..., Any]) -> None:
    whole = reading(questions.ranking, "coordinated", Filters(), 0, 1000)
    assert whole.total == len(whole.accounts) == 76
    assert whole.next_offset is None
    scores = [each.coordinated for each in whole.accounts if each.coordinated is not None]
    assert scores == sorted(scores, reverse=True)
    assert [each.coordinated for each in whole.accounts][: len(scores)] == scores
    pages, offset = [], 0
    while offset is not None:
        page = reading(questions.ranking, "coordinated", Filters(), offset, 20)
        pages += page.accounts
        offset = page.next_offset
    assert pages == whole.accounts
    assert reading(questions.ranking, "posts", Filters(), 500, 20).accounts == []


def test_filters_leave_what_they_name(judged: Any, reading: Callable[..., Any]) -> None:
    every = reading(questions.ranking, "coordinated", Filters(), 0, 1000).accounts
    campaign = next(each.campaign for each in every if each.campaign is not None)
    wanted: list[tuple[Filters, Callable[[Any], bool]]] = [
        (Filters(platform="FaceBook"), lambda each: each.platform == "facebook"),
        (Filters(handle="voice_"), lambda each: (each.handle or "").startswith("voice_")),
        (Filters(campaign=campaign), lambda each: each.campaign == campaign),
        (
            Filters(band=every[0].coordinated_band),
            lambda each: each.coordinated_band == every[0].coordinated_band,
        ),
        (Filters(handle="voice_1", platform="x"), lambda each: (each.handle or "").startswith("voice_1")),
    ]
    for filters, kept in wanted:
        found = reading(questions.ranking, "coordinated", filters, 0, 1000)
        assert found.accounts == [each for each in every if kept(each)]
        assert found.total == len(found.accounts) > 0


@pytest.mark.parametrize("start", ["%", "_", "voice%", "/", "\\", "'; DROP TABLE accounts; --", "x" * 200])
def test_signs_of_sql_in_a_handle_stand_for_themselves(
    judged: Any, reading: Callable[..., Any], start: str
) -> None:
    assert reading(questions.ranking, "coordinated", Filters(handle=start), 0, 10).total == 0


def test_a_dossier_holds_verdicts_history_and_the_latest_posts(
    judged: Any, reading: Callable[..., Any], account: Make, post: Make
) -> None:
    judged.accounts(account("1004", handle="renamed", observed_at="2024-05-20T00:00:00Z"))
    judged.posts(*(post(str(number), account_id="1004") for number in range(POSTS_SHOWN)))
    told = reading(questions.dossier, " X ", "1004", "fr")
    assert (told.platform, told.account_id, told.handle) == ("x", "1004", "renamed")
    assert told.profile["handle"] == "renamed"
    assert told.profile["followers_count"] == 40
    assert [seen.profile["handle"] for seen in told.history] == ["renamed", "voice_4"]
    assert told.last_observed_at >= told.first_observed_at
    assert len(told.posts) == POSTS_SHOWN
    assert told.posts_left_out > 0
    assert all(None not in each.values() for each in told.posts)
    assert (told.result.platform, told.result.account_id) == ("x", "1004")
    assert told.campaign is not None
    assert told.judged_revision == 1


def test_an_account_that_came_after_the_judgement_has_no_result_yet(
    judged: Any, reading: Callable[..., Any], post: Make
) -> None:
    judged.posts(post(account_id="newcomer"))
    told = reading(questions.dossier, "x", "newcomer", "en")
    assert (told.result, told.group, told.campaign, told.history) == (None, None, None, [])
    assert [each["post_id"] for each in told.posts] == ["70"]


@pytest.mark.parametrize("name", ["nobody", "voice_4", "\x00", "%"])
def test_an_account_that_was_not_seen_is_not_found(
    judged: Any, reading: Callable[..., Any], name: str
) -> None:
    with pytest.raises(OperationNotFoundError, match="not by handle"):
        reading(questions.dossier, "x", name, "en")


def test_campaigns_are_told_with_what_the_judgement_says(judged: Any, reading: Callable[..., Any]) -> None:
    found = reading(questions.tracked, "campaign", "en")
    assert found
    for each in found:
        assert each.is_found
        assert each.campaign is not None
        assert each.members == len(each.campaign.accounts)
        assert reading(questions.one_tracked, "campaign", each.track, "en") == each
    with pytest.raises(OperationNotFoundError, match="no group 99"):
        reading(questions.one_tracked, "group", 99, "en")
    # More than a database can hold.
    for number in (2**64, -(2**64)):
        with pytest.raises(OperationNotFoundError, match="has no group"):
            reading(questions.members, "group", number)


def test_a_handle_with_a_character_that_databases_refuse_is_kept(
    watched: Any, reading: Callable[..., Any], account: Make
) -> None:
    watched.accounts(account(handle="nul\x00byte", display_name="a\x00", description="\u202e\x00"))
    told = reading(questions.dossier, "x", "7", "en")
    assert told.profile["handle"] == "nul\x00byte"
    assert told.first_observed_at == datetime(2024, 5, 20, 12, tzinfo=UTC)


def test_a_ranked_account_says_when_it_was_created(judged: Any, reading: Callable[..., Any]) -> None:
    whole = reading(questions.ranking, "posts", Filters(), 0, 1000).accounts
    assert {each.created_at for each in whole if each.account_id == "1001"} == {
        datetime(2024, 4, 20, 1, tzinfo=UTC)
    }


def test_members_say_when_they_were_created(judged: Any, reading: Callable[..., Any]) -> None:
    track = reading(questions.tracked, "campaign", "en")[0].track
    ranked = reading(questions.ranking, "posts", Filters(campaign=track), 0, 1000).accounts
    created = reading(questions.creations, "campaign", track)
    assert sorted(created) == sorted(each.created_at for each in ranked if each.created_at)
    assert created
    assert reading(questions.creations, "group", 999) == []
    days = Counter(time.date() for time in created)
    for day, count in days.items():
        assert reading(questions.ranking, "posts", Filters(campaign=track, created=day), 0, 9).total == count
    assert reading(questions.ranking, "posts", Filters(created=date(1999, 1, 1)), 0, 9).total == 0
    for day in (date.min, date.max):
        assert reading(questions.ranking, "posts", Filters(created=day), 0, 9).total == 0
    posts = reading(questions.posts_of_track, "campaign", track)
    assert posts == sum(each.posts for each in ranked)


def test_the_rhythm_of_an_account_holds_all_its_posts(watched: Any, reading: Callable[..., Any]) -> None:
    sunday, tuesday = "2024-05-19T23:59:59Z", "2024-05-21T00:00:00Z"
    author = {"platform": "x", "account_id": "7"}
    times = [sunday] * 201 + [tuesday]
    watched.posts(*(author | {"post_id": str(place), "created_at": time} for place, time in enumerate(times)))
    told = reading(questions.dossier, "x", "7", "en")
    assert (told.rhythm[6][23], told.rhythm[1][0], sum(map(sum, told.rhythm))) == (201, 1, 202)


def test_an_account_is_called_by_its_own_names(judged: Any, reading: Callable[..., Any]) -> None:
    assert reading(questions.named, " X ", "1004") == AccountName("x", "1004", "voice_4")
    with pytest.raises(OperationNotFoundError, match="not by handle"):
        reading(questions.named, "x", "voice_4")


def test_a_campaign_is_drawn_with_its_accounts_and_what_joins_them(
    judged: Any, reading: Callable[..., Any]
) -> None:
    found = reading(questions.tracked, "campaign", "en")[0]
    drawn = reading(questions.drawing, "campaign", found.track)
    names = {(node.platform, node.account_id) for node in drawn.nodes}
    assert names == {(each.platform, each.account_id) for each in found.campaign.accounts}
    assert all(0 <= node.x <= drawn.width and 0 <= node.y <= drawn.height for node in drawn.nodes)
    groups = {each.track for each in reading(questions.tracked, "group", "en")}
    assert {node.group for node in drawn.nodes} <= {*groups, None}
    assert all(link.traces for link in drawn.links)
    assert all(None not in link.since and len(link.since) == len(link.traces) for link in drawn.links)
    assert max(max(link.first, link.second) for link in drawn.links) < len(drawn.nodes)


def test_earlier_campaigns_are_recognised_by_accounts_apart_from_by_contents(
    judged: Any, reading: Callable[..., Any]
) -> None:
    found = reading(questions.tracked, "campaign", "en")[0]
    assert reading(questions.recognised, "campaign", found.track) == []
    ties = ("account", "content", "content")
    with judged.catalogue.database(judged.id).writing() as connection:
        for member, tie in zip(found.campaign.accounts, ties, strict=False):
            own = tables.verdicts.c.account == account_key(member.platform, member.account_id)
            connection.execute(update(tables.verdicts).where(own).values(known={"Old tide": tie}))
    assert reading(questions.recognised, "campaign", found.track) == [
        Recognised("Old tide", "content", 2), Recognised("Old tide", "account", 1),
    ]  # fmt: skip
    assert reading(questions.recognised, "campaign", found.track + 1) == []
    for name, count in (("Old tide", 3), ("Old", 0), ("Old ti%", 0), ("account", 0)):
        wanted = Filters(campaign=found.track, known=name)
        assert reading(questions.ranking, "posts", wanted, 0, 9).total == count, name


def test_what_the_last_judgement_did_not_find_is_not_drawn(judged: Any, reading: Callable[..., Any]) -> None:
    with pytest.raises(OperationNotFoundError):
        reading(questions.drawing, "group", 999)
