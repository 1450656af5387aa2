"""The bundle as an MLflow model, as code: what MLflow runs when it loads or serves a registered version.

MLflow executes this file (models-from-code): nothing is unpickled. Input: a column ``account``, each an
account with its posts as JSON in the shape of ``POST /v1/score``. Output: ``status``, ``probability`` and
the whole ``answer`` as JSON; an account that cannot be read has the status ``refused`` and its faults.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import mlflow
import pandas
from mlflow.models import set_model

from vigie.features.batch import decode, from_requests
from vigie.features.pipeline import compute
from vigie.models import bundle
from vigie.models.answer import answers
from vigie.models.score import score

_REASONS = 5


class ServedModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc]  # MLflow is untyped
    """Scores JSON accounts with a bundle."""

    def load_context(self, context: Any) -> None:
        """Load the bundle, digests checked."""
        self.bundle = bundle.load(Path(context.artifacts["bundle"]))

    def predict(
        self, context: Any, model_input: pandas.DataFrame, params: dict[str, Any] | None = None
    ) -> pandas.DataFrame:
        """Return one row per account, in order."""
        batch = from_requests([decode(text.encode()) for text in model_input["account"]], datetime.now(UTC))
        found: list[dict[str, Any]] = [{} for _ in range(len(model_input))]
        if not batch.accounts.is_empty():
            matrix = compute(batch.accounts, batch.posts)
            given = answers(self.bundle, matrix, score(self.bundle, matrix), top=_REASONS, language="en")
            for row, answer in zip(batch.accounts["row"].to_list(), given, strict=True):
                verdict = answer["inauthentic"]
                found[row] = {
                    "status": verdict["status"],
                    "probability": verdict.get("probability"),
                    "answer": answer,
                }
        for row in {*batch.refused, *batch.repeated}:
            faults = [asdict(fault) for fault in batch.refused.get(row, [])]
            found[row] = {"status": "refused", "probability": None, "answer": {"errors": faults}}
        return pandas.DataFrame([entry | {"answer": json.dumps(entry["answer"])} for entry in found]).astype(
            {"probability": float}
        )


set_model(ServedModel())
