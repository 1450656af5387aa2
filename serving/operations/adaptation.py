"""The model of inauthenticity adapted to an operation by its own decisions.

A head is fitted on what the operation has seen and on its decisions, as ``vigie adapt --operation`` does, and kept only where it
surely ranks better than the model as it is. It judges the operation from then on, lies among its tables and is forgotten with
it. It stands on one version of the model: where another is in use, the operation is judged by that one as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import numpy as np
from pydantic import Field
from sqlalchemy import Connection, Row, delete, insert, select, update

from vigie.errors import OperationNotFoundError
from vigie.features.i18n import Language, message
from vigie.features.ingest import own_labels
from vigie.models import rehearsal
from vigie.models.adaptation import suggestions
from vigie.models.adaptation.collection import Labels, ScoredCollection, fit, put_on
from vigie.models.adaptation.fitting import require
from vigie.models.bundle import Bundle
from vigie.models.engine import ScoringEngine
from vigie.serving.operations import corpus, labels, tables
from vigie.serving.operations.store import Database

_TABLE = tables.adaptation


def _doc(text: str) -> object:
    return Field(description=text)


@dataclass(frozen=True, slots=True)
class Area:
    """An area under the ROC curve, or the difference of two, with its interval at 95 %."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Adaptation:
    """A head that decisions made, and what it is worth on labelled accounts that it did not see."""

    version: Annotated[str, _doc("Digest of the adapted model: what answers name as the model that judged.")]
    adapted_from: Annotated[str, _doc("Version of the model that it stands on.")]
    is_in_use: Annotated[
        bool, _doc("Whether that model is in use; false: the operation is judged by the model as it is.")
    ]
    at: datetime
    by: Annotated[str, _doc("Whose key asked for it.")]
    accounts: Annotated[int, _doc("Accounts that the operation had seen.")]
    labels: Annotated[Labels, _doc("How the decisions were used.")]
    before: Annotated[Area, _doc("The model as it is.")]
    after: Annotated[Area, _doc("With the head, by heads that were fitted without the account.")]
    gain: Annotated[Area, _doc("The second less the first, drawn in pairs.")]
    notes: list[str]


@dataclass(frozen=True, slots=True)
class SuggestedAccount:
    """An account to decide on next."""

    platform: str
    account_id: str
    handle: str | None
    probability: Annotated[float, _doc("Of the last judgement.")]
    why: str


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Accounts to decide on next, the highest scores first."""

    judged_revision: int
    accounts: list[SuggestedAccount]


def adapt(
    database: Database,
    operation: str,
    model: Bundle,
    *,
    by: str,
    now: datetime,
    progress: Callable[[str], None] = lambda _: None,
) -> None:
    """Fit a head on an operation and its decisions, and let it judge from now on; a head that was there is replaced.

    Args:
        database: Of the operation.
        operation: Its id.
        model: What judges accounts by themselves.
        by: Who asks for it.
        now: Clock of the service.
        progress: Called with the name of each step as it begins, and may raise to end the work.

    Raises:
        LabelError: The decisions are too few or of one class.
        AdaptationRefusedError: The head does not surely rank better; what judged before goes on judging.
        ConfigError: The model was adapted itself.
    """
    with database.reading() as connection:
        held, decided = corpus.read(connection), labels.labels(connection, operation)
    given = own_labels.of_table(decided)
    # Before anything is computed: the model may score fewer of them, and not more.
    require(given["y"].to_numpy())
    progress("accounts")
    collection = ScoredCollection.of(operation, held.accounts.drop("key"), held.posts, model)
    made = fit(collection, given, progress)
    adapted = put_on(model, made.entries())
    rehearsal.check(adapted)
    with database.writing() as connection:
        connection.execute(delete(_TABLE))
        connection.execute(
            insert(_TABLE).values(id=1, at=now, by=by, version=adapted.version, entries=made.entries())
        )
        _judge_anew(connection)


def told(connection: Connection, model: Bundle, language: Language) -> Adaptation:
    """Return the adaptation of an operation.

    Args:
        connection: Of the operation.
        model: What judges accounts by themselves.
        language: Of the notes.

    Raises:
        OperationNotFoundError: It has none.
    """
    row = _row(connection)
    if row is None:
        raise OperationNotFoundError(message("operations.error.not_adapted"))
    entry, used = row.entries["adaptation"], Labels(**row.entries["adaptation"]["labels"])
    before, after, gain = (
        Area(figure["auc"], figure["low"], figure["high"]) for figure in row.entries["figures"]["adaptation"]
    )
    return Adaptation(
        version=row.version,
        adapted_from=entry["parent"]["version"],
        is_in_use=_stands_on(row, model),
        at=row.at,
        by=row.by,
        accounts=entry["accounts"],
        labels=used,
        before=before,
        after=after,
        gain=gain,
        notes=[note.say(language) for note in used.notes()],
    )


def forget(connection: Connection) -> None:
    """Let the model as it is judge an operation again.

    Args:
        connection: Of the operation, writing.

    Raises:
        OperationNotFoundError: It has no adaptation.
    """
    if connection.execute(delete(_TABLE)).rowcount == 0:
        raise OperationNotFoundError(message("operations.error.not_adapted"))
    _judge_anew(connection)


def judging(connection: Connection, engine: ScoringEngine) -> ScoringEngine:
    """Return the engine that judges an operation: with its head, where the model that the head stands on is in use."""
    row, model = _row(connection), engine.models.inauthentic
    if row is None or not _stands_on(row, model):
        return engine
    return ScoringEngine(engine.models.replacing(put_on(model, row.entries)), engine.baseline)


def is_left_out(connection: Connection, model: Bundle) -> bool:
    """Return whether an operation has a head that stands on another model than the one in use."""
    row = _row(connection)
    return row is not None and not _stands_on(row, model)


def suggested(connection: Connection, operation: str, number: int, language: Language) -> Suggestions:
    """Return accounts to decide on next, by the last judgement; see :mod:`vigie.models.adaptation.suggestions`.

    Args:
        connection: Of the operation.
        operation: Its id.
        number: How many are wanted.
        language: Of why each is suggested.
    """
    accounts, verdicts = tables.accounts, tables.verdicts
    found = connection.execute(
        select(accounts.c.platform, accounts.c.account_id, accounts.c.handle, verdicts.c.inauthentic)
        .join(accounts, accounts.c.key == verdicts.c.account)
        .where(verdicts.c.inauthentic.is_not(None))
        .order_by(verdicts.c.account)
    ).all()
    decided = labels.labels(connection, operation)
    known = set(own_labels.of_table(decided).select("platform", "name").iter_rows())
    labelled = np.array([(row.platform, row.account_id) in known for row in found], dtype=np.bool_)
    scores = np.array([row.inauthentic for row in found])
    chosen = suggestions.suggest(scores, labelled, number)
    revision = connection.execute(select(tables.state.c.judged_revision)).scalar_one()
    return Suggestions(
        revision, [SuggestedAccount(*found[each.place], each.why.say(language)) for each in chosen]
    )


def _row(connection: Connection) -> Row[Any] | None:
    return connection.execute(select(_TABLE)).first()


def _stands_on(row: Row[Any], model: Bundle) -> bool:
    return bool(row.entries["adaptation"]["parent"]["version"] == model.version)


def _judge_anew(connection: Connection) -> None:
    """Let the operation be judged again, as where something came in."""
    connection.execute(update(tables.state).values(revision=tables.state.c.revision + 1))
