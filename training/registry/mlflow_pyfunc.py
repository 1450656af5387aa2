"""The bundle as an MLflow model, as code: what MLflow runs when it loads or serves a registered version.

MLflow executes this file (models-from-code): nothing is unpickled. Input: a column ``account``, each an
account with its posts as JSON in the shape of ``POST /v1/score``. Output: ``status``, ``probability`` and
the whole ``answer`` as JSON; an account that cannot be read has the status ``refused`` and its faults. A model
of coordination compares the accounts of one call with each other.
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

from vigie.features.ingest.parsing import Batch, decode, from_requests
from vigie.features.pipeline import compute
from vigie.features.window import windows
from vigie.models import bundle
from vigie.models.coordination_scoring import judge
from vigie.models.scoring import score
from vigie.models.verdict import answers

_REASONS = 5


class ServedModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc]  # MLflow is untyped
    """Scores JSON accounts with a bundle."""

    def load_context(self, context: Any) -> None:
        """Load the bundle, digests checked."""
        self.bundle = bundle.load(Path(context.artifacts["bundle"]), target=None)

    def predict(
        self, context: Any, model_input: pandas.DataFrame, params: dict[str, Any] | None = None
    ) -> pandas.DataFrame:
        """Return one row per account, in order."""
        batch = from_requests([decode(text.encode()) for text in model_input["account"]], datetime.now(UTC))
        found: list[dict[str, Any]] = [{} for _ in range(len(model_input))]
        if not batch.accounts.is_empty():
            for row, verdict in zip(batch.accounts["row"].to_list(), self._verdicts(batch), strict=True):
                found[row] = {
                    "status": verdict["status"],
                    "probability": verdict.get("probability"),
                    "answer": verdict,
                }
        for row in {*batch.refused, *batch.repeated}:
            faults = [asdict(fault) for fault in batch.refused.get(row, [])]
            found[row] = {"status": "refused", "probability": None, "answer": {"errors": faults}}
        return pandas.DataFrame([entry | {"answer": json.dumps(entry["answer"])} for entry in found]).astype(
            {"probability": float}
        )

    def _verdicts(self, batch: Batch) -> list[dict[str, Any]]:
        """Return the verdict on each account of a batch, in order."""
        if self.bundle.target == "coordinated":
            pools = windows.compute(batch.accounts, batch.posts)
            return judge(self.bundle, pools, batch.accounts["row"].to_list(), top=_REASONS, language="en")
        matrix = compute(batch.accounts, batch.posts)
        given = answers(self.bundle, matrix, score(self.bundle, matrix), top=_REASONS, language="en")
        return [answer["coverage"] | answer[self.bundle.target] for answer in given]


set_model(ServedModel())
