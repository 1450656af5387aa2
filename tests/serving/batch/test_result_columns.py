"""Results come back from their column as they were, to the last digit."""

from __future__ import annotations

from datetime import UTC, datetime

from vigie.models.engine import Models, ScoringEngine
from vigie.serving.batch import result_columns
from vigie.serving.batch.inputs import of_objects
from vigie.serving.batch.scoring import BulkScoring

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_scored_abstained_and_refused_accounts_come_back_as_they_were(models: Models) -> None:
    posts = [
        {"post_id": f"p{day}", "created_at": f"2024-05-{day:02}T12:0{day % 10}:00Z", "text": f"le vent {day}"}
        for day in range(1, 29)
    ]
    known = {"platform": "x", "account_id": "a", "observed_at": "2024-06-01T00:00:00Z", "posts": posts}
    bulk = BulkScoring(ScoringEngine(models), ("inauthentic",), 5, "fr")
    ((batch, _),) = of_objects([known, known | {"account_id": "b", "posts": []}, {}], NOW).batches()
    judged = bulk.judge(batch)
    assert len({type(one.inauthentic) for one in judged}) == 3
    assert result_columns.results(result_columns.of(bulk.judge)(batch)) == judged
