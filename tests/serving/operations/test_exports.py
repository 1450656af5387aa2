"""Files of an operation: the same groups as its questions tell, found again by their members."""

from __future__ import annotations

from dataclasses import replace
from html import unescape
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import polars as pl
import pytest
from sqlalchemy import update

from vigie.errors import OperationNotFoundError
from vigie.features.coordination.comparison import compare
from vigie.features.similarity import text_forms
from vigie.models import engine as engine_module
from vigie.models.engine import ScoringEngine
from vigie.serving.note import subjects
from vigie.serving.operations import copied, decisions, exports, judgement, questions, tables
from vigie.serving.operations.decisions import Statement, TrackSubject
from vigie.serving.operations.exports import Found
from vigie.serving.operations.observation import observe_tables


@pytest.fixture
def found(watched: Any, engine: ScoringEngine, limits: Any, flood: Any) -> Found:
    """What is found in an operation that was judged; of one kind of store, since files do not depend on it."""
    from vigie.features import schema

    accounts = flood.accounts.drop("row")
    posts = flood.posts.drop("account_id").join(
        flood.accounts.select("row", "platform", "account_id"), on="row"
    )
    catalogue = watched.catalogue
    database = catalogue.database(watched.id)
    with catalogue.observing(watched.id) as connection:
        observe_tables(connection, accounts, posts.select(list(schema.schema("posts"))), catalogue.clock())
    judgement.judge(database, engine, limits, catalogue.clock())
    return exports.found(
        database, engine, limits, name="Harbour <vote>", language="fr", progress=lambda _: None
    )


def test_a_campaign_is_written_by_its_number_over_time(watched: Any, found: Found) -> None:
    database = watched.catalogue.database(watched.id)
    with database.reading() as connection:
        (told, *_) = questions.tracked(connection, "campaign", "fr")
        (group, *_) = questions.tracked(connection, "group", "fr")
    subject = found.subject(database, "campaign", told.track)
    assert len(subject.members) == told.members
    assert len(found.subject(database, "group", group.track).members) == group.members
    with pytest.raises(OperationNotFoundError, match="campaign 99"):
        found.subject(database, "campaign", 99)

    bundle = found.stix([subject], "green")
    kinds = [each["type"] for each in bundle.objects]
    assert kinds.count("user-account") == told.members
    assert "TLP:GREEN" in {each.get("name") for each in bundle.objects}
    assert bundle.to_json() == found.stix([subject], "green").to_json()
    remembered = found.remembered(subject, "Harbour", watched.id)
    assert (len(remembered.accounts), remembered.source.name) == (told.members, watched.id)

    archive = ZipFile(BytesIO(exports.zipped("note", found.note("note"))))
    assert archive.namelist() == ["note.html", "note.accounts.csv", "note.posts.csv"]
    page = archive.read("note.html").decode()
    assert "Harbour &lt;vote&gt;" in page
    assert found.note("note").page == page
    assert found.network().startswith("<?xml")


def test_the_page_in_a_bundle_tells_of_what_the_bundle_is_about_and_of_no_other(
    watched: Any, found: Found
) -> None:
    database = watched.catalogue.database(watched.id)
    with database.reading() as connection:
        (track, *_) = (each.track for each in questions.tracked(connection, "group", "fr"))
    group = found.subject(database, "group", track)
    handles = found.compared.accounts["handle"].to_list()
    everyone = (row for one in subjects.of(found.compared, found.told) for row in one.members)
    told = {row for row in everyone if (handles[row] or "").isidentifier()}
    assert told > told & {*group.members}

    def named(page: str) -> set[int]:
        return {row for row in told if f"{handles[row]}<" in page}

    (attached,) = found.stix([group], "green").files()
    assert named(found.note("note").page) == told
    assert named(attached.data.decode()) == told & {*group.members}


