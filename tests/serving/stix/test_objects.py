"""Objects have the ids that OpenCTI gives them, and markings are those of the standard."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from vigie.serving.stix import objects
from vigie.serving.stix.objects import MARKINGS, Channel, Relationship, Text, Url, UserAccount

TIME = datetime(2024, 5, 3, 8, tzinfo=UTC)
SAID = {"created": TIME, "modified": TIME, "created_by_ref": None, "object_marking_refs": ()}


# Ids in bundles that VIGINUM published.
@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("campaign", {"name": "portal kombat"}, "e91102af-730e-5daa-8452-1315d8db0cf3"),
        ("attack-pattern", {"x_mitre_id": "T0119"}, "22edfe85-499c-5558-8540-a5ad671eca89"),
        (
            "identity",
            {"name": "viginum", "identity_class": "organization"},
            "400d6864-aee4-5269-b7ea-83615172ceb6",
        ),
    ],
)
def test_ids_are_those_of_published_bundles(kind: str, fields: dict[str, str], expected: str) -> None:
    assert objects.identifier(kind, **fields, absent=None) == f"{kind}--{expected}"


def test_a_channel_is_one_whatever_its_case_and_two_on_two_platforms() -> None:
    def channel(name: str) -> Channel:
        return Channel(name=name, **SAID)  # type: ignore[arg-type]  # by name

    assert channel("x.com/Ann").id == channel("x.com/ann").id
    assert channel("x.com/ann").id != channel("vk.com/ann").id
    assert channel("x.com/Ann").to_json() == {
        "type": "channel", "spec_version": "2.1", "id": channel("x.com/ann").id, "created": "2024-05-03T08:00:00.000Z",
        "modified": "2024-05-03T08:00:00.000Z", "name": "x.com/Ann",
    }  # fmt: skip


def test_an_account_is_told_apart_by_its_platform_id_and_handle_only() -> None:
    def account(**fields: object) -> UserAccount:
        given = {
            "account_type": "twitter", "user_id": "7", "account_login": "Ann", "display_name": None, "account_created": None,
            "object_marking_refs": (),
        }  # fmt: skip
        return UserAccount(**(given | fields))  # type: ignore[arg-type]  # by name

    assert account().id == account(display_name="Ann", x_opencti_score=4).id
    assert account().id != account(user_id="8").id
    assert account().id != account(account_type="facebook").id
    assert "account_login" not in account(account_login=None).to_json()


def test_a_page_and_words_have_the_ids_that_opencti_gives_them() -> None:
    # A url of the bundle Portal Kombat.
    page = Url(value="tigerweb.ru/services/web/lugansk-news.ru", object_marking_refs=())
    assert page.id == "url--cb67193d-450e-5732-9fb0-7d9de343b580"
    assert Text(value="Vote", object_marking_refs=()).id != Text(value="vote", object_marking_refs=()).id


def test_a_relation_that_opencti_refuses_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="no relation uses from user-account to channel"):
        Relationship(relationship_type="uses", source_ref="user-account--1", target_ref="channel--1", **SAID)  # type: ignore[arg-type]


@pytest.mark.parametrize("marking", MARKINGS)
def test_markings_have_the_ids_of_the_standard(marking: objects.Marking) -> None:
    told = objects.marking_definition(marking)
    assert told["id"] == objects.marking_id(marking)
    assert MARKINGS[marking] in told["id"]


def test_times_are_written_in_utc_to_the_millisecond() -> None:
    assert objects.instant(TIME.replace(microsecond=120_999)) == "2024-05-03T08:00:00.120Z"
