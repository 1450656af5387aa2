"""Decisions adapt the model to their operation, as the command line does, and a head stands on one model alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from vigie.cli.adapt import adapt as adapt_command
from vigie.errors import AdaptationRefusedError, LabelError, OperationNotFoundError
from vigie.features.coordination.comparison import Limits
from vigie.features.i18n import Decimal, message
from vigie.models import bundle
from vigie.models.engine import Models, ScoringEngine
from vigie.serving.operations import adaptation, tables
from vigie.serving.operations.judgement import Judged, judge, judged


@pytest.fixture
def fit(decided: Any, models: Models) -> Callable[[], None]:
    """Return a function that adapts the model to the operation."""

    def adapt() -> None:
        database = decided.catalogue.database(decided.id)
        adaptation.adapt(database, decided.id, models.inauthentic, by="a key", now=decided.catalogue.clock())

    return adapt


@pytest.fixture
def judge_now(decided: Any, engine: ScoringEngine, limits: Limits) -> Callable[..., Judged]:
    """Return a function that judges the operation."""

    def ask(by: ScoringEngine = engine) -> Judged:
        return judge(decided.catalogue.database(decided.id), by, limits, decided.catalogue.clock())

    return ask


def probabilities(connection: Any) -> dict[bytes, float]:
    table = tables.verdicts
    return {row.account: row.inauthentic for row in connection.execute(select(table)) if row.inauthentic}


def test_a_head_judges_its_operation_until_it_is_forgotten(
    fit: Callable[[], None], judge_now: Callable[..., Judged], reading: Callable[..., Any], decided: Any,
    models: Models,
) -> None:  # fmt: skip
    as_it_is = judge_now()
    before = reading(probabilities)
    fit()
    told = reading(adaptation.told, models.inauthentic, "en")
    now = judge_now()
    assert (as_it_is.adapted_from, now.adapted_from) == (None, models.inauthentic.version)
    assert now.models["inauthentic"] == told.version != as_it_is.models["inauthentic"]
    assert reading(probabilities) != before
    assert reading(judged, "fr").adapted_from == models.inauthentic.version
    with decided.catalogue.database(decided.id).writing() as connection:
        adaptation.forget(connection)
    assert judge_now().adapted_from is None
    assert reading(probabilities) == before


def test_what_it_is_worth_is_told_with_how_the_decisions_were_used(
    fit: Callable[[], None], reading: Callable[..., Any], models: Models
) -> None:
    fit()
    told = reading(adaptation.told, models.inauthentic, "fr")
    assert (told.by, told.accounts, told.is_in_use) == ("a key", 220, True)
    used = told.labels
    assert used.inauthentic + used.ordinary + used.abstained + used.repeated == 120
    assert told.gain.low > 0
    assert told.before.value < told.after.value
    assert any("ne vaut que pour cette collecte" in note for note in told.notes)


def test_the_operation_is_judged_again_once_it_is_adapted(
    fit: Callable[[], None], judge_now: Callable[..., Judged], reading: Callable[..., Any]
) -> None:
    revision = judge_now().revision
    fit()
    assert (
        reading(lambda connection: connection.execute(select(tables.state.c.revision)).scalar_one())
        > revision
    )


def test_the_command_line_makes_the_same_head(
    fit: Callable[[], None], reading: Callable[..., Any], decided: Any, address: str, tmp_path: Path
) -> None:
    # The command line has a clock of its own.
    decided.catalogue.change(decided.id, {"expires_at": datetime(2090, 1, 1, tzinfo=UTC)})
    fit()
    adapt_command(out=tmp_path / "mine.vigie", operation=decided.id, store=address)
    entries = reading(lambda connection: connection.execute(select(tables.adaptation.c.entries)).scalar_one())
    written = bundle.load(tmp_path / "mine.vigie").index
    assert written["adaptation"] == entries["adaptation"]
    assert written["figures"]["adaptation"] == entries["figures"]["adaptation"]


def test_a_head_does_not_judge_where_another_model_is_in_use(
    fit: Callable[[], None], judge_now: Callable[..., Judged], reading: Callable[..., Any], models: Models
) -> None:
    fit()
    other = replace(models.inauthentic, index={**models.inauthentic.index, "version": "another"})
    told = judge_now(ScoringEngine(models.replacing(other)))
    assert told.models["inauthentic"] == "another"
    assert told.adapted_from is None
    assert "stands on a model that is no longer in use" in told.notes[0]
    assert not reading(adaptation.told, other, "en").is_in_use


def test_too_few_decisions_are_refused_and_what_judged_goes_on(
    watched: Any, models: Models, reading: Callable[..., Any], account: Callable[..., Any]
) -> None:
    watched.accounts(account("1"))
    with pytest.raises(
        LabelError, match="0 are inauthentic and 0 ordinary; at least 20 are needed, 5 of each"
    ):
        adaptation.adapt(
            watched.catalogue.database(watched.id),
            watched.id,
            models.inauthentic,
            by="a",
            now=watched.catalogue.clock(),
        )
    with pytest.raises(OperationNotFoundError, match="not adapted"):
        reading(adaptation.told, models.inauthentic, "en")
    with (
        watched.catalogue.database(watched.id).writing() as connection,
        pytest.raises(OperationNotFoundError),
    ):
        adaptation.forget(connection)


def test_a_refusal_is_told_in_french() -> None:
    figures = {name: Decimal(0.1234, 3) for name in ("after", "before", "gain", "low", "high")}
    said = (
        AdaptationRefusedError(message("training.adaptation_refused", count=30, **figures)).args[0].say("fr")
    )
    assert "le gain, 0,123 [0,123\u202f; 0,123], n’est pas supérieur à 0" in said


def test_suggestions_are_judged_and_nobody_decided_on_them(
    judge_now: Callable[..., Judged], reading: Callable[..., Any], decided: Any, labelled_collection: Any
) -> None:
    judge_now()
    found = reading(adaptation.suggested, decided.id, 30, "fr")
    names = {each.account_id for each in found.accounts}
    assert len(names) == 30
    assert not names & set(labelled_collection.labels()["name"])
    assert all("tiré au sort" in each.why for each in found.accounts)
    assert found.judged_revision == 1


def test_an_operation_that_is_not_judged_suggests_nobody(watched: Any, reading: Callable[..., Any]) -> None:
    assert reading(adaptation.suggested, watched.id, 5, "en").accounts == []
