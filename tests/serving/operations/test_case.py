"""What an operation knows of a campaign beside what is measured: criteria, decisions, known campaigns."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from vigie.errors import OperationNotFoundError
from vigie.features import schema
from vigie.features.coordination import baselines
from vigie.models.engine import ScoringEngine
from vigie.serving.note.technical import Case
from vigie.serving.operations import judgement, questions, tables
from vigie.serving.operations.case import case
from vigie.serving.operations.decision_chain import decide
from vigie.serving.operations.decisions import CriterionSubject, Statement, TrackSubject
from vigie.serving.operations.observation import observe_tables


def test_who_said_what_and_who_comes_back_is_known(
    watched: Any, engine: ScoringEngine, limits: Any, flood: Any
) -> None:
    posts = flood.posts.drop("account_id").join(
        flood.accounts.select("row", "platform", "account_id"), on="row"
    )
    catalogue = watched.catalogue
    database = catalogue.database(watched.id)
    with catalogue.observing(watched.id) as connection:
        observe_tables(
            connection,
            flood.accounts.drop("row"),
            posts.select(list(schema.schema("posts"))),
            catalogue.clock(),
        )
    judgement.judge(database, engine, limits, catalogue.clock())
    with database.reading() as connection:
        (told, *_) = questions.tracked(connection, "campaign", "en")
    criterion = CriterionSubject("campaign", told.track, "fundamental_interests")
    decide(catalogue, watched.id, Statement(criterion, None, "met", "an analyst", "the vote", None))
    campaign = TrackSubject("campaign", told.track)
    decide(catalogue, watched.id, Statement(campaign, "coordinated", "confirmed", "another", "read", None))
    with database.writing() as connection:
        connection.execute(update(tables.verdicts).values(known={"Old": "account", "Other": "content"}))

    def known(track: int) -> Case:
        with database.reading() as connection:
            return case(
                connection, "campaign", track, operation=watched.id, revision=1, languages=["en"], marking="green",
                rates=baselines.shipped(), language="fr",
            )  # fmt: skip

    found = known(told.track)
    assert found.reference == f"{watched.id} / campaign-{told.track}"
    assert [each.said.by if each.said else None for each in found.criteria] == [
        "an analyst",
        None,
        None,
        None,
    ]
    assert [bool(each.measured) for each in found.criteria] == [False, False, True, False]
    assert [(each.choice.say("fr"), each.by, each.why) for each in found.decisions] == [
        ("Confirmé", "another", "read")
    ]
    assert {(each.name, each.accounts, each.by_account) for each in found.earlier} == {
        ("Old", told.members, True),
        ("Other", told.members, False),
    }
    with pytest.raises(OperationNotFoundError):
        known(99)
