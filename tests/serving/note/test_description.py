"""Fields that a measurement fills are filled, and the others are marked for a person."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from vigie.features.coordination.comparison import Comparison
from vigie.features.coordination.report.types import CreationTest
from vigie.features.i18n import LANGUAGES
from vigie.serving.note import description
from vigie.serving.note.description import Entry
from vigie.serving.note.subjects import Subject

FOR_PERSONS = {"personas", "advertising", "narrative", "targets", "exposure"}


def entries(campaign: Subject, compared: Comparison) -> dict[str, Entry]:
    return {
        entry.label.key.removeprefix("technical.field_"): entry
        for section in description.of(campaign, compared, {})
        for entry in section.entries
    }


@pytest.fixture
def known(campaign: Subject, flood: Any) -> dict[str, Entry]:
    return entries(campaign, flood.compared)


def test_what_no_measurement_fills_is_for_a_person_and_has_no_answer(known: dict[str, Entry]) -> None:
    assert {name for name, entry in known.items() if entry.is_for_person} == FOR_PERSONS
    assert not any(known[name].answers for name in FOR_PERSONS)


def test_what_is_measured_is_told_with_figures(known: dict[str, Entry]) -> None:
    said = {name: " ".join(answer.say("en") for answer in entry.answers) for name, entry in known.items()}
    assert "16 accounts: 14 on X and 2 on Facebook" in said["platforms"]
    assert "X: 14 accounts whose number is known" in said["followers"]
    assert said["hashes"].startswith("4 hashes")
    assert "from X to Facebook" in said["paths"]
    assert "16 accounts described are 21% of the 76 accounts compared" in said["collection"]
    assert "reposts somebody" in said["amplified"]
    assert (known["languages"].answers, known["languages"].is_for_person) == ((), False)


def test_languages_are_named(campaign: Subject, flood: Any) -> None:
    spoken = replace(flood.compared, posts=flood.compared.posts.with_columns(lang=pl.lit("en-GB")))
    (answer,) = entries(campaign, spoken)["languages"].answers
    assert "anglais (" in answer.say("fr")


def test_creations_in_a_burst_are_told_where_they_were_tested(campaign: Subject, flood: Any) -> None:
    test = CreationTest(p=1 / 2_001, reference="corpus", within_1_days=9, within_7_days=16, within_31_days=16)
    tested = replace(campaign, told=replace(campaign.told, creation=test))
    (answer,) = entries(tested, flood.compared)["creations"].answers
    assert "Up to 16 accounts were created within seven days" in answer.say("en")


def test_every_answer_can_be_said_in_every_language(known: dict[str, Entry]) -> None:
    for entry in known.values():
        for each in (entry.label, *entry.answers):
            assert all(each.say(language) for language in LANGUAGES)


def test_reposted_accounts_are_named_where_the_collection_knows_them(campaign: Subject, flood: Any) -> None:
    posts = flood.compared.posts.with_columns(
        kind=pl.when(pl.col("row") == 0).then(pl.lit("repost")).otherwise("kind"),
        target_account_id=pl.when(pl.col("row") == 0).then(pl.lit("1020")),
    )
    (answer,) = entries(campaign, replace(flood.compared, posts=posts))["amplified"].answers
    assert "@person20 (" in answer.say("en")


def test_what_the_collection_lacks_is_counted(campaign: Subject, flood: Any) -> None:
    accounts = flood.compared.accounts.with_columns(followers_count=pl.lit(None, pl.Int64))
    answers = entries(campaign, replace(flood.compared, accounts=accounts))["collection"].answers
    assert "followers not collected: 16 accounts of 16" in " ".join(each.say("en") for each in answers)
