"""The bundle as an MLflow model, as code: what MLflow runs when it loads or serves a registered version.

MLflow executes this file (models-from-code): nothing is unpickled. Input: a column ``account``, each an
account with its posts as JSON in the shape of ``POST /v1/score``. Output: ``status``, ``probability`` and
the whole ``answer`` as JSON.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mlflow
import pandas
from mlflow.models import set_model

from vigie.features import batch
from vigie.models import bundle
from vigie.models.answer import answers
from vigie.models.score import score


class ServedModel(mlflow.pyfunc.PythonModel):
    """Scores JSON accounts with a bundle."""

    def load_context(self, context: Any) -> None:
        """Load the bundle, digests checked."""
        self.bundle = bundle.load(Path(context.artifacts["bundle"]))

    def predict(self, context: Any, model_input: pandas.DataFrame, params: Any = None) -> pandas.DataFrame:
        """Return one row per account."""
        raise NotImplementedError
