"""Models from outside, read by LightGBM in a process of its own before the service lets it read them.

Every number of a model is checked before LightGBM sees it (:mod:`vigie.models.lightgbm_text`). What these checks should overlook
ends the trial and not the service, or takes its time and memory and not those of the service.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterable
from threading import Lock
from typing import NamedTuple

from vigie.errors import BundleCorruptError
from vigie.models import lightgbm_text

# The models that ship need 1.4 s of a core and 1.3 GB of addresses, nearly all of it for LightGBM itself.
PATIENCE_S, _CPU_S, _ADDRESSES = 120, 30, 4_000_000_000
_ROWS = 20
# Digests of what passed: the same model is tried once in the life of a process.
_passed: set[str] = set()
_one_at_a_time = Lock()


class Model(NamedTuple):
    """The text of a model.

    Attributes:
        file: Its name in the bundle.
        text: What LightGBM wrote.
        features: Names of its inputs, in order.
    """

    file: str
    text: str
    features: tuple[str, ...]


def run(models: Iterable[Model]) -> None:
    """Let LightGBM read models and score with them, in a process of its own.

    Raises:
        BundleCorruptError: The checks refuse one, or that process was ended by a signal or a limit, or failed.
    """
    with _one_at_a_time:
        fresh = {_digest(model): model for model in models}
        fresh = {digest: model for digest, model in fresh.items() if digest not in _passed}
        for model in fresh.values():
            lightgbm_text.checked(model.text, model.file, model.features)
        if fresh:
            _try(list(fresh.values()))
            _passed.update(fresh)


def _digest(model: Model) -> str:
    return hashlib.sha256(json.dumps(model[1:]).encode()).hexdigest()


def _try(models: list[Model]) -> None:
    try:
        made = subprocess.run(
            [sys.executable, "-m", "vigie.models.trial"],
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            input=json.dumps(models).encode(),
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BundleCorruptError(
            f"the bundle was not done in {PATIENCE_S} s when it was tried in a process of its own; train it anew"
        ) from None
    if made.returncode:
        # Each file is named when its turn comes.
        file = made.stdout.decode().rpartition("\n")[2] or models[0].file
        how = signal.Signals(-made.returncode).name if made.returncode < 0 else f"status {made.returncode}"
        raise BundleCorruptError(f"{file} ended the process that tried it ({how}); train the bundle anew")


def main() -> None:
    """Read models from the standard input and score with each."""
    for limit, most in (
        (resource.RLIMIT_CPU, _CPU_S), (resource.RLIMIT_AS, _ADDRESSES), (resource.RLIMIT_CORE, 0),
    ):  # fmt: skip
        hard = resource.getrlimit(limit)[1]
        resource.setrlimit(limit, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    import numpy as np

    from vigie.models import lightgbm_io

    for model in (Model(file, text, tuple(features)) for file, text, features in json.load(sys.stdin)):
        sys.stdout.write(f"\n{model.file}")
        sys.stdout.flush()
        booster = lightgbm_io.load(model.text, model.file, model.features)
        rows = np.random.default_rng(7).normal(scale=100, size=(_ROWS, len(model.features)))
        rows[::2, ::2] = np.nan
        lightgbm_io.margins(booster, rows)
        lightgbm_io.contributions(booster, rows)


if __name__ == "__main__":
    main()
