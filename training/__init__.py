"""How a model comes to be: data, splits, fit, calibration, evaluation, audit, gates, tracking.

For notebooks::

    from vigie.training import accounts_to_label, adapt_model, calibrate_model, configuration, judge_bundle, train_model
"""

from typing import Any

__all__ = [
    "accounts_to_label", "adapt_model", "calibrate_model", "configuration", "judge_bundle", "train_model",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    # On demand: the modules of this room must not load all of it when one is imported.
    if name in __all__:
        from vigie.training import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
