"""What the platform asks for is enriched by a real operation, and no more is said than may be said."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from vigie.client import Client, Retries
from vigie.errors import AnswerError, UnreachableError
from vigie.features.json_object import JsonObject
from vigie.serving.stix import objects, relations
from vigie_opencti.connector import Connector

RED = objects.marking_id("red")


def user_account(account_id: str, **fields: Any) -> JsonObject:
    own = {"account_type": "twitter", "user_id": account_id, "account_login": None} | fields
    ident = objects.identifier("user-account", **own)
    known = {name: value for name, value in own.items() if value is not None}
    return {"type": "user-account", "spec_version": "2.1", "id": ident, **known}


def channel(name: str) -> JsonObject:
    return {"type": "channel", "id": objects.identifier("channel", name=name.lower()), "name": name}


def test_a_member_of_a_group_gets_a_score_labels_a_note_on_itself_and_its_group(
    platform: Any, watched: Any
) -> None:
    asked = platform()
    entity = user_account(watched.together[0], labels=["seen before"], object_marking_refs=[RED])
    assert asked.enrich(entity).startswith("sent ")
    (own,) = asked.objects("user-account")
    assert own["id"] == entity["id"]
    assert 0 <= own["x_opencti_score"] <= 100
    assert own["labels"][0] == "seen before"
    (note,) = asked.objects("note")
    assert note["object_refs"] == [entity["id"]]
    assert "Harbour vote" in note["content"]
    assert "Inauthentic with a probability of" in note["content"]
    assert "A measurement is no proof." in note["content"]
    (group,) = asked.objects("grouping")
    assert group["name"] == "Harbour vote: group 1"
    assert group["object_refs"] == [entity["id"]]
    assert group["confidence"] in (50, 75)
    for each in (note, group):
        assert each["object_marking_refs"] == [RED, objects.marking_id("amber")]
    assert not asked.objects("relationship")
    assert "x_opencti_score" not in entity


def test_members_of_a_group_name_the_same_grouping(platform: Any, watched: Any) -> None:
    asked = platform()
    found = []
    for account_id in watched.together[:2]:
        asked.enrich(user_account(account_id))
        found += asked.objects("grouping")
    assert found[0]["id"] == found[1]["id"]
    assert found[0]["object_refs"] != found[1]["object_refs"]


def test_an_account_of_no_group_gets_none(platform: Any, watched: Any) -> None:
    asked = platform()
    asked.enrich(user_account(watched.alone))
    assert not asked.objects("grouping")
    assert len(asked.objects("note")) == 1


def test_the_same_enrichment_gives_the_same_objects(platform: Any, watched: Any) -> None:
    asked = platform()
    for _ in range(2):
        asked.enrich(user_account(watched.together[0]))
    assert asked.helper.sent[0] == asked.helper.sent[1]


def test_a_channel_belongs_to_the_account_that_has_the_score(platform: Any, watched: Any) -> None:
    asked, handle = platform(), watched.account(watched.together[0])["handle"]
    entity = channel(f"https://twitter.com/{handle.upper()}")
    asked.enrich(entity)
    (account,) = asked.objects("user-account")
    assert (account["user_id"], account["account_login"]) == (watched.together[0], handle)
    assert "x_opencti_score" in account
    assert "x_opencti_score" not in asked.objects("channel")[0]
    (relation,) = asked.objects("relationship")
    assert (relation["source_ref"], relation["relationship_type"], relation["target_ref"]) == (
        entity["id"], "belongs-to", account["id"],
    )  # fmt: skip
    assert relations.is_taken("channel", relation["relationship_type"], "user-account")
    assert asked.objects("note")[0]["object_refs"] == [entity["id"]]


def test_sentences_are_in_the_language_of_the_connector(platform: Any, watched: Any) -> None:
    asked = platform(language="fr")
    asked.enrich(user_account(watched.together[0]))
    assert "Une mesure n’est pas une preuve." in asked.objects("note")[0]["content"]
    assert asked.objects("grouping")[0]["name"] == "Harbour vote\u202f: groupe 1"


def test_of_an_object_marked_above_what_may_be_sent_nothing_is_asked(platform: Any, watched: Any) -> None:
    asked = platform(url="http://127.0.0.1:9", max_tlp="TLP:GREEN")
    with pytest.raises(ValueError, match=r"nothing was sent to vigie.*TLP:AMBER.*TLP:GREEN at most"):
        asked.enrich(user_account(watched.together[0]), tlp="TLP:AMBER")
    assert not asked.helper.sent
    assert asked.enrich(user_account(watched.together[0]), tlp="TLP:GREEN").startswith("sent ")


def test_an_account_that_was_not_seen_adds_nothing_and_a_playbook_goes_on(platform: Any) -> None:
    asked = platform()
    for entity in (user_account("404"), channel("x.com/nobody_of_that_name")):
        assert asked.enrich(entity) == "nothing added: the operation has not seen this account"
        assert not asked.helper.sent
    asked.helper.playbook = {"step_id": "s"}
    entity, other = user_account("404"), {"type": "note", "id": "note--1"}
    asked.enrich(entity, other)
    assert asked.helper.sent[-1]["objects"] == [entity, other]


def test_what_is_out_of_scope_is_given_back_to_a_playbook_as_it_was(platform: Any) -> None:
    asked = platform()
    asked.helper.playbook = {"step_id": "s"}
    entity = {"type": "domain-name", "id": "domain-name--1", "value": "a.example"}
    assert "not an account or a channel" in asked.enrich(entity)
    assert asked.helper.sent[-1]["objects"] == [entity]


def test_other_objects_of_a_playbook_stay_in_the_bundle(platform: Any, watched: Any) -> None:
    asked = platform()
    other = {"type": "report", "id": "report--1", "name": "r"}
    asked.enrich(user_account(watched.together[0]), other)
    assert asked.objects("report") == [other]
    assert len(asked.objects("user-account")) == 1


def test_an_operation_that_is_not_there_or_a_service_that_is_away_is_an_error_in_words(
    platform: Any, watched: Any
) -> None:
    with pytest.raises(AnswerError, match="there is no operation of that name"):
        platform(operation="op_0000000000000000").enrich(user_account(watched.together[0]))
    asked = platform()
    with Client("http://127.0.0.1:9", retries=Retries(most=0)) as away:
        connector = Connector(asked.connector.settings, asked.helper, away)
        with pytest.raises(UnreachableError, match="gave no answer"):
            type(asked)(connector, asked.helper).enrich(user_account(watched.together[0]))


def test_logs_hold_no_handle_and_no_id_of_the_account(
    platform: Any, watched: Any, caplog: pytest.LogCaptureFixture
) -> None:
    # As pycti sets up logging for all libraries of the process.
    caplog.set_level(logging.INFO)
    asked, account_id = platform(), watched.together[0]
    message = asked.enrich(user_account(account_id))
    by_client = [record.getMessage() for record in caplog.records if record.name.startswith("http")]
    written = str(asked.helper.connector_logger.lines) + message + str(by_client)
    assert account_id not in written
    assert watched.account(account_id)["handle"] not in written
    assert asked.helper.connector_logger.lines
