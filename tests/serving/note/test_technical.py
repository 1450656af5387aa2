"""The head of a technical note: fields, criteria with who filled which, techniques, digests; on the page, escaped."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import polars as pl
import pytest

from vigie.features.coordination import baselines
from vigie.features.coordination.report.types import Campaign
from vigie.features.i18n import LANGUAGES, Language, Message
from vigie.models.engine import Models
from vigie.serving.dossier import inputs
from vigie.serving.note import page, scores, subjects, technical
from vigie.serving.note.person_fields import FIELDS, FieldName
from vigie.serving.note.subjects import Subject
from vigie.serving.note.technical import Case, Criterion, Earlier, Saying, Written

SAID = Saying(
    Message("technical.choice_met"),
    "C. <b>Martin</b>\u202e",
    datetime(2024, 5, 21, 9, 30, 5, tzinfo=UTC),
    "read <i>",
)


@pytest.fixture(scope="module")
def case() -> Case:
    return Case(
        reference="op_1 / campaign-4",
        revision=3,
        marking="amber+strict",
        rates=baselines.shipped(),
        criteria=(Criterion("First", (), (), SAID), Criterion("Second", ("measured <x>",), ("weak",), None)),
        clues=("a clue",),
        earlier=(Earlier("Old <one>", 2, by_account=True), Earlier("Other", 1, by_account=False)),
    )


def test_confidence_has_its_reasons_and_is_that_of_the_verdict(
    campaign: Subject, flood: Any, models: Models, case: Case
) -> None:
    head = technical.of(campaign, flood.compared, models, case, {})
    assert head.level.key == f"technical.level_campaign_{campaign.told.verdict}"
    assert head.level.say("en") in page.made(
        "note", flood.compared, flood.report("en"), pl.DataFrame(schema=scores.SCHEMA), models,
        name="Harbour", language="en", about=[campaign], case=case,
    ).page  # fmt: skip
    assert head.marking == "TLP:AMBER+STRICT"
    assert isinstance(campaign.told, Campaign)
    weak = replace(campaign, told=replace(campaign.told, verdict="shared_contents"))
    doubtful = technical.of(weak, flood.compared, models, case, {})
    assert (doubtful.techniques, doubtful.level.say("fr").startswith("Modérée")) == ((), True)


def test_digests_are_those_of_the_sealed_dossier_and_of_the_annexes(
    campaign: Subject, flood: Any, models: Models, case: Case
) -> None:
    head = technical.of(campaign, flood.compared, models, case, {"a.csv": b"1;2"})
    held = {each.name.values.get("name"): each.digest for each in head.archive}
    for name, content in inputs.written(flood.compared).items():
        assert held[name] == sha256(content).hexdigest()
    assert held["a.csv"] == sha256(b"1;2").hexdigest()
    assert {each.digest for each in head.archive} >= {bundle.version for bundle in models.bundles.values()}


def test_decisions_and_earlier_campaigns_are_told_and_their_absence_too(
    campaign: Subject, flood: Any, models: Models, case: Case
) -> None:
    bare = technical.of(campaign, flood.compared, models, replace(case, earlier=()), {})
    earlier, decided, *_ = bare.follow_up
    assert [each.key for each in earlier.answers] == ["technical.no_earlier"]
    assert decided.is_for_person
    full = technical.of(campaign, flood.compared, models, replace(case, decisions=(SAID,)), {})
    earlier, decided, *_ = full.follow_up
    assert [each.key for each in earlier.answers] == [
        "technical.earlier_accounts",
        "technical.earlier_contents",
    ]
    assert "21 May 2024 at 09:30:05" in decided.answers[0].say("en").replace(",", "")


def test_profiles_that_were_all_seen_in_one_minute_have_one_time(
    campaign: Subject, flood: Any, models: Models, case: Case
) -> None:
    start = datetime(2024, 5, 16, 12, tzinfo=UTC)
    for seconds, said in (
        (59, "Le 16 mai 2024 à 12:00 UTC."),
        (60, "Du 16 mai 2024 à 12:00 UTC au 16 mai 2024 à 12:01 UTC."),
    ):
        seen = [start] * (flood.compared.accounts.height - 1) + [start + timedelta(seconds=seconds)]
        compared = replace(
            flood.compared, accounts=flood.compared.accounts.with_columns(observed_at=pl.Series(seen))
        )
        head = technical.of(campaign, compared, models, case, {})
        told = {entry.label.key: entry.answers for entry in head.identity}
        assert told["technical.field_observed"][0].say("fr") == said


def test_what_people_wrote_stands_in_its_field_and_the_rest_stands_once_at_the_end(
    campaign: Subject, flood: Any, models: Models, case: Case
) -> None:
    bare = technical.of(campaign, flood.compared, models, case, {})
    assert {each.key for each in bare.unfilled} == {
        f"technical.field_{name}" for name in (*FIELDS, "decisions")
    } | {"technical.unsaid"}
    written: dict[FieldName, Written] = {
        "author": Written("Unit\n  <b>A</b>", "Ann", SAID.at), "targets": Written("The vote", "Ann", SAID.at)
    }  # fmt: skip
    full = technical.of(
        campaign, flood.compared, models, replace(case, written=written, decisions=(SAID,)), {}
    )
    assert {each.key for each in bare.unfilled} - {each.key for each in full.unfilled} == {
        "technical.field_author", "technical.field_targets", "technical.field_decisions",
    }  # fmt: skip
    made = page.made(
        "note", flood.compared, flood.report("en"), pl.DataFrame(schema=scores.SCHEMA), models,
        name="Harbour", language="en", about=[campaign], case=replace(case, written=written),
    ).page  # fmt: skip
    assert (
        "<dt>Author and body</dt><dd><p>Unit &lt;b&gt;A&lt;/b&gt; (Ann, 21 May 2024 at 09:30 UTC)</p>" in made
    )
    assert made.count("Attribution") == 1
    assert made.index('id="unfilled"') > made.index('id="archive"')


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_marks_what_a_person_fills_prints_its_marking_and_shows_hostile_text_as_text(
    flood: Any, models: Models, case: Case, language: Language
) -> None:
    (subject,) = subjects.of(flood.compared, flood.report(language))
    made = page.made(
        "note", flood.compared, flood.report(language), pl.DataFrame(schema=scores.SCHEMA), models,
        name="Harbour", language=language, about=[replace(subject, track=4)], case=case,
    )  # fmt: skip
    text = made.page
    title = {"en": "Technical note: Campaign 4, Harbour", "fr": "Note technique\u202f: Campagne 4, Harbour"}[
        language
    ]
    assert f"<h1>{title}</h1>" in text
    assert '@top-right { content: "TLP:AMBER+STRICT"' in text
    assert Message("technical.for_person").say(language) in text
    assert "C. &lt;b&gt;Martin&lt;/b&gt;" in text
    assert "<b>Martin" not in text
    assert "Old &lt;one&gt;" in text
    assert "measured &lt;x&gt;" in text
    assert "\u202e" not in text
    for anchor in ("identity", "confidence", "chronology", "techniques", "criteria", "archive", "bias"):
        assert text.count(f'id="{anchor}"') == 1
