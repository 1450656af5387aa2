"""Features of vigie in scikit-learn (needs ``vigie[train]``).

::

    from sklearn.pipeline import make_pipeline
    from vigie.estimators import AccountClassifier, AccountFeatures

    model = make_pipeline(AccountFeatures(log_odds=True), AccountClassifier()).fit(accounts, labels)
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, validate_data

from vigie import frames
from vigie.features.pipeline import FEATURES
from vigie.models.adaptation.fitting import fit_line
from vigie.models.adaptation.head import logged
from vigie.models.calibration import probability

Floats = NDArray[np.float64]
LOG_ODDS = "log_odds"
# Probabilities have six digits, so that none is nearer to 0 or 1 than this.
_NEAREST = 1e-6
# An account far outside those learnt from moves the log-odds no further than one at this many standard deviations.
_FARTHEST = 3.0


class AccountFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Turns a table of accounts into a matrix of features; learns nothing.

    Args:
        log_odds: Whether a last column holds the log-odds of the model of inauthenticity at its assumed prevalence, NaN where it
            abstains.
        bundle: Folder of that model; None: the one that ships.
    """

    def __init__(self, log_odds: bool = False, bundle: Path | str | None = None) -> None:
        self.log_odds = log_odds
        self.bundle = bundle

    def fit(self, X: frames.Table, y: ArrayLike | None = None) -> AccountFeatures:
        """Return the transformer as it is."""
        return self

    def transform(self, X: frames.Table) -> Floats:
        """Return the features of accounts, shape (accounts, features), NaN where missing or where an account cannot be read.

        Args:
            X: Accounts as :func:`vigie.score` takes them, each with its ``posts``.
        """
        measured = np.asarray(frames.features_of(X)[list(FEATURES)], dtype=np.float64)
        if not self.log_odds:
            return measured
        scored = frames.score(X, targets=["inauthentic"], top_reasons=0, bundle=self.bundle)
        chance = np.clip(np.asarray(scored["probability"], dtype=np.float64), _NEAREST, 1 - _NEAREST)
        return np.column_stack([measured, np.log(chance / (1 - chance))])

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> NDArray[np.object_]:
        """Return the names of the columns."""
        return np.array([*FEATURES, *([LOG_ODDS] if self.log_odds else [])], dtype=object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.no_validation = True
        tags.input_tags.two_d_array = False
        return tags


class AccountClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """The regression of ``vigie adapt`` on any features, a line for each: logged, in standard deviations, drawn to no effect.

    There are two classes. A missing value counts nothing. Both classes weigh alike in it, whatever their number.

    Args:
        prevalence: Share of the second class at which probabilities are stated.
    """

    def __init__(self, prevalence: float = 0.5) -> None:
        self.prevalence = prevalence

    def fit(self, X: ArrayLike, y: ArrayLike) -> AccountClassifier:
        """Learn from features, shape (accounts, features), NaN where missing, and the class of each account.

        Raises:
            ValueError: There are not two classes, or the prevalence is no share between 0 and 1.
        """
        if not 0 < self.prevalence < 1:
            raise ValueError(f"prevalence is a share between 0 and 1, not {self.prevalence}")
        values, labels = validate_data(self, X, y, ensure_all_finite="allow-nan", dtype=np.float64)
        check_classification_targets(labels)
        self.classes_, number = np.unique(labels, return_inverse=True)
        if len(self.classes_) != 2:
            raise ValueError(
                "Only binary classification is supported. "
                f"The type of the target is {type_of_target(labels)}, with {len(self.classes_)} class(es)."
            )
        on_scale = logged(values)
        known = ~np.isnan(on_scale)
        count = np.maximum(known.sum(axis=0), 1)
        self.mean_ = np.where(known, on_scale, 0.0).sum(axis=0) / count
        deviation = np.sqrt(np.where(known, (on_scale - self.mean_) ** 2, 0.0).sum(axis=0) / count)
        self.deviation_ = np.where(deviation > 0, deviation, 1.0)
        nothing = np.zeros(len(values))
        free = [(None, None)] * values.shape[1]
        self.line_ = fit_line(nothing, self._standardised(values), number == 1, 0.0, free)
        return self

    def decision_function(self, X: ArrayLike) -> Floats:
        """Return the log-odds of the second class at equal classes, one per account."""
        check_is_fitted(self)
        values = validate_data(self, X, reset=False, ensure_all_finite="allow-nan", dtype=np.float64)
        return self.line_.log_odds(np.zeros(len(values)), self._standardised(values))

    def _standardised(self, values: Floats) -> Floats:
        """Return logged values in standard deviations from the mean, at most 3; 0 where missing."""
        moved = (logged(values) - self.mean_) / self.deviation_
        return np.asarray(np.nan_to_num(np.clip(moved, -_FARTHEST, _FARTHEST), nan=0.0))

    def predict_proba(self, X: ArrayLike) -> Floats:
        """Return the probability of each class at the prevalence, shape (accounts, 2)."""
        second = probability(self.decision_function(X), self.prevalence)
        return np.column_stack([1 - second, second])

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the class that is more probable at equal classes."""
        is_second = self.decision_function(X) > 0
        return np.asarray(self.classes_[is_second.astype(int)])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        return tags
