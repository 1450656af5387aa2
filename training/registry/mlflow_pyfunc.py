"""The bundle as an MLflow model, as code: what MLflow runs when it loads or serves a registered version.

MLflow executes this file (models-from-code): nothing is unpickled. Input: a column ``account``, each an
account with its posts as JSON in the shape of ``POST /v1/score``. Output: ``status``, ``probability`` and
the whole ``answer`` as JSON; an account that cannot be read has the status ``refused`` and its faults. A model
of coordination compares the accounts of one call with each other.

A model of inauthenticity also takes features that were computed before: the columns of ``vigie features``. It then gives the same
probability, and no reasons, as these name posts.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import mlflow
import pandas
import polars as pl
from mlflow.models import set_model
from pydantic import TypeAdapter

from vigie.features.ingest.parsing import from_texts
from vigie.features.ingest.refusals import Problem, refusal
from vigie.features.pipeline import MODEL_FEATURES, FeatureMatrix
from vigie.models import bundle
from vigie.models.engine import Models, ScoringEngine
from vigie.models.scoring import score
from vigie.models.verdict import (
    Abstention,
    AbstentionReason,
    CoordinationAbstention,
    CoordinationVerdict,
    Coverage,
    ScoredVerdict,
    Verdict,
    verdicts,
)

_REASONS = 5
_COVERAGE, _PROBLEM = TypeAdapter(Coverage), TypeAdapter(Problem)
_INAUTHENTIC: TypeAdapter[Verdict | Abstention] = TypeAdapter(Verdict | Abstention)
_COORDINATED: TypeAdapter[CoordinationVerdict | CoordinationAbstention] = TypeAdapter(
    CoordinationVerdict | CoordinationAbstention
)


class ServedModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc]  # MLflow is untyped
    """Scores JSON accounts with a bundle."""

    def load_context(self, context: Any) -> None:
        """Load the bundle, digests checked."""
        self.bundle = bundle.load(Path(context.artifacts["bundle"]), target=None)
        self.engine = ScoringEngine(Models.of(self.bundle))

    def predict(
        self, context: Any, model_input: pandas.DataFrame, params: dict[str, Any] | None = None
    ) -> pandas.DataFrame:
        """Return one row per account, in order.

        Raises:
            ValueError: There is neither a column ``account`` nor the features that the model reads.
        """
        if "account" not in model_input.columns:
            return self._of_features(model_input)
        batch = from_texts([str(text).encode() for text in model_input["account"]], datetime.now(UTC))
        result = self.engine.score(batch.accounts, batch.posts, [self.bundle.target])
        notes = [note.say("en") for note in result.notes]
        found: list[dict[str, Any]] = [{} for _ in range(len(model_input))]  # rows of a table
        if self.bundle.target == "coordinated":
            compared = result.coordination_verdicts(top=_REASONS, language="en")
            for row, verdict in zip(result.rows, compared, strict=True):
                answer = _COORDINATED.dump_python(verdict, mode="json") | {"notes": notes}
                found[row] = _row(verdict, json.dumps(answer))
        else:
            given = zip(
                result.rows, result.coverages("en"), result.verdicts(top=_REASONS, language="en"), strict=True
            )
            for row, coverage, alone in given:
                answer = _COVERAGE.dump_python(coverage) | _INAUTHENTIC.dump_python(alone)
                found[row] = _row(alone, json.dumps(answer))
        for row in {*batch.refused, *batch.repeated}:
            answer = _PROBLEM.dump_json(refusal(batch, row)).decode()
            found[row] = {"status": "refused", "probability": None, "answer": answer}
        return pandas.DataFrame(found).astype({"probability": float})

    def _of_features(self, features: pandas.DataFrame) -> pandas.DataFrame:
        """Return one row per account whose features were computed before, in order."""
        if self.bundle.target != "inauthentic":
            raise ValueError(
                "a model of coordination needs a column account, JSON in the shape of POST /v1/score"
            )
        needed = ["posts", *MODEL_FEATURES]
        if missing := [name for name in needed if name not in features.columns]:
            raise ValueError(
                "a model of inauthenticity needs a column account, JSON in the shape of POST /v1/score, or the columns of "
                f"vigie features, of which {', '.join(missing[:3])} and {len(missing)} in all are not there"
            )
        table = pl.from_pandas(features[needed]).with_row_index("row")
        matrix = FeatureMatrix(
            table.select("row", pl.col(MODEL_FEATURES).cast(pl.Float64)),
            table.select("row", used=pl.col("posts").cast(pl.Int64)),
            pl.DataFrame(schema={"row": pl.UInt32}),
        )
        told = verdicts(self.bundle, matrix, score(self.bundle, matrix), top=0, language="en")
        found = [_row(verdict, _INAUTHENTIC.dump_json(verdict).decode()) for verdict in told]
        return pandas.DataFrame(found, columns=["status", "probability", "answer"]).astype(
            {"probability": float}
        )


def _row(verdict: ScoredVerdict | AbstentionReason, answer: str) -> dict[str, Any]:
    probability = verdict.probability if isinstance(verdict, ScoredVerdict) else None
    return {"status": verdict.status, "probability": probability, "answer": answer}


set_model(ServedModel())
