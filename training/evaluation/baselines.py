"""What a model must beat, fitted on the same rows and evaluated on the same accounts.

All read full views with missing values as scikit-learn's trees handle them (native), weighted like the model.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from vigie.training.fitting.booster import matrix_of

# The 20 features of BotometerLite (Yang et al. 2020) as far as the contract holds their fields: default_profile
# and profile_use_background_image are gone from the platform; the likelihood of the handle's bigrams
# is replaced by its entropy (no outside table); verified is left out, since the leak register keeps it from the model too.
BOTOMETER_LITE = (
    "profile_posts_count", "profile_followers_count", "profile_following_count", "profile_likes_given_count",
    "profile_listed_count", "profile_posts_per_day", "profile_followers_per_day",
    "profile_following_per_day", "profile_likes_given_per_day", "profile_listed_per_day",
    "profile_followers_following_ratio", "name_handle_length", "name_handle_digit_count", "name_display_length",
    "name_display_digit_count", "profile_description_length", "name_handle_entropy_bits",
)  # fmt: skip


def _forest(seed: int) -> Any:
    return RandomForestClassifier(200, min_samples_leaf=2, n_jobs=2, random_state=seed)


def _stump(seed: int) -> Any:
    return DecisionTreeClassifier(max_depth=1, random_state=seed)


def _depth_three(seed: int) -> Any:
    return DecisionTreeClassifier(max_depth=3, random_state=seed)


def baselines(features: tuple[str, ...]) -> dict[str, tuple[tuple[str, ...], Callable[[int], Any]]]:
    """Return, by name, what each baseline reads and how it is made."""
    return {
        "one-split stump": (features, _stump),
        "depth-3 tree": (features, _depth_three),
        "BotometerLite forest": (BOTOMETER_LITE, _forest),
        "forest, all features": (features, _forest),
    }


def predict(
    make: Callable[[int], Any], features: tuple[str, ...], train: pl.DataFrame, test: pl.DataFrame, seed: int
) -> NDArray[np.float64]:
    """Return the probability a baseline fitted on ``train`` gives the rows of ``test``."""
    weight = train.select(w=1.0 / pl.len().over("source", "y"))["w"].to_numpy()
    model = make(seed).fit(
        matrix_of(train, features), train["y"].to_numpy(), sample_weight=weight * len(weight)
    )
    # A forest adds its trees up in the order its threads come: the last digits would break ties by chance.
    return np.asarray(model.predict_proba(matrix_of(test, features))[:, 1].round(12))
