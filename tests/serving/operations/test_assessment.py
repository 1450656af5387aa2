"""An assessment measures what it can of what was found, and leaves the rest empty."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from sqlalchemy import insert

from vigie.errors import OperationNotFoundError
from vigie.features.coordination.comparison import Limits
from vigie.models.engine import ScoringEngine
from vigie.serving.operations import judgement, questions, tables
from vigie.serving.operations.assessment import CriterionName, assess


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_a_group_that_is_not_found_any_more_has_nothing_measured(watched: Any, engine: ScoringEngine) -> None:
    judgement.judge(watched.catalogue.database(watched.id), engine, Limits(), watched.catalogue.clock())
    values = {
        "kind": "group",
        "born_at": watched.catalogue.clock(),
        "seen_at": watched.catalogue.clock(),
        "members": [],
    }
    with watched.catalogue.database(watched.id).writing() as connection:
        connection.execute(insert(tables.tracks).values(**values))
        told = assess(connection, "group", 1, ["fr"], "en")
        assert not told.is_found
        assert [each.name for each in told.criteria] == list(get_args(CriterionName))
        assert not any(each.measured or each.against or each.said for each in told.criteria)
        assert told.clues == []
        with pytest.raises(OperationNotFoundError):
            assess(connection, "campaign", 1, ["fr"], "en")


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_clues_are_those_of_the_members_and_of_the_languages_of_the_operation(
    watched: Any, engine: ScoringEngine, flood: Any
) -> None:
    from vigie.cli.demo import requests

    sent = requests(flood.accounts, flood.posts)
    for place, one in enumerate(sent):
        for post in one["posts"]:
            post["lang"] = "ru" if place < 20 else "en"
    watched.accounts(*sent)
    database = watched.catalogue.database(watched.id)
    judgement.judge(database, engine, Limits(), watched.catalogue.clock())
    with database.reading() as connection:
        track = questions.tracked(connection, "campaign", "en")[0].track
        found = {each.name: each for each in assess(connection, "campaign", track, ["EN-gb"], "en").clues}
        assert 2 <= found["other_language"].accounts == found["other_language"].known <= 16
        assert assess(connection, "campaign", track, ["ru", "en"], "fr").clues == []
        assert assess(connection, "campaign", track, [], "fr").clues == []