def test_a_content_is_written_by_its_id_as_its_page_tells_of_it(watched: Any, found: Found) -> None:
    with watched.catalogue.database(watched.id).reading() as connection:
        listed = copied.contents(connection)
        told = {each.id: copied.publications(connection, each.id, 0, 500) for each in listed}
    assert {each.trace for each in listed} >= {"text_duplicate", "media_duplicate", "co_url"}
    for each in listed:
        content = found.content(each.id)
        assert (content.trace, content.name, content.accounts, content.posts) == (
            each.trace, each.object, each.accounts, each.posts,
        )  # fmt: skip
        posts = found.compared.posts[content.acts["post"].to_list()]
        assert posts["post_id"].to_list() == [post.post_id for post in told[each.id].posts]
        assert content.grouped >= max([0, *told[each.id].groups.values()])
        bundle = found.stix(content, "green")
        assert sum(one["type"] == "user-account" for one in bundle.objects) == each.accounts
        assert bundle.to_json() == found.stix(found.content(each.id), "green").to_json()
        (attached,) = bundle.files()
        assert (attached.name, attached.mime_type) == ("content.html", "text/html")
        assert content.spread.say("fr") in unescape(attached.data.decode())
    with pytest.raises(OperationNotFoundError, match="content is not found"):
        found.content("0" * 32)


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
@pytest.mark.parametrize("verdict", ["strong", "shared_contents"])
def test_what_is_shared_is_of_strong_evidence_or_confirmed_and_no_false_positive(
    verdict: Any, watched: Any, found: Found
) -> None:
    database = watched.catalogue.database(watched.id)
    with database.reading() as connection:
        (track, *_) = (each.track for each in questions.tracked(connection, "campaign", "fr"))
    campaigns = [replace(each, verdict=verdict) for each in found.told.campaigns]
    groups = [replace(each, verdict="synchronous") for each in found.told.groups]
    told = replace(found, told=replace(found.told, campaigns=campaigns, groups=groups))

    def shared() -> list[Any]:
        return [(each.kind, each.track) for each in told.to_share(database)]

    def decide(choice: Any, after: int | None) -> int:
        said = Statement(TrackSubject("campaign", track), "coordinated", choice, "Ann", "read", after)
        with database.writing() as connection:
            return decisions.record(connection, said, watched.catalogue.clock())

    assert shared() == ([("campaign", track)] if verdict == "strong" else [])
    first = decide("confirmed", None)
    assert shared() == [("campaign", track)]
    decide("false_positive", first)
    assert shared() == []


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_a_bundle_calls_what_it_holds_by_the_numbers_over_time(watched: Any, found: Found) -> None:
    database = watched.catalogue.database(watched.id)
    with database.writing() as connection:
        connection.execute(update(tables.tracks).values(id=tables.tracks.c.id + 40))
    about = found.to_share(database)
    assert about
    bundle = found.stix(about, "green")
    judged = [each["name"] for each in bundle.objects if each["type"] in ("incident", "grouping")]
    assert judged == [f"Harbour <vote>: {each.title.say('fr')}" for each in about]
    assert all(each.number > 40 for each in about)
    members = {row for each in about for row in each.members}
    assert sum(each["type"] == "user-account" for each in bundle.objects) == len(members)


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_a_file_scores_its_accounts_once_and_finds_nothing_out_of_texts_that_were_compared(
    watched: Any, engine: ScoringEngine, limits: Any, found: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject, *_ = subjects.of(found.compared, found.told)
    made = found.stix([subject], "amber").to_json()
    compared: list[str] = []
    formed: set[str] = set()
    form = text_forms.normal_form

    def comparing(*given: Any, **named: Any) -> Any:
        compared.append("all")
        return compare(*given, **named)

    def forming(texts: pl.Series) -> pl.Series:
        formed.update(texts)
        return form(texts)

    monkeypatch.setattr(engine_module, "compare", comparing)
    monkeypatch.setattr(text_forms, "normal_form", forming)
    again = exports.found(
        watched.catalogue.database(watched.id), engine, limits, name=found.name, language="fr", progress=lambda _: None
    )  # fmt: skip
    assert again.stix([subject], "amber").to_json() == made
    # The operation, and the accounts as a note scores them.
    assert compared == ["all", "all"]
    assert formed.isdisjoint(found.compared.posts["text"])


def test_an_operation_with_nobody_to_compare_says_so(
    watched: Any, engine: ScoringEngine, limits: Any, account: Any
) -> None:
    watched.accounts(account("1"))
    with pytest.raises(OperationNotFoundError, match="too few accounts"):
        exports.found(
            watched.catalogue.database(watched.id),
            engine,
            limits,
            name="t",
            language="en",
            progress=lambda _: None,
        )
